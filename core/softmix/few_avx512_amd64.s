//go:build amd64 && !noasm

#include "textflag.h"

// MASK sets a register to the first n elements; it uses AX and CX.
#define MASK(n, register) \
	MOVQ n, CX; \
	MOVQ $1, AX; \
	SHLQ CX, AX; \
	DECQ AX; \
	KMOVW AX, register

// CLASS adds the products of both rows, in Z0 and Z1, with the coefficients of a class.
#define CLASS(at, first, second) \
	VMOVUPS at(BX), Z2; \
	VFMADD231PS Z2, Z0, first; \
	VFMADD231PS Z2, Z1, second

#define CLASSES \
	CLASS(0, Z8, Z16); \
	CLASS(64, Z9, Z17); \
	CLASS(128, Z10, Z18); \
	CLASS(192, Z11, Z19); \
	CLASS(256, Z12, Z20); \
	CLASS(320, Z13, Z21); \
	CLASS(384, Z14, Z22); \
	CLASS(448, Z15, Z23)

#define CLEAR(a, b, c, d) \
	VPXORQ a, a, a; \
	VPXORQ b, b, b; \
	VPXORQ c, c, c; \
	VPXORQ d, d, d

// HALVE adds the upper half of each quarter of a and b to the lower and leaves them side by side in a.
#define HALVE(LOW, HIGH, a, b) \
	LOW b, a, Z0; \
	HIGH b, a, Z1; \
	VADDPS Z1, Z0, a

// FOLD leaves the sums of eight registers in a, each as two partial sums, four of one kind after the other.
#define FOLD(a, b, c, d, e, f, g, h) \
	HALVE(VUNPCKLPS, VUNPCKHPS, a, b); \
	HALVE(VUNPCKLPS, VUNPCKHPS, c, d); \
	HALVE(VUNPCKLPS, VUNPCKHPS, e, f); \
	HALVE(VUNPCKLPS, VUNPCKHPS, g, h); \
	HALVE(VUNPCKLPD, VUNPCKHPD, a, c); \
	HALVE(VUNPCKLPD, VUNPCKHPD, e, g); \
	VSHUFF32X4 $0x44, e, a, Z0; \
	VSHUFF32X4 $0xEE, e, a, Z1; \
	VADDPS Z1, Z0, a

// func fewProductsAVX512(dst *float32, classes int, x *float32, stride, rows, blocks, tail int, coef, shift *float32)
//
// Two rows at a time: SI is where they begin, R14 and AX where they are, and Z8 to Z15 and Z16 to Z23 are their sums. R12 is how far
// ahead memory is asked for, at least the next two rows: without that a pass takes three times as long.
TEXT ·fewProductsAVX512(SB), NOSPLIT, $0-72
	MOVQ dst+0(FP), DI
	MOVQ classes+8(FP), R13
	MOVQ x+16(FP), SI
	MOVQ stride+24(FP), R8
	SHLQ $2, R8
	MOVQ rows+32(FP), DX
	MOVQ blocks+40(FP), R9
	MOVQ tail+48(FP), R10
	MOVQ coef+56(FP), R11
	MOVQ shift+64(FP), AX
	VBROADCASTF64X4 (AX), Z31
	MASK(R10, K1)
	MASK(R13, K2)
	SHLQ $2, R13
	MOVQ $4096, R12
	LEAQ (R8)(R8*1), AX
	CMPQ AX, R12
	CMOVQGT AX, R12

pair:
	LEAQ (SI)(R8*1), AX
	CMPQ DX, $2
	CMOVQLT SI, AX
	CLEAR(Z8, Z9, Z10, Z11)
	CLEAR(Z12, Z13, Z14, Z15)
	CLEAR(Z16, Z17, Z18, Z19)
	CLEAR(Z20, Z21, Z22, Z23)
	MOVQ SI, R14
	MOVQ R11, BX
	MOVQ R9, CX
	TESTQ CX, CX
	JZ   rest

block:
	VMOVUPS (R14), Z0
	VMOVUPS (AX), Z1
	PREFETCHT0 (R14)(R12*1)
	PREFETCHT0 (AX)(R12*1)
	CLASSES
	ADDQ $64, R14
	ADDQ $64, AX
	ADDQ $512, BX
	DECQ CX
	JNZ  block

