//go:build amd64 && !noasm

// float64 kernels with AVX-512; the bodies are in the headers.

#include "textflag.h"

#define ES 8
#define ROWBYTES 512
#define LOAD VMOVUPD
#define BCAST VBROADCASTSD
#define ADD VADDPD
#define SUB VSUBPD
#define MUL VMULPD
#define FMA VFMADD231PD
#define FMABCAST VFMADD231PD.BCST
#define MAXIMUM VMAXPD

#define PRODUCTS ·productsAVX512x64(SB)
#define PRODUCTSFRAME 136
#define DISTANCES ·distancesAVX512x64(SB)
#define MULTIPLY ·multiplyAVX512x64(SB)
#define APPLY ·applyAVX512x64(SB)
#define CONTRACT ·contractAVX512x64(SB)
#define CORRELATE ·correlateAVX512x64(SB)
#define GATHERTILE ·gatherAVX512x64(SB)
#define SHIFTTILE ·shiftAVX512x64(SB)
#define EXPAND ·expandAVX512x64(SB)

#define WHOLE(DO) \
	DO(0, Z0, Z8); \
	DO(64, Z1, Z9); \
	DO(128, Z2, Z10); \
	DO(192, Z3, Z11); \
	DO(256, Z4, Z12); \
	DO(320, Z5, Z13); \
	DO(384, Z6, Z14); \
	DO(448, Z7, Z15)

#define TODOUBLE

DATA minusTwo<>(SB)/8, $-2.0
GLOBL minusTwo<>(SB), RODATA|NOPTR, $8

#include "tile_avx512_amd64.h"
#include "contract_avx512_amd64.h"
