package lowrank

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// NewDense returns the matrix x (m x n) as an operator whose products run on at most threads goroutines (all processors
// if threads <= 0). x is not copied and must not change while the operator is in use. The result is [Normed] and a
// [Gramian]. Taking the norm also looks for NaN and infinities, which products would only pass on.
//
// Sums over many rows or columns are carried in float64.
func NewDense[T core.Float](x core.Matrix[T], threads int) (Operator[T], error) {
	d, err := newDense(x, threads)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// dense is a matrix kept by rows.
type dense[T core.Float] struct {
	x       core.Matrix[T]
	threads int
	lanes   []adjoint[T]
	wide    []float64 // sums of products with more columns than are summed in T
	narrow  []T
}

func newDense[T core.Float](x core.Matrix[T], threads int) (*dense[T], error) {
	if err := x.Check("A"); err != nil {
		return nil, fmt.Errorf("lowrank: %w", err)
	}
	return &dense[T]{x: x, threads: occupied(threads, x.Rows, x.Cols)}, nil
}

// smallWork is the product of both sides and the shorter one of matrices, up to which one thread is enough: waking another
// takes longer than what it saves, the more so where threads of other libraries still wait for work.
const smallWork = 1.5e7

// occupied returns how many threads work on a matrix of m x n.
func occupied(threads, m, n int) int {
	if float64(m)*float64(n)*float64(min(m, n)) <= smallWork {
		return 1
	}
	return par.Threads(threads)
}

func (d *dense[T]) Dims() (rows, cols int) { return d.x.Rows, d.x.Cols }

func (d *dense[T]) Mul(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := checkProduct("Mul", d.x.Rows, d.x.Cols, dst, x); err != nil {
		return err
	}
	return d.mul(ctx, dst, x)
}

func (d *dense[T]) MulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := checkProduct("MulTrans", d.x.Cols, d.x.Rows, dst, x); err != nil {
		return err
	}
	return d.mulTrans(ctx, dst, x)
}

// MulTransMul needs no memory for A x. With up to some fifty columns it is faster than the two products, the more so the
// fewer there are; beyond, about as fast.
func (d *dense[T]) MulTransMul(ctx context.Context, dst, x core.Matrix[T]) error {
	return d.mulTransMulCentered(ctx, dst, x, nil)
}

// pieceWork is the number of multiplications between two looks at the context: some ten milliseconds.
const pieceWork = 1 << 29

// depth is how many columns of A are summed in the precision of the data before float64 takes over.
const depth = 4096

// mul writes A x to dst.
func (d *dense[T]) mul(ctx context.Context, dst, x core.Matrix[T]) error {
	l := x.Cols
	if l == 0 {
		return nil
	}
	piece := max(256, pieceWork/max(1, min(d.x.Cols, depth)*l))
	for lo := 0; lo < dst.Rows; lo += piece {
		hi := min(dst.Rows, lo+piece)
		if err := d.mulPiece(ctx, rowsOf(dst, lo, hi), rowsOf(d.x, lo, hi), x); err != nil {
			return err
		}
	}
	return nil
}

// mulPiece writes a x to dst. Above depth columns, their sums are carried in float64.
func (d *dense[T]) mulPiece(ctx context.Context, dst, a, x core.Matrix[T]) error {
	m, n, l := dst.Rows, a.Cols, x.Cols
	if n <= depth {
		gemm(d.threads, false, dst, a, x, 0)
		return ctx.Err()
	}
	d.wide, d.narrow = resize(d.wide, m*l), resize(d.narrow, m*l)
	clear(d.wide)
	for p := 0; p < n; p += depth {
		a := core.Matrix[T]{Data: a.Data[p:], Rows: m, Cols: min(depth, n-p), Stride: a.Stride}
		narrow := core.Matrix[T]{Data: d.narrow, Rows: m, Cols: l, Stride: l}
		gemm(d.threads, false, narrow, a, rowsOf(x, p, p+a.Cols), 0)
		accumulate(d.wide, d.narrow)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for i := range m {
		round(dst.Row(i), d.wide[i*l:])
	}
	return nil
}

// mulTrans writes A^T x to dst.
func (d *dense[T]) mulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	return d.sweep(ctx, dst, func(s *adjoint[T], threads, lo, hi int) error {
		return s.add(ctx, threads, rowsOf(d.x, lo, hi), rowsOf(x, lo, hi))
	})
}

