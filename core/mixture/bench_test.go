package mixture

import (
	"fmt"
	"testing"

	"github.com/lithe-ml/lithe/core"
)

// BenchmarkIteration measures one EM iteration of a truncated fit (E-step, graph, M-step) of 20 000 x 32 points with
// C = 100 and H = 5, after ten that bring the search spaces to their usual size.
func BenchmarkIteration(b *testing.B) {
	x := draw(truth(1, 100, 32, 5, 1), 2, 20_000)
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprint("float32/threads=", threads), func(b *testing.B) { iterate(b, matrix[float32](x, 32), threads) })
		b.Run(fmt.Sprint("float64/threads=", threads), func(b *testing.B) { iterate(b, matrix[float64](x, 32), threads) })
	}
}

func iterate[T core.Float](b *testing.B, x core.Matrix[T], threads int) {
	o := (&Options{Components: 100, Threads: threads}).withDefaults()
	f, err := newFit(background, x, &o)
	if err != nil {
		b.Fatal(err)
	}
	s := newSearch(f.d.n, o.Components, &o)
	p, err := f.initialise(background, s, 0)
	if err != nil {
		b.Fatal(err)
	}
	e, m := newEstep(f.d, s, f.k, 0, threads), newMstep(f.d, f.k, &o)
	it := 0
	step := func() (evaluated int64) {
		if err = f.k.prepare(background, p, threads); err == nil {
			_, evaluated, err = e.run(background, p, it)
		}
		if err == nil {
			err = m.run(background, p, e.pairs)
		}
		if err != nil {
			b.Fatal(err)
		}
		it++
		return evaluated
	}
	for range 10 {
		step()
	}
	b.ReportAllocs()
	total := int64(0)
	for b.Loop() {
		total += step()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(total), "ns/evaluation")
	b.ReportMetric(float64(total)/float64(b.N)/float64(x.Rows), "evaluations/point")
}

// BenchmarkScoreSamples measures the density of 20 000 x 32 points under all of C = 100 components with H = 5.
func BenchmarkScoreSamples(b *testing.B) {
	m := truth(1, 100, 32, 5, 1)
	x := draw(m, 2, 20_000)
	b.Run("float32", func(b *testing.B) { scoreRows(b, m, matrix[float32](x, 32)) })
	b.Run("float64", func(b *testing.B) { scoreRows(b, m, matrix[float64](x, 32)) })
}

func scoreRows[T core.Float](b *testing.B, m *Model, x core.Matrix[T]) {
	dst := make([]float64, x.Rows)
	b.ReportAllocs()
	for b.Loop() {
		if err := ScoreSamples(background, m, x, 1, dst); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(x.Rows*m.Components), "ns/evaluation")
}

// BenchmarkKMeans measures Lloyd iterations on 20 000 x 32 points with 100 centres, seeding excluded.
func BenchmarkKMeans(b *testing.B) {
	x := draw(truth(1, 100, 32, 0, 1), 2, 20_000)
	b.Run("float32", func(b *testing.B) { lloydPasses(b, matrix[float32](x, 32)) })
	b.Run("float64", func(b *testing.B) { lloydPasses(b, matrix[float64](x, 32)) })
}

func lloydPasses[T core.Float](b *testing.B, x core.Matrix[T]) {
	o := (&KMeansOptions{Clusters: 100, Threads: 1}).withDefaults()
	d, err := newData(background, x, nil, true, 1)
	if err != nil {
		b.Fatal(err)
	}
	l := newLloyd(d, o.Clusters, o.Threads)
	means, err := plusPlus(background, d, o.Clusters, 0, 1)
	if err != nil {
		b.Fatal(err)
	}
	copy(l.p.mu, means)
	b.ReportAllocs()
	its := 0
	for b.Loop() {
		if _, _, err := l.run(background, 1, 0, -1, func(int) {}); err != nil {
			b.Fatal(err)
		}
		its += 2 // a run assigns once more than it updates
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(its)/float64(x.Rows*o.Clusters), "ns/distance")
}
