// Contractions of a tile with features, with AVX-512. tile_avx512_amd64.h is read before.

// ADDTOTAL adds the sum of the elements of Z0 to the float64 at DI.
#define ADDTOTAL \
	TODOUBLE; \
	VEXTRACTF64X4 $1, Z0, Y1; \
	VADDPD Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VADDPD X1, X0, X0; \
	VPERMILPD $1, X0, X1; \
	VADDSD X1, X0, X0; \
	VADDSD (DI), X0, X0; \
	VMOVSD X0, (DI)

// LEAN adds g (a - b)^2 for one vector.
#define LEAN(at, b, sum, t, u) \
	SUB b, Z8, t; \
	MUL at(SI), t, u; \
	FMA t, u, sum

// func contract(out []float64, g, a, b []T)
TEXT CONTRACT, NOSPLIT, $0-96
	MOVQ out_base+0(FP), DI
	MOVQ out_len+8(FP), CX
	MOVQ a_base+48(FP), R8
	MOVQ b_base+72(FP), R9

feature:
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	XORQ R13, R13

strip:
	LEAQ (R9)(R13*1), R10
	FETCH4(R10, Z4, Z5, Z6, Z7)
	MOVQ g_base+24(FP), SI
	ADDQ R13, SI
	MOVQ R8, R11
	MOVQ $64, R10

row:
	BCAST (R11), Z8
	LEAN(0, Z4, Z0, Z16, Z20)
	LEAN(64, Z5, Z1, Z17, Z21)
	LEAN(128, Z6, Z2, Z18, Z22)
	LEAN(192, Z7, Z3, Z19, Z23)
	ADDQ $ES, R11
	ADDQ $ROWBYTES, SI
	DECQ R10
	JNZ  row
	ADDQ $256, R13
	CMPQ R13, $ROWBYTES
	JLT  strip
	ADD  Z1, Z0, Z0
	ADD  Z3, Z2, Z2
	ADD  Z2, Z0, Z0
	ADDTOTAL
	ADDQ $8, DI
	ADDQ $ROWBYTES, R8
	ADDQ $ROWBYTES, R9
	DECQ CX
	JNZ  feature
	VZEROUPPER
	RET

// SPREADROWS4 broadcasts the same element of four rows.
#define SPREADROWS4(p) \
	BCAST (p), Z16; \
	BCAST ROWBYTES(p), Z17; \
	BCAST (2*ROWBYTES)(p), Z18; \
	BCAST (3*ROWBYTES)(p), Z19

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
	FOUR(NOUGHT)
	MOVQ SI, R11
	MOVQ BX, R12
	MOVQ $64, CX

row:
	FETCH4(R12, Z20, Z21, Z22, Z23)
	SPREADROWS4(R11)
	FOUR(TIMES)
	ADDQ $ES, R11
	ADDQ $ROWBYTES, R12
	DECQ CX
	JNZ  row
	STORE16
	ADDQ $(4*ROWBYTES), SI
	SUBQ $4, R10
	JGT  features
	ADDQ $256, BX
	ADDQ $256, R13
	CMPQ R13, $ROWBYTES
	JLT  strip
	VZEROUPPER
	RET

// GATHER adds a a u + b (b v - 2 c) for one vector; x and y are its own.
#define GATHER(at, x, y) \
	LOAD at(R8), x; \
	MUL at(R11), x, y; \
	FMA x, y, Z24; \
	LOAD at(R9), x; \
	MUL at(R12), x, y; \
	FMA at(SI), Z26, y; \
	FMA x, y, Z25

// func gather(out []float64, c, a, b, u, v []T)
TEXT GATHERTILE, NOSPLIT, $0-144
	MOVQ out_base+0(FP), DI
	MOVQ out_len+8(FP), CX
	MOVQ c_base+24(FP), SI
	MOVQ a_base+48(FP), R8
	MOVQ b_base+72(FP), R9
	MOVQ u_base+96(FP), R11
	MOVQ v_base+120(FP), R12
	BCAST minusTwo<>(SB), Z26

feature:
	VPXORQ Z24, Z24, Z24
	VPXORQ Z25, Z25, Z25
	WHOLE(GATHER)
	ADD  Z24, Z25, Z0
	ADDTOTAL
	ADDQ $8, DI
	ADDQ $ROWBYTES, SI
	ADDQ $ROWBYTES, R8
	ADDQ $ROWBYTES, R9
	DECQ CX
	JNZ  feature
	VZEROUPPER
	RET