func (d *dense[T]) mulTransMulCentered(ctx context.Context, dst, x core.Matrix[T], mean []float64) error {
	if err := checkProduct("MulTransMul", d.x.Cols, d.x.Cols, dst, x); err != nil {
		return err
	}
	shift := meanTimes(mean, x)
	return d.sweep(ctx, dst, func(s *adjoint[T], threads, lo, hi int) error {
		return s.addGram(ctx, threads, rowsOf(d.x, lo, hi), x, mean, shift)
	})
}

// sweep lets add put the rows [lo, hi) into sums over runs of rows, joins them in order and writes them to dst.
func (d *dense[T]) sweep(ctx context.Context, dst core.Matrix[T],
	add func(s *adjoint[T], threads, lo, hi int) error) error {

	runs := lanes(d.x.Rows, dst.Rows, dst.Cols, sizeOf[T]())
	d.lanes = append(d.lanes, make([]adjoint[T], max(0, runs-len(d.lanes)))...)
	threads := 1
	if runs == 1 {
		threads = d.threads
	}
	size := par.Tiles(d.x.Rows, runs)
	failed := make([]error, runs)
	err := par.For(ctx, d.threads, runs, func(_, run int) {
		s := &d.lanes[run]
		s.reset(dst.Rows, dst.Cols)
		lo, hi := par.Span(run, d.x.Rows, size)
		if lo < hi {
			failed[run] = add(s, threads, lo, hi)
		}
		s.carry()
	})
	if err != nil {
		return err
	}
	total := &d.lanes[0]
	for run, s := range d.lanes[:runs] {
		if failed[run] != nil {
			return failed[run]
		}
		if run > 0 {
			accumulate(total.sum, s.sum)
		}
	}
	total.store(dst)
	return nil
}

// SquaredNorm returns the sum of squares of the elements. Its error wraps [core.ErrNotFinite] and names the place when
// A holds NaN or an infinity.
func (d *dense[T]) SquaredNorm(ctx context.Context) (float64, error) {
	return d.centeredNorm(ctx, nil)
}

func (d *dense[T]) centeredNorm(ctx context.Context, mean []float64) (float64, error) {
	return d.norm(ctx, mean, func(i, j int) (row, col int) { return i, j })
}

// statRows returns how many rows of n elements are summed at a time.
func statRows(n int) int { return max(1, (1<<16)/max(1, n)) }

// norm returns the sum of squares of A - 1 mean^T; place turns a place in x into one of the operator.
func (d *dense[T]) norm(ctx context.Context, mean []float64, place func(i, j int) (row, col int)) (float64, error) {
	rows := statRows(d.x.Cols)
	sums := make([]float64, par.Tiles(d.x.Rows, rows))
	err := par.For(ctx, d.threads, len(sums), func(_, t int) {
		lo, hi := par.Span(t, d.x.Rows, rows)
		sums[t] = sumSquares(rowsOf(d.x, lo, hi), mean)
	})
	if err != nil {
		return 0, err
	}
	var total float64
	for t, sum := range sums {
		if total += sum; total-total != 0 {
			lo, hi := par.Span(t, d.x.Rows, rows)
			return 0, notFinite(rowsOf(d.x, lo, hi), func(i, j int) (row, col int) { return place(lo+i, j) })
		}
	}
	return total, nil
}

func (d *dense[T]) columnSums(ctx context.Context) ([]float64, error) {
	n := d.x.Cols
	runs := max(1, min(maxLanes, d.x.Rows/panelRows, laneBytes/max(1, 8*n)))
	size := par.Tiles(d.x.Rows, runs)
	sums := make([]float64, runs*n)
	err := par.For(ctx, d.threads, runs, func(_, run int) {
		if lo, hi := par.Span(run, d.x.Rows, size); lo < hi {
			columnSums(rowsOf(d.x, lo, hi), sums[run*n:(run+1)*n])
		}
	})
	if err != nil {
		return nil, err
	}
	for run := 1; run < runs; run++ {
		blas.Axpy(1, sums[run*n:(run+1)*n], sums[:n])
	}
	return sums[:n], nil
}

// checkProduct returns an error unless dst has rows rows, x has inner rows, both are possible and equally wide.
func checkProduct[T core.Float](call string, rows, inner int, dst, x core.Matrix[T]) error {
	for _, err := range []error{x.Check("x"), dst.Check("dst")} {
		if err != nil {
			return fmt.Errorf("lowrank: %s: %w", call, err)
		}
	}
	if x.Rows != inner || dst.Rows != rows || x.Cols != dst.Cols {
		return fmt.Errorf("lowrank: %s: %w: x is %d x %d and dst %d x %d; x needs %d rows, dst %d, and both as many columns",
			call, core.ErrShape, x.Rows, x.Cols, dst.Rows, dst.Cols, inner, rows)
	}
	return nil
}
