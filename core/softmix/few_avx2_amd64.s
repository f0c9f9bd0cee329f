//go:build amd64 && !noasm

#include "textflag.h"

// MASK loads what selects the first n of 16 elements, at most the first 8 in low and the others in high; it uses AX and CX.
#define MASK(n, low, high) \
	LEAQ ·fewMask+64(SB), AX; \
	MOVQ n, CX; \
	SHLQ $2, CX; \
	SUBQ CX, AX; \
	VMOVDQU (AX), low; \
	VMOVDQU 32(AX), high

// CLASSES adds the products of a row, in Y0 and Y1, with the coefficients of all classes.
#define CLASSES \
	VFMADD231PS (BX), Y0, Y8; \
	VFMADD231PS 64(BX), Y0, Y9; \
	VFMADD231PS 128(BX), Y0, Y10; \
	VFMADD231PS 192(BX), Y0, Y11; \
	VFMADD231PS 256(BX), Y0, Y12; \
	VFMADD231PS 320(BX), Y0, Y13; \
	VFMADD231PS 384(BX), Y0, Y14; \
	VFMADD231PS 448(BX), Y0, Y15; \
	VFMADD231PS 32(BX), Y1, Y8; \
	VFMADD231PS 96(BX), Y1, Y9; \
	VFMADD231PS 160(BX), Y1, Y10; \
	VFMADD231PS 224(BX), Y1, Y11; \
	VFMADD231PS 288(BX), Y1, Y12; \
	VFMADD231PS 352(BX), Y1, Y13; \
	VFMADD231PS 416(BX), Y1, Y14; \
	VFMADD231PS 480(BX), Y1, Y15

#define CLEAR(a, b, c, d) \
	VXORPS a, a, a; \
	VXORPS b, b, b; \
	VXORPS c, c, c; \
	VXORPS d, d, d

// func fewProductsAVX2(dst *float32, classes int, x *float32, stride, rows, blocks, tail int, coef, shift *float32)
//
// Y8 to Y15 are the sums of a row, Y3 is the shift, and Y4, Y6 and Y7 select classes and the columns of the tail. R12 is how far ahead
// memory is asked for.
TEXT ·fewProductsAVX2(SB), NOSPLIT, $0-72
	MOVQ dst+0(FP), DI
	MOVQ x+16(FP), SI
	MOVQ stride+24(FP), R8
	SHLQ $2, R8
	MOVQ rows+32(FP), DX
	MOVQ blocks+40(FP), R9
	MOVQ tail+48(FP), R10
	MOVQ coef+56(FP), R11
	MOVQ shift+64(FP), AX
	VMOVUPS (AX), Y3
	MASK(R10, Y6, Y7)
	MOVQ classes+8(FP), R13
	MASK(R13, Y4, Y5)
	SHLQ $2, R13
	MOVQ $4096, R12
	CMPQ R8, R12
	CMOVQGT R8, R12

row:
	CLEAR(Y8, Y9, Y10, Y11)
	CLEAR(Y12, Y13, Y14, Y15)
	MOVQ SI, R14
	MOVQ R11, BX
	MOVQ R9, CX
	TESTQ CX, CX
	JZ   rest

block:
	VMOVUPS (R14), Y0
	VMOVUPS 32(R14), Y1
	PREFETCHT0 (R14)(R12*1)
	CLASSES
	ADDQ $64, R14
	ADDQ $512, BX
	DECQ CX
	JNZ  block

rest:
	TESTQ R10, R10
	JZ   fold
	VMASKMOVPS (R14), Y6, Y0
	VMASKMOVPS 32(R14), Y7, Y1
	CLASSES

fold:
	VHADDPS Y9, Y8, Y8
	VHADDPS Y11, Y10, Y10
	VHADDPS Y13, Y12, Y12
	VHADDPS Y15, Y14, Y14
	VHADDPS Y10, Y8, Y8
	VHADDPS Y14, Y12, Y12
	VPERM2F128 $0x20, Y12, Y8, Y0
	VPERM2F128 $0x31, Y12, Y8, Y1
	VADDPS Y1, Y0, Y0
	VADDPS Y3, Y0, Y0
	VMASKMOVPS Y0, Y4, (DI)
	ADDQ R13, DI
	ADDQ R8, SI
	DECQ DX
	JNZ  row
	VZEROUPPER
	RET

// SUM adds the products of the columns in Y0 and Y1 with the weight of a class.
#define SUM(at, a, b) \
	VBROADCASTSS at(BX), Y3; \
	VFMADD231PS Y0, Y3, a; \
	VFMADD231PS Y1, Y3, b

#define KEEP(a, b) \
	VMASKMOVPS (DI), Y6, Y0; \
	VMASKMOVPS 32(DI), Y7, Y1; \
	VADDPS Y0, a, a; \
	VADDPS Y1, b, b; \
	VMASKMOVPS a, Y6, (DI); \
	VMASKMOVPS b, Y7, 32(DI); \
	ADDQ R9, DI

// func fewSumsAVX2(dst *float32, ld int, x *float32, stride, rows, columns int, w *float32)
//
// Y8 to Y15 are the sums, two vectors to a class. R11 leads to the same columns of the rows after these, which are asked for.
TEXT ·fewSumsAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ ld+8(FP), R9
	SHLQ $2, R9
	MOVQ x+16(FP), SI
	MOVQ stride+24(FP), R8
	SHLQ $2, R8
	MOVQ rows+32(FP), DX
	MOVQ DX, R11
	IMULQ R8, R11
	MOVQ columns+40(FP), R10
	MASK(R10, Y6, Y7)
	MOVQ w+48(FP), BX
	CLEAR(Y8, Y9, Y10, Y11)
	CLEAR(Y12, Y13, Y14, Y15)

row:
	VMASKMOVPS (SI), Y6, Y0
	VMASKMOVPS 32(SI), Y7, Y1
	PREFETCHT0 (SI)(R11*1)
	SUM(0, Y8, Y9)
	SUM(4, Y10, Y11)
	SUM(8, Y12, Y13)
	SUM(12, Y14, Y15)
	ADDQ R8, SI
	ADDQ $32, BX
	DECQ DX
	JNZ  row
	KEEP(Y8, Y9)
	KEEP(Y10, Y11)
	KEEP(Y12, Y13)
	KEEP(Y14, Y15)
	VZEROUPPER
	RET
