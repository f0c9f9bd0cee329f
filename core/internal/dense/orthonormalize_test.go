package dense

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

// spectrum returns n numbers from 1 down to 1/condition in equal ratios.
func spectrum(n int, condition float64) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = math.Pow(condition, -float64(i)/float64(max(1, n-1)))
	}
	return s
}

// requireBasis orthonormalizes a copy of y and checks the contract. It returns Q, r and the rank.
func requireBasis[T core.Float](t *testing.T, y core.Matrix[T], name string) (q, r []float64, rank int) {
	t.Helper()
	m, l := y.Rows, y.Cols
	before, work := float64s(y), clone(y)
	r = slices.Repeat([]float64{math.NaN()}, l*l)
	rank, err := Orthonormalize(nil, 2, work, r, 11)
	require.NoError(t, err, name)
	q = float64s(work)
	bound := 1e-14 * float64(l)
	if epsilonOf[T]() > 1e-10 {
		bound = 2e-7 * math.Sqrt(float64(l))
	}
	require.LessOrEqual(t, nonOrthogonality(q, m, l), bound, "%s: Q^T Q", name)
	back := times(q, m, l, r, l)
	var worst float64
	for j := range l {
		var norm, off float64
		for i := range m {
			norm = math.Hypot(norm, before[i*l+j])
			off = math.Hypot(off, before[i*l+j]-back[i*l+j])
		}
		if off > 0 || math.IsNaN(off) {
			worst = math.Max(worst, off/norm)
		}
	}
	require.LessOrEqual(t, worst, 16*epsilonOf[T]()*math.Sqrt(float64(l)), "%s: y - Q r", name)
	for i := rank; i < l; i++ {
		require.Zero(t, largest(r[i*l:i*l+l]), "%s: row %d of r", name, i)
	}
	return q, r, rank
}

func TestOrthonormalizeAnyCondition(t *testing.T) {
	onEveryLevel(t, orthonormalizeAnyCondition[float32], orthonormalizeAnyCondition[float64])
}

func orthonormalizeAnyCondition[T core.Float](t *testing.T) {
	r := newRand(20)
	for _, s := range [][2]int{{1, 1}, {9, 1}, {2, 2}, {40, 40}, {340, 24}, {400, 70}} {
		m, l := s[0], s[1]
		for _, condition := range []float64{1, 1e3, 1e6, 1e9, 1e12, 1e15} {
			y := conditioned[T](r, m, spectrum(l, condition))
			_, c, rank := requireBasis(t, y, "geometric spectrum")
			if condition*epsilonOf[T]()*float64(l) < 0.01 {
				require.Equal(t, l, rank, "%d x %d, condition %g", m, l, condition)
			}
			if condition <= 1e3 {
				for i := range l {
					require.Zero(t, largest(c[i*l:i*l+i]), "r is upper triangular")
				}
			}
			steps := spectrum(l, condition)
			for i := range steps {
				steps[i] = 1 / condition
			}
			steps[0] = 1
			requireBasis(t, conditioned[T](r, m, steps), "one large singular value")
		}
	}
}

func TestOrthonormalizeRankDeficient(t *testing.T) {
	onEveryLevel(t, orthonormalizeRankDeficient[float32], orthonormalizeRankDeficient[float64])
}

func orthonormalizeRankDeficient[T core.Float](t *testing.T) {
	r := newRand(21)
	for _, c := range []struct{ m, l, rank int }{{1, 1, 0}, {5, 5, 0}, {300, 10, 0}, {400, 20, 1}, {400, 20, 13}, {60, 60, 59}} {
		factor, mix := normals[float64](r, c.m, c.rank, 0), normals[float64](r, c.rank, c.l, 0)
		y := rounded[T](times(float64s(factor), c.m, c.rank, float64s(mix), c.l), c.m, c.l)
		q, _, rank := requireBasis(t, y, "product of thin factors")
		if epsilonOf[T]() < 1e-10 || c.rank <= 1 { // rounding to float32 may raise the rank of others
			require.Equal(t, c.rank, rank, "%d x %d", c.m, c.l)
		}
		// The leading columns of Q alone span y.
		h := times(transpose(q, c.m, c.l), c.l, c.m, float64s(y), c.l)
		require.LessOrEqual(t, largest(h[rank*c.l:]), 1e3*epsilonOf[T](), "%d x %d", c.m, c.l)
	}

	y := normals[T](r, 200, 12, 3)
	for i := range y.Rows {
		row := y.Row(i)
		row[0], row[4], row[5], row[11] = 0, row[7], -2*row[7], row[1]
	}
	_, c, rank := requireBasis(t, y, "zero and repeated columns")
	require.Equal(t, 8, rank)
	for i := range 12 {
		require.Zero(t, c[i*12])
		require.InDelta(t, -2*c[i*12+7], c[i*12+5], 20*epsilonOf[T]()*math.Abs(c[i*12+7])+20*epsilonOf[T]())
	}
}

