//go:build amd64 && !noasm

#include "textflag.h"

// EXTREME512 leaves in Z0, which starts as the identity of OP, the extreme of each lane of the slice. A minimum or
// maximum with NaN gives its second argument, so that NaN in the slice is passed over.
#define EXTREME512(OP, MOV, lanes, loop, pair, tail, done) \
	MOVQ x_base+0(FP), SI; \
	MOVQ x_len+8(FP), CX; \
	VMOVAPD Z0, Z1; \
	VMOVAPD Z0, Z2; \
	VMOVAPD Z0, Z3; \
	SUBQ $(4*lanes), CX; \
	JLT pair; \
loop: \
	MOV (SI), Z4; \
	MOV 64(SI), Z5; \
	MOV 128(SI), Z6; \
	MOV 192(SI), Z7; \
	OP Z0, Z4, Z0; \
	OP Z1, Z5, Z1; \
	OP Z2, Z6, Z2; \
	OP Z3, Z7, Z3; \
	ADDQ $256, SI; \
	SUBQ $(4*lanes), CX; \
	JGE loop; \
	OP Z0, Z1, Z0; \
	OP Z2, Z3, Z2; \
	OP Z0, Z2, Z0; \
pair: \
	ADDQ $(4*lanes), CX; \
	CMPQ CX, $lanes; \
	JLT tail; \
	MOV (SI), Z4; \
	OP Z0, Z4, Z0; \
	ADDQ $64, SI; \
	SUBQ $(5*lanes), CX; \
	JMP pair; \
tail: \
	MOVQ $1, AX; \
	SHLQ CX, AX; \
	DECQ AX; \
	JZ done; \
	KMOVW AX, K1; \
	MOV.Z (SI), K1, Z4; \
	OP Z0, Z4, K1, Z0; \
done:

// FIND512 leaves in AX the first index of the slice that holds the value in every lane of Z0, or the length. The
// predicate $0 is equality, false for NaN.
#define FIND512(MOV, CMP, lanes, bytes, loop, tail, found, none) \
	MOVQ x_base+0(FP), SI; \
	MOVQ x_len+8(FP), CX; \
	XORQ DX, DX; \
	SUBQ $lanes, CX; \
	JLT tail; \
loop: \
	CMP $0, (SI)(DX*bytes), Z0, K1; \
	KMOVW K1, AX; \
	TESTL AX, AX; \
	JNZ found; \
	ADDQ $lanes, DX; \
	SUBQ $lanes, CX; \
	JGE loop; \
tail: \
	ADDQ $lanes, CX; \
	MOVQ $1, AX; \
	SHLQ CX, AX; \
	DECQ AX; \
	KMOVW AX, K1; \
	MOV.Z (SI)(DX*bytes), K1, Z1; \
	CMP $0, Z1, Z0, K1, K1; \
	KMOVW K1, AX; \
	TESTL AX, AX; \
	JZ none; \
found: \
	BSFQ AX, CX; \
none: \
	LEAQ (DX)(CX*1), AX

// FOLD64 and FOLD32 reduce Z0 to its extreme element, in X0.
#define FOLD64(OP, OPS) \
	VEXTRACTF64X4 $1, Z0, Y1; \
	OP Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	OP X1, X0, X0; \
	VPERMILPD $1, X0, X1; \
	OPS X1, X0, X0

#define FOLD32(OP, OPS) \
	VEXTRACTF64X4 $1, Z0, Y1; \
	OP Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	OP X1, X0, X0; \
	VPERMILPD $1, X0, X1; \
	OP X1, X0, X0; \
	VMOVSHDUP X0, X1; \
	OPS X1, X0, X0

// func leastAVX512x64(x []float64) float64
TEXT ·leastAVX512x64(SB), NOSPLIT, $0-32
	MOVQ $0x7ff0000000000000, AX
	VPBROADCASTQ AX, Z0
	EXTREME512(VMINPD, VMOVUPD, 8, loop, pair, tail, done)
	FOLD64(VMINPD, VMINSD)
	VMOVSD X0, ret+24(FP)
	VZEROUPPER
	RET

// func mostAVX512x64(x []float64) float64
TEXT ·mostAVX512x64(SB), NOSPLIT, $0-32
	MOVQ $0xfff0000000000000, AX
	VPBROADCASTQ AX, Z0
	EXTREME512(VMAXPD, VMOVUPD, 8, loop, pair, tail, done)
	FOLD64(VMAXPD, VMAXSD)
	VMOVSD X0, ret+24(FP)
	VZEROUPPER
	RET

// func findAVX512x64(x []float64, v float64) int
TEXT ·findAVX512x64(SB), NOSPLIT, $0-40
	VBROADCASTSD v+24(FP), Z0
	FIND512(VMOVUPD, VCMPPD, 8, 8, loop, tail, found, none)
	MOVQ AX, ret+32(FP)
	VZEROUPPER
	RET

// func leastAVX512x32(x []float32) float32
TEXT ·leastAVX512x32(SB), NOSPLIT, $0-28
	MOVL $0x7f800000, AX
	VPBROADCASTD AX, Z0
	EXTREME512(VMINPS, VMOVUPS, 16, loop, pair, tail, done)
	FOLD32(VMINPS, VMINSS)
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func mostAVX512x32(x []float32) float32
TEXT ·mostAVX512x32(SB), NOSPLIT, $0-28
	MOVL $0xff800000, AX
	VPBROADCASTD AX, Z0
	EXTREME512(VMAXPS, VMOVUPS, 16, loop, pair, tail, done)
	FOLD32(VMAXPS, VMAXSS)
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func findAVX512x32(x []float32, v float32) int
TEXT ·findAVX512x32(SB), NOSPLIT, $0-40
	VBROADCASTSS v+24(FP), Z0
	FIND512(VMOVUPS, VCMPPS, 16, 4, loop, tail, found, none)
	MOVQ AX, ret+32(FP)
	VZEROUPPER
	RET
