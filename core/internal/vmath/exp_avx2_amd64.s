//go:build amd64 && !noasm

#include "textflag.h"

#define ROW(i) (64*i)(R8)

// REDUCE leaves r in Y0 and n plus the rounding constant in Y1. The clamps keep NaN, which a maximum or minimum passes
// on if it comes second.
#define REDUCE(MAX, MIN, MULADD, SUB, NEGMULADD) \
	VMOVUPD ROW(4), Y2; \
	VMOVUPD ROW(5), Y3; \
	MAX Y0, Y2, Y0; \
	MIN Y0, Y3, Y0; \
	VMOVAPD Y13, Y1; \
	MULADD ROW(0), Y0, Y1; \
	SUB Y13, Y1, Y2; \
	NEGMULADD ROW(2), Y2, Y0; \
	NEGMULADD ROW(3), Y2, Y0

// EXP64 and EXP32 replace the vector Y0 by exp(Y0 - Y14). Y13 is the rounding constant, Y12 holds 1, Y11 the exponent
// bias, Y15 the sums; Y1 to Y5 are used. The scale 2^n is applied in two halves: the first is exact, so that
// subnormal results are rounded once.
#define EXP64 \
	VSUBPD Y14, Y0, Y0; \
	REDUCE(VMAXPD, VMINPD, VFMADD231PD, VSUBPD, VFNMADD231PD); \
	VMOVUPD ROW(8), Y2; \
	VFMADD213PD ROW(9), Y0, Y2; \
	VFMADD213PD ROW(10), Y0, Y2; \
	VFMADD213PD ROW(11), Y0, Y2; \
	VFMADD213PD ROW(12), Y0, Y2; \
	VFMADD213PD ROW(13), Y0, Y2; \
	VFMADD213PD ROW(14), Y0, Y2; \
	VFMADD213PD ROW(15), Y0, Y2; \
	VFMADD213PD ROW(16), Y0, Y2; \
	VFMADD213PD ROW(17), Y0, Y2; \
	VMULPD Y0, Y0, Y3; \
	VFMADD213PD Y0, Y3, Y2; \
	VADDPD Y12, Y2, Y2; \
	VPSRAD $1, Y1, Y4; \
	VPSUBD Y4, Y1, Y5; \
	VPADDD Y11, Y4, Y4; \
	VPADDD Y11, Y5, Y5; \
	VPSLLQ $52, Y4, Y4; \
	VPSLLQ $52, Y5, Y5; \
	VMULPD Y4, Y2, Y2; \
	VMULPD Y5, Y2, Y0

#define EXP32 \
	VSUBPS Y14, Y0, Y0; \
	REDUCE(VMAXPS, VMINPS, VFMADD231PS, VSUBPS, VFNMADD231PS); \
	VMOVUPS ROW(8), Y2; \
	VFMADD213PS ROW(9), Y0, Y2; \
	VFMADD213PS ROW(10), Y0, Y2; \
	VFMADD213PS ROW(11), Y0, Y2; \
	VFMADD213PS ROW(12), Y0, Y2; \
	VMULPS Y0, Y0, Y3; \
	VFMADD213PS Y0, Y3, Y2; \
	VADDPS Y12, Y2, Y2; \
	VPSUBD Y13, Y1, Y1; \
	VPSRAD $1, Y1, Y4; \
	VPSUBD Y4, Y1, Y5; \
	VPADDD Y11, Y4, Y4; \
	VPADDD Y11, Y5, Y5; \
	VPSLLD $23, Y4, Y4; \
	VPSLLD $23, Y5, Y5; \
	VMULPS Y4, Y2, Y2; \
	VMULPS Y5, Y2, Y0

#define CONSTANTS \
	VMOVUPD ROW(1), Y13; \
	VMOVUPD ROW(6), Y12; \
	VMOVUPD ROW(7), Y11

// func expSubAVX2x64(dst, x []float64, shift float64) float64
TEXT ·expSubAVX2x64(SB), NOSPLIT, $0-64
	LEAQ ·expTable64(SB), R8
	CONSTANTS
	VBROADCASTSD shift+48(FP), Y14
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	VXORPD Y15, Y15, Y15
	SUBQ $4, CX
	JLT  tail

loop:
	VMOVUPD (SI), Y0
	EXP64
	VADDPD Y0, Y15, Y15
	ADDQ $32, SI
	TESTQ DI, DI
	JZ   next
	VMOVUPD Y0, (DI)
	ADDQ $32, DI

next:
	SUBQ $4, CX
	JGE  loop

tail:
	ADDQ $4, CX
	JZ   done
	SHLQ $5, CX
	LEAQ ·masks64(SB), R9
	VMOVUPD -32(R9)(CX*1), Y10
	VMASKMOVPD (SI), Y10, Y0
	EXP64
	VANDPD Y10, Y0, Y1
	VADDPD Y1, Y15, Y15
	TESTQ DI, DI
	JZ   done
	VMASKMOVPD Y0, Y10, (DI)

done:
	VEXTRACTF128 $1, Y15, X2
	VADDPD X2, X15, X1
	VPERMILPD $1, X1, X2
	VADDSD X2, X1, X1
	VMOVSD X1, ret+56(FP)
	VZEROUPPER
	RET

// func expSubAVX2x32(dst, x []float32, shift float32) float32
TEXT ·expSubAVX2x32(SB), NOSPLIT, $0-60
	LEAQ ·expTable32(SB), R8
	CONSTANTS
	VBROADCASTSS shift+48(FP), Y14
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	VXORPS Y15, Y15, Y15
	SUBQ $8, CX
	JLT  tail

loop:
	VMOVUPS (SI), Y0
	EXP32
	VADDPS Y0, Y15, Y15
	ADDQ $32, SI
	TESTQ DI, DI
	JZ   next
	VMOVUPS Y0, (DI)
	ADDQ $32, DI

next:
	SUBQ $8, CX
	JGE  loop

tail:
	ADDQ $8, CX
	JZ   done
	SHLQ $5, CX
	LEAQ ·masks32(SB), R9
	VMOVUPS -32(R9)(CX*1), Y10
	VMASKMOVPS (SI), Y10, Y0
	EXP32
	VANDPS Y10, Y0, Y1
	VADDPS Y1, Y15, Y15
	TESTQ DI, DI
	JZ   done
	VMASKMOVPS Y0, Y10, (DI)

done:
	VEXTRACTF128 $1, Y15, X2
	VADDPS X2, X15, X1
	VPERMILPD $1, X1, X2
	VADDPS X2, X1, X1
	VMOVSHDUP X1, X2
	VADDSS X2, X1, X1
	VMOVSS X1, ret+56(FP)
	VZEROUPPER
	RET
