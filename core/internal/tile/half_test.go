package tile

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestSixteenBits(t *testing.T) { onEveryPath(t, sixteenBits[float32], sixteenBits[float64]) }

func sixteenBits[T core.Float](t *testing.T) {
	src, back, narrow, want := make([]T, Elements), make([]T, Elements), make([]uint16, Elements), make([]uint16, Elements)
	// Every half that is not NaN survives.
	for from := 0; from < 1<<16; from += Elements {
		for i := range narrow {
			narrow[i] = uint16(from + i)
			if narrow[i]&0x7fff > 0x7c00 {
				narrow[i] = 0
			}
		}
		Widen(Float16, back, narrow)
		Narrow(Float16, want, back)
		require.Equal(t, narrow, want)
	}
	// Rounding is to nearest, ties to even.
	for i := range src {
		src[i] = T(math.Ldexp(1+float64(i)/Elements, i%40-28))
	}
	src[0], src[1], src[2], src[3], src[4] = 1+0x1p-11, 1+0x3p-11, 65519, 65520, -0x1p-25
	generic := newGeneric[T]()
	for f, digits := range map[Format]float64{Float16: 11, BFloat16: 8} {
		Narrow(f, narrow, src)
		generic.narrow[f](want, src)
		require.Equal(t, want, narrow)
		Widen(f, back, narrow)
		for i, v := range src {
			error := math.Abs(float64(back[i]-v)) / math.Max(math.Abs(float64(v)), 0x1p-14)
			if i != 3 || f == BFloat16 {
				require.LessOrEqual(t, error, math.Exp2(-digits), "%v became %v", v, back[i])
			}
		}
	}
	Narrow(Float16, narrow, src)
	Widen(Float16, back, narrow)
	require.Equal(t, []T{1, 1 + 0x1p-9, 65504, T(math.Inf(1)), 0}, back[:5])
	Narrow(BFloat16, narrow, []T(append([]T{1 + 0x1p-8, 1 + 0x3p-8}, src[2:]...)))
	Widen(BFloat16, back, narrow)
	require.Equal(t, []T{1, 1 + 0x1p-6}, back[:2])
}
