package tile

import (
	"fmt"
	"testing"

	"github.com/lithe-ml/lithe/core"
)

// BenchmarkTile reports the processor time of every step per element of a tile.
func BenchmarkTile(b *testing.B) {
	b.Run("float32", benchmarkTile[float32])
	b.Run("float64", benchmarkTile[float64])
}

func benchmarkTile[T core.Float](b *testing.B) {
	run := func(name string, do func()) {
		b.Run(name, func(b *testing.B) {
			start := cpuTime()
			for b.Loop() {
				do()
			}
			b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/float64(b.N)/Elements, "ns/element")
		})
	}
	n := Size * Lanes[T]()
	dst, h, r2, scratch := make([]T, Elements), make([]T, Elements), make([]T, Elements), make([]T, Elements)
	for _, d := range []int{8, 26} {
		x, y := normals[T](d*Size, 1), normals[T](d*Size, 2)
		norms := make([]T, Size)
		run(fmt.Sprint("products/", d), func() { Products(dst, x, y, d, norms, norms, 0) })
		run(fmt.Sprint("distances/", d), func() { Distances(r2, x, y, d) })
		out := make([]float64, d)
		run(fmt.Sprint("contract/", d), func() { Contract(out, r2, x, y, d) })
	}
	for name, c := range curvesOf[T](1, 1) {
		run(name, func() { Evaluate(c.Curve, dst, nil, r2, scratch) })
		run(name+"+h", func() { Evaluate(c.Curve, dst, h, r2, scratch) })
	}
	o, v := make([]T, n), normals[T](n, 3)
	run("multiply", func() { Multiply(o, dst, v, false) })
	run("multiply/trans", func() { Multiply(o, dst, v, true) })
	oj, vi, sums := make([]T, Size), normals[T](Size, 4), make([]float64, Size)
	run("apply", func() { Apply(o, oj, dst, vi, vi) })
	run("reduce", func() { Reduce(sums, o) })
	run("add", func() { Add(dst, h) })
	total := make([]float64, n)
	run("accumulate", func() { Accumulate(total, o) })
}
