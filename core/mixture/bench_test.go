package mixture

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// BenchmarkIteration measures one EM iteration of a truncated fit (E-step, graph, M-step) of 20 000 x 32 points with
// C = 100 and H = 5, after ten that bring the search spaces to their usual size.
func BenchmarkIteration(b *testing.B) {
	x := draw(truth(1, 100, 32, 5, 1), 2, 20_000)
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprint("float32/threads=", threads), func(b *testing.B) { iterate(b, matrix[float32](x, 32), Options{Components: 100, Threads: threads}) })
		b.Run(fmt.Sprint("float64/threads=", threads), func(b *testing.B) { iterate(b, matrix[float64](x, 32), Options{Components: 100, Threads: threads}) })
	}
}

// iteration is EM on truncated posteriors, step by step.
type iteration[T core.Float] struct {
	t testing.TB
	f *fit[T]
	p *params
	e *estep[T]
	m *mstep[T]
	n int
}

func newIteration[T core.Float](t testing.TB, x core.Matrix[T], o Options) *iteration[T] {
	o = o.withDefaults()
	f, err := newFit(background, x, &o)
	require.NoError(t, err)
	s := newSearch(f.d.n, o.Components, &o)
	p, err := f.initialise(background, s, 0)
	require.NoError(t, err)
	i := &iteration[T]{t: t, f: f, p: p, e: newEstep(f.d, s, f.k, 0, o.Threads), m: newMstep(f.d, f.k, &o)}
	i.e.m = i.m
	return i
}

// step is one iteration: E-step, graph and M-step.
func (i *iteration[T]) step() (evaluated int64) {
	err := i.f.k.prepare(background, i.p, i.f.o.Threads)
	if err == nil {
		_, evaluated, err = i.e.run(background, i.p, i.n)
	}
	if err == nil {
		err = i.m.run(background, i.p, i.e.pairs)
	}
	if err != nil {
		i.t.Fatal(err)
	}
	i.n++
	return evaluated
}

func iterate[T core.Float](b *testing.B, x core.Matrix[T], o Options) {
	it := newIteration(b, x, o)
	for range 10 {
		it.step()
	}
	b.ReportAllocs()
	total := int64(0)
	for b.Loop() {
		total += it.step()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(total), "ns/evaluation")
	b.ReportMetric(float64(total)/float64(b.N)/float64(x.Rows), "evaluations/point")
}

// BenchmarkShapes measures an iteration at other numbers of features and factors, on 10 000 points and C = 50.
func BenchmarkShapes(b *testing.B) {
	for _, d := range []int{8, 16, 32, 64, 128, 784} {
		x := draw(truth(1, 50, d, 5, 1), 2, 10_000)
		for _, h := range []int{0, 5, 10} {
			o := Options{Components: 50, Factors: h, Threads: 1, CovarianceType: Factor, Algorithm: "truncated"}
			if h >= d {
				continue
			}
			if h == 0 {
				o.CovarianceType = Diag
			}
			b.Run(fmt.Sprint("float32/D=", d, "/H=", h), func(b *testing.B) { iterate(b, matrix[float32](x, d), o) })
			b.Run(fmt.Sprint("float64/D=", d, "/H=", h), func(b *testing.B) { iterate(b, matrix[float64](x, d), o) })
		}
	}
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
