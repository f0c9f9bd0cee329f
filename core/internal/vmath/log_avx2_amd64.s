//go:build amd64 && !noasm

#include "textflag.h"

// Several vectors are taken through each step together: their chains of dependent operations overlap, which a
// processor's own look-ahead is too short for. EACH2 and EACH1 say which; a step gets the registers of one vector.
// The polynomial p is evaluated as u + f*v with u and v polynomials in f*f.

#define ROW(i) (64*i)(R8)

#define EACH2(DO) \
	DO(0, Y0, Y1, Y2, Y3, Y4); \
	DO(32, Y5, Y6, Y7, Y8, Y9)

#define EACH1(DO) \
	DO(0, Y0, Y1, Y2, Y3, Y4)

#define READ(at, e, f, f2, u, v) \
	LOAD at(SI), f

// SPLIT: the argument in f becomes e and f of 2^e * (1+f). Subnormal arguments are scaled first. The predicate $0x11 is
// less-than.
#define SPLIT(at, e, f, f2, u, v) \
	COMPARE $0x11, (R10), f, u; \
	MUL 64(R10), f, v; \
	BLENDV u, v, f, f; \
	LOAD 384(R10), v; \
	BLENDV u, 448(R10), v, v; \
	ADDI 128(R10), f, f; \
	SHIFT EXPONENT, f, e; \
	VPOR 320(R10), e, e; \
	SUB v, e, e; \
	VPAND 192(R10), f, f; \
	ADDI 256(R10), f, f; \
	SUB Y12, f, f; \
	MUL f, f, f2; \
	LOAD ROW(5), u; \
	LOAD ROW(6), v

#define HORNERU(at, e, f, f2, u, v) \
	MULADD213 Y13, f2, u

#define HORNERV(at, e, f, f2, u, v) \
	MULADD213 Y13, f2, v

#define TERM(EACH, HORNER, i) \
	LOAD ROW(i), Y13; \
	EACH(HORNER)

// JOIN: u becomes the logarithm. The rounding error of e*ln2hi + f is carried over to the small terms.
#define JOIN(at, e, f, f2, u, v) \
	MULADD213 u, f, v; \
	MULADD213 Y11, f, v; \
	MUL f2, v, v; \
	MUL Y14, e, u; \
	ADD f, u, f2; \
	SUB f2, u, u; \
	ADD f, u, u; \
	ADD u, v, v; \
	MULADD231 ROW(1), e, v; \
	ADD v, f2, u

// TEST clears lanes of Y10 whose arguments, in v, are not positive and finite. The predicate $0x1e is greater-than.
#define TEST(at, e, f, f2, u, v) \
	LOAD at(SI), v; \
	COMPARE $0x1e, Y15, v, f; \
	VANDPD f, Y10, Y10; \
	COMPARE $0x11, 512(R10), v, f; \
	VANDPD f, Y10, Y10

// MEND puts in the results for zero, negative and non-finite arguments, in v. The predicate $0x15 is not-less-than.
#define MEND(at, e, f, f2, u, v) \
	COMPARE $0x15, 512(R10), v, f; \
	ADD v, v, e; \
	BLENDV f, e, u, u; \
	COMPARE $0x11, Y15, v, f; \
	BLENDV f, 640(R10), u, u; \
	COMPARE $0x00, Y15, v, f; \
	BLENDV f, 576(R10), u, u

// MENDIF skips MEND where no lane needs it.
#define MENDIF(EACH, fine) \
	VPCMPEQD Y10, Y10, Y10; \
	EACH(TEST); \
	MOVMSK Y10, AX; \
	CMPL AX, ALL; \
	JEQ fine; \
	EACH(MEND); \
fine:

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

// LOG is the whole function, but for R10, which points to the row after the polynomial.
#define LOG(LOGARITHM, lanes) \
	LOAD ROW(0), Y14; \
	LOAD ROW(2), Y12; \
	LOAD ROW(3), Y11; \
	VPXOR Y15, Y15, Y15; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ x_base+24(FP), SI; \
	MOVQ x_len+32(FP), CX; \
	SUBQ $(2*lanes), CX; \
	JLT single; \
two: \
	EACH2(READ); \
	LOGARITHM(EACH2); \
	MENDIF(EACH2, fineTwo); \
	EACH2(WRITE); \
	ADDQ $64, SI; \
	ADDQ $64, DI; \
	SUBQ $(2*lanes), CX; \
	JGE two; \
single: \
	ADDQ $lanes, CX; \
	JLT tail; \
	EACH1(READ); \
	LOGARITHM(EACH1); \
	MENDIF(EACH1, fineOne); \
	EACH1(WRITE); \
	ADDQ $32, SI; \
	ADDQ $32, DI; \
	SUBQ $lanes, CX; \
tail: \
	ADDQ $lanes, CX; \
	JZ done; \
	SHLQ $5, CX; \
	LEAQ MASKS, R9; \
	LOAD -32(R9)(CX*1), Y5; \
	MASKMOV (SI), Y5, Y1; \
	VMOVAPD Y1, Y6; \
	LOGARITHM(EACH1); \
	VMOVAPD Y6, Y4; \
	EACH1(MEND); \
	MASKMOV Y3, Y5, (DI); \
done: \
	VZEROUPPER; \
	RET

#define LOAD VMOVUPD
#define ADD VADDPD
#define SUB VSUBPD
#define MUL VMULPD
#define MULADD231 VFMADD231PD
#define MULADD213 VFMADD213PD
#define COMPARE VCMPPD
#define BLENDV VBLENDVPD
#define MASKMOV VMASKMOVPD
#define MOVMSK VMOVMSKPD
#define ADDI VPADDQ
#define SHIFT VPSRLQ
#define EXPONENT $52
#define ALL $0xf
#define MASKS ·masks64(SB)

// func logAVX2x64(dst, x []float64)
TEXT ·logAVX2x64(SB), NOSPLIT, $0-48
	LEAQ ·logTable64(SB), R8
	LEAQ (64*24)(R8), R10
	LOG(LOG64, 4)

#undef LOAD
#undef ADD
#undef SUB
#undef MUL
#undef MULADD231
#undef MULADD213
#undef COMPARE
#undef BLENDV
#undef MASKMOV
#undef MOVMSK
#undef ADDI
#undef SHIFT
#undef EXPONENT
#undef ALL
#undef MASKS
#define LOAD VMOVUPS
#define ADD VADDPS
#define SUB VSUBPS
#define MUL VMULPS
#define MULADD231 VFMADD231PS
#define MULADD213 VFMADD213PS
#define COMPARE VCMPPS
#define BLENDV VBLENDVPS
#define MASKMOV VMASKMOVPS
#define MOVMSK VMOVMSKPS
#define ADDI VPADDD
#define SHIFT VPSRLD
#define EXPONENT $23
#define ALL $0xff
#define MASKS ·masks32(SB)

// func logAVX2x32(dst, x []float32)
TEXT ·logAVX2x32(SB), NOSPLIT, $0-48
	LEAQ ·logTable32(SB), R8
	LEAQ (64*14)(R8), R10
	LOG(LOG32, 8)
