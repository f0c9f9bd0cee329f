//go:build amd64 && !noasm

package tile

//go:noescape
func productsAVX512x32(dst, a, b []float32, d int, na, nb []float32, floor float32)

//go:noescape
func distancesAVX512x32(dst, a, b []float32, d int)

//go:noescape
func multiplyAVX512x32(o, k, v []float32, row, col int)

//go:noescape
func applyAVX512x32(p, oj, k, vi, vj []float32)

//go:noescape
func shiftAVX512x32(dst, src, by []float32)

//go:noescape
func expandAVX512x32(dst, norms, src, by []float32)

//go:noescape
func correlateAVX512x32(dst, a, g []float32, d int)

//go:noescape
func gatherAVX512x32(out []float64, c, a, b, u, v []float32)

//go:noescape
func contractAVX512x32(out []float64, g, a, b []float32)

//go:noescape
func rationalBaseAVX512x32(b, r2 []float32, half float32)

//go:noescape
func rationalExponentAVX512x32(dst, logs, r2 []float32, half, alpha float32)

//go:noescape
func rationalValueAVX512x32(k, h, b []float32, s float32)

//go:noescape
func rbfAVX512x32(c *Curve[float32], k, h, r2 []float32)

//go:noescape
func matern12AVX512x32(c *Curve[float32], k, h, r2 []float32)

//go:noescape
func matern32AVX512x32(c *Curve[float32], k, h, r2 []float32)

//go:noescape
func matern52AVX512x32(c *Curve[float32], k, h, r2 []float32)

//go:noescape
func productsAVX512x64(dst, a, b []float64, d int, na, nb []float64, floor float64)

//go:noescape
func distancesAVX512x64(dst, a, b []float64, d int)

//go:noescape
func multiplyAVX512x64(o, k, v []float64, row, col int)

//go:noescape
func applyAVX512x64(p, oj, k, vi, vj []float64)

//go:noescape
func shiftAVX512x64(dst, src, by []float64)

//go:noescape
func expandAVX512x64(dst, norms, src, by []float64)

//go:noescape
func correlateAVX512x64(dst, a, g []float64, d int)

//go:noescape
func gatherAVX512x64(out []float64, c, a, b, u, v []float64)

//go:noescape
func contractAVX512x64(out []float64, g, a, b []float64)

//go:noescape
func rationalBaseAVX512x64(b, r2 []float64, half float64)

//go:noescape
func rationalExponentAVX512x64(dst, logs, r2 []float64, half, alpha float64)

//go:noescape
func rationalValueAVX512x64(k, h, b []float64, s float64)

//go:noescape
func rbfAVX512x64(c *Curve[float64], k, h, r2 []float64)

//go:noescape
func matern12AVX512x64(c *Curve[float64], k, h, r2 []float64)

//go:noescape
func matern32AVX512x64(c *Curve[float64], k, h, r2 []float64)

//go:noescape
func matern52AVX512x64(c *Curve[float64], k, h, r2 []float64)
