package panel

import (
	"math/bits"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
)

// The functions of this file define what the kernels compute; assembly may differ by rounding only.

func standardizeGeneric[T core.Float](dst, x, shift, scale []T) {
	for d, v := range x {
		dst[d] = (v - shift[d]) * scale[d]
	}
}

func gatherGeneric[T core.Float](dst []T, dp int, from []*T, shift, scale []T) {
	for k, x := range from {
		standardizeGeneric(dst[k*dp:], unsafe.Slice(x, len(shift)), shift, scale)
	}
}

func transposeGeneric[T core.Float](dst, rows []T, dp int) {
	lanes := Lanes[T]()
	for d := range dp {
		for l := range lanes {
			dst[d*lanes+l] = rows[l*dp+d]
		}
	}
}

func evaluateGeneric[T core.Float](l, first, x []T, d, groups int, params, c0 []T, ids []uint32) {
	lanes := Lanes[T]()
	var quad, t [16]T
	var v [Width][16]T
	row, blocks := Row, groups
	if groups == 0 {
		row, blocks = 2, 1
	}
	for i, id := range ids {
		out := l[i*lanes : (i+1)*lanes]
		for n := range out {
			out[n] = c0[id]
		}
		block := params[int(id)*blocks*d*row:]
		for g := range blocks {
			quad, v = [16]T{}, [Width][16]T{}
			for j := range d {
				c, xs := block[j*row:(j+1)*row], x[j*lanes:(j+1)*lanes]
				for n, xn := range xs {
					t[n] = xn - c[0]
					quad[n] += t[n] * (t[n] * c[1])
				}
				for k, w := range c[2:] {
					for n := range xs {
						v[k][n] += t[n] * w
					}
				}
			}
			for k := range v {
				if i == 0 && first != nil {
					copy(first[(g*Width+k)*lanes:(g*Width+k+1)*lanes], v[k][:])
				}
				for n := range quad {
					quad[n] -= v[k][n] * v[k][n]
				}
			}
			for n := range out {
				out[n] -= 0.5 * quad[n]
			}
			block = block[d*row:]
		}
	}
}

func projectGeneric[T core.Float](v, x []T, d, groups int, component []T) {
	lanes := Lanes[T]()
	for g := range groups {
		out := v[g*Width*lanes : (g+1)*Width*lanes]
		clear(out)
		for j := range d {
			c := component[(g*d+j)*Row : (g*d+j+1)*Row]
			for n, xn := range x[j*lanes : (j+1)*lanes] {
				t := xn - c[0]
				for k, w := range c[2:] {
					out[k*lanes+n] += t * w
				}
			}
		}
	}
}

func weighGeneric[T core.Float](coef, v, a []T, groups int) {
	lanes := Lanes[T]()
	for range groups {
		copy(coef[:lanes], a)
		coef = coef[lanes:]
		for range Width {
			for k, w := range a[:lanes] {
				coef[k] = v[k] * w
			}
			coef, v = coef[lanes:], v[lanes:]
		}
	}
}

func accumulateGeneric[T core.Float](acc, rows []T, n, dp int, mu, coef []T) {
	lanes := Lanes[T]()
	for i := range n {
		for j, x := range rows[i*dp : (i+1)*dp] {
			t := x - mu[j]
			u := coef[i] * t
			acc[j] += u * t
			acc[dp+j] += u
			for k := range Width {
				acc[(2+k)*dp+j] += coef[(1+k)*lanes+i] * t
			}
		}
	}
}

func addGradientGeneric[T core.Float](sum, x []T, d int, component, v, unit, q []T) {
	lanes := Lanes[T]()
	for j := range d {
		c := component[j*Row : (j+1)*Row]
		for l, xl := range x[j*lanes : (j+1)*lanes] {
			s := c[1] * (xl - c[0])
			for k, w := range c[2:] {
				s -= w * v[k*lanes+l]
			}
			sum[j*lanes+l] += unit[j] * s * q[l]
		}
	}
}

func addGradientShort[T core.Float](sum, x []T, d int, component, unit, q []T) {
	lanes := Lanes[T]()
	for j := range d {
		mu, p := component[2*j], component[2*j+1]*unit[j]
		for l, xl := range x[j*lanes : (j+1)*lanes] {
			sum[j*lanes+l] += p * (xl - mu) * q[l]
		}
	}
}

func nextAboveGeneric[T core.Float](l []T, from, n int, threshold []T) (int, uint32) {
	lanes := Lanes[T]()
	for i := from; i < n; i++ {
		var mask uint32
		for k, v := range l[i*lanes : (i+1)*lanes] {
			if v > threshold[k] {
				mask |= 1 << k
			}
		}
		if mask != 0 {
			return i, mask
		}
	}
	return n, 0
}

// leadGeneric looks for the few entries that exceed the last leader of their lane.
func leadGeneric[T core.Float](value []T, index []uint32, keep int, l []T, n int, base uint32) {
	lanes := Lanes[T]()
	last := (keep - 1) * lanes
	threshold := value[last : last+lanes]
	for i, mask := nextAbove(l, 0, n, threshold); mask != 0; i, mask = NextAbove(l, i+1, n, threshold) {
		row := l[i*lanes : (i+1)*lanes]
		for ; mask != 0; mask &= mask - 1 {
			lane := bits.TrailingZeros32(mask)
			v := row[lane]
			at := last + lane
			for at >= lanes && value[at-lanes] < v {
				value[at], index[at] = value[at-lanes], index[at-lanes]
				at -= lanes
			}
			value[at], index[at] = v, base+uint32(i)
		}
	}
}

func sharesGeneric[T core.Float](q, own []T, index []uint32, keep int, norm []T, eps T) (others uint32) {
	lanes := Lanes[T]()
	clear(norm)
	clear(own)
	for r := range keep {
		for lane, v := range q[r*lanes : (r+1)*lanes] {
			norm[lane] += v
		}
	}
	for at, v := range q[:keep*lanes] {
		lane := at % lanes
		v /= norm[lane]
		if !(v > eps) {
			v = 0
		} else if own != nil && index[at] == 0 {
			own[lane], v = v, -v
		} else {
			others |= 1 << lane
		}
		q[at] = v
	}
	return others
}

func diffSumsGeneric[T core.Float](dst, l []T, n int, base []T, mask uint32) {
	lanes := Lanes[T]()
	for i := range n {
		var sum T
		for k, v := range l[i*lanes : (i+1)*lanes] {
			if mask>>k&1 != 0 {
				sum += base[k] - v
			}
		}
		dst[i] = sum
	}
}
