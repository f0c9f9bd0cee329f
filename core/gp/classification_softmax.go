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

	if o.Variance == VarianceLanczos {
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
	local := &nearby{m: m, c: c, root: root, count: min(o.Neighbors, f.Rows), exact: o.Variance == VarianceExact}
	draws := softmaxDraws(o, f.Cols, m.Seed)
	for lo := 0; lo < x.Rows; lo += o.Chunk {
		hi := min(x.Rows, lo+o.Chunk)
		z := core.Matrix[float64]{Data: x.Data[lo*x.Stride:], Rows: hi - lo, Cols: x.Cols, Stride: x.Stride}
		mean := core.Matrix[float64]{Data: out.Mean.Data[lo*f.Cols:], Rows: hi - lo, Cols: f.Cols, Stride: f.Cols}
		if err := Cross(ctx, c.op, mean, z, weights); err != nil {
			return err
		}
		for first := 0; first < z.Rows; first += nearbyChunk {
			last := min(z.Rows, first+nearbyChunk)
			part := core.Matrix[float64]{Data: z.Data[first*z.Stride:], Rows: last - first, Cols: z.Cols, Stride: z.Stride}
			s := make([]float64, part.Rows*f.Cols*f.Cols)
			if o.Variance != VarianceNone {
				err := local.covariances(ctx, s, part)
				if err != nil {
					return err
				}
			}
			_ = par.For(nil, m.Threads, part.Rows, func(_, j int) { // no context, no error
				i := lo + first + j
				own := s[j*f.Cols*f.Cols : (j+1)*f.Cols*f.Cols]
				for k := 0; k < f.Cols && out.Variance.Rows > 0; k++ {
					out.Variance.Row(i)[k] = own[k*f.Cols+k]
				}
				softmaxNormal(out.Probabilities.Row(i), out.Mean.Row(i), own, draws)
			})
		}
	}
	return nil
}

// nearby computes covariances of latent functions at test points, from all points or the most correlated ones.
type nearby struct {
	m     *Classification
	c     *classPosterior
	root  core.Matrix[float64]
	count int
	exact bool
}

// nearbyChunk is how many test points have their columns of K in memory at a time.
const nearbyChunk = 64

// covariances writes that of point j of z (at most nearbyChunk of them) to s[j c^2:].
func (l *nearby) covariances(ctx context.Context, s []float64, z core.Matrix[float64]) error {
	n, c := l.root.Rows, l.root.Cols
	prior := make([]float64, z.Rows)
	if err := PriorVariance(l.c.op, prior, z); err != nil {
		return err
	}
	white := make([]float64, z.Rows)
	l.c.op.compiled.white(white, pointsOf(z))
	for j := range prior {
		prior[j] += white[j]
	}
	k := core.NewMatrix[float64](z.Rows, n)
	if err := CrossMatrix(ctx, l.c.op, k, z); err != nil {
		return err
	}
	if d := l.c.dense; l.exact {
		b := make([]float64, n*z.Rows)
		for j := range z.Rows {
			for i, v := range k.Row(j) {
				b[i*z.Rows+j] = v
			}
		}
		d.covariances(s, b, prior)
		return contextError(ctx)
	}
	own := make([]float64, n)
	if err := l.c.op.Diagonal(ctx, own); err != nil {
		return err
	}
	for i, v := range l.c.op.Sigma() {
		w := 0.0
		for _, r := range l.root.Row(i) {
			w += r * r * (1 - r*r)
		}
		own[i] += v + 1/max(w, leastCurvature)
	}
	errs := make([]error, z.Rows)
	err := par.For(ctx, l.m.Threads, z.Rows, func(_, j int) {
		errs[j] = l.local(ctx, s[j*c*c:(j+1)*c*c], k.Row(j), own, prior[j:j+1])
	})
	for _, e := range errs {
		if err == nil {
			err = e
		}
	}
	return err
}

// local does so for one test point with k = K(X, z), given the points of the largest k_i^2 / own_i only, as exactly as for
// all: to leave out points never makes a variance smaller.
func (l *nearby) local(ctx context.Context, s, k, own, prior []float64) error {
	ids, score := make([]int32, len(k)), make([]float64, len(k))
	for i, v := range k {
		ids[i], score[i] = int32(i), -v*v/own[i]
	}
	if l.count < len(k) {
		selectNth(ids, l.count, score, 1, 0)
	}
	x, root := core.NewMatrix[float64](l.count, l.m.X.Cols), core.NewMatrix[float64](l.count, l.root.Cols)
	b := make([]float64, l.count)
	for i, id := range ids[:l.count] {
		copy(x.Row(i), l.m.X.Row(int(id)))
		copy(root.Row(i), l.root.Row(int(id)))
		b[i] = k[id]
	}
	op, err := NewOperator(x, l.m.Kernels[0], nil, &OperatorOptions{Precision: Float64, Threads: 1})
	if err != nil {
		return err
	}
	d := newDenseLaplace(l.count, l.root.Cols, 1)
	if err := fillMatrix(ctx, d.k, op); err != nil {
		return err
	}
	if err := d.place(ctx, root); err != nil {
		return err
	}
	d.covariances(s, b, prior)
	return nil
}

// covariances writes prior_j I - (b_j^T R_kl b_j) to the c x c block j of s, for the columns b_j of b (n x t).
func (d *denseLaplace) covariances(s, b, prior []float64) {
	t := len(prior)
	q := make([][]float64, d.c)
	for k := range q {
		e := append([]float64(nil), b...)
		scale := func() {
			for i := range d.n {
				for j := range e[i*t : (i+1)*t] {
					e[i*t+j] *= d.root.Row(i)[k]
				}
			}
		}
		scale()
		solveFactor(d.threads, d.l[k], d.n, e, t)
		scale()
		for j := range t {
			s[j*d.c*d.c+k*d.c+k] = prior[j]
		}
		for i := range d.n {
			for j, v := range e[i*t : (i+1)*t] {
				s[j*d.c*d.c+k*d.c+k] -= b[i*t+j] * v
			}
		}
		solveLower(d.threads, d.m, d.n, e, t)
		q[k] = e
		for l := range k + 1 {
			for i := range d.n {
				for j, v := range q[l][i*t : (i+1)*t] {
					s[j*d.c*d.c+k*d.c+l] += v * e[i*t+j]
				}
			}
			for j := range t {
				s[j*d.c*d.c+l*d.c+k] = s[j*d.c*d.c+k*d.c+l]
			}
		}
	}
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
