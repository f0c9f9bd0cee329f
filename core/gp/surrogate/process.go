package surrogate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// Bounds of the kernel's parameters: of its variances, in squared standard deviations of the values, and of its length
// scales, in standard deviations of the points.
const (
	leastVariance, mostVariance = 1e-8, 1e4
	leastLength, mostLength     = 0.02, 100
)

// The length scales have a log-normal prior: with few points in many dimensions their likelihood is largest at one of the
// bounds for some of them.
const priorLength, priorSpread = 1.5, 1.0

// leastNoise is the smallest variance of the noise in squared standard deviations of the values: below it the kernel matrix
// is not definite to rounding.
const leastNoise = 1e-8

// block is how many points join a process at once, and how many a goroutine looks at.
const block = 64

// process is a Gaussian process on the unit cube, conditioned on values, with the kernel
//
//	s^2 exp(-rho^2 / 2) + c (1 + v v')^2
//
// of points v in units of their standard deviations from their means. The second part is a prior for quadratic functions, which
// log-densities are mostly made of: as many points as they have coefficients tell the way down to the bulk, whatever the correlations.
//
// The Cholesky factor of the matrix is bordered: points are appended block by block, and making the factor anew is nothing
// but appending all.
type process struct {
	variance float64   // s^2, in squared units of scale
	inverse  []float64 // d: 1 / l_q
	centre   []float64 // d: means of the points
	spread   []float64 // d: their standard deviations
	trend    float64   // c, in squared units of scale
	noise    float64   // in squared units of scale
	shift    float64   // (value - shift) / scale is what the kernel describes
	scale    float64

	at    places
	y     []float64            // n: (value - shift) / scale
	l     core.Matrix[float64] // the leading n x n part is the factor
	alpha []float64            // n: (K + noise)^-1 y
	n     int
}

// places are points as the kernel sees them.
type places struct {
	z      core.Matrix[float64] // n x d: over length scales
	v      core.Matrix[float64] // n x d: in standard deviations
	halves []float64            // n: |z_i|^2 / 2
	own    []float64            // n: the kernel of a point with itself
}

// one returns the place of point i alone.
func (a places) one(i int) places {
	row := func(m core.Matrix[float64]) core.Matrix[float64] {
		return core.Matrix[float64]{Data: m.Row(i), Rows: 1, Cols: m.Cols, Stride: m.Cols}
	}
	return places{row(a.z), row(a.v), a.halves[i : i+1], a.own[i : i+1]}
}

// kernel is what FitRegression trains, for points v.
func (p *process) kernel() gp.Kernel {
	lengths := make([]float64, len(p.inverse))
	for q, v := range p.inverse {
		lengths[q] = 1 / v
	}
	within := func(v, lower, upper float64) gp.Constant {
		return gp.Constant{Value: min(max(v, lower), upper), Bounds: gp.Bounds{Lower: lower, Upper: upper}}
	}
	linear := gp.Linear{Sigma0: 1, Bounds: gp.Bounds{Fixed: true}}
	return gp.Add(
		gp.Multiply(within(p.variance, leastVariance, mostVariance),
			gp.RBF{LengthScale: lengths, Bounds: gp.Bounds{Lower: leastLength, Upper: mostLength}}),
		gp.Multiply(within(p.trend, leastVariance, mostVariance), linear, linear))
}

// adopt takes the parameters of a trained kernel.
func (p *process) adopt(k gp.Kernel) {
	theta := gp.Theta(k)
	p.variance, p.trend = math.Exp(theta[0]), math.Exp(theta[len(theta)-1])
	for q := range p.inverse {
		p.inverse[q] = math.Exp(-theta[1+q])
	}
}

// preset returns a process of d features without points, with parameters in standard deviations of values yet unknown.
func preset(d int, variance, length, trend float64) *process {
	p := &process{variance: variance, inverse: make([]float64, d), centre: make([]float64, d), spread: make([]float64, d),
		trend: trend, scale: 1}
	for q := range p.inverse {
		p.inverse[q], p.spread[q] = 1/length, 1
	}
	return p
}

