//go:build amd64 && !noasm

#include "textflag.h"

// func prefetchBytes(x unsafe.Pointer, n int)
TEXT ·prefetchBytes(SB), NOSPLIT, $0-16
	MOVQ x+0(FP), SI
	MOVQ n+8(FP), CX

line:
	PREFETCHT1 (SI)
	ADDQ $64, SI
	SUBQ $64, CX
	JG   line
	RET
