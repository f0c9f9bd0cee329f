package coreset

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// lastLayerOf returns residuals and activations of clusters as a network leaves them.
func lastLayerOf(n, outputs, inputs int) (r, a core.Matrix[float32]) {
	draw := rng.New(8)
	r, a = core.NewMatrix[float32](n, outputs), core.NewMatrix[float32](n, inputs)
	for i := range n {
		class, sum := i%outputs, 0.0
		for c := range outputs {
			v := math.Exp(draw.NormFloat64())
			if c == class {
				v *= 8
			}
			r.Row(i)[c] = float32(v)
			sum += v
		}
		for c := range outputs {
			r.Row(i)[c] /= float32(sum)
		}
		r.Row(i)[class]--
		for h := range inputs {
			a.Row(i)[h] = float32(max(0, draw.NormFloat64()+2*float64((class*h)%3)))
		}
	}
	return r, a
}

func TestNeighboursOfProductsAndSparseRows(t *testing.T) {
	n, k := 1300, 130
	if testing.Short() {
		n, k = 600, 60
	}
	r, a := lastLayerOf(n, 4, 12)
	ptr, index, value, _ := words[float32, int32](n, 120, 9)
	initial := []int{5, 90}
	for name, ground := range map[string]func() Ground{
		"products": func() Ground { return ProductRows(r, a) },
		"sparse":   func() Ground { return SparseRows(n, 120, ptr, index, value) },
	} {
		want := choose(t, ground(), &FacilityOptions{Budget: k, Initial: initial})
		o := FacilityOptions{Budget: k, Engine: Neighbors, Initial: initial, Seed: 3}
		f := choose(t, ground(), &o)
		checkFacilities(t, f, n, k)
		require.Equal(t, initial, f.Indices[:2])
		require.Less(t, f.Loss, 1.05*want.Loss, name)
		require.Greater(t, f.Recall, 0.9, name)
		require.LessOrEqual(t, f.LossBound, want.Loss)
		o.Threads = 3
		again := choose(t, ground(), &o)
		require.Equal(t, f, again)

		// What is reported is measured.
		exact := choose(t, ground(), &FacilityOptions{Budget: k, Initial: f.Indices})
		require.InEpsilon(t, exact.Loss, f.Loss, 1e-4, name)
	}
	f := choose(t, SparseRows(n, 120, ptr, index, value), &FacilityOptions{Budget: k, Engine: Neighbors, Metric: RBF})
	want := choose(t, SparseRows(n, 120, ptr, index, value), &FacilityOptions{Budget: k, Metric: RBF})
	require.Less(t, f.Loss, 1.08*want.Loss)
	p, err := PlanFacilities(t.Context(), ProductRows(r, a), &FacilityOptions{Budget: k, Engine: Neighbors})
	require.NoError(t, err)
	require.Greater(t, p.Bytes, float64(n*64*8))
}
