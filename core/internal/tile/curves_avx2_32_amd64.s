//go:build amd64 && !noasm

// float32 kernels of the distance with AVX2 and FMA; the bodies are in the headers.

#include "textflag.h"

#define ES 4
#define SHIFT 23
#define BATCH 64
#define LOAD VMOVUPS
#define MOV VMOVAPS
#define BCAST VBROADCASTSS
#define SUB VSUBPS
#define MUL VMULPS
#define FMA VFMADD231PS
#define FMSUB VFMSUB231PS
#define FMA213 VFMADD213PS
#define MINIMUM VMINPS
#define MAXIMUM VMAXPS
#define DIV VDIVPS
#define SHL VPSLLD
#define IADD VPADDD
#define TABLE ·powerTable32(SB)

#define POLYNOMIAL \
	TERM(3); \
	TERM(4); \
	TERM(5); \
	TERM(6); \
	TERM(7); \
	TERM(8)

#define EACH(DO) \
	DO(0, Y0, Y1, Y2, Y3); \
	DO(32, Y4, Y5, Y6, Y7)

#define HI Y8
#define LO Y9
#define MOST Y10
#define K0 Y11
#define K1 Y12
#define K2 Y13
#define ROUND Y14
#define COEF Y15

#define RBF ·rbfAVX2x32(SB)
#define MATERN12 ·matern12AVX2x32(SB)
#define MATERN32 ·matern32AVX2x32(SB)
#define MATERN52 ·matern52AVX2x32(SB)

#define PREPAREROOT

#define ROOT(at, x, n, p, w) VSQRTPS x, x

#define ROOTS EACH(ROOT)

#include "curves_amd64.h"

#define ADD VADDPS
#define FNMADD VFNMADD231PS
#define NOUGHT(x) VPXOR x, x, x
#define LENSHIFT 4
#define ONE 8
#define BASEFRAME 52
#define EXPONENTFRAME 80
#define VALUEFRAME 76
#define RATIONALBASE ·rationalBaseAVX2x32(SB)
#define RATIONALEXPONENT ·rationalExponentAVX2x32(SB)
#define RATIONALVALUE ·rationalValueAVX2x32(SB)

#include "rational_amd64.h"
