package softmix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/ref"
)

// problem is a support with counts drawn from a mixture of known parameters.
type problem struct {
	x            core.Matrix[float64]
	counts       []float64
	theta, alpha []float64
	L, K         int
}

// simulate draws N times from a mixture of K classes at random directions of length norm, over p Gaussian cells.
func simulate(seed uint64, p, L, K int, N, norm float64) *problem {
	r := rand.New(rand.NewPCG(seed, 1))
	d := &problem{x: core.NewMatrix[float64](p, L), counts: make([]float64, p), L: L, K: K}
	for i := range d.x.Data {
		d.x.Data[i] = r.NormFloat64()
	}
	for range K {
		t, sum := make([]float64, L), 0.0
		for i := range t {
			t[i] = r.NormFloat64()
			sum += t[i] * t[i]
		}
		for _, v := range t {
			d.theta = append(d.theta, v*norm/math.Sqrt(sum))
		}
	}
	for k := range K {
		d.alpha = append(d.alpha, float64(K-k)/float64(K*(K+1)/2))
	}
	for j, pi := range d.probabilities() {
		d.counts[j] = poisson(r, N*pi)
	}
	return d
}

func (d *problem) rows() [][]float64 { return split(d.x.Data, d.L) }

func split(flat []float64, n int) [][]float64 {
	var rows [][]float64
	for ; len(flat) > 0; flat = flat[n:] {
		rows = append(rows, flat[:n])
	}
	return rows
}

func (d *problem) probabilities() []float64 {
	pi := make([]float64, d.x.Rows)
	for k, t := range split(d.theta, d.L) {
		for j, v := range ref.SoftmaxClass(d.rows(), t) {
			pi[j] += d.alpha[k] * v
		}
	}
	return pi
}

func poisson(r *rand.Rand, mean float64) float64 {
	if mean > 50 {
		return math.Max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64()))
	}
	n, product := 0.0, r.Float64()
	for limit := math.Exp(-mean); product > limit; n++ {
		product *= r.Float64()
	}
	return n
}

func convert[T core.Float](m core.Matrix[float64], shift float64) core.Matrix[T] {
	out := core.NewMatrix[T](m.Rows, m.Cols)
	for i, v := range m.Data {
		out.Data[i] = T(v + shift)
	}
	return out
}

func testKernel[W, T core.Float](t *testing.T, shift, tolerance float64) {
	d := simulate(3, 1300, 5, 3, 2000, 2)
	c, err := newCells(t.Context(), convert[T](d.x, shift), d.counts, 1)
	require.NoError(t, err)
	theta := append([]float64(nil), d.theta...)
	for _, v := range d.theta {
		theta = append(theta, -v/2)
	}
	alpha := append(append([]float64(nil), d.alpha...), 0.2, 0.5, 0.3)
	k := newKernel[W](c, 2, 3, 2)
	require.NoError(t, k.evaluate(t.Context(), theta, alpha))
	for r := range 2 {
		l, a, g := ref.SoftmaxScore(d.rows(), c.q, split(theta, d.L)[3*r:3*r+3], alpha[3*r:3*r+3])
		require.InDelta(t, l, k.l[r], tolerance)
		for i := range 3 {
			require.InDelta(t, a[i], k.a[3*r+i], tolerance)
			for j := range d.L {
				require.InDelta(t, g[i][j], k.g[(3*r+i)*d.L+j], tolerance)
			}
		}
	}
	// Far away, where the normalizers of the last evaluation are of no use.
	for i := range theta {
		theta[i] *= 30
	}
	require.NoError(t, k.evaluate(t.Context(), theta, alpha))
	l, _, _ := ref.SoftmaxScore(d.rows(), c.q, split(theta, d.L)[:3], alpha[:3])
	require.False(t, math.IsInf(k.l[0], 0) || math.IsNaN(k.l[0]))
	if any(W(0)) == any(float64(0)) {
		require.InDelta(t, l, k.l[0], 1e-6*math.Abs(l))
	}
}

func TestKernelIsTheReference(t *testing.T) {
	testKernel[float64, float64](t, 0, 1e-12)
	testKernel[float32, float32](t, 0, 2e-6)
	testKernel[float64, float32](t, 0, 2e-6)
	testKernel[float64, float64](t, 1000, 1e-10)
	testKernel[float32, float32](t, 100, 1e-4)
}

func TestKernelBitsDoNotDependOnThreads(t *testing.T) {
	d := simulate(5, 5000, 7, 2, 5000, 1)
	c, err := newCells(t.Context(), convert[float32](d.x, 0), d.counts, 3)
	require.NoError(t, err)
	one, many := newKernel[float32](c, 1, 2, 1), newKernel[float32](c, 1, 2, 5)
	require.NoError(t, one.evaluate(t.Context(), d.theta, d.alpha))
	require.NoError(t, many.evaluate(t.Context(), d.theta, d.alpha))
	require.Equal(t, one.l, many.l)
	require.Equal(t, one.g, many.g)
	require.Equal(t, one.lse, many.lse)
}

func TestMetric(t *testing.T) {
	d := simulate(7, 400, 4, 1, 100, 1)
	for j := range d.x.Rows {
		row := d.x.Row(j)
		row[2] = 1e4*row[2] + 3e3*row[0]
	}
	ctx := context.Background()
	c, err := newCells(ctx, d.x, d.counts, 1)
	require.NoError(t, err)
	s := make([]float64, 16)
	require.NoError(t, scatter(ctx, c, nil, c.mean, 1, s))
	m, err := newMetric(append([]float64(nil), s...), make([]float64, 4), c.scale)
	require.NoError(t, err)
	m.whiten(1, s)
	for i, v := range s {
		require.InDelta(t, map[bool]float64{true: 1}[i%5 == 0], v, 1e-10)
	}
	phi, theta, back := []float64{1, 2, 3, 4, -1, 0, 0, 5}, make([]float64, 8), make([]float64, 8)
	m.theta(1, phi, theta)
	m.phi(1, theta, back)
	require.InDeltaSlice(t, phi, back, 1e-9)
}

func BenchmarkEvaluate(b *testing.B) {
	for _, s := range [][4]int{{50000, 128, 1, 8}, {5000, 10, 12, 3}} {
		d := simulate(1, s[0], s[1], s[3], float64(4*s[0]), 1)
		c, _ := newCells(b.Context(), convert[float32](d.x, 0), d.counts, 1)
		theta, alpha := []float64{}, []float64{}
		for range s[2] {
			theta, alpha = append(theta, d.theta...), append(alpha, d.alpha...)
		}
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("float32/%v/threads%d", s, threads), func(b *testing.B) {
				k := newKernel[float32](c, s[2], s[3], threads)
				for b.Loop() {
					_ = k.evaluate(b.Context(), theta, alpha)
				}
			})
			b.Run(fmt.Sprintf("float64/%v/threads%d", s, threads), func(b *testing.B) {
				k := newKernel[float64](c, s[2], s[3], threads)
				for b.Loop() {
					_ = k.evaluate(b.Context(), theta, alpha)
				}
			})
		}
	}
}
