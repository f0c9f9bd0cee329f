//go:build amd64 && !noasm

// float32 kernels on AVX2 and FMA; most bodies are in avx2_amd64.h.

#include "textflag.h"

#define ES 4
#define HALFBITS 0x3f0000003f000000
#define MOVU VMOVUPS
#define MOVS1 VMOVSS
#define SUBS1 VSUBSS
#define MULS1 VMULSS
#define BCAST VBROADCASTSS
#define SUB VSUBPS
#define ADD VADDPS
#define MUL VMULPS
#define FMA VFMADD231PS
#define FNMA VFNMADD231PS
#define CMPP VCMPPS
#define MASK VMOVMSKPS
#define EVALUATE ·evaluateF32AVX2
#define EVALUATESHORT ·evaluateShortF32AVX2
#define PROJECT ·projectF32AVX2
#define ACCUMULATE ·accumulateF32AVX2
#define GATHER ·gatherF32AVX2
#define WEIGH ·weighF32AVX2
#define STANDARDIZE ·standardizeF32AVX2
#define NEXTABOVE ·nextAboveF32AVX2
#define ADDGRADIENT ·addGradientF32AVX2

#include "avx2_amd64.h"

// func transposeF32AVX2(dst, rows *float32, dp int)
// Four features of eight rows at a time: rows k and k+4 share a register, then a 4 x 4 transpose in each half.
TEXT ·transposeF32AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ rows+8(FP), SI
	MOVQ dp+16(FP), R8
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R9
	MOVQ $2, DX

half:
	LEAQ (SI)(R8*4), R10
	MOVQ DI, R11
	XORQ AX, AX

four:
	LEAQ (SI)(AX*1), R12
	LEAQ (R10)(AX*1), R13
	VMOVUPS (R12), X0
	VINSERTF128 $1, (R13), Y0, Y0
	VMOVUPS (R12)(R8*1), X1
	VINSERTF128 $1, (R13)(R8*1), Y1, Y1
	VMOVUPS (R12)(R8*2), X2
	VINSERTF128 $1, (R13)(R8*2), Y2, Y2
	VMOVUPS (R12)(R9*1), X3
	VINSERTF128 $1, (R13)(R9*1), Y3, Y3
	VUNPCKLPS Y1, Y0, Y4
	VUNPCKHPS Y1, Y0, Y5
	VUNPCKLPS Y3, Y2, Y6
	VUNPCKHPS Y3, Y2, Y7
	VUNPCKLPD Y6, Y4, Y0
	VUNPCKHPD Y6, Y4, Y1
	VUNPCKLPD Y7, Y5, Y2
	VUNPCKHPD Y7, Y5, Y3
	VMOVUPS Y0, (R11)
	VMOVUPS Y1, 64(R11)
	VMOVUPS Y2, 128(R11)
	VMOVUPS Y3, 192(R11)
	ADDQ $256, R11
	ADDQ $16, AX
	CMPQ AX, R8
	JLT  four
	LEAQ (SI)(R8*8), SI
	ADDQ $32, DI
	DECQ DX
	JNZ  half
	VZEROUPPER
	RET

// func diffSumsF32AVX2(dst, l *float32, n int, base, lanes *float32)
// lanes holds all ones in the chosen lanes and zero bits elsewhere.
TEXT ·diffSumsF32AVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ l+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ base+24(FP), R8
	MOVQ lanes+32(FP), R9
	VMOVUPS (R8), Y2
	VMOVUPS 32(R8), Y3
	VMOVUPS (R9), Y4
	VMOVUPS 32(R9), Y5

sum:
	VSUBPS (SI), Y2, Y0
	VSUBPS 32(SI), Y3, Y1
	VANDPS Y4, Y0, Y0
	VANDPS Y5, Y1, Y1
	VADDPS Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X1, X0, X0
	VHADDPS X0, X0, X0
	VHADDPS X0, X0, X0
	VMOVSS X0, (DI)
	ADDQ $64, SI
	ADDQ $4, DI
	DECQ CX
	JNZ  sum
	VZEROUPPER
	RET
