package choice

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestPosteriorOfTheFit(t *testing.T) {
	s, _ := generated(shape{60, 4, 5, 2, true, true, 21})
	m := fitted(t, s, &Options{Classes: 2, NInit: 3})
	found, err := Posterior(context.Background(), 2, m.Coefficients, m.Membership, s)
	require.NoError(t, err)
	require.Equal(t, m.Person, found.Person)
	require.InDeltaSlice(t, m.Posterior.Data, found.Posterior.Data, 1e-10)
	require.InDeltaSlice(t, m.Likelihoods, found.Likelihoods, 1e-10)
	for i := range m.Membership.Data { // only differences of classes count
		m.Membership.Data[i] += 0.5
	}
	found, err = Posterior(context.Background(), 2, m.Coefficients, m.Membership, s)
	require.NoError(t, err)
	require.InDeltaSlice(t, m.Posterior.Data, found.Posterior.Data, 1e-10)
}

// With one class the probabilities of what was chosen make the likelihood, and shares of constants are met exactly.
func TestProbabilities(t *testing.T) {
	s, _ := generated(shape{50, 3, 4, 2, false, false, 22})
	for i := range s.X.Rows {
		s.X.Row(i)[1] = 0
		if s.Alternative[i] == 0 {
			s.X.Row(i)[1] = 1
		}
	}
	m := fitted(t, s, nil)
	dst := core.NewMatrix[float64](s.X.Rows, 1)
	require.NoError(t, Probabilities(context.Background(), 2, m.Coefficients, s, dst))
	log, predicted, seen := 0.0, 0.0, 0.0
	for i, p := range dst.Data {
		if s.Chosen[i] == 1 {
			log += math.Log(p)
		}
		if s.Alternative[i] == 0 {
			predicted += p
			seen += float64(s.Chosen[i])
		}
	}
	require.InEpsilon(t, m.LogLikelihood, log, 1e-12)
	require.InEpsilon(t, seen, predicted, 1e-9)
}

func TestMemberships(t *testing.T) {
	dst := core.NewMatrix[float64](2, 2)
	delta := core.Matrix[float64]{Data: []float64{1, 2, 0, 0}, Rows: 2, Cols: 2, Stride: 2}
	z := core.Matrix[float64]{Data: []float64{-0.5, 3}, Rows: 2, Cols: 1, Stride: 1}
	require.NoError(t, Memberships(delta, z, dst))
	require.InDeltaSlice(t, []float64{0.5, 0.5, 1 / (1 + math.Exp(-7)), 1 / (1 + math.Exp(7))}, dst.Data, 1e-15)
	require.ErrorIs(t, Memberships(delta, core.NewMatrix[float64](2, 2), dst), core.ErrShape)
}
