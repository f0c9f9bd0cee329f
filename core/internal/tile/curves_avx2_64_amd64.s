//go:build amd64 && !noasm

// float64 kernels of the distance with AVX2 and FMA; the bodies are in the headers.

#include "textflag.h"

#define ES 8
#define SHIFT 52
#define BATCH 64
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

#define RBF ·rbfAVX2x64(SB)
#define MATERN12 ·matern12AVX2x64(SB)
#define MATERN32 ·matern32AVX2x64(SB)
#define MATERN52 ·matern52AVX2x64(SB)

#define PREPAREROOT

#define ROOT(at, x, n, p, w) VSQRTPD x, x

#define ROOTS EACH(ROOT)

#include "curves_amd64.h"

#define ADD VADDPD
#define FNMADD VFNMADD231PD
#define NOUGHT(x) VPXOR x, x, x
#define LENSHIFT 3
#define ONE 13
#define BASEFRAME 56
#define EXPONENTFRAME 88
#define VALUEFRAME 80
#define RATIONALBASE ·rationalBaseAVX2x64(SB)
#define RATIONALEXPONENT ·rationalExponentAVX2x64(SB)
#define RATIONALVALUE ·rationalValueAVX2x64(SB)

#include "rational_amd64.h"
