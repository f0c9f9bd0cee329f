package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// predictSoftmax fills Mean, Variance and Probabilities of the latent functions of softmax. At a test point they are normal
// with the means k* a_k and the covariance k** I - (k*^T R_jk k*), by algorithm 3.4 of Rasmussen and Williams.
func (m *Classification) predictSoftmax(ctx context.Context, p problem, out *ClassPrediction, x core.Matrix[float64],
	o ClassPredictOptions) error {

	if o.Variance == VarianceLanczos || o.Variance == VarianceColumns {
		return fmt.Errorf("gp: %w: variance %s is for one latent function at a time; with softmax use neighbors", core.ErrOption,
			o.Variance)
	}
	if o.Variance == VarianceExact && m.Solver != MethodCholesky {
		return fmt.Errorf("gp: %w: variance %s of softmax needs solver cholesky; with %s use neighbors", core.ErrOption, o.Variance,
			m.Solver)
	}
	c, err := m.posterior(p)
	if err != nil {
		return err
	}
	weights := p.columns(m.Weights)
	f := p.columns(m.Latent)
	pi, root := core.NewMatrix[float64](f.Rows, f.Cols), core.NewMatrix[float64](f.Rows, f.Cols)
	p.y.curvature(pi, root, f)
	if o.Variance == VarianceExact && c.dense == nil {
		d := newDenseLaplace(f.Rows, f.Cols, m.Threads)
		if err := fillMatrix(ctx, d.k, c.op); err != nil {
			return err
		}
		if err := d.place(ctx, root); err != nil {
			return err
		}
		d.k, d.e = nil, nil
		c.dense = d
	}
	for lo := 0; lo < x.Rows; lo += o.Chunk {
		hi := min(x.Rows, lo+o.Chunk)
		z := core.Matrix[float64]{Data: x.Data[lo*x.Stride:], Rows: hi - lo, Cols: x.Cols, Stride: x.Stride}
		mean := core.Matrix[float64]{Data: out.Mean.Data[lo*f.Cols:], Rows: hi - lo, Cols: f.Cols, Stride: f.Cols}
		if err := Cross(ctx, c.op, mean, z, weights); err != nil {
			return err
		}
	}
	local := &nearby{m: m, c: c, root: root, count: min(o.Neighbors, f.Rows), exact: o.Variance == VarianceExact}
	draws := softmaxDraws(o, f.Cols, m.Seed)
	perm := halved(pointsOf(x), c.op.compiled.metric(x.Cols), 1, m.Threads) // points of a part lie close together
	for first := 0; first < x.Rows; first += nearbyChunk {
		ids := perm[first:min(x.Rows, first+nearbyChunk)]
		s := make([]float64, len(ids)*f.Cols*f.Cols)
		if o.Variance != VarianceNone {
			if err := local.covariances(ctx, s, pointsOf(x).picked(ids).matrix()); err != nil {
				return err
			}
		}
		_ = par.For(nil, m.Threads, len(ids), func(_, j int) { // no context, no error
			i := int(ids[j])
			own := s[j*f.Cols*f.Cols : (j+1)*f.Cols*f.Cols]
			for k := 0; k < f.Cols && out.Variance.Rows > 0; k++ {
				out.Variance.Row(i)[k] = own[k*f.Cols+k]
			}
			softmaxNormal(out.Probabilities.Row(i), out.Mean.Row(i), own, draws)
		})
	}
	return nil
}

const streamSoftmax = 332

// softmaxDraws returns standard normal numbers, a row for each draw, the second half minus the first; none for a formula.
func softmaxDraws(o ClassPredictOptions, c int, seed uint64) core.Matrix[float64] {
	if o.Integral != MonteCarlo || o.Variance == VarianceNone {
		return core.Matrix[float64]{}
	}
	half := (o.Draws + 1) / 2
	draws := core.NewMatrix[float64](2*half, c)
	r := rng.New(seed, streamSoftmax)
	for i := range half {
		for k := range c {
			v := r.NormFloat64()
			draws.Row(i)[k], draws.Row(half + i)[k] = v, -v
		}
	}
	return draws
}

// softmaxNormal writes the mean of the softmax of normal f to p (c), with covariance s (c x c), which is overwritten.
//
// Without draws it is the mean-field formula p_k ~ 1 / sum over j of exp(-(mean_k - mean_j) / sqrt(1 + pi/8 v_kj)) with v_kj
// the variance of f_k - f_j: each difference of two functions has its logistic mean, and their odds are added.
//
// Source: Z. Lu, E. Ie, F. Sha: Mean-field approximation to Gaussian-softmax integral with application to uncertainty
// estimation, 2020.
func softmaxNormal(p, mean, s []float64, draws core.Matrix[float64]) {
	c := len(p)
	total := 0.0
	if draws.Rows == 0 {
		for k := range p {
			sum := 0.0
			for j := range p {
				v := max(0, s[k*c+k]+s[j*c+j]-2*s[k*c+j])
				sum += math.Exp(-(mean[k] - mean[j]) / math.Sqrt(1+math.Pi/8*v))
			}
			p[k] = 1 / sum
			total += p[k]
		}
		for k := range p {
			p[k] /= total
		}
		return
	}
	trace := 0.0
	for k := range p {
		trace += s[k*c+k]
	}
	for k := range p {
		s[k*c+k] += 1e-10 * trace
	}
	if !dense.Cholesky(s, c) { // rounding has made a variance of next to nothing negative
		clear(s)
	}
	f := make([]float64, c)
	clear(p)
	for i := range draws.Rows {
		z := draws.Row(i)
		for k := range f {
			f[k] = mean[k] + blas.Dot(s[k*c:k*c+k+1], z[:k+1])
		}
		sum := vmath.LogSumExp(f)
		for k, v := range f {
			p[k] += math.Exp(v-sum) / float64(draws.Rows)
		}
	}
}
