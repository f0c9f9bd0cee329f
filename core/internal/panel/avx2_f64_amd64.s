//go:build amd64 && !noasm

// float64 kernels on AVX2 and FMA; most bodies are in avx2_amd64.h.

#include "textflag.h"

#define ES 8
#define HALFBITS 0x3fe0000000000000
#define MOVU VMOVUPD
#define MOVS1 VMOVSD
#define SUBS1 VSUBSD
#define MULS1 VMULSD
#define BCAST VBROADCASTSD
#define SUB VSUBPD
#define ADD VADDPD
#define MUL VMULPD
#define FMA VFMADD231PD
#define FNMA VFNMADD231PD
#define CMPP VCMPPD
#define MASK VMOVMSKPD
#define EVALUATE ·evaluateF64AVX2
#define EVALUATESHORT ·evaluateShortF64AVX2
#define PROJECT ·projectF64AVX2
#define ACCUMULATE ·accumulateF64AVX2
#define GATHER ·gatherF64AVX2
#define WEIGH ·weighF64AVX2
#define STANDARDIZE ·standardizeF64AVX2
#define NEXTABOVE ·nextAboveF64AVX2
#define ADDGRADIENT ·addGradientF64AVX2

#include "avx2_amd64.h"

// func transposeF64AVX2(dst, rows *float64, dp int)
// Two features of four rows at a time: rows k and k+2 share a register, then a 2 x 2 transpose in each half.
TEXT ·transposeF64AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ rows+8(FP), SI
	MOVQ dp+16(FP), R8
	SHLQ $3, R8
	LEAQ (R8)(R8*2), R9
	MOVQ $2, DX

half:
	MOVQ DI, R11
	XORQ AX, AX

two:
	LEAQ (SI)(AX*1), R12
	VMOVUPD (R12), X0
	VINSERTF128 $1, (R12)(R8*2), Y0, Y0
	VMOVUPD (R12)(R8*1), X1
	VINSERTF128 $1, (R12)(R9*1), Y1, Y1
	VUNPCKLPD Y1, Y0, Y2
	VUNPCKHPD Y1, Y0, Y3
	VMOVUPD Y2, (R11)
	VMOVUPD Y3, 64(R11)
	ADDQ $128, R11
	ADDQ $16, AX
	CMPQ AX, R8
	JLT  two
	LEAQ (SI)(R8*4), SI
	ADDQ $32, DI
	DECQ DX
	JNZ  half
	VZEROUPPER
	RET

// func diffSumsF64AVX2(dst, l *float64, n int, base, lanes *float64)
// lanes holds all ones in the chosen lanes and zero bits elsewhere.
TEXT ·diffSumsF64AVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ l+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ base+24(FP), R8
	MOVQ lanes+32(FP), R9
	VMOVUPD (R8), Y2
	VMOVUPD 32(R8), Y3
	VMOVUPD (R9), Y4
	VMOVUPD 32(R9), Y5

sum:
	VSUBPD (SI), Y2, Y0
	VSUBPD 32(SI), Y3, Y1
	VANDPD Y4, Y0, Y0
	VANDPD Y5, Y1, Y1
	VADDPD Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPD X1, X0, X0
	VHADDPD X0, X0, X0
	VMOVSD X0, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  sum
	VZEROUPPER
	RET
