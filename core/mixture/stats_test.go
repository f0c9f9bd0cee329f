package mixture

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

func local[T core.Float](t *testing.T, m *Model, x core.Matrix[T], w []float64) *Statistics {
	t.Helper()
	s, err := Local(background, m, x, w, 2)
	require.NoError(t, err)
	return s
}

func rowsOf(x core.Matrix[float64], lo, hi int) core.Matrix[float64] {
	return core.Matrix[float64]{Data: x.Data[lo*x.Stride : hi*x.Stride], Rows: hi - lo, Cols: x.Cols, Stride: x.Stride}
}

// Statistics of halves merge to those of the whole, and their update is the M-step of the plain version.
func TestLocalMergeUpdateIsPlainEM(t *testing.T) {
	const C, N = 3, 150
	for _, p := range []struct {
		kind string
		d, h int
	}{{Factor, 4, 1}, {Factor, 9, 3}, {Factor, 10, 7}, {Diag, 3, 0}, {Spherical, 3, 0}} {
		t.Run(fmt.Sprint(p.kind, "/D=", p.d, "/H=", p.h), func(t *testing.T) {
			generating := truth(uint64(p.d), C, p.d, p.h, 1)
			flat := draw(generating, 3, N)
			for i := range flat {
				flat[i] = 100*flat[i] + 1e4 // neither the origin nor the scale matters
			}
			x, w := matrix[float64](flat, p.d), ones(N)
			r := rng.New(5)
			for i := range w {
				w[i] = 0.1 + r.Float64()
			}
			s := shaken(generating, 4, p.h)
			for i := range s.Means {
				s.Means[i], s.NoiseVariance[i] = 100*s.Means[i]+1e4, 1e4*s.NoiseVariance[i]
				for h := range p.h {
					s.Loadings[i*p.h+h] *= 100
				}
			}
			m, err := NewModel(p.kind, C, p.d, p.h, s.Weights, s.Means, s.Loadings, s.NoiseVariance)
			require.NoError(t, err)
			rows := ref.Rows(flat, N, p.d)
			q, bound := ref.EStep(reference(m), rows, w)
			want := ref.MStep(reference(m), rows, w, q, make([]float64, p.d), p.kind == Spherical)

			whole := local(t, m, x, w)
			require.InEpsilon(t, bound, whole.LogLikelihood/whole.Weight(), 1e-10)
			merged := local(t, m, rowsOf(x, 0, 40), w[:40])
			require.NoError(t, merged.Merge(local(t, m, rowsOf(x, 40, N), w[40:]), 1, 1))
			for _, stats := range []*Statistics{whole, merged} {
				got, err := stats.Update(m, 1e-9, 2)
				require.NoError(t, err)
				_, got.LowerBound = ref.EStep(want, rows, w)
				requireReference(t, want, got.LowerBound, got, 1e-8)
			}
			single, err := local(t, m, matrix[float32](flat, p.d), w).Update(m, 1e-9, 1)
			require.NoError(t, err)
			requireNear(t, covariances(want), covariances(reference(single)), 1e-3, "float32")
		})
	}
}

// So are those of t components, and of rows that lack values.
func TestLocalMergeUpdateOfTailsAndMissingValues(t *testing.T) {
	const C, D, H, N = 2, 7, 3, 120
	for _, family := range []string{Gaussian, StudentT, Tyler} {
		m := truth(4, C, D, H, 0.7)
		x, w := holed(draw(m, 3, N), D, 0.3, 4), ones(N)
		for d := range D {
			x[90*D+d] = math.NaN()
		}
		want := ref.Tails{Mixture: reference(m), Nu: []float64{3, 5}}
		rows := ref.Rows(x, N, D)
		counted := append(append([][]float64(nil), rows[:90]...), rows[91:]...)
		var bound float64
		if family == Gaussian {
			want.Mixture, bound = ref.EMMissing(want.Mixture, counted, w[1:], make([]float64, D), false)
		} else {
			m, _ = m.WithTails(family, want.Nu)
			m.DOFEstimated = family == StudentT
			want, bound = want.EM(counted, w[1:], family == StudentT)
		}
		m = allow(t, m)
		whole := local(t, m, matrix[float64](x, D), w)
		require.InEpsilon(t, bound, whole.LogLikelihood/whole.Weight(), 1e-10)
		require.InDelta(t, N-1, whole.Weight(), 1e-9)
		merged := local(t, m, matrix[float64](x[:50*D], D), w[:50])
		require.NoError(t, merged.Merge(local(t, m, matrix[float64](x[50*D:], D), nil), 1, 1))
		for _, stats := range []*Statistics{whole, merged} {
			got, err := stats.Update(m, 1e-13, 2)
			require.NoError(t, err)
			got.LowerBound = bound
			requireReference(t, want.Mixture, bound, got, 1e-8)
			if family != Gaussian {
				requireNear(t, want.Nu, got.DOF, 1e-7, "degrees of freedom")
				require.Equal(t, []any{family, m.DOFEstimated}, []any{got.Family, got.DOFEstimated})
			}
		}
	}
}

