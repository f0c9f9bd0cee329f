// Bodies of the AVX2 kernels, shared by both precisions. The including file defines ES (bytes per element), the
// instruction names and the function names. Two YMM registers hold one feature of a panel.

#define ZERO(Y) VPXOR Y, Y, Y

// LOADING adds feature t (Y0, Y1) times the loading at P to the sums A, B.
#define LOADING(P, A, B) \
	BCAST P, Y2          \
	FMA   Y2, Y0, A      \
	FMA   Y2, Y1, B

// DIFFERENCE puts t = x - mu into Y0, Y1 and advances x (R13); QUADRATIC adds p t^2 to Y4, Y5.
#define DIFFERENCE \
	BCAST (R11), Y2     \
	MOVU  (R13), Y0     \
	MOVU  32(R13), Y1   \
	SUB   Y2, Y0, Y0    \
	SUB   Y2, Y1, Y1    \
	ADDQ  $64, R13

#define QUADRATIC \
	BCAST ES(R11), Y2   \
	MUL   Y2, Y0, Y3    \
	FMA   Y3, Y0, Y4    \
	MUL   Y2, Y1, Y3    \
	FMA   Y3, Y1, Y5

// func evaluate(l, x *T, d, groups int, params *T, stride int, c0 *T, ids *uint32, n int, v *T)
TEXT EVALUATE(SB), NOSPLIT, $0-80
	MOVQ l+0(FP), R10
	MOVQ x+8(FP), AX
	MOVQ params+32(FP), SI
	MOVQ stride+40(FP), R8
	MOVQ c0+48(FP), R9
	MOVQ ids+56(FP), DI
	MOVQ n+64(FP), CX

component:
	MOVL  (DI), R11
	BCAST (R9)(R11*ES), Y2
	MOVU  Y2, (R10)
	MOVU  Y2, 32(R10)
	IMULQ R8, R11
	ADDQ  SI, R11
	MOVQ  groups+24(FP), DX

group:
	ZERO(Y4)
	ZERO(Y5)
	ZERO(Y6)
	ZERO(Y7)
	ZERO(Y8)
	ZERO(Y9)
	ZERO(Y10)
	ZERO(Y11)
	ZERO(Y12)
	ZERO(Y13)
	ZERO(Y14)
	ZERO(Y15)
	MOVQ AX, R13
	MOVQ d+16(FP), BX

feature:
	DIFFERENCE
	QUADRATIC
	LOADING((2*ES)(R11), Y6, Y7)
	LOADING((3*ES)(R11), Y8, Y9)
	LOADING((4*ES)(R11), Y10, Y11)
	LOADING((5*ES)(R11), Y12, Y13)
	LOADING((6*ES)(R11), Y14, Y15)
	ADDQ $(7*ES), R11
	DECQ BX
	JNZ  feature

	MOVQ v+72(FP), BX
	TESTQ BX, BX
	JZ   square
	MOVU Y6, 0(BX)
	MOVU Y7, 32(BX)
	MOVU Y8, 64(BX)
	MOVU Y9, 96(BX)
	MOVU Y10, 128(BX)
	MOVU Y11, 160(BX)
	MOVU Y12, 192(BX)
	MOVU Y13, 224(BX)
	MOVU Y14, 256(BX)
	MOVU Y15, 288(BX)
	ADDQ $320, BX
	MOVQ BX, v+72(FP)

square:
	FNMA Y6, Y6, Y4
	FNMA Y7, Y7, Y5
	FNMA Y8, Y8, Y4
	FNMA Y9, Y9, Y5
	FNMA Y10, Y10, Y4
	FNMA Y11, Y11, Y5
	FNMA Y12, Y12, Y4
	FNMA Y13, Y13, Y5
	FNMA Y14, Y14, Y4
	FNMA Y15, Y15, Y5
	MOVQ $HALFBITS, BX
	VMOVQ BX, X2
	VPBROADCASTQ X2, Y2
	MOVU (R10), Y0
	MOVU 32(R10), Y1
	FNMA Y2, Y4, Y0
	FNMA Y2, Y5, Y1
	MOVU Y0, (R10)
	MOVU Y1, 32(R10)
	DECQ DX
	JNZ  group
	MOVQ $0, v+72(FP)
	ADDQ $64, R10
	ADDQ $4, DI
	DECQ CX
	JNZ  component
	VZEROUPPER
	RET

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
	MOVQ $HALFBITS, BX
	VMOVQ BX, X8
	VPBROADCASTQ X8, Y8

