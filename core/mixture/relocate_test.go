package mixture

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// misplaced returns the parameters of m as starting means, except that two of them share the cluster of component 0 and
// one lies half-way between the clusters of components 1 and 2.
func misplaced(m *Model) *Start {
	D := m.Features
	means := append([]float64(nil), m.Means...)
	for d := range D {
		means[D+d] = (m.Means[D+d] + m.Means[2*D+d]) / 2
		means[2*D+d] = m.Means[d] + 0.1
	}
	return &Start{Means: means, NoiseVariance: repeat(1, len(means)), Loadings: repeat(0.1, len(m.Loadings))}
}

func TestSplitsAndMergesEscapeABadStart(t *testing.T) {
	const C, D, N = 20, 5, 3000
	for _, kind := range []string{Factor, Diag, Spherical} {
		h := 0
		if kind == Factor {
			h = 1
		}
		m := truth(1, C, D, h, 20)
		for d := range D { // close to each other, far from the rest
			m.Means[2*D+d] = m.Means[D+d] + 5
		}
		x := draw(m, 2, N)
		for _, algorithm := range []string{"exact", "truncated"} {
			t.Run(kind+"/"+algorithm, func(t *testing.T) {
				o := Options{Components: C, CovarianceType: kind, Factors: 1, Algorithm: algorithm, MaxIter: 400}
				o.Start = &Start{Means: m.Means}
				best := mustFit(t, matrix[float64](x, D), &o).LowerBound
				o.Start = misplaced(m)
				stuck := mustFit(t, matrix[float64](x, D), &o)
				require.Less(t, stuck.LowerBound, best-0.05)
				o.SplitMerge = "on"
				freed := mustFit(t, matrix[float64](x, D), &o)
				require.InDelta(t, best, freed.LowerBound, 0.005)
				requireMonotone(t, freed, 1e-9)
				single := mustFit(t, matrix[float32](x, D), &o)
				require.InDelta(t, best, single.LowerBound, 0.005)
				requireMonotone(t, single, 1e-5)
			})
		}
	}
}

// Families with heavy tails take part when asked to.
func TestTailedComponentsSplitAndMerge(t *testing.T) {
	const C, D, N = 12, 4, 1500
	x := matrix[float64](draw(truth(5, C, D, 1, 15), 2, N), D)
	for _, family := range []string{StudentT, Tyler} {
		o := Options{Components: C, Family: family, Factors: 1, InitParams: "random_from_data", Tol: 1e-2}
		stuck := mustFit(t, x, &o)
		o.SplitMerge = "on"
		freed := mustFit(t, x, &o)
		require.Greater(t, freed.LowerBound, stuck.LowerBound+0.1, family)
		requireMonotone(t, freed, 1e-9)
	}
}

// Components that EM leaves without points are given half of others.
func TestEmptyComponentsAreRevived(t *testing.T) {
	const C, D, N = 20, 4, 2000
	m := truth(3, C, D, 1, 4)
	x := matrix[float64](draw(m, 4, N), D)
	start := &Start{Means: append([]float64(nil), m.Means...)}
	for i := range 3 * D {
		start.Means[i] = 1e4 // nowhere near a point
	}
	for _, algorithm := range []string{"exact", "truncated"} {
		o := Options{Components: C, Factors: 1, Algorithm: algorithm, Start: start, MaxIter: 400}
		count := func(m *Model) (empty int) {
			for _, w := range m.Weights {
				if w*N < 1 {
					empty++
				}
			}
			return empty
		}
		require.Equal(t, 3, count(mustFit(t, x, &o)), algorithm)
		o.SplitMerge = "on"
		revived := mustFit(t, x, &o)
		require.Zero(t, count(revived), algorithm)
		requireMonotone(t, revived, 1e-9)
	}
}

func TestThreadsDoNotChangeSplitsAndMerges(t *testing.T) {
	const C, D = 30, 6
	x := draw(truth(1, C, D, 2, 4), 2, 4000)
	w := make([]float64, 4000)
	for i := range w {
		w[i] = float64(i%5) / 3
	}
	for _, algorithm := range []string{"exact", "truncated"} {
		for _, kind := range []string{Factor, Spherical} {
			o := Options{Components: C, CovarianceType: kind, Factors: 2, Algorithm: algorithm, SampleWeight: w, Seed: 2, Tol: 1e-2}
			t.Run("float32/"+algorithm+kind, func(t *testing.T) { sameMoves(t, matrix[float32](x, D), o) })
			t.Run("float64/"+algorithm+kind, func(t *testing.T) { sameMoves(t, matrix[float64](x, D), o) })
		}
	}
}

