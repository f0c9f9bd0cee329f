package dense

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// shapes are rows and columns on both sides of every tile and group.
var shapes = [][2]int{{0, 3}, {1, 1}, {5, 0}, {7, 3}, {335, 17}, {336, 8}, {337, 33}, {1000, 60}, {12000, 5}, {2700, 130}}

func TestGramAndCross(t *testing.T) { onEveryLevel(t, gramAndCross[float32], gramAndCross[float64]) }

func gramAndCross[T core.Float](t *testing.T) {
	r := newRand(1)
	for _, s := range shapes {
		m, l := s[0], s[1]
		k := l/2 + 1
		x, y := normals[T](r, m, l, 3), normals[T](r, m, k, 1)
		xs, ys := float64s(x), float64s(y)
		bound := 1e-13 * float64(m)

		g := slices.Repeat([]float64{math.NaN()}, l*l)
		require.NoError(t, Gram(nil, 2, x, g))
		require.LessOrEqual(t, deviation(times(transpose(xs, m, l), l, m, xs, l), g), bound, "%d x %d", m, l)
		require.Equal(t, g, transpose(g, l, l))

		c := slices.Repeat([]float64{math.NaN()}, l*k)
		require.NoError(t, Cross(nil, 2, x, y, c))
		require.LessOrEqual(t, deviation(times(transpose(xs, m, l), l, m, ys, k), c), bound, "%d x %d", m, l)
	}
}

func TestMulRight(t *testing.T) {
	onEveryLevel(t, mulRightIsAProduct[float32], mulRightIsAProduct[float64])
}

func mulRightIsAProduct[T core.Float](t *testing.T) {
	r := newRand(2)
	for _, s := range shapes {
		m, k := s[0], s[1]
		l := k/2 + 1
		x, b := normals[T](r, m, k, 2), float64s(normals[float64](r, k, l, 0))
		want := times(float64s(x), m, k, b, l)
		bound := epsilonOf[T]()*8*math.Sqrt(float64(k)+1) + 1e-13

		dst := normals[T](r, m, l, 1)
		require.NoError(t, MulRight(nil, 2, dst, x, b, k, l))
		require.LessOrEqual(t, deviation(want, float64s(dst)), bound, "%d x %d", m, k)

		require.NoError(t, SubMulRight(nil, 2, dst, x, b, k, l))
		require.LessOrEqual(t, largest(float64s(dst)), bound)

		if l <= k {
			// In place: the leading columns of x become the product, the others stay.
			rest := float64s(columns(x, l, k))
			require.NoError(t, MulRight(nil, 2, columns(x, 0, l), x, b, k, l))
			require.LessOrEqual(t, deviation(want, float64s(columns(x, 0, l))), bound)
			require.Equal(t, rest, float64s(columns(x, l, k)))
		}
	}
}

func TestSolveRight(t *testing.T) {
	onEveryLevel(t, solveRightSolves[float32], solveRightSolves[float64])
}

func solveRightSolves[T core.Float](t *testing.T) {
	r := newRand(3)
	for _, s := range shapes {
		m, l := s[0], s[1]
		for _, decay := range []float64{0, 3, 13} {
			if l == 0 {
				continue
			}
			upper := make([]float64, l*l)
			for i := range l {
				for j := i; j < l; j++ {
					upper[i*l+j] = r.NormFloat64() / math.Sqrt(float64(l))
				}
				upper[i*l+i] = 1
			}
			// Tiny pivots, in one block and in different ones, whose rows are not small themselves.
			for _, i := range []int{1, 3, 40} {
				if i < l {
					upper[i*l+i] = math.Pow(10, -decay)
				}
			}
			y := normals[T](r, m, l, 2)
			want := float64s(y)
			require.NoError(t, SolveRight(nil, 2, y, upper))
			q := float64s(y)
			back := times(q, m, l, upper, l)
			var worst float64
			for i := range m {
				row := q[i*l : i*l+l]
				scale := (1 + largest(row)) * math.Sqrt(float64(l)) * epsilonOf[T]()
				worst = max(worst, deviation(want[i*l:i*l+l], back[i*l:i*l+l])/scale)
			}
			require.LessOrEqual(t, worst, 64.0, "%d x %d, decay %g", m, l, decay)
		}
	}
}

