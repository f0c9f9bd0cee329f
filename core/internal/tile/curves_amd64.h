// Kernels as functions of the squared distance, shared by both element types and both instruction sets. The including file
// defines the names of the functions, of instructions,
//
//	LOAD MOV BCAST SUB MUL FMA FMSUB FMA213 MINIMUM MAXIMUM DIV SHL IADD
//
// the polynomial of 2^f as a sequence of TERM(row of TABLE), and
//
//	ES SHIFT BATCH  bytes of an element; shift of a number from the low bits to the exponent; bytes that EACH works on
//	EACH(DO)        DO(byte, x, n, p, w) for several vectors, so that their chains of dependent operations overlap
//	HI LO MOST K0 K1 K2 ROUND COEF  registers
//	ROOTS, PREPAREROOT  the square roots of all x, and what they need in registers
//
// A step gets the registers of one vector: x is rho, or rho^2 for RBF; n, p and w are its own.

#define ROW(i) (64*i)(R8)

// The fields of Curve.
#define CHI 8(AX)
#define CLO (8+ES)(AX)
#define CMOST (8+2*ES)(AX)
#define CK0 (8+3*ES)(AX)
#define CK1 (8+4*ES)(AX)
#define CK2 (8+5*ES)(AX)
#define CH0 (8+6*ES)(AX)
#define CH1 (8+7*ES)(AX)

#define TAKE(at, x, n, p, w) \
	LOAD at(SI), x

#define NOROOTS

// REDUCE: n holds the integer nearest to the exponent in its low bits, w the rest of the exponent.
#define REDUCE(at, x, n, p, w) \
	MINIMUM MOST, x, x; \
	MOV ROUND, n; \
	FMA HI, x, n; \
	SUB ROUND, n, w; \
	FMSUB HI, x, w; \
	FMA LO, x, w; \
	LOAD ROW(2), p

#define HORNER(at, x, n, p, w) \
	FMA213 COEF, w, p

#define TERM(i) \
	LOAD ROW(i), COEF; \
	EACH(HORNER)

// SCALE: p becomes 2^(rate x).
#define SCALE(at, x, n, p, w) \
	SHL $SHIFT, n, n; \
	IADD n, p, p

#define CONSTANT(at, x, n, p, w) \
	MUL K0, p, w

#define LINE(at, x, n, p, w) \
	MOV K0, w; \
	FMA K1, x, w; \
	MUL p, w, w

#define PARABOLA(at, x, n, p, w) \
	MOV K1, w; \
	FMA K2, x, w; \
	FMA213 K0, x, w; \
	MUL p, w, w

#define GIVEK(at, x, n, p, w) \
	LOAD w, at(DI)

#define GIVEH(at, x, n, p, w) \
	LOAD w, at(DX)

#define CONSTANTH(at, x, n, p, w) \
	BCAST CH0, w; \
	MUL p, w, w

#define LINEH(at, x, n, p, w) \
	BCAST CH0, w; \
	BCAST CH1, n; \
	FMA n, x, w; \
	MUL p, w, w

#define QUOTIENTH(at, x, n, p, w) \
	MAXIMUM COEF, x, x; \
	DIV x, w, w

// CURVE is a whole function: BEFORE makes x from the squared distance, K and H make the values from p and x.
#define CURVE(BEFORE, K, H) \
	MOVQ c+0(FP), AX; \
	BCAST CHI, HI; \
	BCAST CLO, LO; \
	BCAST CMOST, MOST; \
	BCAST CK0, K0; \
	BCAST CK1, K1; \
	BCAST CK2, K2; \
	LEAQ TABLE, R8; \
	LOAD ROW(0), ROUND; \
	PREPAREROOT; \
	MOVQ k_base+8(FP), DI; \
	MOVQ h_base+32(FP), DX; \
	MOVQ r2_base+56(FP), SI; \
	MOVQ $(4096*ES/BATCH), CX; \
loop: \
	EACH(TAKE); \
	BEFORE; \
	EACH(REDUCE); \
	POLYNOMIAL; \
	EACH(SCALE); \
	EACH(K); \
	EACH(GIVEK); \
	TESTQ DX, DX; \
	JZ next; \
	LOAD ROW(1), COEF; \
	EACH(H); \
	EACH(GIVEH); \
	ADDQ $BATCH, DX; \
next: \
	ADDQ $BATCH, SI; \
	ADDQ $BATCH, DI; \
	DECQ CX; \
	JNZ loop; \
	VZEROUPPER; \
	RET

// func rbf(c *Curve[T], k, h, r2 []T)
TEXT RBF, NOSPLIT, $0-80
	CURVE(NOROOTS, CONSTANT, CONSTANTH)

// func matern12(c *Curve[T], k, h, r2 []T)
TEXT MATERN12, NOSPLIT, $0-80
	CURVE(ROOTS, CONSTANT, QUOTIENTH)

// func matern32(c *Curve[T], k, h, r2 []T)
TEXT MATERN32, NOSPLIT, $0-80
	CURVE(ROOTS, LINE, CONSTANTH)

// func matern52(c *Curve[T], k, h, r2 []T)
TEXT MATERN52, NOSPLIT, $0-80
	CURVE(ROOTS, PARABOLA, LINEH)
