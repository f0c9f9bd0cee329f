package surrogate

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// support is the edge between points of two kinds: the zero of a support vector machine with a squared exponential kernel,
// which has the widest margin among the functions that are at least 1 at points of one kind and at most -1 at the other.
// Only points at the edge have a say, and the others may be anywhere.
type support struct {
	vectors *cloud // in units of the length scale
	weight  []float64
	bias    float64

	multipliers []float64 // of all points, to begin with next time
}

// hard is the largest multiplier of a point: margins are violated only where equal points are of different kinds.
const hard = 1e6

// newSupport separates n points of the cube by their signs (1 or -1), of which there are both. spread is the unit of
// distance per dimension; start holds multipliers of the first points. Takes memory for n^2 numbers.
func newSupport(ctx context.Context, u core.Matrix[float64], sign, inverse, start []float64, threads int) (*support, error) {
	n, d := u.Rows, u.Cols
	s := &support{multipliers: make([]float64, n)}
	length, scaled := 2*math.Sqrt(2*float64(d)), make([]float64, d)
	for q, v := range inverse {
		scaled[q] = v / length
	}
	copy(s.multipliers, start)
	all := newCloud(u, scaled)
	k := core.NewMatrix[float64](n, n)
	err := par.For(ctx, threads, par.Tiles(n, block), func(_, tile int) {
		lo, hi := par.Span(tile, n, block)
		rows := core.Matrix[float64]{Data: k.Data[lo*n:], Rows: hi - lo, Cols: n, Stride: n}
		part := core.Matrix[float64]{Data: all.z.Data[lo*d:], Rows: hi - lo, Cols: d, Stride: d}
		similar(rows, part, all.halves[lo:], all)
	})
	if err != nil {
		return nil, err
	}
	if err := s.optimize(ctx, k, sign); err != nil {
		return nil, err
	}
	s.vectors = newCloud(some(u, func(i int) bool { return s.multipliers[i] > 0 }), scaled)
	for i, a := range s.multipliers {
		if a > 0 {
			s.weight = append(s.weight, a*sign[i])
		}
	}
	return s, nil
}

// optimize is sequential minimal optimization: the pair of multipliers that violates the conditions of optimality most, the
// second one by the decrease that it promises, is moved to where the dual is smallest, until none violates them by more
// than a thousandth.
func (s *support) optimize(ctx context.Context, k core.Matrix[float64], sign []float64) error {
	n, a := k.Rows, s.multipliers
	slope := make([]float64, n) // sign times the gradient of the dual, negated: sign_i - sum_j sign_j a_j k_ij
	copy(slope, sign)
	for j, v := range a {
		if v > 0 {
			blas.Axpy(-v*sign[j], k.Row(j), slope)
		}
	}
	up := func(i int) bool { return sign[i] > 0 && a[i] < hard || sign[i] < 0 && a[i] > 0 }
	down := func(i int) bool { return sign[i] > 0 && a[i] > 0 || sign[i] < 0 && a[i] < hard }
	for iteration := range 100*n + 10000 {
		if iteration%1000 == 0 && ctxError(ctx) != nil {
			return ctx.Err()
		}
		i, highest := -1, math.Inf(-1)
		for t, v := range slope {
			if v > highest && up(t) {
				i, highest = t, v
			}
		}
		j, gain, lowest := -1, 0.0, math.Inf(1)
		row := k.Row(i)
		for t, v := range slope {
			if !down(t) {
				continue
			}
			lowest = min(lowest, v)
			if b := highest - v; b > 0 {
				if g := b * b / max(2-2*row[t], 1e-12); g > gain {
					j, gain = t, g
				}
			}
		}
		if highest-lowest < 1e-3 || j < 0 {
			s.bias = (highest + lowest) / 2
			return nil
		}
		step := (highest - slope[j]) / max(2-2*row[j], 1e-12)
		step = min(step, room(a[i], sign[i]), room(a[j], -sign[j]))
		a[i] += sign[i] * step
		a[j] -= sign[j] * step
		blas.Axpy(-step, row, slope)
		blas.Axpy(step, k.Row(j), slope)
		s.bias = (highest + lowest) / 2
	}
	return nil
}

// room returns how far a multiplier can go in the direction of the sign.
func room(a, sign float64) float64 {
	if sign > 0 {
		return hard - a
	}
	return a
}

// similar writes exp(-|a - b|^2 / 2) to dst.
func similar(dst, a core.Matrix[float64], halves []float64, b *cloud) {
	blas.Gemm(1, false, true, a.Rows, b.z.Rows, a.Cols, 1, a.Data, a.Stride, b.z.Data, b.z.Stride, 0, dst.Data, dst.Stride)
	for i := range a.Rows {
		row, h := dst.Row(i)[:b.z.Rows], halves[i]
		for j, v := range b.halves {
			row[j] = min(0, row[j]-h-v)
		}
		vmath.Exp(row, row)
	}
}

// evaluate writes the function to dst: positive inside, 1 at the margin.
func (s *support) evaluate(ctx context.Context, dst []float64, u core.Matrix[float64], threads int) error {
	return par.For(ctx, threads, par.Tiles(u.Rows, block), func(_, tile int) {
		lo, hi := par.Span(tile, u.Rows, block)
		z, halves := s.vectors.place(core.Matrix[float64]{Data: u.Data[lo*u.Stride:], Rows: hi - lo, Cols: u.Cols, Stride: u.Stride})
		k := core.NewMatrix[float64](hi-lo, s.vectors.z.Rows)
		similar(k, z, halves, s.vectors)
		for i := range hi - lo {
			dst[lo+i] = blas.Dot(k.Row(i), s.weight) + s.bias
		}
	})
}
