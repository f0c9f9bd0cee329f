package lowrank

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// hutchinson is the mean of x^T A x over random signs.
func hutchinson(t *testing.T, a Operator[float64], products int, seed uint64) float64 {
	n, _ := a.Dims()
	x, y := core.NewMatrix[float64](n, products), core.NewMatrix[float64](n, products)
	signs(x, seed, 1)
	require.NoError(t, a.Mul(context.Background(), y, x))
	sum := 0.0
	for _, v := range columnDots(x, y) {
		sum += v / float64(products)
	}
	return sum
}

func sumOf(x []float64) (sum float64) {
	for _, v := range x {
		sum += v
	}
	return sum
}

// The same budget, fifty times less error, and an interval that holds.
func TestTraceBeatsTheMeanOfQuadraticForms(t *testing.T) {
	const n, products, repeats = 600, 100, 100
	values := power(n, 2)
	want := sumOf(values)
	op := onlyProducts(t, symmetric[float64](n, values, 3), 2)
	plain := 0.0
	for seed := range uint64(repeats) {
		plain += math.Pow(hutchinson(t, op, products, seed)-want, 2) / repeats
	}
	for _, psd := range []bool{false, true} {
		square, covered := 0.0, 0
		for seed := range uint64(repeats) {
			e, err := Trace(context.Background(), op, &ProbeOptions{Seed: seed, PSD: psd, Products: products})
			require.NoError(t, err)
			require.Equal(t, products, e.Products)
			square += math.Pow(e.Value-want, 2) / repeats
			if math.Abs(e.Value-want) <= Safety*e.Error {
				covered++
			}
		}
		t.Logf("PSD %v: root mean square error %.2g, plain %.2g, covered %d of %d", psd, math.Sqrt(square), math.Sqrt(plain), covered, repeats)
		require.Less(t, math.Sqrt(square), math.Sqrt(plain)/50)
		require.GreaterOrEqual(t, covered, repeats*9/10)
	}
}

func TestTraceIsUnbiasedWithoutSymmetryOrDecay(t *testing.T) {
	const n, repeats = 120, 200
	a := core.NewMatrix[float64](n, n)
	draw := rng.New(5)
	want := 0.0
	for i := range n {
		for j := range n {
			a.Row(i)[j] = draw.NormFloat64()
		}
		a.Row(i)[i] += 1
		want += a.Row(i)[i]
	}
	op := onlyProducts(t, a, 2)
	values := make([]float64, repeats)
	covered := 0
	for seed := range values {
		e, err := Trace(context.Background(), op, &ProbeOptions{Seed: uint64(seed), Products: 40})
		require.NoError(t, err)
		values[seed] = e.Value
		if math.Abs(e.Value-want) <= Safety*e.Error {
			covered++
		}
	}
	mean, deviation := meanAndError(values)
	require.InDelta(t, want, mean, 4*deviation)
	require.GreaterOrEqual(t, covered, repeats*9/10)
}

func TestTraceOfDegenerateMatrices(t *testing.T) {
	onEveryPath(t, degenerateTrace[float32], degenerateTrace[float64])
}

func degenerateTrace[T core.Float](t *testing.T) {
	ctx, eps := context.Background(), core.Epsilon[T]()
	for _, psd := range []bool{false, true} {
		o := &ProbeOptions{PSD: psd, Products: 30}
		zero, err := Trace(ctx, NewDenseOrFail(t, core.NewMatrix[T](200, 200)), o)
		require.NoError(t, err)
		require.Zero(t, zero.Value)
		low, err := Trace(ctx, NewDenseOrFail(t, symmetric[T](200, []float64{4, 2, 1}, 3)), o)
		require.NoError(t, err)
		require.InDelta(t, 7, low.Value, 400*eps)
		small, err := Trace(ctx, NewDenseOrFail(t, symmetric[T](50, power(50, 1), 3)), o)
		require.NoError(t, err)
		require.InDelta(t, sumOf(power(50, 1)), small.Value, 100*eps)
		require.Zero(t, small.Error)
	}
}

func TestTraceOfHugeAndTinyMatrices(t *testing.T) {
	for _, scale := range []float64{1e250, 1e-250} {
		x := symmetric[float64](150, power(150, 2), 3)
		for i := range x.Data {
			x.Data[i] *= scale
		}
		for _, psd := range []bool{false, true} {
			e, err := Trace(context.Background(), NewDenseOrFail(t, x), &ProbeOptions{PSD: psd})
			require.NoError(t, err)
			require.InEpsilon(t, sumOf(power(150, 2)), e.Value/scale, 0.01)
			require.Greater(t, e.Error/scale, 0.0)
		}
	}
}

