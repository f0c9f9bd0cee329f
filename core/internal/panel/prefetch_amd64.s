//go:build amd64 && !noasm

#include "textflag.h"

// func prefetchBytes(from *unsafe.Pointer, rows, n int)
TEXT ·prefetchBytes(SB), NOSPLIT, $0-24
	MOVQ from+0(FP), DI
	MOVQ rows+8(FP), DX
	MOVQ n+16(FP), BX

row:
	MOVQ (DI), SI
	MOVQ BX, CX

line:
	PREFETCHT1 (SI)
	ADDQ $64, SI
	SUBQ $64, CX
	JG   line
	ADDQ $8, DI
	DECQ DX
	JNZ  row
	RET
