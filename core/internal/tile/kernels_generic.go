package tile

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

var (
	generic32 = newGeneric[float32]()
	generic64 = newGeneric[float64]()
)

// newGeneric returns the kernels that define the meaning of all others.
func newGeneric[T core.Float]() *family[T] {
	return &family[T]{
		products: productsGeneric[T], distances: distancesGeneric[T], multiply: multiplyGeneric[T], apply: applyGeneric[T],
		reduce: reduceGeneric[T], accumulate: accumulateGeneric[T], contract: contractGeneric[T],
		correlate: correlateGeneric[T], gather: gatherGeneric[T],
		shift: shiftGeneric[T], expand: expandGeneric[T], add: addGeneric[T], scale: scaleGeneric[T],
		rational: rational[T]{rationalBaseGeneric[T], rationalExponentGeneric[T], rationalValueGeneric[T]},
		narrow:   [formats]func([]uint16, []T){narrowHalfGeneric[T], narrowBrainGeneric[T]},
		widen:    [formats]func([]T, []uint16){widenHalfGeneric[T], widenBrainGeneric[T]},
		curves: curves[T]{
			rbf: exponentialGeneric[T], matern12: exponentialGeneric[T], matern32: exponentialGeneric[T],
			matern52: exponentialGeneric[T],
		},
	}
}

func productsGeneric[T core.Float](dst, a, b []T, d int, na, nb []T, floor T) {
	for i := range Size {
		row := dst[i*Size : (i+1)*Size]
		for j := range row {
			row[j] = na[i] + nb[j]
		}
		for q := range d {
			s := a[q*Size+i]
			for j, v := range b[q*Size : (q+1)*Size] {
				row[j] += s * v
			}
		}
		for j, v := range row {
			row[j] = max(v, floor)
		}
	}
}

func distancesGeneric[T core.Float](dst, a, b []T, d int) {
	for i := range Size {
		row := dst[i*Size : (i+1)*Size]
		clear(row)
		for q := range d {
			s := a[q*Size+i]
			for j, v := range b[q*Size : (q+1)*Size] {
				row[j] += (s - v) * (s - v)
			}
		}
	}
}

func exponentialGeneric[T core.Float](c *Curve[T], k, h, r2 []T) {
	rate := float64(c.rateHi) + float64(c.rateLo)
	for i, r := range r2[:Elements] {
		x := r
		if c.kind != rbf {
			x = T(math.Sqrt(float64(r)))
		}
		x = min(x, c.most)
		e := T(vmath.Exp2(rate * float64(x)))
		k[i] = e * (c.k0 + x*(c.k1+x*c.k2))
		switch {
		case h == nil:
		case c.kind == matern12:
			h[i] = k[i] / max(x, leastDistance)
		default:
			h[i] = e * (c.h0 + x*c.h1)
		}
	}
}

// leastDistance keeps the h of Matern 1/2 finite.
const leastDistance = 1e-18

func multiplyGeneric[T core.Float](o, k, v []T, row, col int) {
	lanes := Lanes[T]()
	for i := range Size {
		to := o[i*lanes : (i+1)*lanes]
		for j := range Size {
			s := k[i*row+j*col]
			for l, x := range v[j*lanes : (j+1)*lanes] {
				to[l] += s * x
			}
		}
	}
}

func applyGeneric[T core.Float](p, oj, k, vi, vj []T) {
	lanes := Lanes[T]()
	for i := range Size {
		to := p[i*lanes : (i+1)*lanes]
		for j, x := range k[i*Size : (i+1)*Size] {
			to[j%lanes] += x * vj[j]
			oj[j] += x * vi[i]
		}
	}
}

func reduceGeneric[T core.Float](dst []float64, p []T) {
	lanes := Lanes[T]()
	for i := range dst {
		var sum T
		for _, v := range p[i*lanes : (i+1)*lanes] {
			sum += v
		}
		dst[i] += float64(sum)
	}
	clear(p[:len(dst)*lanes])
}

func accumulateGeneric[T core.Float](dst []float64, src []T) {
	for i, v := range src {
		dst[i] += float64(v)
	}
	clear(src)
}

func contractGeneric[T core.Float](out []float64, g, a, b []T) {
	for q := range out {
		var sum T
		for i := range Size {
			s := a[q*Size+i]
			for j, v := range b[q*Size : (q+1)*Size] {
				sum += g[i*Size+j] * (s - v) * (s - v)
			}
		}
		out[q] += float64(sum)
	}
}

func addGeneric[T core.Float](dst, src []T) {
	for i, v := range src[:Elements] {
		dst[i] += v
	}
}

func scaleGeneric[T core.Float](dst, src []T) {
	for i, v := range src[:Elements] {
		dst[i] *= v
	}
}

func correlateGeneric[T core.Float](dst, a, g []T, d int) {
	clear(dst[:d*Size])
	for q := range d {
		to := dst[q*Size : (q+1)*Size]
		for i, s := range a[q*Size : (q+1)*Size] {
			for j, v := range g[i*Size : (i+1)*Size] {
				to[j] += s * v
			}
		}
	}
}

// gatherGeneric adds the sums over i of a_qi^2 u_i and over j of b_qj (b_qj v_j - 2 c_qj) to out[q].
func gatherGeneric[T core.Float](out []float64, c, a, b, u, v []T) {
	for q := range out {
		var sum T
		for i := range Size {
			x, y := a[q*Size+i], b[q*Size+i]
			sum += x*x*u[i] + y*(y*v[i]-2*c[q*Size+i])
		}
		out[q] += float64(sum)
	}
}

func shiftGeneric[T core.Float](dst, src, by []T) {
	for q, s := range by {
		for i, v := range src[q*Size : (q+1)*Size] {
			dst[q*Size+i] = v + s
		}
	}
}

func expandGeneric[T core.Float](dst, norms, src, by []T) {
	clear(norms[:Size])
	for q, s := range by {
		for i, v := range src[q*Size : (q+1)*Size] {
			v += s
			norms[i] += v * v
			dst[q*Size+i] = -2 * v
		}
	}
}
