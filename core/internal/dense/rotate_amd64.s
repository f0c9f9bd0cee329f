//go:build amd64 && !noasm

#include "textflag.h"

// ROTATE leaves c*x + s*y in u and c*y - s*x in v, for the loaded x and y and the numbers in every lane of c and s.
#define ROTATE(x, y, c, s, u, v) \
	VMULPD y, s, u; \
	VMULPD y, c, v; \
	VFMADD231PD x, c, u; \
	VFNMADD231PD x, s, v

// CHAIN is a whole function, for four vectors of size bytes: a to d carry the row above from one rotation to the next.
#define CHAIN(size, a, b, c, d, p, q, r, t, cosine, sine, u, v, w, x, loop, done) \
	MOVQ z_base+0(FP), DI; \
	MOVQ ld+24(FP), DX; \
	MOVQ cs_base+32(FP), SI; \
	MOVQ cs_len+40(FP), CX; \
	SHRQ $1, CX; \
	SHLQ $3, DX; \
	MOVQ DX, AX; \
	IMULQ CX, AX; \
	ADDQ AX, DI; \
	VMOVUPD (DI), a; \
	VMOVUPD size(DI), b; \
	VMOVUPD (2*size)(DI), c; \
	VMOVUPD (3*size)(DI), d; \
	TESTQ CX, CX; \
	JZ done; \
loop: \
	MOVQ DI, R8; \
	SUBQ DX, DI; \
	VBROADCASTSD (SI), cosine; \
	VBROADCASTSD 8(SI), sine; \
	VMOVUPD (DI), p; \
	VMOVUPD size(DI), q; \
	VMOVUPD (2*size)(DI), r; \
	VMOVUPD (3*size)(DI), t; \
	VMULPD p, sine, u; \
	VMULPD q, sine, v; \
	VMULPD r, sine, w; \
	VMULPD t, sine, x; \
	VFMADD231PD a, cosine, u; \
	VFMADD231PD b, cosine, v; \
	VFMADD231PD c, cosine, w; \
	VFMADD231PD d, cosine, x; \
	VMULPD a, sine, a; \
	VMULPD b, sine, b; \
	VMULPD c, sine, c; \
	VMULPD d, sine, d; \
	VFMSUB231PD p, cosine, a; \
	VFMSUB231PD q, cosine, b; \
	VFMSUB231PD r, cosine, c; \
	VFMSUB231PD t, cosine, d; \
	VMOVUPD u, (R8); \
	VMOVUPD v, size(R8); \
	VMOVUPD w, (2*size)(R8); \
	VMOVUPD x, (3*size)(R8); \
	ADDQ $16, SI; \
	DECQ CX; \
	JNZ loop; \
	VMOVUPD a, (DI); \
	VMOVUPD b, size(DI); \
	VMOVUPD c, (2*size)(DI); \
	VMOVUPD d, (3*size)(DI); \
done: \
	VZEROUPPER; \
	RET

// func rotateAVX512(x, y []float64, c, s float64)
TEXT ·rotateAVX512(SB), NOSPLIT, $0-64
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVQ y_base+24(FP), DI
	VBROADCASTSD c+48(FP), Z0
	VBROADCASTSD s+56(FP), Z1
	SUBQ $16, CX
	JLT rest
loop:
	VMOVUPD (SI), Z2
	VMOVUPD (DI), Z3
	VMOVUPD 64(SI), Z4
	VMOVUPD 64(DI), Z5
	ROTATE(Z2, Z3, Z0, Z1, Z6, Z7)
	ROTATE(Z4, Z5, Z0, Z1, Z8, Z9)
	VMOVUPD Z6, (SI)
	VMOVUPD Z7, (DI)
	VMOVUPD Z8, 64(SI)
	VMOVUPD Z9, 64(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JGE loop
rest:
	ADDQ $8, CX
	JLT tail
	VMOVUPD (SI), Z2
	VMOVUPD (DI), Z3
	ROTATE(Z2, Z3, Z0, Z1, Z6, Z7)
	VMOVUPD Z6, (SI)
	VMOVUPD Z7, (DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $8, CX
tail:
	ADDQ $8, CX
	JZ done
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	VMOVUPD.Z (SI), K1, Z2
	VMOVUPD.Z (DI), K1, Z3
	ROTATE(Z2, Z3, Z0, Z1, Z6, Z7)
	VMOVUPD Z6, K1, (SI)
	VMOVUPD Z7, K1, (DI)
done:
	VZEROUPPER
	RET

// func rotateAVX2(x, y []float64, c, s float64)
TEXT ·rotateAVX2(SB), NOSPLIT, $0-64
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVQ y_base+24(FP), DI
	VBROADCASTSD c+48(FP), Y0
	VBROADCASTSD s+56(FP), Y1
	SUBQ $8, CX
	JLT rest
loop:
	VMOVUPD (SI), Y2
	VMOVUPD (DI), Y3
	VMOVUPD 32(SI), Y4
	VMOVUPD 32(DI), Y5
	ROTATE(Y2, Y3, Y0, Y1, Y6, Y7)
	ROTATE(Y4, Y5, Y0, Y1, Y8, Y9)
	VMOVUPD Y6, (SI)
	VMOVUPD Y7, (DI)
	VMOVUPD Y8, 32(SI)
	VMOVUPD Y9, 32(DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $8, CX
	JGE loop
rest:
	ADDQ $8, CX
	JZ done
single:
	VMOVSD (SI), X2
	VMOVSD (DI), X3
	VMULSD X3, X1, X6
	VMULSD X3, X0, X7
	VFMADD231SD X2, X0, X6
	VFNMADD231SD X2, X1, X7
	VMOVSD X6, (SI)
	VMOVSD X7, (DI)
	ADDQ $8, SI
	ADDQ $8, DI
	DECQ CX
	JNZ single
done:
	VZEROUPPER
	RET

// func rotateChainAVX512(z []float64, ld int, cs []float64)
TEXT ·rotateChainAVX512(SB), NOSPLIT, $0-56
	CHAIN(64, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, loop, done)

// func rotateChainAVX2(z []float64, ld int, cs []float64)
TEXT ·rotateChainAVX2(SB), NOSPLIT, $0-56
	CHAIN(32, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11, Y12, Y13, loop, done)
