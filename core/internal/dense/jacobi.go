package dense

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core/internal/blas"
)

// orthogonalizeGroups makes neighbouring rows of similar norm nearly orthogonal through the eigenvectors of their Gram
// matrix, for x as in orthogonalizeRows. The rows it mixes differ by so little that the smallest loses no more than a
// few bits, and most of the sweeps are saved.
func orthogonalizeGroups(ctx context.Context, x []float64, n int) error {
	const mostRatio, fewest = 256, 8
	norms := make([]float64, n)
	for i := range n {
		row := x[2*i*n : (2*i+1)*n]
		norms[i] = math.Sqrt(blas.Dot(row, row))
	}
	mixed, gram, w := make([]float64, 2*n*n), make([]float64, n*n), make([]float64, n)
	for first := 0; first < n; {
		last, low, high := first, norms[first], norms[first]
		for last++; last < n; last++ {
			low, high = min(low, norms[last]), max(high, norms[last])
			if high > mostRatio*low {
				break
			}
		}
		if size := last - first; size >= fewest && high > 0 {
			rows := x[2*first*n : 2*last*n]
			blas.Syrk(1, false, false, size, n, 1, rows, 2*n, 0, gram, size)
			if err := EigenSym(ctx, gram, size, w); err != nil {
				return err
			}
			blas.Gemm(1, true, false, size, 2*n, size, 1, gram, size, rows, 2*n, 0, mixed, 2*n)
			copy(rows, mixed)
		}
		first = last
	}
	return nil
}

// orthogonalizeRows rotates pairs of the n rows of length 2n in x until their first halves are orthogonal to rounding.
// It reports false if that takes too many sweeps, or ctx ends.
func orthogonalizeRows(ctx context.Context, x []float64, n int) bool {
	const mostSweeps = 60
	tolerance := 2 * epsilon64 * math.Sqrt(float64(n))
	squares := make([]float64, n)
	for range mostSweeps {
		for i := range n {
			row := x[2*i*n : (2*i+1)*n]
			squares[i] = blas.Dot(row, row)
		}
		done := true
		for p := range n {
			if ended(ctx) {
				return false
			}
			rowP := x[2*p*n : 2*(p+1)*n]
			for q := p + 1; q < n; q++ {
				rowQ := x[2*q*n : 2*(q+1)*n]
				dot := blas.Dot(rowP[:n], rowQ[:n])
				if math.Abs(dot) <= tolerance*math.Sqrt(squares[p])*math.Sqrt(squares[q]) {
					continue
				}
				done = false
				ratio := (squares[q] - squares[p]) / (2 * dot)
				tangent := math.Copysign(1/(math.Abs(ratio)+math.Hypot(ratio, 1)), ratio)
				c := 1 / math.Sqrt(1+tangent*tangent)
				rotate(rowP, rowQ, c, -c*tangent)
				squares[p] -= tangent * dot
				squares[q] += tangent * dot
			}
		}
		if done {
			return true
		}
	}
	return false
}
