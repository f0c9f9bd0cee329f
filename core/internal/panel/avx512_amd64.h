// Bodies of the AVX-512 kernels, shared by both precisions. The including file defines ES (bytes per element), the
// instruction names and the function names. One ZMM register holds one feature of a panel.

// STEP advances one component by one feature: x in Z0, parameters at P, t in T, u in U, quad in Q, v in V1..V5.
#define STEP(P, T, U, Q, V1, V2, V3, V4, V5) \
	SUBB (P), Z0, T              \
	MULB (1*ES)(P), T, U         \
	FMA  U, T, Q                 \
	FMAB (2*ES)(P), T, V1        \
	FMAB (3*ES)(P), T, V2        \
	FMAB (4*ES)(P), T, V3        \
	FMAB (5*ES)(P), T, V4        \
	FMAB (6*ES)(P), T, V5        \
	ADDQ $(7*ES), P

#define ZERO(Z) VPXORQ Z, Z, Z

#define HALF_TO_Z20 \
	MOVQ $HALFBITS, R13     \
	VPBROADCASTQ R13, Z20

// func evaluate(l, x *T, d, groups int, params *T, stride int, c0 *T, ids *uint32, n int, v *T)
// Two components at a time, so that twelve independent sums hide the latency of FMA. The next two are fetched meanwhile: what
// the first-level cache has room for, after which processors see where reading goes.
TEXT EVALUATE(SB), NOSPLIT, $0-80
	MOVQ l+0(FP), R10
	MOVQ x+8(FP), AX
	MOVQ params+32(FP), SI
	MOVQ stride+40(FP), R8
	MOVQ c0+48(FP), R9
	MOVQ ids+56(FP), DI
	MOVQ n+64(FP), CX
	HALF_TO_Z20

pair:
	MOVL (DI), R11
	MOVL R11, R12
	CMPQ CX, $1
	JEQ  load
	MOVL 4(DI), R12

load:
	BCAST (R9)(R11*ES), Z16
	BCAST (R9)(R12*ES), Z17
	IMULQ R8, R11
	IMULQ R8, R12
	ADDQ  SI, R11
	ADDQ  SI, R12
	CMPQ  CX, $4
	JLT   ahead
	MOVL  8(DI), R13
	MOVL  12(DI), BX
	IMULQ R8, R13
	IMULQ R8, BX
	ADDQ  SI, R13
	ADDQ  SI, BX
	MOVQ  $2048, DX
	CMPQ  R8, DX
	CMOVQLT R8, DX

soon:
	PREFETCHT0 (R13)
	PREFETCHT0 (BX)
	ADDQ $64, R13
	ADDQ $64, BX
	SUBQ $64, DX
	JG   soon

ahead:
	MOVQ  groups+24(FP), DX

group:
	ZERO(Z4)
	ZERO(Z5)
	ZERO(Z6)
	ZERO(Z7)
	ZERO(Z8)
	ZERO(Z9)
	ZERO(Z10)
	ZERO(Z11)
	ZERO(Z12)
	ZERO(Z13)
	ZERO(Z14)
	ZERO(Z15)
	MOVQ AX, R13
	MOVQ d+16(FP), BX

feature:
	MOVU (R13), Z0
	STEP(R11, Z1, Z2, Z4, Z5, Z6, Z7, Z8, Z9)
	STEP(R12, Z3, Z18, Z10, Z11, Z12, Z13, Z14, Z15)
	ADDQ $64, R13
	DECQ BX
	JNZ  feature

	MOVQ v+72(FP), R13
	TESTQ R13, R13
	JZ   square
	MOVU Z5, (R13)
	MOVU Z6, 64(R13)
	MOVU Z7, 128(R13)
	MOVU Z8, 192(R13)
	MOVU Z9, 256(R13)
	ADDQ $320, R13
	MOVQ R13, v+72(FP)

