package gp

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// goldenKernels is tests/golden/gp_kernels.json, which the README.md beside it describes.
type goldenKernels struct {
	Points  int `json:"n_points"`
	Others  int `json:"n_others"`
	Kernels []struct {
		Name        string          `json:"name"`
		Kernel      json.RawMessage `json:"kernel"`
		Features    int             `json:"n_features"`
		X           []float64       `json:"x"`
		Y           []float64       `json:"y"`
		Gram        []float64       `json:"gram"`
		Cross       []float64       `json:"cross"`
		Diagonal    []float64       `json:"diagonal"`
		ScikitLearn string          `json:"sklearn"`
		Theta       []float64       `json:"theta"`
		Bounds      []float64       `json:"theta_bounds"`
		A           []float64       `json:"a"`
		Gradient    []float64       `json:"gradient"`
	} `json:"kernels"`
	Refused []struct {
		Text    string `json:"text"`
		Message string `json:"message"`
	} `json:"refused"`
}

func golden(t testing.TB) goldenKernels {
	t.Helper()
	text, err := os.ReadFile("../../tests/golden/gp_kernels.json")
	require.NoError(t, err)
	var g goldenKernels
	require.NoError(t, json.Unmarshal(text, &g))
	require.NotEmpty(t, g.Kernels)
	require.NotEmpty(t, g.Refused)
	return g
}

func TestKernelsAgreeWithScikitLearn(t *testing.T) {
	const tol = 1e-12
	g, ctx := golden(t), context.Background()
	for _, level := range cpu.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			defer cpu.Force(level)()
			for _, c := range g.Kernels {
				k, err := UnmarshalKernel(c.Kernel)
				require.NoError(t, err, c.Name)
				x := matrixOf(g.Points, c.Features, c.X)
				op := newOperator(t, x, k, nil, Float64)

				gram, unit := core.NewMatrix[float64](g.Points, g.Points), core.NewMatrix[float64](g.Points, g.Points)
				for i := range g.Points {
					unit.Row(i)[i] = 1
				}
				require.NoError(t, op.Mul(ctx, gram, unit))
				requireClose(t, c.Gram, gram.Data, tol, c.Name+": gram")

				cross := core.NewMatrix[float64](g.Others, g.Points)
				require.NoError(t, CrossMatrix(ctx, op, cross, matrixOf(g.Others, c.Features, c.Y)))
				for i := range g.Points {
					for j := range g.Others {
						require.InDelta(t, c.Cross[i*g.Others+j], cross.Row(j)[i], tol, "%s: cross[%d, %d]", c.Name, i, j)
					}
				}

				diagonal := make([]float64, g.Points)
				require.NoError(t, op.Diagonal(ctx, diagonal))
				for i, s := range op.Sigma() {
					diagonal[i] += s
				}
				requireClose(t, c.Diagonal, diagonal, tol, c.Name+": diagonal")

				if c.ScikitLearn == "" {
					continue
				}
				requireClose(t, c.Theta, Theta(k), tol, c.Name+": theta")
				lower, upper := ThetaBounds(k)
				bounds := []float64{}
				for p := range lower {
					bounds = append(bounds, lower[p], upper[p])
				}
				requireClose(t, c.Bounds, bounds, tol, c.Name+": bounds")
				gradient, a := make([]float64, len(c.Theta)), matrixOf(g.Points, 2, c.A)
				require.NoError(t, op.Gradient(ctx, gradient, a, a))
				requireClose(t, c.Gradient, gradient, 10*tol, c.Name+": gradient")
			}
		})
	}
}

// matrixOf returns data as rows x cols.
func matrixOf(rows, cols int, data []float64) core.Matrix[float64] {
	m := core.NewMatrix[float64](rows, cols)
	copy(m.Data, data)
	return m
}

// requireClose holds two lists against each other, with an error relative to the largest element, or absolute below 1.
func requireClose(t *testing.T, want, got []float64, tol float64, text string) {
	t.Helper()
	size := 1.0
	for _, v := range want {
		size = max(size, abs(v))
	}
	require.Len(t, got, len(want), text)
	for i := range want {
		require.InDelta(t, want[i], got[i], tol*size, "%s[%d]", text, i)
	}
}

func TestRefusedKernelText(t *testing.T) {
	for _, c := range golden(t).Refused {
		k, err := UnmarshalKernel([]byte(c.Text))
		require.ErrorIs(t, err, core.ErrOption, c.Text)
		require.ErrorContains(t, err, c.Message, c.Text)
		require.Nil(t, k)
	}
}
