package lowrank

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// kahan is an n x n matrix of which pivoting takes the columns as they come, although the last is all but a combination of
// the others with huge coefficients.
func kahan(n int, cosine float64) core.Matrix[float64] {
	x := core.NewMatrix[float64](n, n)
	sine := math.Sqrt(1 - cosine*cosine)
	for i := range n {
		for j := i; j < n; j++ {
			v := 1.0
			if j > i {
				v = -cosine
			}
			x.Row(i)[j] = v * math.Pow(sine, float64(i)) * (1 - 1e-9*float64(j))
		}
	}
	return x
}

// coefficients solves y_J t = y by least squares.
func coefficients(t *testing.T, y core.Matrix[float64], chosen []int) *mat.Dense {
	t.Helper()
	whole := mat.NewDense(y.Rows, y.Cols, y.Data)
	some := mat.NewDense(y.Rows, len(chosen), nil)
	for a, id := range chosen {
		for i := range y.Rows {
			some.Set(i, a, whole.At(i, id))
		}
	}
	var qr mat.QR
	qr.Factorize(some)
	var out mat.Dense
	require.NoError(t, qr.SolveTo(&out, false, whole))
	return &out
}

func TestStrengthenKahan(t *testing.T) {
	for _, n := range []int{12, 40, 90} {
		for _, k := range []int{n - 1, n - 3, n / 2} {
			y := kahan(n, 0.3)
			perm, _, rank, err := linalg.QRCP(context.Background(), 1, y.Data, n, n, k, 1e-15)
			require.NoError(t, err)
			require.Equal(t, k, rank)
			chosen := perm[:k]
			before := largest(coefficients(t, y, chosen).RawMatrix().Data)
			if k == n-1 {
				require.Greater(t, before, 0.2*math.Pow(1.3, float64(n-2)), "pivoting was meant to fail")
			}
			strengthen(y, chosen, 1)
			after := coefficients(t, y, chosen)
			require.LessOrEqual(t, largest(after.RawMatrix().Data), 2+1e-6, "n %d k %d", n, k)
			seen := map[int]bool{}
			for _, id := range chosen {
				require.False(t, seen[id])
				seen[id] = true
			}
		}
	}
}

// The coefficients that exchanges bring up to date are those of the columns chosen.
func TestExchange(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	y := normals[float64](r, 9, 30, 0)
	e := &exchange{y: y, chosen: []int{3, 8, 9, 20, 27}, dual: core.NewMatrix[float64](5, 9), t: core.NewMatrix[float64](5, 30),
		scratch: make([]float64, 30)}
	require.True(t, e.start(1))
	for _, c := range [][2]int{{0, 1}, {4, 2}, {0, 3}, {2, 29}} {
		e.swap(c[0], c[1])
		want := coefficients(t, y, e.chosen)
		require.Equal(t, c[1], e.chosen[c[0]])
		require.InDeltaSlice(t, want.RawMatrix().Data, e.t.Data, 1e-10)
	}
	e.chosen[1] = e.chosen[0]
	require.False(t, e.start(1), "equal columns")
}

// The sketch of as many rows as A has, made orthonormal by a power step, hides nothing of A.
func TestStrongInterpolative(t *testing.T) {
	const n, k = 60, 59
	ctx := context.Background()
	x := kahan(n, 0.3)
	a := NewDenseOrFail(t, x)
	var size [2]float64
	for i, strong := range []bool{false, true} {
		o := &Options{Rank: k, Strong: strong, Oversample: 1, MaxPasses: 5}
		f, err := ColumnID(ctx, a, o)
		require.NoError(t, err)
		require.Len(t, f.Indices, k)
		size[i] = largest(f.P.Data)
		require.InDelta(t, remainder(x, f.C, f.P), f.Error, 1e-7)
		g, err := CUR(ctx, a, o)
		require.NoError(t, err)
		require.Len(t, g.RowIndices, k)
		h, err := RowID(ctx, a, o)
		require.NoError(t, err)
		if strong {
			require.LessOrEqual(t, largest(h.P.Data), 2.0)
			require.InDelta(t, remainder(x, times(g.C, g.U), g.R), g.Error, 1e-7)
		}
	}
	require.Greater(t, size[0], 1e3)
	require.LessOrEqual(t, size[1], 2.0)
}
