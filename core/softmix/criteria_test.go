package softmix

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCriteriaAreTheirFormulas(t *testing.T) {
	m := &Mixture{Components: 2, Features: 3, Draws: 100, LogLikelihood: -50, Entropy: 20}
	require.Equal(t, 7, m.Parameters())
	bic := 7*math.Log(100) + 100
	for name, v := range map[string][2]float64{
		"AIC": {114, m.AIC()}, "BIC": {bic, m.BIC()}, "CAIC": {bic + 7, m.CAIC()}, "ICL": {bic + 40, m.ICL()},
		"adjusted BIC": {7*math.Log(4.25) + 100, m.AdjustedBIC()}, "entropy": {1 - 0.2/math.Ln2, m.EntropyR2()},
	} {
		require.InDelta(t, v[0], v[1], 1e-9, name)
	}
}
