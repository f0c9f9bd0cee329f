// Bodies of the AVX-512 densities of components with more than Width factors, with the names and macros of avx512_amd64.h.

// Two blocks of a component go side by side, so that t and its square are formed once: of block 0 at P and the next at N.
#define LOADINGS(P, V1, V2, V3, V4, V5) \
	FMAB (2*ES)(P), Z1, V1       \
	FMAB (3*ES)(P), Z1, V2       \
	FMAB (4*ES)(P), Z1, V3       \
	FMAB (5*ES)(P), Z1, V4       \
	FMAB (6*ES)(P), Z1, V5       \
	ADDQ $(7*ES), P

#define KEEP(V1, V2, V3, V4, V5) \
	MOVU V1, (BX)            \
	MOVU V2, 64(BX)          \
	MOVU V3, 128(BX)         \
	MOVU V4, 192(BX)         \
	MOVU V5, 256(BX)         \
	ADDQ $320, BX

// func evaluateWide(l, x *T, d, groups int, params *T, stride int, c0 *T, ids *uint32, n int, v *T)
// As evaluate, for two groups or more, one component at a time.
TEXT EVALUATEWIDE(SB), NOSPLIT, $0-80
	MOVQ l+0(FP), R10
	MOVQ x+8(FP), AX
	MOVQ ids+56(FP), DI
	MOVQ n+64(FP), CX
	MOVQ d+16(FP), R8
	IMULQ $(7*ES), R8 // bytes of a block
	HALF_TO_Z20

wcomponent:
	MOVL  (DI), R11
	MOVQ  c0+48(FP), R9
	BCAST (R9)(R11*ES), Z16
	IMULQ stride+40(FP), R11
	ADDQ  params+32(FP), R11
	MOVQ  groups+24(FP), DX
	ZERO(Z4)
	ZERO(Z17)

wpair:
	LEAQ (R11)(R8*1), R12
	CMPQ DX, $1
	JEQ  wsingle
	ZERO(Z5)
	ZERO(Z6)
	ZERO(Z7)
	ZERO(Z8)
	ZERO(Z9)
	ZERO(Z11)
	ZERO(Z12)
	ZERO(Z13)
	ZERO(Z14)
	ZERO(Z15)
	MOVQ AX, R13
	MOVQ d+16(FP), BX
	CMPQ DX, groups+24(FP)
	JNE  wlater

wfirst:
	MOVU (R13), Z0
	SUBB (R11), Z0, Z1
	MULB (1*ES)(R11), Z1, Z2
	FMA  Z2, Z1, Z4
	LOADINGS(R11, Z5, Z6, Z7, Z8, Z9)
	LOADINGS(R12, Z11, Z12, Z13, Z14, Z15)
	ADDQ $64, R13
	DECQ BX
	JNZ  wfirst
	JMP  wsquares

wlater:
	MOVU (R13), Z0
	SUBB (R11), Z0, Z1
	LOADINGS(R11, Z5, Z6, Z7, Z8, Z9)
	LOADINGS(R12, Z11, Z12, Z13, Z14, Z15)
	ADDQ $64, R13
	DECQ BX
	JNZ  wlater

wsquares:
	MOVQ R12, R11
	MOVQ v+72(FP), BX
	TESTQ BX, BX
	JZ   wsquare
	KEEP(Z5, Z6, Z7, Z8, Z9)
	KEEP(Z11, Z12, Z13, Z14, Z15)
	MOVQ BX, v+72(FP)

wsquare:
	FNMA Z5, Z5, Z4
	FMA  Z11, Z11, Z17
	FNMA Z6, Z6, Z4
	FMA  Z12, Z12, Z17
	FNMA Z7, Z7, Z4
	FMA  Z13, Z13, Z17
	FNMA Z8, Z8, Z4
	FMA  Z14, Z14, Z17
	FNMA Z9, Z9, Z4
	FMA  Z15, Z15, Z17
	SUBQ $2, DX
	JNZ  wpair
	JMP  wsum

wsingle:
	ZERO(Z5)
	ZERO(Z6)
	ZERO(Z7)
	ZERO(Z8)
	ZERO(Z9)
	MOVQ AX, R13
	MOVQ d+16(FP), BX

wlast:
	MOVU (R13), Z0
	SUBB (R11), Z0, Z1
	LOADINGS(R11, Z5, Z6, Z7, Z8, Z9)
	ADDQ $64, R13
	DECQ BX
	JNZ  wlast

	MOVQ v+72(FP), BX
	TESTQ BX, BX
	JZ   wodd
	KEEP(Z5, Z6, Z7, Z8, Z9)

wodd:
	FNMA Z5, Z5, Z4
	FNMA Z6, Z6, Z4
	FNMA Z7, Z7, Z4
	FNMA Z8, Z8, Z4
	FNMA Z9, Z9, Z4

wsum:
	MOVQ $0, v+72(FP)
	SUB  Z17, Z4, Z4
	FNMA Z20, Z4, Z16
	MOVU Z16, (R10)
	ADDQ $64, R10
	ADDQ $4, DI
	DECQ CX
	JNZ  wcomponent
	VZEROUPPER
	RET
