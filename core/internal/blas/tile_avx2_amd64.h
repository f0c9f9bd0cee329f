// The AVX2 tile, shared by both element types. The including file defines, for its type,
//
//	LOAD BROADCAST FMA MUL ZERO MASKMOV LANES PACE
//
// Registers throughout:
//
//	SI          the current column of the strip of A
//	R8 R9 R10   1, 3 and 5 row steps of A in bytes
//	R12         column step of A in bytes
//	BX          current row of the panel of B
//	CX          rows of B left
//	DX, R13     C and its row stride in bytes
//	AX          zero if C is not to be read
//	DI          columns of C
//	R11         the mask of those in the last vector
//	R14         free; in the loops it walks over the strip to be read next
//	Y4 to Y15   the sums, two vectors to a row

#define ROWS1(DO) \
	DO((SI), Y4, Y5)

#define ROWS2(DO) \
	ROWS1(DO); \
	DO((SI)(R8*1), Y6, Y7)

#define ROWS4(DO) \
	ROWS2(DO); \
	DO((SI)(R8*2), Y8, Y9); \
	DO((SI)(R9*1), Y10, Y11)

#define ROWS6(DO) \
	ROWS4(DO); \
	DO((SI)(R8*4), Y12, Y13); \
	DO((SI)(R10*1), Y14, Y15)

#define CLEAR(a, s0, s1) \
	ZERO s0, s0, s0; \
	ZERO s1, s1, s1

#define STEP2(a, s0, s1) \
	BROADCAST a, Y2; \
	FMA Y0, Y2, s0; \
	FMA Y1, Y2, s1

#define STEP1(a, s0, s1) \
	BROADCAST a, Y2; \
	FMA Y0, Y2, s0

#define FETCH(a, s0, s1) \
	PREFETCHT0 (R14); \
	PREFETCHT0 63(R14); \
	ADDQ R13, R14

#define SCALE(a, s0, s1) \
	MUL Y0, s0, s0; \
	MUL Y0, s1, s1

#define ADD2(a, s0, s1) \
	FMA (R14), Y1, s0; \
	MASKMOV 32(R14), Y3, Y2; \
	FMA Y2, Y1, s1; \
	ADDQ R13, R14

#define ADD1(a, s0, s1) \
	MASKMOV (R14), Y3, Y2; \
	FMA Y2, Y1, s0; \
	ADDQ R13, R14

#define STORE2(a, s0, s1) \
	LOAD s0, (DX); \
	LOAD s1, 32(DX); \
	ADDQ R13, DX

#define STORE2MASKED(a, s0, s1) \
	LOAD s0, (DX); \
	MASKMOV s1, Y3, 32(DX); \
	ADDQ R13, DX

#define STORE1MASKED(a, s0, s1) \
	MASKMOV s0, Y3, (DX); \
	ADDQ R13, DX

// TILE leaves alpha*A*B + beta*C in C for one height. The arguments after AHEAD are labels.
#define TILE(ROWS, ALPHA, BETA, AHEAD, wide, storeWide, masked, narrow, storeNarrow) \
	ROWS(CLEAR); \
	MOVQ DX, R14; \
	ROWS(FETCH); \
	MOVQ AHEAD, R14; \
	CMPQ DI, $LANES; \
	JLE narrow; \
wide: \
	LOAD (BX), Y0; \
	LOAD 32(BX), Y1; \
	PREFETCHT0 512(BX); \
	PREFETCHT1 (R14); \
	ADDQ $PACE, R14; \
	ROWS(STEP2); \
	ADDQ $64, BX; \
	ADDQ R12, SI; \
	DECQ CX; \
	JNZ wide; \
	BROADCAST ALPHA, Y0; \
	BROADCAST BETA, Y1; \
	LOAD (R11), Y3; \
	ROWS(SCALE); \
	TESTQ AX, AX; \
	JZ storeWide; \
	MOVQ DX, R14; \
	ROWS(ADD2); \
storeWide: \
	CMPQ DI, $(2*LANES); \
	JNE masked; \
	ROWS(STORE2); \
	VZEROUPPER; \
	RET; \
masked: \
	ROWS(STORE2MASKED); \
	VZEROUPPER; \
	RET; \
narrow: \
	LOAD (BX), Y0; \
	ROWS(STEP1); \
	ADDQ $32, BX; \
	ADDQ R12, SI; \
	DECQ CX; \
	JNZ narrow; \
	BROADCAST ALPHA, Y0; \
	BROADCAST BETA, Y1; \
	LOAD (R11), Y3; \
	ROWS(SCALE); \
	TESTQ AX, AX; \
	JZ storeNarrow; \
	MOVQ DX, R14; \
	ROWS(ADD1); \
storeNarrow: \
	ROWS(STORE1MASKED); \
	VZEROUPPER; \
	RET
