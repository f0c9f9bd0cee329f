// Kernels as functions of the squared distance with AVX-512, shared by both element types. The including file defines
//
//	ES SHIFT  bytes of an element; the shift by which a number goes from the low bits to the exponent
//	LOAD MOV BCAST ADD SUB MUL FMA FMSUB FMA213 MINIMUM MAXIMUM SQRT DIV SHL IADD
//	POLYNOMIAL the polynomial of 2^f
//
// and the names of the functions. Four vectors are taken through each step together, so that their chains of dependent
// operations overlap. A step gets the registers of one vector: x is rho, or rho^2 for RBF; n, p and w are its own.

#define EACH(DO) \
	DO(0, Z0, Z1, Z2, Z3); \
	DO(64, Z4, Z5, Z6, Z7); \
	DO(128, Z8, Z9, Z10, Z11); \
	DO(192, Z12, Z13, Z14, Z15)

#define ROW(i) (64*i)(R8)

// The fields of Curve.
#define CONSTANTS \
	MOVQ c+0(FP), AX; \
	BCAST 8(AX), Z16; \
	BCAST (8+ES)(AX), Z17; \
	BCAST (8+2*ES)(AX), Z18; \
	BCAST (8+3*ES)(AX), Z20; \
	BCAST (8+4*ES)(AX), Z21; \
	BCAST (8+5*ES)(AX), Z22; \
	BCAST (8+6*ES)(AX), Z23; \
	BCAST (8+7*ES)(AX), Z24

#define TAKE(at, x, n, p, w) \
	LOAD at(SI), x

#define ROOT(at, x, n, p, w) \
	SQRT x, x

// REDUCE: n holds the integer nearest to the exponent in its low bits, w the rest of the exponent.
#define REDUCE(at, x, n, p, w) \
	MINIMUM Z18, x, x; \
	MOV Z19, n; \
	FMA Z16, x, n; \
	SUB Z19, n, w; \
	FMSUB Z16, x, w; \
	FMA Z17, x, w; \
	MOV Z26, p

#define HORNER(at, x, n, p, w) \
	FMA213 Z25, w, p

#define TERM(i) \
	LOAD ROW(i), Z25; \
	EACH(HORNER)

// RAISE: p becomes 2^(rate x).
#define RAISE(at, x, n, p, w) \
	SHL $SHIFT, n, n; \
	IADD n, p, p

#define POWER \
	EACH(REDUCE); \
	POLYNOMIAL; \
	EACH(RAISE)

#define CONSTANT(at, x, n, p, w) \
	MUL Z20, p, w

#define LINE(at, x, n, p, w) \
	MOV Z20, w; \
	FMA Z21, x, w; \
	MUL p, w, w

#define PARABOLA(at, x, n, p, w) \
	MOV Z21, w; \
	FMA Z22, x, w; \
	FMA213 Z20, x, w; \
	MUL p, w, w

#define GIVEK(at, x, n, p, w) \
	LOAD w, at(DI)

#define GIVEH(at, x, n, p, w) \
	LOAD w, at(DX)

#define CONSTANTH(at, x, n, p, w) \
	MUL Z23, p, w

#define LINEH(at, x, n, p, w) \
	MOV Z23, w; \
	FMA Z24, x, w; \
	MUL p, w, w

#define QUOTIENTH(at, x, n, p, w) \
	MAXIMUM Z25, x, x; \
	DIV x, w, w

#define NOTHING(at, x, n, p, w)

// CURVE is a whole function: BEFORE makes x from the squared distance, K and H make the values from p and x.
#define CURVE(BEFORE, K, H) \
	CONSTANTS; \
	LEAQ TABLE, R8; \
	LOAD ROW(0), Z19; \
	LOAD ROW(2), Z26; \
	MOVQ k_base+8(FP), DI; \
	MOVQ h_base+32(FP), DX; \
	MOVQ r2_base+56(FP), SI; \
	MOVQ $(16*ES), CX; \
loop: \
	EACH(TAKE); \
	EACH(BEFORE); \
	POWER; \
	EACH(K); \
	EACH(GIVEK); \
	TESTQ DX, DX; \
	JZ next; \
	LOAD ROW(1), Z25; \
	EACH(H); \
	EACH(GIVEH); \
	ADDQ $256, DX; \
next: \
	ADDQ $256, SI; \
	ADDQ $256, DI; \
	DECQ CX; \
	JNZ loop; \
	VZEROUPPER; \
	RET

// func rbf(c *Curve[T], k, h, r2 []T)
TEXT RBF, NOSPLIT, $0-80
	CURVE(NOTHING, CONSTANT, CONSTANTH)

// func matern12(c *Curve[T], k, h, r2 []T)
TEXT MATERN12, NOSPLIT, $0-80
	CURVE(ROOT, CONSTANT, QUOTIENTH)

// func matern32(c *Curve[T], k, h, r2 []T)
TEXT MATERN32, NOSPLIT, $0-80
	CURVE(ROOT, LINE, CONSTANTH)

// func matern52(c *Curve[T], k, h, r2 []T)
TEXT MATERN52, NOSPLIT, $0-80
	CURVE(ROOT, PARABOLA, LINEH)
