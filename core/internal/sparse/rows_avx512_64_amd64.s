//go:build amd64 && !noasm

#include "textflag.h"

#define LOAD VMOVUPD
#define BROADCAST VBROADCASTSD
#define FMA VFMADD231PD
#define LANES 8
#define WIDTH 8
#define SHIFT 3

#include "rows_avx512_amd64.h"

#define GETINDEX MOVLQSX
#define BYTES 4

// func rowsAVX512x64i32(dst []float64, ldd int, ptr, index []int32, value, x []float64, ldx, cols int)
TEXT ·rowsAVX512x64i32(SB), NOSPLIT, $0-144
	KERNEL

#undef GETINDEX
#undef BYTES
#define GETINDEX MOVQ
#define BYTES 8

// func rowsAVX512x64i64(dst []float64, ldd int, ptr, index []int64, value, x []float64, ldx, cols int)
TEXT ·rowsAVX512x64i64(SB), NOSPLIT, $0-144
	KERNEL
