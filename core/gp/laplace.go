package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// classes are the observations of a classification problem: a label for each of n points. Of two classes there is one
// latent function f and p(1) = 1 / (1 + exp(-f)); of more there is one for each and p is their softmax.
//
// In what follows matrices are n x c with c latent functions, pi holds probabilities (of class 1 where c = 1), y is 1 where
// the label says so, and W is minus the second derivative of log p(y | f): for each point pi (1 - pi), or diag(pi) - pi
// pi^T, which is V V^T with V = diag(s) (I - s s^T) and s the roots of pi.
type classes struct {
	labels []int // n, in [0, max(c, 2))
	c      int
}

// logLikelihood returns log p(y | f).
func (y classes) logLikelihood(f core.Matrix[float64]) float64 {
	sum := 0.0
	for i, label := range y.labels {
		row := f.Row(i)
		if y.c == 1 {
			v := row[0]
			if label == 0 {
				v = -v
			}
			sum -= math.Log1p(math.Exp(-math.Abs(v))) - min(v, 0)
			continue
		}
		sum += row[label] - vmath.LogSumExp(row)
	}
	return sum
}

// curvature writes pi, and unless root is empty the roots that W is made of: sqrt(pi (1 - pi)) for one latent function, s for
// more.
func (y classes) curvature(pi, root, f core.Matrix[float64]) {
	for i := range y.labels {
		from, p := f.Row(i), pi.Row(i)
		var r []float64
		if root.Rows > 0 {
			r = root.Row(i)
		}
		if y.c == 1 {
			small := math.Exp(-math.Abs(from[0])) // of the odds
			p[0] = 1 / (1 + small)
			if from[0] < 0 {
				p[0] = small / (1 + small)
			}
			if r != nil {
				r[0] = math.Sqrt(small) / (1 + small)
			}
			continue
		}
		total := vmath.LogSumExp(from)
		for k, v := range from {
			p[k] = math.Exp(v - total)
			if r != nil {
				r[k] = math.Exp((v - total) / 2)
			}
		}
	}
}

// gradient writes y - pi - a, the derivative of log p(y | f) - a . f / 2 by f, where f = K a.
func (y classes) gradient(dst, pi, a core.Matrix[float64]) {
	for i, label := range y.labels {
		to, p, w := dst.Row(i), pi.Row(i), a.Row(i)
		for k := range to {
			to[k] = -p[k] - w[k]
		}
		switch {
		case y.c > 1:
			to[label]++
		case label == 1:
			to[0] = 1 - p[0] - w[0]
		}
	}
}

// laplace knows the products with K and the solves that Newton steps are made of.
type laplace interface {
	// multiply writes K v to dst, both n x c.
	multiply(ctx context.Context, dst, v core.Matrix[float64]) error
	// place makes W that of the roots, which stay as they are until the next call.
	place(ctx context.Context, root core.Matrix[float64]) error
	// dear reports whether place costs far more than a solve.
	dear() bool
	// solve writes R v with R = (K + W^-1)^-1 = V (I + V^T K V)^-1 V^T to dst, which is not v.
	solve(ctx context.Context, dst, v core.Matrix[float64]) error
}

// mode is where the posterior density of the latent functions is largest: f = K a with a = y - pi.
type mode struct {
	y                classes
	a, f             core.Matrix[float64] // n x c
	pi, root         core.Matrix[float64] // at f, but for the last step; root may be older in a search
	g, da, df, other core.Matrix[float64]

	value     float64 // log p(y | f) - a . f / 2
	steps     int     // of the last search
	converged bool
	change    float64 // of a latent value in its last step before that was shortened, the largest
}

func newMode(y classes) *mode {
	m := &mode{y: y}
	n := len(y.labels)
	for _, v := range []*core.Matrix[float64]{&m.a, &m.f, &m.pi, &m.root, &m.g, &m.da, &m.df, &m.other} {
		*v = core.NewMatrix[float64](n, y.c)
	}
	return m
}

// A Newton step with the W of an earlier one is tried after steps that move no latent value by more than smallStep, and again
// as long as that shrinks to the part goodShrink of the last one.
const (
	smallStep  = 0.3
	goodShrink = 0.3
)

