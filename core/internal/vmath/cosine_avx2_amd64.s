//go:build amd64 && !noasm

#include "textflag.h"

// Two vectors are taken through each step together, so that their chains of dependent operations overlap.
#define EACH2(DO) \
	DO(0, Y0, Y1, Y2); \
	DO(32, Y3, Y4, Y5)

#define EACH1(DO) \
	DO(0, Y0, Y1, Y2)

#define READ(at, u, v, p) \
	VMOVUPD at(SI), u

// FOLD: the turns in u become 4*|u - nearest integer| - 1, and v its square.
#define FOLD(at, u, v, p) \
	VROUNDPD $0, u, v; \
	VSUBPD v, u, u; \
	VANDPD Y6, u, u; \
	VFMADD213PD Y8, Y7, u; \
	VMULPD u, u, v; \
	VMOVAPD Y9, p

#define HORNER1(at, u, v, p) VFMADD213PD Y10, v, p
#define HORNER2(at, u, v, p) VFMADD213PD Y11, v, p
#define HORNER3(at, u, v, p) VFMADD213PD Y12, v, p
#define HORNER4(at, u, v, p) VFMADD213PD Y13, v, p
#define HORNER5(at, u, v, p) VFMADD213PD Y14, v, p

#define JOIN(at, u, v, p) \
	VFMADD213PD Y15, v, p; \
	VMULPD u, p, p

#define WRITE(at, u, v, p) \
	VMOVUPD p, at(DI)

#define COSINE(EACH) \
	EACH(FOLD); \
	EACH(HORNER1); \
	EACH(HORNER2); \
	EACH(HORNER3); \
	EACH(HORNER4); \
	EACH(HORNER5); \
	EACH(JOIN)

// func cosTurnsAVX2(dst, x []float64)
TEXT ·cosTurnsAVX2(SB), NOSPLIT, $0-48
	LEAQ ·cosineTable(SB), R8
	VMOVUPD (R8), Y6
	VMOVUPD 64(R8), Y7
	VMOVUPD 128(R8), Y8
	VMOVUPD 192(R8), Y9
	VMOVUPD 256(R8), Y10
	VMOVUPD 320(R8), Y11
	VMOVUPD 384(R8), Y12
	VMOVUPD 448(R8), Y13
	VMOVUPD 512(R8), Y14
	VMOVUPD 576(R8), Y15
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	SUBQ $8, CX
	JLT single
two:
	EACH2(READ)
	COSINE(EACH2)
	EACH2(WRITE)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $8, CX
	JGE two
single:
	ADDQ $4, CX
	JLT tail
	EACH1(READ)
	COSINE(EACH1)
	EACH1(WRITE)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $4, CX
tail:
	ADDQ $4, CX
	JZ done
	SHLQ $5, CX
	LEAQ ·masks64(SB), R9
	VMOVUPD -32(R9)(CX*1), Y3
	VMASKMOVPD (SI), Y3, Y0
	COSINE(EACH1)
	VMASKMOVPD Y2, Y3, (DI)
done:
	VZEROUPPER
	RET