scomponent:
	MOVL  (DI), R11
	BCAST (R9)(R11*ES), Y6
	VMOVAPS Y6, Y7
	IMULQ R8, R11
	ADDQ  SI, R11
	ZERO(Y4)
	ZERO(Y5)
	MOVQ  AX, R13
	MOVQ  d+16(FP), BX

sfeature:
	DIFFERENCE
	QUADRATIC
	ADDQ $(2*ES), R11
	DECQ BX
	JNZ  sfeature

	FNMA Y8, Y4, Y6
	FNMA Y8, Y5, Y7
	MOVU Y6, (R10)
	MOVU Y7, 32(R10)
	ADDQ $64, R10
	ADDQ $4, DI
	DECQ CX
	JNZ  scomponent
	VZEROUPPER
	RET

// func project(v, x *T, d, groups int, component *T)
TEXT PROJECT(SB), NOSPLIT, $0-40
	MOVQ v+0(FP), R10
	MOVQ x+8(FP), AX
	MOVQ groups+24(FP), DX
	MOVQ component+32(FP), R11

pgroup:
	ZERO(Y6)
	ZERO(Y7)
	ZERO(Y8)
	ZERO(Y9)
	ZERO(Y10)
	ZERO(Y11)
	ZERO(Y12)
	ZERO(Y13)
	ZERO(Y14)
	ZERO(Y15)
	MOVQ AX, R13
	MOVQ d+16(FP), BX

pfeature:
	DIFFERENCE
	LOADING((2*ES)(R11), Y6, Y7)
	LOADING((3*ES)(R11), Y8, Y9)
	LOADING((4*ES)(R11), Y10, Y11)
	LOADING((5*ES)(R11), Y12, Y13)
	LOADING((6*ES)(R11), Y14, Y15)
	ADDQ $(7*ES), R11
	DECQ BX
	JNZ  pfeature

	MOVU Y6, (R10)
	MOVU Y7, 32(R10)
	MOVU Y8, 64(R10)
	MOVU Y9, 96(R10)
	MOVU Y10, 128(R10)
	MOVU Y11, 160(R10)
	MOVU Y12, 192(R10)
	MOVU Y13, 224(R10)
	MOVU Y14, 256(R10)
	MOVU Y15, 288(R10)
	ADDQ $320, R10
	DECQ DX
	JNZ  pgroup
	VZEROUPPER
	RET

// func accumulate(acc, rows *T, n, dp int, mu, coef *T)
// Lanes are features here: one YMM register of features at a time, all rows for each.
TEXT ACCUMULATE(SB), NOSPLIT, $0-48
	MOVQ acc+0(FP), R10
	MOVQ rows+8(FP), SI
	MOVQ dp+24(FP), R8
	MOVQ mu+32(FP), R9
	MOVQ R8, DX
	IMULQ $ES, R8

chunk:
	MOVU (R9), Y0
	MOVQ R10, R11
	MOVU (R11), Y4
	ADDQ R8, R11
	MOVU (R11), Y5
	ADDQ R8, R11
	MOVU (R11), Y6
	ADDQ R8, R11
	MOVU (R11), Y7
	ADDQ R8, R11
	MOVU (R11), Y8
	ADDQ R8, R11
	MOVU (R11), Y9
	ADDQ R8, R11
	MOVU (R11), Y10
	MOVQ SI, AX
	MOVQ coef+40(FP), DI
	MOVQ n+16(FP), CX