func sameMoves[T core.Float](t *testing.T, x core.Matrix[T], o Options) {
	o.InitParams, o.Threads = "random_from_data", 1
	want := mustFit(t, x, &o)
	for _, threads := range []int{2, 3} {
		o.Threads = threads
		requireBits(t, want, mustFit(t, x, &o), fmt.Sprint(threads, " threads"))
	}
	o.SplitMerge = "off"
	require.Greater(t, want.LowerBound, mustFit(t, x, &o).LowerBound, "something moved")
}

func TestUnitsDoNotMatterToSplitsAndMerges(t *testing.T) {
	const C, D, N = 20, 4, 1500
	x := draw(truth(6, C, D, 1, 4), 7, N)
	o := Options{Components: C, Factors: 1, InitParams: "random_from_data", Tol: 1e-2}
	want := mustFit(t, matrix[float64](x, D), &o)
	y, logJac := affine(x, []float64{4, 0.5, 1024, 0.125}, repeat(0, D))
	got := mustFit(t, matrix[float64](y, D), &o)
	require.InDelta(t, want.LowerBound-logJac, got.LowerBound, 1e-9)
	require.Equal(t, want.Iterations, got.Iterations)
	require.Equal(t, want.Neighbors, got.Neighbors)
	o.SplitMerge = "off"
	require.Greater(t, want.LowerBound, mustFit(t, matrix[float64](x, D), &o).LowerBound+0.05)
}

// Without clusters there is nothing to move: the rounds end at once.
func TestRoundsEndWhereNothingMoves(t *testing.T) {
	const D = 4
	x := matrix[float64](draw(truth(6, 1, D, 1, 4), 7, 1500), D)
	rounds := 0
	o := Options{Components: 20, Factors: 1, Tol: 1e-2, Progress: func(p core.Progress) {
		if p.Phase == "split-merge" {
			rounds++
		}
	}}
	mustFit(t, x, &o)
	require.LessOrEqual(t, rounds, 3)
}

// The merged component is what factor analysis makes of the two: its likelihood is at most that of the full covariance,
// and equal when the union has no more factors than the model.
func TestMergeMatchesTheUnion(t *testing.T) {
	const D, H = 6, 2
	p := newParams(2, D, H)
	p.pi[0], p.pi[1] = 0.6, 0.2
	for i := range p.mu {
		p.mu[i], p.noise[i] = 0.3*math.Sin(float64(i)), 0.5+0.3*math.Cos(float64(i))
	}
	copy(p.noise[D:], p.noise[:D])
	copy(p.mu[D:], p.mu[:D])
	for d := range D {
		// The first has one direction, the second the same one, and the means differ along another: two factors in all.
		p.lambda[d*H] = math.Cos(float64(3 * d))
		p.lambda[(D+d)*H] = 2 * math.Cos(float64(3*d))
		p.mu[D+d] += math.Sin(float64(5 * d))
	}
	g := newMerger(D, H, false, 1e-6)
	got := g.fit(p, 0, 1, 2)
	for i := range D {
		for j := range D {
			delta := func(d int) float64 { return p.mu[d] - p.mu[D+d] }
			want := (0.75+0.25*4)*p.lambda[i*H]*p.lambda[j*H] + 0.75*0.25*delta(i)*delta(j)
			sum := g.lambda[i*H]*g.lambda[j*H] + g.lambda[i*H+1]*g.lambda[j*H+1]
			require.InDelta(t, want, sum, 1e-9)
		}
		require.InDelta(t, p.noise[i], g.noise[i], 1e-9)
		require.InDelta(t, 0.75*p.mu[i]+0.25*p.mu[D+i], g.mu[i], 1e-12)
	}
	// tr(Sigma^-1 S) = D at the optimum.
	require.InDelta(t, -(g.whiten()+D+D*math.Log(2*math.Pi))/2, got, 1e-9)
}

func TestNearestTwoMinimisesTheSpread(t *testing.T) {
	at, w := []float64{5, 0, 1, 6, 5.5, 0.5}, []float64{1, 1, 1, 1, 1, 1}
	require.Equal(t, 1.0, nearestTwo(at, w))
	require.Equal(t, 3.0, nearestTwo([]float64{3, 3, 3}, w[:3]))
	require.Equal(t, 0.0, nearestTwo([]float64{0, 1, 2}, []float64{9, 1, 1}))
}
