package lowrank

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// StreamFactors is a truncated singular value decomposition from a [StreamState].
type StreamFactors struct {
	Factors[float64]

	// Scree holds the estimated relative Frobenius error at rank 0, 1, ... up to the width of the sketches.
	Scree []float64
}

// StreamSVD returns the o.Rank leading singular triplets of the A that s has seen, or fewer if o.Tol asks for them: with Q
// and P orthonormal bases of Y (m x k, rows in the order of A) and of the rows of Upsilon A, A ~ Q C P^T cut off at that
// rank, where C comes from least squares with all sketches. With sketches of the default width the error is some 20 %
// above the best of that rank for singular values of 1/i, less where they fall faster. It is estimated from Theta A, with
// ErrorMethod "sampled", as well as 10 samples tell: within some 20 % where much is left of A and within a factor of 2
// where that is a single direction. O((m + n) k^2) operations; s is not changed.
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical], or are the context's.
func StreamSVD(ctx context.Context, s *StreamState, y core.Matrix[float64], o *StreamOptions) (*StreamFactors, error) {
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	k, _, _, n, err := s.sizes()
	if err != nil {
		return nil, err
	}
	if err := y.Check("y"); err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	m := y.Rows
	switch {
	case int64(m) != s.Rows || y.Cols != k || m < 1:
		return nil, fmt.Errorf("lowrank: %w: y is %d x %d; a stream of %d rows has %d x %d, and needs at least one row",
			core.ErrShape, m, y.Cols, s.Rows, s.Rows, k)
	case o.Rank > min(m, k):
		return nil, fmt.Errorf("lowrank: %w: n_components = %d exceeds what a stream of %d rows and sketches of width %d has",
			core.ErrOption, o.Rank, m, k)
	}
	r := &reconstruction{s: s, o: o, y: y}
	if r.q, err = basisOrIdentity(ctx, o, y); err != nil {
		return nil, err
	}
	if r.p, err = basisOrIdentity(ctx, o, turned(s.CoRange)); err != nil {
		return nil, err
	}
	if err := r.solve(ctx); err != nil {
		return nil, err
	}
	f := &StreamFactors{Factors: Factors[float64]{ErrorMethod: "sampled", Method: Streaming, Passes: 1, Seed: s.Seed, Converged: true}}
	squares, err := r.errors(ctx)
	if err != nil {
		return nil, err
	}
	f.Scree, f.Norm = make([]float64, len(squares)), s.norm()
	if f.Norm > 0 {
		for i, v := range squares {
			f.Scree[i] = math.Sqrt(v) / f.Norm
		}
	}
	rank := o.Rank
	if o.Tol > 0 {
		rank = 1
		for rank < o.Rank && f.Scree[rank] > o.Tol {
			rank++
		}
		f.Converged = f.Scree[rank] <= o.Tol
	}
	f.Error, f.RelativeError, f.S = math.Sqrt(squares[rank]), f.Scree[rank], r.values[:rank]
	f.U, f.V = core.NewMatrix[float64](m, rank), core.NewMatrix[float64](n, rank)
	if err := linalg.MulRight(ctx, o.Threads, f.U, r.q, leadingColumns(r.left, r.q.Cols, rank), r.q.Cols, rank); err != nil {
		return nil, err
	}
	if err := linalg.MulRight(ctx, o.Threads, f.V, r.p, leadingColumns(r.right, r.p.Cols, rank), r.p.Cols, rank); err != nil {
		return nil, err
	}
	orient(f.U, f.V)
	f.Columns = 2*k + s.Core.Rows + s.Check.Rows
	f.Flops = 2 * float64(m) * float64(n) * float64(f.Columns)
	f.Seconds = time.Since(began).Seconds()
	return f, nil
}

// basisOrIdentity returns an orthonormal basis of the columns of y (m x k), or of everything where m <= k.
func basisOrIdentity(ctx context.Context, o *StreamOptions, y core.Matrix[float64]) (core.Matrix[float64], error) {
	if y.Rows <= y.Cols {
		q := core.NewMatrix[float64](y.Rows, y.Rows)
		for i := range q.Rows {
			q.Row(i)[i] = 1
		}
		return q, nil
	}
	q := copied(y)
	_, err := linalg.Orthonormalize(ctx, o.Threads, q, nil, o.Seed)
	return q, err
}