square:
	FNMA Z5, Z5, Z4
	FNMA Z11, Z11, Z10
	FNMA Z6, Z6, Z4
	FNMA Z12, Z12, Z10
	FNMA Z7, Z7, Z4
	FNMA Z13, Z13, Z10
	FNMA Z8, Z8, Z4
	FNMA Z14, Z14, Z10
	FNMA Z9, Z9, Z4
	FNMA Z15, Z15, Z10
	FNMA Z20, Z4, Z16
	FNMA Z20, Z10, Z17
	DECQ DX
	JNZ  group

	MOVQ $0, v+72(FP)
	MOVU Z16, (R10)
	CMPQ CX, $1
	JEQ  done
	MOVU Z17, 64(R10)
	ADDQ $128, R10
	ADDQ $8, DI
	SUBQ $2, CX
	JNZ  pair

done:
	VZEROUPPER
	RET

#define SHORT(P, T, U, Q) \
	SUBB (P), Z0, T        \
	MULB ES(P), T, U       \
	FMA  U, T, Q           \
	ADDQ $(2*ES), P

// func evaluateShort(l, x *T, d int, params *T, stride int, c0 *T, ids *uint32, n int)
// Components without factors.
TEXT EVALUATESHORT(SB), NOSPLIT, $0-64
	MOVQ l+0(FP), R10
	MOVQ x+8(FP), AX
	MOVQ params+24(FP), SI
	MOVQ stride+32(FP), R8
	MOVQ c0+40(FP), R9
	MOVQ ids+48(FP), DI
	MOVQ n+56(FP), CX
	HALF_TO_Z20

sfour: // four at a time, so that a panel beyond the first-level cache is read half as often
	CMPQ  CX, $4
	JLT   spair
	MOVL  (DI), R11
	MOVL  4(DI), R12
	MOVL  8(DI), DX
	MOVL  12(DI), BX
	BCAST (R9)(R11*ES), Z16
	BCAST (R9)(R12*ES), Z17
	BCAST (R9)(DX*ES), Z21
	BCAST (R9)(BX*ES), Z22
	IMULQ R8, R11
	IMULQ R8, R12
	IMULQ R8, DX
	IMULQ R8, BX
	ADDQ  SI, R11
	ADDQ  SI, R12
	ADDQ  SI, DX
	ADDQ  SI, BX
	ZERO(Z4)
	ZERO(Z10)
	ZERO(Z11)
	ZERO(Z12)
	MOVQ  AX, R13
	MOVQ  d+16(FP), R14

squad:
	MOVU (R13), Z0
	SHORT(R11, Z1, Z2, Z4)
	SHORT(R12, Z3, Z18, Z10)
	SHORT(DX, Z5, Z6, Z11)
	SHORT(BX, Z7, Z8, Z12)
	ADDQ $64, R13
	DECQ R14
	JNZ  squad

	FNMA Z20, Z4, Z16
	FNMA Z20, Z10, Z17
	FNMA Z20, Z11, Z21
	FNMA Z20, Z12, Z22
	MOVU Z16, (R10)
	MOVU Z17, 64(R10)
	MOVU Z21, 128(R10)
	MOVU Z22, 192(R10)
	ADDQ $256, R10
	ADDQ $16, DI
	SUBQ $4, CX
	JNZ  sfour
	JMP  sdone

spair:
	MOVL (DI), R11
	MOVL R11, R12
	CMPQ CX, $1
	JEQ  sload
	MOVL 4(DI), R12

sload:
	BCAST (R9)(R11*ES), Z16
	BCAST (R9)(R12*ES), Z17
	IMULQ R8, R11
	IMULQ R8, R12
	ADDQ  SI, R11
	ADDQ  SI, R12
	ZERO(Z4)
	ZERO(Z10)
	MOVQ  AX, R13
	MOVQ  d+16(FP), BX

