package lowrank

import (
	"context"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// CURFactors is A ~ C U R with k columns C and as many rows R of A.
type CURFactors[T core.Float] struct {
	ColumnIndices []int // the most important first
	RowIndices    []int
	C             core.Matrix[T] // m x k
	U             core.Matrix[T] // k x k
	R             core.Matrix[T] // k x n

	Error         float64 // estimate of the Frobenius norm of A - C U R
	RelativeError float64 // Error divided by the Frobenius norm of A, both estimated alike
	ErrorMethod   string  // "identity" or "sampled", as in [Factors]
	Passes        int     // multiplications of A or A^T with a block
	Columns       int     // columns of all these blocks together
	Seed          uint64
	Seconds       float64
}

// CUR chooses k = o.Rank columns C of a (m x n) like [ColumnID], then rows R by pivoting in an orthonormal basis of these
// columns, and U = C^+ A R^+, the best there is for them. U is as ill-conditioned as the part of A that it reproduces:
// where digits matter multiply with C and R before adding up. Fewer than k columns or rows come back where they are
// dependent to rounding, but always one. O(m n k) operations; options are used as in [ColumnID].
//
// Errors are those of [SVD].
func CUR[T core.Float](ctx context.Context, a Operator[T], o *Options) (*CURFactors[T], error) {
	c, err := newJob(a, o)
	if err != nil {
		return nil, err
	}
	ids, err := c.chooseColumns(ctx)
	if err != nil {
		return nil, err
	}
	left, err := c.independent(ctx, ids)
	if err != nil {
		return nil, err
	}
	k := len(left.ids)
	rows, err := c.pivots(ctx, left.q, k)
	if err != nil {
		return nil, err
	}
	t := &job[T]{a: transposeOf(a), m: c.n, n: c.m, o: c.o, began: c.began, unit: c.unit}
	right, err := t.independent(ctx, rows)
	if err != nil {
		return nil, err
	}
	z := core.NewMatrix[T](c.n, k)
	if err := c.mulTrans(ctx, z, left.q); err != nil {
		return nil, err
	}
	small := make([]float64, k*len(right.ids)) // Q_C^T A Q_R
	if err := linalg.Cross(ctx, c.o.Threads, z, right.q, small); err != nil {
		return nil, err
	}
	known, err := c.projectedError(ctx, left.q, right.q, small)
	if err != nil {
		return nil, err
	}
	return &CURFactors[T]{ColumnIndices: left.ids, RowIndices: right.ids, C: left.columns, R: turned(right.columns),
		U: c.middle(left, right, small), Error: known.Error * c.unit, RelativeError: known.RelativeError, ErrorMethod: known.ErrorMethod,
		Passes: c.passes + t.passes, Columns: c.columns + t.columns, Seed: c.o.Seed, Seconds: time.Since(c.began).Seconds()}, nil
}

// middle returns U = R_C^-1 small R_R^-T for C = Q_C R_C and R^T = Q_R R_R.
func (c *job[T]) middle(left, right *selection[T], small []float64) core.Matrix[T] {
	k, r := len(left.ids), len(right.ids)
	half := make([]float64, k*r)
	x, y := make([]float64, max(k, r)), make([]float64, max(k, r))
	for i := range k {
		copy(x, small[i*r:(i+1)*r])
		right.solve(half[i*r:(i+1)*r], x[:r])
	}
	u := core.NewMatrix[T](k, r)
	for j := range r {
		for i := range k {
			x[i] = half[i*r+j]
		}
		left.solve(y, x[:k])
		for i := range k {
			u.Row(i)[j] = T(y[i] / c.unit)
		}
	}
	return u
}

// projectedError returns the error of p small q^T, a projection of A onto the orthonormal p and q from both sides.
func (c *job[T]) projectedError(ctx context.Context, p, q core.Matrix[T], small []float64) (*Factors[T], error) {
	explained := 0.0
	for _, v := range small {
		explained += v * v
	}
	f := &Factors[T]{S: []float64{math.Sqrt(explained)}}
	if known, err := c.identityError(ctx, f); known || err != nil {
		return f, err
	}
	x, s, y, err := linalg.SVD(ctx, small, p.Cols, q.Cols)
	if err != nil {
		return nil, err
	}
	f.S, f.U, f.V = s, core.NewMatrix[T](c.m, len(s)), core.NewMatrix[T](c.n, len(s))
	if err := linalg.MulRight(ctx, c.o.Threads, f.U, p, x, p.Cols, len(s)); err != nil {
		return nil, err
	}
	if err := linalg.MulRight(ctx, c.o.Threads, f.V, q, y, q.Cols, len(s)); err != nil {
		return nil, err
	}
	return f, c.sampleError(ctx, f)
}
