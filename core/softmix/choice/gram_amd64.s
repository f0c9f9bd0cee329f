//go:build amd64 && !noasm

#include "textflag.h"

// Registers of both functions:
//
//	SI           the lanes at hand of w
//	BX, DX       of the two rows
//	R11..R14     of the columns from b on
//	DI, DI+AX    of the sums
//	R8, R9       bytes from one alternative to the next, and of a column
//	R10          walks over the alternatives of the lanes at hand
//	CX           lanes left
//	0..3, 4..7   vectors: products of the two rows with the columns
//	8, 9         their sums
//	10           w, then a column
//	11, 12       w times the rows

#define ARGUMENTS \
	MOVQ w+8(FP), SI; \
	MOVQ a+16(FP), BX; \
	MOVQ one+24(FP), DX; \
	MOVQ b+32(FP), R11; \
	MOVQ next+48(FP), R10; \
	LEAQ (R11)(R10*8), R12; \
	LEAQ (R12)(R10*8), R13; \
	LEAQ (R13)(R10*8), R14; \
	MOVQ cells+56(FP), R9; \
	SHLQ $3, R9; \
	MOVQ lanes+64(FP), CX; \
	MOVQ CX, R8; \
	SHLQ $3, R8; \
	MOVQ sumA+72(FP), DI; \
	MOVQ sumOne+80(FP), AX; \
	SUBQ DI, AX

#define ADVANCE(bytes) \
	ADDQ $bytes, SI; \
	ADDQ $bytes, BX; \
	ADDQ $bytes, DX; \
	ADDQ $bytes, R11; \
	ADDQ $bytes, R12; \
	ADDQ $bytes, R13; \
	ADDQ $bytes, R14; \
	ADDQ $bytes, DI

// K1 selects the first CX of eight lanes.
#define MASK512(full) \
	MOVQ $-1, R10; \
	CMPQ CX, $8; \
	JGE  full; \
	BZHIQ CX, R10, R10; \
full: \
	KMOVW R10, K1; \
	XORL R10, R10; \
	VPXORQ Z8, Z8, Z8; \
	VPXORQ Z9, Z9, Z9

#define ROWS512 \
	VMOVUPD.Z (SI)(R10*1), K1, Z10; \
	VMULPD.Z (BX)(R10*1), Z10, K1, Z11; \
	VMULPD.Z (DX)(R10*1), Z10, K1, Z12; \
	VADDPD Z11, Z8, Z8; \
	VADDPD Z12, Z9, Z9

#define COLUMN512(place, one, two) \
	VMOVUPD.Z (place)(R10*1), K1, Z10; \
	VFMADD231PD Z10, Z11, one; \
	VFMADD231PD Z10, Z12, two

#define SUMS512 \
	VMOVUPD Z8, K1, (DI); \
	VMOVUPD Z9, K1, (DI)(AX*1)

#define FOUND512(z, y, x, at) \
	VEXTRACTF64X4 $1, z, Y15; \
	VADDPD Y15, y, y; \
	FOUND256(y, x, at)

#define FOUND256(y, x, at) \
	VEXTRACTF128 $1, y, X15; \
	VADDPD X15, x, x; \
	VPERMILPD $1, x, X15; \
	VADDSD X15, x, x; \
	VMOVSD x, at(R10)

// Y15 selects the first CX of four lanes.
DATA ·lanes<>+0(SB)/8, $0
DATA ·lanes<>+8(SB)/8, $1
DATA ·lanes<>+16(SB)/8, $2
DATA ·lanes<>+24(SB)/8, $3
GLOBL ·lanes<>(SB), RODATA|NOPTR, $32

#define MASK256 \
	VMOVQ CX, X15; \
	VPBROADCASTQ X15, Y15; \
	VPCMPGTQ ·lanes<>(SB), Y15, Y15; \
	XORL R10, R10; \
	VXORPD Y8, Y8, Y8; \
	VXORPD Y9, Y9, Y9

