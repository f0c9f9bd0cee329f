//go:build amd64 && !noasm

// float32 kernels with AVX2 and FMA; the bodies are in the headers.

#include "textflag.h"

#define ES 4
#define ROWBYTES 256
#define LOAD VMOVUPS
#define BCAST VBROADCASTSS
#define ADD VADDPS
#define SUB VSUBPS
#define MUL VMULPS
#define FMA VFMADD231PS
#define MAXIMUM VMAXPS

#define PRODUCTS ·productsAVX2x32(SB)
#define PRODUCTSFRAME 132
#define DISTANCES ·distancesAVX2x32(SB)
#define MULTIPLY ·multiplyAVX2x32(SB)
#define APPLY ·applyAVX2x32(SB)
#define CONTRACT ·contractAVX2x32(SB)
#define CORRELATE ·correlateAVX2x32(SB)
#define GATHERTILE ·gatherAVX2x32(SB)
#define SHIFTTILE ·shiftAVX2x32(SB)
#define EXPAND ·expandAVX2x32(SB)
#define REDUCE ·reduceAVX2x32(SB)
#define ACCUMULATE ·accumulateAVX2x32(SB)
#define ADDTILE ·addAVX2x32(SB)
#define SCALETILE ·scaleAVX2x32(SB)

#define TODOUBLE \
	VEXTRACTF128 $1, Y0, X1; \
	VCVTPS2PD X0, Y0; \
	VCVTPS2PD X1, Y1; \
	VADDPD Y1, Y0, Y0

#define ROWSUM \
	VPERMILPD $1, X0, X1; \
	VADDPS X1, X0, X0; \
	VMOVSHDUP X0, X1; \
	VADDSS X1, X0, X0; \
	VCVTSS2SD X0, X0, X0

#define WIDEN(from, to) VCVTPS2PD from, to

#define CLEAR8 VMOVUPS Y2, (SI)

DATA minusTwo<>(SB)/4, $-2.0
GLOBL minusTwo<>(SB), RODATA|NOPTR, $4

#include "tile_avx2_amd64.h"
#include "contract_avx2_amd64.h"
