package lowrank

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// Leaving out the left vectors changes nothing about the others, whether squares of singular values do or not.
func TestRightVectorsAlone(t *testing.T) {
	t.Run("float64", rightVectorsAlone[float64])
	t.Run("float32", rightVectorsAlone[float32])
}

func rightVectorsAlone[T core.Float](t *testing.T) {
	ctx, eps := context.Background(), core.Epsilon[T]()
	spectra := map[string][]float64{
		"mild": power(12, 1), "equal": repeat(2, 12), "graded": {1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6},
	}
	for name, sigma := range spectra {
		for _, shape := range [][2]int{{900, 12}, {12, 900}, {40, 40}} {
			for _, method := range []string{Gram, Krylov} {
				what := fmt.Sprint(name, shape, method)
				x := spectrum[T](shape[0], shape[1], sigma, 5)
				for _, k := range []int{3, len(sigma)} {
					o := Options{Rank: k, Method: method, Seed: 2, Threads: 2}
					both, err := SVD(ctx, NewDenseOrFail(t, x), &o)
					require.NoError(t, err, what)
					o.RightOnly = true
					right, err := SVD(ctx, NewDenseOrFail(t, x), &o)
					require.NoError(t, err, what)
					require.Equal(t, []int{shape[0], 0}, []int{right.U.Rows, right.U.Cols}, what)
					require.InDeltaSlice(t, both.S, right.S, 20*eps, what)
					require.InDelta(t, both.Error, right.Error, 1e-3*right.Norm, what)
					require.InEpsilon(t, both.Norm, right.Norm, 1e-3, what)
					for j := range k {
						if name != "equal" && sigma[j] > 100*eps {
							require.InDelta(t, 1, inner2(both.V, right.V, j), 100*eps, what)
						}
					}
				}
			}
		}
	}
}

// inner2 is the product of column j of x with that of y.
func inner2[T core.Float](x, y core.Matrix[T], j int) (sum float64) {
	for i := range x.Rows {
		sum += float64(x.Row(i)[j]) * float64(y.Row(i)[j])
	}
	return sum
}

// Squares of small singular values have lost their digits; those of mild ones have not.
func TestGramKeepsSmallSingularValues(t *testing.T) {
	sigma := []float64{1, 1e-3, 1e-6, 1e-9}
	x := spectrum[float64](3000, 4, sigma, 9)
	for _, alone := range []bool{false, true} {
		for k, tol := range []float64{1e-14, 1e-13, 1e-8, 1e-6} {
			f, err := SVD(context.Background(), NewDenseOrFail(t, x), &Options{Rank: k + 1, Method: Gram, RightOnly: alone})
			require.NoError(t, err)
			require.InEpsilon(t, sigma[k], f.S[k], tol, "left vectors left out: %v", alone)
		}
	}
	mild := power(30, 1.2)
	for _, alone := range []bool{false, true} {
		f, err := SVD(context.Background(), NewDenseOrFail(t, spectrum[float64](3000, 30, mild, 9)),
			&Options{Rank: 30, Method: Gram, RightOnly: alone})
		require.NoError(t, err)
		require.InEpsilonSlice(t, mild, f.S, 1e-12)
	}
}

// Columns are centred before they are multiplied, so that means cost the Gram matrix no digits.
func TestGramOfFarAwayColumns(t *testing.T) {
	sigma := power(8, 1)
	near := spectrum[float64](2000, 8, sigma, 3)
	mean, err := ColumnMeans(context.Background(), NewDenseOrFail(t, near))
	require.NoError(t, err)
	far := copied(near)
	for i := range far.Rows {
		for j := range far.Row(i) {
			far.Row(i)[j] += 1e5
			near.Row(i)[j] -= mean[j]
		}
	}
	for j := range mean {
		mean[j] += 1e5
	}
	want, err := SVD(context.Background(), NewDenseOrFail(t, near), &Options{Rank: 8, Method: Gram})
	require.NoError(t, err)
	centred, err := Centered(NewDenseOrFail(t, far), mean)
	require.NoError(t, err)
	got, err := SVD(context.Background(), centred, &Options{Rank: 8, Method: Gram, RightOnly: true})
	require.NoError(t, err)
	require.InEpsilonSlice(t, want.S, got.S, 1e-8) // elements of 1e-2 keep nine digits beside 1e5
}

// Several groups of rows are summed in order, whatever the number of threads.
func TestGramThreadsDoNotChangeBits(t *testing.T) {
	x := spectrum[float32](3000, 20, power(20, 0.5), 4)
	mean := make([]float64, 20)
	for j := range mean {
		mean[j] = float64(j) / 100
	}
	var want []float64
	for _, threads := range []int{1, 2, 3, 16} {
		op, err := NewDense(x, threads)
		require.NoError(t, err)
		g := make([]float64, 20*20)
		require.NoError(t, op.(*dense[float32]).formGram(context.Background(), mean, g))
		if want == nil {
			want = g
			continue
		}
		require.Equal(t, want, g, "%d threads", threads)
	}
}
