//go:build amd64 && !noasm

#include "textflag.h"

// TWO multiplies a quad of a row, at P, by those of two groups.
#define TWO(P, A, B) \
	VPBROADCASTD P, Z18     \
	VPDPBUSD Z18, Z16, A    \
	VPDPBUSD Z18, Z17, B

// KEYS turns the sums A, B of a row into keys and offers them to the best at AT(DI).
#define KEYS(AT, A, B) \
	VPSLLD X28, A, A                  \
	VPSLLD X28, B, B                  \
	VPTERNLOGD $0xEA, Z30, Z29, A     \
	VPTERNLOGD $0xEA, Z31, Z29, B     \
	VMOVDQU32 AT(DI), Z20             \
	VMOVDQU32 (AT+64)(DI), Z21        \
	VPMINSD Z20, A, Z22               \
	VPMAXSD Z20, A, Z20               \
	VPMAXSD Z22, Z21, Z21             \
	VPMINSD Z20, B, Z22               \
	VPMAXSD Z20, B, Z20               \
	VPMAXSD Z22, Z21, Z21             \
	VMOVDQU32 Z20, AT(DI)             \
	VMOVDQU32 Z21, (AT+64)(DI)

// func offerVNNI(keys *int32, rows *int8, tiles, quads int, codes *uint8, bias *int32, pairs, up int, keep int32)
// Two groups at a time stay in the first-level cache while all rows pass, eight at a time.
TEXT ·offerVNNI(SB), NOSPLIT, $0-68
	MOVQ codes+32(FP), R10
	MOVQ bias+40(FP), R11
	MOVQ pairs+48(FP), R12
	VMOVQ up+56(FP), X28
	MOVL keep+64(FP), AX
	VPBROADCASTD AX, Z29
	VMOVDQU32 ·lanes(SB), Z30
	MOVL $16, AX
	VPBROADCASTD AX, Z27
	VPADDD Z27, Z30, Z31
	VPADDD Z27, Z27, Z27
	MOVQ quads+24(FP), DX
	SHLQ $2, DX           // bytes of a row
	LEAQ (DX)(DX*2), CX

pair:
	MOVQ keys+0(FP), DI
	MOVQ rows+8(FP), AX
	MOVQ tiles+16(FP), R8

tile:
	LEAQ (AX)(DX*4), BX
	VMOVDQU32 (R11), Z0
	VMOVDQU32 64(R11), Z1
	VMOVDQA32 Z0, Z2
	VMOVDQA32 Z1, Z3
	VMOVDQA32 Z0, Z4
	VMOVDQA32 Z1, Z5
	VMOVDQA32 Z0, Z6
	VMOVDQA32 Z1, Z7
	VMOVDQA32 Z0, Z8
	VMOVDQA32 Z1, Z9
	VMOVDQA32 Z0, Z10
	VMOVDQA32 Z1, Z11
	VMOVDQA32 Z0, Z12
	VMOVDQA32 Z1, Z13
	VMOVDQA32 Z0, Z14
	VMOVDQA32 Z1, Z15
	MOVQ R10, R13
	MOVQ quads+24(FP), R9

quad:
	VMOVDQU32 (R13), Z16
	VMOVDQU32 64(R13), Z17
	TWO((AX), Z0, Z1)
	TWO((AX)(DX*1), Z2, Z3)
	TWO((AX)(DX*2), Z4, Z5)
	TWO((AX)(CX*1), Z6, Z7)
	TWO((BX), Z8, Z9)
	TWO((BX)(DX*1), Z10, Z11)
	TWO((BX)(DX*2), Z12, Z13)
	TWO((BX)(CX*1), Z14, Z15)
	ADDQ $4, AX
	ADDQ $4, BX
	ADDQ $128, R13
	DECQ R9
	JNZ  quad

	KEYS(0, Z0, Z1)
	KEYS(128, Z2, Z3)
	KEYS(256, Z4, Z5)
	KEYS(384, Z6, Z7)
	KEYS(512, Z8, Z9)
	KEYS(640, Z10, Z11)
	KEYS(768, Z12, Z13)
	KEYS(896, Z14, Z15)
	ADDQ $1024, DI
	SUBQ DX, AX
	LEAQ (AX)(DX*8), AX
	DECQ R8
	JNZ  tile

	VPADDD Z27, Z30, Z30
	VPADDD Z27, Z31, Z31
	MOVQ R13, R10
	ADDQ $128, R11
	DECQ R12
	JNZ  pair
	VZEROUPPER
	RET

