//go:build amd64 && !noasm

package panel

import (
	"math"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// See evaluateGeneric.
//
//go:noescape
func evaluateF32AVX2(l, x *float32, d, groups int, params *float32, stride int, c0 *float32, ids *uint32, n int, v *float32)

//go:noescape
func evaluateF64AVX2(l, x *float64, d, groups int, params *float64, stride int, c0 *float64, ids *uint32, n int, v *float64)

//go:noescape
func evaluateF32AVX512(l, x *float32, d, groups int, params *float32, stride int, c0 *float32, ids *uint32, n int, v *float32)

//go:noescape
func evaluateF64AVX512(l, x *float64, d, groups int, params *float64, stride int, c0 *float64, ids *uint32, n int, v *float64)

// See evaluateGeneric. groups is at least 2.
//
//go:noescape
func evaluateWideF32AVX512(l, x *float32, d, groups int, params *float32, stride int, c0 *float32, ids *uint32, n int, v *float32)

//go:noescape
func evaluateWideF64AVX512(l, x *float64, d, groups int, params *float64, stride int, c0 *float64, ids *uint32, n int, v *float64)

// See evaluateGeneric.
//
//go:noescape
func evaluateShortF32AVX2(l, x *float32, d int, params *float32, stride int, c0 *float32, ids *uint32, n int)

//go:noescape
func evaluateShortF64AVX2(l, x *float64, d int, params *float64, stride int, c0 *float64, ids *uint32, n int)

//go:noescape
func evaluateShortF32AVX512(l, x *float32, d int, params *float32, stride int, c0 *float32, ids *uint32, n int)

//go:noescape
func evaluateShortF64AVX512(l, x *float64, d int, params *float64, stride int, c0 *float64, ids *uint32, n int)

// See projectGeneric.
//
//go:noescape
func projectF32AVX2(v, x *float32, d, groups int, component *float32)

//go:noescape
func projectF64AVX2(v, x *float64, d, groups int, component *float64)

//go:noescape
func projectF32AVX512(v, x *float32, d, groups int, component *float32)

//go:noescape
func projectF64AVX512(v, x *float64, d, groups int, component *float64)

// See accumulateGeneric.
//
//go:noescape
func accumulateF32AVX2(acc, rows *float32, n, dp int, mu, coef *float32)

//go:noescape
func accumulateF64AVX2(acc, rows *float64, n, dp int, mu, coef *float64)

//go:noescape
func accumulateF32AVX512(acc, rows *float32, n, dp int, mu, coef *float32)

//go:noescape
func accumulateF64AVX512(acc, rows *float64, n, dp int, mu, coef *float64)

// See standardizeGeneric.
//
//go:noescape
func standardizeF32AVX2(dst, x, shift, scale *float32, n int)

//go:noescape
func standardizeF64AVX2(dst, x, shift, scale *float64, n int)

// See gatherGeneric.
//
//go:noescape
func gatherF32AVX2(dst *float32, dp int, from **float32, n int, shift, scale *float32, d int)

//go:noescape
func gatherF64AVX2(dst *float64, dp int, from **float64, n int, shift, scale *float64, d int)

//go:noescape
func gatherF32AVX512(dst *float32, dp int, from **float32, n int, shift, scale *float32, d int)

//go:noescape
func gatherF64AVX512(dst *float64, dp int, from **float64, n int, shift, scale *float64, d int)

// See weighGeneric.
//
//go:noescape
func weighF32AVX2(coef, v, a *float32, groups int)

//go:noescape
func weighF64AVX2(coef, v, a *float64, groups int)

// See leadGeneric.
//
//go:noescape
func leadF32AVX512(value *float32, index *uint32, keep int, l *float32, n int, base uint32)

//go:noescape
func leadF64AVX512(value *float64, index *uint32, keep int, l *float64, n int, base uint32)

// See sharesGeneric.
//
//go:noescape
func sharesF32AVX512(q, own *float32, index *uint32, keep int, norm, eps *float32) (others uint32)

//go:noescape
func sharesF64AVX512(q, own *float64, index *uint32, keep int, norm, eps *float64) (others uint32)

// See transposeGeneric.
//
//go:noescape
func transposeF32AVX2(dst, rows *float32, dp int)

//go:noescape
func transposeF64AVX2(dst, rows *float64, dp int)

// See nextAboveGeneric.
//
//go:noescape
func nextAboveF32AVX2(l *float32, from, n int, threshold *float32) (i int, mask uint32)

//go:noescape
func nextAboveF64AVX2(l *float64, from, n int, threshold *float64) (i int, mask uint32)

// See diffSumsGeneric.
//
//go:noescape
func diffSumsF32AVX2(dst, l *float32, n int, base, lanes *float32)

//go:noescape
func diffSumsF64AVX2(dst, l *float64, n int, base, lanes *float64)

// See addGradientGeneric.
//
//go:noescape
func addGradientF32AVX2(sum, x *float32, d int, component, v, unit, q *float32)

//go:noescape
func addGradientF64AVX2(sum, x *float64, d int, component, v, unit, q *float64)

//go:noescape
func addGradientF32AVX512(sum, x *float32, d int, component, v, unit, q *float32)

//go:noescape
func addGradientF64AVX512(sum, x *float64, d int, component, v, unit, q *float64)

//go:noescape
func prefetchBytes(from *unsafe.Pointer, rows, n int)

func f32[T core.Float](p *T) *float32 { return (*float32)(unsafe.Pointer(p)) }
func f64[T core.Float](p *T) *float64 { return (*float64)(unsafe.Pointer(p)) }

func single[T core.Float]() bool { return Lanes[T]() == 16 }

func standardize[T core.Float](dst, x, shift, scale []T) {
	switch {
	case cpu.Current() == cpu.Generic:
		standardizeGeneric(dst, x, shift, scale)
	case single[T]():
		standardizeF32AVX2(f32(&dst[0]), f32(&x[0]), f32(&shift[0]), f32(&scale[0]), len(x))
	default:
		standardizeF64AVX2(f64(&dst[0]), f64(&x[0]), f64(&shift[0]), f64(&scale[0]), len(x))
	}
}

func transpose[T core.Float](dst, rows []T, dp int) {
	switch {
	case cpu.Current() == cpu.Generic:
		transposeGeneric(dst, rows, dp)
	case single[T]():
		transposeF32AVX2(f32(&dst[0]), f32(&rows[0]), dp)
	default:
		transposeF64AVX2(f64(&dst[0]), f64(&rows[0]), dp)
	}
}

func evaluate[T core.Float](l, v, x []T, d, groups int, params, c0 []T, ids []uint32) {
	level := cpu.Current()
	if level == cpu.Generic {
		evaluateGeneric(l, v, x, d, groups, params, c0, ids)
		return
	}
	var zero T
	stride := Stride(d, groups*Width) * int(unsafe.Sizeof(zero))
	n := len(ids)
	switch {
	case groups == 0 && level == cpu.AVX512 && single[T]():
		evaluateShortF32AVX512(f32(&l[0]), f32(&x[0]), d, f32(&params[0]), stride, f32(&c0[0]), &ids[0], n)
	case groups == 0 && level == cpu.AVX512:
		evaluateShortF64AVX512(f64(&l[0]), f64(&x[0]), d, f64(&params[0]), stride, f64(&c0[0]), &ids[0], n)
	case groups == 0 && single[T]():
		evaluateShortF32AVX2(f32(&l[0]), f32(&x[0]), d, f32(&params[0]), stride, f32(&c0[0]), &ids[0], n)
	case groups == 0:
		evaluateShortF64AVX2(f64(&l[0]), f64(&x[0]), d, f64(&params[0]), stride, f64(&c0[0]), &ids[0], n)
	case groups > 1 && level == cpu.AVX512 && single[T]():
		evaluateWideF32AVX512(f32(&l[0]), f32(&x[0]), d, groups, f32(&params[0]), stride, f32(&c0[0]), &ids[0], n, f32(unsafe.SliceData(v)))
	case groups > 1 && level == cpu.AVX512:
		evaluateWideF64AVX512(f64(&l[0]), f64(&x[0]), d, groups, f64(&params[0]), stride, f64(&c0[0]), &ids[0], n, f64(unsafe.SliceData(v)))
	case level == cpu.AVX512 && single[T]():
		evaluateF32AVX512(f32(&l[0]), f32(&x[0]), d, groups, f32(&params[0]), stride, f32(&c0[0]), &ids[0], n, f32(unsafe.SliceData(v)))
	case level == cpu.AVX512:
		evaluateF64AVX512(f64(&l[0]), f64(&x[0]), d, groups, f64(&params[0]), stride, f64(&c0[0]), &ids[0], n, f64(unsafe.SliceData(v)))
	case single[T]():
		evaluateF32AVX2(f32(&l[0]), f32(&x[0]), d, groups, f32(&params[0]), stride, f32(&c0[0]), &ids[0], n, f32(unsafe.SliceData(v)))
	default:
		evaluateF64AVX2(f64(&l[0]), f64(&x[0]), d, groups, f64(&params[0]), stride, f64(&c0[0]), &ids[0], n, f64(unsafe.SliceData(v)))
	}
}

func project[T core.Float](v, x []T, d, groups int, component []T) {
	level := cpu.Current()
	switch {
	case level == cpu.Generic:
		projectGeneric(v, x, d, groups, component)
	case level == cpu.AVX512 && single[T]():
		projectF32AVX512(f32(&v[0]), f32(&x[0]), d, groups, f32(&component[0]))
	case level == cpu.AVX512:
		projectF64AVX512(f64(&v[0]), f64(&x[0]), d, groups, f64(&component[0]))
	case single[T]():
		projectF32AVX2(f32(&v[0]), f32(&x[0]), d, groups, f32(&component[0]))
	default:
		projectF64AVX2(f64(&v[0]), f64(&x[0]), d, groups, f64(&component[0]))
	}
}

func accumulate[T core.Float](acc, rows []T, n, dp int, mu, coef []T) {
	level := cpu.Current()
	switch {
	case level == cpu.Generic:
		accumulateGeneric(acc, rows, n, dp, mu, coef)
	case level == cpu.AVX512 && single[T]():
		accumulateF32AVX512(f32(&acc[0]), f32(&rows[0]), n, dp, f32(&mu[0]), f32(&coef[0]))
	case level == cpu.AVX512:
		accumulateF64AVX512(f64(&acc[0]), f64(&rows[0]), n, dp, f64(&mu[0]), f64(&coef[0]))
	case single[T]():
		accumulateF32AVX2(f32(&acc[0]), f32(&rows[0]), n, dp, f32(&mu[0]), f32(&coef[0]))
	default:
		accumulateF64AVX2(f64(&acc[0]), f64(&rows[0]), n, dp, f64(&mu[0]), f64(&coef[0]))
	}
}

func nextAbove[T core.Float](l []T, from, n int, threshold []T) (int, uint32) {
	switch {
	case cpu.Current() == cpu.Generic:
		return nextAboveGeneric(l, from, n, threshold)
	case single[T]():
		return nextAboveF32AVX2(f32(&l[0]), from, n, f32(&threshold[0]))
	default:
		return nextAboveF64AVX2(f64(&l[0]), from, n, f64(&threshold[0]))
	}
}

func diffSums[T core.Float](dst, l []T, n int, base []T, mask uint32) {
	switch {
	case cpu.Current() == cpu.Generic:
		diffSumsGeneric(dst, l, n, base, mask)
	case single[T]():
		var lanes [16]float32
		for k := range lanes {
			lanes[k] = math.Float32frombits(-(mask >> k & 1))
		}
		diffSumsF32AVX2(f32(&dst[0]), f32(&l[0]), n, f32(&base[0]), &lanes[0])
	default:
		var lanes [8]float64
		for k := range lanes {
			lanes[k] = math.Float64frombits(-uint64(mask >> k & 1))
		}
		diffSumsF64AVX2(f64(&dst[0]), f64(&l[0]), n, f64(&base[0]), &lanes[0])
	}
}

func addGradient[T core.Float](sum, x []T, d int, component, v, unit, q []T) {
	level := cpu.Current()
	switch {
	case level == cpu.Generic:
		addGradientGeneric(sum, x, d, component, v, unit, q)
	case level == cpu.AVX512 && single[T]():
		addGradientF32AVX512(f32(&sum[0]), f32(&x[0]), d, f32(&component[0]), f32(&v[0]), f32(&unit[0]), f32(&q[0]))
	case level == cpu.AVX512:
		addGradientF64AVX512(f64(&sum[0]), f64(&x[0]), d, f64(&component[0]), f64(&v[0]), f64(&unit[0]), f64(&q[0]))
	case single[T]():
		addGradientF32AVX2(f32(&sum[0]), f32(&x[0]), d, f32(&component[0]), f32(&v[0]), f32(&unit[0]), f32(&q[0]))
	default:
		addGradientF64AVX2(f64(&sum[0]), f64(&x[0]), d, f64(&component[0]), f64(&v[0]), f64(&unit[0]), f64(&q[0]))
	}
}

// registerLeaders is the number of leaders that fit in registers.
const registerLeaders = 4

func gather[T core.Float](dst []T, dp int, from []*T, shift, scale []T) {
	n, d := len(from), len(shift)
	switch level := cpu.Current(); {
	case level == cpu.Generic:
		gatherGeneric(dst, dp, from, shift, scale)
	case level == cpu.AVX512 && single[T]():
		gatherF32AVX512(f32(&dst[0]), dp, (**float32)(unsafe.Pointer(&from[0])), n, f32(&shift[0]), f32(&scale[0]), d)
	case level == cpu.AVX512:
		gatherF64AVX512(f64(&dst[0]), dp, (**float64)(unsafe.Pointer(&from[0])), n, f64(&shift[0]), f64(&scale[0]), d)
	case single[T]():
		gatherF32AVX2(f32(&dst[0]), dp, (**float32)(unsafe.Pointer(&from[0])), n, f32(&shift[0]), f32(&scale[0]), d)
	default:
		gatherF64AVX2(f64(&dst[0]), dp, (**float64)(unsafe.Pointer(&from[0])), n, f64(&shift[0]), f64(&scale[0]), d)
	}
}

func weigh[T core.Float](coef, v, a []T, groups int) {
	switch {
	case cpu.Current() == cpu.Generic:
		weighGeneric(coef, v, a, groups)
	case single[T]():
		weighF32AVX2(f32(&coef[0]), f32(&v[0]), f32(&a[0]), groups)
	default:
		weighF64AVX2(f64(&coef[0]), f64(&v[0]), f64(&a[0]), groups)
	}
}

func lead[T core.Float](value []T, index []uint32, keep int, l []T, n int, base uint32) {
	switch {
	case cpu.Current() != cpu.AVX512 || keep > registerLeaders:
		leadGeneric(value, index, keep, l, n, base)
	case single[T]():
		leadF32AVX512(f32(&value[0]), &index[0], keep, f32(&l[0]), n, base)
	default:
		leadF64AVX512(f64(&value[0]), &index[0], keep, f64(&l[0]), n, base)
	}
}

func shares[T core.Float](q, own []T, index []uint32, keep int, norm []T, eps T) uint32 {
	switch {
	case cpu.Current() != cpu.AVX512:
		return sharesGeneric(q, own, index, keep, norm, eps)
	case single[T]():
		return sharesF32AVX512(f32(&q[0]), f32(unsafe.SliceData(own)), &index[0], keep, f32(&norm[0]), f32(&eps))
	default:
		return sharesF64AVX512(f64(&q[0]), f64(unsafe.SliceData(own)), &index[0], keep, f64(&norm[0]), f64(&eps))
	}
}

func prefetch[T core.Float](from []*T, d int) {
	prefetchBytes((*unsafe.Pointer)(unsafe.Pointer(&from[0])), len(from), d*int(unsafe.Sizeof(*from[0])))
}
