//go:build amd64 && !noasm

#include "textflag.h"

// Registers of both functions:
//
//	SI, DI      a row of the source, and where its first piece goes
//	R8, R9, R10 bytes between rows, between the places of pieces, and of a piece
//	CX, DX      rows left, and pieces of a row
//	R11, BX, AX the piece, its place, and pieces left in the row
//
// Masks of 32-bit lanes select what is read of a piece, and its width. Rows may lie a page apart: the processor must be
// told ahead.

#define ARGUMENTS \
	MOVQ dst+0(FP), DI; \
	MOVQ step+8(FP), R9; \
	SHLQ $2, R9; \
	MOVQ width+16(FP), R10; \
	SHLQ $2, R10; \
	MOVQ src+24(FP), SI; \
	MOVQ ld+32(FP), R8; \
	SHLQ $2, R8; \
	MOVQ pieces+40(FP), DX; \
	MOVQ depth+48(FP), CX

#define ROW \
	MOVQ SI, R11; \
	MOVQ DI, BX; \
	MOVQ DX, AX

#define NEXTPIECE \
	ADDQ R10, R11; \
	ADDQ R9, BX; \
	DECQ AX

#define NEXTROW \
	ADDQ R8, SI; \
	ADDQ R10, DI; \
	DECQ CX

// func copyPiecesAVX512(dst unsafe.Pointer, step, width int, src unsafe.Pointer, ld, pieces, depth int, read, write uint32)
TEXT ·copyPiecesAVX512(SB), NOSPLIT, $0-64
	ARGUMENTS
	MOVL read+56(FP), AX
	KMOVW AX, K1
	SHRL $16, AX
	KMOVW AX, K2
	MOVL write+60(FP), AX
	KMOVW AX, K3
	SHRL $16, AX
	KMOVW AX, K4
rows:
	ROW
pieces:
	VMOVDQU32.Z (R11), K1, Z0
	VMOVDQU32.Z 64(R11), K2, Z1
	PREFETCHT0 (R11)(R8*4)
	PREFETCHT0 64(R11)(R8*4)
	VMOVDQU32 Z0, K3, (BX)
	VMOVDQU32 Z1, K4, 64(BX)
	NEXTPIECE
	JNZ pieces
	NEXTROW
	JNZ rows
	VZEROUPPER
	RET

// func copyPiecesAVX2(dst unsafe.Pointer, step, width int, src unsafe.Pointer, ld, pieces, depth int, read, write *[16]int32)
TEXT ·copyPiecesAVX2(SB), NOSPLIT, $0-72
	ARGUMENTS
	MOVQ read+56(FP), AX
	VMOVDQU (AX), Y2
	VMOVDQU 32(AX), Y3
	MOVQ write+64(FP), AX
	VMOVDQU (AX), Y4
	VMOVDQU 32(AX), Y5
rows:
	ROW
pieces:
	VPMASKMOVD (R11), Y2, Y0
	VPMASKMOVD 32(R11), Y3, Y1
	PREFETCHT0 (R11)(R8*4)
	VPMASKMOVD Y0, Y4, (BX)
	VPMASKMOVD Y1, Y5, 32(BX)
	NEXTPIECE
	JNZ pieces
	NEXTROW
	JNZ rows
	VZEROUPPER
	RET