// ONE multiplies a quad of a row, at P, by those of a group in Y8, Y9. Points have seven bits, so that the sum of two products
// fits in sixteen.
#define ONE(P, A, B) \
	VPBROADCASTD P, Y10        \
	VPMADDUBSW Y10, Y8, Y11    \
	VPMADDUBSW Y10, Y9, Y12    \
	VPMADDWD Y15, Y11, Y11     \
	VPMADDWD Y15, Y12, Y12     \
	VPADDD Y11, A, A           \
	VPADDD Y12, B, B

// HALF turns half the sums of a row into keys and offers them to the best at AT(DI).
#define HALF(AT, A, POINTS) \
	VPSLLD X13, A, A           \
	VPAND Y9, A, A             \
	VPOR POINTS, A, A          \
	VMOVDQU AT(DI), Y10        \
	VPMINSD Y10, A, Y11        \
	VPMAXSD Y10, A, Y10        \
	VMOVDQU Y10, AT(DI)        \
	VPMAXSD (AT+64)(DI), Y11, Y11 \
	VMOVDQU Y11, (AT+64)(DI)

// func offerAVX2(keys *int32, rows *int8, tiles, quads int, codes *uint8, bias *int32, pairs, up int, keep int32)
// One group and four rows at a time.
TEXT ·offerAVX2(SB), NOSPLIT, $0-68
	MOVQ codes+32(FP), R10
	MOVQ bias+40(FP), R11
	MOVQ pairs+48(FP), R12
	SHLQ $1, R12
	VMOVQ up+56(FP), X13
	VMOVDQU ·lanes(SB), Y14
	MOVL $0x00010001, AX
	VMOVD AX, X15
	VPBROADCASTD X15, Y15
	MOVQ quads+24(FP), DX
	SHLQ $2, DX
	LEAQ (DX)(DX*2), CX

group:
	MOVQ keys+0(FP), DI
	MOVQ rows+8(FP), AX
	MOVQ tiles+16(FP), R8
	SHLQ $1, R8

four:
	VMOVDQU (R11), Y0
	VMOVDQU 32(R11), Y1
	VMOVDQA Y0, Y2
	VMOVDQA Y1, Y3
	VMOVDQA Y0, Y4
	VMOVDQA Y1, Y5
	VMOVDQA Y0, Y6
	VMOVDQA Y1, Y7
	MOVQ R10, R13
	MOVQ quads+24(FP), R9

aquad:
	VMOVDQU (R13), Y8
	VMOVDQU 32(R13), Y9
	ONE((AX), Y0, Y1)
	ONE((AX)(DX*1), Y2, Y3)
	ONE((AX)(DX*2), Y4, Y5)
	ONE((AX)(CX*1), Y6, Y7)
	ADDQ $4, AX
	ADDQ $128, R13
	DECQ R9
	JNZ  aquad

	MOVL keep+64(FP), R13
	VMOVD R13, X9
	VPBROADCASTD X9, Y9
	HALF(0, Y0, Y14)
	HALF(128, Y2, Y14)
	HALF(256, Y4, Y14)
	HALF(384, Y6, Y14)
	MOVL $8, R13
	VMOVD R13, X8
	VPBROADCASTD X8, Y8
	VPADDD Y8, Y14, Y8
	HALF(32, Y1, Y8)
	HALF(160, Y3, Y8)
	HALF(288, Y5, Y8)
	HALF(416, Y7, Y8)
	ADDQ $512, DI
	ADDQ CX, AX
	DECQ R8
	JNZ  four

	MOVL $16, AX
	VMOVD AX, X8
	VPBROADCASTD X8, Y8
	VPADDD Y8, Y14, Y14
	ADDQ $64, R11
	ADDQ $64, R10 // the other group of the pair
	TESTQ $1, R12
	JZ   next
	MOVQ quads+24(FP), R9
	SHLQ $7, R9
	LEAQ -128(R10)(R9*1), R10

