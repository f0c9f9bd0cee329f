//go:build amd64 && !noasm

// float64 kernels with AVX-512; the bodies are in the header.

#include "textflag.h"

#define ES 8
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
#define LOAD VMOVUPD
#define BCAST VBROADCASTSD
#define ADD VADDPD
#define SUB VSUBPD
#define FMA VFMADD231PD
#define FMA213 VFMADD213PD
#define MAXIMUM VMAXPD
#define MINIMUM VMINPD
#define MOVS VMOVSD

#define REDUCE \
	VEXTRACTF64X4 $1, Z0, Y1; \
	VADDPD Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VADDPD X1, X0, X0; \
	VHADDPD X0, X0, X0

#define ROOTCONSTANTS

#define ROOTS \
	VSQRTPD V0, V0; \
	VSQRTPD V1, V1; \
	VSQRTPD V2, V2; \
	VSQRTPD V3, V3

#define LEASTOF \
	VEXTRACTF64X4 $1, Z0, Y1; \
	VMINPD Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VMINPD X1, X0, X0; \
	VSHUFPD $1, X0, X0, X1; \
	VMINPD X1, X0, X0

#define MOSTOF \
	VEXTRACTF64X4 $1, Z0, Y1; \
	VMAXPD Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VMAXPD X1, X0, X0; \
	VSHUFPD $1, X0, X0, X1; \
	VMAXPD X1, X0, X0

#define AHEAD \
	PREFETCHT0 2048(SI)(CX*1); \
	PREFETCHT0 2112(SI)(CX*1); \
	PREFETCHT0 2176(SI)(CX*1); \
	PREFETCHT0 2240(SI)(CX*1)

#define COLUMNS ·columnsAVX512x64(SB)
#define COLUMNSFRAME 144
#define ROW ·rowAVX512x64(SB)
#define ROWFRAME 112
#define ROWRET 104
#define WHOLE ·wholeAVX512x64(SB)
#define WHOLEFRAME 64
#define NEAR ·nearAVX512x64(SB)
#define ROOT ·rootAVX512x64(SB)
#define EXTENT ·extentAVX512x64(SB)
#define EXTENTFRAME 48

#include "kernels_amd64.h"
