//go:build amd64 && !noasm

// float32 kernels with AVX-512; the bodies are in the headers.

#include "textflag.h"

#define ES 4
#define ROWBYTES 256
#define LOAD VMOVUPS
#define BCAST VBROADCASTSS
#define ADD VADDPS
#define SUB VSUBPS
#define MUL VMULPS
#define FMA VFMADD231PS
#define FMABCAST VFMADD231PS.BCST
#define MAXIMUM VMAXPS

#define PRODUCTS ·productsAVX512x32(SB)
#define PRODUCTSFRAME 132
#define DISTANCES ·distancesAVX512x32(SB)
#define MULTIPLY ·multiplyAVX512x32(SB)
#define APPLY ·applyAVX512x32(SB)
#define CONTRACT ·contractAVX512x32(SB)
#define CORRELATE ·correlateAVX512x32(SB)
#define GATHERTILE ·gatherAVX512x32(SB)
#define SHIFTTILE ·shiftAVX512x32(SB)
#define EXPAND ·expandAVX512x32(SB)

#define WHOLE(DO) \
	DO(0, Z0, Z8); \
	DO(64, Z1, Z9); \
	DO(128, Z2, Z10); \
	DO(192, Z3, Z11)

#define TODOUBLE \
	VEXTRACTF64X4 $1, Z0, Y1; \
	VCVTPS2PD Y0, Z0; \
	VCVTPS2PD Y1, Z1; \
	VADDPD Z1, Z0, Z0

DATA minusTwo<>(SB)/4, $-2.0
GLOBL minusTwo<>(SB), RODATA|NOPTR, $4

#include "tile_avx512_amd64.h"
#include "contract_avx512_amd64.h"
