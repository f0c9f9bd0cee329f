// Contractions of a tile with features, with AVX2. tile_avx2_amd64.h is read before.

// ADDTOTAL adds the sum of the elements of Y0 to the float64 at DI.
#define ADDTOTAL \
	TODOUBLE; \
	VEXTRACTF128 $1, Y0, X1; \
	VADDPD X1, X0, X0; \
	VPERMILPD $1, X0, X1; \
	VADDSD X1, X0, X0; \
	VADDSD (DI), X0, X0; \
	VMOVSD X0, (DI)

// LEAN adds g (a - b)^2 for one vector.
#define LEAN(at, b, sum) \
	SUB b, Y8, Y9; \
	MUL at(SI), Y9, Y10; \
	FMA Y9, Y10, sum

// func contract(out []float64, g, a, b []T)
TEXT CONTRACT, NOSPLIT, $0-96
	MOVQ out_base+0(FP), DI
	MOVQ out_len+8(FP), CX
	MOVQ a_base+48(FP), R8
	MOVQ b_base+72(FP), R9

feature:
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	XORQ R13, R13

strip:
	LEAQ (R9)(R13*1), R10
	LOAD (R10), Y4
	LOAD 32(R10), Y5
	LOAD 64(R10), Y6
	LOAD 96(R10), Y7
	MOVQ g_base+24(FP), SI
	ADDQ R13, SI
	MOVQ R8, R11
	MOVQ $64, R10

row:
	BCAST (R11), Y8
	LEAN(0, Y4, Y0)
	LEAN(32, Y5, Y1)
	LEAN(64, Y6, Y2)
	LEAN(96, Y7, Y3)
	ADDQ $ES, R11
	ADDQ $ROWBYTES, SI
	DECQ R10
	JNZ  row
	ADDQ $128, R13
	CMPQ R13, $ROWBYTES
	JLT  strip
	ADD  Y1, Y0, Y0
	ADD  Y3, Y2, Y2
	ADD  Y2, Y0, Y0
	ADDTOTAL
	ADDQ $8, DI
	ADDQ $ROWBYTES, R8
	ADDQ $ROWBYTES, R9
	DECQ CX
	JNZ  feature
	VZEROUPPER
	RET

// func correlate(dst, a, g []T, d int)
TEXT CORRELATE, NOSPLIT, $0-80
	MOVQ g_base+48(FP), BX
	XORQ R13, R13

strip:
	MOVQ dst_base+0(FP), DI
	ADDQ R13, DI
	MOVQ a_base+24(FP), SI
	MOVQ d+72(FP), R10

features:
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
	MOVQ $64, CX

row:
	LOAD (R12), Y8
	LOAD 32(R12), Y9
	BCAST (R11), Y10
	TIMES(Y0, Y1)
	BCAST ROWBYTES(R11), Y10
	TIMES(Y2, Y3)
	BCAST (2*ROWBYTES)(R11), Y10
	TIMES(Y4, Y5)
	BCAST (3*ROWBYTES)(R11), Y10
	TIMES(Y6, Y7)
	ADDQ $ES, R11
	ADDQ $ROWBYTES, R12
	DECQ CX
	JNZ  row
	STORE8
	ADDQ $(4*ROWBYTES), SI
	SUBQ $4, R10
	JGT  features
	ADDQ $64, BX
	ADDQ $64, R13
	CMPQ R13, $ROWBYTES
	JLT  strip
	VZEROUPPER
	RET

// GATHER adds a a u + b (b v - 2 c) for one vector at AX; x and y are its own.
#define GATHER(at, x, y) \
	LOAD at(R8)(AX*1), x; \
	MUL at(R11)(AX*1), x, y; \
	FMA x, y, Y8; \
	LOAD at(R9)(AX*1), x; \
	MUL at(R12)(AX*1), x, y; \
	FMA at(SI)(AX*1), Y10, y; \
	FMA x, y, Y9

// func gather(out []float64, c, a, b, u, v []T)
TEXT GATHERTILE, NOSPLIT, $0-144
	MOVQ out_base+0(FP), DI
	MOVQ out_len+8(FP), CX
	MOVQ c_base+24(FP), SI
	MOVQ a_base+48(FP), R8
	MOVQ b_base+72(FP), R9
	MOVQ u_base+96(FP), R11
	MOVQ v_base+120(FP), R12
	BCAST minusTwo<>(SB), Y10

feature:
	VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9
	XORQ AX, AX

vector:
	GATHER(0, Y0, Y1)
	GATHER(32, Y2, Y3)
	GATHER(64, Y4, Y5)
	GATHER(96, Y6, Y7)
	ADDQ $128, AX
	CMPQ AX, $ROWBYTES
	JLT  vector
	ADD  Y8, Y9, Y0
	ADDTOTAL
	ADDQ $8, DI
	ADDQ $ROWBYTES, SI
	ADDQ $ROWBYTES, R8
	ADDQ $ROWBYTES, R9
	DECQ CX
	JNZ  feature
	VZEROUPPER
	RET
