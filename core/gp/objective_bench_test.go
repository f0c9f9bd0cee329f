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
	e := newExactObjective(op, s, tall(y, x.Rows), nil, 0, 1)
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

// BenchmarkIterativeGradient is one gradient for 8192 points of 8 features: from nothing, preconditioner included, and after a
// small step of the parameters.
func BenchmarkIterativeGradient(b *testing.B) {
	const n, d = 8192, 8
	x, y := cloud(n, d, 1), make([]float64, n)
	scales := make([]float64, d)
	for i := range y {
		y[i] = math.Sin(x.Row(i)[0]) + 0.1*x.Row(i)[1]
	}
	for q := range scales {
		scales[q] = 2 + float64(q)/4
	}
	k := Multiply(Constant{Value: 1}, Matern{LengthScale: scales})
	op, err := NewOperator(x, k, nil, &OperatorOptions{Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	s, err := newSpace(k, Bounds{Lower: 1e-8, Upper: 1}, d, nil)
	if err != nil {
		b.Fatal(err)
	}
	theta := append(Theta(k), math.Log(0.01))
	grad := make([]float64, len(theta))
	o := (&RegressionOptions{Threads: 1}).withDefaults()
	for _, warm := range []bool{false, true} {
		b.Run(map[bool]string{false: "cold", true: "warm"}[warm], func(b *testing.B) {
			e := newIterativeObjective(op, x, s, y, 0, o)
			if warm {
				if _, err := e.evaluate(context.Background(), theta, grad); err != nil {
					b.Fatal(err)
				}
			}
			before, start := e.iterations, cpuTime()
			step := 0.02
			for b.Loop() {
				if warm {
					step = -step
					theta[1] += step
				} else {
					e = newIterativeObjective(op, x, s, y, 0, o)
					before = 0
				}
				if _, err := e.evaluate(context.Background(), theta, grad); err != nil {
					b.Fatal(err)
				}
			}
			reportPairs(b, start, n)
			count := b.N
			if !warm {
				count = 1
			}
			b.ReportMetric(float64(e.iterations-before)/float64(count), "iterations")
		})
	}
}

// BenchmarkNeighborVariance is the variance of one test point given 512 of 8192.
func BenchmarkNeighborVariance(b *testing.B) {
	x := cloud(8192, 8, 1)
	y := make([]float64, x.Rows)
	m, err := FitRegression(context.Background(), x, y, Multiply(Constant{Value: 1}, Matern{LengthScale: []float64{3}}),
		&RegressionOptions{Noise: 0.01, NoiseFixed: true, Optimizer: OptimizerNone, NoLikelihood: true, Threads: 1, Rank: 50})
	if err != nil {
		b.Fatal(err)
	}
	z := cloud(32, 8, 2)
	start := cpuTime()
	for b.Loop() {
		if _, err := Predict(context.Background(), m, z, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpuTime()-start).Microseconds())/float64(b.N*z.Rows), "us/point")
}
