//go:build amd64 && !noasm

package tile

import "math"

// 2^x: with n the integer nearest to x it is 2^n times 2^f, f = x - n. The polynomials for 2^f, |f| <= 1/2, go through 1 at
// f = 0 and through 2^f at Chebyshev's points. Their relative errors are 2^-55.5 and 2^-26.7.
//
// Rows of the tables, repeated to fill a vector: the rounding constant 1.5 * 2^52 (2^23), adding which rounds to an integer
// and leaves it in the low bits; the least distance that is divided by; the coefficients from the highest down; 1/2
// and the least number that a root is taken of by multiplication.
var (
	powerTable64 [16][8]uint64
	powerTable32 [11][16]uint32
)

func init() {
	for i, v := range []float64{0x1.8p52, leastDistance, 0x1.e9d3fe3952179p-32, 0x1.e6063f7217bc6p-28, 0x1.b524fae627834p-24,
		0x1.62bfd47773353p-20, 0x1.ffcbfc670dcd4p-17, 0x1.430913096fd9fp-13, 0x1.5d87fe78a5276p-10, 0x1.3b2ab6fba1ddap-7,
		0x1.c6b08d704a0c2p-5, 0x1.ebfbdff82c598p-3, 0x1.62e42fefa39efp-1, 1, 0.5, 1e-300} {
		for l := range powerTable64[i] {
			powerTable64[i][l] = math.Float64bits(v)
		}
	}
	for i, v := range []float32{0x1.8p23, leastDistance, 0x1.44138ap-13, 0x1.5f0890p-10, 0x1.3b2a54p-7, 0x1.c6af6cp-5,
		0x1.ebfbe0p-3, 0x1.62e430p-1, 1, 0.5, 1e-37} {
		for l := range powerTable32[i] {
			powerTable32[i][l] = math.Float32bits(v)
		}
	}
}
