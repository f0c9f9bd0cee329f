package choice

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

func fitted(t *testing.T, s *Survey[float64], o *Options) *Model {
	t.Helper()
	m, err := Fit(context.Background(), s, o)
	require.NoError(t, err)
	require.True(t, m.Converged)
	require.False(t, m.Singular)
	require.Equal(t, -1, m.Unbounded)
	return m
}

// objective is the reference log-likelihood as a function of the parameters of a model.
func objective(m *Model, persons []ref.ChoosingPerson) func(theta []float64) float64 {
	free := 0
	for _, at := range m.Index {
		free = max(free, at+1)
	}
	return func(theta []float64) float64 {
		beta, delta := core.NewMatrix[float64](m.Classes, m.Columns), core.NewMatrix[float64](m.Classes, m.Covariates)
		copy(beta.Data, m.Coefficients.Data)
		for i, at := range m.Index {
			if at >= 0 {
				beta.Data[i] = theta[at]
			}
		}
		copy(delta.Data, theta[free:])
		return ref.ChoiceLikelihood(persons, rowsOf(beta), rowsOf(delta))
	}
}

// parametersOf collects theta of a model.
func parametersOf(m *Model) []float64 {
	theta := make([]float64, m.Parameters)
	free := 0
	for i, at := range m.Index {
		if at >= 0 {
			theta[at] = m.Coefficients.Data[i]
			free = max(free, at+1)
		}
	}
	copy(theta[free:], m.Membership.Data)
	return theta
}

// numericalInformation is minus the Hessian by central differences, extrapolated from two lengths of the steps.
func numericalInformation(f func([]float64) float64, at, step []float64) []float64 {
	double := make([]float64, len(step))
	for i := range step {
		double[i] = 2 * step[i]
	}
	h, far := differenced(f, at, step), differenced(f, at, double)
	for i := range h {
		h[i] = (4*h[i] - far[i]) / 3
	}
	return h
}

func differenced(f func([]float64) float64, at, step []float64) []float64 {
	n := len(at)
	h := make([]float64, n*n)
	x := slices.Clone(at)
	move := func(i, j int, a, b float64) float64 {
		copy(x, at)
		x[i] += a * step[i]
		x[j] += b * step[j]
		return f(x)
	}
	for i := range n {
		for j := range i + 1 {
			v := (move(i, j, 1, 1) - move(i, j, 1, -1) - move(i, j, -1, 1) + move(i, j, -1, -1)) / (4 * step[i] * step[j])
			h[i*n+j], h[j*n+i] = -v, -v
		}
	}
	return h
}

func TestAgainstReference(t *testing.T) {
	for name, c := range map[string]struct {
		shape
		Options
	}{
		"logit":      {shape{60, 3, 4, 3, false, false, 1}, Options{}},
		"weighted":   {shape{60, 3, 5, 2, false, true, 2}, Options{}},
		"two":        {shape{80, 6, 4, 2, false, false, 3}, Options{Classes: 2}},
		"covariates": {shape{150, 6, 4, 2, true, true, 4}, Options{Classes: 2}},
		"three":      {shape{150, 8, 3, 2, true, false, 5}, Options{Classes: 3, Ridge: 1e-8}},
		"shared": {shape{120, 6, 6, 3, true, false, 6},
			Options{Classes: 2, Shared: []int{1}, Fixed: []Fixed{{Class: 0, Column: 2, Value: 0}}}},
	} {
		t.Run(name, func(t *testing.T) {
			s, persons := generated(c.shape)
			m := fitted(t, s, &c.Options)
			f := objective(m, persons)
			theta := parametersOf(m)
			require.InEpsilon(t, f(theta), m.LogLikelihood, 1e-12)

			step := make([]float64, len(theta))
			for i := range step {
				se := math.Sqrt(m.Covariance.Data[i*(len(theta)+1)])
				step[i] = 1e-2 * se
				up, down := slices.Clone(theta), slices.Clone(theta)
				up[i] += 1e-3 * se
				down[i] -= 1e-3 * se
				require.Less(t, math.Abs(f(up)-f(down))/2e-3, 1e-4, "the slope by parameter %d, per standard error", i)
			}
			want := numericalInformation(f, theta, step)
			for i := range theta {
				for j := range theta {
					unit := math.Sqrt(want[i*(len(theta)+1)] * want[j*(len(theta)+1)])
					require.InDelta(t, want[i*len(theta)+j]/unit, m.Information.Data[i*len(theta)+j]/unit, 2e-6, "%d %d", i, j)
				}
			}
			beta, delta := rowsOf(m.Coefficients), rowsOf(m.Membership)
			for n, p := range persons {
				log, posterior := ref.ClassPosterior(p, beta, delta)
				require.InDelta(t, log, m.Likelihoods[n], 1e-10)
				require.InDeltaSlice(t, posterior, m.Posterior.Row(n), 1e-10)
			}
		})
	}
}