func TestSolveRightRefusesSingularMatrices(t *testing.T) {
	y := core.NewMatrix[float64](4, 2)
	for _, r := range [][]float64{{1, 2, 0, 0}, {math.NaN(), 0, 0, 1}, {1, math.Inf(1), 0, 1}, {1, 0, 0, 1e-320}} {
		require.ErrorIs(t, SolveRight(nil, 1, y, r), core.ErrNumerical, "%v", r)
	}
}

func TestSolveUpper(t *testing.T) {
	r := newRand(4)
	for _, n := range []int{1, 2, 5, 40} {
		upper, x := make([]float64, n*n), make([]float64, n)
		for i := range n {
			x[i] = r.NormFloat64()
			for j := i; j < n; j++ {
				upper[i*n+j] = r.NormFloat64() / float64(n)
			}
			upper[i*n+i] = 1 + r.Float64()
		}
		b := times(upper, n, n, x, 1)
		SolveUpper(upper, n, b)
		require.InDeltaSlice(t, x, b, 1e-13)
		b = times(transpose(upper, n, n), n, n, x, 1)
		SolveUpperTransposed(upper, n, b)
		require.InDeltaSlice(t, x, b, 1e-13)
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	t.Run("float32", threadsDoNotChangeBits[float32])
	t.Run("float64", threadsDoNotChangeBits[float64])
}

func threadsDoNotChangeBits[T core.Float](t *testing.T) {
	r := newRand(5)
	x := normals[T](r, 3000, 70, 1)
	for i := range x.Rows {
		row := x.Row(i)
		row[1], row[60] = row[0]+T(1e-9)*row[1], row[3] // needs every branch of Orthonormalize
	}
	y, b := normals[T](r, 3000, 31, 0), float64s(normals[float64](r, 70, 31, 0))
	var first [][]float64
	for _, threads := range []int{1, 2, 3, 8} {
		g, c, coef := make([]float64, 70*70), make([]float64, 70*31), make([]float64, 70*70)
		require.NoError(t, Gram(nil, threads, x, g))
		require.NoError(t, Cross(nil, threads, x, y, c))
		z := clone(y)
		require.NoError(t, MulRight(nil, threads, z, x, b, 70, 31))
		q := clone(x)
		_, err := Orthonormalize(nil, threads, q, coef, 7)
		require.NoError(t, err)
		all := [][]float64{g, c, float64s(z), float64s(q), coef}
		if first == nil {
			first = all
		}
		require.Equal(t, first, all, "%d threads", threads)
	}
}

func TestTallFunctionsCheckTheirArguments(t *testing.T) {
	x, y := core.NewMatrix[float64](6, 2), core.NewMatrix[float64](5, 3)
	broken := core.Matrix[float64]{Data: make([]float64, 3), Rows: 6, Cols: 2, Stride: 2}
	four, six := make([]float64, 4), make([]float64, 6)
	_, few := Orthonormalize(nil, 1, core.NewMatrix[float64](2, 3), nil, 0)
	_, short := Orthonormalize(nil, 1, x, four[:3], 0)
	for _, err := range []error{
		Gram(nil, 1, x, four[:3]), Gram(nil, 1, broken, four), Cross(nil, 1, x, y, six), Cross(nil, 1, x, x, four[:3]),
		MulRight(nil, 1, x, x, four, 2, 3), MulRight(nil, 1, x, x, four[:2], 2, 2), SubMulRight(nil, 1, y, x, six, 2, 3),
		SolveRight(nil, 1, x, four[:1]), SolveRight(nil, 1, broken, four), few, short,
	} {
		require.ErrorIs(t, err, core.ErrShape)
		require.ErrorContains(t, err, "dense.")
	}
}

func TestTallFunctionsStopWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	x, g := normals[float32](newRand(6), 50, 4, 0), make([]float64, 16)
	_, err := Orthonormalize(ctx, 1, x, nil, 0)
	for _, err := range []error{
		err, Gram(ctx, 1, x, g), Cross(ctx, 1, x, x, g), MulRight(ctx, 1, x, x, g, 4, 4),
		SolveRight(ctx, 1, x, []float64{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}),
	} {
		require.ErrorIs(t, err, context.Canceled)
	}
}
