// Bodies of the AVX-512 kernels around the densities, with the names and macros of avx512_amd64.h: rows of a panel are gathered, the
// best candidates kept, posteriors formed, and gradients added up.

// func gather(dst *T, dp int, from **T, n int, shift, scale *T, d int)
TEXT GATHER(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ dp+8(FP), R8
	MOVQ from+16(FP), R10
	MOVQ n+24(FP), DX
	MOVQ shift+32(FP), R11
	MOVQ scale+40(FP), R12
	MOVQ d+48(FP), BX
	IMULQ $ES, R8
	MOVQ BX, CX
	ANDQ $(64/ES-1), CX
	MOVQ $1, R13
	SHLQ CX, R13
	DECQ R13
	KMOVW R13, K1
	SUBQ CX, BX
	IMULQ $ES, BX

grow:
	MOVQ (R10), SI
	XORQ AX, AX

gbody:
	CMPQ AX, BX
	JGE  gtail
	MOVU (SI)(AX*1), Z0
	SUB  (R11)(AX*1), Z0, Z0
	MUL  (R12)(AX*1), Z0, Z0
	MOVU Z0, (DI)(AX*1)
	ADDQ $64, AX
	JMP  gbody

gtail:
	TESTQ CX, CX
	JZ    gnext
	MOVU.Z (SI)(AX*1), K1, Z0
	MOVU.Z (R11)(AX*1), K1, Z1
	MOVU.Z (R12)(AX*1), K1, Z2
	SUB  Z1, Z0, Z0
	MUL  Z2, Z0, Z0
	MOVU Z0, K1, (DI)(AX*1)

gnext:
	ADDQ R8, DI
	ADDQ $8, R10
	DECQ DX
	JNZ  grow
	VZEROUPPER
	RET

// HIGHER makes room in one entry of the leaders: what comes (V, I) goes where K says so, and the entry above (VA, IA)
// where the entry above gives way, KA.
#define HIGHER(K, KA, V, I, VA, IA) \
	MOVU     Z0, K, V   \
	MOVU     VA, KA, V  \
	VMOVDQU32 INEW, K, I \
	VMOVDQU32 IA, KA, I

// func lead(value *T, index *uint32, keep int, l *T, n int, base uint32)
// At most four entries for each lane, all in registers: Z4..Z7 the values, I4..I7 the indices.
TEXT LEAD(SB), NOSPLIT, $0-44
	MOVQ value+0(FP), DI
	MOVQ index+8(FP), R8
	MOVQ keep+16(FP), DX
	MOVQ l+24(FP), SI
	MOVQ n+32(FP), CX
	MOVL base+40(FP), BX
	VPBROADCASTD BX, INEW
	MOVL $1, BX
	VPBROADCASTD BX, IONE
	MOVU (DI), Z4
	VMOVDQU32 (R8), I4
	MOVU Z4, Z5
	MOVU Z4, Z6
	MOVU Z4, Z7
	VMOVDQU32 I4, I5
	VMOVDQU32 I4, I6
	VMOVDQU32 I4, I7
	CMPQ DX, $2
	JLT  lrow
	MOVU 64(DI), Z5
	VMOVDQU32 IBYTES(R8), I5
	CMPQ DX, $3
	JLT  lrow
	MOVU 128(DI), Z6
	VMOVDQU32 (2*IBYTES)(R8), I6
	CMPQ DX, $4
	JLT  lrow
	MOVU 192(DI), Z7
	VMOVDQU32 (3*IBYTES)(R8), I7

lrow:
	MOVU (SI), Z0
	CMPP $0x1E, Z4, Z0, K1
	CMPP $0x1E, Z5, Z0, K2
	CMPP $0x1E, Z6, Z0, K3
	CMPP $0x1E, Z7, Z0, K4
	HIGHER(K4, K3, Z7, I7, Z6, I6)
	HIGHER(K3, K2, Z6, I6, Z5, I5)
	HIGHER(K2, K1, Z5, I5, Z4, I4)
	MOVU Z0, K1, Z4
	VMOVDQU32 INEW, K1, I4
	VPADDD IONE, INEW, INEW
	ADDQ $64, SI
	DECQ CX
	JNZ  lrow

	MOVU Z4, (DI)
	VMOVDQU32 I4, (R8)
	CMPQ DX, $2
	JLT  ldone
	MOVU Z5, 64(DI)
	VMOVDQU32 I5, IBYTES(R8)
	CMPQ DX, $3
	JLT  ldone
	MOVU Z6, 128(DI)
	VMOVDQU32 I6, (2*IBYTES)(R8)
	CMPQ DX, $4
	JLT  ldone
	MOVU Z7, 192(DI)
	VMOVDQU32 I7, (3*IBYTES)(R8)

ldone:
	VZEROUPPER
	RET

// func shares(q, own *T, index *uint32, keep int, norm, eps *T) (others uint32)
TEXT SHARES(SB), NOSPLIT, $0-52
	MOVQ q+0(FP), DI
	MOVQ own+8(FP), R10
	MOVQ index+16(FP), R8
	MOVQ keep+24(FP), DX
	MOVQ norm+32(FP), R9
	MOVQ eps+40(FP), R11
	BCAST (R11), Z3
	MOVQ DI, SI
	MOVQ DX, CX
	ZERO(Z4)

hsum:
	ADD  (SI), Z4, Z4
	ADDQ $64, SI
	DECQ CX
	JNZ  hsum
	MOVU Z4, (R9)
	ZERO(Z5)
	ZERO(Z6)
	KXORW K2, K2, K2
	KXORW K3, K3, K3

hrow:
	MOVU (DI), Z0
	DIV  Z4, Z0, Z0
	CMPP $0x1E, Z3, Z0, K1
	MOVU.Z Z0, K1, Z0
	TESTQ R10, R10
	JZ   hstore
	VMOVDQU32 (R8), I4
	VPTESTNMD I4, I4, K1, K2
	MOVU Z0, K2, Z5
	SUB  Z0, Z6, K2, Z0

hstore:
	MOVU Z0, (DI)
	KANDNW K1, K2, K1
	KORW K1, K3, K3
	ADDQ $64, DI
	ADDQ $IBYTES, R8
	DECQ DX
	JNZ  hrow
	KMOVW K3, AX
	MOVL AX, others+48(FP)
	TESTQ R10, R10
	JZ   hdone
	MOVU Z5, (R10)

hdone:
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
	MOVU (R8), Z5
	MOVU 64(R8), Z6
	MOVU 128(R8), Z7
	MOVU 192(R8), Z8
	MOVU 256(R8), Z9
	MOVU (R12), Z10

gfeature:
	MOVU  (AX), Z0
	SUBB  (R11), Z0, Z1
	MULB  (1*ES)(R11), Z1, Z1
	FNMAB (2*ES)(R11), Z5, Z1
	FNMAB (3*ES)(R11), Z6, Z1
	FNMAB (4*ES)(R11), Z7, Z1
	FNMAB (5*ES)(R11), Z8, Z1
	FNMAB (6*ES)(R11), Z9, Z1
	MULB  (R9), Z1, Z1
	MOVU  (R10), Z2
	FMA   Z10, Z1, Z2
	MOVU  Z2, (R10)
	ADDQ  $(7*ES), R11
	ADDQ  $ES, R9
	ADDQ  $64, AX
	ADDQ  $64, R10
	DECQ  CX
	JNZ   gfeature
	VZEROUPPER
	RET
