package lowrank

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Gramian is an Operator that multiplies with A^T A while it reads A once.
type Gramian[T core.Float] interface {
	// MulTransMul writes A^T (A x) to dst (n x l) for x (n x l).
	MulTransMul(ctx context.Context, dst, x core.Matrix[T]) error
}

// panelRows is how many rows are summed in the precision of the data before float64 takes over.
const panelRows = 1024

// blockRows is how many rows the kernels of products take at a time.
const blockRows = 256

// adjoint adds up P^T y over panels P of rows of a matrix, in order, in float64 beyond a panel.
type adjoint[T core.Float] struct {
	panel []T       // n x l: the sum over the rows since the last carry
	since int       // how many rows that is
	sum   []float64 // n x l
	y     []T       // product of a panel, and the sums of such products over rows, for addGram
	ySum  []float64
}

func resize[E core.Float](x []E, n int) []E {
	if cap(x) < n {
		return make([]E, n)
	}
	return x[:n]
}

// reset makes the sum a zero matrix of n x l.
func (s *adjoint[T]) reset(n, l int) {
	s.panel, s.sum, s.since = resize(s.panel, n*l), resize(s.sum, n*l), 0
	clear(s.sum)
}

// add adds p^T y.
func (s *adjoint[T]) add(ctx context.Context, threads int, p, y core.Matrix[T]) error {
	for lo := 0; lo < p.Rows; {
		if err := ctx.Err(); err != nil {
			return err
		}
		hi := min(p.Rows, lo+min(blockRows, panelRows-s.since))
		s.addRows(threads, rowsOf(p, lo, hi), rowsOf(y, lo, hi))
		lo = hi
	}
	return nil
}

// addRows adds p^T y for at most panelRows-since rows.
func (s *adjoint[T]) addRows(threads int, p, y core.Matrix[T]) {
	if sum, ok := any(s.sum).([]T); ok {
		gemm(threads, true, core.Matrix[T]{Data: sum, Rows: p.Cols, Cols: y.Cols, Stride: y.Cols}, p, y, 1)
		return
	}
	var beta T
	if s.since > 0 {
		beta = 1
	}
	gemm(threads, true, core.Matrix[T]{Data: s.panel, Rows: p.Cols, Cols: y.Cols, Stride: y.Cols}, p, y, beta)
	if s.since += p.Rows; s.since == panelRows {
		s.carry()
	}
}

// carry moves the sum over the last rows to the float64 sum.
func (s *adjoint[T]) carry() {
	if s.since > 0 {
		accumulate(s.sum, s.panel)
		s.since = 0
	}
}

// addGram adds (p - 1 mean^T)^T (p - 1 mean^T) x, where shift (l) is mean^T x; without a mean, p^T p x. Rows are taken
// so few at a time that they are still in cache when they are needed again.
func (s *adjoint[T]) addGram(ctx context.Context, threads int, p, x core.Matrix[T], mean, shift []float64) error {
	if x.Cols == 1 && x.Stride == 1 {
		return s.addGramVector(ctx, p, x.Data[:x.Rows], mean, shift)
	}
	rows := cachedRows[T](p.Cols)
	s.y, s.ySum = resize(s.y, rows*x.Cols), resize(s.ySum, x.Cols)
	clear(s.ySum)
	for lo := 0; lo < p.Rows; {
		if err := ctx.Err(); err != nil {
			return err
		}
		hi := min(p.Rows, lo+min(rows, panelRows-s.since))
		part := rowsOf(p, lo, hi)
		y := core.Matrix[T]{Data: s.y, Rows: part.Rows, Cols: x.Cols, Stride: x.Cols}
		gemm(threads, false, y, part, x, 0)
		if mean != nil {
			subtractRow(y, shift)
			columnSums(y, s.ySum)
		}
		s.addRows(threads, part, y)
		lo = hi
	}
	subtractOuter(s.sum, mean, s.ySum)
	return nil
}

// addGramVector is addGram for one column: every row is used twice while it is in the first-level cache.
func (s *adjoint[T]) addGramVector(ctx context.Context, p core.Matrix[T], x []T, mean, shift []float64) error {
	sum, same := any(s.sum).([]T)
	var ySum, offset float64
	if mean != nil {
		offset = shift[0]
	}
	for i := range p.Rows {
		if i%panelRows == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		row := p.Row(i)
		y := T(float64(blas.Dot(row, x)) - offset)
		ySum += float64(y)
		if same {
			blas.Axpy(y, row, sum)
			continue
		}
		if s.since == 0 {
			clear(s.panel)
		}
		blas.Axpy(y, row, s.panel)
		if s.since++; s.since == panelRows {
			s.carry()
		}
	}
	subtractOuter(s.sum, mean, []float64{ySum})
	return nil
}

// store writes the sum to dst.
func (s *adjoint[T]) store(dst core.Matrix[T]) {
	s.carry()
	for i := range dst.Rows {
		round(dst.Row(i), s.sum[i*dst.Cols:])
	}
}

// gemm computes dst = op(a) x + beta dst.
func gemm[T core.Float](threads int, trans bool, dst, a, x core.Matrix[T], beta T) {
	m, n, k := dst.Rows, dst.Cols, x.Rows
	blas.Gemm(threads, trans, false, m, n, k, 1, a.Data, a.Stride, x.Data, x.Stride, beta, dst.Data, dst.Stride)
}

// cachedBytes is the size of a panel that stays in a second-level cache together with its products.
const cachedBytes = 1 << 19

// cachedRows returns how many rows of n elements make such a panel, and enough work for a product.
func cachedRows[T core.Float](n int) int {
	return min(panelRows, max(64, cachedBytes/max(1, n*sizeOf[T]())/16*16))
}

func sizeOf[T core.Float]() int {
	if any(T(0)) == any(float32(0)) {
		return 4
	}
	return 8
}

// rowsOf returns the rows [lo, hi) of x.
func rowsOf[T core.Float](x core.Matrix[T], lo, hi int) core.Matrix[T] {
	if lo == hi || x.Cols == 0 {
		return core.Matrix[T]{Rows: hi - lo, Cols: x.Cols, Stride: x.Stride}
	}
	return core.Matrix[T]{Data: x.Data[lo*x.Stride:], Rows: hi - lo, Cols: x.Cols, Stride: x.Stride}
}

const (
	maxLanes  = 32
	laneBytes = 64 << 20 // bounds the memory of all lanes
)

// lanes returns into how many runs the rows of an m x n matrix with elements of size bytes are cut, each with a sum of its
// own of at most an eighth of its rows' memory, for a product with l columns. One means that it pays more to share out
// every panel. It follows from the shape alone.
func lanes(m, n, l, size int) int {
	runs := min(maxLanes, par.Tiles(m, panelRows), laneBytes/max(1, 16*n*l), m*size/max(1, 64*l))
	if runs < 8 {
		return 1
	}
	return runs
}
