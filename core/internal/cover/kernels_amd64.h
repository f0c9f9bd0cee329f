// Bodies of the kernels, shared by both element types and both widths of vectors. The including file defines
//
//	ES               bytes of an element
//	VB               bytes of a vector
//	V0 ... V15       the vector registers
//	LOAD BCAST ADD SUB FMA FMA213 MAXIMUM MINIMUM MOVS
//	REDUCE           V0 to the sum of its elements, in X0; LEASTOF and MOSTOF to the least and the largest
//	AHEAD            fetches what ROW will read at SI + CX some lines later
//	ROOTCONSTANTS    what ROOTS needs besides
//	ROOTS            V0 ... V3 to their square roots, with V4 ... V13 and AX to spare; V14 is zero
//
// and the names of the functions. A strip is 256 bytes.

// func columns(acc, k []T, ld, rows int, hi, span, w []T, sign T)
TEXT COLUMNS, NOSPLIT, $0-COLUMNSFRAME
	MOVQ  acc_base+0(FP), DI
	MOVQ  acc_len+8(FP), DX
	MOVQ  k_base+24(FP), SI
	MOVQ  ld+48(FP), R8
	IMULQ $ES, R8
	BCAST sign+136(FP), V13
	VXORPS X14, X14, X14
	IMULQ $ES, DX

vectors4:
	MOVQ SI, R9
	MOVQ rows+56(FP), CX
	MOVQ hi_base+64(FP), R10
	MOVQ span_base+88(FP), R11
	MOVQ w_base+112(FP), R12
	LOAD (DI), V0
	LOAD VB(DI), V1
	LOAD (2*VB)(DI), V2
	LOAD (3*VB)(DI), V3

client:
	BCAST (R10), V8
	BCAST (R11), V9
	BCAST (R12), V10
	LOAD (R9), V4
	LOAD VB(R9), V5
	LOAD (2*VB)(R9), V6
	LOAD (3*VB)(R9), V7
	FMA213 V8, V13, V4
	FMA213 V8, V13, V5
	FMA213 V8, V13, V6
	FMA213 V8, V13, V7
	MAXIMUM V14, V4, V4
	MAXIMUM V14, V5, V5
	MAXIMUM V14, V6, V6
	MAXIMUM V14, V7, V7
	MINIMUM V9, V4, V4
	MINIMUM V9, V5, V5
	MINIMUM V9, V6, V6
	MINIMUM V9, V7, V7
	FMA V4, V10, V0
	FMA V5, V10, V1
	FMA V6, V10, V2
	FMA V7, V10, V3
	ADDQ R8, R9
	ADDQ $ES, R10
	ADDQ $ES, R11
	ADDQ $ES, R12
	DECQ CX
	JNZ  client
	LOAD V0, (DI)
	LOAD V1, VB(DI)
	LOAD V2, (2*VB)(DI)
	LOAD V3, (3*VB)(DI)
	ADDQ $(4*VB), DI
	ADDQ $(4*VB), SI
	SUBQ $(4*VB), DX
	JNZ  vectors4
	VZEROUPPER
	RET

// func row(k, hi, span, w []T, sign T) T
TEXT ROW, NOSPLIT, $0-ROWFRAME
	MOVQ  k_base+0(FP), SI
	MOVQ  k_len+8(FP), DX
	MOVQ  hi_base+24(FP), R10
	MOVQ  span_base+48(FP), R11
	MOVQ  w_base+72(FP), R12
	BCAST sign+96(FP), V13
	VXORPS X14, X14, X14
	VXORPS X0, X0, X0
	VXORPS X1, X1, X1
	VXORPS X2, X2, X2
	VXORPS X3, X3, X3
	IMULQ $ES, DX
	XORQ  CX, CX
	CMPQ  DX, $0
	JE    rowend

rowstrip:
	AHEAD
	LOAD (SI)(CX*1), V4
	LOAD VB(SI)(CX*1), V5
	LOAD (2*VB)(SI)(CX*1), V6
	LOAD (3*VB)(SI)(CX*1), V7
	FMA213 (R10)(CX*1), V13, V4
	FMA213 VB(R10)(CX*1), V13, V5
	FMA213 (2*VB)(R10)(CX*1), V13, V6
	FMA213 (3*VB)(R10)(CX*1), V13, V7
	MAXIMUM V14, V4, V4
	MAXIMUM V14, V5, V5
	MAXIMUM V14, V6, V6
	MAXIMUM V14, V7, V7
	MINIMUM (R11)(CX*1), V4, V4
	MINIMUM VB(R11)(CX*1), V5, V5
	MINIMUM (2*VB)(R11)(CX*1), V6, V6
	MINIMUM (3*VB)(R11)(CX*1), V7, V7
	FMA (R12)(CX*1), V4, V0
	FMA VB(R12)(CX*1), V5, V1
	FMA (2*VB)(R12)(CX*1), V6, V2
	FMA (3*VB)(R12)(CX*1), V7, V3
	ADDQ $(4*VB), CX
	CMPQ CX, DX
	JL   rowstrip

rowend:
	ADD V1, V0, V0
	ADD V3, V2, V2
	ADD V2, V0, V0
	REDUCE
	MOVS X0, ret+ROWRET(FP)
	VZEROUPPER
	RET

// func across(acc, k, hi, w []T, sign T)
TEXT ACROSS, NOSPLIT, $0-ACROSSFRAME
	BCAST sign+96(FP), V13
	VXORPS X14, X14, X14
	MOVQ acc_base+0(FP), DI
	MOVQ k_base+24(FP), SI
	MOVQ $64, DX

