//go:build amd64 && !noasm

// float32 kernels with AVX2 and FMA; the bodies are in the header.

#include "textflag.h"

#define ES 4
#define VB 32
#define V0 Y0
#define V1 Y1
#define V2 Y2
#define V3 Y3
#define V4 Y4
#define V5 Y5
#define V6 Y6
#define V7 Y7
#define V8 Y8
#define V9 Y9
#define V10 Y10
#define V11 Y11
#define V12 Y12
#define V13 Y13
#define V14 Y14
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
	VEXTRACTF128 $1, Y0, X1; \
	VADDPS X1, X0, X0; \
	VHADDPS X0, X0, X0; \
	VHADDPS X0, X0, X0

#define ROOTCONSTANTS

#define ROOTS \
	VSQRTPS V0, V0; \
	VSQRTPS V1, V1; \
	VSQRTPS V2, V2; \
	VSQRTPS V3, V3

#define LEASTOF \
	VEXTRACTF128 $1, Y0, X1; \
	VMINPS X1, X0, X0; \
	VSHUFPS $0x4E, X0, X0, X1; \
	VMINPS X1, X0, X0; \
	VSHUFPS $0xB1, X0, X0, X1; \
	VMINPS X1, X0, X0

#define MOSTOF \
	VEXTRACTF128 $1, Y0, X1; \
	VMAXPS X1, X0, X0; \
	VSHUFPS $0x4E, X0, X0, X1; \
	VMAXPS X1, X0, X0; \
	VSHUFPS $0xB1, X0, X0, X1; \
	VMAXPS X1, X0, X0

#define AHEAD \
	PREFETCHT0 2048(SI)(CX*1); \
	PREFETCHT0 2112(SI)(CX*1)

#define BITS \
	VCMPPS $30, Y14, Y4, Y4; \
	VMOVMSKPS Y4, BX

#define COLUMNS ·columnsAVX2x32(SB)
#define COLUMNSFRAME 140
#define ROW ·rowAVX2x32(SB)
#define ROWFRAME 108
#define ROWRET 104
#define ACROSS ·acrossAVX2x32(SB)
#define ACROSSFRAME 100
#define NEAR ·nearAVX2x32(SB)
#define ROOT ·rootAVX2x32(SB)
#define EXTENT ·extentAVX2x32(SB)
#define EXTENTFRAME 36
#define SURVEY ·surveyAVX2x32(SB)
#define MIRROR ·mirrorAVX2x32(SB)
#define MIRRORFRAME 164
#define UNDER ·underAVX2x32(SB)
#define UNDERFRAME 84

#include "kernels_amd64.h"
#include "pairs_amd64.h"