// clone returns a copy that appending to p does not change.
func (p *process) clone() *process {
	c := *p
	c.inverse, c.centre, c.spread = slices.Clone(p.inverse), slices.Clone(p.centre), slices.Clone(p.spread)
	c.alpha = slices.Clone(p.alpha)
	return &c
}

// train finds the parameters of the largest marginal likelihood of the values y at the points x (n x d), and conditions the
// process on them. It starts from those at hand, from a kernel that is mostly quadratic, and, if it is thorough, from one
// that is not. noise is the standard deviation of a value.
func (p *process) train(ctx context.Context, x core.Matrix[float64], y []float64, noise float64, thorough bool, threads int) error {
	d := len(p.inverse)
	starts := []*process{preset(d, 0.1, 5, 1)}
	if p.n > 0 {
		starts = append(starts, p)
	}
	if thorough {
		starts = append(starts, preset(d, 1, 1, 1e-3))
	}
	best := math.Inf(-1)
	for _, start := range starts {
		next := start.clone()
		likelihood, err := next.climb(ctx, x, y, noise, threads)
		if err != nil && !errors.Is(err, core.ErrNumerical) {
			return err
		}
		if err == nil && likelihood > best {
			best, *p = likelihood, *next
		}
	}
	if math.IsInf(best, -1) {
		return fmt.Errorf("gp: %w: no kernel of the surrogate is positive definite to rounding", core.ErrNumerical)
	}
	return p.condition(ctx, x, y, threads)
}

// climb goes from the parameters at hand to those of a local maximum of the likelihood, which it returns.
func (p *process) climb(ctx context.Context, x core.Matrix[float64], y []float64, noise float64, threads int) (float64, error) {
	theta := p.theta()
	p.standardize(x, y, noise)
	if p.n > 0 {
		p.set(theta)
	}
	prior := gp.Prior{Parameter: "length_scale", Kind: gp.LogNormalPrior, A: priorLength, B: priorSpread}
	for {
		m, err := gp.FitRegression(ctx, p.place(x).v, p.scaled(y), p.kernel(), &gp.RegressionOptions{Noise: p.noise, NoiseFixed: true,
			Solver: gp.MethodCholesky, MaxIter: 50, TrainTol: 1e-5, Threads: threads, Priors: []gp.Prior{prior}})
		if err == nil {
			p.adopt(m.Kernel)
			return m.LogLikelihood, nil
		}
		if !errors.Is(err, core.ErrNumerical) || p.noise > 1e-2 {
			return 0, err
		}
		p.noise *= 10
	}
}

// theta returns the logarithms of the variance s^2, of the length scales in widths of the cube, and of c, variances in squared
// units of the values.
func (p *process) theta() []float64 {
	unit := 2 * math.Log(p.scale)
	theta := []float64{math.Log(p.variance) + unit}
	for q, v := range p.inverse {
		theta = append(theta, math.Log(p.spread[q])-math.Log(v))
	}
	return append(theta, math.Log(p.trend)+unit)
}

// set is the inverse of theta, in the unit at hand.
func (p *process) set(theta []float64) {
	unit := 2 * math.Log(p.scale)
	p.variance, p.trend = math.Exp(theta[0]-unit), math.Exp(theta[len(theta)-1]-unit)
	for q := range p.inverse {
		p.inverse[q] = p.spread[q] * math.Exp(-theta[1+q])
	}
}

// standardize sets the units in which points and values are described.
func (p *process) standardize(x core.Matrix[float64], y []float64, noise float64) {
	moments(p.centre, p.spread, x)
	for q, v := range p.spread {
		p.spread[q] = max(v, 1e-9)
	}
	mean, square := 0.0, 0.0
	for i, v := range y {
		delta := v - mean
		mean += delta / float64(i+1)
		square += delta * (v - mean)
	}
	p.shift, p.scale = mean, math.Sqrt(square/float64(len(y)))
	if !(p.scale > noise) {
		p.scale = max(noise, 1e-12*math.Abs(mean), math.SmallestNonzeroFloat32)
	}
	p.noise = min(max(noise*noise/(p.scale*p.scale), leastNoise), 1)
}

