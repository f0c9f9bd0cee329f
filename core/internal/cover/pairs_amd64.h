// Bodies of the kernels of matrices, with the macros that kernels_amd64.h asks for and
//
//	BITS             the lanes of V4 above zero, which V14 is, to the lowest bits of BX
//
// Rows are taken two at a time, and what is read of the next two is fetched meanwhile.

#define NEXTTWO \
	PREFETCHT0 (SI)(R9*1); \
	PREFETCHT0 (R8)(R9*1)

// func survey(sums, k []T, ld, ahead int, v, w, side, out, state []T)
TEXT SURVEY, NOSPLIT, $0-184
	MOVQ  sums_base+0(FP), DI
	MOVQ  sums_len+8(FP), DX
	MOVQ  k_base+24(FP), SI
	MOVQ  ld+48(FP), R8
	MOVQ  ahead+56(FP), R9
	MOVQ  v_base+64(FP), R10
	MOVQ  w_base+88(FP), R11
	MOVQ  side_base+112(FP), R12
	MOVQ  out_base+136(FP), R13
	MOVQ  state_base+160(FP), BX
	IMULQ $ES, R8
	ADDQ  SI, R8
	IMULQ $ES, R9
	IMULQ $ES, DX
	VXORPS X14, X14, X14
	VXORPS X0, X0, X0
	VXORPS X1, X1, X1
	VXORPS X2, X2, X2
	VXORPS X3, X3, X3
	LOAD (BX), V4
	LOAD (16*ES)(BX), V5
	LOAD (32*ES)(BX), V6
	BCAST (R12), V7
	BCAST ES(R12), V8
	XORQ CX, CX

surveystrip:
	NEXTTWO
	LOAD (SI)(CX*1), V9
	LOAD (R8)(CX*1), V10
	LOAD (DI)(CX*1), V11
	MINIMUM V9, V4, V4
	MAXIMUM V9, V5, V5
	FMA V9, V14, V6
	MINIMUM V10, V4, V4
	MAXIMUM V10, V5, V5
	FMA V10, V14, V6
	MAXIMUM V14, V9, V9
	MAXIMUM V14, V10, V10
	FMA (R11)(CX*1), V9, V0
	FMA (R11)(CX*1), V10, V1
	FMA (R10)(CX*1), V9, V2
	FMA (R10)(CX*1), V10, V3
	FMA V9, V7, V11
	FMA V10, V8, V11
	LOAD V11, (DI)(CX*1)
	ADDQ $VB, CX
	ADDQ $VB, R9
	CMPQ CX, DX
	JL   surveystrip
	LOAD V4, (BX)
	LOAD V5, (16*ES)(BX)
	LOAD V6, (32*ES)(BX)
	LOAD V1, V9
	REDUCE
	MOVS X0, (R13)
	LOAD V9, V0
	REDUCE
	MOVS X0, ES(R13)
	LOAD V2, V0
	REDUCE
	MOVS X0, (2*ES)(R13)
	LOAD V3, V0
	REDUCE
	MOVS X0, (3*ES)(R13)
	VZEROUPPER
	RET

// func mirror(sums, k []T, ld, ahead int, hi, w, side, out []T, sign T)
TEXT MIRROR, NOSPLIT, $0-MIRRORFRAME
	MOVQ  sums_base+0(FP), DI
	MOVQ  sums_len+8(FP), DX
	MOVQ  k_base+24(FP), SI
	MOVQ  ld+48(FP), R8
	MOVQ  ahead+56(FP), R9
	MOVQ  hi_base+64(FP), R10
	MOVQ  w_base+88(FP), R11
	MOVQ  side_base+112(FP), R12
	MOVQ  out_base+136(FP), R13
	BCAST sign+160(FP), V13
	IMULQ $ES, R8
	ADDQ  SI, R8
	IMULQ $ES, R9
	IMULQ $ES, DX
	VXORPS X14, X14, X14
	VXORPS X0, X0, X0
	VXORPS X1, X1, X1
	BCAST (R12), V2
	BCAST ES(R12), V3
	BCAST (2*ES)(R12), V4
	BCAST (3*ES)(R12), V5
	XORQ CX, CX

mirrorstrip:
	NEXTTWO
	LOAD (SI)(CX*1), V6
	LOAD (R8)(CX*1), V7
	LOAD (DI)(CX*1), V9
	LOAD (R10)(CX*1), V10
	LOAD (R11)(CX*1), V11
	LOAD V6, V8
	LOAD V7, V12
	FMA213 V10, V13, V8
	FMA213 V10, V13, V12
	FMA213 V2, V13, V6
	FMA213 V3, V13, V7
	MAXIMUM V14, V8, V8
	MAXIMUM V14, V12, V12
	MAXIMUM V14, V6, V6
	MAXIMUM V14, V7, V7
	FMA V8, V11, V0
	FMA V12, V11, V1
	FMA V6, V4, V9
	FMA V7, V5, V9
	LOAD V9, (DI)(CX*1)
	ADDQ $VB, CX
	ADDQ $VB, R9
	CMPQ CX, DX
	JL   mirrorstrip
	LOAD V1, V9
	REDUCE
	MOVS X0, (R13)
	LOAD V9, V0
	REDUCE
	MOVS X0, ES(R13)
	VZEROUPPER
	RET

// func under(mask []uint64, k, hi []T, step int, sign T)
TEXT UNDER, NOSPLIT, $0-UNDERFRAME
	MOVQ  mask_base+0(FP), DI
	MOVQ  mask_len+8(FP), DX
	MOVQ  k_base+24(FP), SI
	MOVQ  hi_base+48(FP), R10
	MOVQ  step+72(FP), R8
	IMULQ $VB, R8
	BCAST sign+80(FP), V13
	VXORPS X14, X14, X14

underword:
	MOVQ $(64*ES/VB), CX
	XORQ AX, AX

undervector:
	PREFETCHT0 2048(SI)
	LOAD (SI), V4
	FMA213 (R10), V13, V4
	BITS
	SHRQ $(VB/ES), AX
	SHLQ $(64-VB/ES), BX
	ORQ  BX, AX
	ADDQ $VB, SI
	ADDQ R8, R10
	DECQ CX
	JNZ  undervector
	MOVQ AX, (DI)
	ADDQ $8, DI
	DECQ DX
	JNZ  underword
	VZEROUPPER
	RET
