package lowrank

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/lithe-ml/lithe/core"
)

// pcaOf sees x in blocks of the given number of rows.
func pcaOf[T core.Float](t *testing.T, x core.Matrix[T], weights []float64, o *PCAOptions, size, threads int) *PCAState {
	t.Helper()
	s, err := NewPCAState(x.Cols, o)
	require.NoError(t, err)
	for lo := 0; lo < x.Rows; lo += size {
		hi := min(x.Rows, lo+size)
		var w []float64
		if weights != nil {
			w = weights[lo:hi]
		}
		require.NoError(t, PCAUpdate(context.Background(), s, rowsOf(x, lo, hi), w, threads))
	}
	return s
}

// covariances is the covariance matrix of x, divisor rows - 1, with its eigenvalues in decreasing order.
func covariances[T core.Float](t *testing.T, x core.Matrix[T]) (*mat.SymDense, []float64) {
	t.Helper()
	var c mat.SymDense
	stat.CovarianceMatrix(&c, mat.NewDense(x.Rows, x.Cols, wideOf(x).Data), nil)
	var e mat.EigenSym
	require.True(t, e.Factorize(&c, false))
	values := e.Values(nil)
	for i, j := 0, len(values)-1; i < j; i, j = i+1, j-1 {
		values[i], values[j] = values[j], values[i]
	}
	return &c, values
}

func TestPCAFromCovariances(t *testing.T) { onEveryPath(t, pcaExact[float32], pcaExact[float64]) }

func pcaExact[T core.Float](t *testing.T) {
	ctx := context.Background()
	const m, n, k = 150, 30, 5
	x := spectrum[T](m, n, scaledBy(power(n, 1), 20), 3)
	for i := range m {
		for j := range n {
			x.Row(i)[j] += T(100 * (j%3 - 1))
		}
	}
	c, values := covariances(t, x)
	for _, size := range []int{1, 40, m} {
		s := pcaOf(t, x, nil, &PCAOptions{Rank: k}, size, 2)
		f, err := s.Components(ctx, &PCAOptions{Rank: k})
		require.NoError(t, err)
		require.InDeltaSlice(t, values[:k], f.Variances, 1e-11*values[0])
		require.Zero(t, f.Bound)
		rest, trace := 0.0, 0.0
		for i, v := range values {
			if trace += v; i >= k {
				rest += v / (n - k)
			}
		}
		require.InDelta(t, rest, f.NoiseVariance, 1e-11*values[0])
		require.InDelta(t, trace, f.TotalVariance, 1e-11*values[0])
		requireOrthonormal(t, turned(f.Components), 1e-13)
		for i := range k {
			var cv mat.VecDense
			cv.MulVec(c, mat.NewVecDense(n, f.Components.Row(i)))
			require.InDeltaSlice(t, scaledBy(f.Components.Row(i), values[i]), cv.RawVector().Data, 1e-10*values[0])
		}
		for j, v := range f.Mean {
			require.InDelta(t, stat.Mean(mat.Col(nil, j, mat.NewDense(m, n, wideOf(x).Data)), nil), v, 1e-10)
		}
		all, err := s.Components(ctx, nil)
		require.NoError(t, err)
		require.InDeltaSlice(t, values, all.Variances, 1e-11*values[0])
		require.Zero(t, all.NoiseVariance)
	}
}

// Rows with whole weights are rows repeated, in covariances and sketches.
func TestPCAWeights(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	x := normals[float64](r, 60, 9, 0)
	weights, repeated := make([]float64, 60), core.Matrix[float64]{Cols: 9, Stride: 9}
	for i := range weights {
		weights[i] = float64(r.IntN(4))
		for range int(weights[i]) {
			repeated.Data, repeated.Rows = append(repeated.Data, x.Row(i)...), repeated.Rows+1
		}
	}
	for _, o := range []*PCAOptions{nil, {Size: 12, Rank: 3}} {
		for _, size := range []int{7, 60} {
			a, b := pcaOf(t, x, weights, o, size, 1), pcaOf(t, repeated, nil, o, 11, 1)
			require.InDelta(t, b.Weight, a.Weight, 1e-12)
			require.InDeltaSlice(t, b.Mean, a.Mean, 1e-13)
			require.InDelta(t, b.SquaredNorm, a.SquaredNorm, 1e-10)
			require.InDeltaSlice(t, upper(b), upper(a), 1e-10)
		}
	}
}

