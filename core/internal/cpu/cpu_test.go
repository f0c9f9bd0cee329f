package cpu

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestForceIsUndoneAndNeverAboveBest(t *testing.T) {
	before := Current()
	for _, l := range Levels() {
		restore := Force(l)
		require.Equal(t, l, Current())
		inner := Force(AVX512)
		require.Equal(t, min(AVX512, Best()), Current())
		inner()
		require.Equal(t, l, Current())
		restore()
		require.Equal(t, before, Current())
	}
}

func TestLevelsRiseFromGenericToBest(t *testing.T) {
	all := Levels()
	require.Equal(t, Generic, all[0])
	require.Equal(t, Best(), all[len(all)-1])
	require.Len(t, all, int(Best())+1)
}

func TestNames(t *testing.T) {
	require.Equal(t, "generic avx2 avx512", Generic.String()+" "+AVX2.String()+" "+AVX512.String())
}