next:
	DECQ R12
	JNZ  group
	VZEROUPPER
	RET

// SORT exchanges lanes of A that SHUFFLE pairs, so that those of mask M get the larger of two, and lanes of B so that they get
// the smaller.
#define SORT(SHUFFLE, M) \
	MOVL $M, BX                \
	KMOVW BX, K1               \
	SHUFFLE(Z0, Z2)            \
	SHUFFLE(Z1, Z3)            \
	VPMINSD Z2, Z0, Z4         \
	VPMAXSD Z3, Z1, Z5         \
	VPMAXSD Z2, Z0, K1, Z4     \
	VPMINSD Z3, Z1, K1, Z5     \
	VMOVDQA32 Z4, Z0           \
	VMOVDQA32 Z5, Z1

// MERGE is SORT of A alone.
#define MERGE(SHUFFLE, M) \
	MOVL $M, BX                \
	KMOVW BX, K1               \
	SHUFFLE(Z0, Z2)            \
	VPMINSD Z2, Z0, Z4         \
	VPMAXSD Z2, Z0, K1, Z4     \
	VMOVDQA32 Z4, Z0

#define BY1(A, B) VPSHUFD $0xB1, A, B
#define BY2(A, B) VPSHUFD $0x4E, A, B
#define BY4(A, B) VSHUFI32X4 $0xB1, A, A, B
#define BY8(A, B) VSHUFI32X4 $0x4E, A, A, B

// func bestAVX512(near *uint32, keys *int32, n int, point int32)
// The first keys fall and the second rise after a bitonic sort, so that the larger of each pair are the best, a bitonic sequence.
TEXT ·bestAVX512(SB), NOSPLIT, $0-28
	MOVQ near+0(FP), DI
	MOVQ keys+8(FP), SI
	MOVQ n+16(FP), CX
	MOVL point+24(FP), BX
	VPBROADCASTD BX, Z6

row:
	VMOVDQU32 (SI), Z0
	VMOVDQU32 64(SI), Z1
	SORT(BY1, 0x9999)
	SORT(BY2, 0xC3C3)
	SORT(BY1, 0xA5A5)
	SORT(BY4, 0xF00F)
	SORT(BY2, 0xCC33)
	SORT(BY1, 0xAA55)
	SORT(BY8, 0x00FF)
	SORT(BY4, 0x0F0F)
	SORT(BY2, 0x3333)
	SORT(BY1, 0x5555)
	VPMAXSD Z1, Z0, Z0
	MERGE(BY8, 0x00FF)
	MERGE(BY4, 0x0F0F)
	MERGE(BY2, 0x3333)
	MERGE(BY1, 0x5555)
	VPANDD Z6, Z0, Z0
	VMOVDQU32 Z0, (DI)
	ADDQ $128, SI
	ADDQ $64, DI
	DECQ CX
	JNZ  row
	VZEROUPPER
	RET

DATA ·lanes+0(SB)/4, $0
DATA ·lanes+4(SB)/4, $1
DATA ·lanes+8(SB)/4, $2
DATA ·lanes+12(SB)/4, $3
DATA ·lanes+16(SB)/4, $4
DATA ·lanes+20(SB)/4, $5
DATA ·lanes+24(SB)/4, $6
DATA ·lanes+28(SB)/4, $7
DATA ·lanes+32(SB)/4, $8
DATA ·lanes+36(SB)/4, $9
DATA ·lanes+40(SB)/4, $10
DATA ·lanes+44(SB)/4, $11
DATA ·lanes+48(SB)/4, $12
DATA ·lanes+52(SB)/4, $13
DATA ·lanes+56(SB)/4, $14
DATA ·lanes+60(SB)/4, $15
GLOBL ·lanes(SB), RODATA|NOPTR, $64
