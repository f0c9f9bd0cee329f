package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// GradientAverages are moving averages of the gradients of single samples over the steps of a training, which [AdaCore] and
// [CRAIG] select by where single gradients are noisy. Every sample has a slot that counts its own steps, so that samples may come
// at any step, stay away for some, and go. The two fields are all the state.
type GradientAverages[T core.Float] struct {
	Mean  core.Matrix[T] // a row for each slot, not corrected for its start at zero
	Steps []int64        // of each slot, so far
}

// NewGradientAverages returns the averages of nothing in some slots, over m parameters.
func NewGradientAverages[T core.Float](slots, m int) *GradientAverages[T] {
	return &GradientAverages[T]{Mean: core.NewMatrix[T](slots, m), Steps: make([]int64, slots)}
}

// Update takes one more gradient of some samples, the rows of g, into the averages at their slots (nil: one after the other from
// 0 on), and writes the averages with their starts corrected to the rows of corrected, which may be g or have no rows:
//
//	mean = beta1 mean + (1 - beta1) g,    corrected = mean / (1 - beta1^steps).
//
// beta1 is in [0, 1). Errors wrap [core.ErrOption], [core.ErrShape] or [core.ErrNotFinite], and leave a as it was.
func (a *GradientAverages[T]) Update(ctx context.Context, slots []int, g core.Matrix[T], beta1 float64, corrected core.Matrix[T], threads int) error {
	if !(beta1 >= 0 && beta1 < 1) {
		return errorf(core.ErrOption, "beta1 must be in [0, 1), got %v", beta1)
	}
	if err := a.fits(slots, g); err != nil {
		return err
	}
	if corrected.Rows != 0 && (corrected.Rows != g.Rows || corrected.Cols != g.Cols) {
		return errorf(core.ErrShape, "corrected is %d x %d, the gradients are %d x %d", corrected.Rows, corrected.Cols, g.Rows, g.Cols)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// Half of an update would be of no use: it is not cancelled.
	return par.For(context.WithoutCancel(ctx), threads, par.Tiles(g.Rows, gradientTile), func(_, t int) {
		lo, hi := par.Span(t, g.Rows, gradientTile)
		for i := lo; i < hi; i++ {
			slot := rowOf(slots, i)
			a.Steps[slot]++
			scale := 1 / (1 - math.Pow(beta1, float64(a.Steps[slot])))
			mean := a.Mean.Row(slot)
			for j, v := range g.Row(i) {
				now := beta1*float64(mean[j]) + (1-beta1)*float64(v)
				mean[j] = T(now)
				if corrected.Rows > 0 {
					corrected.Row(i)[j] = T(now * scale)
				}
			}
		}
	})
}

// fits reports gradients that do not fit the slots.
func (a *GradientAverages[T]) fits(slots []int, g core.Matrix[T]) error {
	if err := checkRows("the gradients", g); err != nil {
		return err
	}
	count := a.Mean.Rows
	switch {
	case len(a.Steps) != count:
		return errorf(core.ErrShape, "%d numbers of steps for %d averages", len(a.Steps), count)
	case g.Cols != a.Mean.Cols:
		return errorf(core.ErrShape, "the gradients have %d columns, the averages %d", g.Cols, a.Mean.Cols)
	case slots == nil && g.Rows > count:
		return errorf(core.ErrShape, "%d gradients for %d slots", g.Rows, count)
	case slots != nil && len(slots) != g.Rows:
		return errorf(core.ErrShape, "%d slots are named for %d gradients", len(slots), g.Rows)
	}
	for slot, steps := range a.Steps {
		if steps < 0 {
			return errorf(core.ErrOption, "slot %d has seen %d steps", slot, steps)
		}
	}
	return checkDistinct("the slots", slots, count)
}

// Forget empties some slots, for other samples.
func (a *GradientAverages[T]) Forget(slots ...int) {
	for _, slot := range slots {
		clear(a.Mean.Row(slot))
		a.Steps[slot] = 0
	}
}
