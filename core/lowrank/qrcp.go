package lowrank

import (
	"context"
	"fmt"
	"math"
	"time"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/memory"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// QRFactors is a QR factorization with column pivoting: A[:, Perm] ~ Q R.
type QRFactors[T core.Float] struct {
	Q    core.Matrix[T] // m x r, orthonormal columns
	R    core.Matrix[T] // r x n, upper trapezoidal
	Perm []int          // n: the column of A in each place

	Seed    uint64
	Seconds float64
}

// QRCP factors the tall x (m x n, m >= n) with column pivoting, of a random sketch instead of x itself: a sketch of some
// 1.25 n rows is factored, which gives the order of the columns and a triangular matrix that makes these nearly
// orthonormal; Cholesky-QR does the rest, safely whatever the condition of x. The pivots are good, not those of the
// classical greedy rule. The rank r counts pivots whose column has more left than o.Tol, or rounding if that is more,
// times the norm of the largest, and is at most o.Rank unless that is 0. x is not changed. Other options are not used.
// About 4*m*n*r operations, most of them products of matrices, and m*r + 2*n^2 numbers of memory.
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical], or are the context's.
func QRCP[T core.Float](ctx context.Context, x core.Matrix[T], o *Options) (*QRFactors[T], error) {
	began := time.Now()
	if o == nil {
		o = &Options{}
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := x.Check("A"); err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	m, n := x.Rows, x.Cols
	switch {
	case m < n || n < 1:
		return nil, fmt.Errorf("lowrank: %w: QRCP takes tall matrices, A is %d x %d; pass the transpose, or choose columns by an interpolative decomposition",
			core.ErrShape, m, n)
	case o.Rank > n:
		return nil, fmt.Errorf("lowrank: %w: n_components = %d exceeds the %d columns of A", core.ErrOption, o.Rank, n)
	}
	if err := x.CheckFinite("A"); err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	most := n
	if o.Rank > 0 {
		most = o.Rank
	}
	d := n + (n+3)/4 + sketchSigns
	bytes := 8*float64(d+most)*float64(n) + float64(unsafe.Sizeof(T(0)))*float64(most)*float64(m+n)
	if err := memory.Check("lowrank", fmt.Sprintf("QRCP of %d columns of a matrix of %d x %d", most, m, n), bytes, "lower n_components"); err != nil {
		return nil, err
	}
	s, err := signSketchRows(ctx, x, d, o)
	if err != nil {
		return nil, err
	}
	perm, small, rank, err := linalg.QRCP(ctx, o.Threads, s, d, n, most, max(o.Tol, 4*math.Sqrt(float64(n))*core.Epsilon[T]()))
	if err != nil {
		return nil, err
	}
	f := &QRFactors[T]{Q: core.NewMatrix[T](m, rank), R: core.NewMatrix[T](rank, n), Perm: perm, Seed: o.Seed}
	const tile = 256
	err = par.For(ctx, o.Threads, par.Tiles(m, tile), func(_, t int) {
		lo, hi := par.Span(t, m, tile)
		for i := lo; i < hi; i++ {
			row, from := f.Q.Row(i), x.Row(i)
			for j, p := range perm[:rank] {
				row[j] = from[p]
			}
		}
	})
	if err != nil {
		return nil, err
	}
	if rank > 0 {
		if err := f.orthonormalize(ctx, small, o); err != nil {
			return nil, err
		}
	}
	f.Seconds = time.Since(began).Seconds()
	return f, nil
}

// orthonormalize turns the pivot columns in Q into an orthonormal basis and fills in R, given the triangular factor of
// the sketch (rank x n).
func (f *QRFactors[T]) orthonormalize(ctx context.Context, small []float64, o *Options) error {
	rank, n := f.R.Rows, f.R.Cols
	lead := make([]float64, rank*rank)
	for i := range rank {
		copy(lead[i*rank+i:(i+1)*rank], small[i*n+i:])
	}
	if err := linalg.SolveRight(ctx, o.Threads, f.Q, lead); err != nil {
		return err
	}
	r := make([]float64, rank*rank)
	have, err := linalg.OrthonormalizePrepared(ctx, o.Threads, f.Q, r, o.Seed)
	if err != nil {
		return err
	}
	if have < rank {
		return fmt.Errorf("lowrank: %w: the random sketch lost %d of %d dimensions; set another random_state",
			core.ErrNumerical, rank-have, rank)
	}
	whole := make([]float64, rank*n)
	blas.Gemm(o.Threads, false, false, rank, n, rank, 1, r, rank, small, n, 0, whole, n)
	for i := range rank {
		for j := i; j < n; j++ {
			f.R.Row(i)[j] = T(whole[i*n+j])
		}
	}
	return nil
}
