//go:build amd64 && !noasm

#include "textflag.h"

// Registers of all functions:
//
//	DI, SI      the lanes at hand of the results and of x
//	DX          the lanes at hand of the factors
//	R8          bytes from one alternative to the next: all lanes
//	R9          where x ends
//	CX          lanes left
//	R10, R11    walk over the alternatives of the lanes at hand

// PICK512 sets K1 to the first CX of eight lanes.
#define PICK512 \
	MOVQ $8, AX; \
	CMPQ CX, AX; \
	CMOVQLT CX, AX; \
	MOVQ CX, R13; \
	MOVQ AX, CX; \
	MOVQ $1, R14; \
	SHLQ CX, R14; \
	DECQ R14; \
	KMOVW R14, K1; \
	MOVQ R13, CX

// PICK256 sets Y15 to the first CX of four lanes.
#define PICK256 \
	MOVQ $4, AX; \
	CMPQ CX, AX; \
	CMOVQLT CX, AX; \
	SHLQ $5, AX; \
	LEAQ ·masks(SB), R13; \
	VMOVDQU (R13)(AX*1), Y15

// func timesAVX512(dst, x, factor []float64)
TEXT ·timesAVX512(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), R9
	LEAQ (SI)(R9*8), R9
	MOVQ factor_base+48(FP), DX
	MOVQ factor_len+56(FP), CX
	MOVQ CX, R8
	SHLQ $3, R8

times512:
	PICK512
	VMOVUPD.Z (DX), K1, Z0
	MOVQ SI, R10
	MOVQ DI, R11

times512down:
	VMOVUPD.Z (R10), K1, Z1
	VMULPD Z0, Z1, Z1
	VMOVUPD Z1, K1, (R11)
	ADDQ R8, R10
	ADDQ R8, R11
	CMPQ R10, R9
	JLT  times512down
	ADDQ $64, SI
	ADDQ $64, DI
	ADDQ $64, DX
	SUBQ $8, CX
	JGT  times512
	VZEROUPPER
	RET

// func timesAVX2(dst, x, factor []float64)
TEXT ·timesAVX2(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), R9
	LEAQ (SI)(R9*8), R9
	MOVQ factor_base+48(FP), DX
	MOVQ factor_len+56(FP), CX
	MOVQ CX, R8
	SHLQ $3, R8

times256:
	PICK256
	VMASKMOVPD (DX), Y15, Y0
	MOVQ SI, R10
	MOVQ DI, R11

times256down:
	VMASKMOVPD (R10), Y15, Y1
	VMULPD Y0, Y1, Y1
	VMASKMOVPD Y1, Y15, (R11)
	ADDQ R8, R10
	ADDQ R8, R11
	CMPQ R10, R9
	JLT  times256down
	ADDQ $32, SI
	ADDQ $32, DI
	ADDQ $32, DX
	SUBQ $4, CX
	JGT  times256
	VZEROUPPER
	RET

// 1, and least of weigh.go.
DATA ·floor<>+0(SB)/8, $1.0
DATA ·floor<>+8(SB)/8, $1e-290
GLOBL ·floor<>(SB), RODATA|NOPTR, $16

// func reciprocalsAVX512(dst, x []float64)
TEXT ·reciprocalsAVX512(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	VBROADCASTSD ·floor<>+0(SB), Z2
	VBROADCASTSD ·floor<>+8(SB), Z3
	JMP  check512

reciprocals512:
	PICK512
	VMOVUPD.Z (SI), K1, Z0
	VMAXPD Z3, Z0, Z0 // the second operand, Z3, where Z0 is NaN
	VDIVPD Z0, Z2, Z0
	VMOVUPD Z0, K1, (DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $8, CX

check512:
	CMPQ CX, $0
	JGT  reciprocals512
	VZEROUPPER
	RET

// func reciprocalsAVX2(dst, x []float64)
TEXT ·reciprocalsAVX2(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	VBROADCASTSD ·floor<>+0(SB), Y2
	VBROADCASTSD ·floor<>+8(SB), Y3
	JMP  check256

reciprocals256:
	PICK256
	VMASKMOVPD (SI), Y15, Y0
	VMAXPD Y3, Y0, Y0 // the second operand, Y3, where Y0 is NaN
	VDIVPD Y0, Y2, Y0
	VMASKMOVPD Y0, Y15, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $4, CX

check256:
	CMPQ CX, $0
	JGT  reciprocals256
	VZEROUPPER
	RET
