package gp

import (
	"fmt"

	"github.com/lithe-ml/lithe/core"
)

// outputs returns t.
func (m *Regression) outputs() int { return max(1, m.Outputs) }

// targets returns Y as a matrix.
func (m *Regression) targets() core.Matrix[float64] { return tall(m.Y, len(m.Y)/m.outputs()) }

// tall returns values as a matrix of n rows without gaps between them.
func tall(values []float64, n int) core.Matrix[float64] {
	t := 1
	if n > 0 {
		t = len(values) / n
	}
	return core.Matrix[float64]{Data: values, Rows: n, Cols: t, Stride: t}
}

// units returns what output j has been shifted and divided by.
func (m *Regression) units(j int) (mean, scale float64) {
	scale = 1
	if m.YMean != nil {
		mean = m.YMean[j]
	}
	if m.YScale != nil {
		scale = m.YScale[j]
	}
	return mean, scale
}

// firstOutput returns the first column of Y.
func (m *Regression) firstOutput() []float64 {
	t := m.outputs()
	if t == 1 {
		return m.Y
	}
	y := make([]float64, m.X.Rows)
	for i := range y {
		y[i] = m.Y[i*t]
	}
	return y
}

// checkWeights reports weights that are not there.
func (m *Regression) checkWeights() error {
	switch want := m.X.Rows * m.outputs(); len(m.Weights) {
	case want:
		return nil
	case 0:
		return fmt.Errorf("gp: %w: the model has no weights: it comes from a training that was interrupted; fit again, starting "+
			"from its kernel", core.ErrShape)
	default:
		return fmt.Errorf("gp: %w: the model has %d weights for %d points and %d outputs", core.ErrShape, len(m.Weights), m.X.Rows,
			m.outputs())
	}
}

// spread returns m variances of Y as m x t variances of the data. nil stays nil.
func (m *Regression) spread(variances []float64) []float64 {
	if variances == nil {
		return nil
	}
	t := m.outputs()
	out := make([]float64, len(variances)*t)
	for i := range out {
		_, scale := m.units(i % t)
		out[i] = scale * scale * variances[i/t]
	}
	return out
}