func (p *process) scaled(y []float64) []float64 {
	out := make([]float64, len(y))
	for i, v := range y {
		out[i] = (v - p.shift) / p.scale
	}
	return out
}

// condition forgets all points and takes those of x (n x d) with the values y.
func (p *process) condition(ctx context.Context, x core.Matrix[float64], y []float64, threads int) error {
	p.n, p.y, p.l, p.at = 0, nil, core.Matrix[float64]{}, places{}
	return p.append(ctx, x, y, threads)
}

// append takes more points. Errors wrap core.ErrNumerical and leave the process undefined.
func (p *process) append(ctx context.Context, x core.Matrix[float64], y []float64, threads int) error {
	p.reserve(p.n + x.Rows)
	p.y = append(p.y, p.scaled(y)...)
	for lo := 0; lo < x.Rows; lo += block {
		if err := ctxError(ctx); err != nil {
			return err
		}
		rows := core.Matrix[float64]{Data: x.Data[lo*x.Stride:], Rows: min(block, x.Rows-lo), Cols: x.Cols, Stride: x.Stride}
		if err := p.border(rows, threads); err != nil {
			return err
		}
	}
	p.alpha = slices.Clone(p.y)
	p.solve(p.alpha)
	return nil
}

// border adds rows to the factor: L21 L11^T = K21, L22 L22^T = K22 - L21 L21^T.
func (p *process) border(x core.Matrix[float64], threads int) error {
	n, m := p.n, x.Rows
	at := p.place(x)
	rows := core.Matrix[float64]{Data: p.l.Data[n*p.l.Stride:], Rows: m, Cols: n, Stride: p.l.Stride}
	p.correlate(rows, at, p.at)
	p.whiten(rows, threads)
	corner := core.NewMatrix[float64](m, m)
	p.correlate(corner, at, at)
	for i := range m {
		corner.Data[i*m+i] = at.own[i] + p.noise
	}
	if n > 0 {
		blas.Syrk(threads, true, false, m, n, -1, rows.Data, rows.Stride, 1, corner.Data, m)
	}
	if !dense.Cholesky(corner.Data, m) {
		return fmt.Errorf("gp: %w: the kernel matrix of the surrogate is not positive definite to rounding", core.ErrNumerical)
	}
	for i := range m {
		copy(p.l.Data[(n+i)*p.l.Stride+n:], corner.Row(i))
	}
	d := x.Cols
	p.at.z.Data, p.at.v.Data = append(p.at.z.Data[:n*d], at.z.Data...), append(p.at.v.Data[:n*d], at.v.Data...)
	p.at.halves, p.at.own = append(p.at.halves[:n], at.halves...), append(p.at.own[:n], at.own...)
	p.n = n + m
	p.at.z = core.Matrix[float64]{Data: p.at.z.Data, Rows: p.n, Cols: d, Stride: d}
	p.at.v = core.Matrix[float64]{Data: p.at.v.Data, Rows: p.n, Cols: d, Stride: d}
	return nil
}

// reserve makes room for n points in the factor, and for half as many again.
func (p *process) reserve(n int) {
	if n <= p.l.Rows {
		return
	}
	room := n + n/2 + block
	l := core.NewMatrix[float64](room, room)
	for i := range p.n {
		copy(l.Row(i), p.l.Row(i)[:p.n])
	}
	p.l = l
}

