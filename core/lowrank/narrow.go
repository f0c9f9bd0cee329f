package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	narrowest     = 8     // columns of a block of narrow,
	narrowBlock   = 16    // and with many columns in a wide one
	manyColumns   = 40    // which are so many
	narrowPasses  = 8     // fewer passes than this are better spent on wide blocks
	leastWork     = 32    // columns that count as a pass even where a wide block has fewer
	narrowDefault = 1e-4  // tolerance where none is given: a step of a narrow block is cheap, and worth a digit
	narrowTol     = 1e-18 // tolerances from which squared values may do,
	singleTol     = 1e-4  // and from which float32 products may
)

// narrowPays tells whether narrow blocks are multiplied at about the price per column of wide ones, and rounding of
// products is far below what is asked for: products with sparse matrices are, and those with A^T A where a float64 matrix
// is kept by rows and has no more columns than rows.
func narrowPays[T core.Float](a Operator[T]) bool {
	switch a := a.(type) {
	case *compressed[T, int32], *compressed[T, int64]:
		return true
	case *dense[T]:
		_, double := any(T(0)).(float64)
		return double && a.x.Rows >= a.x.Cols
	case centered[T]:
		return narrowPays(a.of)
	case centeredNormed[T]:
		return narrowPays(a.of)
	case centeredGramian[T]:
		return narrowPays(a.of)
	}
	return false
}

// narrow finds the triplets from a Krylov basis of N in blocks so narrow that few columns are multiplied in all, at the
// price of squared singular values: f is nil where rounding hides the small ones among the k leading from it, and the
// basis on both sides is needed.
//
// The basis of a float64 matrix is grown in float32 where tol allows: rounding moves squared values by less than tol, to
// first order, and what is made of the basis afterwards in float64 by the square of that.
func (c *job[T]) narrow(ctx context.Context, k, l int) (f *Factors[T], err error) {
	tol, _ := c.narrowStopping()
	var p *squaredPairs
	single, err := c.single(ctx, tol)
	if err != nil {
		return nil, err
	}
	if single != nil {
		p, err = single.squaredPairs(ctx, k, l)
		c.passes, c.columns, c.unit = single.passes, single.columns, single.unit
	}
	if p == nil && err == nil {
		p, err = c.squaredPairs(ctx, k, l)
	}
	if p == nil || err != nil {
		return nil, err
	}
	f = &Factors[T]{Method: Krylov, Converged: p.converged, Residuals: p.norms}
	for i, v := range p.values {
		f.Residuals[i] /= math.Sqrt(v) // A v = s u, and A^T u - s v = (N v - s^2 v) / s
	}
	return f, c.complete(ctx, f, p.vectors, linalg.Orthonormalize[T])
}

// narrowStopping is stopping for narrow blocks.
func (c *job[T]) narrowStopping() (tol float64, limit int) {
	tol, limit = c.stopping()
	if c.o.Tol == 0 {
		tol = narrowDefault
	}
	return tol, limit
}

// single returns the job for A in float32, or nil where products with that are no gain or not good enough.
func (c *job[T]) single(ctx context.Context, tol float64) (*job[float32], error) {
	_, double := any(T(0)).(float64)
	a, can := c.a.(interface {
		single(context.Context) (Operator[float32], error)
	})
	if !double || !can || tol < singleTol {
		return nil, nil
	}
	of, err := a.single(ctx)
	if of == nil || err != nil {
		return nil, err
	}
	return &job[float32]{a: of, m: c.m, n: c.n, o: c.o, began: c.began, most: c.most}, nil
}

// squaredPairs are the k leading eigenpairs of N within a basis.
type squaredPairs struct {
	values    []float64
	vectors   core.Matrix[float64]
	norms     []float64 // residuals of N
	converged bool
}

// squaredPairs grows a basis of at most some five times l columns, which is restarted when it is full, until the k leading
// pairs have converged. It returns nil if they are hidden.
func (c *job[T]) squaredPairs(ctx context.Context, k, l int) (*squaredPairs, error) {
	tol, limit := c.narrowStopping()
	if unreachable := hidden[T]([]float64{1}, 1, tol); unreachable {
		return nil, nil
	}
	side := min(c.m, c.n)
	block := narrowest
	if l >= manyColumns {
		block = narrowBlock
	}
	keep := par.Tiles(l, block) * block
	width := min(max(krylovBlocks*keep, keep+6*block), side)
	b := newBlockLanczos(side, block, width, c.o.Threads, c.o.Seed, newSelfAdjoint(c, block).apply)
	if err := b.scatter(ctx); err != nil {
		return nil, err
	}
	s, p := closing{rounding: 8 * core.Epsilon[float64]()}, &squaredPairs{}
	for {
		if err := b.grow(ctx); err != nil {
			return nil, err
		}
		last := b.next == 0 || c.columns+2*block > limit*max(l, leastWork)
		if look := b.have() >= k && s.due() || b.full(); !look && !last {
			continue
		}
		if err := b.ritz(ctx, keep); err != nil {
			return nil, err
		}
		if hidden[T](b.values, k, tol) && (b.have() >= 2*k || last) {
			return nil, nil
		}
		p.norms = b.residuals(k)
		p.converged = b.next == 0 || s.remaining(b.values, p.norms, k, tol) <= tol
		again := p.converged && s.mayHide(b.values[:k], block)
		if last || p.converged && !again {
			break
		}
		if b.full() {
			if err := b.restart(ctx); err != nil {
				return nil, err
			}
		}
		if again {
			if err := b.scatter(ctx); err != nil {
				return nil, err
			}
		}
	}
	if hidden[T](b.values, k, tol) {
		return nil, nil
	}
	vectors, err := pairVectors(ctx, b, k)
	p.values, p.vectors = b.values[:k], vectors
	return p, err
}

// pairVectors returns the k leading Ritz vectors of b, orthonormal to the rounding of float64.
func pairVectors[T core.Float](ctx context.Context, b *blockLanczos[T], k int) (core.Matrix[float64], error) {
	v := hugepage.NewMatrix[T](b.basis.n, k)
	if err := b.basis.combine(ctx, v, b.leading(k)); err != nil {
		return core.Matrix[float64]{}, err
	}
	if same, ok := any(v).(core.Matrix[float64]); ok {
		return same, nil
	}
	out := hugepage.NewMatrix[float64](v.Rows, k)
	if err := convert(ctx, b.threads, out, v); err != nil {
		return out, err
	}
	_, err := linalg.OrthonormalizePrepared(ctx, b.threads, out, nil, b.seed)
	return out, err
}

// hidden tells whether the k-th of the squared singular values is so small that rounding of the first one keeps its
// vector from the accuracy that tol asks for.
func hidden[T core.Float](squares []float64, k int, tol float64) bool {
	eps := core.Epsilon[T]()
	return len(squares) < k || !(squares[k-1] > max(1e4*eps, 10*eps/math.Sqrt(tol))*squares[0])
}
