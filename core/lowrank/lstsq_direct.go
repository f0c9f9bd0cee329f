package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// direct solves by a QR factorization of sqrt(mu) I above A. An A that is not kept densely is copied.
func (p *system[T]) direct(ctx context.Context) ([][]float64, *inverse, error) {
	var load func(x []float64, ld, lo, hi int)
	switch a := p.a.(type) {
	case *dense[T]:
		load = func(x []float64, ld, lo, hi int) { turnRows(x, ld, a.x, lo, hi) }
	case denseTransposed[T]:
		load = func(x []float64, ld, lo, hi int) {
			for j := range p.n {
				widen(x[j*ld:j*ld+hi-lo], a.of.x.Row(j)[lo:hi])
			}
		}
	default:
		held, unit := core.NewMatrix[T](p.m, p.n), core.NewMatrix[T](p.n, p.n)
		for i := range p.n {
			unit.Row(i)[i] = 1
		}
		if err := p.a.Mul(ctx, held, unit); err != nil {
			return nil, nil, err
		}
		load = func(x []float64, ld, lo, hi int) { turnRows(x, ld, held, lo, hi) }
	}
	r, z, err := linalg.Triangular(ctx, p.o.Threads, p.m, p.n, p.b.Cols, math.Sqrt(p.mu), func(x []float64, ld, lo, hi int) {
		load(x, ld, lo, hi)
		turnRows(x[p.n*ld:], ld, p.b, lo, hi)
	})
	if err != nil {
		return nil, nil, err
	}
	f, err := newInverse[T](ctx, r, p.n)
	if err != nil {
		return nil, nil, err
	}
	return f.solveAll(z, p.b.Cols), f, nil
}

// turnRows writes rows [lo, hi) of a to x by columns, ld apart.
func turnRows[T core.Float](x []float64, ld int, a core.Matrix[T], lo, hi int) {
	i := lo
	for ; i+8 <= hi; i += 8 { // a cache line of x at a time
		r0, r1, r2, r3 := a.Row(i), a.Row(i+1), a.Row(i+2), a.Row(i+3)
		r4, r5, r6, r7 := a.Row(i+4), a.Row(i+5), a.Row(i+6), a.Row(i+7)
		for j := range r0 {
			to := x[j*ld+i-lo:][:8]
			to[0], to[1], to[2], to[3] = float64(r0[j]), float64(r1[j]), float64(r2[j]), float64(r3[j])
			to[4], to[5], to[6], to[7] = float64(r4[j]), float64(r5[j]), float64(r6[j]), float64(r7[j])
		}
	}
	for ; i < hi; i++ {
		for j, v := range a.Row(i) {
			x[j*ld+i-lo] = float64(v)
		}
	}
}
