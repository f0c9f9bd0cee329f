package dense

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// onEveryLevel runs a test in both precisions with every family of kernels that this machine has.
func onEveryLevel(t *testing.T, test32, test64 func(t *testing.T)) {
	for _, level := range cpu.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			defer cpu.Force(level)()
			if test32 != nil {
				t.Run("float32", test32)
			}
			t.Run("float64", test64)
		})
	}
}

// epsilonOf returns the distance from 1 to the next T.
func epsilonOf[T core.Float]() float64 {
	if any(T(0)) == any(float32(0)) {
		return 0x1p-23
	}
	return 0x1p-52
}

// normals returns an m x n matrix of standard normal numbers with pad unused elements, all NaN, after each row.
func normals[T core.Float](r *rand.Rand, m, n, pad int) core.Matrix[T] {
	x := core.Matrix[T]{Data: make([]T, max(0, m*(n+pad)-pad)), Rows: m, Cols: n, Stride: n + pad}
	for i := range x.Data {
		x.Data[i] = T(math.NaN())
	}
	for i := range m {
		for j := range x.Row(i) {
			x.Row(i)[j] = T(r.NormFloat64())
		}
	}
	return x
}

func clone[T core.Float](x core.Matrix[T]) core.Matrix[T] {
	x.Data = append([]T(nil), x.Data...)
	return x
}

// float64s returns x in float64 without gaps.
func float64s[T core.Float](x core.Matrix[T]) []float64 {
	out := make([]float64, 0, x.Rows*x.Cols)
	for i := range x.Rows {
		for _, v := range x.Row(i) {
			out = append(out, float64(v))
		}
	}
	return out
}

// times returns a b for a of m x k and b of k x n, by the definition.
func times(a []float64, m, k int, b []float64, n int) []float64 {
	c := make([]float64, m*n)
	for i := range m {
		for p := range k {
			for j := range n {
				c[i*n+j] += a[i*k+p] * b[p*n+j]
			}
		}
	}
	return c
}

func transpose(a []float64, m, n int) []float64 {
	t := make([]float64, n*m)
	for i := range m {
		for j := range n {
			t[j*m+i] = a[i*n+j]
		}
	}
	return t
}

// deviation returns the largest absolute difference of two slices, and +Inf if one of them holds NaN.
func deviation(a, b []float64) float64 {
	var most float64
	for i, v := range a {
		d := math.Abs(v - b[i])
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		most = max(most, d)
	}
	return most
}

// nonOrthogonality returns the largest element of |q^T q - I| for q of m x n.
func nonOrthogonality(q []float64, m, n int) float64 {
	g := times(transpose(q, m, n), n, m, q, n)
	for i := range n {
		g[i*n+i]--
	}
	return deviation(g, make([]float64, n*n))
}

// largest returns the largest absolute value in a.
func largest(a []float64) float64 { return deviation(a, make([]float64, len(a))) }

// orthogonal returns an n x n orthogonal matrix: a product of random reflections.
func orthogonal(r *rand.Rand, n int) []float64 {
	q := make([]float64, n*n)
	for i := range n {
		q[i*n+i] = 1
	}
	v := make([]float64, n)
	for range min(n, 12) {
		var norm float64
		for i := range v {
			v[i] = r.NormFloat64()
			norm += v[i] * v[i]
		}
		for i := range n {
			row := q[i*n : i*n+n]
			var dot float64
			for j, w := range v {
				dot += row[j] * w
			}
			for j, w := range v {
				row[j] -= 2 * dot / norm * w
			}
		}
	}
	return q
}

// conditioned returns an m x n matrix, m >= n, with the given singular values and random singular vectors.
func conditioned[T core.Float](r *rand.Rand, m int, sigma []float64) core.Matrix[T] {
	n := len(sigma)
	left, right := orthogonal(r, m), orthogonal(r, n)
	scaled := make([]float64, m*n)
	for i := range m {
		for j := range n {
			scaled[i*n+j] = left[i*m+j] * sigma[j]
		}
	}
	return rounded[T](times(scaled, m, n, right, n), m, n)
}

func rounded[T core.Float](a []float64, m, n int) core.Matrix[T] {
	x := core.NewMatrix[T](m, n)
	for i, v := range a {
		x.Data[i] = T(v)
	}
	return x
}

func newRand(seed uint64) *rand.Rand { return rng.New(seed) }
