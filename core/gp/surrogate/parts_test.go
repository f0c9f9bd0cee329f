package surrogate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

func scatter(n, d int, seed uint64) core.Matrix[float64] {
	random := rng.New(seed)
	u := core.NewMatrix[float64](n, d)
	for i := range u.Data {
		u.Data[i] = random.Float64()
	}
	return u
}

// TestBorderedFactor compares points that joined a process in parts with the definition.
func TestBorderedFactor(t *testing.T) {
	const n, d = 150, 3
	u, y := scatter(n, d, 1), make([]float64, n)
	for i := range y {
		y[i] = math.Sin(7*u.Row(i)[0]) + u.Row(i)[1]
	}
	p := preset(d, 1, 1, 1)
	p.standardize(u, y, 0.01)
	p.set([]float64{0.4, -1, -0.5, 0.2, -1})
	first := core.Matrix[float64]{Data: u.Data, Rows: 37, Cols: d, Stride: d}
	require.NoError(t, p.condition(nil, first, y[:37], 1))
	rest := core.Matrix[float64]{Data: u.Data[37*d:], Rows: n - 37, Cols: d, Stride: d}
	require.NoError(t, p.append(nil, rest, y[37:], 2))
	require.InDeltaSlice(t, []float64{0.4, -1, -0.5, 0.2, -1}, p.theta(), 1e-12)

	k := func(a, b []float64) float64 {
		sum, linear := 0.4, 1.0
		for q, l := range []float64{-1, -0.5, 0.2} {
			v := (a[q] - b[q]) / math.Exp(l)
			sum -= v * v / 2
			linear += (a[q] - p.centre[q]) * (b[q] - p.centre[q]) / (p.spread[q] * p.spread[q])
		}
		return (math.Exp(sum) + math.Exp(-1)*linear*linear) / (p.scale * p.scale)
	}
	for i := range n {
		sum := 0.0
		for j := range n {
			sum += k(u.Row(i), u.Row(j)) * p.alpha[j]
			if i == j {
				sum += p.noise * p.alpha[j]
			}
		}
		require.InDelta(t, p.y[i], sum, 1e-6)
	}
	mean, variance := make([]float64, n), make([]float64, n)
	require.NoError(t, p.evaluate(nil, mean, variance, u, 2))
	for i := range n {
		require.InDelta(t, y[i], mean[i], 0.05)
		require.Less(t, variance[i], 1.1e-4)
	}
}

// TestSupport separates the inside of a ball, seen from few points, from the rest of the cube.
func TestSupport(t *testing.T) {
	const n = 200
	inside := func(u []float64) float64 {
		if (u[0]-0.4)*(u[0]-0.4)+(u[1]-0.5)*(u[1]-0.5) < 0.09 {
			return 1
		}
		return -1
	}
	u, sign := scatter(n, 2, 3), make([]float64, n)
	for i := range sign {
		sign[i] = inside(u.Row(i))
	}
	s, err := newSupport(nil, u, sign, []float64{5, 5}, nil, 1)
	require.NoError(t, err)
	value := make([]float64, n)
	require.NoError(t, s.evaluate(nil, value, u, 1))
	for i, v := range value {
		require.GreaterOrEqual(t, v*sign[i], 0.99)
	}
	require.Less(t, len(s.weight), n/4)
	others, wrong := scatter(1000, 2, 4), 0
	value = make([]float64, 1000)
	require.NoError(t, s.evaluate(nil, value, others, 2))
	for i, v := range value {
		if v*inside(others.Row(i)) < 0 {
			wrong++
		}
	}
	require.Less(t, wrong, 30)
}

// TestAnnealing compares particles of a density with two modes, far apart and of different width, with its moments.
func TestAnnealing(t *testing.T) {
	p := preset(1, 1, 1, 1)
	const n = 80
	u, y := core.NewMatrix[float64](n, 1), make([]float64, n)
	for i := range n {
		x := (float64(i) + 0.5) / n
		u.Data[i] = x
		a, b := (x-0.2)/0.03, (x-0.8)/0.06
		y[i] = max(math.Log(math.Exp(-a*a/2)+math.Exp(-b*b/2)), -30)
	}
	p.standardize(u, y, 0.01)
	p.set([]float64{math.Log(100), math.Log(0.05), 0})
	require.NoError(t, p.condition(nil, u, y, 1))
	kept := make([]bool, n)
	for i := range kept {
		kept[i] = true
	}
	r, err := newRegion(nil, u, y, kept, -40, nil, 1)
	require.NoError(t, err)
	a, err := newAnnealing(nil, &law{process: p, region: r}, 4000, rng.New(1))
	require.NoError(t, err)
	found, err := a.to(nil, 1)
	require.NoError(t, err)
	mass, left := math.Sqrt(2*math.Pi)*0.09, 0.0
	require.InDelta(t, math.Log(mass), a.mass, 0.05)
	for i := range found.value {
		if found.u.Data[i] < 0.5 {
			left += 1.0 / 4000
		}
	}
	require.InDelta(t, 1.0/3, left, 0.04)
}

func TestDepth(t *testing.T) {
	require.InDelta(t, 0.5, depth(1, 1), 1e-9)
	require.InDelta(t, 200, depth(20, 1), 1e-6)
	require.InDelta(t, -math.Log(math.Erfc(1/math.Sqrt2)), depth(1, 2), 1e-9)
	require.Greater(t, depth(20, 8), 210.0)
}
