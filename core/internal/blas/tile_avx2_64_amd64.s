//go:build amd64 && !noasm

#include "textflag.h"

#define LANES 4
#define PACE 48
#define LOAD VMOVUPD
#define MASKMOV VMASKMOVPD
#define BROADCAST VBROADCASTSD
#define FMA VFMADD231PD
#define MUL VMULPD
#define ZERO VPXOR

#include "tile_avx2_amd64.h"

// func tileAVX2x64(rows, cols, k int, a []float64, aRow, aCol int, b []float64, alpha, beta float64, c []float64, ldc int, ahead *float64)
TEXT ·tileAVX2x64(SB), NOSPLIT, $0-144
	MOVQ cols+8(FP), DI
	MOVQ DI, AX
	DECQ AX
	ANDQ $(LANES-1), AX
	SHLQ $5, AX
	LEAQ ·masks64(SB), R11
	ADDQ AX, R11
	MOVQ k+16(FP), CX
	MOVQ a_base+24(FP), SI
	MOVQ aRow+48(FP), R8
	SHLQ $3, R8
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	MOVQ aCol+56(FP), R12
	SHLQ $3, R12
	MOVQ b_base+64(FP), BX
	MOVQ beta+96(FP), AX
	SHLQ $1, AX
	MOVQ c_base+104(FP), DX
	MOVQ ldc+128(FP), R13
	SHLQ $3, R13
	MOVQ rows+0(FP), R14
	CMPQ R14, $4
	JGT  rows6
	JEQ  rows4
	CMPQ R14, $2
	JEQ  rows2

	TILE(ROWS1, alpha+88(FP), beta+96(FP), ahead+136(FP), wide1, storeWide1, masked1, narrow1, storeNarrow1)

rows2:
	TILE(ROWS2, alpha+88(FP), beta+96(FP), ahead+136(FP), wide2, storeWide2, masked2, narrow2, storeNarrow2)

rows4:
	TILE(ROWS4, alpha+88(FP), beta+96(FP), ahead+136(FP), wide4, storeWide4, masked4, narrow4, storeNarrow4)

rows6:
	TILE(ROWS6, alpha+88(FP), beta+96(FP), ahead+136(FP), wide6, storeWide6, masked6, narrow6, storeNarrow6)
