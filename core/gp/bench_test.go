package gp

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// BenchmarkMul reports the time per element of K and core of a product of 8192 points with t columns, on one thread.
func BenchmarkMul(b *testing.B) {
	for _, precision := range []string{Float32, Float64} {
		for _, k := range []struct {
			name   string
			kernel Kernel
		}{
			{"matern32", Multiply(Constant{Value: 1}, Matern{})}, {"rbf", Multiply(Constant{Value: 1}, RBF{})},
		} {
			for _, d := range []int{3, 8, 26, 90} {
				for _, t := range []int{1, 4, 16, 17, 64} {
					b.Run(fmt.Sprintf("%s/%s/d=%d/t=%d", precision, k.name, d, t), func(b *testing.B) {
						benchmarkMul(b, k.kernel, d, t, OperatorOptions{Precision: precision, Threads: 1})
					})
				}
			}
		}
	}
}

// BenchmarkThreads is BenchmarkMul with one and with two threads.
func BenchmarkThreads(b *testing.B) {
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprint(threads), func(b *testing.B) { benchmarkMul(b, Matern{}, 8, 16, OperatorOptions{Threads: threads}) })
	}
}

// BenchmarkStored is BenchmarkMul with tiles that are kept.
func BenchmarkStored(b *testing.B) {
	for _, storage := range []string{Float32, Float16, BFloat16} {
		for _, t := range []int{1, 8, 16} {
			b.Run(fmt.Sprintf("%s/t=%d", storage, t), func(b *testing.B) {
				benchmarkMul(b, Matern{}, 8, t, OperatorOptions{Storage: storage, Threads: 1})
			})
		}
	}
}

func benchmarkMul(b *testing.B, k Kernel, d, t int, o OperatorOptions) {
	const n = 8192
	x, v, dst := cloud(n, d, 1), cloud(n, t, 2), core.NewMatrix[float64](n, t)
	for i := range x.Data {
		x.Data[i] *= 2 / math.Sqrt(float64(d)) // so that neighbours matter
	}
	op, err := NewOperator(x, k, []float64{100}, &o)
	if err != nil {
		b.Fatal(err)
	}
	if err := op.Mul(nil, dst, v); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		if err := op.Mul(nil, dst, v); err != nil {
			b.Fatal(err)
		}
	}
	reportPairs(b, start, n)
}

// BenchmarkGradient reports the time per element of K of a gradient with c columns.
func BenchmarkGradient(b *testing.B) {
	for _, s := range []struct {
		d    int
		seed uint64 // the same as that of the other factor for multiples
	}{{8, 2}, {8, 3}, {26, 2}, {26, 3}} {
		b.Run(fmt.Sprintf("d=%d/paired=%v", s.d, s.seed == 2), func(b *testing.B) {
			const n, c = 4096, 17
			d := s.d
			x, u, v := cloud(n, d, 1), cloud(n, c, 2), cloud(n, c, s.seed)
			scales := make([]float64, d)
			for q := range scales {
				scales[q] = 1 + float64(q)/10
			}
			op, err := NewOperator(x, Multiply(Constant{Value: 1}, Matern{LengthScale: scales}), nil, &OperatorOptions{Threads: 1})
			if err != nil {
				b.Fatal(err)
			}
			dst := make([]float64, d+1)
			start := cpuTime()
			for b.Loop() {
				if err := op.Gradient(nil, dst, u, v); err != nil {
					b.Fatal(err)
				}
			}
			reportPairs(b, start, n)
		})
	}
}

// reportPairs reports the processor time per element of an n x n matrix.
func reportPairs(b *testing.B, start time.Duration, n float64) {
	b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/float64(b.N)/(n*n), "ns/pair")
}

// BenchmarkSetTheta reports the processor time of making ready for other length scales, per point.
func BenchmarkSetTheta(b *testing.B) {
	for _, d := range []int{3, 26} {
		b.Run(fmt.Sprint(d), func(b *testing.B) {
			const n = 20000
			op, err := NewOperator(cloud(n, d, 1), Matern{}, nil, &OperatorOptions{Threads: 1})
			if err != nil {
				b.Fatal(err)
			}
			theta, start := op.Theta(), cpuTime()
			for b.Loop() {
				if err := op.SetTheta(theta); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/float64(b.N)/n, "ns/point")
		})
	}
}
