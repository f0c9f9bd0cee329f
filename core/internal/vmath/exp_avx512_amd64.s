//go:build amd64 && !noasm

#include "textflag.h"

// Several vectors are taken through each step together: their chains of dependent operations overlap, which a
// processor's own look-ahead is too short for. EACH4 and EACH1 say which; a step gets the registers of one vector.

#define ROW(i) (64*i)(R8)

#define EACH4(DO) \
	DO(0, Z0, Z1, Z2); \
	DO(64, Z3, Z4, Z5); \
	DO(128, Z6, Z7, Z8); \
	DO(192, Z9, Z10, Z11)

#define EACH1(DO) \
	DO(0, Z0, Z1, Z2)

// REDUCE: x becomes r, n the integer it was reduced by. The clamps keep NaN, which a maximum or minimum passes on if it
// comes second.
#define REDUCE(at, x, n, p) \
	SUB Z23, x, x; \
	MAX x, Z20, x; \
	MIN x, Z21, x; \
	MOV Z17, n; \
	MULADD231 x, Z16, n; \
	SUB Z17, n, n; \
	NEGMULADD231 Z18, n, x; \
	NEGMULADD231 Z19, n, x; \
	MOV Z25, p

// HORNER: p = p*r + the coefficient in Z26.
#define HORNER(at, x, n, p) \
	MULADD213 Z26, x, p

// FINISH: x becomes 2^n * (1 + r + r*r*p).
#define FINISH(at, x, n, p) \
	MUL x, p, p; \
	MULADD213 x, x, p; \
	ADD Z22, p, p; \
	SCALE n, p, x

#define TERM(EACH, i) \
	LOAD ROW(i), Z26; \
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

#define READ(at, x, n, p) \
	LOAD at(SI), x

#define SUM(at, x, n, p) \
	ADD x, Z24, Z24

#define WRITE(at, x, n, p) \
	LOAD x, at(DI)

// EXPSUB is the whole function but for the shift, already in Z23, and the reduction of the sums in Z24.
#define EXPSUB(EXP, lanes) \
	LOAD ROW(0), Z16; \
	LOAD ROW(1), Z17; \
	LOAD ROW(2), Z18; \
	LOAD ROW(3), Z19; \
	LOAD ROW(4), Z20; \
	LOAD ROW(5), Z21; \
	LOAD ROW(6), Z22; \
	LOAD ROW(8), Z25; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ x_base+24(FP), SI; \
	MOVQ x_len+32(FP), CX; \
	VPXORQ Z24, Z24, Z24; \
	SUBQ $(4*lanes), CX; \
	JLT single; \
four: \
	EACH4(READ); \
	EXP(EACH4); \
	EACH4(SUM); \
	ADDQ $256, SI; \
	TESTQ DI, DI; \
	JZ nextFour; \
	EACH4(WRITE); \
	ADDQ $256, DI; \
nextFour: \
	SUBQ $(4*lanes), CX; \
	JGE four; \
single: \
	ADDQ $(3*lanes), CX; \
	JLT tail; \
one: \
	EACH1(READ); \
	EXP(EACH1); \
	EACH1(SUM); \
	ADDQ $64, SI; \
	TESTQ DI, DI; \
	JZ nextOne; \
	EACH1(WRITE); \
	ADDQ $64, DI; \
nextOne: \
	SUBQ $lanes, CX; \
	JGE one; \
tail: \
	ADDQ $lanes, CX; \
	JZ done; \
	MOVQ $1, AX; \
	SHLQ CX, AX; \
	DECQ AX; \
	KMOVW AX, K1; \
	LOAD.Z (SI), K1, Z0; \
	EXP(EACH1); \
	ADD Z0, Z24, K1, Z24; \
	TESTQ DI, DI; \
	JZ done; \
	LOAD Z0, K1, (DI); \
done: \
	VEXTRACTF64X4 $1, Z24, Y1; \
	VMOVUPD Y24, Y0; \
	ADD Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	ADD X1, X0, X0; \
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
#define SCALE VSCALEFPD

// func expSubAVX512x64(dst, x []float64, shift float64) float64
TEXT ·expSubAVX512x64(SB), NOSPLIT, $0-64
	LEAQ ·expTable64(SB), R8
	VBROADCASTSD shift+48(FP), Z23
	EXPSUB(EXP64, 8)
	VADDSD X1, X0, X0
	VMOVSD X0, ret+56(FP)
	VZEROUPPER
	RET

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
#undef SCALE
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
#define SCALE VSCALEFPS

// func expSubAVX512x32(dst, x []float32, shift float32) float32
TEXT ·expSubAVX512x32(SB), NOSPLIT, $0-60
	LEAQ ·expTable32(SB), R8
	VBROADCASTSS shift+48(FP), Z23
	EXPSUB(EXP32, 16)
	VADDPS X1, X0, X0
	VMOVSHDUP X0, X1
	VADDSS X1, X0, X0
	VMOVSS X0, ret+56(FP)
	VZEROUPPER
	RET
