// Bodies of the AVX-512 kernels, shared by both element types. The including file defines, for its type,
//
//	ES               bytes of an element
//	ROWBYTES STRIPS  bytes of a row of a tile, and how many times 256 bytes that is
//	LOAD BCAST ADD SUB MUL FMA FMABCAST MAXIMUM
//
// and the names of the functions. Tiles are worked on in strips of four vectors.

// FOUR does something with a number and the four sums of that row of a group of four.
#define FOUR(DO) \
	DO(Z16, Z0, Z1, Z2, Z3); \
	DO(Z17, Z4, Z5, Z6, Z7); \
	DO(Z18, Z8, Z9, Z10, Z11); \
	DO(Z19, Z12, Z13, Z14, Z15)

#define PLUS(x, s0, s1, s2, s3) \
	ADD Z20, x, s0; \
	ADD Z21, x, s1; \
	ADD Z22, x, s2; \
	ADD Z23, x, s3

#define TIMES(x, s0, s1, s2, s3) \
	FMA Z20, x, s0; \
	FMA Z21, x, s1; \
	FMA Z22, x, s2; \
	FMA Z23, x, s3

#define NOUGHT(x, s0, s1, s2, s3) \
	VPXORQ s0, s0, s0; \
	VPXORQ s1, s1, s1; \
	VPXORQ s2, s2, s2; \
	VPXORQ s3, s3, s3

// APART adds the squares of the differences.
#define APART(x, s0, s1, s2, s3) \
	SUB Z20, x, Z24; \
	SUB Z21, x, Z25; \
	SUB Z22, x, Z26; \
	SUB Z23, x, Z27; \
	FMA Z24, Z24, s0; \
	FMA Z25, Z25, s1; \
	FMA Z26, Z26, s2; \
	FMA Z27, Z27, s3

#define ATLEAST(x, s0, s1, s2, s3) \
	MAXIMUM s0, Z31, s0; \
	MAXIMUM s1, Z31, s1; \
	MAXIMUM s2, Z31, s2; \
	MAXIMUM s3, Z31, s3

#define FETCH4(p, x0, x1, x2, x3) \
	LOAD (p), x0; \
	LOAD 64(p), x1; \
	LOAD 128(p), x2; \
	LOAD 192(p), x3

#define SPREAD4(p) \
	BCAST (p), Z16; \
	BCAST ES(p), Z17; \
	BCAST (2*ES)(p), Z18; \
	BCAST (3*ES)(p), Z19

#define STORE4(p, x0, x1, x2, x3) \
	LOAD x0, (p); \
	LOAD x1, 64(p); \
	LOAD x2, 128(p); \
	LOAD x3, 192(p)

#define STORE16 \
	STORE4(DI, Z0, Z1, Z2, Z3); \
	ADDQ $ROWBYTES, DI; \
	STORE4(DI, Z4, Z5, Z6, Z7); \
	ADDQ $ROWBYTES, DI; \
	STORE4(DI, Z8, Z9, Z10, Z11); \
	ADDQ $ROWBYTES, DI; \
	STORE4(DI, Z12, Z13, Z14, Z15); \
	ADDQ $ROWBYTES, DI

// func products(dst, a, b []T, d int, na, nb []T, floor T)
TEXT PRODUCTS, NOSPLIT, $0-PRODUCTSFRAME
	MOVQ b_base+48(FP), BX
	MOVQ nb_base+104(FP), R9
	BCAST floor+128(FP), Z31
	XORQ R13, R13

strip:
	MOVQ dst_base+0(FP), DI
	ADDQ R13, DI
	MOVQ a_base+24(FP), SI
	MOVQ na_base+80(FP), R8
	MOVQ $16, R10

rows:
	FETCH4(R9, Z20, Z21, Z22, Z23)
	SPREAD4(R8)
	FOUR(PLUS)
	MOVQ SI, R11
	MOVQ BX, R12
	MOVQ d+72(FP), CX
	TESTQ CX, CX
	JZ   end

