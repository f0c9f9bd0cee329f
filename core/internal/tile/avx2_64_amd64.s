//go:build amd64 && !noasm

// float64 kernels with AVX2 and FMA; the bodies are in the headers.

#include "textflag.h"

#define ES 8
#define ROWBYTES 512
#define LOAD VMOVUPD
#define BCAST VBROADCASTSD
#define ADD VADDPD
#define SUB VSUBPD
#define MUL VMULPD
#define FMA VFMADD231PD
#define MAXIMUM VMAXPD

#define PRODUCTS ·productsAVX2x64(SB)
#define PRODUCTSFRAME 136
#define DISTANCES ·distancesAVX2x64(SB)
#define MULTIPLY ·multiplyAVX2x64(SB)
#define APPLY ·applyAVX2x64(SB)
#define CONTRACT ·contractAVX2x64(SB)
#define CORRELATE ·correlateAVX2x64(SB)
#define GATHERTILE ·gatherAVX2x64(SB)
#define SHIFTTILE ·shiftAVX2x64(SB)
#define EXPAND ·expandAVX2x64(SB)
#define REDUCE ·reduceAVX2x64(SB)
#define ACCUMULATE ·accumulateAVX2x64(SB)
#define ADDTILE ·addAVX2x64(SB)
#define SCALETILE ·scaleAVX2x64(SB)

#define TODOUBLE

#define ROWSUM \
	VPERMILPD $1, X0, X1; \
	VADDSD X1, X0, X0

#define WIDEN(from, to) VMOVUPD from, to

#define CLEAR8 \
	VMOVUPD Y2, (SI); \
	VMOVUPD Y2, 32(SI)

DATA minusTwo<>(SB)/8, $-2.0
GLOBL minusTwo<>(SB), RODATA|NOPTR, $8

#include "tile_avx2_amd64.h"
#include "contract_avx2_amd64.h"