#define ROWS256 \
	VMASKMOVPD (SI)(R10*1), Y15, Y10; \
	VMASKMOVPD (BX)(R10*1), Y15, Y11; \
	VMASKMOVPD (DX)(R10*1), Y15, Y12; \
	VMULPD Y10, Y11, Y11; \
	VMULPD Y10, Y12, Y12; \
	VADDPD Y11, Y8, Y8; \
	VADDPD Y12, Y9, Y9

#define COLUMN256(place, one, two) \
	VMASKMOVPD (place)(R10*1), Y15, Y10; \
	VFMADD231PD Y10, Y11, one; \
	VFMADD231PD Y10, Y12, two

#define SUMS256 \
	VMASKMOVPD Y8, Y15, (DI); \
	VMASKMOVPD Y9, Y15, (DI)(AX*1)

// func pairAVX512(found *[2 * pairColumns]float64, w, a, one, b *float64, columns, next, cells, lanes int, sumA, sumOne *float64)
TEXT ·pairAVX512(SB), NOSPLIT, $0-88
	ARGUMENTS
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	VPXORQ Z4, Z4, Z4
	VPXORQ Z5, Z5, Z5
	VPXORQ Z6, Z6, Z6
	VPXORQ Z7, Z7, Z7
	CMPQ columns+40(FP), $4
	JNE  two512

four512:
	MASK512(four512full)

four512down:
	ROWS512
	COLUMN512(R11, Z0, Z4)
	COLUMN512(R12, Z1, Z5)
	COLUMN512(R13, Z2, Z6)
	COLUMN512(R14, Z3, Z7)
	ADDQ R8, R10
	CMPQ R10, R9
	JLT  four512down
	SUMS512
	ADVANCE(64)
	SUBQ $8, CX
	JGT  four512
	JMP  found512

two512:
	MASK512(two512full)

two512down:
	ROWS512
	COLUMN512(R11, Z0, Z4)
	COLUMN512(R12, Z1, Z5)
	ADDQ R8, R10
	CMPQ R10, R9
	JLT  two512down
	SUMS512
	ADVANCE(64)
	SUBQ $8, CX
	JGT  two512

found512:
	MOVQ found+0(FP), R10
	FOUND512(Z0, Y0, X0, 0)
	FOUND512(Z1, Y1, X1, 8)
	FOUND512(Z2, Y2, X2, 16)
	FOUND512(Z3, Y3, X3, 24)
	FOUND512(Z4, Y4, X4, 32)
	FOUND512(Z5, Y5, X5, 40)
	FOUND512(Z6, Y6, X6, 48)
	FOUND512(Z7, Y7, X7, 56)
	VZEROUPPER
	RET

// func pairAVX2(found *[2 * pairColumns]float64, w, a, one, b *float64, columns, next, cells, lanes int, sumA, sumOne *float64)
TEXT ·pairAVX2(SB), NOSPLIT, $0-88
	ARGUMENTS
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7
	CMPQ columns+40(FP), $4
	JNE  two256

four256:
	MASK256

four256down:
	ROWS256
	COLUMN256(R11, Y0, Y4)
	COLUMN256(R12, Y1, Y5)
	COLUMN256(R13, Y2, Y6)
	COLUMN256(R14, Y3, Y7)
	ADDQ R8, R10
	CMPQ R10, R9
	JLT  four256down
	SUMS256
	ADVANCE(32)
	SUBQ $4, CX
	JGT  four256
	JMP  found256

two256:
	MASK256

two256down:
	ROWS256
	COLUMN256(R11, Y0, Y4)
	COLUMN256(R12, Y1, Y5)
	ADDQ R8, R10
	CMPQ R10, R9
	JLT  two256down
	SUMS256
	ADVANCE(32)
	SUBQ $4, CX
	JGT  two256

found256:
	MOVQ found+0(FP), R10
	FOUND256(Y0, X0, 0)
	FOUND256(Y1, X1, 8)
	FOUND256(Y2, X2, 16)
	FOUND256(Y3, X3, 24)
	FOUND256(Y4, X4, 32)
	FOUND256(Y5, X5, 40)
	FOUND256(Y6, X6, 48)
	FOUND256(Y7, X7, 56)
	VZEROUPPER
	RET
