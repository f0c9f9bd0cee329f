//go:build amd64 && !noasm

package vmath

import "math"

// The tables of constants that the assembly reads: one row of 64 bytes per constant, repeated to fill a vector.
//
// Rows of the tables for Exp: 1/ln 2, the rounding constant, ln 2 in two parts of full length, the least and the
// largest argument that are not clamped, 1, the exponent bias as an integer, and the polynomial from row 8 on. Adding
// the rounding constant, 1.5 * 2^52 (2^23), rounds to an integer and leaves it in the low bits.
//
// Rows of the tables for Log: ln 2 in two parts, 1, -1/2, the table of VFIXUPIMM, the polynomial from row 5 on, and after it what taking
// x apart by integer arithmetic needs: the least normal number, a power of two that makes subnormal numbers
// normal, the bits of the distance from 3/4 to 1, the mask of the significand, the bits of 3/4, the constant that turns
// small integers into numbers, what to subtract from them then, the same for scaled numbers, +Inf, -Inf, NaN.
var (
	expTable64 [18][8]uint64
	expTable32 [13][16]uint32
	logTable64 [35][8]uint64
	logTable32 [25][16]uint32
)

// logFixup is the table of VFIXUPIMM: from the low four bits up, quiet and signalling NaN stay NaN, zero gives -Inf,
// one is kept, -Inf gives NaN, +Inf gives +Inf, negative numbers give NaN, positive ones are kept.
const logFixup = 0x03530422

func init() {
	exp64 := append([]float64{0x1.71547652b82fep+0, 0x1.8p52, 0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56,
		expLeast64, expMost64, 1, math.Float64frombits(1023)}, expQ64...)
	for i, v := range exp64 {
		repeat(expTable64[i][:], math.Float64bits(v))
	}
	exp32 := append([]float32{0x1.715476p+0, 0x1.8p23, 0x1.62e430p-1, -0x1.05c610p-29,
		expLeast32, expMost32, 1, math.Float32frombits(127)}, expQ32...)
	for i, v := range exp32 {
		repeat(expTable32[i][:], math.Float32bits(v))
	}
	log64 := append([]float64{ln2Hi64, ln2Lo64, 1, -0.5, math.Float64frombits(logFixup)}, logP64...)
	log64 = append(log64, 0x1p-1022, 0x1p54, math.Float64frombits(1<<51), math.Float64frombits(1<<52-1), 0.75,
		0x1p52, 0x1p52+1023, 0x1p52+1023+54, math.Inf(1), math.Inf(-1), math.NaN())
	for i, v := range log64 {
		repeat(logTable64[i][:], math.Float64bits(v))
	}
	inf := float32(math.Inf(1))
	log32 := append([]float32{ln2Hi32, ln2Lo32, 1, -0.5, math.Float32frombits(logFixup)}, logP32...)
	log32 = append(log32, 0x1p-126, 0x1p25, math.Float32frombits(1<<22), math.Float32frombits(1<<23-1), 0.75,
		0x1p23, 0x1p23+127, 0x1p23+127+25, inf, -inf, inf-inf)
	for i, v := range log32 {
		repeat(logTable32[i][:], math.Float32bits(v))
	}
}

func repeat[U uint32 | uint64](row []U, bits U) {
	for i := range row {
		row[i] = bits
	}
}
