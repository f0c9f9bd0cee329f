// The AVX-512 tile, shared by both element types. The including file defines, for its type,
//
//	LOAD BROADCAST FMA MUL ZERO MOVBETA DOUBLE LOOKAHEAD
//
// Registers throughout:
//
//	SI, DI      rows 0 and 9 of the strip of A, at the current column
//	R8 R9 R10 R11  1, 3, 5 and 7 row steps of A in bytes
//	R12         column step of A in bytes
//	BX          current row of the panel of B
//	CX          rows of B left
//	DX, R13     C and its row stride in bytes
//	AX, R14     free; in the loops R14 walks over the strip to be read next
//	K1, K2      the columns of C in the first and in the second vector
//	Z4 to Z31   the sums, two vectors to a row

#define ROWS1(DO) \
	DO((SI), Z4, Z5)

#define ROWS2(DO) \
	ROWS1(DO); \
	DO((SI)(R8*1), Z6, Z7)

#define ROWS4(DO) \
	ROWS2(DO); \
	DO((SI)(R8*2), Z8, Z9); \
	DO((SI)(R9*1), Z10, Z11)

#define ROWS8(DO) \
	ROWS4(DO); \
	DO((SI)(R8*4), Z12, Z13); \
	DO((SI)(R10*1), Z14, Z15); \
	DO((SI)(R9*2), Z16, Z17); \
	DO((SI)(R11*1), Z18, Z19)

#define ROWS14(DO) \
	ROWS8(DO); \
	DO((SI)(R8*8), Z20, Z21); \
	DO((DI), Z22, Z23); \
	DO((DI)(R8*1), Z24, Z25); \
	DO((DI)(R8*2), Z26, Z27); \
	DO((DI)(R9*1), Z28, Z29); \
	DO((DI)(R8*4), Z30, Z31)

#define CLEAR(a, s0, s1) \
	ZERO s0, s0, s0; \
	ZERO s1, s1, s1

#define STEP2(a, s0, s1) \
	BROADCAST a, Z2; \
	FMA Z0, Z2, s0; \
	FMA Z1, Z2, s1

#define STEP1(a, s0, s1) \
	BROADCAST a, Z2; \
	FMA Z0, Z2, s0

#define FETCH(a, s0, s1) \
	PREFETCHT0 (R14); \
	PREFETCHT0 64(R14); \
	ADDQ R13, R14

#define SCALE(a, s0, s1) \
	MUL Z0, s0, s0; \
	MUL Z0, s1, s1

#define ADD(a, s0, s1) \
	LOAD.Z (R14), K1, Z2; \
	LOAD.Z 64(R14), K2, Z3; \
	FMA Z2, Z1, s0; \
	FMA Z3, Z1, s1; \
	ADDQ R13, R14

#define STORE(a, s0, s1) \
	LOAD s0, K1, (DX); \
	LOAD s1, K2, 64(DX); \
	ADDQ R13, DX

// TILE leaves alpha*A*B + beta*C in C for one height. The arguments after AHEAD are labels.
#define TILE(ROWS, ALPHA, BETA, AHEAD, wide, narrow, scale, store) \
	ROWS(CLEAR); \
	MOVQ DX, R14; \
	ROWS(FETCH); \
	MOVQ AHEAD, R14; \
	KORTESTW K2, K2; \
	JZ narrow; \
wide: \
	LOAD (BX), Z0; \
	LOAD 64(BX), Z1; \
	PREFETCHT0 1024(BX); \
	PREFETCHT0 1088(BX); \
	LOOKAHEAD; \
	ROWS(STEP2); \
	ADDQ $128, BX; \
	ADDQ R12, SI; \
	ADDQ R12, DI; \
	DECQ CX; \
	JNZ wide; \
	JMP scale; \
narrow: \
	LOAD (BX), Z0; \
	ROWS(STEP1); \
	ADDQ $64, BX; \
	ADDQ R12, SI; \
	ADDQ R12, DI; \
	DECQ CX; \
	JNZ narrow; \
scale: \
	BROADCAST ALPHA, Z0; \
	BROADCAST BETA, Z1; \
	ROWS(SCALE); \
	MOVBETA BETA, AX; \
	DOUBLE $1, AX; \
	JZ store; \
	MOVQ DX, R14; \
	ROWS(ADD); \
store: \
	ROWS(STORE); \
	VZEROUPPER; \
	RET