// upper is the upper triangle of the Gram matrix or that of the sketch.
func upper(s *PCAState) (values []float64) {
	n := len(s.Mean)
	g := s.Gram
	if s.Sketch.Rows > 0 {
		g = times(turned(s.Sketch), s.Sketch)
	}
	for i := range n {
		values = append(values, g.Row(i)[i:]...)
	}
	return values
}

// In every direction the sketch has at most as much as the centred rows and at most Lost less, and Lost keeps its bound.
func TestPCASketchBound(t *testing.T) { onEveryPath(t, pcaSketch[float32], pcaSketch[float64]) }

func pcaSketch[T core.Float](t *testing.T) {
	ctx := context.Background()
	const m, n, k, l = 400, 60, 4, 16
	for _, exponent := range []float64{0.3, 1, 2} {
		x := spectrum[T](m, n, scaledBy(power(n, exponent), 30), 3)
		for i := range m {
			for j := range n {
				x.Row(i)[j] += T(i / 100) // the mean moves
			}
		}
		c, values := covariances(t, x)
		o := &PCAOptions{Rank: k, Size: l}
		whole := pcaOf(t, x, nil, o, 90, 2)
		merged := pcaOf(t, rowsOf(x, 0, 130), nil, o, 20, 1)
		require.NoError(t, merged.Merge(ctx, pcaOf(t, rowsOf(x, 130, m), nil, o, 200, 1), 1))
		for name, s := range map[string]*PCAState{"whole": whole, "merged": merged} {
			name := fmt.Sprint(name, exponent)
			require.InDelta(t, float64(m), s.Weight, 0)
			difference := mat.NewSymDense(n, nil)
			b := times(turned(s.Sketch), s.Sketch)
			trace := 0.0
			for i := range n {
				trace += c.At(i, i) * (m - 1)
				for j := i; j < n; j++ {
					difference.SetSym(i, j, c.At(i, j)*(m-1)-b.Row(i)[j])
				}
			}
			require.InEpsilon(t, trace, s.SquaredNorm, 1e-10, name)
			var e mat.EigenSym
			require.True(t, e.Factorize(difference, false))
			gaps := e.Values(nil)
			rounding := 1e-10 * trace
			require.GreaterOrEqual(t, gaps[0], -rounding, name)
			require.LessOrEqual(t, gaps[n-1], s.Lost+rounding, name)
			rest := trace
			for i := range l {
				require.LessOrEqual(t, s.Lost, rest/float64(l+1-i)+rounding, "%s k = %d", name, i)
				rest -= values[i] * (m - 1)
			}
			f, err := s.Components(ctx, o)
			require.NoError(t, err, name)
			requireOrthonormal(t, turned(f.Components), 1e-12)
			require.InDelta(t, s.Lost/2/(m-1), f.Bound, 1e-12*trace)
			for i, v := range f.Variances {
				require.InDelta(t, values[i], v, f.Bound+rounding, name)
			}
		}
	}
}

func TestPCAMerge(t *testing.T) {
	ctx := context.Background()
	x := spectrum[float64](200, 12, power(12, 1), 3)
	whole := pcaOf(t, x, nil, nil, 200, 1)
	merged, err := NewPCAState(12, nil)
	require.NoError(t, err)
	for _, span := range [][2]int{{150, 200}, {0, 1}, {1, 150}} {
		require.NoError(t, merged.Merge(ctx, pcaOf(t, rowsOf(x, span[0], span[1]), nil, nil, 60, 1), 1))
	}
	empty, err := NewPCAState(12, nil)
	require.NoError(t, err)
	require.NoError(t, merged.Merge(ctx, empty, 1))
	require.Equal(t, whole.Rows, merged.Rows)
	require.InDelta(t, whole.SquaredNorm, merged.SquaredNorm, 1e-13)
	require.InDeltaSlice(t, upper(whole), upper(merged), 1e-13)
	require.InDeltaSlice(t, whole.Mean, merged.Mean, 1e-15)
}

