//go:build amd64 && !noasm

#include "textflag.h"

// DOT leaves the sum of x*y in Y0, one partial sum to a lane. Four running sums hide the latency of the additions.
#define DOT(lanes, loop, rest, single, tail, done) \
	MOVQ x_base+0(FP), SI; \
	MOVQ x_len+8(FP), CX; \
	MOVQ y_base+24(FP), DI; \
	ZERO Y0, Y0, Y0; \
	ZERO Y1, Y1, Y1; \
	ZERO Y2, Y2, Y2; \
	ZERO Y3, Y3, Y3; \
	SUBQ $(4*lanes), CX; \
	JLT rest; \
loop: \
	LOAD (SI), Y4; \
	LOAD 32(SI), Y5; \
	LOAD 64(SI), Y6; \
	LOAD 96(SI), Y7; \
	FMA (DI), Y4, Y0; \
	FMA 32(DI), Y5, Y1; \
	FMA 64(DI), Y6, Y2; \
	FMA 96(DI), Y7, Y3; \
	ADDQ $128, SI; \
	ADDQ $128, DI; \
	SUBQ $(4*lanes), CX; \
	JGE loop; \
rest: \
	ADDQ $(3*lanes), CX; \
	JLT tail; \
single: \
	LOAD (SI), Y4; \
	FMA (DI), Y4, Y0; \
	ADDQ $32, SI; \
	ADDQ $32, DI; \
	SUBQ $lanes, CX; \
	JGE single; \
tail: \
	ADDQ $lanes, CX; \
	JZ done; \
	SHLQ $5, CX; \
	LEAQ MASKS, R9; \
	LOAD -32(R9)(CX*1), Y6; \
	MASKMOV (SI), Y6, Y4; \
	MASKMOV (DI), Y6, Y5; \
	FMA Y5, Y4, Y1; \
done: \
	ADD Y1, Y0, Y0; \
	ADD Y3, Y2, Y2; \
	ADD Y2, Y0, Y0

// AXPY is the whole function but for alpha, already in every lane of Y0.
#define AXPY(lanes, loop, rest, single, tail, done) \
	SUBQ $(4*lanes), CX; \
	JLT rest; \
loop: \
	LOAD (DI), Y4; \
	LOAD 32(DI), Y5; \
	LOAD 64(DI), Y6; \
	LOAD 96(DI), Y7; \
	FMA (SI), Y0, Y4; \
	FMA 32(SI), Y0, Y5; \
	FMA 64(SI), Y0, Y6; \
	FMA 96(SI), Y0, Y7; \
	LOAD Y4, (DI); \
	LOAD Y5, 32(DI); \
	LOAD Y6, 64(DI); \
	LOAD Y7, 96(DI); \
	ADDQ $128, SI; \
	ADDQ $128, DI; \
	SUBQ $(4*lanes), CX; \
	JGE loop; \
rest: \
	ADDQ $(3*lanes), CX; \
	JLT tail; \
single: \
	LOAD (DI), Y4; \
	FMA (SI), Y0, Y4; \
	LOAD Y4, (DI); \
	ADDQ $32, SI; \
	ADDQ $32, DI; \
	SUBQ $lanes, CX; \
	JGE single; \
tail: \
	ADDQ $lanes, CX; \
	JZ done; \
	SHLQ $5, CX; \
	LEAQ MASKS, R9; \
	LOAD -32(R9)(CX*1), Y6; \
	MASKMOV (SI), Y6, Y4; \
	MASKMOV (DI), Y6, Y5; \
	FMA Y4, Y0, Y5; \
	MASKMOV Y5, Y6, (DI); \
done: \
	VZEROUPPER; \
	RET

#define LOAD VMOVUPD
#define FMA VFMADD231PD
#define ADD VADDPD
#define ZERO VPXOR
#define MASKMOV VMASKMOVPD
#define MASKS ·masks64(SB)

// func dotAVX2x64(x, y []float64) float64
TEXT ·dotAVX2x64(SB), NOSPLIT, $0-56
	DOT(4, loop, rest, single, tail, done)
	VEXTRACTF128 $1, Y0, X1
	ADD X1, X0, X0
	VPERMILPD $1, X0, X1
	VADDSD X1, X0, X0
	VMOVSD X0, ret+48(FP)
	VZEROUPPER
	RET

// func axpyAVX2x64(alpha float64, x, y []float64)
TEXT ·axpyAVX2x64(SB), NOSPLIT, $0-56
	VBROADCASTSD alpha+0(FP), Y0
	MOVQ x_base+8(FP), SI
	MOVQ x_len+16(FP), CX
	MOVQ y_base+32(FP), DI
	AXPY(4, loop, rest, single, tail, done)

#undef LOAD
#undef FMA
#undef ADD
#undef MASKMOV
#undef MASKS
#define LOAD VMOVUPS
#define FMA VFMADD231PS
#define ADD VADDPS
#define MASKMOV VMASKMOVPS
#define MASKS ·masks32(SB)

// func dotAVX2x32(x, y []float32) float32
TEXT ·dotAVX2x32(SB), NOSPLIT, $0-52
	DOT(8, loop, rest, single, tail, done)
	VEXTRACTF128 $1, Y0, X1
	ADD X1, X0, X0
	VPERMILPD $1, X0, X1
	VADDPS X1, X0, X0
	VMOVSHDUP X0, X1
	VADDSS X1, X0, X0
	VMOVSS X0, ret+48(FP)
	VZEROUPPER
	RET

// func axpyAVX2x32(alpha float32, x, y []float32)
TEXT ·axpyAVX2x32(SB), NOSPLIT, $0-56
	VBROADCASTSS alpha+0(FP), Y0
	MOVQ x_base+8(FP), SI
	MOVQ x_len+16(FP), CX
	MOVQ y_base+32(FP), DI
	AXPY(8, loop, rest, single, tail, done)
