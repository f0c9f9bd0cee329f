package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// onEveryLevel runs the test once per kernel family of this machine and element type.
func onEveryLevel(t *testing.T, test32, test64 func(t *testing.T)) {
	for _, level := range cpu.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			defer cpu.Force(level)()
			t.Run("float32", test32)
			t.Run("float64", test64)
		})
	}
}

// product is one call of Gemm with everything that shapes it.
type product struct {
	transA, transB   bool
	m, n, k          int
	alpha, beta      float64
	padA, padB, padC int // row stride beyond the row's length
}

func (p product) String() string { return fmt.Sprintf("%+v", struct{ product }{p}) }

func (p product) strides() (lda, ldb, ldc int) {
	lda, ldb = p.k, p.n
	if p.transA {
		lda = p.m
	}
	if p.transB {
		ldb = p.k
	}
	return lda + p.padA, ldb + p.padB, p.n + p.padC
}

// operands are the arrays of one product: exactly as long as they must be, NaN in the gaps between rows.
type operands[T core.Float] struct{ a, b, c []T }

func newOperands[T core.Float](r *rand.Rand, p product) operands[T] {
	lda, ldb, ldc := p.strides()
	rowsA, colsA, rowsB, colsB := p.m, p.k, p.k, p.n
	if p.transA {
		rowsA, colsA = colsA, rowsA
	}
	if p.transB {
		rowsB, colsB = colsB, rowsB
	}
	return operands[T]{gapped[T](r, rowsA, colsA, lda), gapped[T](r, rowsB, colsB, ldb), gapped[T](r, p.m, p.n, ldc)}
}

func gapped[T core.Float](r *rand.Rand, rows, cols, ld int) []T {
	if rows == 0 || cols == 0 {
		return nil
	}
	x := make([]T, (rows-1)*ld+cols)
	for i := range x {
		x[i] = T(math.NaN())
		if i%ld < cols {
			x[i] = T(r.NormFloat64())
		}
	}
	return x
}

// naive is the defining triple loop in float64. magnitude receives, at the places of C, the sums of absolute values
// that rounding errors are proportional to.
func naive[T core.Float](p product, o operands[T]) (want, magnitude []float64) {
	lda, ldb, ldc := p.strides()
	want, magnitude = make([]float64, len(o.c)), make([]float64, len(o.c))
	for i, v := range o.c {
		want[i] = float64(v)
	}
	for i := range p.m {
		for j := range p.n {
			var sum, abs float64
			for q := range p.k {
				ia, ib := i*lda+q, q*ldb+j
				if p.transA {
					ia = q*lda + i
				}
				if p.transB {
					ib = j*ldb + q
				}
				v := float64(o.a[ia]) * float64(o.b[ib])
				sum += v
				abs += math.Abs(v)
			}
			at := i*ldc + j
			v := 0.0
			if p.alpha != 0 {
				v, abs = p.alpha*sum, math.Abs(p.alpha)*abs
			}
			if p.beta != 0 {
				v += p.beta * want[at]
				abs += math.Abs(p.beta * want[at])
			}
			want[at], magnitude[at] = v, abs
		}
	}
	return want, magnitude
}

func unitRoundoff[T core.Float]() float64 {
	if sizeOf[T]() == 4 {
		return 0x1p-24
	}
	return 0x1p-53
}

// requireProduct holds the elements of C against want to within the bound of a running sum of k terms, and the gaps
// between rows to being untouched. inside tells which elements were to be computed.
func requireProduct[T core.Float](t testing.TB, p product, got []T, want, magnitude []float64) {
	_, _, ldc := p.strides()
	bound := float64(p.k+4) * unitRoundoff[T]()
	for i, g := range got {
		if i%ldc >= p.n {
			require.True(t, math.IsNaN(float64(g)), "%v: wrote between rows, at %d", p, i)
			continue
		}
		if math.IsNaN(want[i]) {
			require.True(t, math.IsNaN(float64(g)), "%v: element %d is %v, want NaN", p, i, g)
			continue
		}
		if !(math.Abs(float64(g)-want[i]) <= bound*magnitude[i]) && float64(g) != want[i] {
			require.Failf(t, "wrong product", "%v: row %d column %d is %v, want %v", p, i/ldc, i%ldc, g, want[i])
		}
	}
}

func gemmOf[T core.Float](p product, threads int, o operands[T]) {
	lda, ldb, ldc := p.strides()
	Gemm(threads, p.transA, p.transB, p.m, p.n, p.k, T(p.alpha), o.a, lda, o.b, ldb, T(p.beta), o.c, ldc)
}
