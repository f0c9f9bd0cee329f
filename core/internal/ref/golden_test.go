package ref

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden vectors in tests/golden")

const goldenFile = "../../../tests/golden/mixture.json"

// golden is the content of tests/golden/mixture.json, which tests/golden/README.md describes.
type golden struct {
	Components           int       `json:"n_components"`
	Features             int       `json:"n_features"`
	Factors              int       `json:"n_factors"`
	Rows                 int       `json:"n_rows"`
	Weights              []float64 `json:"weights"`
	Means                []float64 `json:"means"`
	Loadings             []float64 `json:"loadings"`
	NoiseVariance        []float64 `json:"noise_variance"`
	X                    []float64 `json:"x"`
	LogDensity           []float64 `json:"log_density"`
	Posterior            []float64 `json:"posterior"`
	Labels               []int     `json:"labels"`
	FactorMeans          []float64 `json:"factor_means"`
	White                float64   `json:"white_noise_variance"`
	DenoisedOfWhiteNoise []float64 `json:"denoised_of_white_noise"`
	DenoisedOfModelNoise []float64 `json:"denoised_of_model_noise"`
}

// computeGolden evaluates a hand-made mixture at five rows: near each mean, between the components, and far away.
func computeGolden() golden {
	g := golden{
		Components: 3, Features: 4, Factors: 2, Rows: 5,
		Weights: []float64{0.5, 0.375, 0.125},
		Means: []float64{
			0, 0, 0, 0,
			1, -2, 0.5, 3,
			-1.5, 1, 2, -0.25,
		},
		Loadings: []float64{
			1, 0, 0.5, -0.5, 0, 1.25, -0.75, 0.25,
			0.25, 0.75, -1, 0, 0.5, 0.5, 0, -1.5,
			0, 0.125, 0.25, 0, -0.5, 0.5, 1, 1,
		},
		NoiseVariance: []float64{
			0.5, 0.25, 1, 0.75,
			0.125, 1.5, 0.5, 0.25,
			1, 0.5, 0.25, 2,
		},
		X: []float64{
			0.25, -0.5, 0.125, 0.5,
			1.5, -2.25, 1, 2,
			-1, 1.5, 2.5, -1,
			0.5, -1.25, 0.25, 1.75,
			20, -10, 5, 40,
		},
		White: 0.25,
	}
	m := New(g.Components, g.Features, g.Factors, g.Weights, g.Means, g.Loadings, g.NoiseVariance)
	for _, x := range Rows(g.X, g.Rows, g.Features) {
		c := m.Predict(x)
		g.LogDensity = append(g.LogDensity, m.LogDensity(x))
		g.Posterior = append(g.Posterior, m.Posterior(x)...)
		g.Labels = append(g.Labels, c)
		g.FactorMeans = append(g.FactorMeans, m[c].FactorMean(x)...)
		g.DenoisedOfWhiteNoise = append(g.DenoisedOfWhiteNoise, m.Denoise(x, g.White)...)
		g.DenoisedOfModelNoise = append(g.DenoisedOfModelNoise, m.Denoise(x, -1)...)
	}
	return g
}

// One key a line, so that a change can be read and a reader without a JSON library can find its way.
func (g golden) lines(t *testing.T) []byte {
	text, err := json.Marshal(g)
	require.NoError(t, err)
	return append(bytes.ReplaceAll(text, []byte(`,"`), []byte(",\n\"")), '\n')
}

func TestGoldenVectorsAreCurrent(t *testing.T) {
	want := computeGolden()
	if *update {
		require.NoError(t, os.WriteFile(goldenFile, want.lines(t), 0o644))
	}
	text, err := os.ReadFile(goldenFile)
	require.NoError(t, err, "write it with: go test ./core/internal/ref -update")
	var got golden
	require.NoError(t, json.Unmarshal(text, &got))
	// Inputs are exact; results may differ by rounding between processors.
	for _, p := range []struct {
		name      string
		want, got []float64
		tol       float64
	}{
		{"weights", want.Weights, got.Weights, 0},
		{"means", want.Means, got.Means, 0},
		{"loadings", want.Loadings, got.Loadings, 0},
		{"noise_variance", want.NoiseVariance, got.NoiseVariance, 0},
		{"x", want.X, got.X, 0},
		{"white_noise_variance", []float64{want.White}, []float64{got.White}, 0},
		{"log_density", want.LogDensity, got.LogDensity, 1e-10},
		{"posterior", want.Posterior, got.Posterior, 1e-12},
		{"factor_means", want.FactorMeans, got.FactorMeans, 1e-12},
		{"denoised_of_white_noise", want.DenoisedOfWhiteNoise, got.DenoisedOfWhiteNoise, 1e-12},
		{"denoised_of_model_noise", want.DenoisedOfModelNoise, got.DenoisedOfModelNoise, 1e-12},
	} {
		require.InDeltaSlice(t, p.want, p.got, p.tol, p.name)
	}
	require.Equal(t, want.Labels, got.Labels)
	require.Equal(t, [4]int{want.Components, want.Features, want.Factors, want.Rows},
		[4]int{got.Components, got.Features, got.Factors, got.Rows})
}
