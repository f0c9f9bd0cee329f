package softmix

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/dense"
)

const (
	// irrelevant is the gain of the log-likelihood of all draws that may be left where steps are many and small, as they are where
	// classes nearly coincide, or where rounding ends them.
	irrelevant = 1e-3
	// many is the number of steps from which an irrelevant gain is left.
	many = 200
)

// newton follows a start to the maximum of the penalised likelihood by Newton's method.
//
// Where the observed information is not positive definite, its eigenvalues are replaced by their absolute values or, where there are
// many parameters, shares of a_k S and alpha_k, the information that draws of known class would give, are added to the diagonal
// blocks: that leads on to the direction of EM. Steps are shortened until the likelihood rises (Armijo).
func (f *fit[T]) newton(ctx context.Context, s *climber, number int) (*ending, error) {
	K, L := f.o.Components, f.c.x.Cols
	k := f.inDouble()
	e := &ending{phi: slices.Clone(s.phi), theta: make([]float64, K*L), alpha: slices.Clone(s.alpha)}
	f.m.theta(f.o.Threads, s.phi, e.theta)
	phi := slices.Clone(s.phi)
	if err := k.evaluate(ctx, e.theta, e.alpha); err != nil {
		return nil, err
	}
	trial, eta := make([]float64, K*L), make([]float64, K)
	for ; ; e.iterations++ {
		v, err := curve(ctx, k, e.alpha)
		if err != nil {
			return nil, err
		}
		e.value = v.l - f.penalty(e.phi)
		f.watch(number, e.iterations, e.value)
		step, slope, definite := f.direction(v, e.phi, e.alpha)
		e.decrement = slope / 2
		if e.decrement <= f.tolerance(e.value) {
			e.converged = definite
			return e, nil
		}
		if small := definite && e.decrement <= irrelevant/f.c.n; small && e.iterations >= many || e.iterations == f.o.MaxIter {
			e.converged = small
			return e, nil
		}
		length := f.longest(step)
		moved := false
		for t := min(1, 2/length); !moved && t*length > 1e-10; t /= 2 {
			for i := range trial {
				trial[i] = e.theta[i] + t*step[i]
			}
			for i, a := range e.alpha {
				eta[i] = math.Log(a) + t*step[K*L+i]
			}
			f.m.phi(f.o.Threads, trial, phi)
			alpha := f.probabilities(eta)
			if err := k.evaluate(ctx, trial, alpha); err != nil {
				return nil, err
			}
			f.evaluations++
			if value := k.l[0] - f.penalty(phi); value >= e.value+1e-4*t*slope && f.inside(phi) {
				copy(e.theta, trial)
				copy(e.phi, phi)
				e.alpha, moved = alpha, true
			}
		}
		if !moved { // rounding, or the edge of the support
			e.converged = e.decrement <= irrelevant/f.c.n+1e-13*math.Abs(e.value)
			return e, nil
		}
	}
}

// normalized returns v divided by its sum, with its elements raised to the floor.
func (f *fit[T]) normalized(v []float64) []float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	for i := range v {
		v[i] /= sum
	}
	return f.floored(v)
}

// probabilities returns the class probabilities whose logarithms are eta and a constant; eta is overwritten.
func (f *fit[T]) probabilities(eta []float64) []float64 {
	top := slices.Max(eta)
	for i, v := range eta {
		eta[i] = math.Exp(v - top)
	}
	return f.normalized(eta)
}

// inside reports whether no class has gone too far.
func (f *fit[T]) inside(phi []float64) bool {
	L := f.c.x.Cols
	for ; len(phi) > 0; phi = phi[L:] {
		if v := phi[:L]; !(dot(v, v) <= farthest*farthest) {
			return false
		}
	}
	return true
}

// longest returns the length of the longest step of a class, in phi.
func (f *fit[T]) longest(step []float64) float64 {
	L, most := f.c.x.Cols, 0.0
	for k := range f.o.Components {
		most = max(most, math.Sqrt(f.m.square(step[k*L:(k+1)*L])))
	}
	for _, v := range step[f.o.Components*L:] {
		most = max(most, math.Abs(v))
	}
	return most
}

