package gp

import (
	"cmp"
	"context"

	"github.com/lithe-ml/lithe/core"
)

// Ways to a predictive variance.
const (
	VarianceNone  = "none"
	VarianceExact = "exact" // Cholesky, or conjugate gradients for every point until the certified error is small
	// VarianceNeighbors is that of the most correlated points alone, exactly: never too small, by a percent or so too large. It
	// depends a little on which points are predicted together.
	VarianceNeighbors = "neighbors"
	VarianceLanczos   = "lanczos"  // LOVE: of r Lanczos steps; never too small, often by far too large; fast for many points
	VariancePathwise  = "pathwise" // spread of draws: unbiased, with a relative error of sqrt(2 / draws)
)

// PredictOptions of [Predict]. The zero value means the defaults.
type PredictOptions struct {
	Uncertainty string `json:"uncertainty" default:"auto" doc:"mathematical (what the data leave open), combined (what data and computation leave open: never less), computational (their difference), or auto: combined with solver itergp, else mathematical; with others than itergp and cholesky, n_actions of the policy are taken for combined, and means are what they know"`
	Variance    string `json:"variance" default:"auto" doc:"none, exact, neighbors, lanczos, pathwise, or auto: exact with cholesky, neighbors with cg"`
	WithNoise   bool   `json:"with_noise" default:"false" doc:"add the noise common to all points and the kernel's white noise to the variance: that of an observation"`
	Neighbors   int    `json:"n_neighbors" default:"512" doc:"most neighbors of a test point that variance neighbors conditions on; it takes fewer where all would hardly change the variance, and those of test points nearby too"`
	Lanczos     int    `json:"lanczos_rank" default:"100" doc:"steps of variance lanczos"`
	Draws       int    `json:"n_draws" default:"64" doc:"draws of variance pathwise"`
	Chunk       int    `json:"chunk_size" default:"0" doc:"test points worked on at a time; 0: 1024 for means, fewer where n x points numbers are needed; changes the result by rounding only"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *PredictOptions) Validate() error {
	v := o.withDefaults("")
	return checkOptions([]wordOption{
		{"variance", v.Variance, []string{Auto, VarianceNone, VarianceExact, VarianceNeighbors, VarianceLanczos, VariancePathwise}},
		{"uncertainty", cmp.Or(v.Uncertainty, Auto), []string{Auto, Mathematical, Combined, Computational}},
	}, []countOption{
		{"n_neighbors", v.Neighbors, 1}, {"lanczos_rank", v.Lanczos, 1}, {"n_draws", v.Draws, 2}, {"chunk_size", v.Chunk, 0},
	}, nil)
}

func (o *PredictOptions) withDefaults(solver string) PredictOptions {
	var v PredictOptions
	if o != nil {
		v = *o
	}
	v.Variance = varianceFor(v.Variance, solver)
	own := Mathematical
	if solver == MethodIterGP {
		own = Combined
	}
	if v.Uncertainty == Auto || v.Uncertainty == own {
		v.Uncertainty = ""
	}
	v.Neighbors, v.Lanczos, v.Draws = cmp.Or(v.Neighbors, 512), cmp.Or(v.Lanczos, defaultLanczosRank), cmp.Or(v.Draws, 64)
	return v
}

// varianceFor says what auto means for a solver.
func varianceFor(variance, solver string) string {
	switch {
	case variance != "" && variance != Auto:
		return variance
	case solver == MethodCholesky:
		return VarianceExact
	}
	return VarianceNeighbors
}

// Prediction at m test points, in units of the data.
type Prediction struct {
	Mean     []float64 // m x t, row after row
	Variance []float64 // of f, or of an observation (m x t); nil if none was asked for
	// Bound, with conjugate gradients and variance exact, is how much Variance is at most above the exact variance of the
	// model (m x t); it never is below. nil otherwise.
	Bound       []float64
	Diagnostics []Diagnostic
}

// Predict returns mean and variance at the test points x (m x d), chunk by chunk: memory is O(n + chunk (n + d)). Takes m n
// (d + 20) operations for means; per point, variances take n^2 (exact with Cholesky), a share of a solve (exact with
// conjugate gradients), k^3/3 (k neighbors), n r (Lanczos), n draws (pathwise) or n k (k actions).
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical], or come from ctx.
func Predict[T core.Float](ctx context.Context, m *Regression, x core.Matrix[T], o *PredictOptions) (*Prediction, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	v := o.withDefaults(m.Solver)
	if v.Uncertainty != "" && v.Variance != VarianceNone {
		return predictParts(ctx, m, x, v)
	}
	p, err := m.posterior()
	if err != nil {
		return nil, err
	}
	if err := m.checkWeights(); err != nil {
		return nil, err
	}
	t := m.outputs()
	out := &Prediction{Mean: make([]float64, x.Rows*t)}
	if x.Rows == 0 && x.Cols == m.X.Cols {
		return out, nil
	}
	if err := checkPoints(x, "test points", m.X.Cols); err != nil {
		return nil, err
	}
	if v.Variance != VarianceNone {
		out.Variance = make([]float64, x.Rows)
	}
	chunk := v.Chunk
	if chunk == 0 {
		chunk = 1024
	}
	scratch := core.NewMatrix[float64](min(chunk, x.Rows), m.X.Cols)
	weights := tall(m.Weights, m.X.Rows)
	near := v.Variance == VarianceNeighbors && m.Solver != MethodIterGP
	for lo := 0; lo < x.Rows; lo += chunk {
		hi := min(x.Rows, lo+chunk)
		z := m.used(scratch, x, lo, hi)
		if err := Cross(ctx, p.op, tall(out.Mean[lo*t:hi*t], hi-lo), z, weights); err != nil {
			return nil, err
		}
		if out.Variance != nil && !near {
			if err := m.variances(ctx, out, z, lo, v); err != nil {
				return nil, err
			}
		}
	}
	if near {
		if err := m.neighborVariances(ctx, out.Variance, pointsOf(x), v.Neighbors); err != nil {
			return nil, err
		}
	}
	m.inUnits(out, v)
	return out, nil
}

// used writes the points [lo, hi) of x to the rows of scratch as the model uses them.
func (m *Regression) used(scratch core.Matrix[float64], x any, lo, hi int) core.Matrix[float64] {
	z := scratch
	z.Rows = hi - lo
	for i := lo; i < hi; i++ {
		row := z.Row(i - lo)
		switch x := x.(type) {
		case core.Matrix[float64]:
			copy(row, x.Row(i))
		case core.Matrix[float32]:
			for q, v := range x.Row(i) {
				row[q] = float64(v)
			}
		}
		m.center(row)
	}
	return z
}

// inUnits turns a prediction of Y into one of the data. Variances and bounds come as one for each point.
func (m *Regression) inUnits(p *Prediction, o PredictOptions) {
	t := m.outputs()
	for i, v := range p.Mean {
		mean, scale := m.units(i % t)
		p.Mean[i] = mean + scale*v
	}
	noise := 0.0
	if o.WithNoise {
		noise = m.Noise
		white := make([]float64, 1)
		one := points{1, m.X.Cols, func(_ int, dst []float64) { copy(dst, m.X.Row(0)) }}
		m.cache.op.compiled.white(white, one)
		noise += white[0]
	}
	for i, v := range p.Variance {
		p.Variance[i] = max(v, 0) + noise
	}
	p.Variance, p.Bound = m.spread(p.Variance), m.spread(p.Bound)
}
