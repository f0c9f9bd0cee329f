package gp

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// Ways to a predictive variance.
const (
	VarianceNone      = "none"
	VarianceExact     = "exact"     // Cholesky, or conjugate gradients for every point until the certified error is small
	VarianceNeighbors = "neighbors" // that of the most correlated points alone, exactly: never too small, by a percent or so too large
	VarianceLanczos   = "lanczos"   // LOVE: of r Lanczos steps; never too small, often by far too large; fast for many points
	VariancePathwise  = "pathwise"  // spread of draws: unbiased, with a relative error of sqrt(2 / draws)
)

// PredictOptions of [Predict]. The zero value means the defaults.
type PredictOptions struct {
	Variance  string `json:"variance" default:"auto" doc:"none, exact, neighbors, lanczos, pathwise, or auto: exact with cholesky, neighbors with cg"`
	WithNoise bool   `json:"with_noise" default:"false" doc:"add the noise common to all points and the kernel's white noise to the variance: that of an observation"`
	Neighbors int    `json:"n_neighbors" default:"512" doc:"points that variance neighbors conditions on"`
	Lanczos   int    `json:"lanczos_rank" default:"100" doc:"steps of variance lanczos"`
	Draws     int    `json:"n_draws" default:"64" doc:"draws of variance pathwise"`
	Chunk     int    `json:"chunk_size" default:"0" doc:"test points worked on at a time; 0: 1024 for means, fewer where n x points numbers are needed; never changes the result"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *PredictOptions) Validate() error {
	if o == nil {
		return nil
	}
	known := []string{Auto, VarianceNone, VarianceExact, VarianceNeighbors, VarianceLanczos, VariancePathwise}
	if o.Variance != "" && !slices.Contains(known, o.Variance) {
		return fmt.Errorf("gp: %w: variance must be one of %v, got %q", core.ErrOption, known, o.Variance)
	}
	if o.Neighbors < 0 || o.Lanczos < 0 || o.Draws < 0 || o.Draws == 1 || o.Chunk < 0 {
		return fmt.Errorf("gp: %w: n_neighbors, lanczos_rank and chunk_size must not be negative and n_draws must be at least 2, "+
			"got %d, %d, %d and %d", core.ErrOption, o.Neighbors, o.Lanczos, o.Chunk, o.Draws)
	}
	return nil
}

func (o *PredictOptions) withDefaults(solver string) PredictOptions {
	var v PredictOptions
	if o != nil {
		v = *o
	}
	if v.Variance == "" || v.Variance == Auto {
		if v.Variance = VarianceNeighbors; solver == MethodCholesky {
			v.Variance = VarianceExact
		}
	}
	for _, f := range []struct {
		field *int
		value int
	}{{&v.Neighbors, 512}, {&v.Lanczos, defaultLanczosRank}, {&v.Draws, 64}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	return v
}

// Prediction at m test points, in units of the data.
type Prediction struct {
	Mean     []float64
	Variance []float64 // of f, or of an observation; nil if none was asked for
	// Bound, with conjugate gradients and variance exact, is how much Variance is at most above the exact variance of the
	// model; it never is below. nil otherwise.
	Bound       []float64
	Diagnostics []Diagnostic
}

// ExcessVariance is the code of a Diagnostic: variances are certified less closely than asked for; value: the largest bound.
const ExcessVariance = "excess_variance"

// Predict returns mean and variance at the test points x (m x d), chunk by chunk: memory is O(n + chunk (n + d)). Takes m n
// (d + 20) operations for means; per point, variances take n^2 (exact with Cholesky), a share of a solve (exact with
// conjugate gradients), k^3/3 (k neighbors), n r (Lanczos) or n draws (pathwise).
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
	p, err := m.posterior()
	if err != nil {
		return nil, err
	}
	if len(m.Weights) != m.X.Rows {
		return nil, fmt.Errorf("gp: %w: the model has %d weights for %d points", core.ErrShape, len(m.Weights), m.X.Rows)
	}
	out := &Prediction{Mean: make([]float64, x.Rows)}
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
	weights := core.Matrix[float64]{Data: m.Weights, Rows: m.X.Rows, Cols: 1, Stride: 1}
	for lo := 0; lo < x.Rows; lo += chunk {
		hi := min(x.Rows, lo+chunk)
		z := m.used(scratch, x, lo, hi)
		mean := core.Matrix[float64]{Data: out.Mean[lo:hi], Rows: hi - lo, Cols: 1, Stride: 1}
		if err := Cross(ctx, p.op, mean, z, weights); err != nil {
			return nil, err
		}
		if out.Variance != nil {
			if err := m.variances(ctx, out, z, lo, v); err != nil {
				return nil, err
			}
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

// inUnits turns a prediction of Y into one of the data.
func (m *Regression) inUnits(p *Prediction, o PredictOptions) {
	scale := positiveOr(m.YScale, 1)
	for i, v := range p.Mean {
		p.Mean[i] = m.YMean + scale*v
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
		p.Variance[i] = scale * scale * (max(v, 0) + noise)
	}
	for i := range p.Bound {
		p.Bound[i] *= scale * scale
	}
}

// variances fills the variances of the chunk z, which begins at test point first.
func (m *Regression) variances(ctx context.Context, out *Prediction, z core.Matrix[float64], first int, o PredictOptions) error {
	p := m.cache
	prior := make([]float64, z.Rows)
	if err := PriorVariance(p.op, prior, z); err != nil {
		return err
	}
	variance := out.Variance[first : first+z.Rows]
	if o.Variance == VariancePathwise {
		return m.spread(ctx, variance, z, o.Draws)
	}
	if o.Variance == VarianceNeighbors {
		return m.conditioned(ctx, variance, prior, z, o.Neighbors, false)
	}
	const wide = 64
	for lo := 0; lo < z.Rows; lo += wide {
		hi := min(z.Rows, lo+wide)
		part := core.Matrix[float64]{Data: z.Data[lo*z.Stride:], Rows: hi - lo, Cols: z.Cols, Stride: z.Stride}
		var err error
		switch {
		case o.Variance == VarianceLanczos:
			err = m.lanczosVariance(ctx, variance[lo:hi], prior[lo:hi], part, o.Lanczos)
		case m.Solver == MethodCholesky:
			err = m.choleskyVariance(ctx, variance[lo:hi], prior[lo:hi], part)
		default:
			if out.Bound == nil {
				out.Bound = make([]float64, len(out.Variance))
			}
			err = m.certifiedVariance(ctx, out, first+lo, prior[lo:hi], part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// transposedCross returns K(X, z) (n x rows of z).
func (m *Regression) transposedCross(ctx context.Context, z core.Matrix[float64]) (core.Matrix[float64], error) {
	n := m.X.Rows
	k := core.NewMatrix[float64](z.Rows, n)
	if err := CrossMatrix(ctx, m.cache.op, k, z); err != nil {
		return k, err
	}
	b := core.NewMatrix[float64](n, z.Rows)
	for j := range z.Rows {
		for i, v := range k.Row(j) {
			b.Row(i)[j] = v
		}
	}
	return b, nil
}

func (m *Regression) choleskyVariance(ctx context.Context, dst, prior []float64, z core.Matrix[float64]) error {
	p, err := m.factor(ctx)
	if err != nil {
		return err
	}
	b, err := m.transposedCross(ctx, z)
	if err != nil {
		return err
	}
	solveLower(m.Threads, p.l, b.Rows, b.Data, b.Cols)
	copy(dst, prior)
	for i := range b.Rows {
		for j, v := range b.Row(i) {
			dst[j] -= v * v
		}
	}
	return nil
}

func (m *Regression) lanczosVariance(ctx context.Context, dst, prior []float64, z core.Matrix[float64], rank int) error {
	p := m.cache
	if p.root == nil || p.root.Rank() != min(rank, m.X.Rows) {
		root, err := NewLanczosRoot(ctx, p.op, m.Y, &LanczosOptions{Rank: min(rank, m.X.Rows), Threads: m.Threads})
		if err != nil {
			return err
		}
		p.root = root
	}
	k := core.NewMatrix[float64](z.Rows, m.X.Rows)
	if err := CrossMatrix(ctx, p.op, k, z); err != nil {
		return err
	}
	if err := p.root.Explained(dst, k); err != nil {
		return err
	}
	for j, v := range dst {
		dst[j] = prior[j] - v
	}
	return nil
}

// A certified variance is good enough when its bound is this part of itself plus the noise.
const certifiedPart = 1e-3

// certifiedVariance solves for the columns b of K(X, z) until prior - (2 b^T v - v^T (K + Sigma) v), which is not below the
// exact variance, is not above it by more than r^T P^-1 r, which is small enough.
func (m *Regression) certifiedVariance(ctx context.Context, out *Prediction, first int, prior []float64, z core.Matrix[float64]) error {
	p, err := m.factor(ctx)
	if err != nil {
		return err
	}
	b, err := m.transposedCross(ctx, z)
	if err != nil {
		return err
	}
	n, t := b.Rows, b.Cols
	tols := slices.Repeat([]float64{0.01}, t)
	r, pr := core.NewMatrix[float64](n, t), core.NewMatrix[float64](n, t)
	var start *core.Matrix[float64]
	const rounds = 5
	for round := range rounds {
		s, err := m.solve(ctx, b, start, tols)
		if err != nil {
			return err
		}
		if err := p.op.Mul(ctx, r, s.X); err != nil {
			return err
		}
		for i := range n {
			row := r.Row(i)
			for j, v := range b.Row(i) {
				row[j] = v - row[j]
			}
		}
		if err := p.pre.Solve(ctx, pr, r); err != nil {
			return err
		}
		open := false
		for j := range t {
			variance, bound := prior[j], 0.0
			for i := range n {
				variance -= (b.Row(i)[j] + r.Row(i)[j]) * s.X.Row(i)[j]
				bound += r.Row(i)[j] * pr.Row(i)[j]
			}
			out.Variance[first+j], out.Bound[first+j] = variance, bound
			if bound > certifiedPart*(max(variance, 0)+m.Noise) {
				tols[j], open = tols[j]/10, true
			} else {
				tols[j] = min(0.99, max(tols[j], 2*s.Residuals[j]))
			}
		}
		if !open || round == rounds-1 {
			break
		}
		start = &s.X
	}
	m.certify(out, first, t)
	return nil
}

// certify leaves a note where a bound is not small.
func (m *Regression) certify(out *Prediction, first, count int) {
	worst := 0.0
	for j := first; j < first+count; j++ {
		if out.Bound[j] > 10*certifiedPart*(math.Abs(out.Variance[j])+m.Noise) {
			worst = max(worst, out.Bound[j])
		}
	}
	if worst == 0 {
		return
	}
	at := slices.IndexFunc(out.Diagnostics, func(d Diagnostic) bool { return d.Code == ExcessVariance })
	if at < 0 {
		out.Diagnostics = append(out.Diagnostics, Diagnostic{ExcessVariance, -1, 0, "variances may be too large by their bounds",
			"raise the rank of the preconditioner or max_solve_iter, or use float64 precision"})
		at = len(out.Diagnostics) - 1
	}
	out.Diagnostics[at].Value = max(out.Diagnostics[at].Value, worst)
}

// PredictCovariance writes the posterior covariance of f at the points x (m x d) to dst (m x m), in units of the data: memory
// of O(n m). With conjugate gradients its error is of the size of the model's tolerance.
func PredictCovariance[T core.Float](ctx context.Context, m *Regression, dst core.Matrix[float64], x core.Matrix[T]) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if err := checkPoints(x, "test points", m.X.Cols); err != nil {
		return err
	}
	if err := checkShape(dst, "dst", x.Rows, x.Rows); err != nil {
		return err
	}
	if _, err := m.factor(ctx); err != nil {
		return err
	}
	z := m.used(core.NewMatrix[float64](x.Rows, x.Cols), x, 0, x.Rows)
	own, err := NewOperator(z, m.Kernel, nil, &OperatorOptions{Precision: Float64, Threads: m.Threads})
	if err != nil {
		return err
	}
	if err := CrossMatrix(ctx, own, dst, z); err != nil {
		return err
	}
	b, err := m.transposedCross(ctx, z)
	if err != nil {
		return err
	}
	s, err := m.solve(ctx, b, nil, nil)
	if err != nil {
		return err
	}
	k, scale := b.Cols, positiveOr(m.YScale, 1)
	blas.Gemm(m.Threads, true, false, k, k, b.Rows, -1, b.Data, b.Stride, s.X.Data, s.X.Stride, 1, dst.Data, dst.Stride)
	for i := range k {
		for j := range i + 1 {
			v := scale * scale * (dst.Row(i)[j] + dst.Row(j)[i]) / 2
			dst.Row(i)[j], dst.Row(j)[i] = v, v
		}
	}
	return nil
}
