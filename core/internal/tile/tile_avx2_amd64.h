// Bodies of the AVX2 kernels, shared by both element types. The including file defines, for its type,
//
//	ES         bytes of an element
//	ROWBYTES   bytes of a row of a tile
//	LOAD BCAST ADD SUB MUL FMA MAXIMUM TODOUBLE ROWSUM WIDEN
//
// and the names of the functions. Tiles are worked on in strips of two vectors or of four.

// FOUR does something with the numbers of four rows and the two sums of each.
#define FOUR(p, DO) \
	BCAST (p), Y10; \
	DO(Y0, Y1); \
	BCAST ES(p), Y10; \
	DO(Y2, Y3); \
	BCAST (2*ES)(p), Y10; \
	DO(Y4, Y5); \
	BCAST (3*ES)(p), Y10; \
	DO(Y6, Y7)

#define PLUS(s0, s1) \
	ADD Y8, Y10, s0; \
	ADD Y9, Y10, s1

#define TIMES(s0, s1) \
	FMA Y8, Y10, s0; \
	FMA Y9, Y10, s1

// APART adds the squares of the differences.
#define APART(s0, s1) \
	SUB Y8, Y10, Y11; \
	SUB Y9, Y10, Y12; \
	FMA Y11, Y11, s0; \
	FMA Y12, Y12, s1

#define STORE2(s0, s1) \
	LOAD s0, (DI); \
	LOAD s1, 32(DI); \
	ADDQ $ROWBYTES, DI

#define STORE8 \
	STORE2(Y0, Y1); \
	STORE2(Y2, Y3); \
	STORE2(Y4, Y5); \
	STORE2(Y6, Y7)

// func products(dst, a, b []T, d int, na, nb []T, floor T)
TEXT PRODUCTS, NOSPLIT, $0-PRODUCTSFRAME
	MOVQ b_base+48(FP), BX
	MOVQ nb_base+104(FP), R9
	BCAST floor+128(FP), Y15
	XORQ R13, R13

strip:
	MOVQ dst_base+0(FP), DI
	ADDQ R13, DI
	MOVQ a_base+24(FP), SI
	MOVQ na_base+80(FP), R8
	MOVQ $16, R10

rows:
	LOAD (R9), Y8
	LOAD 32(R9), Y9
	FOUR(R8, PLUS)
	MOVQ SI, R11
	MOVQ BX, R12
	MOVQ d+72(FP), CX
	TESTQ CX, CX
	JZ   end

feature:
	LOAD (R12), Y8
	LOAD 32(R12), Y9
	FOUR(R11, TIMES)
	ADDQ $ROWBYTES, R11
	ADDQ $ROWBYTES, R12
	DECQ CX
	JNZ  feature

end:
	MAXIMUM Y0, Y15, Y0
	MAXIMUM Y1, Y15, Y1
	MAXIMUM Y2, Y15, Y2
	MAXIMUM Y3, Y15, Y3
	MAXIMUM Y4, Y15, Y4
	MAXIMUM Y5, Y15, Y5
	MAXIMUM Y6, Y15, Y6
	MAXIMUM Y7, Y15, Y7
	STORE8
	ADDQ $(4*ES), SI
	ADDQ $(4*ES), R8
	DECQ R10
	JNZ  rows
	ADDQ $64, BX
	ADDQ $64, R9
	ADDQ $64, R13
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
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	MOVQ SI, R11
	MOVQ BX, R12
	MOVQ d+72(FP), CX

feature:
	LOAD (R12), Y8
	LOAD 32(R12), Y9
	FOUR(R11, APART)
	ADDQ $ROWBYTES, R11
	ADDQ $ROWBYTES, R12
	DECQ CX
	JNZ  feature
	STORE8
	ADDQ $(4*ES), SI
	DECQ R10
	JNZ  rows
	ADDQ $64, BX
	ADDQ $64, R13
	CMPQ R13, $ROWBYTES
	JLT  strip
	VZEROUPPER
	RET

// COLUMN adds the elements of one column of the factor in four rows times a row of v.
#define COLUMN(at) \
	LOAD at(BX), Y8; \
	LOAD (at+32)(BX), Y9; \
	BCAST (SI), Y10; \
	TIMES(Y0, Y1); \
	BCAST (SI)(R8*1), Y10; \
	TIMES(Y2, Y3); \
	BCAST (SI)(R8*2), Y10; \
	TIMES(Y4, Y5); \
	BCAST (SI)(R10*1), Y10; \
	TIMES(Y6, Y7); \
	ADDQ R9, SI

