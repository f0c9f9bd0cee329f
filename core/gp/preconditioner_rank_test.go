package gp

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRanksGrowWhileTheyPay has kernels for which a large rank saves nothing, or is worth it.
func TestRanksGrowWhileTheyPay(t *testing.T) {
	x := cloud(1600, 2, 41)
	for _, c := range []struct {
		length, noise float64
		least, most   int
	}{
		{1, 1, 1, 250},        // the noise hides what is left
		{0.001, 1e-2, 1, 250}, // nothing in common: columns tell nothing about each other
		{1, 1e-5, 400, 400},
	} {
		op := newOperator(t, x, Matern{LengthScale: []float64{c.length}}, []float64{c.noise}, Float32)
		for _, threads := range []int{1, 3} {
			p, err := NewPreconditioner(context.Background(), op, &PreconditionerOptions{Seed: 3, Threads: threads})
			require.NoError(t, err)
			require.GreaterOrEqual(t, p.Rank(), c.least, "%+v", c)
			require.LessOrEqual(t, p.Rank(), c.most, "%+v", c)
		}
	}
	p, err := NewPreconditioner(context.Background(), newOperator(t, x, Matern{}, []float64{1e-5}, Float32),
		&PreconditionerOptions{Rank: 33})
	require.NoError(t, err)
	require.Equal(t, 33, p.Rank())
}

func TestTracesAreExtrapolatedByTheirPower(t *testing.T) {
	var ranks []int
	var left []float64
	for r := 10; r <= 400; r += 30 {
		ranks, left = append(ranks, r), append(left, 7*math.Pow(float64(r), -1.5))
	}
	require.InEpsilon(t, math.Pow(2, -1.5), falls(ranks, left, 2), 1e-12)
	require.InEpsilon(t, math.Pow(2, -1.5), falls(ranks[:2], left[:2], 2), 1e-12)
	require.Equal(t, 0.5, falls(ranks[:1], left[:1], 2))
}

// TestFactorsGoOverToFloat64 has far more columns than float32 can tell apart.
func TestFactorsGoOverToFloat64(t *testing.T) {
	x := cloud(2000, 1, 42)
	op := newOperator(t, x, Matern{LengthScale: []float64{3}}, []float64{1e-9}, Float64)
	p, err := newMatched(context.Background(), op, &PreconditionerOptions{}, nil)
	require.NoError(t, err)
	require.Positive(t, p.Rank())
}

func TestSharesOfTiles(t *testing.T) {
	x := cloud(5000, 2, 43)
	of := func(length float64) float64 {
		return newOperator(t, x, RBF{LengthScale: []float64{length}}, []float64{1}, Float32).engine.share()
	}
	require.Equal(t, 1.0, of(10))
	require.Less(t, of(1e-4), 0.05)
	require.Greater(t, of(0.3), of(0.1))
}
