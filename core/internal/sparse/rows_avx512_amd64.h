// The AVX-512 rows, shared by the element types. The including file defines, for its type,
//
//	LOAD BROADCAST FMA LANES WIDTH SHIFT       (bytes of an element: WIDTH = 1<<SHIFT)
//
// and, once per type of indices, before KERNEL, GETINDEX and BYTES of an index.
//
// Registers throughout:
//
//	DI, R8      row of dst and its stride in bytes
//	SI, R9      position of the row in ptr, rows left
//	R10, R11    index and value
//	BX, R12     x and its row stride in bytes
//	R13         the last entry of all
//	CX, DX      the current entry, and the first of the next row
//	R15         columns in bytes
//	AX, R14     free
//	K1          the columns in the last vector
//	Z0 to Z7    the sums

// AHEAD is how many entries before its use a row of x is fetched.
#define AHEAD 12

#define EACH1(DO, LAST) LAST(0, Z0)
#define EACH2(DO, LAST) DO(0, Z0); LAST(64, Z1)
#define EACH3(DO, LAST) DO(0, Z0); DO(64, Z1); LAST(128, Z2)
#define EACH4(DO, LAST) DO(0, Z0); DO(64, Z1); DO(128, Z2); LAST(192, Z3)
#define EACH5(DO, LAST) EACH3(DO, DO); DO(192, Z3); LAST(256, Z4)
#define EACH6(DO, LAST) EACH4(DO, DO); DO(256, Z4); LAST(320, Z5)
#define EACH7(DO, LAST) EACH5(DO, DO); DO(320, Z5); LAST(384, Z6)
#define EACH8(DO, LAST) EACH6(DO, DO); DO(384, Z6); LAST(448, Z7)

#define CLEAR(at, sum) VPXORQ sum, sum, sum
#define FETCH(at, sum) PREFETCHT0 at(AX)
#define STEP(at, sum) FMA at(R14), Z31, sum
#define LASTSTEP(at, sum) FMA at(R14), Z31, K1, sum
#define STORE(at, sum) LOAD sum, at(DI)
#define LASTSTORE(at, sum) LOAD sum, K1, at(DI)

// ROWS goes through all rows with a given number of vectors of columns. The other arguments are labels.
#define ROWS(EACH, row, entry, store) \
row: \
	EACH(CLEAR, CLEAR); \
	GETINDEX (SI), CX; \
	GETINDEX BYTES(SI), DX; \
	CMPQ CX, DX; \
	JGE store; \
entry: \
	LEAQ AHEAD(CX), AX; \
	CMPQ AX, R13; \
	CMOVQGT R13, AX; \
	GETINDEX (R10)(AX*BYTES), AX; \
	GETINDEX (R10)(CX*BYTES), R14; \
	IMULQ R12, AX; \
	IMULQ R12, R14; \
	ADDQ BX, AX; \
	ADDQ BX, R14; \
	EACH(FETCH, FETCH); \
	PREFETCHT0 -1(AX)(R15*1); \
	BROADCAST (R11)(CX*WIDTH), Z31; \
	EACH(STEP, LASTSTEP); \
	INCQ CX; \
	CMPQ CX, DX; \
	JLT entry; \
store: \
	EACH(STORE, LASTSTORE); \
	ADDQ R8, DI; \
	ADDQ $BYTES, SI; \
	DECQ R9; \
	JNZ row; \
	VZEROUPPER; \
	RET

// KERNEL is the whole function.
#define KERNEL \
	MOVQ dst_base+0(FP), DI; \
	MOVQ ldd+24(FP), R8; \
	SHLQ $SHIFT, R8; \
	MOVQ ptr_base+32(FP), SI; \
	MOVQ ptr_len+40(FP), R9; \
	DECQ R9; \
	MOVQ index_base+56(FP), R10; \
	MOVQ index_len+64(FP), R13; \
	DECQ R13; \
	MOVQ value_base+80(FP), R11; \
	MOVQ x_base+104(FP), BX; \
	MOVQ ldx+128(FP), R12; \
	SHLQ $SHIFT, R12; \
	MOVQ cols+136(FP), R15; \
	LEAQ -1(R15), CX; \
	ANDQ $(LANES-1), CX; \
	MOVQ $2, AX; \
	SHLQ CX, AX; \
	DECQ AX; \
	KMOVW AX, K1; \
	SHLQ $SHIFT, R15; \
	CMPQ R15, $64; \
	JLE one; \
	CMPQ R15, $128; \
	JLE two; \
	CMPQ R15, $192; \
	JLE three; \
	CMPQ R15, $256; \
	JLE four; \
	CMPQ R15, $320; \
	JLE five; \
	CMPQ R15, $384; \
	JLE six; \
	CMPQ R15, $448; \
	JLE seven; \
	ROWS(EACH8, row8, entry8, store8); \
one: \
	ROWS(EACH1, row1, entry1, store1); \
two: \
	ROWS(EACH2, row2, entry2, store2); \
three: \
	ROWS(EACH3, row3, entry3, store3); \
four: \
	ROWS(EACH4, row4, entry4, store4); \
five: \
	ROWS(EACH5, row5, entry5, store5); \
six: \
	ROWS(EACH6, row6, entry6, store6); \
seven: \
	ROWS(EACH7, row7, entry7, store7)
