// The AVX2 rows, shared by the element types. The including file defines, for its type,
//
//	LOAD BROADCAST FMA MASKMOV MASKS LANES WIDTH SHIFT       (bytes of an element: WIDTH = 1<<SHIFT)
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
//	Y0 to Y7    the sums
//	Y13, Y14    the columns and the loaded elements of a vector that is alone
//
// With two vectors or more the last one ends with the last column: where it overlaps the one before, both hold the
// same sums.

// AHEAD is how many entries before its use a row of x is fetched.
#define AHEAD 12

#define EACH1(DO, LAST) DO(0, Y0)
#define EACH2(DO, LAST) DO(0, Y0); LAST(Y1)
#define EACH3(DO, LAST) DO(0, Y0); DO(32, Y1); LAST(Y2)
#define EACH4(DO, LAST) DO(0, Y0); DO(32, Y1); DO(64, Y2); LAST(Y3)
#define EACH5(DO, LAST) DO(0, Y0); DO(32, Y1); DO(64, Y2); DO(96, Y3); LAST(Y4)
#define EACH6(DO, LAST) DO(0, Y0); DO(32, Y1); DO(64, Y2); DO(96, Y3); DO(128, Y4); LAST(Y5)
#define EACH7(DO, LAST) DO(0, Y0); DO(32, Y1); DO(64, Y2); DO(96, Y3); DO(128, Y4); DO(160, Y5); LAST(Y6)
#define EACH8(DO, LAST) DO(0, Y0); DO(32, Y1); DO(64, Y2); DO(96, Y3); DO(128, Y4); DO(160, Y5); DO(192, Y6); LAST(Y7)

#define LINES1 PREFETCHT0 (AX)
#define LINES2 LINES1; PREFETCHT0 64(AX)
#define LINES3 LINES2; PREFETCHT0 128(AX)
#define LINES4 LINES3; PREFETCHT0 192(AX)

#define CLEAR(at, sum) VPXOR sum, sum, sum
#define LASTCLEAR(sum) VPXOR sum, sum, sum
#define STEP(at, sum) FMA at(R14), Y15, sum
#define LASTSTEP(sum) FMA -32(R14)(R15*1), Y15, sum
#define STORE(at, sum) LOAD sum, at(DI)
#define LASTSTORE(sum) LOAD sum, -32(DI)(R15*1)
#define ALONESTEP(at, sum) MASKMOV (R14), Y13, Y14; FMA Y14, Y15, sum
#define ALONESTORE(at, sum) MASKMOV sum, Y13, (DI)

// ROWS goes through all rows with a given number of vectors of columns. The last three arguments are labels.
#define ROWS(EACH, LINES, STEP, STORE, row, entry, store) \
row: \
	EACH(CLEAR, LASTCLEAR); \
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
	LINES; \
	PREFETCHT0 -1(AX)(R15*1); \
	BROADCAST (R11)(CX*WIDTH), Y15; \
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
	MOVQ cols+136(FP), R15; \
	CMPQ R15, $LANES; \
	JGT several; \
	LEAQ MASKS, AX; \
	MOVQ R15, CX; \
	SHLQ $5, CX; \
	LOAD (AX)(CX*1), Y13; \
several: \
	SHLQ $SHIFT, R15; \
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
	CMPQ R15, $32; \
	JLE one; \
	CMPQ R15, $64; \
	JLE two; \
	CMPQ R15, $96; \
	JLE three; \
	CMPQ R15, $128; \
	JLE four; \
	CMPQ R15, $160; \
	JLE five; \
	CMPQ R15, $192; \
	JLE six; \
	CMPQ R15, $224; \
	JLE seven; \
	ROWS(EACH8, LINES4, STEP, STORE, row8, entry8, store8); \
one: \
	ROWS(EACH1, LINES1, ALONESTEP, ALONESTORE, row1, entry1, store1); \
two: \
	ROWS(EACH2, LINES1, STEP, STORE, row2, entry2, store2); \
three: \
	ROWS(EACH3, LINES2, STEP, STORE, row3, entry3, store3); \
four: \
	ROWS(EACH4, LINES2, STEP, STORE, row4, entry4, store4); \
five: \
	ROWS(EACH5, LINES3, STEP, STORE, row5, entry5, store5); \
six: \
	ROWS(EACH6, LINES3, STEP, STORE, row6, entry6, store6); \
seven: \
	ROWS(EACH7, LINES4, STEP, STORE, row7, entry7, store7)
