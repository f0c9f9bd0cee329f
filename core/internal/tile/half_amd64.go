//go:build amd64 && !noasm

package tile

//go:noescape
func widenHalfAVX2x32(dst []float32, src []uint16)

//go:noescape
func widenBrainAVX2x32(dst []float32, src []uint16)

//go:noescape
func narrowHalfAVX2x32(dst []uint16, src []float32)

//go:noescape
func narrowBrainAVX2x32(dst []uint16, src []float32)
