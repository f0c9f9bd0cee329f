//go:build amd64 && !noasm

// Tiles of float32 from and to 16 bits with AVX2 and F16C, which every processor with AVX2 has.

#include "textflag.h"

// func widenHalfAVX2x32(dst []float32, src []uint16)
TEXT ·widenHalfAVX2x32(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ $128, CX

loop:
	VCVTPH2PS (SI), Y0
	VCVTPH2PS 16(SI), Y1
	VCVTPH2PS 32(SI), Y2
	VCVTPH2PS 48(SI), Y3
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ $64, SI
	ADDQ $128, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func widenBrainAVX2x32(dst []float32, src []uint16)
TEXT ·widenBrainAVX2x32(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ $128, CX

loop:
	VPMOVZXWD (SI), Y0
	VPMOVZXWD 16(SI), Y1
	VPMOVZXWD 32(SI), Y2
	VPMOVZXWD 48(SI), Y3
	VPSLLD $16, Y0, Y0
	VPSLLD $16, Y1, Y1
	VPSLLD $16, Y2, Y2
	VPSLLD $16, Y3, Y3
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ $64, SI
	ADDQ $128, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func narrowHalfAVX2x32(dst []uint16, src []float32)
TEXT ·narrowHalfAVX2x32(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ $256, CX

loop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VCVTPS2PH $0, Y0, (DI)
	VCVTPS2PH $0, Y1, 16(DI)
	ADDQ $64, SI
	ADDQ $32, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// UPPER rounds to the upper half of each element and moves it down.
#define UPPER(x, t) \
	VPSRLD $16, x, t; \
	VPAND Y4, t, t; \
	VPADDD Y5, x, x; \
	VPADDD t, x, x; \
	VPSRLD $16, x, x

// func narrowBrainAVX2x32(dst []uint16, src []float32)
TEXT ·narrowBrainAVX2x32(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ $256, CX
	VPCMPEQD Y4, Y4, Y4
	VPSRLD $17, Y4, Y5 // 0x7fff
	VPSRLD $31, Y4, Y4 // 1

loop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	UPPER(Y0, Y2)
	UPPER(Y1, Y3)
	VPACKUSDW Y1, Y0, Y0
	VPERMQ $0xd8, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $64, SI
	ADDQ $32, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
