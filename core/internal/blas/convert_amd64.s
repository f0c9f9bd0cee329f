//go:build amd64 && !noasm

#include "textflag.h"

// Every function takes whole blocks of 16 elements, at least one.

#define ARGUMENTS \
	MOVQ x_base+0(FP), SI; \
	MOVQ x_len+8(FP), CX; \
	MOVQ y_base+24(FP), DI

#define NEXT(x, y, loop) \
	ADDQ $x, SI; \
	ADDQ $y, DI; \
	SUBQ $16, CX; \
	JNZ loop; \
	VZEROUPPER; \
	RET

// func widenAVX512(x []float32, y []float64)
TEXT ·widenAVX512(SB), NOSPLIT, $0-48
	ARGUMENTS
loop:
	VCVTPS2PD (SI), Z0
	VCVTPS2PD 32(SI), Z1
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	NEXT(64, 128, loop)

// func addWideAVX512(x []float32, y []float64)
TEXT ·addWideAVX512(SB), NOSPLIT, $0-48
	ARGUMENTS
loop:
	VCVTPS2PD (SI), Z0
	VCVTPS2PD 32(SI), Z1
	VADDPD (DI), Z0, Z0
	VADDPD 64(DI), Z1, Z1
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	NEXT(64, 128, loop)

// func narrowAVX512(x []float64, y []float32)
TEXT ·narrowAVX512(SB), NOSPLIT, $0-48
	ARGUMENTS
loop:
	VMOVUPD (SI), Z0
	VMOVUPD 64(SI), Z1
	VCVTPD2PS Z0, Y0
	VCVTPD2PS Z1, Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	NEXT(128, 64, loop)

// func widenAVX2(x []float32, y []float64)
TEXT ·widenAVX2(SB), NOSPLIT, $0-48
	ARGUMENTS
loop:
	VCVTPS2PD (SI), Y0
	VCVTPS2PD 16(SI), Y1
	VCVTPS2PD 32(SI), Y2
	VCVTPS2PD 48(SI), Y3
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	NEXT(64, 128, loop)

// func addWideAVX2(x []float32, y []float64)
TEXT ·addWideAVX2(SB), NOSPLIT, $0-48
	ARGUMENTS
loop:
	VCVTPS2PD (SI), Y0
	VCVTPS2PD 16(SI), Y1
	VCVTPS2PD 32(SI), Y2
	VCVTPS2PD 48(SI), Y3
	VADDPD (DI), Y0, Y0
	VADDPD 32(DI), Y1, Y1
	VADDPD 64(DI), Y2, Y2
	VADDPD 96(DI), Y3, Y3
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	NEXT(64, 128, loop)

// func narrowAVX2(x []float64, y []float32)
TEXT ·narrowAVX2(SB), NOSPLIT, $0-48
	ARGUMENTS
loop:
	VCVTPD2PSY (SI), X0
	VCVTPD2PSY 32(SI), X1
	VCVTPD2PSY 64(SI), X2
	VCVTPD2PSY 96(SI), X3
	VMOVUPS X0, (DI)
	VMOVUPS X1, 16(DI)
	VMOVUPS X2, 32(DI)
	VMOVUPS X3, 48(DI)
	NEXT(128, 64, loop)
