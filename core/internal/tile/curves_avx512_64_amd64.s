//go:build amd64 && !noasm

// float64 kernels of the distance with AVX-512; the bodies are in the headers.

#include "textflag.h"

#define ES 8
#define SHIFT 52
#define BATCH 256
#define LOAD VMOVUPD
#define MOV VMOVAPD
#define BCAST VBROADCASTSD
#define SUB VSUBPD
#define MUL VMULPD
#define FMA VFMADD231PD
#define FMSUB VFMSUB231PD
#define FMA213 VFMADD213PD
#define MINIMUM VMINPD
#define MAXIMUM VMAXPD
#define DIV VDIVPD
#define SHL VPSLLQ
#define IADD VPADDQ
#define TABLE ·powerTable64(SB)

#define POLYNOMIAL \
	TERM(3); \
	TERM(4); \
	TERM(5); \
	TERM(6); \
	TERM(7); \
	TERM(8); \
	TERM(9); \
	TERM(10); \
	TERM(11); \
	TERM(12); \
	TERM(13)

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

#define RBF ·rbfAVX512x64(SB)
#define MATERN12 ·matern12AVX512x64(SB)
#define MATERN32 ·matern32AVX512x64(SB)
#define MATERN52 ·matern52AVX512x64(SB)

// The square root g of x and 1/(2g) = h from 14 bits of 1/sqrt(x): one step for both, r = 1/2 - g h, and one for g alone,
// r = x - g g. The instruction for square roots takes half as long again.
#define PREPAREROOT \
	LOAD ROW(14), Z24; \
	LOAD ROW(15), Z25

#define ROOT(at, x, n, p, w) \
	MAXIMUM Z25, x, x; \
	VRSQRT14PD x, n; \
	MUL n, x, p; \
	MUL Z24, n, n; \
	MOV Z24, w; \
	VFNMADD231PD p, n, w; \
	FMA w, p, p; \
	FMA w, n, n; \
	VFNMADD231PD p, p, x; \
	FMA n, x, p; \
	MOV p, x

#define ROOTS EACH(ROOT)

#include "curves_amd64.h"

#define ADD VADDPD
#define FNMADD VFNMADD231PD
#define NOUGHT(x) VPXORQ x, x, x
#define LENSHIFT 5
#define ONE 13
#define BASEFRAME 56
#define EXPONENTFRAME 88
#define VALUEFRAME 80
#define RATIONALBASE ·rationalBaseAVX512x64(SB)
#define RATIONALEXPONENT ·rationalExponentAVX512x64(SB)
#define RATIONALVALUE ·rationalValueAVX512x64(SB)

#include "rational_amd64.h"
