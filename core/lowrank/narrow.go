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
	narrowest    = 8  // columns of a block of narrow,
	narrowBlock  = 16 // and with many columns in a wide one
	manyColumns  = 40
	narrowPasses = 8  // fewer passes than this are better spent on wide blocks
	leastWork    = 32 // columns that count as a pass even where a wide block has fewer
)

// selfAdjoint multiplies with N = A^T A, or A A^T where that is smaller, by two passes over A.
type selfAdjoint[T core.Float] struct {
	c    *job[T]
	tall bool
	long core.Matrix[T] // product of A or A^T, whichever is longer
	x, z core.Matrix[T] // what the other type of numbers needs
}

func newSelfAdjoint[T core.Float](c *job[T], block int) *selfAdjoint[T] {
	p := &selfAdjoint[T]{c: c, tall: c.n <= c.m, long: hugepage.NewMatrix[T](max(c.m, c.n), block)}
	if _, same := any(T(0)).(float64); !same {
		p.x, p.z = hugepage.NewMatrix[T](min(c.m, c.n), block), hugepage.NewMatrix[T](min(c.m, c.n), block)
	}
	return p
}

func (p *selfAdjoint[T]) apply(ctx context.Context, dst, x core.Matrix[float64]) error {
	long := compact(p.long, x.Cols)
	from, same := any(x).(core.Matrix[T])
	to := any(dst)
	if !same {
		from = compact(p.x, x.Cols)
		convert(from, x)
		to = compact(p.z, x.Cols)
	}
	forth, back := p.c.mul, p.c.mulTrans
	if !p.tall {
		forth, back = back, forth
	}
	if err := forth(ctx, long, from); err != nil {
		return err
	}
	if err := back(ctx, to.(core.Matrix[T]), long); err != nil {
		return err
	}
	if !same {
		convert(dst, compact(p.z, x.Cols))
	}
	return nil
}

// compact returns the memory of x as a matrix of fewer columns.
func compact[T core.Float](x core.Matrix[T], cols int) core.Matrix[T] {
	return core.Matrix[T]{Data: x.Data, Rows: x.Rows, Cols: cols, Stride: cols}
}

// convert rounds src to the type of dst.
func convert[S, T core.Float](dst core.Matrix[T], src core.Matrix[S]) {
	for i := range src.Rows {
		to := dst.Row(i)
		for j, v := range src.Row(i) {
			to[j] = T(v)
		}
	}
}

// narrowPays tells whether narrow blocks are multiplied at the price per column of wide ones: products with sparse
// matrices are.
func narrowPays[T core.Float](a Operator[T]) bool {
	switch a := a.(type) {
	case *compressed[T, int32], *compressed[T, int64]:
		return true
	case centered[T]:
		return narrowPays(a.of)
	case centeredNormed[T]:
		return narrowPays(a.of)
	}
	return false
}

// narrow finds the triplets from a Krylov basis of N in blocks so narrow that few columns are multiplied in all, at the
// price of squared singular values: f is nil where rounding hides the small ones among the k leading from it, and the
// basis on both sides is needed. The basis has at most five times l columns.
func (c *job[T]) narrow(ctx context.Context, k, l int) (f *Factors[T], err error) {
	tol, limit := c.stopping()
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
	s := closing{rounding: 8 * core.Epsilon[float64]()}
	f = &Factors[T]{Method: Krylov}
	for {
		if err := b.grow(ctx); err != nil {
			return nil, err
		}
		last := c.columns+2*block > limit*max(l, leastWork)
		if b.have() < k && !last {
			continue
		}
		if err := b.ritz(); err != nil {
			return nil, err
		}
		if (b.have() >= 2*k || last) && hidden[T](b.values, k, tol) {
			return nil, nil
		}
		f.Residuals = b.residuals(k)
		f.Converged = b.next == 0 || s.remaining(b.values, f.Residuals, k) <= tol
		again := f.Converged && b.next > 0 && s.mayHide(b.values[:k], block)
		if last || f.Converged && !again {
			break
		}
		if b.full() {
			if err := b.restart(ctx, keep); err != nil {
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
	for i, v := range b.values[:k] {
		f.Residuals[i] /= math.Sqrt(v) // A v = s u, and A^T u - s v = (N v - s^2 v) / s
	}
	v := hugepage.NewMatrix[float64](side, k)
	if err := b.basis.combine(ctx, v, b.leading(k)); err != nil {
		return nil, err
	}
	return f, c.complete(ctx, f, v)
}

// hidden tells whether the k-th of the squared singular values is so small that rounding of the first one keeps its
// vector from the accuracy that tol asks for.
func hidden[T core.Float](squares []float64, k int, tol float64) bool {
	eps := core.Epsilon[T]()
	return len(squares) < k || !(squares[k-1] > max(1e4*eps, 10*eps/math.Sqrt(tol))*squares[0])
}

// complete fills in the triplets from k orthonormal right vectors, or left ones where A has more columns than rows, by
// one more pass: A V = P R; with R = X S Y^T, U = P X and V <- V Y.
func (c *job[T]) complete(ctx context.Context, f *Factors[T], v core.Matrix[float64]) (err error) {
	k := v.Cols
	own, other := core.Matrix[T]{}, hugepage.NewMatrix[T](max(c.m, c.n), k)
	if same, ok := any(v).(core.Matrix[T]); ok {
		own = same
	} else {
		own = narrow[T](v)
	}
	if c.n <= c.m {
		f.V, f.U, err = own, other, c.mul(ctx, other, own)
	} else {
		f.U, f.V, err = own, other, c.mulTrans(ctx, other, own)
	}
	if err != nil {
		return err
	}
	g := make([]float64, k*k)
	if err := linalg.Gram(ctx, c.o.Threads, other, g); err != nil {
		return err
	}
	squares := make([]float64, k)
	if err := linalg.EigenSym(g, k, squares); err != nil {
		return err
	}
	const mild = 1e-4 // squares that differ by less than this cost no digits of note
	if squares[k-1] > mild*squares[0] {
		f.S = make([]float64, k)
		scaled := make([]float64, k*k)
		for j, q := range squares {
			f.S[j] = math.Sqrt(q)
			for i := range k {
				scaled[i*k+j] = g[i*k+j] / f.S[j]
			}
		}
		if err := linalg.MulRight(ctx, c.o.Threads, other, other, scaled, k, k); err != nil {
			return err
		}
		return linalg.MulRight(ctx, c.o.Threads, own, own, g, k, k)
	}
	return c.finishPair(ctx, f, own, other)
}

// finishPair does the same by an orthonormalization, which keeps small singular values accurate.
func (c *job[T]) finishPair(ctx context.Context, f *Factors[T], own, other core.Matrix[T]) error {
	k := own.Cols
	r := make([]float64, k*k)
	if _, err := linalg.Orthonormalize(ctx, c.o.Threads, other, r, c.o.Seed); err != nil {
		return err
	}
	x, s, y, err := linalg.SVD(r, k, k)
	if err != nil {
		return err
	}
	f.S = s
	if err := linalg.MulRight(ctx, c.o.Threads, other, other, x, k, k); err != nil {
		return err
	}
	return linalg.MulRight(ctx, c.o.Threads, own, own, y, k, k)
}
