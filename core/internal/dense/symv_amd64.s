//go:build amd64 && !noasm

#include "textflag.h"

// Registers of both functions:
//
//	SI          first row of a, at the current column
//	R8, R9      one and three row strides in bytes
//	BX, DI      x and y
//	CX          columns left
//	DX          the tile: factors, then sums
//	0 to 3      the factors in every lane
//	4 to 7      the sums of the rows

#define START \
	MOVQ a_base+0(FP), SI; \
	MOVQ ld+24(FP), R8; \
	SHLQ $3, R8; \
	LEAQ (R8)(R8*2), R9; \
	MOVQ x_base+32(FP), BX; \
	MOVQ x_len+40(FP), CX; \
	MOVQ y_base+56(FP), DI; \
	MOVQ t+80(FP), DX

// STEP takes the columns loaded from four rows to p, q, r and s and from x to v, and adds to the y loaded to w.
#define STEP(p, q, r, s, v, w, u, c0, c1, c2, c3, s0, s1, s2, s3) \
	VMULPD q, c1, u; \
	VFMADD231PD p, c0, w; \
	VFMADD231PD r, c2, u; \
	VFMADD231PD s, c3, w; \
	VFMADD231PD p, v, s0; \
	VFMADD231PD q, v, s1; \
	VFMADD231PD r, v, s2; \
	VFMADD231PD s, v, s3; \
	VADDPD u, w, w

// FOLD512 leaves the sum of the lanes of z, whose lower half is y and whose lowest quarter x, at 8*to(DX).
#define FOLD512(z, y, x, to) \
	VEXTRACTF64X4 $1, z, Y8; \
	VADDPD Y8, y, y; \
	FOLD256(y, x, to)

#define FOLD256(y, x, to) \
	VEXTRACTF128 $1, y, X8; \
	VADDPD X8, x, x; \
	VPERMILPD $1, x, X8; \
	VADDSD X8, x, x; \
	VMOVSD x, to(DX)

// func symvAVX512(a []float64, ld int, x, y []float64, t *symvTile)
TEXT ·symvAVX512(SB), NOSPLIT, $0-88
	START
	VBROADCASTSD (DX), Z0
	VBROADCASTSD 8(DX), Z1
	VBROADCASTSD 16(DX), Z2
	VBROADCASTSD 24(DX), Z3
	VPXORQ Z4, Z4, Z4
	VPXORQ Z5, Z5, Z5
	VPXORQ Z6, Z6, Z6
	VPXORQ Z7, Z7, Z7
	SUBQ $8, CX
	JLT tail
loop:
	VMOVUPD (SI), Z8
	VMOVUPD (SI)(R8*1), Z9
	VMOVUPD (SI)(R8*2), Z10
	VMOVUPD (SI)(R9*1), Z11
	VMOVUPD (BX), Z12
	VMOVUPD (DI), Z13
	STEP(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	VMOVUPD Z13, (DI)
	ADDQ $64, SI
	ADDQ $64, BX
	ADDQ $64, DI
	SUBQ $8, CX
	JGE loop
tail:
	ADDQ $8, CX
	JZ done
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	VMOVUPD.Z (SI), K1, Z8
	VMOVUPD.Z (SI)(R8*1), K1, Z9
	VMOVUPD.Z (SI)(R8*2), K1, Z10
	VMOVUPD.Z (SI)(R9*1), K1, Z11
	VMOVUPD.Z (BX), K1, Z12
	VMOVUPD.Z (DI), K1, Z13
	STEP(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	VMOVUPD Z13, K1, (DI)
done:
	FOLD512(Z4, Y4, X4, 32)
	FOLD512(Z5, Y5, X5, 40)
	FOLD512(Z6, Y6, X6, 48)
	FOLD512(Z7, Y7, X7, 56)
	VZEROUPPER
	RET

// func symvAVX2(a []float64, ld int, x, y []float64, t *symvTile)
TEXT ·symvAVX2(SB), NOSPLIT, $0-88
	START
	VBROADCASTSD (DX), Y0
	VBROADCASTSD 8(DX), Y1
	VBROADCASTSD 16(DX), Y2
	VBROADCASTSD 24(DX), Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7
	SUBQ $4, CX
	JLT rest
loop:
	VMOVUPD (SI), Y8
	VMOVUPD (SI)(R8*1), Y9
	VMOVUPD (SI)(R8*2), Y10
	VMOVUPD (SI)(R9*1), Y11
	VMOVUPD (BX), Y12
	VMOVUPD (DI), Y13
	STEP(Y8, Y9, Y10, Y11, Y12, Y13, Y14, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	VMOVUPD Y13, (DI)
	ADDQ $32, SI
	ADDQ $32, BX
	ADDQ $32, DI
	SUBQ $4, CX
	JGE loop
rest:
	ADDQ $4, CX
	JZ done
single:
	VMOVSD (SI), X8
	VMOVSD (SI)(R8*1), X9
	VMOVSD (SI)(R8*2), X10
	VMOVSD (SI)(R9*1), X11
	VMOVSD (BX), X12
	VMOVSD (DI), X13
	STEP(Y8, Y9, Y10, Y11, Y12, Y13, Y14, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	VMOVSD X13, (DI)
	ADDQ $8, SI
	ADDQ $8, BX
	ADDQ $8, DI
	DECQ CX
	JNZ single
done:
	FOLD256(Y4, X4, 32)
	FOLD256(Y5, X5, 40)
	FOLD256(Y6, X6, 48)
	FOLD256(Y7, X7, 56)
	VZEROUPPER
	RET
