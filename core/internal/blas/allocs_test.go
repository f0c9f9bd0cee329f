//go:build !race

// The race detector makes sync.Pool forget at random, so that scratch memory has to be allocated again.

package blas

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lithe-ml/lithe/core"
)

func TestGemmAllocatesNothing(t *testing.T) {
	onEveryLevel(t, gemmAllocatesNothing[float32], gemmAllocatesNothing[float64])
}

func gemmAllocatesNothing[T core.Float](t *testing.T) {
	o := operands[T]{make([]T, 60*64), make([]T, 64*40), make([]T, 60*40)}
	require.Zero(t, testing.AllocsPerRun(50, func() {
		Gemm(1, false, false, 60, 40, 64, 1, o.a, 64, o.b, 40, 0, o.c, 40)
	}))
}

func TestGemmPackedAllocatesNothing(t *testing.T) {
	onEveryLevel(t, packedAllocatesNothing[float32], packedAllocatesNothing[float64])
}

func packedAllocatesNothing[T core.Float](t *testing.T) {
	const m, n, k = 40, 50, 1024
	a, c, src := make([]T, m*k), make([]T, m*n), make([]T, k*n)
	var b Packed[T]
	var ws Workspace[T]
	require.Zero(t, testing.AllocsPerRun(20, func() {
		PackRight(&b, true, k, n, src, k)
		GemmPacked(&ws, false, m, 1, a, k, &b, 0, c, n)
	}))
}
