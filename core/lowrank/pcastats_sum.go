package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// pcaSum is what an update of a [PCAState] brings.
type pcaSum struct {
	threads int
	squares float64
	gram    core.Matrix[float64]   // of the rows added
	rows    []core.Matrix[float64] // or, where they are few, the rows themselves
	sketch  core.Matrix[float64]   // of all rows
	lost    float64
}

// newPCASum returns an empty sum. few tells that all rows added stay what they are until the sum is stored.
func newPCASum(s *PCAState, few bool, threads int) *pcaSum {
	sum := &pcaSum{threads: threads}
	switch {
	case s.Sketch.Rows > 0:
		sum.sketch = copied(s.Sketch)
	case !few:
		sum.gram = core.NewMatrix[float64](s.Gram.Rows, s.Gram.Cols)
	}
	return sum
}

// add adds rows x.
func (s *pcaSum) add(ctx context.Context, x core.Matrix[float64]) error {
	s.squares += squares(x)
	switch {
	case s.gram.Rows > 0:
		s.addGram(s.gram, x)
		return nil
	case s.sketch.Rows == 0:
		s.rows = append(s.rows, x)
		return nil
	}
	// With three times the rows of the sketch the small eigenproblems are fewest for their size.
	piece := 3 * s.sketch.Rows
	for lo := 0; lo < x.Rows; lo += piece {
		if err := s.compress(ctx, rowsOf(x, lo, min(x.Rows, lo+piece))); err != nil {
			return err
		}
	}
	return nil
}

// addGram adds x^T x to the upper triangle of g.
func (s *pcaSum) addGram(g, x core.Matrix[float64]) {
	blas.Syrk(s.threads, false, true, x.Cols, x.Rows, 1, x.Data, x.Stride, 1, g.Data, g.Stride)
}

// compress puts the rows x into the sketch B of l rows (frequent directions): B above x = U S V^T becomes
// (S^2 - s_{l+1}^2)^(1/2) V^T, which loses s_{l+1}^2 in no direction more than once and at least l + 1 times that of
// the sum of squares. S and U are those of the small Gram matrix, exact enough where only squares matter.
func (s *pcaSum) compress(ctx context.Context, x core.Matrix[float64]) error {
	l, n := s.sketch.Rows, x.Cols
	rows := l + x.Rows
	stack := core.NewMatrix[float64](rows, n)
	copyInto(rowsOf(stack, 0, l), s.sketch)
	copyInto(rowsOf(stack, l, rows), x)
	g, values, v := make([]float64, rows*rows), make([]float64, l+1), make([]float64, rows*(l+1))
	blas.Syrk(s.threads, false, false, rows, n, 1, stack.Data, n, 0, g, rows)
	if err := linalg.EigenSymLeading(ctx, s.threads, g, rows, l+1, values, v); err != nil {
		return err
	}
	cut := max(0, values[l])
	mix := make([]float64, l*rows)
	for i := range l {
		if square := values[i]; square > cut {
			shrink := math.Sqrt((square - cut) / square)
			for p := range rows {
				mix[i*rows+p] = shrink * v[p*(l+1)+i]
			}
		}
	}
	blas.Gemm(s.threads, false, false, l, n, rows, 1, mix, rows, stack.Data, n, 0, s.sketch.Data, n)
	s.lost += cut
	return nil
}

// stacked returns the rows of all x, one above the other.
func stacked(x []core.Matrix[float64]) core.Matrix[float64] {
	if len(x) == 1 {
		return x[0]
	}
	rows := 0
	for _, part := range x {
		rows += part.Rows
	}
	all, at := core.NewMatrix[float64](rows, x[0].Cols), 0
	for _, part := range x {
		copyInto(rowsOf(all, at, at+part.Rows), part)
		at += part.Rows
	}
	return all
}

// store makes the update part of the state.
func (s *pcaSum) store(state *PCAState) {
	for i := range s.gram.Rows {
		blas.Axpy(1, s.gram.Row(i)[i:], state.Gram.Row(i)[i:])
	}
	if len(s.rows) > 0 {
		s.addGram(state.Gram, stacked(s.rows))
	}
	if s.sketch.Rows > 0 {
		copyInto(state.Sketch, s.sketch)
	}
	state.Lost += s.lost
	state.SquaredNorm += s.squares
}
