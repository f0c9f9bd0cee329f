//go:build amd64 && !noasm

#include "textflag.h"

// EXTREME256 leaves in Y0, which starts as the identity of OP, the extreme of each lane of the slice. A minimum or
// maximum with NaN gives its second argument, so that NaN in the slice is passed over.
#define EXTREME256(OP, MOV, MASKMOV, BLENDV, masks, lanes, loop, pair, tail, done) \
	MOVQ x_base+0(FP), SI; \
	MOVQ x_len+8(FP), CX; \
	VMOVAPD Y0, Y1; \
	VMOVAPD Y0, Y2; \
	VMOVAPD Y0, Y3; \
	SUBQ $(4*lanes), CX; \
	JLT pair; \
loop: \
	MOV (SI), Y4; \
	MOV 32(SI), Y5; \
	MOV 64(SI), Y6; \
	MOV 96(SI), Y7; \
	OP Y0, Y4, Y0; \
	OP Y1, Y5, Y1; \
	OP Y2, Y6, Y2; \
	OP Y3, Y7, Y3; \
	ADDQ $128, SI; \
	SUBQ $(4*lanes), CX; \
	JGE loop; \
	OP Y0, Y1, Y0; \
	OP Y2, Y3, Y2; \
	OP Y0, Y2, Y0; \
pair: \
	ADDQ $(4*lanes), CX; \
	CMPQ CX, $lanes; \
	JLT tail; \
	MOV (SI), Y4; \
	OP Y0, Y4, Y0; \
	ADDQ $32, SI; \
	SUBQ $(5*lanes), CX; \
	JMP pair; \
tail: \
	SHLQ $5, CX; \
	JZ done; \
	LEAQ masks(SB), R9; \
	MOV -32(R9)(CX*1), Y5; \
	MASKMOV (SI), Y5, Y4; \
	BLENDV Y5, Y4, Y0, Y4; \
	OP Y0, Y4, Y0; \
done:

// FIND256 leaves in AX the first index of the slice that holds the value in every lane of Y0, or the length. The
// predicate $0 is equality, false for NaN.
#define FIND256(MOV, MASKMOV, CMP, MOVMSK, masks, lanes, bytes, loop, tail, found, none) \
	MOVQ x_base+0(FP), SI; \
	MOVQ x_len+8(FP), CX; \
	XORQ DX, DX; \
	SUBQ $lanes, CX; \
	JLT tail; \
loop: \
	CMP $0, (SI)(DX*bytes), Y0, Y1; \
	MOVMSK Y1, AX; \
	TESTL AX, AX; \
	JNZ found; \
	ADDQ $lanes, DX; \
	SUBQ $lanes, CX; \
	JGE loop; \
tail: \
	ADDQ $lanes, CX; \
	JZ none; \
	MOVQ CX, AX; \
	SHLQ $5, AX; \
	LEAQ masks(SB), R9; \
	MOV -32(R9)(AX*1), Y5; \
	MASKMOV (SI)(DX*bytes), Y5, Y1; \
	CMP $0, Y1, Y0, Y1; \
	VANDPD Y5, Y1, Y1; \
	MOVMSK Y1, AX; \
	TESTL AX, AX; \
	JZ none; \
found: \
	BSFQ AX, CX; \
none: \
	LEAQ (DX)(CX*1), AX

// FOLD64 and FOLD32 reduce Y0 to its extreme element, in X0.
#define FOLD64(OP, OPS) \
	VEXTRACTF128 $1, Y0, X1; \
	OP X1, X0, X0; \
	VPERMILPD $1, X0, X1; \
	OPS X1, X0, X0

#define FOLD32(OP, OPS) \
	VEXTRACTF128 $1, Y0, X1; \
	OP X1, X0, X0; \
	VPERMILPD $1, X0, X1; \
	OP X1, X0, X0; \
	VMOVSHDUP X0, X1; \
	OPS X1, X0, X0

// func leastAVX2x64(x []float64) float64
TEXT ·leastAVX2x64(SB), NOSPLIT, $0-32
	MOVQ $0x7ff0000000000000, AX
	VMOVQ AX, X0
	VPBROADCASTQ X0, Y0
	EXTREME256(VMINPD, VMOVUPD, VMASKMOVPD, VBLENDVPD, ·masks64, 4, loop, pair, tail, done)
	FOLD64(VMINPD, VMINSD)
	VMOVSD X0, ret+24(FP)
	VZEROUPPER
	RET

// func mostAVX2x64(x []float64) float64
TEXT ·mostAVX2x64(SB), NOSPLIT, $0-32
	MOVQ $0xfff0000000000000, AX
	VMOVQ AX, X0
	VPBROADCASTQ X0, Y0
	EXTREME256(VMAXPD, VMOVUPD, VMASKMOVPD, VBLENDVPD, ·masks64, 4, loop, pair, tail, done)
	FOLD64(VMAXPD, VMAXSD)
	VMOVSD X0, ret+24(FP)
	VZEROUPPER
	RET

// func findAVX2x64(x []float64, v float64) int
TEXT ·findAVX2x64(SB), NOSPLIT, $0-40
	VBROADCASTSD v+24(FP), Y0
	FIND256(VMOVUPD, VMASKMOVPD, VCMPPD, VMOVMSKPD, ·masks64, 4, 8, loop, tail, found, none)
	MOVQ AX, ret+32(FP)
	VZEROUPPER
	RET

// func leastAVX2x32(x []float32) float32
TEXT ·leastAVX2x32(SB), NOSPLIT, $0-28
	MOVL $0x7f800000, AX
	VMOVD AX, X0
	VPBROADCASTD X0, Y0
	EXTREME256(VMINPS, VMOVUPS, VMASKMOVPS, VBLENDVPS, ·masks32, 8, loop, pair, tail, done)
	FOLD32(VMINPS, VMINSS)
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func mostAVX2x32(x []float32) float32
TEXT ·mostAVX2x32(SB), NOSPLIT, $0-28
	MOVL $0xff800000, AX
	VMOVD AX, X0
	VPBROADCASTD X0, Y0
	EXTREME256(VMAXPS, VMOVUPS, VMASKMOVPS, VBLENDVPS, ·masks32, 8, loop, pair, tail, done)
	FOLD32(VMAXPS, VMAXSS)
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func findAVX2x32(x []float32, v float32) int
TEXT ·findAVX2x32(SB), NOSPLIT, $0-40
	VBROADCASTSS v+24(FP), Y0
	FIND256(VMOVUPS, VMASKMOVPS, VCMPPS, VMOVMSKPS, ·masks32, 8, 4, loop, tail, found, none)
	MOVQ AX, ret+32(FP)
	VZEROUPPER
	RET
