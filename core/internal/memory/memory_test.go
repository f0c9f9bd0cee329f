package memory

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckHoldsWorkAgainstTheLimit(t *testing.T) {
	t.Setenv(variable, "1M")
	require.NoError(t, Check("gp", "a factor", 1<<20, "take fewer points"))
	err := Check("gp", "a factor", 1<<20+1, "take fewer points")
	require.ErrorIs(t, err, Err)
	require.EqualError(t, err, "gp: not enough memory: a factor takes 1.05 MB, and LITHE_MEMORY_LIMIT allows 1.05 MB; take fewer points")

	t.Setenv(variable, "none")
	require.NoError(t, Check("gp", "a factor", 1e30, "take fewer points"))
	t.Setenv(variable, "plenty")
	require.ErrorContains(t, Check("gp", "a factor", 1, "take fewer points"), `got "plenty"`)
}

func TestClaimPanicsWithAnErrorForLargeArraysOnly(t *testing.T) {
	t.Setenv(variable, "1M")
	require.NotPanics(t, func() { Claim(small) })
	for _, bytes := range []float64{small + 1, 1e30} {
		func() {
			defer func() { require.ErrorIs(t, recover().(error), Err) }()
			Claim(bytes)
		}()
	}
}

// Without a limit the machine decides: some work is too much for any, and little work is never refused.
func TestCheckWithoutALimitAsksTheSystem(t *testing.T) {
	t.Setenv(variable, "")
	require.NoError(t, Check("gp", "little", 1000, ""))
	require.Positive(t, Machine())
	if !math.IsInf(Machine(), 1) {
		require.ErrorIs(t, Check("gp", "much", 2*Machine()+1e18, ""), Err)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]float64{"0": 0, "1500": 1500, "2k": 2048, "1.5 M": 1.5 * (1 << 20), "3GiB": 3 << 30, "1TB": 1 << 40, "none": math.Inf(1)} {
		got, err := parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"x", "-1", "G", "1X", "NaN"} {
		_, err := parse(text)
		require.Error(t, err, text)
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[float64]string{0: "0 bytes", 999: "999 bytes", 1000: "1 kB", 123456: "123 kB", 8e9: "8 GB", 3.21e13: "32.1 TB",
		999999: "1 MB", 1e30: "more than any memory", math.Inf(1): "more than any memory"} {
		require.Equal(t, want, Size(bytes))
	}
}