feature:
	FETCH4(R12, Z20, Z21, Z22, Z23)
	SPREAD4(R11)
	FOUR(TIMES)
	ADDQ $ROWBYTES, R11
	ADDQ $ROWBYTES, R12
	DECQ CX
	JNZ  feature

end:
	FOUR(ATLEAST)
	STORE16
	ADDQ $(4*ES), SI
	ADDQ $(4*ES), R8
	DECQ R10
	JNZ  rows
	ADDQ $256, BX
	ADDQ $256, R9
	ADDQ $256, R13
	CMPQ R13, $ROWBYTES
	JLT  strip
	VZEROUPPER
	RET

// func distances(dst, a, b []T, d int)
TEXT DISTANCES, NOSPLIT, $0-80
	MOVQ b_base+48(FP), BX
	XORQ R13, R13

strip:
	MOVQ dst_base+0(FP), DI
	ADDQ R13, DI
	MOVQ a_base+24(FP), SI
	MOVQ $16, R10

rows:
	FOUR(NOUGHT)
	MOVQ SI, R11
	MOVQ BX, R12
	MOVQ d+72(FP), CX

feature:
	FETCH4(R12, Z20, Z21, Z22, Z23)
	SPREAD4(R11)
	FOUR(APART)
	ADDQ $ROWBYTES, R11
	ADDQ $ROWBYTES, R12
	DECQ CX
	JNZ  feature
	STORE16
	ADDQ $(4*ES), SI
	DECQ R10
	JNZ  rows
	ADDQ $256, BX
	ADDQ $256, R13
	CMPQ R13, $ROWBYTES
	JLT  strip
	VZEROUPPER
	RET

// SIXTEEN does something with the factor's element of each of sixteen rows and the sum of that row. Registers:
//
//	SI, R13          rows 0 and 8 of the factor, at the current column
//	R8 R10 R11 R12   1, 3, 5 and 7 row steps in bytes
#define SIXTEEN(DO) \
	DO((SI), Z0); \
	DO((SI)(R8*1), Z1); \
	DO((SI)(R8*2), Z2); \
	DO((SI)(R10*1), Z3); \
	DO((SI)(R8*4), Z4); \
	DO((SI)(R11*1), Z5); \
	DO((SI)(R10*2), Z6); \
	DO((SI)(R12*1), Z7); \
	DO((R13), Z8); \
	DO((R13)(R8*1), Z9); \
	DO((R13)(R8*2), Z10); \
	DO((R13)(R10*1), Z11); \
	DO((R13)(R8*4), Z12); \
	DO((R13)(R11*1), Z13); \
	DO((R13)(R10*2), Z14); \
	DO((R13)(R12*1), Z15)

#define EVEN(k, sum) FMABCAST k, Z16, sum
#define ODD(k, sum) FMABCAST k, Z17, sum

#define PANEL4(MOVE) \
	MOVE(0, Z0); \
	MOVE(64, Z1); \
	MOVE(128, Z2); \
	MOVE(192, Z3); \
	MOVE(256, Z4); \
	MOVE(320, Z5); \
	MOVE(384, Z6); \
	MOVE(448, Z7); \
	MOVE(512, Z8); \
	MOVE(576, Z9); \
	MOVE(640, Z10); \
	MOVE(704, Z11); \
	MOVE(768, Z12); \
	MOVE(832, Z13); \
	MOVE(896, Z14); \
	MOVE(960, Z15)

#define READ(at, sum) LOAD at(DI), sum
#define WRITE(at, sum) LOAD sum, at(DI)

// func multiply(o, k, v []T, row, col int)
TEXT MULTIPLY, NOSPLIT, $0-88
	MOVQ o_base+0(FP), DI
	MOVQ k_base+24(FP), DX
	MOVQ row+72(FP), R8
	IMULQ $ES, R8
	LEAQ (R8)(R8*2), R10
	LEAQ (R8)(R8*4), R11
	LEAQ (R10)(R8*4), R12
	MOVQ col+80(FP), R9
	IMULQ $ES, R9
	MOVQ $4, AX

