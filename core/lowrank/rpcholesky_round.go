package lowrank

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// round proposes pivots by drawing block times, and takes those that pass.
func (p *pivoting[T]) round(ctx context.Context, block int) (proposed, accepted int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	ids, draws := p.propose(block)
	b, r := len(ids), len(p.pivots)
	at := p.factorAt(ids)
	few, known := p.a.(ElementKernel[T])
	var g core.Matrix[T] // columns of A at all proposals
	h := core.NewMatrix[T](b, b)
	if known {
		err = few.Elements(ctx, h, ids)
	} else if g, err = p.proposed(ctx, ids); err == nil {
		for i := range b {
			for j, id := range ids {
				h.Row(i)[j] = g.Row(i)[id]
			}
		}
	}
	if err != nil {
		return 0, 0, err
	}
	for i, id := range ids {
		if err := p.checkDiagonal(id, float64(h.Row(i)[i])); err != nil {
			return 0, 0, err
		}
	}
	p.subtract(p.threads, h, at, at.Data, b)
	left := make([]float64, b*b)
	for i, v := range h.Data {
		left[i] = float64(v)
	}
	chosen, lower := p.choose(ids, draws, left)
	k := len(chosen)
	p.f = slices.Grow(p.f, k*p.n)[:(r+k)*p.n]
	tail, own := core.Matrix[T]{Data: p.f[r*p.n:], Rows: k, Cols: p.n, Stride: p.n}, make([]int, k)
	for i, c := range chosen {
		own[i] = ids[c]
		if !known {
			copy(tail.Row(i), g.Row(c))
		}
	}
	if known && k > 0 {
		p.columns += k
		if err := p.a.Columns(ctx, tail, own); err != nil {
			return 0, 0, err
		}
	}
	before := p.factorAt(own)
	p.pivots = append(p.pivots, own...)
	return b, k, p.extend(ctx, before, lower)
}

// proposed returns the columns ids of A as rows.
func (p *pivoting[T]) proposed(ctx context.Context, ids []int) (core.Matrix[T], error) {
	b := len(ids)
	p.g = resize(p.g, b*p.n)
	p.columns += b
	g := core.Matrix[T]{Data: p.g, Rows: b, Cols: p.n, Stride: p.n}
	return g, p.a.Columns(ctx, g, ids)
}

func (p *pivoting[T]) checkDiagonal(id int, v float64) error {
	if !(math.Abs(v-p.whole[id]) <= math.Sqrt(core.Epsilon[T]())*p.whole[id]) {
		return fmt.Errorf("lowrank: %w: column %d of the kernel matrix has %v on the diagonal, Diagonal says %v",
			core.ErrNumerical, id, v, p.whole[id])
	}
	return nil
}

// factorAt returns the columns ids of the factor.
func (p *pivoting[T]) factorAt(ids []int) core.Matrix[T] {
	at := core.NewMatrix[T](len(p.pivots), len(ids))
	for i := range at.Rows {
		for j, id := range ids {
			at.Row(i)[j] = p.f[i*p.n+id]
		}
	}
	return at
}

// subtract takes at^T f, f being columns of the factor in rows of length n, from x. An element does not depend on which
// others there are, so that what is left of A at a place is the same number in every product.
func (p *pivoting[T]) subtract(threads int, x, at core.Matrix[T], f []T, n int) {
	if at.Rows > 0 && x.Rows > 0 {
		blas.Gemm(threads, true, false, x.Rows, x.Cols, at.Rows, -1, at.Data, at.Stride, f, n, 1, x.Data, x.Stride)
	}
}

// propose draws from the diagonal of what is left. Draw i is ids[draws[i]]; ids are distinct.
func (p *pivoting[T]) propose(block int) (ids, draws []int) {
	place := make(map[int]int, block)
	for range block {
		at := p.draw.Float64() * p.left()
		i := min(sort.Search(p.n, func(i int) bool { return p.running[i] > at }), p.n-1)
		for p.d[i] == 0 { // rounding at the end of the last step up
			i--
		}
		if _, known := place[i]; !known {
			place[i], ids = len(ids), append(ids, i)
		}
		draws = append(draws, place[i])
	}
	return ids, draws
}

// choose goes through the draws in order. One is accepted with a probability that is the part its diagonal element still
// has of what it had when it was drawn, as pivots accepted meanwhile take theirs of it. It returns the places of the
// accepted ones in ids and the lower Cholesky factor L of what is left of A at them. h (b x b) is what is left of A at ids.
func (p *pivoting[T]) choose(ids, draws []int, h []float64) (chosen []int, lower []float64) {
	b := len(ids)
	factor := make([][]float64, 0, b) // columns of L, with an element for each of ids
	for _, i := range draws {
		id, drawn := ids[i], h[i*b+i]
		now := drawn
		for _, c := range factor {
			now -= c[i] * c[i]
		}
		if least := traceFloor[T]() * p.whole[id]; !(drawn > least) {
			p.d[id] = 0 // rounding
			continue
		} else if u := p.draw.Float64(); !(now > least) || u*drawn >= now || len(p.pivots)+len(chosen) == p.most {
			continue
		}
		column := make([]float64, b)
		root := math.Sqrt(now)
		for j := range b {
			v := h[i*b+j]
			for _, c := range factor {
				v -= c[i] * c[j]
			}
			column[j] = v / root
		}
		column[i] = root
		factor, chosen = append(factor, column), append(chosen, i)
	}
	k := len(chosen)
	lower = make([]float64, k*k)
	for i, place := range chosen {
		for j := range i + 1 {
			lower[i*k+j] = factor[j][place]
		}
	}
	return chosen, lower
}
