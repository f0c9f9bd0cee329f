package lowrank

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Interpolative is an interpolative decomposition: A ~ C P with k columns C of A from [ColumnID], or A ~ P C with k of its
// rows from [RowID].
type Interpolative[T core.Float] struct {
	Indices []int          // k columns (rows) of A, the most important first
	C       core.Matrix[T] // m x k: these columns; or k x n: these rows
	P       core.Matrix[T] // k x n, or m x k; contains the identity

	Error         float64 // estimate of the Frobenius norm of the difference
	RelativeError float64 // Error divided by the Frobenius norm of A, both estimated alike
	ErrorMethod   string  // "identity" or "sampled", as in [Factors]
	Passes        int     // multiplications of A or A^T with a block
	Columns       int     // columns of all these blocks together
	Seed          uint64
	Seconds       float64
}

const (
	idPasses  = 3 // multiplications: the sketch, the columns, the fit
	idDefault = 5 // with a power step, whose columns are a few percent better
)

// ColumnID chooses k = o.Rank columns of a (m x n) and fits all of them by these: A ~ C P. The columns are the first pivots
// of a QR factorization of a random sketch of k + o.Oversample rows; P is not the sketch's, but the best there is for
// these columns. Fewer than k come back where they are dependent to rounding, but always one. Of o.MaxPasses
// multiplications, 5 by default and at least 3, all beyond 3 go in pairs into power steps for the sketch. O(m n k)
// operations.
//
// Plain pivots are good as a rule and can be bad by a factor that grows like 2^k. With o.Strong, columns are exchanged until
// no coefficient of the sketch's columns in the chosen ones exceeds 2 in magnitude, which bounds that factor by
// sqrt(1 + 4 k (n - k)): a strong rank-revealing factorization. An exchange takes 4*n*(2k + p) operations; few are needed.
// o.Tol and o.Method are not used.
//
// Errors are those of [SVD].
func ColumnID[T core.Float](ctx context.Context, a Operator[T], o *Options) (*Interpolative[T], error) {
	c, err := newJob(a, o)
	if err != nil {
		return nil, err
	}
	ids, err := c.chooseColumns(ctx)
	if err != nil {
		return nil, err
	}
	b, err := c.independent(ctx, ids)
	if err != nil {
		return nil, err
	}
	f := &Interpolative[T]{Indices: b.ids, C: b.columns, P: core.NewMatrix[T](len(b.ids), c.n), Seed: c.o.Seed}
	z := core.NewMatrix[T](c.n, len(b.ids))
	if err := c.mulTrans(ctx, z, b.q); err != nil {
		return nil, err
	}
	if f.Error, f.RelativeError, f.ErrorMethod, err = c.projectionError(ctx, b.q, squares(z)); err != nil {
		return nil, err
	}
	if err := b.fit(ctx, c.o.Threads, f.P, z); err != nil {
		return nil, err
	}
	f.Error *= c.unit
	f.Passes, f.Columns, f.Seconds = c.passes, c.columns, time.Since(c.began).Seconds()
	return f, nil
}

// RowID is [ColumnID] of the transpose: A ~ P C with C rows of a.
func RowID[T core.Float](ctx context.Context, a Operator[T], o *Options) (*Interpolative[T], error) {
	f, err := ColumnID(ctx, transposeOf(a), o)
	if norm, ok := a.(Normed); ok && errors.Is(err, core.ErrNotFinite) {
		if _, own := norm.SquaredNorm(ctx); own != nil { // the place in A, not in its transpose
			err = own
		}
	}
	if err != nil {
		return nil, err
	}
	f.C, f.P = turned(f.C), turned(f.P)
	return f, nil
}

// chooseColumns returns the leading pivots of a sketch of A, o.Rank of them or what the sketch has.
func (c *job[T]) chooseColumns(ctx context.Context) ([]int, error) {
	l, err := c.width()
	if err != nil {
		return nil, err
	}
	c.most = max(c.o.MaxPasses, idPasses)
	if c.o.MaxPasses == 0 {
		c.most = idDefault
	}
	x, y := core.NewMatrix[T](c.n, l), core.NewMatrix[T](c.m, l)
	gaussian(y, c.o.Seed, streamTest)
	if err := c.mulTrans(ctx, x, y); err != nil {
		return nil, err
	}
	for range (c.most - idPasses) / 2 {
		if _, err := linalg.Orthonormalize(ctx, c.o.Threads, x, nil, c.o.Seed+1); err != nil {
			return nil, err
		}
		if err := c.mul(ctx, y, x); err != nil {
			return nil, err
		}
		if _, err := linalg.Orthonormalize(ctx, c.o.Threads, y, nil, c.o.Seed+2); err != nil {
			return nil, err
		}
		if err := c.mulTrans(ctx, x, y); err != nil {
			return nil, err
		}
	}
	return c.pivots(ctx, x, c.o.Rank)
}

