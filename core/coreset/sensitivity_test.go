package coreset

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSensitivitiesAreThoseOfThePaper(t *testing.T) {
	r := &rough{near: []float64{4, 0, 1, 9}, owner: []uint32{0, 0, 1, 1}, cost: 18}
	weight := []float64{2, 1, 1, 1}
	const mass, mean = 5.0, 18.0 / 5
	a := 16 * (math.Log(2) + 2)
	score := func(near, cellMean, cellMass float64) float64 {
		return a*near/mean + 2*a*cellMean/mean + 4*mass/cellMass
	}
	want := []float64{2 * score(4, 8.0/3, 3), score(0, 8.0/3, 3), score(1, 5, 2), score(9, 5, 2)}
	require.InDeltaSlice(t, want, r.sensitivities(weight, 2, mass), 1e-9)
}
