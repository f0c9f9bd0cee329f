package mixture

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// tests/golden/README.md describes the file.
func TestGoldenVectors(t *testing.T) {
	text, err := os.ReadFile("../../tests/golden/mixture.json")
	require.NoError(t, err)
	var g struct {
		Components    int       `json:"n_components"`
		Features      int       `json:"n_features"`
		Factors       int       `json:"n_factors"`
		Rows          int       `json:"n_rows"`
		Weights       []float64 `json:"weights"`
		Means         []float64 `json:"means"`
		Loadings      []float64 `json:"loadings"`
		NoiseVariance []float64 `json:"noise_variance"`
		X             []float64 `json:"x"`
		LogDensity    []float64 `json:"log_density"`
		Posterior     []float64 `json:"posterior"`
		Labels        []int64   `json:"labels"`
		FactorMeans   []float64 `json:"factor_means"`
		White         float64   `json:"white_noise_variance"`
		OfWhiteNoise  []float64 `json:"denoised_of_white_noise"`
		OfModelNoise  []float64 `json:"denoised_of_model_noise"`
	}
	require.NoError(t, json.Unmarshal(text, &g))
	m, err := NewModel(Factor, g.Components, g.Features, g.Factors, g.Weights, g.Means, g.Loadings, g.NoiseVariance)
	require.NoError(t, err)
	want := inferred{score: g.LogDensity, posterior: g.Posterior, label: g.Labels, factors: g.FactorMeans,
		white: g.OfWhiteNoise, model: g.OfModelNoise}
	require.Len(t, want.score, g.Rows)
	onEveryLevel(t, func(t *testing.T) {
		requireInference(t, want, inferWith(t, m, matrix[float64](g.X, g.Features), g.White), 1e-11)
		requireInference(t, want, inferWith(t, m, matrix[float32](g.X, g.Features), g.White), 1e-5)
	})
}
