//go:build amd64 && !noasm

#include "textflag.h"

// MASK sets K1 to the first n of 8 elements; it uses AX and CX.
#define MASK(n) \
	MOVQ n, CX; \
	MOVQ $1, AX; \
	SHLQ CX, AX; \
	DECQ AX; \
	KMOVW AX, K1

// ROW leaves the products of a row with the weights in p.
#define ROW(p) \
	VMOVUPS.Z (SI), K1, Z0; \
	VCVTPS2PD Y0, Z0; \
	VMULPD Z31, Z0, p; \
	ADDQ R13, SI

// FOLD adds neighbors of a and b, and leaves the sums side by side in d.
#define FOLD(a, b, d) \
	VUNPCKLPD b, a, Z0; \
	VUNPCKHPD b, a, Z1; \
	VADDPD Z1, Z0, d

#define QUARTERS(low, high, a, b, d) \
	VSHUFF64X2 low, b, a, Z0; \
	VSHUFF64X2 high, b, a, Z1; \
	VADDPD Z1, Z0, d

// func fewMixAVX512(pi, ratio *float64, e *float32, classes int, weight, q, sums *float64, rows int, least float64)
//
// Eight rows at a time, Z8 to Z15; Z28 and Z29 are the sums over rows.
TEXT ·fewMixAVX512(SB), NOSPLIT, $0-72
	MOVQ pi+0(FP), DI
	MOVQ ratio+8(FP), R10
	MOVQ e+16(FP), SI
	MOVQ classes+24(FP), R13
	MASK(R13)
	SHLQ $2, R13
	MOVQ weight+32(FP), AX
	VMOVUPD (AX), Z31
	MOVQ q+40(FP), R9
	MOVQ sums+48(FP), BX
	VMOVUPD (BX), Z29
	VPXORQ Z28, Z28, Z28
	MOVQ rows+56(FP), DX
	VBROADCASTSD least+64(FP), Z30

eight:
	ROW(Z8)
	ROW(Z9)
	ROW(Z10)
	ROW(Z11)
	ROW(Z12)
	ROW(Z13)
	ROW(Z14)
	ROW(Z15)
	FOLD(Z8, Z9, Z16)
	FOLD(Z10, Z11, Z17)
	FOLD(Z12, Z13, Z18)
	FOLD(Z14, Z15, Z19)
	QUARTERS($0x44, $0xEE, Z16, Z17, Z20)
	QUARTERS($0x44, $0xEE, Z18, Z19, Z21)
	QUARTERS($0x88, $0xDD, Z20, Z21, Z0)
	VMAXPD Z0, Z30, Z0
	VMOVUPD Z0, (DI)
	VMOVUPD (R9), Z1
	VDIVPD Z0, Z1, Z1
	VMOVUPD Z1, (R10)
	VFMADD231PD.BCST (R10), Z8, Z28
	VFMADD231PD.BCST 8(R10), Z9, Z29
	VFMADD231PD.BCST 16(R10), Z10, Z28
	VFMADD231PD.BCST 24(R10), Z11, Z29
	VFMADD231PD.BCST 32(R10), Z12, Z28
	VFMADD231PD.BCST 40(R10), Z13, Z29
	VFMADD231PD.BCST 48(R10), Z14, Z28
	VFMADD231PD.BCST 56(R10), Z15, Z29
	ADDQ $64, DI
	ADDQ $64, R9
	ADDQ $64, R10
	SUBQ $8, DX
	JGT  eight
	VADDPD Z28, Z29, Z29
	VMOVUPD Z29, (BX)
	VZEROUPPER
	RET

// func fewWeightsAVX512(w, e *float32, classes int, ratio, weight, share *float64, rows int, nothing float64)
TEXT ·fewWeightsAVX512(SB), NOSPLIT, $0-64
	MOVQ w+0(FP), DI
	MOVQ e+8(FP), SI
	MOVQ classes+16(FP), R13
	MASK(R13)
	SHLQ $2, R13
	MOVQ ratio+24(FP), R10
	MOVQ weight+32(FP), AX
	VMOVUPD (AX), Z31
	MOVQ share+40(FP), AX
	VMOVUPD (AX), Z30
	MOVQ rows+48(FP), DX
	VBROADCASTSD nothing+56(FP), Z28
	MOVQ $0x7FFFFFFFFFFFFFFF, AX
	VPBROADCASTQ AX, Z29

row:
	VBROADCASTSD (R10), Z0
	VSUBPD Z30, Z0, Z0
	VMULPD Z31, Z0, Z0
	VMOVUPS.Z (SI), K1, Z1
	VCVTPS2PD Y1, Z1
	VMULPD Z1, Z0, Z0
	VPANDQ Z29, Z0, Z2
	VCMPPD $5, Z28, Z2, K3
	VCVTPD2PS.Z Z0, K3, Y0
	VMOVUPS Y0, (DI)
	ADDQ $8, R10
	ADDQ R13, SI
	ADDQ $32, DI
	DECQ DX
	JNZ  row
	VZEROUPPER
	RET