// place returns points of the cube as the kernel sees them.
func (p *process) place(u core.Matrix[float64]) places {
	n := u.Rows
	at := places{core.NewMatrix[float64](n, u.Cols), core.NewMatrix[float64](n, u.Cols), make([]float64, n), make([]float64, n)}
	for i := range u.Rows {
		z, v, near, far := at.z.Row(i), at.v.Row(i), 0.0, 1.0
		for q, c := range u.Row(i) {
			v[q] = (c - p.centre[q]) / p.spread[q]
			z[q] = v[q] * p.inverse[q]
			near += z[q] * z[q]
			far += v[q] * v[q]
		}
		at.halves[i], at.own[i] = near/2, p.variance+p.trend*far*far
	}
	return at
}

// correlate writes the kernel between the points a and b to dst.
func (p *process) correlate(dst core.Matrix[float64], a, b places) {
	m, n := a.z.Rows, b.z.Rows
	if m == 0 || n == 0 {
		return
	}
	blas.Gemm(1, false, true, m, n, a.z.Cols, 1, a.z.Data, a.z.Stride, b.z.Data, b.z.Stride, 0, dst.Data, dst.Stride)
	linear := make([]float64, m*n)
	blas.Gemm(1, false, true, m, n, a.v.Cols, 1, a.v.Data, a.v.Stride, b.v.Data, b.v.Stride, 0, linear, n)
	logVariance := math.Log(p.variance)
	for i := range m {
		row, h := dst.Row(i)[:n], a.halves[i]
		for j, v := range b.halves[:n] {
			row[j] = logVariance + min(0, row[j]-h-v)
		}
		vmath.Exp(row, row)
		for j, v := range linear[i*n : i*n+n] {
			row[j] += p.trend * (1 + v) * (1 + v)
		}
	}
}

// whiten overwrites the rows k of the leading n columns of w by L^-1 k.
func (p *process) whiten(w core.Matrix[float64], threads int) {
	for lo := 0; lo < p.n && w.Rows > 0; lo += block {
		hi := min(lo+block, p.n)
		if lo > 0 {
			blas.Gemm(threads, false, true, w.Rows, hi-lo, lo, -1, w.Data, w.Stride, p.l.Data[lo*p.l.Stride:], p.l.Stride,
				1, w.Data[lo:], w.Stride)
		}
		for r := range w.Rows {
			row := w.Data[r*w.Stride+lo : r*w.Stride+hi]
			for i := range row {
				l := p.l.Data[(lo+i)*p.l.Stride+lo:]
				row[i] = (row[i] - blas.Dot(l[:i], row[:i])) / l[i]
			}
		}
	}
}

// solve overwrites b by (L L^T)^-1 b.
func (p *process) solve(b []float64) {
	for i := range b {
		row := p.l.Row(i)
		b[i] = (b[i] - blas.Dot(row[:i], b[:i])) / row[i]
	}
	for i := len(b) - 1; i >= 0; i-- {
		row := p.l.Row(i)
		b[i] /= row[i]
		blas.Axpy(-b[i], row[:i], b[:i])
	}
}

// evaluate writes the mean of the value at the points x to mean and, unless it is nil, the variance without noise to variance.
func (p *process) evaluate(ctx context.Context, mean, variance []float64, x core.Matrix[float64], threads int) error {
	return par.For(ctx, threads, par.Tiles(x.Rows, block), func(_, tile int) {
		lo, hi := par.Span(tile, x.Rows, block)
		m := hi - lo
		at := p.place(core.Matrix[float64]{Data: x.Data[lo*x.Stride:], Rows: m, Cols: x.Cols, Stride: x.Stride})
		k := core.NewMatrix[float64](m, p.n)
		p.correlate(k, at, p.at)
		blas.Gemv(false, m, p.n, p.scale, k.Data, k.Stride, p.alpha, 0, mean[lo:hi])
		for i := lo; i < hi; i++ {
			mean[i] += p.shift
		}
		if variance == nil {
			return
		}
		p.whiten(k, 1)
		for i := range m {
			row := k.Row(i)
			variance[lo+i] = p.scale * p.scale * max(0, at.own[i]-blas.Dot(row, row))
		}
	})
}

func ctxError(ctx context.Context) error {
	if ctx == nil {
		return nil
	}
	return ctx.Err()
}
