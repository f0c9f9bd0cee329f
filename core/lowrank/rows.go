package lowrank

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// NewRowBlocks returns an m x n matrix that is only ever seen as a sequence of blocks of rows, such as the pieces of a
// file, as an operator whose products run on at most threads goroutines (all processors if threads <= 0).
//
// each hands the blocks to visit, from the first row to the last, returns the first error that visit gives, and can be
// called again: every product, norm or mean is one call. Blocks may have any number of rows, not always the same;
// they are not written to, nor kept after visit returns, so that each can reuse the memory. A sequence that does not
// make an m x n matrix gives an error wrapping [core.ErrShape].
//
// The result is [Normed] and a [Gramian]. Sums over rows are carried in float64 in the order of the rows; with the
// same blocks the bits do not depend on the number of threads.
func NewRowBlocks[T core.Float](rows, cols int,
	each func(ctx context.Context, visit func(block core.Matrix[T]) error) error, threads int) (Operator[T], error) {

	if rows < 0 || cols < 0 {
		return nil, fmt.Errorf("lowrank: %w: a matrix cannot have %d rows and %d columns", core.ErrShape, rows, cols)
	}
	if each == nil {
		return nil, fmt.Errorf("lowrank: %w: the function that yields the row blocks is nil", core.ErrOption)
	}
	return &rowBlocks[T]{rows: rows, cols: cols, each: each, threads: par.Threads(threads)}, nil
}

type rowBlocks[T core.Float] struct {
	rows, cols int
	each       func(ctx context.Context, visit func(block core.Matrix[T]) error) error
	threads    int
	sum        adjoint[T]
	block      dense[T]
}

// sweep calls do with each block and the number of rows before it, and holds the sequence against the shape.
func (b *rowBlocks[T]) sweep(ctx context.Context, do func(at int, block *dense[T]) error) error {
	at, count := 0, 0
	var failed error
	visit := func(block core.Matrix[T]) error {
		if failed == nil {
			failed = b.admit(ctx, at, count, block)
		}
		if failed == nil {
			b.block.x, b.block.threads = block, b.threads
			failed = do(at, &b.block)
			b.block.x = core.Matrix[T]{}
		}
		if failed == nil {
			at, count = at+block.Rows, count+1
		}
		return failed
	}
	err := b.each(ctx, visit)
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return fmt.Errorf("lowrank: reading the row block %d, from row %d: %w", count, at, err)
	case ctx.Err() != nil:
		return ctx.Err()
	case at < b.rows:
		return fmt.Errorf("lowrank: %w: the row blocks end after %d rows, %d were announced; "+
			"each call must start again at row 0 and yield them all", core.ErrShape, at, b.rows)
	}
	return nil
}

// admit checks that the block can follow the at rows before it.
func (b *rowBlocks[T]) admit(ctx context.Context, at, count int, block core.Matrix[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := block.Check("block"); err != nil {
		return fmt.Errorf("lowrank: row block %d, from row %d: %w", count, at, err)
	}
	if block.Cols != b.cols {
		return fmt.Errorf("lowrank: %w: row block %d, from row %d, has %d columns, A has %d",
			core.ErrShape, count, at, block.Cols, b.cols)
	}
	if block.Rows > b.rows-at {
		return fmt.Errorf("lowrank: %w: row block %d brings the number of rows to %d, only %d were announced",
			core.ErrShape, count, at+block.Rows, b.rows)
	}
	return nil
}

func (b *rowBlocks[T]) Dims() (rows, cols int) { return b.rows, b.cols }

func (b *rowBlocks[T]) Mul(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := checkProduct("Mul", b.rows, b.cols, dst, x); err != nil {
		return err
	}
	return b.sweep(ctx, func(at int, block *dense[T]) error {
		return block.mul(ctx, rowsOf(dst, at, at+block.x.Rows), x)
	})
}

func (b *rowBlocks[T]) MulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := checkProduct("MulTrans", b.cols, b.rows, dst, x); err != nil {
		return err
	}
	return b.total(ctx, dst, func(at int, block *dense[T]) error {
		return b.sum.add(ctx, b.threads, block.x, rowsOf(x, at, at+block.x.Rows))
	})
}

func (b *rowBlocks[T]) MulTransMul(ctx context.Context, dst, x core.Matrix[T]) error {
	return b.mulTransMulCentered(ctx, dst, x, nil)
}

func (b *rowBlocks[T]) mulTransMulCentered(ctx context.Context, dst, x core.Matrix[T], mean []float64) error {
	if err := checkProduct("MulTransMul", b.cols, b.cols, dst, x); err != nil {
		return err
	}
	shift := meanTimes(mean, x)
	return b.total(ctx, dst, func(_ int, block *dense[T]) error {
		return b.sum.addGram(ctx, b.threads, block.x, x, mean, shift)
	})
}

// total writes to dst the sum that add makes of the blocks.
func (b *rowBlocks[T]) total(ctx context.Context, dst core.Matrix[T], add func(at int, block *dense[T]) error) error {
	b.sum.reset(dst.Rows, dst.Cols)
	if err := b.sweep(ctx, add); err != nil {
		return err
	}
	b.sum.store(dst)
	return nil
}

// SquaredNorm returns the sum of squares of the elements. Its error wraps [core.ErrNotFinite] and names the place when
// a block holds NaN or an infinity.
func (b *rowBlocks[T]) SquaredNorm(ctx context.Context) (float64, error) {
	return b.centeredNorm(ctx, nil)
}

func (b *rowBlocks[T]) centeredNorm(ctx context.Context, mean []float64) (float64, error) {
	var total float64
	err := b.sweep(ctx, func(at int, block *dense[T]) error {
		sum, err := block.norm(ctx, mean, func(i, j int) (row, col int) { return at + i, j })
		total += sum
		return err
	})
	if err == nil {
		err = overflow(total)
	}
	return total, err
}

func (b *rowBlocks[T]) columnSums(ctx context.Context) ([]float64, error) {
	sums := make([]float64, b.cols)
	err := b.sweep(ctx, func(_ int, block *dense[T]) error {
		more, err := block.columnSums(ctx)
		for j, v := range more {
			sums[j] += v
		}
		return err
	})
	return sums, err
}
