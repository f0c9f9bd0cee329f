package tile

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// family is the set of kernels of one level. What they compute is said where they are called and by the generic ones;
// other levels differ by rounding only.
type family[T core.Float] struct {
	products   func(dst, a, b []T, d int, na, nb []T, floor T)
	distances  func(dst, a, b []T, d int)
	curves     curves[T]
	rational   rational[T]
	multiply   func(o, k, v []T, row, col int) // element (i, j) of the factor is k[i*row+j*col]
	apply      func(p, oj, k, vi, vj []T)
	reduce     func(dst []float64, p []T)
	accumulate func(dst []float64, src []T)
	contract   func(out []float64, g, a, b []T)
	correlate  func(dst, a, g []T, d int) // dst_qj = sum over i of a_qi g_ij; d is a multiple of four
	gather     func(out []float64, c, a, b, u, v []T)
	shift      func(dst, src, by []T)
	expand     func(dst, norms, src, by []T)
	add        func(dst, src []T)
	scale      func(dst, src []T)
	narrow     [formats]func(dst []uint16, src []T)
	widen      [formats]func(dst []T, src []uint16)
}

// curves are the kernels of the distance but the rational quadratic.
type curves[T core.Float] [rationalQuadratic]func(c *Curve[T], k, h, r2 []T)

func familyFor[T core.Float]() *family[T] {
	var f any
	switch any(T(0)).(type) {
	case float32:
		f = family32(cpu.Current())
	default:
		f = family64(cpu.Current())
	}
	return f.(*family[T])
}