row:
	MOVU  (AX), Y1
	BCAST (DI), Y2
	BCAST 64(DI), Y11
	BCAST 128(DI), Y12
	BCAST 192(DI), Y13
	BCAST 256(DI), Y14
	BCAST 320(DI), Y15
	SUB   Y0, Y1, Y1
	MUL   Y2, Y1, Y2
	ADD   Y2, Y5, Y5
	FMA   Y2, Y1, Y4
	FMA   Y11, Y1, Y6
	FMA   Y12, Y1, Y7
	FMA   Y13, Y1, Y8
	FMA   Y14, Y1, Y9
	FMA   Y15, Y1, Y10
	ADDQ  R8, AX
	ADDQ  $ES, DI
	DECQ  CX
	JNZ   row

	MOVQ R10, R11
	MOVU Y4, (R11)
	ADDQ R8, R11
	MOVU Y5, (R11)
	ADDQ R8, R11
	MOVU Y6, (R11)
	ADDQ R8, R11
	MOVU Y7, (R11)
	ADDQ R8, R11
	MOVU Y8, (R11)
	ADDQ R8, R11
	MOVU Y9, (R11)
	ADDQ R8, R11
	MOVU Y10, (R11)
	ADDQ $32, R10
	ADDQ $32, SI
	ADDQ $32, R9
	SUBQ $(32/ES), DX
	JNZ  chunk
	VZEROUPPER
	RET

