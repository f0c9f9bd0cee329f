package vmath

// Exp: with n the integer nearest to x/ln 2, exp(x) is 2^n times exp(r), r = x - n*ln 2, |r| <= 0.347, and exp(r) is
// 1 + r + r*r*q(r). The polynomials q minimize the largest relative error of exp(r): 2^-57.9 in float64, 2^-28.3 in
// float32. Polynomials are listed from their highest coefficient down.
var (
	expQ64 = []float64{
		0x1.ad34d109f6363p-26, 0x1.28add66cfe0cfp-22, 0x1.71df5148660c0p-19, 0x1.a01999acaaca2p-16, 0x1.a01a011825d92p-13,
		0x1.6c16c184479d9p-10, 0x1.111111112acfep-7, 0x1.555555555081ap-5, 0x1.55555555554efp-3, 0x1.000000000000ap-1,
	}
	expQ32 = []float32{0x1.69e2a6p-10, 0x1.123abap-7, 0x1.55593ap-5, 0x1.555490p-3, 0x1.fffffcp-2}
)

// Arguments beyond these give 0 and +Inf.
const (
	expLeast64, expMost64 = -746, 710
	expLeast32, expMost32 = -104, 89
)

// Log: x is 2^e times 1+f with -1/4 <= f < 1/2, and log(1+f) is f - f*f/2 + f*f*f*p(f). The polynomials p minimize the
// largest relative error of log(1+f): 2^-56.6 in float64, 2^-30.0 in float32.
var (
	logP64 = []float64{
		0x1.091e472306159p-7, -0x1.e180392f0e0ffp-6, 0x1.9f4bbaa82c13ep-5, -0x1.e8e7d683a06a3p-5, 0x1.f252bf41471a8p-5,
		-0x1.fffceabd40c8dp-5, 0x1.101cafff96a6ep-4, -0x1.246575246d8b3p-4, 0x1.3b1f031c38e7dp-4, -0x1.55593967bcfe5p-4,
		0x1.745cec21b914dp-4, -0x1.999972ca3f8c9p-4, 0x1.c71c70de8e92ep-4, -0x1.00000063df2e1p-3, 0x1.2492492975176p-3,
		-0x1.555555545924ap-3, 0x1.999999998c6cdp-3, -0x1.0000000000772p-2, 0x1.55555555555a0p-2,
	}
	logP32 = []float32{
		0x1.349f82p-5, -0x1.756714p-4, 0x1.df4272p-4, -0x1.04aa26p-3, 0x1.246098p-3,
		-0x1.5519bap-3, 0x1.999788p-3, -0x1.00006ep-2, 0x1.55555ap-2,
	}
)

// The natural logarithm of 2 in two parts, the first short enough to be multiplied exactly by any exponent.
const (
	ln2Hi64, ln2Lo64 = 0x1.62e42fefa3800p-1, 0x1.ef35793c76730p-45
	ln2Hi32, ln2Lo32 = 0x1.62e400p-1, 0x1.7f7d1cp-20
)