rest:
	TESTQ R10, R10
	JZ   fold
	VMOVUPS.Z (R14), K1, Z0
	VMOVUPS.Z (AX), K1, Z1
	CLASSES

fold:
	FOLD(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	FOLD(Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23)
	VSHUFF32X4 $0x88, Z16, Z8, Z0
	VSHUFF32X4 $0xDD, Z16, Z8, Z1
	VADDPS Z1, Z0, Z0
	VADDPS Z31, Z0, Z0
	VMOVUPS Z0, K2, (DI)
	ADDQ R13, DI
	CMPQ DX, $2
	JLT  done
	VEXTRACTF64X4 $1, Z0, Y1
	VMOVUPS Z1, K2, (DI)
	ADDQ R13, DI
	LEAQ (SI)(R8*2), SI
	SUBQ $2, DX
	JGT  pair

done:
	VZEROUPPER
	RET

// SUM adds the products of the columns in Z0 to Z2 with the weight of a class.
#define SUM(at, a, b, c) \
	VBROADCASTSS at(BX), Z3; \
	VFMADD231PS Z0, Z3, a; \
	VFMADD231PS Z1, Z3, b; \
	VFMADD231PS Z2, Z3, c

#define KEEP(a, b, c) \
	VMOVUPS.Z (DI), K1, Z0; \
	VMOVUPS.Z 64(DI), K2, Z1; \
	VMOVUPS.Z 128(DI), K3, Z2; \
	VADDPS Z0, a, a; \
	VADDPS Z1, b, b; \
	VADDPS Z2, c, c; \
	VMOVUPS a, K1, (DI); \
	VMOVUPS b, K2, 64(DI); \
	VMOVUPS c, K3, 128(DI); \
	ADDQ R9, DI

// func fewSumsAVX512(dst *float32, ld int, x *float32, stride, rows, columns int, w *float32)
//
// Z8 to Z31 are the sums, three vectors to a class. R10 leads to the same columns of the rows after these, which are asked for.
TEXT ·fewSumsAVX512(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ ld+8(FP), R9
	SHLQ $2, R9
	MOVQ x+16(FP), SI
	MOVQ stride+24(FP), R8
	SHLQ $2, R8
	MOVQ rows+32(FP), DX
	MOVQ DX, R10
	IMULQ R8, R10
	MASK(columns+40(FP), K1)
	SHRQ $16, AX
	KMOVW AX, K2
	SHRQ $16, AX
	KMOVW AX, K3
	MOVQ w+48(FP), BX
	CLEAR(Z8, Z9, Z10, Z11)
	CLEAR(Z12, Z13, Z14, Z15)
	CLEAR(Z16, Z17, Z18, Z19)
	CLEAR(Z20, Z21, Z22, Z23)
	CLEAR(Z24, Z25, Z26, Z27)
	CLEAR(Z28, Z29, Z30, Z31)

row:
	VMOVUPS.Z (SI), K1, Z0
	VMOVUPS.Z 64(SI), K2, Z1
	VMOVUPS.Z 128(SI), K3, Z2
	PREFETCHT0 (SI)(R10*1)
	PREFETCHT0 64(SI)(R10*1)
	PREFETCHT0 128(SI)(R10*1)
	SUM(0, Z8, Z9, Z10)
	SUM(4, Z11, Z12, Z13)
	SUM(8, Z14, Z15, Z16)
	SUM(12, Z17, Z18, Z19)
	SUM(16, Z20, Z21, Z22)
	SUM(20, Z23, Z24, Z25)
	SUM(24, Z26, Z27, Z28)
	SUM(28, Z29, Z30, Z31)
	ADDQ R8, SI
	ADDQ $32, BX
	DECQ DX
	JNZ  row
	KEEP(Z8, Z9, Z10)
	KEEP(Z11, Z12, Z13)
	KEEP(Z14, Z15, Z16)
	KEEP(Z17, Z18, Z19)
	KEEP(Z20, Z21, Z22)
	KEEP(Z23, Z24, Z25)
	KEEP(Z26, Z27, Z28)
	KEEP(Z29, Z30, Z31)
	VZEROUPPER
	RET