// func standardize(dst, x, shift, scale *T, n int)
TEXT STANDARDIZE(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ shift+16(FP), R8
	MOVQ scale+24(FP), R9
	MOVQ n+32(FP), CX
	XORQ AX, AX
	SUBQ $(32/ES), CX
	JLT  ztail

zbody:
	MOVU (SI)(AX*1), Y0
	SUB  (R8)(AX*1), Y0, Y0
	MUL  (R9)(AX*1), Y0, Y0
	MOVU Y0, (DI)(AX*1)
	ADDQ $32, AX
	SUBQ $(32/ES), CX
	JGE  zbody

ztail:
	ADDQ $(32/ES), CX
	JZ   zdone

zone:
	MOVS1 (SI)(AX*1), X0
	SUBS1 (R8)(AX*1), X0, X0
	MULS1 (R9)(AX*1), X0, X0
	MOVS1 X0, (DI)(AX*1)
	ADDQ  $ES, AX
	DECQ  CX
	JNZ   zone

zdone:
	VZEROUPPER
	RET

// func gather(dst *T, dp int, from **T, n int, shift, scale *T, d int)
TEXT GATHER(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ dp+8(FP), R10
	MOVQ from+16(FP), R11
	MOVQ n+24(FP), DX
	MOVQ shift+32(FP), R8
	MOVQ scale+40(FP), R9
	MOVQ d+48(FP), BX
	IMULQ $ES, R10

grow:
	MOVQ (R11), SI
	MOVQ BX, CX
	XORQ AX, AX
	SUBQ $(32/ES), CX
	JLT  gtail

gbody:
	MOVU (SI)(AX*1), Y0
	SUB  (R8)(AX*1), Y0, Y0
	MUL  (R9)(AX*1), Y0, Y0
	MOVU Y0, (DI)(AX*1)
	ADDQ $32, AX
	SUBQ $(32/ES), CX
	JGE  gbody

gtail:
	ADDQ $(32/ES), CX
	JZ   gnext

gone:
	MOVS1 (SI)(AX*1), X0
	SUBS1 (R8)(AX*1), X0, X0
	MULS1 (R9)(AX*1), X0, X0
	MOVS1 X0, (DI)(AX*1)
	ADDQ  $ES, AX
	DECQ  CX
	JNZ   gone

gnext:
	ADDQ R10, DI
	ADDQ $8, R11
	DECQ DX
	JNZ  grow
	VZEROUPPER
	RET

// func weigh(coef, v, a *T, groups int)
TEXT WEIGH(SB), NOSPLIT, $0-32
	MOVQ coef+0(FP), DI
	MOVQ v+8(FP), SI
	MOVQ a+16(FP), AX
	MOVQ groups+24(FP), DX
	MOVU (AX), Y0
	MOVU 32(AX), Y1

wgroup:
	MOVU Y0, (DI)
	MOVU Y1, 32(DI)
	MOVQ $5, CX

wrow:
	ADDQ $64, DI
	MUL  (SI), Y0, Y2
	MUL  32(SI), Y1, Y3
	MOVU Y2, (DI)
	MOVU Y3, 32(DI)
	ADDQ $64, SI
	DECQ CX
	JNZ  wrow
	ADDQ $64, DI
	DECQ DX
	JNZ  wgroup
	VZEROUPPER
	RET

// func nextAbove(l *T, from, n int, threshold *T) (i int, mask uint32)
TEXT NEXTABOVE(SB), NOSPLIT, $0-44
	MOVQ l+0(FP), SI
	MOVQ from+8(FP), CX
	MOVQ n+16(FP), DX
	MOVQ threshold+24(FP), DI
	MOVU (DI), Y2
	MOVU 32(DI), Y3
	MOVQ CX, AX
	SHLQ $6, AX
	ADDQ AX, SI

scan:
	CMPQ CX, DX
	JGE  none
	MOVU (SI), Y0
	MOVU 32(SI), Y1
	CMPP $0x1E, Y2, Y0, Y0
	CMPP $0x1E, Y3, Y1, Y1
	VPOR Y0, Y1, Y4
	MASK Y4, AX
	TESTL AX, AX
	JNZ  found
	INCQ CX
	ADDQ $64, SI
	JMP  scan

found:
	MASK Y0, AX
	MASK Y1, BX
	SHLL $(32/ES), BX
	ORL  BX, AX
	MOVQ CX, i+32(FP)
	MOVL AX, mask+40(FP)
	VZEROUPPER
	RET

none:
	MOVQ DX, i+32(FP)
	MOVL $0, mask+40(FP)
	VZEROUPPER
	RET

// func addGradient(sum, x *T, d int, component, v, unit, q *T)
TEXT ADDGRADIENT(SB), NOSPLIT, $0-56
	MOVQ sum+0(FP), R10
	MOVQ x+8(FP), AX
	MOVQ d+16(FP), CX
	MOVQ component+24(FP), R11
	MOVQ v+32(FP), R8
	MOVQ unit+40(FP), R9
	MOVQ q+48(FP), R12

gfeature:
	BCAST (R11), Y2
	MOVU  (AX), Y0
	MOVU  32(AX), Y1
	SUB   Y2, Y0, Y0
	SUB   Y2, Y1, Y1
	BCAST (1*ES)(R11), Y2
	MUL   Y2, Y0, Y0
	MUL   Y2, Y1, Y1
	BCAST (2*ES)(R11), Y2
	BCAST (3*ES)(R11), Y3
	BCAST (4*ES)(R11), Y4
	BCAST (5*ES)(R11), Y5
	BCAST (6*ES)(R11), Y6
	FNMA  (R8), Y2, Y0
	FNMA  32(R8), Y2, Y1
	FNMA  64(R8), Y3, Y0
	FNMA  96(R8), Y3, Y1
	FNMA  128(R8), Y4, Y0
	FNMA  160(R8), Y4, Y1
	FNMA  192(R8), Y5, Y0
	FNMA  224(R8), Y5, Y1
	FNMA  256(R8), Y6, Y0
	FNMA  288(R8), Y6, Y1
	BCAST (R9), Y2
	MUL   Y2, Y0, Y0
	MUL   Y2, Y1, Y1
	MOVU  (R10), Y2
	MOVU  32(R10), Y3
	FMA   (R12), Y0, Y2
	FMA   32(R12), Y1, Y3
	MOVU  Y2, (R10)
	MOVU  Y3, 32(R10)
	ADDQ  $(7*ES), R11
	ADDQ  $ES, R9
	ADDQ  $64, AX
	ADDQ  $64, R10
	DECQ  CX
	JNZ   gfeature
	VZEROUPPER
	RET
