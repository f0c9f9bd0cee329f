//go:build amd64 && !noasm

#include "textflag.h"

// Several vectors are taken through each step together: their chains of dependent operations overlap, which a
// processor's own look-ahead is too short for. EACH4 and EACH1 say which; a step gets the registers of one vector.
// The polynomial p is evaluated as u + f*v with u and v polynomials in f*f.

#define ROW(i) (64*i)(R8)

#define EACH4(DO) \
	DO(0, Z0, Z1, Z2, Z3, Z4); \
	DO(64, Z5, Z6, Z7, Z8, Z9); \
	DO(128, Z10, Z11, Z12, Z13, Z14); \
	DO(192, Z15, Z16, Z17, Z18, Z19)

#define EACH1(DO) \
	DO(0, Z0, Z1, Z2, Z3, Z4)

#define READ(at, e, f, f2, u, v) \
	LOAD at(SI), f

// SPLIT: the argument in f becomes e and f of 2^e * (1+f). The code $3 asks for a significand in [3/4, 3/2).
#define SPLIT(at, e, f, f2, u, v) \
	GETEXP f, e; \
	GETMANT $3, f, f; \
	GETEXP f, f2; \
	SUB f2, e, e; \
	SUB Z22, f, f; \
	MUL f, f, f2; \
	MOV Z26, u; \
	MOV Z27, v

#define HORNERU(at, e, f, f2, u, v) \
	MULADD213 Z28, f2, u

#define HORNERV(at, e, f, f2, u, v) \
	MULADD213 Z28, f2, v

#define TERM(EACH, HORNER, i) \
	LOAD ROW(i), Z28; \
	EACH(HORNER)

// JOIN: u becomes the logarithm. The rounding error of e*ln2hi + f is carried over to the small terms.
#define JOIN(at, e, f, f2, u, v) \
	MULADD213 u, f, v; \
	MULADD213 Z23, f, v; \
	MUL f2, v, v; \
	MUL Z20, e, u; \
	ADD f, u, f2; \
	SUB f2, u, u; \
	ADD f, u, u; \
	ADD u, v, v; \
	MULADD231 Z21, e, v; \
	ADD v, f2, u

// MEND puts in the results for zero, negative and non-finite arguments, which it reads again.
#define MEND(at, e, f, f2, u, v) \
	LOAD at(SI), f; \
	FIXUP $0, Z24, f, u

#define WRITE(at, e, f, f2, u, v) \
	LOAD u, at(DI)

#define LOG64(EACH) \
	EACH(SPLIT); \
	TERM(EACH, HORNERU, 7); \
	TERM(EACH, HORNERV, 8); \
	TERM(EACH, HORNERU, 9); \
	TERM(EACH, HORNERV, 10); \
	TERM(EACH, HORNERU, 11); \
	TERM(EACH, HORNERV, 12); \
	TERM(EACH, HORNERU, 13); \
	TERM(EACH, HORNERV, 14); \
	TERM(EACH, HORNERU, 15); \
	TERM(EACH, HORNERV, 16); \
	TERM(EACH, HORNERU, 17); \
	TERM(EACH, HORNERV, 18); \
	TERM(EACH, HORNERU, 19); \
	TERM(EACH, HORNERV, 20); \
	TERM(EACH, HORNERU, 21); \
	TERM(EACH, HORNERV, 22); \
	TERM(EACH, HORNERU, 23); \
	EACH(JOIN)

#define LOG32(EACH) \
	EACH(SPLIT); \
	TERM(EACH, HORNERU, 7); \
	TERM(EACH, HORNERV, 8); \
	TERM(EACH, HORNERU, 9); \
	TERM(EACH, HORNERV, 10); \
	TERM(EACH, HORNERU, 11); \
	TERM(EACH, HORNERV, 12); \
	TERM(EACH, HORNERU, 13); \
	EACH(JOIN)

// LOG is the whole function.
#define LOG(LOGARITHM, lanes) \
	LOAD ROW(0), Z20; \
	LOAD ROW(1), Z21; \
	LOAD ROW(2), Z22; \
	LOAD ROW(3), Z23; \
	LOAD ROW(4), Z24; \
	LOAD ROW(5), Z26; \
	LOAD ROW(6), Z27; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ x_base+24(FP), SI; \
	MOVQ x_len+32(FP), CX; \
	SUBQ $(4*lanes), CX; \
	JLT single; \
four: \
	EACH4(READ); \
	LOGARITHM(EACH4); \
	EACH4(MEND); \
	EACH4(WRITE); \
	ADDQ $256, SI; \
	ADDQ $256, DI; \
	SUBQ $(4*lanes), CX; \
	JGE four; \
single: \
	ADDQ $(3*lanes), CX; \
	JLT tail; \
one: \
	EACH1(READ); \
	LOGARITHM(EACH1); \
	EACH1(MEND); \
	EACH1(WRITE); \
	ADDQ $64, SI; \
	ADDQ $64, DI; \
	SUBQ $lanes, CX; \
	JGE one; \
tail: \
	ADDQ $lanes, CX; \
	JZ done; \
	MOVQ $1, AX; \
	SHLQ CX, AX; \
	DECQ AX; \
	KMOVW AX, K1; \
	LOAD.Z (SI), K1, Z1; \
	LOGARITHM(EACH1); \
	LOAD.Z (SI), K1, Z1; \
	FIXUP $0, Z24, Z1, Z3; \
	LOAD Z3, K1, (DI); \
done: \
	VZEROUPPER; \
	RET

#define LOAD VMOVUPD
#define MOV VMOVAPD
#define ADD VADDPD
#define SUB VSUBPD
#define MUL VMULPD
#define MULADD231 VFMADD231PD
#define MULADD213 VFMADD213PD
#define GETEXP VGETEXPPD
#define GETMANT VGETMANTPD
#define FIXUP VFIXUPIMMPD

// func logAVX512x64(dst, x []float64)
TEXT ·logAVX512x64(SB), NOSPLIT, $0-48
	LEAQ ·logTable64(SB), R8
	LOG(LOG64, 8)

#undef LOAD
#undef MOV
#undef ADD
#undef SUB
#undef MUL
#undef MULADD231
#undef MULADD213
#undef GETEXP
#undef GETMANT
#undef FIXUP
#define LOAD VMOVUPS
#define MOV VMOVAPS
#define ADD VADDPS
#define SUB VSUBPS
#define MUL VMULPS
#define MULADD231 VFMADD231PS
#define MULADD213 VFMADD213PS
#define GETEXP VGETEXPPS
#define GETMANT VGETMANTPS
#define FIXUP VFIXUPIMMPS

// func logAVX512x32(dst, x []float32)
TEXT ·logAVX512x32(SB), NOSPLIT, $0-48
	LEAQ ·logTable32(SB), R8
	LOG(LOG32, 16)