rows:
	PANEL4(READ)
	MOVQ v_base+48(FP), BX
	MOVQ DX, SI
	LEAQ (DX)(R8*8), R13
	MOVQ $32, CX

column:
	LOAD (BX), Z16
	LOAD 64(BX), Z17
	SIXTEEN(EVEN)
	ADDQ R9, SI
	ADDQ R9, R13
	SIXTEEN(ODD)
	ADDQ R9, SI
	ADDQ R9, R13
	ADDQ $128, BX
	DECQ CX
	JNZ  column
	PANEL4(WRITE)
	ADDQ $1024, DI
	LEAQ (DX)(R8*8), DX
	LEAQ (DX)(R8*8), DX
	DECQ AX
	JNZ  rows
	VZEROUPPER
	RET

// BOTH takes a vector of a row of the factor, for the sum oj and the elements vj of its columns, and the row's sum and
// element of vi.
#define BOTH(at, oj, vj) \
	LOAD at(SI), Z18; \
	FMA Z18, Z16, oj; \
	FMA Z18, vj, Z17

#define BEGIN(at, oj, vj) \
	LOAD at(BX), oj; \
	LOAD at(R9), vj

#define FINISH(at, oj, vj) \
	LOAD oj, at(BX)

// func apply(p, oj, k, vi, vj []T)
TEXT APPLY, NOSPLIT, $0-120
	MOVQ p_base+0(FP), DI
	MOVQ oj_base+24(FP), BX
	MOVQ k_base+48(FP), SI
	MOVQ vi_base+72(FP), R8
	MOVQ vj_base+96(FP), R9
	WHOLE(BEGIN)
	MOVQ $64, CX

row:
	BCAST (R8), Z16
	LOAD (DI), Z17
	WHOLE(BOTH)
	LOAD Z17, (DI)
	ADDQ $ES, R8
	ADDQ $64, DI
	ADDQ $ROWBYTES, SI
	DECQ CX
	JNZ  row
	WHOLE(FINISH)
	VZEROUPPER
	RET

// MOVED puts the moved features of a vector of points into t.
#define MOVED(at, t) \
	LOAD at(SI), t; \
	ADD Z24, t, t

#define SHIFTONE(at, sum, t) \
	MOVED(at, t); \
	LOAD t, at(DI)

// EXPANDONE adds to the squared norms and multiplies by -2.
#define EXPANDONE(at, sum, t) \
	MOVED(at, t); \
	FMA t, t, sum; \
	MUL Z25, t, t; \
	LOAD t, at(DI)

#define CLEARONE(at, sum, t) VPXORQ sum, sum, sum

#define NORMONE(at, sum, t) LOAD sum, at(R8)

// func shift(dst, src, by []T)
TEXT SHIFTTILE, NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ by_base+48(FP), BX
	MOVQ by_len+56(FP), CX

feature:
	BCAST (BX), Z24
	WHOLE(SHIFTONE)
	ADDQ $ES, BX
	ADDQ $ROWBYTES, SI
	ADDQ $ROWBYTES, DI
	DECQ CX
	JNZ  feature
	VZEROUPPER
	RET

// func expand(dst, norms, src, by []T)
TEXT EXPAND, NOSPLIT, $0-96
	MOVQ dst_base+0(FP), DI
	MOVQ norms_base+24(FP), R8
	MOVQ src_base+48(FP), SI
	MOVQ by_base+72(FP), BX
	MOVQ by_len+80(FP), CX
	BCAST minusTwo<>(SB), Z25
	WHOLE(CLEARONE)

feature:
	BCAST (BX), Z24
	WHOLE(EXPANDONE)
	ADDQ $ES, BX
	ADDQ $ROWBYTES, SI
	ADDQ $ROWBYTES, DI
	DECQ CX
	JNZ  feature
	WHOLE(NORMONE)
	VZEROUPPER
	RET
