//go:build amd64 && !noasm

// float64 kernels on AVX-512; the bodies are in avx512_amd64.h.

#include "textflag.h"

#define ES 8
#define HALFBITS 0x3fe0000000000000
#define MOVU VMOVUPD
#define BCAST VBROADCASTSD
#define SUB VSUBPD
#define ADD VADDPD
#define SUBB VSUBPD.BCST
#define MULB VMULPD.BCST
#define FMA VFMADD231PD
#define FMAB VFMADD231PD.BCST
#define FNMA VFNMADD231PD
#define EVALUATE ·evaluateF64AVX512
#define EVALUATEWIDE ·evaluateWideF64AVX512
#define EVALUATESHORT ·evaluateShortF64AVX512
#define PROJECT ·projectF64AVX512
#define ACCUMULATE ·accumulateF64AVX512
#define MUL VMULPD
#define CMPP VCMPPD
#define GATHER ·gatherF64AVX512
#define DIV VDIVPD
#define SHARES ·sharesF64AVX512
#define LEAD ·leadF64AVX512
// Indices of one entry of the leaders fill a register of this size.
#define IBYTES 32
#define I4 Y8
#define I5 Y9
#define I6 Y10
#define I7 Y11
#define INEW Y1
#define IONE Y2
#define FNMAB VFNMADD231PD.BCST
#define ADDGRADIENT ·addGradientF64AVX512

#include "avx512_amd64.h"
#include "avx512_wide_amd64.h"
#include "avx512_panel_amd64.h"
