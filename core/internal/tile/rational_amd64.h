// The parts of the rational quadratic that are no logarithm or exponential, shared by both element types and both instruction
// sets. Lengths are multiples of BATCH bytes. The including file defines what curves_amd64.h asks for and, besides,
//
//	ADD FNMADD  instructions
//	NOUGHT(x)   x = 0
//	LENSHIFT    the logarithm of the elements in a batch
//	ONE         the row of TABLE that holds 1
//	BASEFRAME EXPONENTFRAME VALUEFRAME  the sizes of the arguments

// BASE rounds x before it adds 1, as EXPONENT does.
#define BASE(at, x, n, p, w) \
	MUL K1, x, w; \
	ADD K0, w, w; \
	LOAD w, at(DI)

// EXPONENT makes -alpha (log + (x - (b - 1)) max(0, 1 - x/2)) with b = 1 + x rounded.
#define EXPONENT(at, x, n, p, w) \
	MUL K1, x, x; \
	ADD K0, x, n; \
	SUB K0, n, n; \
	SUB n, x, n; \
	MOV K0, p; \
	FNMADD COEF, x, p; \
	MAXIMUM ROUND, p, p; \
	LOAD at(DX), w; \
	FMA n, p, w; \
	MUL K2, w, w; \
	LOAD w, at(DI)

#define VALUE(at, x, n, p, w) \
	MUL K0, x, x; \
	LOAD x, at(SI)

#define QUOTIENT(at, x, n, p, w) \
	LOAD at(DI), w; \
	DIV w, x, w; \
	LOAD w, at(DX)

// func rationalBase(b, r2 []T, half T)
TEXT RATIONALBASE, NOSPLIT, $0-BASEFRAME
	MOVQ b_base+0(FP), DI
	MOVQ r2_base+24(FP), SI
	MOVQ r2_len+32(FP), CX
	SHRQ $LENSHIFT, CX
	BCAST half+48(FP), K1
	LEAQ TABLE, R8
	LOAD ROW(ONE), K0

loop:
	EACH(TAKE)
	EACH(BASE)
	ADDQ $BATCH, SI
	ADDQ $BATCH, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func rationalExponent(dst, logs, r2 []T, half, alpha T)
TEXT RATIONALEXPONENT, NOSPLIT, $0-EXPONENTFRAME
	MOVQ dst_base+0(FP), DI
	MOVQ logs_base+24(FP), DX
	MOVQ r2_base+48(FP), SI
	MOVQ r2_len+56(FP), CX
	SHRQ $LENSHIFT, CX
	BCAST half+72(FP), K1
	BCAST alpha+(72+ES)(FP), K2
	LEAQ TABLE, R8
	LOAD ROW(ONE), K0
	NOUGHT(ROUND)
	SUB  K2, ROUND, K2
	ADD  K0, K0, COEF
	DIV  COEF, K0, COEF

loop:
	EACH(TAKE)
	EACH(EXPONENT)
	ADDQ $BATCH, SI
	ADDQ $BATCH, DI
	ADDQ $BATCH, DX
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func rationalValue(k, h, b []T, s T)
TEXT RATIONALVALUE, NOSPLIT, $0-VALUEFRAME
	MOVQ k_base+0(FP), SI
	MOVQ k_len+8(FP), CX
	MOVQ h_base+24(FP), DX
	MOVQ b_base+48(FP), DI
	SHRQ $LENSHIFT, CX
	BCAST s+72(FP), K0

loop:
	EACH(TAKE)
	EACH(VALUE)
	TESTQ DX, DX
	JZ   next
	EACH(QUOTIENT)
	ADDQ $BATCH, DX
	ADDQ $BATCH, DI

next:
	ADDQ $BATCH, SI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
