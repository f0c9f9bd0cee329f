//go:build amd64 && !noasm

#include "textflag.h"

#define LOAD VMOVUPD
#define BROADCAST VBROADCASTSD
#define FMA VFMADD231PD
#define MUL VMULPD
#define ZERO VPXORQ
#define MOVBETA MOVQ
#define DOUBLE SHLQ
#define LOOKAHEAD PREFETCHT1 (R14); PREFETCHT1 64(R14); ADDQ $112, R14

#include "tile_avx512_amd64.h"

// func tileAVX512x64(rows, cols, k int, a []float64, aRow, aCol int, b []float64, alpha, beta float64, c []float64, ldc int, ahead *float64)
TEXT ·tileAVX512x64(SB), NOSPLIT, $0-144
	MOVQ cols+8(FP), CX
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	SHRQ $8, AX
	KMOVW AX, K2
	MOVQ k+16(FP), CX
	MOVQ a_base+24(FP), SI
	MOVQ aRow+48(FP), R8
	SHLQ $3, R8
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	LEAQ (R8)(R9*2), R11
	LEAQ (SI)(R9*2), DI
	ADDQ R9, DI
	MOVQ aCol+56(FP), R12
	SHLQ $3, R12
	MOVQ b_base+64(FP), BX
	MOVQ c_base+104(FP), DX
	MOVQ ldc+128(FP), R13
	SHLQ $3, R13
	MOVQ rows+0(FP), R14
	CMPQ R14, $8
	JGT  rows14
	JEQ  rows8
	CMPQ R14, $2
	JGT  rows4
	JEQ  rows2

	TILE(ROWS1, alpha+88(FP), beta+96(FP), ahead+136(FP), wide1, narrow1, scale1, store1)

rows2:
	TILE(ROWS2, alpha+88(FP), beta+96(FP), ahead+136(FP), wide2, narrow2, scale2, store2)

rows4:
	TILE(ROWS4, alpha+88(FP), beta+96(FP), ahead+136(FP), wide4, narrow4, scale4, store4)

rows8:
	TILE(ROWS8, alpha+88(FP), beta+96(FP), ahead+136(FP), wide8, narrow8, scale8, store8)

rows14:
	TILE(ROWS14, alpha+88(FP), beta+96(FP), ahead+136(FP), wide14, narrow14, scale14, store14)
