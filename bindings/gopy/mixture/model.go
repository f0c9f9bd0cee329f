package mixture

import (
	"context"
	"errors"

	solver "github.com/lithe-ml/lithe/core/mixture"
)

// Model is a Gaussian mixture, made by Options.Fit or Load. Its fields are copies: assigning to one changes no result,
// except Threads.
type Model struct {
	Components, Features, Factors int    // C, D, H; H is 0 unless CovarianceType is factor
	CovarianceType                string // factor, diag or spherical

	Iterations  int     // EM iterations of the kept start
	Converged   bool    // the last iteration gained less than Options.Tol
	LowerBound  float64 // final mean log-likelihood bound, nats per row
	CoverageGap float64 // exact mean log-likelihood minus the bound, on a sample of the data
	Threads     int     // goroutines of ScoreSamples and Predict, which never change the result; 0: one per processor

	fitted *solver.Model
}

func newModel(f *solver.Model, threads int) *Model {
	return &Model{
		Components: f.Components, Features: f.Features, Factors: f.Factors, CovarianceType: f.CovarianceType,
		Iterations: f.Iterations, Converged: f.Converged, LowerBound: f.LowerBound, CoverageGap: f.CoverageGap,
		Threads: threads, fitted: f,
	}
}

// mixture returns what was fitted, or the reason why there is nothing.
func (m *Model) mixture() (*solver.Model, error) {
	if m == nil || m.fitted == nil {
		return nil, errors.New("mixture: this Model is empty; get one from Options.Fit or Load")
	}
	return m.fitted, nil
}

// Load reads a model that any language of lithe has saved.
func Load(path string) (m *Model, err error) {
	defer guard(&err)
	f, err := solver.Load(path)
	if err != nil {
		return nil, err
	}
	return newModel(f, 0), nil
}

// Save writes the model to a file that every language of lithe reads.
func (m *Model) Save(path string) (err error) {
	defer guard(&err)
	f, err := m.mixture()
	if err != nil {
		return err
	}
	return f.Save(path)
}

// Weights writes the component weights to out, an array (C) of float64.
func (m *Model) Weights(out uint64, rows, cols int, dtype string) (err error) {
	defer guard(&err)
	f, err := m.mixture()
	if err != nil {
		return err
	}
	return write("the array for the weights", f.Weights, f.Components, 1, out, rows, cols, dtype)
}

// Means writes the component means to out, an array (C x D) of float64.
func (m *Model) Means(out uint64, rows, cols int, dtype string) (err error) {
	defer guard(&err)
	f, err := m.mixture()
	if err != nil {
		return err
	}
	return write("the array for the means", f.Means, f.Components, f.Features, out, rows, cols, dtype)
}

// Loadings writes the factor loadings to out, an array (C x D x H) of float64, which counts as C rows and D*H columns.
func (m *Model) Loadings(out uint64, rows, cols int, dtype string) (err error) {
	defer guard(&err)
	f, err := m.mixture()
	if err != nil {
		return err
	}
	return write("the array for the loadings", f.Loadings, f.Components, f.Features*f.Factors, out, rows, cols, dtype)
}

// NoiseVariance writes the noise variances to out, an array (C x D) of float64.
func (m *Model) NoiseVariance(out uint64, rows, cols int, dtype string) (err error) {
	defer guard(&err)
	f, err := m.mixture()
	if err != nil {
		return err
	}
	return write("the array for the noise variances", f.NoiseVariance, f.Components, f.Features, out, rows, cols, dtype)
}

// ScoreSamples writes the log-density of each row of x, an array (n x D) of float32 or float64, in nats, to out, an
// array (n) of float64.
func (m *Model) ScoreSamples(x uint64, rows, cols int, dtype string, out uint64, outRows, outCols int, outDtype string) (err error) {
	defer guard(&err)
	f, err := m.mixture()
	if err != nil {
		return err
	}
	data, err := newArray("x", x, rows, cols, dtype)
	if err != nil {
		return err
	}
	scores, err := newOutput("the array for the scores", out, outRows, outCols, outDtype, rows, 1, "float64")
	if err != nil {
		return err
	}
	switch dtype {
	case "float32":
		return solver.ScoreSamples(context.Background(), f, matrix[float32](data), m.Threads, elements[float64](scores))
	case "float64":
		return solver.ScoreSamples(context.Background(), f, matrix[float64](data), m.Threads, elements[float64](scores))
	}
	return errNotReal(data)
}

// Predict writes the most probable component of each row of x, an array (n x D) of float32 or float64, to out, an
// array (n) of int64.
func (m *Model) Predict(x uint64, rows, cols int, dtype string, out uint64, outRows, outCols int, outDtype string) (err error) {
	defer guard(&err)
	f, err := m.mixture()
	if err != nil {
		return err
	}
	data, err := newArray("x", x, rows, cols, dtype)
	if err != nil {
		return err
	}
	labels, err := newOutput("the array for the labels", out, outRows, outCols, outDtype, rows, 1, "int64")
	if err != nil {
		return err
	}
	switch dtype {
	case "float32":
		return solver.Predict(context.Background(), f, matrix[float32](data), m.Threads, elements[int64](labels))
	case "float64":
		return solver.Predict(context.Background(), f, matrix[float64](data), m.Threads, elements[int64](labels))
	}
	return errNotReal(data)
}

// Sample fills out, an array (n x D) of float64, with rows drawn from the mixture. The same seed gives the same rows.
func (m *Model) Sample(seed, out uint64, rows, cols int, dtype string) (err error) {
	defer guard(&err)
	f, err := m.mixture()
	if err != nil {
		return err
	}
	dst, err := newOutput("the array for the rows", out, rows, cols, dtype, rows, f.Features, "float64")
	if err != nil {
		return err
	}
	drawn, _, err := f.Sample(seed, rows)
	if err != nil {
		return err
	}
	copy(elements[float64](dst), drawn)
	return nil
}

// write copies row-major values into an array that must have wantRows x wantCols elements of float64.
func write(name string, values []float64, wantRows, wantCols int, out uint64, rows, cols int, dtype string) error {
	dst, err := newOutput(name, out, rows, cols, dtype, wantRows, wantCols, "float64")
	if err != nil {
		return err
	}
	copy(elements[float64](dst), values)
	return nil
}
