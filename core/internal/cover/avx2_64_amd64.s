//go:build amd64 && !noasm

// float64 kernels with AVX2 and FMA; the bodies are in the header.

#include "textflag.h"

#define ES 8
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
	VEXTRACTF128 $1, Y0, X1; \
	VMINPD X1, X0, X0; \
	VSHUFPD $1, X0, X0, X1; \
	VMINPD X1, X0, X0

#define MOSTOF \
	VEXTRACTF128 $1, Y0, X1; \
	VMAXPD X1, X0, X0; \
	VSHUFPD $1, X0, X0, X1; \
	VMAXPD X1, X0, X0

#define AHEAD \
	PREFETCHT0 2048(SI)(CX*1); \
	PREFETCHT0 2112(SI)(CX*1)

#define BITS \
	VCMPPD $30, Y14, Y4, Y4; \
	VMOVMSKPD Y4, BX

#define COLUMNS ·columnsAVX2x64(SB)
#define COLUMNSFRAME 144
#define ROW ·rowAVX2x64(SB)
#define ROWFRAME 112
#define ROWRET 104
#define ACROSS ·acrossAVX2x64(SB)
#define ACROSSFRAME 104
#define NEAR ·nearAVX2x64(SB)
#define ROOT ·rootAVX2x64(SB)
#define EXTENT ·extentAVX2x64(SB)
#define EXTENTFRAME 48
#define SURVEY ·surveyAVX2x64(SB)
#define MIRROR ·mirrorAVX2x64(SB)
#define MIRRORFRAME 168
#define UNDER ·underAVX2x64(SB)
#define UNDERFRAME 88

#include "kernels_amd64.h"
#include "pairs_amd64.h"