// find searches by Newton steps from the a at hand, or from 0 if that is better; each step is shortened until the density
// grows, which is concave. Where W is dear it is kept for several steps. On return k has the W of root, which belongs to f,
// but for a step within the tolerance.
//
// Source: algorithms 3.1 and 3.3 of Rasmussen and Williams, in increments: with g = y - pi - a the step of a is
// (I + W K)^-1 g = g - R K g, so that what a solve leaves behind the next one finds.
func (m *mode) find(ctx context.Context, k laplace, tol float64, most int) error {
	if err := m.begin(ctx, k); err != nil {
		return err
	}
	stale := false
	for m.steps = 1; ; m.steps++ {
		if err := contextError(ctx); err != nil {
			return err
		}
		if stale {
			m.y.curvature(m.pi, core.Matrix[float64]{}, m.f)
		} else if err := m.place(ctx, k); err != nil {
			return err
		}
		before := m.change
		moved, err := m.step(ctx, k, tol/100)
		if err != nil {
			return err
		}
		m.converged = m.change <= tol*max(1, peak(m.f.Data))
		if m.converged || m.steps == most || !moved && !stale {
			if stale {
				return m.place(ctx, k)
			}
			return nil
		}
		if stale {
			stale = moved && m.change < goodShrink*before
		} else {
			stale = k.dear() && m.change < smallStep
		}
	}
}

// place makes W that of f.
func (m *mode) place(ctx context.Context, k laplace) error {
	m.y.curvature(m.pi, m.root, m.f)
	return k.place(ctx, m.root)
}

// begin sets f and the value from a.
func (m *mode) begin(ctx context.Context, k laplace) error {
	clear(m.f.Data)
	none := m.y.logLikelihood(m.f)
	if peak(m.a.Data) > 0 {
		if err := k.multiply(ctx, m.f, m.a); err != nil {
			return err
		}
		if m.value = m.y.logLikelihood(m.f) - blas.Dot(m.a.Data, m.f.Data)/2; m.value > none {
			return nil
		}
	}
	clear(m.a.Data)
	clear(m.f.Data)
	m.value = none
	return nil
}

// step moves a and f by a Newton step, and reports whether the density has grown, but for rounding, which is a part of it.
func (m *mode) step(ctx context.Context, k laplace, rounding float64) (moved bool, err error) {
	m.y.gradient(m.g, m.pi, m.a)
	if err := k.multiply(ctx, m.other, m.g); err != nil {
		return false, err
	}
	if err := k.solve(ctx, m.da, m.other); err != nil {
		return false, err
	}
	for i, v := range m.g.Data {
		m.da.Data[i] = v - m.da.Data[i]
	}
	if err := k.multiply(ctx, m.df, m.da); err != nil {
		return false, err
	}
	if m.change = peak(m.df.Data); m.change-m.change != 0 {
		return false, fmt.Errorf("gp: %w: a Newton step to the mode of the latent functions is not finite; check the bounds of the "+
			"kernel's parameters", core.ErrNumerical)
	}
	slope := blas.Dot(m.g.Data, m.df.Data)
	const halvings = 40
	t := 1.0
	for range halvings {
		for i, v := range m.df.Data {
			m.other.Data[i] = m.f.Data[i] + t*v
		}
		square := blas.Dot(m.a.Data, m.other.Data) + t*blas.Dot(m.da.Data, m.other.Data)
		value := m.y.logLikelihood(m.other) - square/2
		if value >= m.value+1e-4*t*slope-rounding*(1+math.Abs(m.value)) {
			m.value = value
			m.f, m.other = m.other, m.f
			blas.Axpy(t, m.da.Data, m.a.Data)
			return true, nil
		}
		t /= 2
	}
	return false, nil
}

// peak returns the largest absolute value, NaN if there is one.
func peak(values []float64) float64 {
	most := 0.0
	for _, v := range values {
		if v != v {
			return v
		}
		most = max(most, math.Abs(v))
	}
	return most
}
