//go:build amd64 && !noasm

#include "textflag.h"

#define LOAD VMOVUPS
#define BROADCAST VBROADCASTSS
#define FMA VFMADD231PS
#define MUL VMULPS
#define ZERO VPXORQ
#define MOVBETA MOVL
#define DOUBLE SHLL
#define LOOKAHEAD PREFETCHT1 (R14); ADDQ $64, R14

#include "tile_avx512_amd64.h"

// func tileAVX512x32(rows, cols, k int, a []float32, aRow, aCol int, b []float32, alpha, beta float32, c []float32, ldc int, ahead *float32)
TEXT ·tileAVX512x32(SB), NOSPLIT, $0-136
	MOVQ cols+8(FP), CX
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	SHRQ $16, AX
	KMOVW AX, K2
	MOVQ k+16(FP), CX
	MOVQ a_base+24(FP), SI
	MOVQ aRow+48(FP), R8
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	LEAQ (R8)(R9*2), R11
	LEAQ (SI)(R9*2), DI
	ADDQ R9, DI
	MOVQ aCol+56(FP), R12
	SHLQ $2, R12
	MOVQ b_base+64(FP), BX
	MOVQ c_base+96(FP), DX
	MOVQ ldc+120(FP), R13
	SHLQ $2, R13
	MOVQ rows+0(FP), R14
	CMPQ R14, $8
	JGT  rows14
	JEQ  rows8
	CMPQ R14, $2
	JGT  rows4
	JEQ  rows2

	TILE(ROWS1, alpha+88(FP), beta+92(FP), ahead+128(FP), wide1, narrow1, scale1, store1)

rows2:
	TILE(ROWS2, alpha+88(FP), beta+92(FP), ahead+128(FP), wide2, narrow2, scale2, store2)

rows4:
	TILE(ROWS4, alpha+88(FP), beta+92(FP), ahead+128(FP), wide4, narrow4, scale4, store4)

rows8:
	TILE(ROWS8, alpha+88(FP), beta+92(FP), ahead+128(FP), wide8, narrow8, scale8, store8)

rows14:
	TILE(ROWS14, alpha+88(FP), beta+92(FP), ahead+128(FP), wide14, narrow14, scale14, store14)
