package gp

import (
	"context"
	"math"
	"testing"
)

// BenchmarkExactLikelihood is one value with its gradient by 26 length scales, a variance and a noise, for 3000 points.
func BenchmarkExactLikelihood(b *testing.B) {
	const n, d = 3000, 26
	x, y, scales := cloud(n, d, 1), make([]float64, n), make([]float64, d)
	for i := range y {
		y[i] = math.Sin(x.Row(i)[0])
	}
	for q := range scales {
		scales[q] = 4 + float64(q)/10
	}
	k := Multiply(Constant{Value: 1}, Matern{LengthScale: scales})
	op, err := NewOperator(x, k, nil, &OperatorOptions{Precision: Float64, Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	s, err := newSpace(k, Bounds{Lower: 1e-8, Upper: 1}, d, nil)
	if err != nil {
		b.Fatal(err)
	}
	e := newExactObjective(op, s, y, nil, 0, 1)
	theta := append(Theta(k), math.Log(0.1))
	grad := make([]float64, len(theta))
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		if _, err := e.evaluate(context.Background(), theta, grad); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpuTime()-start).Seconds()/float64(b.N), "cpu-s/op")
}
