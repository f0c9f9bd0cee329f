//go:build amd64 && !noasm

#include "textflag.h"

// Several vectors are taken through each step together: their chains of dependent operations overlap, which a
// processor's own look-ahead is too short for. EACH2 and EACH1 say which; a step gets the registers of one vector.

#define ROW(i) (64*i)(R8)

#define EACH2(DO) \
	DO(0, Y0, Y1, Y2, Y3); \
	DO(32, Y4, Y5, Y6, Y7)

#define EACH1(DO) \
	DO(0, Y0, Y1, Y2, Y3)

// REDUCE: x becomes r; n holds the integer it was reduced by in its low bits. The clamps keep NaN, which a maximum or
// minimum passes on if it comes second.
#define REDUCE(at, x, n, p, t) \
	SUB Y14, x, x; \
	LOAD ROW(4), t; \
	MAX x, t, x; \
	LOAD ROW(5), t; \
	MIN x, t, x; \
	MOV Y13, n; \
	MULADD231 ROW(0), x, n; \
	SUB Y13, n, t; \
	NEGMULADD231 ROW(2), t, x; \
	NEGMULADD231 ROW(3), t, x; \
	LOAD ROW(8), p

// HORNER: p = p*r + the coefficient in Y10.
#define HORNER(at, x, n, p, t) \
	MULADD213 Y10, x, p

// FINISH: x becomes 2^n * (1 + r + r*r*p). The scale is applied in two halves: the first is exact, so that subnormal
// results are rounded once.
#define FINISH(at, x, n, p, t) \
	MUL x, p, p; \
	MULADD213 x, x, p; \
	ADD Y12, p, p; \
	VPSUBD Y13, n, n; \
	VPSRAD $1, n, t; \
	VPSUBD t, n, n; \
	VPADDD Y11, t, t; \
	VPADDD Y11, n, n; \
	SHIFT EXPONENT, t, t; \
	SHIFT EXPONENT, n, n; \
	MUL t, p, p; \
	MUL n, p, x

#define TERM(EACH, i) \
	LOAD ROW(i), Y10; \
	EACH(HORNER)

#define EXP64(EACH) \
	EACH(REDUCE); \
	TERM(EACH, 9); \
	TERM(EACH, 10); \
	TERM(EACH, 11); \
	TERM(EACH, 12); \
	TERM(EACH, 13); \
	TERM(EACH, 14); \
	TERM(EACH, 15); \
	TERM(EACH, 16); \
	TERM(EACH, 17); \
	EACH(FINISH)

#define EXP32(EACH) \
	EACH(REDUCE); \
	TERM(EACH, 9); \
	TERM(EACH, 10); \
	TERM(EACH, 11); \
	TERM(EACH, 12); \
	EACH(FINISH)

#define READ(at, x, n, p, t) \
	LOAD at(SI), x

#define SUM(at, x, n, p, t) \
	ADD x, Y15, Y15

#define WRITE(at, x, n, p, t) \
	LOAD x, at(DI)

// EXPSUB is the whole function but for the shift, already in Y14, and the reduction of the sums in Y15.
#define EXPSUB(EXP, lanes) \
	LOAD ROW(1), Y13; \
	LOAD ROW(6), Y12; \
	LOAD ROW(7), Y11; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ x_base+24(FP), SI; \
	MOVQ x_len+32(FP), CX; \
	VPXOR Y15, Y15, Y15; \
	SUBQ $(2*lanes), CX; \
	JLT single; \
two: \
	EACH2(READ); \
	EXP(EACH2); \
	EACH2(SUM); \
	ADDQ $64, SI; \
	TESTQ DI, DI; \
	JZ nextTwo; \
	EACH2(WRITE); \
	ADDQ $64, DI; \
nextTwo: \
	SUBQ $(2*lanes), CX; \
	JGE two; \
single: \
	ADDQ $lanes, CX; \
	JLT tail; \
	EACH1(READ); \
	EXP(EACH1); \
	EACH1(SUM); \
	ADDQ $32, SI; \
	SUBQ $lanes, CX; \
	TESTQ DI, DI; \
	JZ tail; \
	EACH1(WRITE); \
	ADDQ $32, DI; \
tail: \
	ADDQ $lanes, CX; \
	JZ done; \
	SHLQ $5, CX; \
	LEAQ MASKS, R9; \
	LOAD -32(R9)(CX*1), Y9; \
	MASKMOV (SI), Y9, Y0; \
	EXP(EACH1); \
	VANDPD Y9, Y0, Y1; \
	ADD Y1, Y15, Y15; \
	TESTQ DI, DI; \
	JZ done; \
	MASKMOV Y0, Y9, (DI); \
done: \
	VEXTRACTF128 $1, Y15, X1; \
	ADD X1, X15, X0; \
	VPERMILPD $1, X0, X1

#define LOAD VMOVUPD
#define MOV VMOVAPD
#define MAX VMAXPD
#define MIN VMINPD
#define ADD VADDPD
#define SUB VSUBPD
#define MUL VMULPD
#define MULADD231 VFMADD231PD
#define NEGMULADD231 VFNMADD231PD
#define MULADD213 VFMADD213PD
#define MASKMOV VMASKMOVPD
#define SHIFT VPSLLQ
#define EXPONENT $52
#define MASKS ·masks64(SB)

// func expSubAVX2x64(dst, x []float64, shift float64) float64
TEXT ·expSubAVX2x64(SB), NOSPLIT, $0-64
	LEAQ ·expTable64(SB), R8
	VBROADCASTSD shift+48(FP), Y14
	EXPSUB(EXP64, 4)
	VADDSD X1, X0, X0
	VMOVSD X0, ret+56(FP)
	VZEROUPPER
	RET

#undef SHIFT
#undef EXPONENT
#undef MASKS
#undef LOAD
#undef MOV
#undef MAX
#undef MIN
#undef ADD
#undef SUB
#undef MUL
#undef MULADD231
#undef NEGMULADD231
#undef MULADD213
#undef MASKMOV
#define LOAD VMOVUPS
#define MOV VMOVAPS
#define MAX VMAXPS
#define MIN VMINPS
#define ADD VADDPS
#define SUB VSUBPS
#define MUL VMULPS
#define MULADD231 VFMADD231PS
#define NEGMULADD231 VFNMADD231PS
#define MULADD213 VFMADD213PS
#define MASKMOV VMASKMOVPS
#define SHIFT VPSLLD
#define EXPONENT $23
#define MASKS ·masks32(SB)

// func expSubAVX2x32(dst, x []float32, shift float32) float32
TEXT ·expSubAVX2x32(SB), NOSPLIT, $0-60
	LEAQ ·expTable32(SB), R8
	VBROADCASTSS shift+48(FP), Y14
	EXPSUB(EXP32, 8)
	VADDPS X1, X0, X0
	VMOVSHDUP X0, X1
	VADDSS X1, X0, X0
	VMOVSS X0, ret+56(FP)
	VZEROUPPER
	RET