// The place that distances are counted from does not matter.
func TestMergeAcrossModels(t *testing.T) {
	t.Run(Gaussian, func(t *testing.T) { mergeAcrossModels(t, nil) })
	t.Run(StudentT, func(t *testing.T) { mergeAcrossModels(t, []float64{3, 5}) })
}

func mergeAcrossModels(t *testing.T, dof []float64) {
	const C, D, H = 2, 5, 2
	m, other := truth(1, C, D, H, 1), truth(2, C, D, H, 1)
	x := matrix[float64](draw(m, 3, 200), D)
	if dof != nil {
		m, _ = m.WithTails(StudentT, dof)
		other, _ = other.WithTails(StudentT, dof)
	}
	a, b := local(t, m, x, nil), local(t, other, x, nil)
	there, back := a.clone(), b.clone()
	require.NoError(t, there.Merge(b, 0.25, 0.75))
	require.NoError(t, back.Merge(a, 0.75, 0.25))
	one, err := there.Update(m, 0, 1)
	require.NoError(t, err)
	two, err := back.Update(m, 0, 1)
	require.NoError(t, err)
	requireSame(t, one, two, 1e-9)
	require.InDelta(t, 200, there.Weight(), 1e-9)
	require.InDelta(t, (a.LogLikelihood+3*b.LogLikelihood)/4, there.LogLikelihood, 1e-9)
}

func TestStatisticsAreChecked(t *testing.T) {
	m := truth(1, 2, 3, 1, 1)
	good := matrix[float64](draw(m, 3, 10), 3)
	_, err := Local(background, m, core.NewMatrix[float64](0, 3), nil, 1)
	require.ErrorContains(t, err, "X has 0 rows")
	_, err = Local(background, m, core.NewMatrix[float64](2, 4), nil, 1)
	require.ErrorContains(t, err, "X has 4 features, the model has 3")
	_, err = Local(background, m, good, ones(9), 1)
	require.ErrorContains(t, err, "sample_weight has 9 entries")
	tails, err := m.WithTails(StudentT, []float64{4, 4})
	require.NoError(t, err)
	require.ErrorContains(t, local(t, tails, good, nil).Merge(local(t, m, good, nil), 1, 1), "statistics of t components do not merge")
	_, err = local(t, tails, good, nil).Update(m, 0, 1)
	require.ErrorIs(t, err, core.ErrShape)
	bad := matrix[float64](good.Data, 3)
	bad.Data[4] = math.Inf(1)
	_, err = Local(background, m, bad, nil, 1)
	require.ErrorIs(t, err, core.ErrNotFinite)
	s := local(t, m, good, nil)
	require.ErrorIs(t, s.Merge(NewStatistics(2, 3, 2), 1, 1), core.ErrShape)
	_, err = s.Update(truth(1, 3, 3, 1, 1), 0, 1)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = NewStatistics(2, 3, 1).Update(m, 0, 1)
	require.ErrorContains(t, err, "the statistics have no weight")
	s.Sums[0] = 0 // a component without rows
	next, err := s.Update(m, 0, 1)
	require.NoError(t, err)
	require.Equal(t, m.Means[:3], next.Means[:3])
}
