package softmix

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A fit from one start near the truth, to the accuracy of float32: what a hand-written optimizer is compared with.
func BenchmarkFitFromStart(b *testing.B) {
	d := simulate(1, 50000, 128, 8, 1e6, 2)
	x := convert[float32](d.x, 0)
	start := &Start{Theta: append([]float64(nil), d.theta...)}
	for i := range start.Theta {
		start.Theta[i] += 0.04 * float64(i%3-1)
	}
	o := &Options{Components: 8, NInit: 1, Start: start, Covariance: None, Certificate: -1, Tol: 0.2, Threads: 1}
	for b.Loop() {
		m, err := FitMixture(b.Context(), x, d.counts, o)
		require.NoError(b, err)
		b.ReportMetric(float64(m.Evaluations), "evaluations")
	}
}
