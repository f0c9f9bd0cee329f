//go:build amd64 && !noasm

package cover

//go:noescape
func columnsAVX2x32(acc, k []float32, ld, rows int, hi, span, w []float32, sign float32)

//go:noescape
func rowAVX2x32(k, hi, span, w []float32, sign float32) float32

//go:noescape
func acrossAVX2x32(acc, k, hi, w []float32, sign float32)

//go:noescape
func nearAVX2x32(dst, point, panel []float32, d int)

//go:noescape
func rootAVX2x32(k []float32)

//go:noescape
func extentAVX2x32(k []float32) (least, most, nought float32)

//go:noescape
func columnsAVX512x32(acc, k []float32, ld, rows int, hi, span, w []float32, sign float32)

//go:noescape
func rowAVX512x32(k, hi, span, w []float32, sign float32) float32

//go:noescape
func acrossAVX512x32(acc, k, hi, w []float32, sign float32)

//go:noescape
func nearAVX512x32(dst, point, panel []float32, d int)

//go:noescape
func rootAVX512x32(k []float32)

//go:noescape
func extentAVX512x32(k []float32) (least, most, nought float32)

//go:noescape
func columnsAVX2x64(acc, k []float64, ld, rows int, hi, span, w []float64, sign float64)

//go:noescape
func rowAVX2x64(k, hi, span, w []float64, sign float64) float64

//go:noescape
func acrossAVX2x64(acc, k, hi, w []float64, sign float64)

//go:noescape
func nearAVX2x64(dst, point, panel []float64, d int)

//go:noescape
func rootAVX2x64(k []float64)

//go:noescape
func extentAVX2x64(k []float64) (least, most, nought float64)

//go:noescape
func columnsAVX512x64(acc, k []float64, ld, rows int, hi, span, w []float64, sign float64)

//go:noescape
func rowAVX512x64(k, hi, span, w []float64, sign float64) float64

//go:noescape
func acrossAVX512x64(acc, k, hi, w []float64, sign float64)

//go:noescape
func nearAVX512x64(dst, point, panel []float64, d int)

//go:noescape
func rootAVX512x64(k []float64)

//go:noescape
func extentAVX512x64(k []float64) (least, most, nought float64)

//go:noescape
func surveyAVX2x32(sums, k []float32, ld, ahead int, v, w, side, out, state []float32)

//go:noescape
func mirrorAVX2x32(sums, k []float32, ld, ahead int, hi, w, side, out []float32, sign float32)

//go:noescape
func underAVX2x32(mask []uint64, k, hi []float32, step int, sign float32)

//go:noescape
func surveyAVX2x64(sums, k []float64, ld, ahead int, v, w, side, out, state []float64)

//go:noescape
func mirrorAVX2x64(sums, k []float64, ld, ahead int, hi, w, side, out []float64, sign float64)

//go:noescape
func underAVX2x64(mask []uint64, k, hi []float64, step int, sign float64)

//go:noescape
func surveyAVX512x32(sums, k []float32, ld, ahead int, v, w, side, out, state []float32)

//go:noescape
func mirrorAVX512x32(sums, k []float32, ld, ahead int, hi, w, side, out []float32, sign float32)

//go:noescape
func underAVX512x32(mask []uint64, k, hi []float32, step int, sign float32)

//go:noescape
func surveyAVX512x64(sums, k []float64, ld, ahead int, v, w, side, out, state []float64)

//go:noescape
func mirrorAVX512x64(sums, k []float64, ld, ahead int, hi, w, side, out []float64, sign float64)

//go:noescape
func underAVX512x64(mask []uint64, k, hi []float64, step int, sign float64)
