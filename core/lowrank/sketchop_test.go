package lowrank

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/lithe-ml/lithe/core"
)

var sketchKinds = []string{Gaussian, SparseSign, SRTT}

// denseSketch is S as a matrix, element by element.
func denseSketch(t *testing.T, m int, o *SketchOptions) core.Matrix[float64] {
	t.Helper()
	require.NoError(t, o.Validate())
	s, err := newTest(m, o)
	require.NoError(t, err)
	x := core.NewMatrix[float64](m, o.Size)
	testRows(x, s, 0, 0)
	return turned(x)
}

func TestSketchIsItsDenseForm(t *testing.T) { onEveryPath(t, sketches[float32], sketches[float64]) }

func sketches[T core.Float](t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(7, 7))
	for _, shape := range [][3]int{{1, 3, 1}, {37, 70, 5}, {400, 9, 20}, {500, 130, 40}, {1500, 5, 3}} {
		m, n, d := shape[0], shape[1], shape[2]
		x := thin(r, normals[T](r, m, n, 0))
		mean := make([]float64, n)
		for j := range mean {
			mean[j] = r.NormFloat64()
		}
		for _, kind := range sketchKinds {
			o := &SketchOptions{Kind: kind, Size: d, Seed: 9, Threads: 2}
			s := denseSketch(t, m, o)
			want, wantCentered := refer(s, nil).times(refer(x, nil).a, n), refer(s, nil).times(refer(x, mean).a, n)
			for name, a := range kinds(t, x, 2) {
				got, err := Sketch(ctx, a, o)
				require.NoError(t, err, name)
				requireNear(t, want, got, 3*math.Sqrt(float64(m))*epsilon[T](), kind+name)
				c, err := Centered(a, mean)
				require.NoError(t, err)
				got, err = Sketch(ctx, c, o)
				require.NoError(t, err, name)
				requireNear(t, wantCentered, got, 8*math.Sqrt(float64(m))*epsilon[T](), kind+name+" centred")
			}
			op, err := NewSketch[T](m, o)
			require.NoError(t, err)
			requireOperator(t, fmt.Sprint(kind, shape), refer(narrow[T](s), nil), op, 4)
		}
	}
}

// The mean of S^T S over many seeds is the identity, and no column of S is missing.
func TestSketchIsIsotropic(t *testing.T) {
	const m, d, runs = 12, 5, 4000
	for _, kind := range sketchKinds {
		sum, square := make([]float64, m*m), make([]float64, m*m)
		for seed := range uint64(runs) {
			s := denseSketch(t, m, &SketchOptions{Kind: kind, Size: d, Seed: seed})
			for i := range m {
				for j := range m {
					dot := 0.0
					for p := range d {
						dot += s.Row(p)[i] * s.Row(p)[j]
					}
					sum[i*m+j] += dot / runs
					square[i*m+j] += dot * dot / runs
				}
			}
		}
		for i := range m {
			for j := range m {
				want, v := 0.0, sum[i*m+j]
				if i == j {
					want = 1
				}
				deviation := math.Sqrt(max(0, square[i*m+j]-v*v) / runs)
				require.InDelta(t, want, v, 5*deviation+1e-12, "%s %d %d", kind, i, j)
			}
		}
	}
}

// With d = 4k a subspace of k dimensions keeps its norms within a factor of 1 -+ about 1/2, its worst direction included.
func TestSketchEmbedsSubspaces(t *testing.T) {
	const m, k = 2500, 40
	bases := map[string]core.Matrix[float64]{"random": spectrum[float64](m, k, power(k, 0), 4), "unit vectors": core.NewMatrix[float64](m, k)}
	for j := range k {
		bases["unit vectors"].Row(j)[j] = 1
	}
	for name, x := range bases {
		a := NewDenseOrFail(t, x)
		for _, kind := range sketchKinds {
			for seed := range uint64(10) {
				s, err := Sketch(context.Background(), a, &SketchOptions{Kind: kind, Size: 4 * k, Seed: seed})
				require.NoError(t, err)
				var f mat.SVD
				require.True(t, f.Factorize(mat.NewDense(4*k, k, s.Data), mat.SVDNone))
				values := f.Values(nil)
				require.Less(t, values[0], 1.7, kind+name)
				require.Greater(t, values[k-1], 0.35, kind+name)
			}
		}
	}
}

func TestSketchBits(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(3, 8))
	x := normals[float32](r, 2600, 70, 0)
	for _, kind := range sketchKinds {
		var first []float32
		for _, threads := range []int{1, 2, 5} {
			a, err := NewDense(x, threads)
			require.NoError(t, err)
			s, err := Sketch(ctx, a, &SketchOptions{Kind: kind, Size: 30, Threads: threads})
			require.NoError(t, err)
			if first == nil {
				first = s.Data
			}
			require.Equal(t, first, s.Data, kind)
		}
		// An element depends on the seed and its place alone: fewer rows are the same rows.
		o := &SketchOptions{Kind: kind, Size: 30, Seed: 5}
		if kind != SRTT {
			whole, part := denseSketch(t, 900, o), denseSketch(t, 333, o)
			require.Equal(t, part.Data, copied(columns(whole, 0, 333)).Data)
		}
		other := denseSketch(t, 900, &SketchOptions{Kind: kind, Size: 30, Seed: 6})
		require.NotEqual(t, denseSketch(t, 900, o).Data, other.Data)
	}
}

func TestSketchRefuses(t *testing.T) {
	ctx := context.Background()
	x := core.NewMatrix[float64](20, 3)
	a := NewDenseOrFail(t, x)
	for _, o := range []*SketchOptions{nil, {}, {Size: -1}, {Size: 3, Kind: "fjlt"}, {Size: 3, NonZeros: 4}, {Size: 3, NonZeros: -1},
		{Size: 33, Kind: SRTT}} {
		_, err := Sketch(ctx, a, o)
		require.ErrorIs(t, err, core.ErrOption)
		_, err = NewSketch[float64](20, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err := NewSketch[float64](20, &SketchOptions{Size: 1 << 30})
	require.ErrorIs(t, err, core.ErrOption)
	require.ErrorContains(t, err, "the most for a matrix of 20 rows")
	_, err = NewSketch[float64](0, &SketchOptions{Size: 1})
	require.ErrorIs(t, err, core.ErrShape)
	x.Row(17)[2] = math.NaN()
	for _, kind := range sketchKinds {
		_, err := Sketch(ctx, a, &SketchOptions{Kind: kind, Size: 5})
		require.ErrorIs(t, err, core.ErrNotFinite)
		require.ErrorContains(t, err, "row 17, column 2")
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = Sketch(ended, a, &SketchOptions{Size: 5})
	require.ErrorIs(t, err, context.Canceled)
}
