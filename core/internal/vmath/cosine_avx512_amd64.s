//go:build amd64 && !noasm

#include "textflag.h"

// Four vectors are taken through each step together, so that their chains of dependent operations overlap.
#define EACH4(DO) \
	DO(0, Z0, Z1, Z2); \
	DO(64, Z3, Z4, Z5); \
	DO(128, Z6, Z7, Z8); \
	DO(192, Z9, Z10, Z11)

#define EACH1(DO) \
	DO(0, Z0, Z1, Z2)

#define READ(at, u, v, p) \
	VMOVUPD at(SI), u

// FOLD: the turns in u become 4*|u - nearest integer| - 1, and v its square.
#define FOLD(at, u, v, p) \
	VRNDSCALEPD $0, u, v; \
	VSUBPD v, u, u; \
	VPANDQ Z22, u, u; \
	VFMADD213PD Z24, Z23, u; \
	VMULPD u, u, v; \
	VMOVAPD Z25, p

#define HORNER1(at, u, v, p) VFMADD213PD Z26, v, p
#define HORNER2(at, u, v, p) VFMADD213PD Z27, v, p
#define HORNER3(at, u, v, p) VFMADD213PD Z28, v, p
#define HORNER4(at, u, v, p) VFMADD213PD Z29, v, p
#define HORNER5(at, u, v, p) VFMADD213PD Z30, v, p

#define JOIN(at, u, v, p) \
	VFMADD213PD Z31, v, p; \
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

// func cosTurnsAVX512(dst, x []float64)
TEXT ·cosTurnsAVX512(SB), NOSPLIT, $0-48
	LEAQ ·cosineTable(SB), R8
	VMOVUPD (R8), Z22
	VMOVUPD 64(R8), Z23
	VMOVUPD 128(R8), Z24
	VMOVUPD 192(R8), Z25
	VMOVUPD 256(R8), Z26
	VMOVUPD 320(R8), Z27
	VMOVUPD 384(R8), Z28
	VMOVUPD 448(R8), Z29
	VMOVUPD 512(R8), Z30
	VMOVUPD 576(R8), Z31
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	SUBQ $32, CX
	JLT single
four:
	EACH4(READ)
	COSINE(EACH4)
	EACH4(WRITE)
	ADDQ $256, SI
	ADDQ $256, DI
	SUBQ $32, CX
	JGE four
single:
	ADDQ $24, CX
	JLT tail
one:
	EACH1(READ)
	COSINE(EACH1)
	EACH1(WRITE)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $8, CX
	JGE one
tail:
	ADDQ $8, CX
	JZ done
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	VMOVUPD.Z (SI), K1, Z0
	COSINE(EACH1)
	VMOVUPD Z2, K1, (DI)
done:
	VZEROUPPER
	RET