// pivots returns those of the first k rows of x that QR with pivoting takes which are independent, but at least one. With
// o.Strong they are then exchanged for others by [strengthen].
func (c *job[T]) pivots(ctx context.Context, x core.Matrix[T], k int) ([]int, error) {
	wide := make([]float64, x.Rows*x.Cols)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			wide[j*x.Rows+i] = float64(v)
		}
	}
	perm, _, rank, err := linalg.QRCP(ctx, c.o.Threads, wide, x.Cols, x.Rows, k, 8*core.Epsilon[T]())
	if err != nil {
		return nil, err
	}
	if c.o.Strong && rank > 0 {
		strengthen(core.Matrix[float64]{Data: wide, Rows: x.Cols, Cols: x.Rows, Stride: x.Rows}, perm[:rank], c.o.Threads)
	}
	return perm[:max(1, rank)], nil
}

// selection is a set of independent columns of A, in multiples of unit in q and r: columns = q r.
type selection[T core.Float] struct {
	ids     []int
	columns core.Matrix[T]
	q       core.Matrix[T] // orthonormal
	upper   []float64      // r with its columns in an order that makes it upper triangular
	place   []int          // where column j went
}

// independent takes as many of the columns ids as are independent to rounding, but at least one.
func (c *job[T]) independent(ctx context.Context, ids []int) (*selection[T], error) {
	all := core.NewMatrix[T](c.m, len(ids))
	if err := c.takeColumns(ctx, all, ids); err != nil {
		return nil, err
	}
	for k := len(ids); ; {
		b := &selection[T]{ids: ids[:k], columns: copied(columns(all, 0, k)), q: copied(columns(all, 0, k))}
		r := make([]float64, k*k)
		rank, err := linalg.Orthonormalize(ctx, c.o.Threads, b.q, r, c.o.Seed)
		if err != nil {
			return nil, err
		}
		if rank == 0 { // columns of zeros
			k, b.ids, b.columns, b.q, r = 1, ids[:1], copied(columns(all, 0, 1)), copied(columns(b.q, 0, 1)), []float64{1}
			rank = 1
		}
		if rank == k {
			b.upper, b.place = triangular(r, k)
			for i := range b.columns.Rows {
				for j := range b.columns.Row(i) {
					b.columns.Row(i)[j] *= T(c.unit)
				}
			}
			return b, nil
		}
		k = rank
	}
}

// triangular moves the columns of the regular r (l x l) from [linalg.Orthonormalize], which is upper triangular but for
// their order. place[j] is where column j goes.
func triangular(r []float64, l int) (upper []float64, place []int) {
	upper, place = make([]float64, l*l), make([]int, l)
	for j := range l {
		at := l - 1
		for at > 0 && r[at*l+j] == 0 {
			at--
		}
		place[j] = at
		for i := range l {
			upper[i*l+at] = r[i*l+j]
		}
	}
	return upper, place
}

// solve writes r^-1 x to dst (k); x is overwritten.
func (b *selection[T]) solve(dst, x []float64) {
	linalg.SolveUpper(b.upper, len(b.ids), x)
	for j, at := range b.place {
		dst[j] = x[at]
	}
}

// fit writes r^-1 z^T to p (k x n), the coefficients of all columns, and the identity for the chosen ones.
func (b *selection[T]) fit(ctx context.Context, threads int, p, z core.Matrix[T]) error {
	const tile = 64
	k := len(b.ids)
	err := par.For(ctx, threads, par.Tiles(z.Rows, tile), func(_, t int) {
		x, y := make([]float64, k), make([]float64, k)
		lo, hi := par.Span(t, z.Rows, tile)
		for i := lo; i < hi; i++ {
			for j, v := range z.Row(i) {
				x[j] = float64(v)
			}
			b.solve(y, x)
			for j, v := range y {
				p.Row(j)[i] = T(v)
			}
		}
	})
	for i, id := range b.ids {
		for j := range k {
			p.Row(j)[id] = 0
		}
		p.Row(i)[id] = 1
	}
	return err
}

// projectionError returns the Frobenius norm of a projection's error, explained being the squared norm of what it keeps,
// or that of A - Q Q^T A from random vectors, and the same relative to A.
func (c *job[T]) projectionError(ctx context.Context, q core.Matrix[T], explained float64) (
	size, relative float64, method string, err error) {

	f := &Factors[T]{S: []float64{math.Sqrt(explained)}}
	if known, err := c.identityError(ctx, f); known || err != nil {
		return f.Error, f.RelativeError, f.ErrorMethod, err
	}
	r := &Range[T]{Q: q}
	err = c.sampleRangeError(ctx, r)
	return r.Error, r.RelativeError, r.ErrorMethod, err
}

// takeColumns copies columns of A, in multiples of c.unit, to dst.
func (c *job[T]) takeColumns(ctx context.Context, dst core.Matrix[T], ids []int) error {
	var d *dense[T]
	byRow := false
	switch a := c.a.(type) {
	case *dense[T]:
		d = a
	case denseTransposed[T]:
		d, byRow = a.of, true
	default:
		unit := core.NewMatrix[T](c.n, len(ids))
		for j, id := range ids {
			unit.Row(id)[j] = 1
		}
		return c.mul(ctx, dst, unit)
	}
	for i := range dst.Rows {
		row := dst.Row(i)
		for j, id := range ids {
			if byRow {
				row[j] = d.x.Row(id)[i]
			} else {
				row[j] = d.x.Row(i)[id]
			}
		}
	}
	return c.rescale(ctx, dst)
}