// leadingColumns returns the first r columns of x, which has rows rows.
func leadingColumns(x []float64, rows, r int) []float64 {
	cols := len(x) / rows
	out := make([]float64, rows*r)
	for i := range rows {
		copy(out[i*r:(i+1)*r], x[i*cols:])
	}
	return out
}

// reconstruction is A ~ q left diag(values) right^T p^T in work.
type reconstruction struct {
	s           *StreamState
	o           *StreamOptions
	y, q, p     core.Matrix[float64]
	left, right []float64
	values      []float64
}

// solve finds the core C ~ q^T A p and its singular value decomposition. Phi A Psi^T tells C from both sides through random
// test matrices. Where one side is solved for, Y = A Omega^T, which the exact q^T meets from the left, adds k columns to
// the test matrix on the right, and Upsilon A in the same way rows to the one on the left; C is the mean of the two.
func (r *reconstruction) solve(ctx context.Context) error {
	a, b, k, side := r.q.Cols, r.p.Cols, r.s.CoRange.Rows, r.s.Core.Rows
	left, err := r.tests(ctx, streamPhi, streamUpsilon, r.q) // Phi q above Upsilon q
	if err != nil {
		return err
	}
	right, err := r.tests(ctx, streamPsi, streamOmega, r.p)
	if err != nil {
		return err
	}
	fromLeft, fromRight := core.NewMatrix[float64](a, side+k), core.NewMatrix[float64](b, side+k)
	half, err := r.divide(ctx, turned(r.s.Core), rowsOf(left, 0, side))
	if err != nil {
		return err
	}
	copyInto(columns(fromLeft, 0, side), turned(half))
	part := make([]float64, max(a, b)*k)
	if err := linalg.Cross(ctx, r.o.Threads, r.q, r.y, part[:a*k]); err != nil {
		return err
	}
	copyInto(columns(fromLeft, side, side+k), core.Matrix[float64]{Data: part, Rows: a, Cols: k, Stride: k})
	if half, err = r.divide(ctx, r.s.Core, rowsOf(right, 0, side)); err != nil {
		return err
	}
	copyInto(columns(fromRight, 0, side), turned(half))
	x := r.s.CoRange
	blas.Gemm(r.o.Threads, true, true, b, k, x.Cols, 1, r.p.Data, r.p.Stride, x.Data, x.Stride, 0, part, k)
	copyInto(columns(fromRight, side, side+k), core.Matrix[float64]{Data: part, Rows: b, Cols: k, Stride: k})

	small, err := r.divide(ctx, fromLeft, right)
	if err != nil {
		return err
	}
	other, err := r.divide(ctx, fromRight, left)
	if err != nil {
		return err
	}
	for i := range a {
		for j := range b {
			small.Row(i)[j] = (small.Row(i)[j] + other.Row(j)[i]) / 2
		}
	}
	r.left, r.values, r.right, err = linalg.SVD(ctx, small.Data, a, b)
	return err
}

// tests returns S x above T x for the test matrices S of the core and T of the range or co-range.
func (r *reconstruction) tests(ctx context.Context, ofCore, ofRange uint64, x core.Matrix[float64]) (core.Matrix[float64], error) {
	side, k := r.s.Core.Rows, r.s.CoRange.Rows
	out := core.NewMatrix[float64](side+k, x.Cols)
	above, err := r.sketch(ctx, newStreamTest(side, r.s.Seed, ofCore), x)
	if err != nil {
		return out, err
	}
	below, err := r.sketch(ctx, newStreamTest(k, r.s.Seed, ofRange), x)
	copyInto(rowsOf(out, 0, side), above)
	copyInto(rowsOf(out, side, side+k), below)
	return out, err
}

