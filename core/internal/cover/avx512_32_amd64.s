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
#define MOVS VMOVSS

#define REDUCE \
	VEXTRACTF64X4 $1, Z0, Y1; \
	VADDPS Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VADDPS X1, X0, X0; \
	VHADDPS X0, X0, X0; \
	VHADDPS X0, X0, X0

// An estimate of 1/sqrt(x) to 14 bits, none for 0, and one step of Newton's method on sqrt(x): a third of the time of VSQRTPS.
#define ROOTCONSTANTS \
	MOVL $0x3f000000, AX; \
	VPBROADCASTD AX, Z13

#define ROOTS \
	VCMPPS $14, Z14, Z0, K1; \
	VCMPPS $14, Z14, Z1, K2; \
	VCMPPS $14, Z14, Z2, K3; \
	VCMPPS $14, Z14, Z3, K4; \
	VRSQRT14PS.Z Z0, K1, Z4; \
	VRSQRT14PS.Z Z1, K2, Z5; \
	VRSQRT14PS.Z Z2, K3, Z6; \
	VRSQRT14PS.Z Z3, K4, Z7; \
	VMULPS Z4, Z0, Z0; \
	VMULPS Z5, Z1, Z1; \
	VMULPS Z6, Z2, Z2; \
	VMULPS Z7, Z3, Z3; \
	VMULPS Z13, Z4, Z4; \
	VMULPS Z13, Z5, Z5; \
	VMULPS Z13, Z6, Z6; \
	VMULPS Z13, Z7, Z7; \
	VFNMADD213PS Z13, Z0, Z4; \
	VFNMADD213PS Z13, Z1, Z5; \
	VFNMADD213PS Z13, Z2, Z6; \
	VFNMADD213PS Z13, Z3, Z7; \
	VFMADD231PS Z4, Z0, Z0; \
	VFMADD231PS Z5, Z1, Z1; \
	VFMADD231PS Z6, Z2, Z2; \
	VFMADD231PS Z7, Z3, Z3

#define LEASTOF \
	VEXTRACTF64X4 $1, Z0, Y1; \
	VMINPS Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VMINPS X1, X0, X0; \
	VSHUFPS $0x4E, X0, X0, X1; \
	VMINPS X1, X0, X0; \
	VSHUFPS $0xB1, X0, X0, X1; \
	VMINPS X1, X0, X0

#define MOSTOF \
	VEXTRACTF64X4 $1, Z0, Y1; \
	VMAXPS Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VMAXPS X1, X0, X0; \
	VSHUFPS $0x4E, X0, X0, X1; \
	VMAXPS X1, X0, X0; \
	VSHUFPS $0xB1, X0, X0, X1; \
	VMAXPS X1, X0, X0

#define AHEAD \
	PREFETCHT0 2048(SI)(CX*1); \
	PREFETCHT0 2112(SI)(CX*1); \
	PREFETCHT0 2176(SI)(CX*1); \
	PREFETCHT0 2240(SI)(CX*1)

#define BITS \
	VCMPPS $30, Z14, Z4, K1; \
	KMOVW K1, BX

#define COLUMNS ·columnsAVX512x32(SB)
#define COLUMNSFRAME 140
#define ROW ·rowAVX512x32(SB)
#define ROWFRAME 108
#define ROWRET 104
#define ACROSS ·acrossAVX512x32(SB)
#define ACROSSFRAME 100
#define NEAR ·nearAVX512x32(SB)
#define ROOT ·rootAVX512x32(SB)
#define EXTENT ·extentAVX512x32(SB)
#define EXTENTFRAME 36
#define SURVEY ·surveyAVX512x32(SB)
#define MIRROR ·mirrorAVX512x32(SB)
#define MIRRORFRAME 164
#define UNDER ·underAVX512x32(SB)
#define UNDERFRAME 84

#include "kernels_amd64.h"
#include "pairs_amd64.h"