// func multiply(o, k, v []T, row, col int)
TEXT MULTIPLY, NOSPLIT, $0-88
	MOVQ o_base+0(FP), DI
	MOVQ k_base+24(FP), DX
	MOVQ row+72(FP), R8
	IMULQ $ES, R8
	LEAQ (R8)(R8*2), R10
	MOVQ col+80(FP), R9
	IMULQ $ES, R9
	MOVQ $16, AX

rows:
	LOAD (DI), Y0
	LOAD 32(DI), Y1
	LOAD 64(DI), Y2
	LOAD 96(DI), Y3
	LOAD 128(DI), Y4
	LOAD 160(DI), Y5
	LOAD 192(DI), Y6
	LOAD 224(DI), Y7
	MOVQ v_base+48(FP), BX
	MOVQ DX, SI
	MOVQ $32, CX

column:
	COLUMN(0)
	COLUMN(64)
	ADDQ $128, BX
	DECQ CX
	JNZ  column
	LOAD Y0, (DI)
	LOAD Y1, 32(DI)
	LOAD Y2, 64(DI)
	LOAD Y3, 96(DI)
	LOAD Y4, 128(DI)
	LOAD Y5, 160(DI)
	LOAD Y6, 192(DI)
	LOAD Y7, 224(DI)
	ADDQ $256, DI
	LEAQ (DX)(R8*4), DX
	DECQ AX
	JNZ  rows
	VZEROUPPER
	RET

// BOTH takes a vector of a row of the factor, for the sum oj and the elements vj of its columns, and the row's sum.
#define BOTH(at, oj, vj, sum) \
	LOAD at(SI), Y11; \
	FMA Y11, Y8, oj; \
	FMA Y11, vj, sum

// func apply(p, oj, k, vi, vj []T)
TEXT APPLY, NOSPLIT, $0-120
	XORQ R13, R13

strip:
	MOVQ p_base+0(FP), DI
	MOVQ oj_base+24(FP), BX
	ADDQ R13, BX
	MOVQ k_base+48(FP), SI
	ADDQ R13, SI
	MOVQ vi_base+72(FP), R8
	MOVQ vj_base+96(FP), R9
	ADDQ R13, R9
	LOAD (BX), Y0
	LOAD 32(BX), Y1
	LOAD 64(BX), Y2
	LOAD 96(BX), Y3
	LOAD (R9), Y4
	LOAD 32(R9), Y5
	LOAD 64(R9), Y6
	LOAD 96(R9), Y7
	MOVQ $64, CX

row:
	BCAST (R8), Y8
	LOAD (DI), Y9
	LOAD 32(DI), Y10
	BOTH(0, Y0, Y4, Y9)
	BOTH(32, Y1, Y5, Y10)
	BOTH(64, Y2, Y6, Y9)
	BOTH(96, Y3, Y7, Y10)
	LOAD Y9, (DI)
	LOAD Y10, 32(DI)
	ADDQ $ES, R8
	ADDQ $64, DI
	ADDQ $ROWBYTES, SI
	DECQ CX
	JNZ  row
	LOAD Y0, (BX)
	LOAD Y1, 32(BX)
	LOAD Y2, 64(BX)
	LOAD Y3, 96(BX)
	ADDQ $128, R13
	CMPQ R13, $ROWBYTES
	JLT  strip
	VZEROUPPER
	RET

// func reduce(dst []float64, p []T)
TEXT REDUCE, NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ p_base+24(FP), SI
	VPXOR Y2, Y2, Y2
	TESTQ CX, CX
	JZ   done

row:
	LOAD (SI), Y0
	ADD  32(SI), Y0, Y0
	LOAD Y2, (SI)
	LOAD Y2, 32(SI)
	VEXTRACTF128 $1, Y0, X1
	ADD  X1, X0, X0
	ROWSUM
	VADDSD (DI), X0, X0
	VMOVSD X0, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  row

done:
	VZEROUPPER
	RET

// func accumulate(dst []float64, src []T)
TEXT ACCUMULATE, NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ src_len+32(FP), CX
	VPXOR Y2, Y2, Y2
	SHRQ $3, CX
	JZ   done

