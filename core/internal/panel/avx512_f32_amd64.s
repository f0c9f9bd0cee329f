//go:build amd64 && !noasm

// float32 kernels on AVX-512; the bodies are in avx512_amd64.h.

#include "textflag.h"

#define ES 4
#define HALFBITS 0x3f0000003f000000
#define MOVU VMOVUPS
#define BCAST VBROADCASTSS
#define SUB VSUBPS
#define ADD VADDPS
#define SUBB VSUBPS.BCST
#define MULB VMULPS.BCST
#define FMA VFMADD231PS
#define FMAB VFMADD231PS.BCST
#define FNMA VFNMADD231PS
#define EVALUATE ·evaluateF32AVX512
#define EVALUATEWIDE ·evaluateWideF32AVX512
#define EVALUATESHORT ·evaluateShortF32AVX512
#define PROJECT ·projectF32AVX512
#define ACCUMULATE ·accumulateF32AVX512
#define MUL VMULPS
#define CMPP VCMPPS
#define GATHER ·gatherF32AVX512
#define DIV VDIVPS
#define SHARES ·sharesF32AVX512
#define LEAD ·leadF32AVX512
// Indices of one entry of the leaders fill a register of this size.
#define IBYTES 64
#define I4 Z8
#define I5 Z9
#define I6 Z10
#define I7 Z11
#define INEW Z1
#define IONE Z2
#define FNMAB VFNMADD231PS.BCST
#define ADDGRADIENT ·addGradientF32AVX512

#include "avx512_amd64.h"
#include "avx512_wide_amd64.h"
#include "avx512_panel_amd64.h"