// The sandwich, from scores by differences of the reference likelihood of every person.
func TestRobustCovariance(t *testing.T) {
	for _, classes := range []int{1, 2} {
		s, persons := generated(shape{100, 5, 4, 2, classes > 1, true, 7})
		m := fitted(t, s, &Options{Classes: classes, Shared: []int{1}})
		theta := parametersOf(m)
		n := len(theta)
		scores := make([]float64, len(persons)*n)
		for i := range theta {
			step := 1e-4 * math.Sqrt(m.Covariance.Data[i*(n+1)])
			for p := range persons {
				f := objective(m, persons[p:p+1])
				up, down := slices.Clone(theta), slices.Clone(theta)
				up[i] += step
				down[i] -= step
				scores[p*n+i] = (f(up) - f(down)) / (2 * step)
			}
		}
		for i := range theta {
			want := 0.0
			for p := range persons {
				want += math.Pow(blas.Dot(m.Covariance.Row(i), scores[p*n:(p+1)*n]), 2)
			}
			require.InEpsilon(t, want, m.Robust.Data[i*(n+1)], 1e-5)
		}
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	s, _ := generated(shape{300, 4, 6, 3, true, true, 8})
	for _, k := range []int{1, 2} {
		o := Options{Classes: k, NInit: 5, Threads: 1}
		if k == 1 {
			s.Membership = core.Matrix[float64]{}
		} else {
			s, _ = generated(shape{300, 4, 6, 3, true, true, 8})
		}
		one := fitted(t, s, &o)
		for _, threads := range []int{2, 3, 8} {
			o.Threads = threads
			other := fitted(t, s, &o)
			one.Seconds, other.Seconds = 0, 0
			require.Equal(t, one, other)
		}
	}
}

// The order of rows and the numbers of persons do not matter; nor does float32 where it holds the data.
func TestOrderOfRows(t *testing.T) {
	s, _ := generated(shape{40, 4, 4, 2, false, false, 9})
	want := fitted(t, s, &Options{Classes: 2, NInit: 3})
	n := s.X.Rows
	back := &Survey[float64]{X: core.NewMatrix[float64](n, 2)}
	for i := n - 1; i >= 0; i-- {
		copy(back.X.Row(n-1-i), s.X.Row(i))
		back.Case, back.Chosen = append(back.Case, s.Case[i]), append(back.Chosen, s.Chosen[i])
		back.Person, back.Alternative = append(back.Person, s.Person[i]), append(back.Alternative, s.Alternative[i])
	}
	got := fitted(t, back, &Options{Classes: 2, NInit: 3})
	want.Seconds, got.Seconds = 0, 0
	require.Equal(t, want, got)
}

func TestUtilitiesThatOverflow(t *testing.T) {
	s, persons := generated(shape{20, 3, 4, 2, false, false, 10})
	order, err := newOrder(s, &buffers{})
	require.NoError(t, err)
	l, err := newLayout(s, order, nil, &buffers{})
	require.NoError(t, err)
	v := newPass(l, 1)
	v.beta[0], v.beta[1] = 900, -700
	require.NoError(t, v.run(context.Background(), derivatives))
	want := ref.ChoiceLikelihood(persons, [][]float64{{900 / l.scale[0], -700 / l.scale[1]}}, [][]float64{{0}})
	require.InEpsilon(t, want, v.loglik[0], 1e-12)
	for _, g := range v.gradient {
		require.False(t, math.IsNaN(g))
	}
}

func TestTrouble(t *testing.T) {
	names := []string{"price", "time", "size"}
	for message, change := range map[string]func(s *Survey[float64], o *Options){
		"case 101 (row": func(s *Survey[float64], o *Options) { clearChoice(s, 101) },
		`column "time" (row`: func(s *Survey[float64], o *Options) {
			s.X.Row(4)[1] = math.NaN()
		},
		"two alternatives chosen": func(s *Survey[float64], o *Options) { s.Chosen[0], s.Chosen[1] = 1, 1 },
		"is not available": func(s *Survey[float64], o *Options) {
			s.Available = make([]int64, s.X.Rows)
		},
		"one available alternative": func(s *Survey[float64], o *Options) {
			s.Available = slices.Clone(s.Chosen)
		},
		"twice": func(s *Survey[float64], o *Options) { s.Alternative[1] = s.Alternative[0] },
		`column "size" of x is a combination of column "price", column "time"`: func(s *Survey[float64], o *Options) {
			for i := range s.X.Rows {
				s.X.Row(i)[2] = s.X.Row(i)[0] - 2*s.X.Row(i)[1]
			}
		},
		`column "time" of x is the same for all alternatives`: func(s *Survey[float64], o *Options) {
			for i := range s.X.Rows {
				s.X.Row(i)[1] = float64(s.Person[i])
			}
		},
		"set ridge": func(s *Survey[float64], o *Options) {
			for i := range s.X.Rows {
				s.X.Row(i)[0] = float64(s.Chosen[i])
			}
		},
		"weights differ within person": func(s *Survey[float64], o *Options) {
			s.Weight = make([]float64, s.X.Rows)
			s.Weight[0] = 1
		},
		"shared names column 7": func(s *Survey[float64], o *Options) { o.Shared = []int{7} },
		"n_classes":             func(s *Survey[float64], o *Options) { o.Classes = -1 },
		"every coefficient is fixed": func(s *Survey[float64], o *Options) {
			o.Fixed = []Fixed{{-1, 0, 1}, {-1, 1, 1}, {-1, 2, 0}}
		},
		"nothing tells one from another": func(s *Survey[float64], o *Options) { o.Classes, o.Shared = 2, []int{0, 1, 2} },
		"n_classes = 50 needs":           func(s *Survey[float64], o *Options) { o.Classes = 50 },
		"membership needs two classes": func(s *Survey[float64], o *Options) {
			s.Membership = core.NewMatrix[float64](s.X.Rows, 1)
		},
		`column "income" of membership is constant`: func(s *Survey[float64], o *Options) {
			s.Membership, o.Classes, o.MembershipColumns = core.NewMatrix[float64](s.X.Rows, 1), 2, []string{"income"}
			for i := range s.Membership.Data {
				s.Membership.Data[i] = 3
			}
		},
	} {
		t.Run(message, func(t *testing.T) {
			s, _ := generated(shape{20, 3, 4, 3, false, false, 11})
			o := Options{Columns: names}
			change(s, &o)
			_, err := Fit(context.Background(), s, &o)
			require.ErrorContains(t, err, message)
		})
	}
}

func clearChoice(s *Survey[float64], id int64) {
	for i, c := range s.Case {
		if c == id {
			s.Chosen[i] = 0
		}
	}
}

func TestRidgeMakesSeparationFinite(t *testing.T) {
	s, _ := generated(shape{20, 3, 4, 2, false, false, 12})
	for i := range s.X.Rows {
		s.X.Row(i)[0] = float64(s.Chosen[i])
	}
	m := fitted(t, s, &Options{Ridge: 1})
	require.Greater(t, m.Coefficients.Data[0], 1.0)
	require.Less(t, m.Coefficients.Data[0], 30.0)
}

// Half of the persons always take the alternative with the largest attribute, the others take turns with the smallest: the
// class of the former has no finite coefficients.
func TestSeparatedClassIsReported(t *testing.T) {
	s, _ := generated(shape{60, 10, 3, 2, false, false, 14})
	for lo := 0; lo < s.X.Rows; {
		hi, best, sign := lo, lo, 1.0
		if s.Person[lo]%2 == 1 && s.Case[lo]%2 == 1 {
			sign = -1
		}
		for ; hi < s.X.Rows && s.Case[hi] == s.Case[lo]; hi++ {
			if sign*s.X.Row(hi)[0] > sign*s.X.Row(best)[0] {
				best = hi
			}
		}
		clear(s.Chosen[lo:hi])
		s.Chosen[best] = 1
		lo = hi
	}
	m, err := Fit(context.Background(), s, &Options{Classes: 2})
	require.NoError(t, err)
	require.GreaterOrEqual(t, m.Unbounded, 0)
	require.Equal(t, -1, fitted(t, s, &Options{Classes: 2, Ridge: 0.1}).Unbounded)
}

func TestCancelled(t *testing.T) {
	s, _ := generated(shape{100, 4, 4, 2, false, false, 13})
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Fit(ctx, s, &Options{Classes: 2, Progress: func(core.Progress) { cancel() }})
	require.ErrorIs(t, err, context.Canceled)
}

func TestWeighKernels(t *testing.T) {
	for n := range 20 {
		n++
		x, factor := make([]float64, 3*n), make([]float64, n)
		for i := range x {
			x[i], factor[i%n] = math.Sin(float64(i)), float64(i)
		}
		got, want := make([]float64, 3*n), make([]float64, 3*n)
		times(got, x, factor)
		timesGeneric(want, x, factor)
		require.Equal(t, want, got, fmt.Sprint(n))
		x[0], x[1] = 1e-300, math.NaN()
		reciprocals(got, x)
		reciprocalsGeneric(want, x)
		require.Equal(t, want, got)
	}
}

func TestGramKernels(t *testing.T) {
	r := rng.New(3)
	for p := range 12 {
		for _, lanes := range []int{1, 3, 4, 5, 8, 9, 17, 31} {
			p, cells := p+1, 3*lanes
			w, d := make([]float64, cells), make([]float64, (p+1)*cells)
			for i := range w {
				w[i] = r.Float64()
			}
			for i := range d {
				d[i] = r.NormFloat64()
			}
			for i := p * cells; i < len(d); i++ {
				d[i] = math.NaN() // of nobody's concern
			}
			ld := p + 2
			got, want := make([]float64, p*ld), make([]float64, p*ld)
			sums, expected := make([]float64, p*lanes), make([]float64, p*lanes)
			for a := range p {
				for i, u := range w {
					expected[a*lanes+i%lanes] += u * d[a*cells+i]
					for b := range a + 1 {
						want[a*ld+b] -= 2 * u * d[a*cells+i] * d[b*cells+i]
					}
				}
			}
			gram(got, ld, -2, w, d[:p*cells], sums)
			require.InDeltaSlice(t, want, got, 1e-13*float64(cells), "%d columns, %d lanes", p, lanes)
			require.InDeltaSlice(t, expected, sums, 1e-14, "%d columns, %d lanes", p, lanes)
		}
	}
}
