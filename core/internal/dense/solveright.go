package dense

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// SolveRight overwrites y (m x l) with y r^-1 for upper triangular r (l x l), in float64 arithmetic rounded once to T,
// on at most threads goroutines (all processors if threads <= 0). r is not read below its diagonal. Each row q of the
// result satisfies q r = y with an error of rounding size in |q| |r|, however ill-conditioned r is. Takes m*l^2
// operations. The error wraps [core.ErrShape], [core.ErrNumerical] if r is singular, or is the context's.
func SolveRight[T core.Float](ctx context.Context, threads int, y core.Matrix[T], r []float64) error {
	l := y.Cols
	if err := checkTall("SolveRight", "y", y); err != nil {
		return err
	}
	if err := checkSmall("SolveRight", "r", r, l, l); err != nil {
		return err
	}
	if y.Rows == 0 || l == 0 {
		return nil
	}
	u, err := newUpper(r, l)
	if err != nil {
		return fmt.Errorf("dense.SolveRight: %w", err)
	}
	threads = threadsFor(threads, y.Rows, l, l)
	workspaces := make([]blas.Workspace[float64], threads)
	buffers := rowBuffers[T](threads, l)
	scratch := make([]float64, threads*2*tileRows*upperBlock)
	err = par.For(ctx, threads, par.Tiles(y.Rows, tileRows), func(worker, tile int) {
		lo, hi := par.Span(tile, y.Rows, tileRows)
		rows, ld := loadRows(y, lo, hi, buffers[worker])
		u.solve(&workspaces[worker], hi-lo, rows, ld, scratch[worker*2*tileRows*upperBlock:])
		storeRows(y, lo, hi, rows)
	})
	if err != nil {
		return fmt.Errorf("dense.SolveRight: %w", err)
	}
	return nil
}

// upperBlock is how many columns of an upper triangular matrix are solved for at a time.
const upperBlock = 16

// upper is an upper triangular matrix R prepared for solving q R = y with many rows y. Column blocks J are solved in
// turn: q_J = (y_J - q_{<J} R_{<J,J}) R_JJ^-1. Multiplying by an explicit inverse is as good as substitution unless
// |R_JJ^-1| |R_JJ| is large; then steps of refinement of q_J restore what substitution would have given.
type upper struct {
	n      int
	blocks []upperColumns
}

// upperColumns are the columns [lo, hi) of R.
type upperColumns struct {
	lo, hi   int
	above    blas.Packed[float64] // R_{<J,J}
	diagonal blas.Packed[float64] // R_JJ
	inverse  blas.Packed[float64] // R_JJ^-1
	steps    int
}

func newUpper(r []float64, n int) (*upper, error) {
	u := &upper{n: n, blocks: make([]upperColumns, par.Tiles(n, upperBlock))}
	var diagonal, inverse [upperBlock * upperBlock]float64
	for t := range u.blocks {
		b := &u.blocks[t]
		b.lo, b.hi = par.Span(t, n, upperBlock)
		width := b.hi - b.lo
		clear(diagonal[:])
		for i := b.lo; i < b.hi; i++ {
			if r[i*n+i] == 0 {
				return nil, fmt.Errorf("%w: the triangular matrix has a zero at (%d, %d) of its diagonal", core.ErrNumerical, i, i)
			}
			copy(diagonal[(i-b.lo)*width+i-b.lo:(i-b.lo+1)*width], r[i*n+i:])
		}
		invertUpper(1, diagonal[:], width, width, inverse[:])
		growth := growthOf(inverse[:], diagonal[:], width)
		if math.IsNaN(growth) || math.IsInf(growth, 0) {
			return nil, fmt.Errorf("%w: columns %d to %d of the triangular matrix are singular to working precision or not finite",
				core.ErrNumerical, b.lo, b.hi-1)
		}
		b.steps = refinements(growth)
		blas.PackRight(&b.above, false, b.lo, width, r[b.lo:], n)
		blas.PackRight(&b.diagonal, false, width, width, diagonal[:], width)
		blas.PackRight(&b.inverse, false, width, width, inverse[:], width)
	}
	return u, nil
}

// growthOf returns the largest row sum of |x| |r| for upper triangular x and r (n x n): the factor by which
// multiplying with the inverse x may exceed the error of substitution.
func growthOf(x, r []float64, n int) float64 {
	var most float64
	for i := range n {
		var sum float64
		for k := i; k < n; k++ {
			for j := k; j < n; j++ {
				sum += math.Abs(x[i*n+k]) * math.Abs(r[k*n+j])
			}
		}
		most = math.Max(most, sum) // keeps NaN
	}
	return most
}

// Refinement starts from a residual of growth*epsilon and shrinks it by that factor each step.
const (
	tolerableGrowth = 32
	maxRefinements  = 30
)

func refinements(growth float64) int {
	if growth <= tolerableGrowth {
		return 0
	}
	shrink := -math.Log(growth * epsilon64)
	if steps := math.Log(growth/tolerableGrowth) / shrink; shrink > 0 && steps < maxRefinements {
		return 1 + int(steps)
	}
	return maxRefinements
}

// solve overwrites y (rows x n, row stride ld) with y R^-1. scratch holds two blocks of rows x upperBlock.
func (u *upper) solve(ws *blas.Workspace[float64], rows int, y []float64, ld int, scratch []float64) {
	for i := range u.blocks {
		b := &u.blocks[i]
		width := b.hi - b.lo
		q := y[b.lo:]
		right, residual := scratch[:rows*width], scratch[tileRows*upperBlock:][:rows*width]
		if b.lo > 0 {
			blas.GemmPacked(ws, false, rows, -1, y, ld, &b.above, 1, q, ld)
		}
		for i := range rows {
			copy(right[i*width:(i+1)*width], q[i*ld:])
		}
		blas.GemmPacked(ws, false, rows, 1, right, width, &b.inverse, 0, q, ld)
		for range b.steps {
			copy(residual, right)
			blas.GemmPacked(ws, false, rows, -1, q, ld, &b.diagonal, 1, residual, width)
			blas.GemmPacked(ws, false, rows, 1, residual, width, &b.inverse, 1, q, ld)
		}
	}
}
