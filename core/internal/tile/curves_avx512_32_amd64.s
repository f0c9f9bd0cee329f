//go:build amd64 && !noasm

// float32 kernels of the distance with AVX-512; the bodies are in the headers.

#include "textflag.h"

#define ES 4
#define SHIFT 23
#define BATCH 256
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
	DO(0, Z0, Z1, Z2, Z3); \
	DO(64, Z4, Z5, Z6, Z7); \
	DO(128, Z8, Z9, Z10, Z11); \
	DO(192, Z12, Z13, Z14, Z15)

#define HI Z16
#define LO Z17
#define MOST Z18
#define K0 Z19
#define K1 Z20
#define K2 Z21
#define ROUND Z22
#define COEF Z23

#define RBF ·rbfAVX512x32(SB)
#define MATERN12 ·matern12AVX512x32(SB)
#define MATERN32 ·matern32AVX512x32(SB)
#define MATERN52 ·matern52AVX512x32(SB)

#define PREPAREROOT \
	LOAD ROW(9), Z24; \
	LOAD ROW(10), Z25

#define ROOT(at, x, n, p, w) VSQRTPS x, x

// REFINE takes the square root g of x from 14 bits of 1/sqrt(x) = 2h: g + g r with r = 1/2 - g h.
#define REFINE(at, x, n, p, w) \
	VMAXPS Z25, x, x; \
	VRSQRT14PS x, n; \
	MUL n, x, p; \
	MUL Z24, n, n; \
	MOV Z24, w; \
	VFNMADD231PS p, n, w; \
	FMA w, p, p; \
	MOV p, x

// Square roots have a unit of their own, which the rest of the work would wait for: every fourth is taken by multiplication.
#define ROOTS \
	ROOT(0, Z0, Z1, Z2, Z3); \
	ROOT(64, Z4, Z5, Z6, Z7); \
	ROOT(128, Z8, Z9, Z10, Z11); \
	REFINE(192, Z12, Z13, Z14, Z15)

#include "curves_amd64.h"

#define ADD VADDPS
#define FNMADD VFNMADD231PS
#define NOUGHT(x) VPXORQ x, x, x
#define LENSHIFT 6
#define ONE 8
#define BASEFRAME 52
#define EXPONENTFRAME 80
#define VALUEFRAME 76
#define RATIONALBASE ·rationalBaseAVX512x32(SB)
#define RATIONALEXPONENT ·rationalExponentAVX512x32(SB)
#define RATIONALVALUE ·rationalValueAVX512x32(SB)

#include "rational_amd64.h"