func TestProbesRefuse(t *testing.T) {
	ctx := context.Background()
	wide := NewDenseOrFail(t, core.NewMatrix[float64](3, 4))
	_, err := Trace(ctx, wide, nil)
	require.ErrorIs(t, err, core.ErrShape)
	_, err = Diagonal(ctx, wide, nil)
	require.ErrorIs(t, err, core.ErrShape)
	square := NewDenseOrFail(t, symmetric[float64](200, alternating(200, 1), 3))
	_, err = Trace(ctx, square, &ProbeOptions{Products: 3})
	require.ErrorIs(t, err, core.ErrOption)
	_, err = Trace(ctx, square, &ProbeOptions{PSD: true})
	require.ErrorIs(t, err, core.ErrNumerical)
	require.ErrorContains(t, err, "unset psd")
	_, err = Norm(ctx, square, "nuclear", nil)
	require.ErrorIs(t, err, core.ErrOption)
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = Trace(done, square, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestDiagonalOfEveryKind(t *testing.T) {
	const n = 300
	for _, psd := range []bool{false, true} {
		x := symmetric[float64](n, power(n, 2), 3)
		op := onlyProducts(t, x, 2)
		if !psd {
			x = spectrum[float64](n, n, power(n, 2), 7)
			op = NewDenseOrFail(t, x)
		}
		covered, total := 0, 0
		for seed := range uint64(10) {
			d, err := Diagonal(context.Background(), op, &ProbeOptions{PSD: psd, Seed: seed})
			require.NoError(t, err)
			require.Equal(t, 100, d.Products)
			sum := 0.0
			for i, v := range d.Values {
				truth := x.Row(i)[i]
				sum += (v - truth) * (v - truth)
				total++
				if math.Abs(v-truth) <= Safety*d.Errors[i] {
					covered++
				}
			}
			require.Less(t, math.Sqrt(sum), 0.01)
		}
		t.Logf("PSD %v: covered %d of %d", psd, covered, total)
		require.GreaterOrEqual(t, covered, total*9/10)
	}
	low, err := Diagonal(context.Background(), NewDenseOrFail(t, symmetric[float64](n, []float64{4, 2, 1}, 3)), nil)
	require.NoError(t, err)
	require.InDelta(t, 7, sumOf(low.Values), 1e-12)
}

func TestProbesDoNotDependOnThreads(t *testing.T) {
	x := symmetric[float64](400, power(400, 1), 3)
	for _, psd := range []bool{false, true} {
		var first *Estimate
		var diagonal *DiagonalEstimate
		for _, threads := range []int{1, 3} {
			op := onlyProducts(t, x, threads)
			o := &ProbeOptions{Threads: threads, PSD: psd, Products: 60}
			e, err := Trace(context.Background(), op, o)
			require.NoError(t, err)
			o.PSD = true
			d, err := Diagonal(context.Background(), op, o)
			require.NoError(t, err)
			if first == nil {
				first, diagonal = e, d
			}
			require.Equal(t, first, e)
			require.Equal(t, diagonal, d)
		}
	}
}

func TestNorms(t *testing.T) {
	ctx := context.Background()
	for _, scale := range []float64{1, 1e200, 1e-200} {
		sigma := scaledBy(power(150, 1), scale)
		x := spectrum[float64](400, 150, sigma, 3)
		op := NewDenseOrFail(t, x)
		e, err := Norm(ctx, op, Spectral, nil)
		require.NoError(t, err)
		require.InEpsilon(t, scale, e.Value, 1e-8)
		require.Less(t, e.Error, 1e-3*scale)
		hidden, err := NewFunc(400, 150, op.Mul, op.MulTrans)
		require.NoError(t, err)
		want := tail(power(150, 1)) * scale
		e, err = Norm(ctx, hidden, Frobenius, nil)
		require.NoError(t, err)
		require.Equal(t, 100, e.Products)
		require.InDelta(t, want, e.Value, 4*e.Error)
		require.Less(t, e.Error, 0.01*want)
		if scale == 1 {
			e, err = Norm(ctx, op, Frobenius, nil)
			require.NoError(t, err)
			require.InEpsilon(t, want, e.Value, 1e-12)
			require.Zero(t, e.Error)
		}
	}
	zero, err := Norm(ctx, NewDenseOrFail(t, core.NewMatrix[float64](20, 9)), Spectral, nil)
	require.NoError(t, err)
	require.Zero(t, zero.Value)
}