// divide returns z (s^+)^T for s (side x k) and z (rows x side): with s = v t, that is z v t^-T.
func (r *reconstruction) divide(ctx context.Context, z, s core.Matrix[float64]) (core.Matrix[float64], error) {
	k := s.Cols
	v, t, out := copied(s), make([]float64, k*k), core.NewMatrix[float64](z.Rows, k)
	rank, err := linalg.Orthonormalize(ctx, r.o.Threads, v, t, r.o.Seed)
	if err != nil {
		return out, err
	}
	if rank < k {
		return out, fmt.Errorf("lowrank: %w: the random sketch lost %d of %d dimensions; set another random_state",
			core.ErrNumerical, k-rank, k)
	}
	b := &selection[float64]{ids: make([]int, k)}
	b.upper, b.place = triangular(t, k)
	zv := core.NewMatrix[float64](z.Rows, k)
	blas.Gemm(r.o.Threads, false, false, z.Rows, k, z.Cols, 1, z.Data, z.Stride, v.Data, v.Stride, 0, zv.Data, zv.Stride)
	for i := range z.Rows {
		b.solve(out.Row(i), zv.Row(i))
	}
	return out, nil
}

// sketch returns S x.
func (r *reconstruction) sketch(ctx context.Context, s test, x core.Matrix[float64]) (core.Matrix[float64], error) {
	d := &sketching[float64]{s: s, n: x.Cols, threads: r.o.Threads, sum: make([]float64, s.size()*x.Cols)}
	a, err := newDense(x, r.o.Threads)
	if err == nil {
		err = d.over(ctx, a)
	}
	return core.Matrix[float64]{Data: d.sum, Rows: s.size(), Cols: x.Cols, Stride: x.Cols}, err
}

// errors returns estimates of the squared error at rank 0, 1, ...: the squared norm of Theta A - Theta A_r. In the basis
// p right of the row space and its complement that is a sum over the columns of either.
func (r *reconstruction) errors(ctx context.Context) ([]float64, error) {
	w, q, rank := r.s.Check, r.s.Check.Rows, len(r.values)
	theta, err := r.sketch(ctx, gaussianTest{q, r.s.Seed, streamTheta}, r.q)
	if err != nil {
		return nil, err
	}
	inside := core.NewMatrix[float64](q, r.p.Cols)
	blas.Gemm(r.o.Threads, false, false, q, r.p.Cols, w.Cols, 1, w.Data, w.Stride, r.p.Data, r.p.Stride, 0, inside.Data, inside.Stride)
	rest := copied(w)
	blas.Gemm(r.o.Threads, false, true, q, w.Cols, r.p.Cols, -1, inside.Data, inside.Stride, r.p.Data, r.p.Stride, 1, rest.Data, rest.Stride)
	have, want := core.NewMatrix[float64](q, rank), core.NewMatrix[float64](q, rank)
	blas.Gemm(1, false, false, q, rank, r.q.Cols, 1, theta.Data, theta.Stride, r.left, rank, 0, have.Data, rank)
	blas.Gemm(1, false, false, q, rank, r.p.Cols, 1, inside.Data, inside.Stride, r.right, rank, 0, want.Data, rank)
	// right may have fewer columns than p; what it leaves of inside is not had from norms, whose difference is rounding.
	blas.Gemm(1, false, true, q, r.p.Cols, rank, -1, want.Data, rank, r.right, rank, 1, inside.Data, inside.Stride)
	base := squares(rest) + squares(inside)
	taken, left := columnSquares(have, want, r.values), columnSquares(have, want, make([]float64, rank))
	errors := make([]float64, rank+1)
	for j := range errors {
		errors[j] = base
		for p := range rank {
			if p < j {
				errors[j] += taken[p]
			} else {
				errors[j] += left[p]
			}
		}
	}
	return errors, nil
}

// columnSquares returns the squared norm of each column of want - have diag(values).
func columnSquares(have, want core.Matrix[float64], values []float64) []float64 {
	sums := make([]float64, len(values))
	for i := range want.Rows {
		for j, v := range want.Row(i) {
			e := v - values[j]*have.Row(i)[j]
			sums[j] += e * e
		}
	}
	return sums
}
