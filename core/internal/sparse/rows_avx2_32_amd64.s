//go:build amd64 && !noasm

#include "textflag.h"

#define LOAD VMOVUPS
#define BROADCAST VBROADCASTSS
#define FMA VFMADD231PS
#define MASKMOV VMASKMOVPS
#define MASKS ·masks32(SB)
#define LANES 8
#define WIDTH 4
#define SHIFT 2

#include "rows_avx2_amd64.h"

#define GETINDEX MOVLQSX
#define BYTES 4

// func rowsAVX2x32i32(dst []float32, ldd int, ptr, index []int32, value, x []float32, ldx, cols int)
TEXT ·rowsAVX2x32i32(SB), NOSPLIT, $0-144
	KERNEL

#undef GETINDEX
#undef BYTES
#define GETINDEX MOVQ
#define BYTES 8

// func rowsAVX2x32i64(dst []float32, ldd int, ptr, index []int64, value, x []float32, ldx, cols int)
TEXT ·rowsAVX2x32i64(SB), NOSPLIT, $0-144
	KERNEL
