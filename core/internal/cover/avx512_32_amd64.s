//go:build amd64 && !noasm

// float32 kernels with AVX-512; the bodies are in the header.

#include "textflag.h"

#define ES 4
#define VB 64
#define V0 Z0
#define V1 Z1
#define V2 Z2
#define V3 Z3
#define V4 Z4
#define V5 Z5
#define V6 Z6
#define V7 Z7
#define V8 Z8
#define V9 Z9
#define V10 Z10
#define V11 Z11
#define V12 Z12
#define V13 Z13
#define V14 Z14
#define LOAD VMOVUPS
#define BCAST VBROADCASTSS
#define ADD VADDPS
#define SUB VSUBPS
#define FMA VFMADD231PS
#define FMA213 VFMADD213PS
#define MAXIMUM VMAXPS
#define MINIMUM VMINPS
#define SQRT VSQRTPS
#define MOVS VMOVSS

#define REDUCE \
	VEXTRACTF64X4 $1, Z0, Y1; \
	VADDPS Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VADDPS X1, X0, X0; \
	VHADDPS X0, X0, X0; \
	VHADDPS X0, X0, X0

#define COLUMNS ·columnsAVX512x32(SB)
#define COLUMNSFRAME 140
#define ROW ·rowAVX512x32(SB)
#define ROWFRAME 108
#define ROWRET 104
#define NEAR ·nearAVX512x32(SB)
#define ROOT ·rootAVX512x32(SB)

#include "kernels_amd64.h"