// direction returns Newton's step for theta and log alpha, the slope along it, and whether the information was positive definite
// or nearly so. Classes at the floor that would fall below it stay.
func (f *fit[T]) direction(v *curvatures, phi, alpha []float64) (step []float64, slope float64, definite bool) {
	K, L, d := f.o.Components, f.c.x.Cols, v.d
	g := make([]float64, d)
	copy(g, v.g)
	f.addRidge(g, phi)
	for i, a := range alpha {
		g[K*L+i] = v.a[i] - a
	}
	system := make([]float64, d*d)
	for _, shift := range []float64{0, 0.01, 0.1, 1, 10, 100} {
		copy(system, v.observed)
		f.settle(system, v.a, alpha, shift)
		for i, a := range alpha {
			if a <= 2*f.floor() && v.a[i] < a {
				still(system, g, d, i*L, (i+1)*L)
				still(system, g, d, K*L+i, K*L+i+1)
			}
		}
		step = slices.Clone(g)
		if solveDefinite(slices.Clone(system), d, [][]float64{step}) {
			return step, dot(step, g), shift == 0
		}
		if d <= spectral {
			return reflected(system, d, f.units(v.a, alpha), g)
		}
	}
	return step, 0, false
}

const (
	// spectral is the most parameters for which eigenvalues are found.
	spectral = 300
	// flat is the size of an eigenvalue, as a share of the complete information, below which a direction counts as flat.
	flat = 1e-4
)

// reflected returns the step that Newton's method would take if all eigenvalues of the information, of variables in the given
// units, had their absolute values: away from saddles along directions in which the likelihood curves upwards.
func reflected(system []float64, d int, units, g []float64) (step []float64, slope float64, definite bool) {
	for i := range d {
		for j := range d {
			system[i*d+j] *= units[i] * units[j]
		}
	}
	mirror(system, d)
	values := make([]float64, d)
	step = make([]float64, d)
	if dense.EigenSym(nil, system, d, values) != nil {
		return step, 0, false
	}
	for k, value := range values {
		along := 0.0
		for i := range d {
			along += system[i*d+k] * units[i] * g[i]
		}
		for i := range d {
			step[i] += along / max(math.Abs(value), flat) * system[i*d+k] * units[i]
		}
	}
	return step, dot(step, g), values[d-1] > -flat
}

// units returns one over the roots of the complete information about each variable.
func (f *fit[T]) units(a, alpha []float64) []float64 {
	K, L := f.o.Components, f.c.x.Cols
	u := make([]float64, K*(L+1))
	for k := range K {
		for i := range L {
			row := f.m.factor[i*L : i*L+i+1]
			u[k*L+i] = 1 / math.Sqrt(max(a[k], f.floor())*dot(row, row))
		}
		u[K*L+k] = 1 / math.Sqrt(alpha[k])
	}
	return u
}

// settle adds the ridge, the shift and the direction of all log alpha together to a matrix of curvatures.
func (f *fit[T]) settle(system, a, alpha []float64, shift float64) {
	K, L := f.o.Components, f.c.x.Cols
	d := K * (L + 1)
	for k := range K {
		if share := f.lambda + shift*max(a[k], f.floor()); share > 0 {
			f.m.addTo(system, d, k*L, share)
		}
		for n := range K {
			system[(K*L+k)*d+K*L+n] += 1 / float64(K)
		}
		system[(K*L+k)*d+K*L+k] += shift * alpha[k]
	}
}

// addRidge adds the derivatives of the ridge to those by theta.
func (f *fit[T]) addRidge(g, phi []float64) {
	if f.lambda == 0 {
		return
	}
	L := f.c.x.Cols
	for k := range f.o.Components {
		for i := range L { // F phi
			g[k*L+i] -= f.lambda * dot(f.m.factor[i*L:i*L+i+1], phi[k*L:k*L+i+1])
		}
	}
}

// still takes the variables [lo, hi) out of a system.
func still(system, g []float64, d, lo, hi int) {
	for i := lo; i < hi; i++ {
		g[i] = 0
		for j := range d {
			system[i*d+j], system[j*d+i] = 0, 0
		}
		system[i*d+i] = 1
	}
}

// addTo adds share times S to the block of a (n x n) that begins at (at, at).
func (m *metric) addTo(a []float64, n, at int, share float64) {
	for i := range m.L {
		for j := range m.L {
			common := min(i, j) + 1
			a[(at+i)*n+at+j] += share * dot(m.factor[i*m.L:i*m.L+common], m.factor[j*m.L:j*m.L+common])
		}
	}
}
