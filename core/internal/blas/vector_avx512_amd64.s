//go:build amd64 && !noasm

#include "textflag.h"

// DOT leaves the sum of x*y in Z0, one partial sum to a lane. Four running sums hide the latency of the additions.
#define DOT(lanes, loop, rest, single, tail, done) \
	MOVQ x_base+0(FP), SI; \
	MOVQ x_len+8(FP), CX; \
	MOVQ y_base+24(FP), DI; \
	ZERO Z0, Z0, Z0; \
	ZERO Z1, Z1, Z1; \
	ZERO Z2, Z2, Z2; \
	ZERO Z3, Z3, Z3; \
	SUBQ $(4*lanes), CX; \
	JLT rest; \
loop: \
	LOAD (SI), Z4; \
	LOAD 64(SI), Z5; \
	LOAD 128(SI), Z6; \
	LOAD 192(SI), Z7; \
	FMA (DI), Z4, Z0; \
	FMA 64(DI), Z5, Z1; \
	FMA 128(DI), Z6, Z2; \
	FMA 192(DI), Z7, Z3; \
	ADDQ $256, SI; \
	ADDQ $256, DI; \
	SUBQ $(4*lanes), CX; \
	JGE loop; \
rest: \
	ADDQ $(3*lanes), CX; \
	JLT tail; \
single: \
	LOAD (SI), Z4; \
	FMA (DI), Z4, Z0; \
	ADDQ $64, SI; \
	ADDQ $64, DI; \
	SUBQ $lanes, CX; \
	JGE single; \
tail: \
	ADDQ $lanes, CX; \
	JZ done; \
	MOVQ $1, AX; \
	SHLQ CX, AX; \
	DECQ AX; \
	KMOVW AX, K1; \
	LOAD.Z (SI), K1, Z4; \
	LOAD.Z (DI), K1, Z5; \
	FMA Z5, Z4, Z1; \
done: \
	ADD Z1, Z0, Z0; \
	ADD Z3, Z2, Z2; \
	ADD Z2, Z0, Z0

// AXPY is the whole function but for alpha, already in every lane of Z0.
#define AXPY(lanes, loop, rest, single, tail, done) \
	SUBQ $(4*lanes), CX; \
	JLT rest; \
loop: \
	LOAD (DI), Z4; \
	LOAD 64(DI), Z5; \
	LOAD 128(DI), Z6; \
	LOAD 192(DI), Z7; \
	FMA (SI), Z0, Z4; \
	FMA 64(SI), Z0, Z5; \
	FMA 128(SI), Z0, Z6; \
	FMA 192(SI), Z0, Z7; \
	LOAD Z4, (DI); \
	LOAD Z5, 64(DI); \
	LOAD Z6, 128(DI); \
	LOAD Z7, 192(DI); \
	ADDQ $256, SI; \
	ADDQ $256, DI; \
	SUBQ $(4*lanes), CX; \
	JGE loop; \
rest: \
	ADDQ $(3*lanes), CX; \
	JLT tail; \
single: \
	LOAD (DI), Z4; \
	FMA (SI), Z0, Z4; \
	LOAD Z4, (DI); \
	ADDQ $64, SI; \
	ADDQ $64, DI; \
	SUBQ $lanes, CX; \
	JGE single; \
tail: \
	ADDQ $lanes, CX; \
	JZ done; \
	MOVQ $1, AX; \
	SHLQ CX, AX; \
	DECQ AX; \
	KMOVW AX, K1; \
	LOAD.Z (SI), K1, Z4; \
	LOAD.Z (DI), K1, Z5; \
	FMA Z4, Z0, Z5; \
	LOAD Z5, K1, (DI); \
done: \
	VZEROUPPER; \
	RET

#define LOAD VMOVUPD
#define FMA VFMADD231PD
#define ADD VADDPD
#define ZERO VPXORQ

// func dotAVX512x64(x, y []float64) float64
TEXT ·dotAVX512x64(SB), NOSPLIT, $0-56
	DOT(8, loop, rest, single, tail, done)
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPD Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	ADD X1, X0, X0
	VPERMILPD $1, X0, X1
	VADDSD X1, X0, X0
	VMOVSD X0, ret+48(FP)
	VZEROUPPER
	RET

// func axpyAVX512x64(alpha float64, x, y []float64)
TEXT ·axpyAVX512x64(SB), NOSPLIT, $0-56
	VBROADCASTSD alpha+0(FP), Z0
	MOVQ x_base+8(FP), SI
	MOVQ x_len+16(FP), CX
	MOVQ y_base+32(FP), DI
	AXPY(8, loop, rest, single, tail, done)

#undef LOAD
#undef FMA
#undef ADD
#define LOAD VMOVUPS
#define FMA VFMADD231PS
#define ADD VADDPS

// func dotAVX512x32(x, y []float32) float32
TEXT ·dotAVX512x32(SB), NOSPLIT, $0-52
	DOT(16, loop, rest, single, tail, done)
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPS Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	ADD X1, X0, X0
	VPERMILPD $1, X0, X1
	VADDPS X1, X0, X0
	VMOVSHDUP X0, X1
	VADDSS X1, X0, X0
	VMOVSS X0, ret+48(FP)
	VZEROUPPER
	RET

// func axpyAVX512x32(alpha float32, x, y []float32)
TEXT ·axpyAVX512x32(SB), NOSPLIT, $0-56
	VBROADCASTSS alpha+0(FP), Z0
	MOVQ x_base+8(FP), SI
	MOVQ x_len+16(FP), CX
	MOVQ y_base+32(FP), DI
	AXPY(16, loop, rest, single, tail, done)
