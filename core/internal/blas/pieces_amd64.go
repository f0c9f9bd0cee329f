//go:build amd64 && !noasm

package blas

import (
	"unsafe"

	"github.com/lithe-ml/lithe/core"
)

// The assembly counts in units of 4 bytes, of which a piece has at most two vectors.

func copyPiecesx512[T core.Float](dst []T, step, width int, src []T, ld, cols, pieces, depth int) {
	if pieces == 0 || depth == 0 {
		return
	}
	checkPieces(dst, step, width, src, ld, cols, pieces, depth)
	u := sizeOf[T]() / 4
	copyPiecesAVX512(unsafe.Pointer(&dst[0]), step*u, width*u, unsafe.Pointer(&src[0]), ld*u, pieces, depth,
		uint32(1<<(cols*u)-1), uint32(1<<(width*u)-1))
}

func copyPiecesx2[T core.Float](dst []T, step, width int, src []T, ld, cols, pieces, depth int) {
	if pieces == 0 || depth == 0 {
		return
	}
	checkPieces(dst, step, width, src, ld, cols, pieces, depth)
	u := sizeOf[T]() / 4
	copyPiecesAVX2(unsafe.Pointer(&dst[0]), step*u, width*u, unsafe.Pointer(&src[0]), ld*u, pieces, depth,
		&pieceMasks[cols*u], &pieceMasks[width*u])
}

// checkPieces panics unless dst and src are long enough.
func checkPieces[T core.Float](dst []T, step, width int, src []T, ld, cols, pieces, depth int) {
	_ = dst[(pieces-1)*step+depth*width-1]
	_ = src[(depth-1)*ld+(pieces-1)*width+cols-1]
}

// pieceMasks[i] selects the first i of 16 lanes.
var pieceMasks [17][16]int32

func init() {
	for i := range pieceMasks {
		for j := range i {
			pieceMasks[i][j] = -1
		}
	}
}

//go:noescape
func copyPiecesAVX512(dst unsafe.Pointer, step, width int, src unsafe.Pointer, ld, pieces, depth int, read, write uint32)

//go:noescape
func copyPiecesAVX2(dst unsafe.Pointer, step, width int, src unsafe.Pointer, ld, pieces, depth int, read, write *[16]int32)