acrossrow:
	MOVQ hi_base+48(FP), R10
	MOVQ w_base+72(FP), R9
	MOVQ $(64*ES/(4*VB)), CX
	VXORPS X0, X0, X0
	VXORPS X1, X1, X1
	VXORPS X2, X2, X2
	VXORPS X3, X3, X3

acrossstrip:
	LOAD (SI), V4
	LOAD VB(SI), V5
	LOAD (2*VB)(SI), V6
	LOAD (3*VB)(SI), V7
	FMA213 (R10), V13, V4
	FMA213 VB(R10), V13, V5
	FMA213 (2*VB)(R10), V13, V6
	FMA213 (3*VB)(R10), V13, V7
	MAXIMUM V14, V4, V4
	MAXIMUM V14, V5, V5
	MAXIMUM V14, V6, V6
	MAXIMUM V14, V7, V7
	FMA (R9), V4, V0
	FMA VB(R9), V5, V1
	FMA (2*VB)(R9), V6, V2
	FMA (3*VB)(R9), V7, V3
	ADDQ $(4*VB), R9
	ADDQ $(4*VB), R10
	ADDQ $(4*VB), SI
	DECQ CX
	JNZ  acrossstrip
	ADD V1, V0, V0
	ADD V3, V2, V2
	ADD V2, V0, V0
	REDUCE
	MOVS X0, (DI)
	ADDQ $ES, DI
	DECQ DX
	JNZ  acrossrow
	VZEROUPPER
	RET

// func near(dst, point, panel []T, d int)
TEXT NEAR, NOSPLIT, $0-80
	MOVQ dst_base+0(FP), DI
	MOVQ panel_base+48(FP), R9
	MOVQ $(64*ES/(4*VB)), DX

nearstrip:
	MOVQ R9, SI
	MOVQ point_base+24(FP), R8
	MOVQ d+72(FP), CX
	VXORPS X0, X0, X0
	VXORPS X1, X1, X1
	VXORPS X2, X2, X2
	VXORPS X3, X3, X3
	TESTQ CX, CX
	JZ   nearend

nearfeature:
	BCAST (R8), V8
	SUB (SI), V8, V4
	SUB VB(SI), V8, V5
	SUB (2*VB)(SI), V8, V6
	SUB (3*VB)(SI), V8, V7
	FMA V4, V4, V0
	FMA V5, V5, V1
	FMA V6, V6, V2
	FMA V7, V7, V3
	ADDQ $ES, R8
	ADDQ $(64*ES), SI
	DECQ CX
	JNZ  nearfeature

nearend:
	LOAD V0, (DI)
	LOAD V1, VB(DI)
	LOAD V2, (2*VB)(DI)
	LOAD V3, (3*VB)(DI)
	ADDQ $(4*VB), DI
	ADDQ $(4*VB), R9
	DECQ DX
	JNZ  nearstrip
	VZEROUPPER
	RET

// func root(k []T)
TEXT ROOT, NOSPLIT, $0-24
	MOVQ k_base+0(FP), DI
	MOVQ k_len+8(FP), CX
	IMULQ $ES, CX
	ADDQ DI, CX
	VXORPS X14, X14, X14
	ROOTCONSTANTS
	CMPQ DI, CX
	JGE  rootend

rootstrip:
	MAXIMUM (DI), V14, V0
	MAXIMUM VB(DI), V14, V1
	MAXIMUM (2*VB)(DI), V14, V2
	MAXIMUM (3*VB)(DI), V14, V3
	ROOTS
	LOAD V0, (DI)
	LOAD V1, VB(DI)
	LOAD V2, (2*VB)(DI)
	LOAD V3, (3*VB)(DI)
	ADDQ $(4*VB), DI
	CMPQ DI, CX
	JL   rootstrip

rootend:
	VZEROUPPER
	RET

// func extent(k []T) (least, most, nought T)
TEXT EXTENT, NOSPLIT, $0-EXTENTFRAME
	MOVQ k_base+0(FP), DI
	MOVQ k_len+8(FP), CX
	IMULQ $ES, CX
	ADDQ DI, CX
	VXORPS X14, X14, X14
	LOAD V14, V8
	LOAD V14, V9
	LOAD (DI), V0
	LOAD (DI), V1
	LOAD (DI), V2
	LOAD (DI), V3

extentstrip:
	LOAD (DI), V4
	LOAD VB(DI), V5
	LOAD (2*VB)(DI), V6
	LOAD (3*VB)(DI), V7
	MINIMUM V4, V0, V0
	MAXIMUM V4, V1, V1
	FMA V4, V14, V8
	MINIMUM V5, V2, V2
	MAXIMUM V5, V3, V3
	FMA V5, V14, V9
	MINIMUM V6, V0, V0
	MAXIMUM V6, V1, V1
	FMA V6, V14, V8
	MINIMUM V7, V2, V2
	MAXIMUM V7, V3, V3
	FMA V7, V14, V9
	ADDQ $(4*VB), DI
	CMPQ DI, CX
	JL   extentstrip
	MAXIMUM V3, V1, V1
	MINIMUM V2, V0, V0
	ADD V9, V8, V8
	LOAD V1, V10
	LEASTOF
	MOVS X0, least+24(FP)
	LOAD V10, V0
	MOSTOF
	MOVS X0, most+(24+ES)(FP)
	LOAD V8, V0
	REDUCE
	MOVS X0, nought+(24+2*ES)(FP)
	VZEROUPPER
	RET
