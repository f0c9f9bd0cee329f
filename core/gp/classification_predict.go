package gp

import (
	"cmp"
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Ways from normal latent functions to the probabilities of [Softmax].
const (
	MeanField  = "mean_field"  // a formula
	MonteCarlo = "monte_carlo" // the mean over draws, the same ones for every point
)

// ClassPredictOptions of [PredictClasses]. The zero value means the defaults.
type ClassPredictOptions struct {
	Variance  string `json:"variance" default:"auto" doc:"of latent functions: none (probabilities at their means), exact, neighbors, columns or lanczos (neither with softmax), or auto: exact with cholesky; with cg columns where they explain the kernel, neighbors elsewhere and with softmax"`
	Integral  string `json:"softmax_integral" default:"mean_field" doc:"probabilities of softmax: mean_field (a formula) or monte_carlo"`
	Neighbors int    `json:"n_neighbors" default:"0" doc:"points that variance neighbors conditions on; 0: 512, 200 with softmax"`
	Lanczos   int    `json:"lanczos_rank" default:"100" doc:"steps of variance lanczos"`
	Draws     int    `json:"n_draws" default:"1000" doc:"draws of monte_carlo, half of them mirror images of the others"`
	Chunk     int    `json:"chunk_size" default:"0" doc:"test points worked on at a time; 0: 1024; changes the result by rounding only"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *ClassPredictOptions) Validate() error {
	v := o.withDefaults("", false)
	return checkOptions([]wordOption{
		{"variance", v.Variance, []string{Auto, VarianceNone, VarianceExact, VarianceNeighbors, VarianceColumns,
			VarianceLanczos}},
		{"softmax_integral", v.Integral, []string{MeanField, MonteCarlo}},
	}, []countOption{
		{"n_neighbors", v.Neighbors, 1}, {"lanczos_rank", v.Lanczos, 1}, {"n_draws", v.Draws, 2}, {"chunk_size", v.Chunk, 1},
	}, nil)
}

func (o *ClassPredictOptions) withDefaults(solver string, softmax bool) ClassPredictOptions {
	var v ClassPredictOptions
	if o != nil {
		v = *o
	}
	neighbors := 512
	if v.Variance = cmp.Or(v.Variance, Auto); softmax || solver != MethodCG {
		v.Variance = varianceFor(v.Variance, solver)
	}
	if softmax {
		neighbors = 200
	}
	v.Integral, v.Neighbors = cmp.Or(v.Integral, MeanField), cmp.Or(v.Neighbors, neighbors)
	v.Lanczos, v.Draws, v.Chunk = cmp.Or(v.Lanczos, defaultLanczosRank), cmp.Or(v.Draws, 1000), cmp.Or(v.Chunk, 1024)
	return v
}

// ClassPrediction at m test points.
type ClassPrediction struct {
	Labels        []int                // m: the most probable class, or the one that most pairs vote for
	Probabilities core.Matrix[float64] // m x C; 0 x C of pairs
	Mean          core.Matrix[float64] // m x latent functions
	Variance      core.Matrix[float64] // of them; 0 x latent functions with variance none
	Diagnostics   []Diagnostic
}

// PredictClasses returns probabilities and latent functions at the test points x (m x d), chunk by chunk. Times are those of
// [Predict] for each problem; exact variances of softmax take 3 C n^2 operations per point, those of k neighbors C k^3. Variances
// from r columns take 2 n r operations per point, once a product of K with r columns, and memory for n r numbers.
// Variances count the kernel's White terms, as a part of the latent functions.
//
// Two classes have the integral of the logistic function over a normal latent value, as scikit-learn does it; of one against
// the rest these are divided by their sum.
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical], or come from ctx.
func PredictClasses[T core.Float](ctx context.Context, m *Classification, x core.Matrix[T], o *ClassPredictOptions) (
	*ClassPrediction, error) {

	if ctx == nil {
		ctx = context.Background()
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	list, err := m.parts()
	if err != nil {
		return nil, err
	}
	v := o.withDefaults(m.Solver, list[0].y.c > 1)
	columns := latent(list)
	out := &ClassPrediction{Labels: make([]int, x.Rows), Mean: core.NewMatrix[float64](x.Rows, columns)}
	if v.Variance != VarianceNone {
		out.Variance = core.NewMatrix[float64](x.Rows, columns)
	} else {
		out.Variance = core.NewMatrix[float64](0, columns)
	}
	pairs := len(list) > 1 && m.MultiClass == OneVsOne
	if pairs {
		out.Probabilities = core.NewMatrix[float64](0, m.Classes)
	} else {
		out.Probabilities = core.NewMatrix[float64](x.Rows, m.Classes)
	}
	if x.Rows == 0 && x.Cols == m.X.Cols {
		return out, nil
	}
	if err := checkPoints(x, "test points", m.X.Cols); err != nil {
		return nil, err
	}
	if m.cache == nil {
		m.cache = make([]*classPosterior, len(list))
	}
	for _, p := range list {
		if p.y.c > 1 {
			err = m.predictSoftmax(ctx, p, out, pointsOf(x).matrix(), v)
		} else {
			err = predictSingle(ctx, m, p, out, x, v)
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case pairs:
		vote(out, list, m.Classes)
	case list[0].y.c == 1:
		out.combine(list)
	}
	if !pairs {
		for i := range out.Labels {
			row := out.Probabilities.Row(i)
			for k, p := range row {
				if p > row[out.Labels[i]] {
					out.Labels[i] = k
				}
			}
		}
	}
	return out, nil
}

// classPosterior is what predictions of a problem need besides the fields of the model.
type classPosterior struct {
	single  *Regression     // the latent function as a regression with noise W^-1
	columns *columnVariance // and its variances from columns
	op      *Operator       // softmax
	dense   *denseLaplace   // softmax with cholesky
}

// leastCurvature keeps W^-1 finite.
const leastCurvature = 1e-30

// posterior returns what is kept of a problem.
func (m *Classification) posterior(p problem) (*classPosterior, error) {
	if c := m.cache[p.number]; c != nil {
		return c, nil
	}
	kernel, f := m.Kernels[p.number], p.columns(m.Latent)
	c := &classPosterior{}
	x := p.rows(m.X)
	if p.y.c > 1 {
		op, err := NewOperator(x, kernel, nil, &OperatorOptions{Precision: m.Precision, Threads: m.Threads})
		c.op = op
		m.cache[p.number] = c
		return c, err
	}
	pi, root := core.NewMatrix[float64](f.Rows, 1), core.NewMatrix[float64](f.Rows, 1)
	p.y.curvature(pi, root, f)
	noise := make([]float64, f.Rows)
	for i, r := range root.Data {
		noise[i] = 1 / max(r*r, leastCurvature)
	}
	weights := p.columns(m.Weights).Data
	c.single = &Regression{Kernel: kernel, Known: noise, X: x, Y: weights, Weights: weights, Solver: m.Solver, Precision: m.Precision,
		PredictTol: m.PredictTol, MaxSolve: m.MaxSolve, Rank: m.Rank, Seed: m.Seed, Threads: m.Threads}
	m.cache[p.number] = c
	return c, nil
}

// keptFactors is how many megabytes of factors may be kept for predictions, those of the problem at hand aside.
const keptFactors = 1024

// predictSingle fills a column of Mean and Variance: a posterior that is normal with precision K^-1 + W is that of a
// regression on observations with noise W^-1.
func predictSingle[T core.Float](ctx context.Context, m *Classification, p problem, out *ClassPrediction, x core.Matrix[T],
	o ClassPredictOptions) error {

	c, err := m.posterior(p)
	if err != nil {
		return err
	}
	var columns *columnVariance
	if o.Variance == Auto || o.Variance == VarianceColumns {
		if columns, err = m.columnVariance(ctx, p, c, o.Variance == VarianceColumns); err != nil {
			return err
		}
		if o.Variance = VarianceNeighbors; columns != nil {
			o.Variance = VarianceNone
		}
	}
	found, err := Predict(ctx, c.single, x, &PredictOptions{Variance: o.Variance, WithNoise: true, Neighbors: o.Neighbors,
		Lanczos: o.Lanczos, Chunk: o.Chunk})
	if err != nil {
		return err
	}
	n := float64(len(p.y.labels))
	if columns != nil {
		if err := columns.fill(ctx, out.Variance, p.first, pointsOf(x)); err != nil {
			return err
		}
		if 8e-6*n*float64(columns.root.Rows*len(m.cache)) > keptFactors {
			c.columns = nil
		}
	}
	if m.Solver == MethodCholesky && 8e-6*n*n*float64(len(m.cache)) > keptFactors {
		c.single.Reset()
	}
	for i, v := range found.Mean {
		out.Mean.Row(i)[p.first] = v
	}
	for i, v := range found.Variance {
		out.Variance.Row(i)[p.first] = v
	}
	for _, d := range found.Diagnostics {
		d.Column = p.number
		out.Diagnostics = append(out.Diagnostics, d)
	}
	return nil
}

// probability returns that of label 1 at point i for the latent function of a column.
func (p *ClassPrediction) probability(i, column int) float64 {
	variance := 0.0
	if p.Variance.Rows > 0 {
		variance = p.Variance.Row(i)[column]
	}
	return logisticNormal(p.Mean.Row(i)[column], variance)
}

// combine fills the probabilities of two classes, or of one against the rest.
func (p *ClassPrediction) combine(list []problem) {
	for i := range p.Labels {
		row := p.Probabilities.Row(i)
		if len(list) == 1 {
			row[1] = p.probability(i, 0)
			row[0] = 1 - row[1]
			continue
		}
		sum := 0.0
		for k := range row {
			row[k] = p.probability(i, k)
			sum += row[k]
		}
		for k := range row {
			if row[k] /= sum; sum == 0 {
				row[k] = 1 / float64(len(row))
			}
		}
	}
}

// vote chooses the class that wins most pairs; among equals the one that wins by more probability in sum.
func vote(out *ClassPrediction, list []problem, count int) {
	wins, lead := make([]int, count), make([]float64, count)
	for i := range out.Labels {
		clear(wins)
		clear(lead)
		for _, p := range list {
			ahead := out.probability(i, p.first) - 0.5
			lead[p.positive] += ahead
			lead[p.versus] -= ahead
			if out.Mean.Row(i)[p.first] > 0 {
				wins[p.positive]++
			} else {
				wins[p.versus]++
			}
		}
		best := 0
		for k := range wins {
			if wins[k] > wins[best] || wins[k] == wins[best] && lead[k] > lead[best] {
				best = k
			}
		}
		out.Labels[i] = best
	}
}

// logisticNormal returns the mean of 1 / (1 + exp(-f)) over normal f, to 5e-4: the logistic function is close to a
// combination of five error functions, whose integrals are known. The numbers are those that scikit-learn uses.
//
// Source: C. K. I. Williams, D. Barber: Bayesian classification with Gaussian processes, appendix A, IEEE PAMI, 1998.
func logisticNormal(mean, variance float64) float64 {
	sum := 0.0
	for _, term := range [5]struct{ scale, weight float64 }{
		{0.41, -1854.8214151}, {0.4, 3516.89893646}, {0.37, 221.29346712}, {0.44, 128.12323805}, {0.39, -2010.49422654}} {
		sum += term.weight * (1 + math.Erf(term.scale*mean/math.Sqrt(1+2*term.scale*term.scale*variance)))
	}
	return min(max(sum/2, 0), 1)
}