eight:
	WIDEN((SI), Y0)
	WIDEN((4*ES)(SI), Y1)
	VADDPD (DI), Y0, Y0
	VADDPD 32(DI), Y1, Y1
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	CLEAR8
	ADDQ $64, DI
	ADDQ $(8*ES), SI
	DECQ CX
	JNZ  eight

done:
	VZEROUPPER
	RET

// ELEMENTWISE is a whole function on two tiles.
#define ELEMENTWISE(OP) \
	MOVQ dst_base+0(FP), DI; \
	MOVQ src_base+24(FP), SI; \
	MOVQ $64, CX; \
row: \
	MOVQ $(ROWBYTES/128), AX; \
strip: \
	LOAD (DI), Y0; \
	LOAD 32(DI), Y1; \
	LOAD 64(DI), Y2; \
	LOAD 96(DI), Y3; \
	OP (SI), Y0, Y0; \
	OP 32(SI), Y1, Y1; \
	OP 64(SI), Y2, Y2; \
	OP 96(SI), Y3, Y3; \
	LOAD Y0, (DI); \
	LOAD Y1, 32(DI); \
	LOAD Y2, 64(DI); \
	LOAD Y3, 96(DI); \
	ADDQ $128, SI; \
	ADDQ $128, DI; \
	DECQ AX; \
	JNZ strip; \
	DECQ CX; \
	JNZ row; \
	VZEROUPPER; \
	RET

// func add(dst, src []T)
TEXT ADDTILE, NOSPLIT, $0-48
	ELEMENTWISE(ADD)

// func scale(dst, src []T)
TEXT SCALETILE, NOSPLIT, $0-48
	ELEMENTWISE(MUL)

// MOVED puts the moved features of a vector of points into t.
#define MOVED(at, t) \
	LOAD at(R10), t; \
	ADD Y8, t, t

#define SHIFTONE(at, t) \
	MOVED(at, t); \
	LOAD t, at(R11)

// EXPANDONE adds to the squared norms and multiplies by -2.
#define EXPANDONE(at, sum, t) \
	MOVED(at, t); \
	FMA t, t, sum; \
	MUL Y9, t, t; \
	LOAD t, at(R11)

// func shift(dst, src, by []T)
TEXT SHIFTTILE, NOSPLIT, $0-72
	MOVQ dst_base+0(FP), R11
	MOVQ src_base+24(FP), R10
	MOVQ by_base+48(FP), BX
	MOVQ by_len+56(FP), CX

feature:
	BCAST (BX), Y8
	MOVQ $(ROWBYTES/128), AX

strip:
	SHIFTONE(0, Y0)
	SHIFTONE(32, Y1)
	SHIFTONE(64, Y2)
	SHIFTONE(96, Y3)
	ADDQ $128, R10
	ADDQ $128, R11
	DECQ AX
	JNZ  strip
	ADDQ $ES, BX
	DECQ CX
	JNZ  feature
	VZEROUPPER
	RET

// func expand(dst, norms, src, by []T)
TEXT EXPAND, NOSPLIT, $0-96
	MOVQ dst_base+0(FP), DI
	MOVQ norms_base+24(FP), R8
	MOVQ src_base+48(FP), SI
	BCAST minusTwo<>(SB), Y9
	MOVQ $(ROWBYTES/128), AX

strip:
	MOVQ by_base+72(FP), BX
	MOVQ by_len+80(FP), CX
	MOVQ SI, R10
	MOVQ DI, R11
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7

feature:
	BCAST (BX), Y8
	EXPANDONE(0, Y4, Y0)
	EXPANDONE(32, Y5, Y1)
	EXPANDONE(64, Y6, Y2)
	EXPANDONE(96, Y7, Y3)
	ADDQ $ES, BX
	ADDQ $ROWBYTES, R10
	ADDQ $ROWBYTES, R11
	DECQ CX
	JNZ  feature
	LOAD Y4, (R8)
	LOAD Y5, 32(R8)
	LOAD Y6, 64(R8)
	LOAD Y7, 96(R8)
	ADDQ $128, R8
	ADDQ $128, SI
	ADDQ $128, DI
	DECQ AX
	JNZ  strip
	VZEROUPPER
	RET
