//go:build amd64 && !noasm

#include "textflag.h"

#define ROW(i) (64*i)(R8)

// SPLIT takes Y0 apart: Y1 = e and Y2 = f of x = 2^e * (1+f), Y3 = f*f. The constants for it start at row first.
#define SPLIT(first, CMP, MUL, BLENDV, ADDI, SHIFT, bits, SUB) \
	CMP $0x11, ROW(first), Y0, Y4; \
	MUL ROW((first+1)), Y0, Y2; \
	BLENDV Y4, Y2, Y0, Y2; \
	VMOVUPD ROW((first+6)), Y5; \
	BLENDV Y4, ROW((first+7)), Y5, Y5; \
	ADDI ROW((first+2)), Y2, Y2; \
	SHIFT bits, Y2, Y1; \
	VPOR ROW((first+5)), Y1, Y1; \
	SUB Y5, Y1, Y1; \
	VPAND ROW((first+3)), Y2, Y2; \
	ADDI ROW((first+4)), Y2, Y2; \
	SUB ROW(2), Y2, Y2; \
	MUL Y2, Y2, Y3

// JOIN turns the even and the odd part of p, Y4 and Y5, into Y3 = log(Y0). The rounding error of e*ln2hi + f is carried
// over to the small terms. Lanes that are not positive and finite are mended apart.
#define JOIN(first, MULADD213, MULADD231, MUL, ADD, SUB, CMP, MOVMSK, all, BLENDV, join) \
	MULADD213 Y4, Y2, Y5; \
	MULADD213 ROW(3), Y2, Y5; \
	MUL Y3, Y5, Y5; \
	MUL ROW(0), Y1, Y4; \
	ADD Y2, Y4, Y3; \
	SUB Y3, Y4, Y4; \
	ADD Y2, Y4, Y4; \
	ADD Y4, Y5, Y5; \
	MULADD231 ROW(1), Y1, Y5; \
	ADD Y5, Y3, Y3; \
	VMOVUPD ROW((first+8)), Y6; \
	CMP $0x11, Y6, Y0, Y4; \
	CMP $0x1e, Y15, Y0, Y5; \
	VANDPD Y4, Y5, Y5; \
	MOVMSK Y5, AX; \
	CMPL AX, all; \
	JEQ join; \
	ADD Y0, Y0, Y5; \
	BLENDV Y4, Y3, Y5, Y3; \
	CMP $0x11, Y15, Y0, Y5; \
	BLENDV Y5, ROW((first+10)), Y3, Y3; \
	CMP $0x00, Y15, Y0, Y5; \
	BLENDV Y5, ROW((first+9)), Y3, Y3; \
join:

#define LOG64(join) \
	SPLIT(24, VCMPPD, VMULPD, VBLENDVPD, VPADDQ, VPSRLQ, $52, VSUBPD); \
	VMOVUPD ROW(5), Y4; \
	VMOVUPD ROW(6), Y5; \
	VFMADD213PD ROW(7), Y3, Y4; \
	VFMADD213PD ROW(8), Y3, Y5; \
	VFMADD213PD ROW(9), Y3, Y4; \
	VFMADD213PD ROW(10), Y3, Y5; \
	VFMADD213PD ROW(11), Y3, Y4; \
	VFMADD213PD ROW(12), Y3, Y5; \
	VFMADD213PD ROW(13), Y3, Y4; \
	VFMADD213PD ROW(14), Y3, Y5; \
	VFMADD213PD ROW(15), Y3, Y4; \
	VFMADD213PD ROW(16), Y3, Y5; \
	VFMADD213PD ROW(17), Y3, Y4; \
	VFMADD213PD ROW(18), Y3, Y5; \
	VFMADD213PD ROW(19), Y3, Y4; \
	VFMADD213PD ROW(20), Y3, Y5; \
	VFMADD213PD ROW(21), Y3, Y4; \
	VFMADD213PD ROW(22), Y3, Y5; \
	VFMADD213PD ROW(23), Y3, Y4; \
	JOIN(24, VFMADD213PD, VFMADD231PD, VMULPD, VADDPD, VSUBPD, VCMPPD, VMOVMSKPD, $0xf, VBLENDVPD, join)

#define LOG32(join) \
	SPLIT(14, VCMPPS, VMULPS, VBLENDVPS, VPADDD, VPSRLD, $23, VSUBPS); \
	VMOVUPS ROW(5), Y4; \
	VMOVUPS ROW(6), Y5; \
	VFMADD213PS ROW(7), Y3, Y4; \
	VFMADD213PS ROW(8), Y3, Y5; \
	VFMADD213PS ROW(9), Y3, Y4; \
	VFMADD213PS ROW(10), Y3, Y5; \
	VFMADD213PS ROW(11), Y3, Y4; \
	VFMADD213PS ROW(12), Y3, Y5; \
	VFMADD213PS ROW(13), Y3, Y4; \
	JOIN(14, VFMADD213PS, VFMADD231PS, VMULPS, VADDPS, VSUBPS, VCMPPS, VMOVMSKPS, $0xff, VBLENDVPS, join)

// func logAVX2x64(dst, x []float64)
TEXT ·logAVX2x64(SB), NOSPLIT, $0-48
	LEAQ ·logTable64(SB), R8
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	VXORPD Y15, Y15, Y15
	SUBQ $4, CX
	JLT  tail

loop:
	VMOVUPD (SI), Y0
	LOG64(regular)
	VMOVUPD Y3, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $4, CX
	JGE  loop

tail:
	ADDQ $4, CX
	JZ   done
	SHLQ $5, CX
	LEAQ ·masks64(SB), R9
	VMOVUPD -32(R9)(CX*1), Y10
	VMASKMOVPD (SI), Y10, Y0
	LOG64(regularTail)
	VMASKMOVPD Y3, Y10, (DI)

done:
	VZEROUPPER
	RET

// func logAVX2x32(dst, x []float32)
TEXT ·logAVX2x32(SB), NOSPLIT, $0-48
	LEAQ ·logTable32(SB), R8
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	VXORPS Y15, Y15, Y15
	SUBQ $8, CX
	JLT  tail

loop:
	VMOVUPS (SI), Y0
	LOG32(regular)
	VMOVUPS Y3, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JGE  loop

tail:
	ADDQ $8, CX
	JZ   done
	SHLQ $5, CX
	LEAQ ·masks32(SB), R9
	VMOVUPS -32(R9)(CX*1), Y10
	VMASKMOVPS (SI), Y10, Y0
	LOG32(regularTail)
	VMASKMOVPS Y3, Y10, (DI)

done:
	VZEROUPPER
	RET