func TestPCAThreadsDoNotChangeBits(t *testing.T) {
	x := spectrum[float32](1500, 80, power(80, 1), 3)
	for _, o := range []*PCAOptions{{Rank: 5}, {Rank: 5, Size: 20}} {
		var first *PCAState
		var components *PCAComponents
		for _, threads := range []int{1, 2, 5} {
			s := pcaOf(t, x, nil, o, 1100, threads)
			f, err := s.Components(context.Background(), &PCAOptions{Rank: 5, Threads: threads})
			require.NoError(t, err)
			if first == nil {
				first, components = s, f
			}
			require.Equal(t, first, s)
			require.Equal(t, components, f)
		}
	}
}

func TestPCAOfDegenerateData(t *testing.T) {
	ctx := context.Background()
	same := core.NewMatrix[float64](40, 25)
	for i := range same.Data {
		same.Data[i] = 3
	}
	for _, o := range []*PCAOptions{{Rank: 2}, {Rank: 2, Size: 6}, {Rank: 2, Size: 30}} {
		f, err := pcaOf(t, same, nil, o, 13, 1).Components(ctx, o)
		require.NoError(t, err)
		require.InDeltaSlice(t, []float64{0, 0}, f.Variances, 0)
		requireOrthonormal(t, turned(f.Components), 1e-12)
		low := spectrum[float64](60, 25, power(2, 1), 1)
		f, err = pcaOf(t, low, nil, o, 13, 1).Components(ctx, o)
		require.NoError(t, err)
		_, values := covariances(t, low)
		require.InDeltaSlice(t, values[:2], f.Variances, 1e-14)
		require.InDelta(t, 0, f.Bound, 1e-14)
	}
}

func TestPCARefuses(t *testing.T) {
	ctx := context.Background()
	x := spectrum[float64](20, 6, power(6, 1), 3)
	for _, o := range []*PCAOptions{{Rank: -1}, {Rank: 7}, {Size: -1}, {Rank: 3, Size: 3}, {Size: 4}} {
		_, err := NewPCAState(6, o)
		require.ErrorIs(t, err, core.ErrOption)
	}
	_, err := NewPCAState(5000, nil)
	require.ErrorIs(t, err, core.ErrOption)
	_, err = NewPCAState(0, nil)
	require.ErrorIs(t, err, core.ErrShape)
	s := pcaOf(t, x, nil, nil, 20, 1)
	before := upper(s)
	spoilt := copied(x)
	spoilt.Row(3)[4] = math.NaN()
	err = PCAUpdate(ctx, s, spoilt, nil, 1)
	require.ErrorIs(t, err, core.ErrNotFinite)
	require.ErrorContains(t, err, "row 3, column 4")
	require.ErrorIs(t, PCAUpdate(ctx, s, columns(x, 0, 5), nil, 1), core.ErrShape)
	require.ErrorIs(t, PCAUpdate(ctx, s, x, []float64{1}, 1), core.ErrShape)
	bad := repeat(1, 20)
	bad[7] = -1
	require.ErrorIs(t, PCAUpdate(ctx, s, x, bad, 1), core.ErrOption)
	huge := copied(x)
	huge.Row(3)[4] = 1e200
	require.ErrorIs(t, PCAUpdate(ctx, s, huge, nil, 1), core.ErrNumerical)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, PCAUpdate(ended, s, x, nil, 1), context.Canceled)
	require.NoError(t, PCAUpdate(ctx, s, x, repeat(0, 20), 1))
	require.Equal(t, before, upper(s))
	require.Equal(t, int64(20), s.Rows)
	other, err := NewPCAState(6, &PCAOptions{Rank: 2, Size: 4})
	require.NoError(t, err)
	require.ErrorIs(t, s.Merge(ctx, other, 1), core.ErrShape)
	require.ErrorIs(t, s.Merge(ctx, &PCAState{}, 1), core.ErrShape)
	_, err = other.Components(ctx, &PCAOptions{Rank: 2})
	require.ErrorIs(t, err, core.ErrShape, "no rows")
	_, err = s.Components(ctx, &PCAOptions{Rank: 7})
	require.ErrorIs(t, err, core.ErrOption)
}