sfeature:
	MOVU (R13), Z0
	SHORT(R11, Z1, Z2, Z4)
	SHORT(R12, Z3, Z18, Z10)
	ADDQ $64, R13
	DECQ BX
	JNZ  sfeature

	FNMA Z20, Z4, Z16
	FNMA Z20, Z10, Z17
	MOVU Z16, (R10)
	CMPQ CX, $1
	JEQ  sdone
	MOVU Z17, 64(R10)
	ADDQ $128, R10
	ADDQ $8, DI
	SUBQ $2, CX
	JNZ  spair

sdone:
	VZEROUPPER
	RET

// func project(v, x *T, d, groups int, component *T)
TEXT PROJECT(SB), NOSPLIT, $0-40
	MOVQ v+0(FP), R10
	MOVQ x+8(FP), AX
	MOVQ groups+24(FP), DX
	MOVQ component+32(FP), R11

pgroup:
	ZERO(Z5)
	ZERO(Z6)
	ZERO(Z7)
	ZERO(Z8)
	ZERO(Z9)
	MOVQ AX, R13
	MOVQ d+16(FP), BX

pfeature:
	MOVU (R13), Z0
	SUBB (R11), Z0, Z1
	FMAB (2*ES)(R11), Z1, Z5
	FMAB (3*ES)(R11), Z1, Z6
	FMAB (4*ES)(R11), Z1, Z7
	FMAB (5*ES)(R11), Z1, Z8
	FMAB (6*ES)(R11), Z1, Z9
	ADDQ $(7*ES), R11
	ADDQ $64, R13
	DECQ BX
	JNZ  pfeature

	MOVU Z5, (R10)
	MOVU Z6, 64(R10)
	MOVU Z7, 128(R10)
	MOVU Z8, 192(R10)
	MOVU Z9, 256(R10)
	ADDQ $320, R10
	DECQ DX
	JNZ  pgroup
	VZEROUPPER
	RET

// func accumulate(acc, rows *T, n, dp int, mu, coef *T)
// Lanes are features here: one cache line of features at a time, all rows for each.
TEXT ACCUMULATE(SB), NOSPLIT, $0-48
	MOVQ acc+0(FP), R10
	MOVQ rows+8(FP), SI
	MOVQ dp+24(FP), R8
	MOVQ mu+32(FP), R9
	MOVQ R8, DX
	IMULQ $ES, R8

chunk:
	MOVU (R9), Z0
	MOVQ R10, R11
	MOVU (R11), Z4
	ADDQ R8, R11
	MOVU (R11), Z5
	ADDQ R8, R11
	MOVU (R11), Z6
	ADDQ R8, R11
	MOVU (R11), Z7
	ADDQ R8, R11
	MOVU (R11), Z8
	ADDQ R8, R11
	MOVU (R11), Z9
	ADDQ R8, R11
	MOVU (R11), Z10
	MOVQ SI, AX
	MOVQ coef+40(FP), DI
	MOVQ n+16(FP), CX

row:
	MOVU (AX), Z1
	SUB  Z0, Z1, Z1
	MULB (DI), Z1, Z2
	ADD  Z2, Z5, Z5
	FMA  Z2, Z1, Z4
	FMAB 64(DI), Z1, Z6
	FMAB 128(DI), Z1, Z7
	FMAB 192(DI), Z1, Z8
	FMAB 256(DI), Z1, Z9
	FMAB 320(DI), Z1, Z10
	ADDQ R8, AX
	ADDQ $ES, DI
	DECQ CX
	JNZ  row

	MOVQ R10, R11
	MOVU Z4, (R11)
	ADDQ R8, R11
	MOVU Z5, (R11)
	ADDQ R8, R11
	MOVU Z6, (R11)
	ADDQ R8, R11
	MOVU Z7, (R11)
	ADDQ R8, R11
	MOVU Z8, (R11)
	ADDQ R8, R11
	MOVU Z9, (R11)
	ADDQ R8, R11
	MOVU Z10, (R11)
	ADDQ $64, R10
	ADDQ $64, SI
	ADDQ $64, R9
	SUBQ $(64/ES), DX
	JNZ  chunk
	VZEROUPPER
	RET