func TestOrthonormalizeColumnsOfAnySize(t *testing.T) {
	r := newRand(22)
	for _, sizes := range [][]float64{{1e30, 1, 1e-30}, {1e300, 1e-300, 1}, {1e-310, 1e-320, 1e306}} {
		y := normals[float64](r, 100, 3, 0)
		for i := range y.Rows {
			for j := range 3 {
				y.Row(i)[j] *= sizes[j]
			}
		}
		work, c := clone(y), make([]float64, 9)
		rank, err := Orthonormalize(nil, 1, work, c, 0)
		require.NoError(t, err)
		require.Equal(t, 3, rank)
		require.LessOrEqual(t, nonOrthogonality(float64s(work), 100, 3), 1e-14)
		for i := range y.Rows {
			for j := range 3 {
				var back float64
				for k := range j + 1 {
					back += work.Row(i)[k] * c[k*3+j]
				}
				require.InDelta(t, y.Row(i)[j]/sizes[j], back/sizes[j], 1e-3, "subnormal numbers have few digits")
			}
		}
	}
	small := normals[float32](r, 100, 3, 0)
	for i := range small.Rows {
		small.Row(i)[0] *= 1e30
		small.Row(i)[2] *= 1e-30
	}
	_, _, rank := requireBasis(t, small, "float32")
	require.Equal(t, 3, rank)
}

func TestOrthonormalizeRefusesWhatIsNotFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		y := normals[float64](newRand(23), 500, 4, 0)
		y.Row(400)[2] = bad
		_, err := Orthonormalize(nil, 2, y, nil, 0)
		require.ErrorIs(t, err, core.ErrNumerical)
		require.ErrorContains(t, err, "column 2")
		single := rounded[float32](float64s(y), 500, 4)
		_, err = Orthonormalize(nil, 2, single, nil, 0)
		require.ErrorIs(t, err, core.ErrNumerical)
	}
}

func TestOrthonormalizeRandomColumnsDependOnTheSeed(t *testing.T) {
	basisOf := func(seed uint64) []float64 {
		y := core.NewMatrix[float64](50, 4)
		_, err := Orthonormalize(nil, 1, y, nil, seed)
		require.NoError(t, err)
		return y.Data
	}
	require.Equal(t, basisOf(1), basisOf(1))
	require.NotEqual(t, basisOf(1), basisOf(2))
}

func TestOrthonormalizeNotoriousMatrices(t *testing.T) {
	onEveryLevel(t, orthonormalizeNotorious[float32], orthonormalizeNotorious[float64])
}

func orthonormalizeNotorious[T core.Float](t *testing.T) {
	sine, cosine := math.Sincos(1.2)
	for name, f := range map[string]func(i, j int) float64{
		"Hilbert":     func(i, j int) float64 { return 1 / float64(i+j+1) },
		"Vandermonde": func(i, j int) float64 { return math.Pow(float64(i)/60, float64(j)) },
		"Kahan": func(i, j int) float64 {
			switch {
			case i > j:
				return 0
			case i == j:
				return math.Pow(sine, float64(i))
			}
			return -cosine * math.Pow(sine, float64(i))
		},
		"Lauchli": func(i, j int) float64 {
			if i == 0 {
				return 1
			}
			return []float64{0, 1e-9}[max(0, 1-max(i-1-j, j-i+1))]
		},
		"constant":   func(int, int) float64 { return 1 },
		"tail of 1s": func(i, j int) float64 { return []float64{0, 1}[min(1, i/(59-j))] },
		"half zero":  func(i, j int) float64 { return []float64{math.Sin(float64(1 + i*j + i)), 0}[j%2] },
	} {
		for _, l := range []int{3, 17, 45} {
			y := core.NewMatrix[T](60, l)
			for i := range y.Rows {
				for j := range l {
					y.Row(i)[j] = T(f(i, j))
				}
			}
			_, _, rank := requireBasis(t, y, name)
			switch name {
			case "constant":
				require.Equal(t, 1, rank)
			case "half zero":
				require.LessOrEqual(t, rank, (l+1)/2)
			}
		}
	}
}

// Prepared columns are orthonormal after half the work, and badly prepared ones all the same.
func TestOrthonormalizePrepared(t *testing.T) {
	onEveryLevel64(t, func(t *testing.T) {
		const m, l = 300, 40
		for name, sigma := range map[string]func(i int) float64{
			"prepared":   func(i int) float64 { return 1 + float64(i%3) },
			"unprepared": func(i int) float64 { return math.Pow(2, -float64(i)) },
		} {
			values := make([]float64, l)
			for i := range values {
				values[i] = sigma(i)
			}
			x := conditioned[float64](newRand(15), m, values)
			q, r := clone(x), make([]float64, l*l)
			rank, err := OrthonormalizePrepared(nil, 2, q, r, 1)
			require.NoError(t, err)
			require.Equal(t, l, rank)
			require.LessOrEqual(t, nonOrthogonality(q.Data, m, l), 2e-14, name)
			require.LessOrEqual(t, deviation(x.Data, times(q.Data, m, l, r, l)), 2e-14, name)
		}
		_, err := OrthonormalizePrepared(nil, 1, normals[float64](newRand(1), 3, 4, 0), nil, 1)
		require.ErrorIs(t, err, core.ErrShape)
	})
}
