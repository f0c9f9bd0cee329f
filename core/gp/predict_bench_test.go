package gp

import (
	"context"
	"fmt"
	"math"
	"testing"
)

// BenchmarkNeighbors reports the processor time of the variance of a test point from neighbors, for length scales that are short
// and long against the distance of points. With 4500 training points it also reports by how much variances of observations
// exceed the exact ones, in percent: on average and at most.
func BenchmarkNeighbors(b *testing.B) {
	for _, s := range []struct {
		n, d   int
		length float64
	}{{4500, 2, 0.1}, {4500, 8, 3}, {4500, 26, 5}, {40000, 8, 3}, {240000, 2, 0.02}} {
		b.Run(fmt.Sprintf("n=%d/d=%d", s.n, s.d), func(b *testing.B) {
			x, test := cloud(s.n, s.d, 1), cloud(s.n/9, s.d, 2)
			m := &Regression{Kernel: Matern{LengthScale: []float64{s.length}}, Noise: 1e-3, X: x, Y: make([]float64, s.n),
				Weights: make([]float64, s.n), Solver: MethodCG, Precision: Float32, Threads: 1}
			o := &PredictOptions{WithNoise: true}
			var near *Prediction
			start := cpuTime()
			for b.Loop() {
				var err error
				if near, err = Predict(context.Background(), m, test, o); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime()-start).Microseconds())/float64(b.N*test.Rows), "us/point")
			if s.n > 5000 {
				return
			}
			exact := *m
			exact.Solver, exact.cache = MethodCholesky, nil
			all, err := Predict(context.Background(), &exact, test, o)
			if err != nil {
				b.Fatal(err)
			}
			mean, most := 0.0, math.Inf(-1)
			for i, v := range near.Variance {
				excess := 100 * (v/all.Variance[i] - 1)
				mean += excess / float64(test.Rows)
				most = max(most, excess)
			}
			b.ReportMetric(mean, "%mean")
			b.ReportMetric(most, "%most")
		})
	}
}
