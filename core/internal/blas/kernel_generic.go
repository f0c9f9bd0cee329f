package blas

import "github.com/lithe-ml/lithe/core"

var (
	generic32 = newGeneric[float32]()
	generic64 = newGeneric[float64]()
)

func newGeneric[T core.Float]() *kernel[T] {
	return &kernel[T]{
		rows: []int{4, 2, 1}, lanes: 2, depth: 256, band: 16, chunk: 32 << 10,
		tile: tileGeneric[T], dot: dotGeneric[T], axpy: axpyGeneric[T], pieces: copyPiecesGeneric[T],
	}
}

// tileGeneric is the meaning of kernel.tile.
func tileGeneric[T core.Float](rows, cols, k int, a []T, aRow, aCol int, b []T, alpha, beta T, c []T, ldc int, _ *T) {
	var sum [4][4]T
	switch {
	case cols <= 2:
		for i := range rows {
			var s0, s1 T
			for p := range k {
				v, row := a[i*aRow+p*aCol], b[2*p:2*p+2]
				s0 += v * row[0]
				s1 += v * row[1]
			}
			sum[i] = [4]T{s0, s1}
		}
	default:
		for i := range rows {
			var s0, s1, s2, s3 T
			for p := range k {
				v, row := a[i*aRow+p*aCol], b[4*p:4*p+4]
				s0 += v * row[0]
				s1 += v * row[1]
				s2 += v * row[2]
				s3 += v * row[3]
			}
			sum[i] = [4]T{s0, s1, s2, s3}
		}
	}
	for i := range rows {
		row := c[i*ldc : i*ldc+cols]
		for j := range row {
			if beta == 0 {
				row[j] = alpha * sum[i][j]
			} else {
				row[j] = alpha*sum[i][j] + beta*row[j]
			}
		}
	}
}

func dotGeneric[T core.Float](x, y []T) T {
	var s0, s1, s2, s3 T
	y = y[:len(x)]
	for len(x) >= 4 {
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
		x, y = x[4:], y[4:]
	}
	for i, v := range x {
		s0 += v * y[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func axpyGeneric[T core.Float](alpha T, x, y []T) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += alpha * v
	}
}

// copyPiecesGeneric is the meaning of kernel.pieces.
func copyPiecesGeneric[T core.Float](dst []T, step, width int, src []T, ld, cols, pieces, depth int) {
	for p := range depth {
		for s := range pieces {
			to := dst[s*step+p*width : s*step+(p+1)*width]
			copy(to, src[p*ld+s*width:p*ld+s*width+cols])
			clear(to[cols:])
		}
	}
}
