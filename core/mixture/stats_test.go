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

// The place that distances are counted from does not matter.
func TestMergeAcrossModels(t *testing.T) {
	const C, D, H = 2, 5, 2
	m, other := truth(1, C, D, H, 1), truth(2, C, D, H, 1)
	x := matrix[float64](draw(m, 3, 200), D)
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
	for _, family := range []string{StudentT, Tyler} {
		tails, err := m.WithTails(family, []float64{4, 4})
		require.NoError(t, err)
		_, err = Local(background, tails, good, nil, 1)
		require.ErrorIs(t, err, core.ErrOption)
		require.ErrorContains(t, err, fmt.Sprintf("statistics are for family \"gaussian\", the model is of family %q", family))
	}
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
