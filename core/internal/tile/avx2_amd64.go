//go:build amd64 && !noasm

package tile

//go:noescape
func productsAVX2x32(dst, a, b []float32, d int, na, nb []float32, floor float32)

//go:noescape
func distancesAVX2x32(dst, a, b []float32, d int)

//go:noescape
func multiplyAVX2x32(o, k, v []float32, row, col int)

//go:noescape
func applyAVX2x32(p, oj, k, vi, vj []float32)

//go:noescape
func shiftAVX2x32(dst, src, by []float32)

//go:noescape
func expandAVX2x32(dst, norms, src, by []float32)

//go:noescape
func correlateAVX2x32(dst, a, g []float32, d int)

//go:noescape
func gatherAVX2x32(out []float64, c, a, b, u, v []float32)

//go:noescape
func contractAVX2x32(out []float64, g, a, b []float32)

//go:noescape
func rationalBaseAVX2x32(b, r2 []float32, half float32)

//go:noescape
func rationalExponentAVX2x32(dst, logs, r2 []float32, half, alpha float32)

//go:noescape
func rationalValueAVX2x32(k, h, b []float32, s float32)

//go:noescape
func rbfAVX2x32(c *Curve[float32], k, h, r2 []float32)

//go:noescape
func matern12AVX2x32(c *Curve[float32], k, h, r2 []float32)

//go:noescape
func matern32AVX2x32(c *Curve[float32], k, h, r2 []float32)

//go:noescape
func matern52AVX2x32(c *Curve[float32], k, h, r2 []float32)

//go:noescape
func reduceAVX2x32(dst []float64, p []float32)

//go:noescape
func accumulateAVX2x32(dst []float64, src []float32)

//go:noescape
func addAVX2x32(dst, src []float32)

//go:noescape
func scaleAVX2x32(dst, src []float32)

//go:noescape
func productsAVX2x64(dst, a, b []float64, d int, na, nb []float64, floor float64)

//go:noescape
func distancesAVX2x64(dst, a, b []float64, d int)

//go:noescape
func multiplyAVX2x64(o, k, v []float64, row, col int)

//go:noescape
func applyAVX2x64(p, oj, k, vi, vj []float64)

//go:noescape
func shiftAVX2x64(dst, src, by []float64)

//go:noescape
func expandAVX2x64(dst, norms, src, by []float64)

//go:noescape
func correlateAVX2x64(dst, a, g []float64, d int)

//go:noescape
func gatherAVX2x64(out []float64, c, a, b, u, v []float64)

//go:noescape
func contractAVX2x64(out []float64, g, a, b []float64)

//go:noescape
func rationalBaseAVX2x64(b, r2 []float64, half float64)

//go:noescape
func rationalExponentAVX2x64(dst, logs, r2 []float64, half, alpha float64)

//go:noescape
func rationalValueAVX2x64(k, h, b []float64, s float64)

//go:noescape
func rbfAVX2x64(c *Curve[float64], k, h, r2 []float64)

//go:noescape
func matern12AVX2x64(c *Curve[float64], k, h, r2 []float64)

//go:noescape
func matern32AVX2x64(c *Curve[float64], k, h, r2 []float64)

//go:noescape
func matern52AVX2x64(c *Curve[float64], k, h, r2 []float64)

//go:noescape
func reduceAVX2x64(dst []float64, p []float64)

//go:noescape
func accumulateAVX2x64(dst []float64, src []float64)

//go:noescape
func addAVX2x64(dst, src []float64)

//go:noescape
func scaleAVX2x64(dst, src []float64)
