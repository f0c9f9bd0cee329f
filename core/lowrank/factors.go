package lowrank

import (
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Factors is a truncated singular value decomposition A ~ U diag(S) V^T, with what is known about its error.
type Factors[T core.Float] struct {
	U core.Matrix[T] // m x k, orthonormal columns; m x 0 with Options.RightOnly
	S []float64      // k, decreasing
	V core.Matrix[T] // n x k, orthonormal columns; the entry of largest magnitude in each is positive

	Error         float64 // estimate of the Frobenius norm of A - U diag(S) V^T
	RelativeError float64 // Error divided by Norm, which is estimated too where ErrorMethod is "sampled", but for [StreamSVD]
	Norm          float64 // Frobenius norm of A
	ErrorMethod   string  // "identity": |A|^2 - |S|^2, exact up to rounding; "sampled": from random vectors, within about 25 %
	// Residuals holds |A v_i - s_i u_i| or |A^T u_i - s_i v_i| for each triplet, whichever is not zero by construction,
	// where the method knows them.
	Residuals []float64
	Converged bool    // the tolerance was met
	Method    string  // Krylov, Subspace or Gram
	Passes    int     // multiplications of A or A^T with a block
	Columns   int     // columns of all these blocks together
	Flops     float64 // of the multiplications, counting A as dense
	Seed      uint64
	Seconds   float64
}

// orient makes the entry of largest magnitude of each column of v positive, the first of equals, flipping u alike.
func orient[S, T core.Float](u core.Matrix[S], v core.Matrix[T]) {
	most, sign := make([]T, v.Cols), make([]float64, v.Cols)
	for j := range sign {
		most[j], sign[j] = -1, 1
	}
	for i := range v.Rows {
		for j, x := range v.Row(i) {
			if a := T(math.Abs(float64(x))); a > most[j] {
				most[j], sign[j] = a, 1
				if x < 0 {
					sign[j] = -1
				}
			}
		}
	}
	if slices.Contains(sign, -1) {
		scaleColumns(u, sign)
		scaleColumns(v, sign)
	}
}

func scaleColumns[T core.Float](x core.Matrix[T], by []float64) {
	for i := range x.Rows {
		for j, s := range by[:x.Cols] {
			x.Data[i*x.Stride+j] *= T(s)
		}
	}
}

// columns returns the view of columns [lo, hi) of x.
func columns[T core.Float](x core.Matrix[T], lo, hi int) core.Matrix[T] {
	if x.Rows == 0 || lo == hi {
		return core.Matrix[T]{Rows: x.Rows, Cols: hi - lo, Stride: x.Stride}
	}
	return core.Matrix[T]{Data: x.Data[lo:], Rows: x.Rows, Cols: hi - lo, Stride: x.Stride}
}

// copied returns a compact copy of x.
func copied[T core.Float](x core.Matrix[T]) core.Matrix[T] {
	out := core.NewMatrix[T](x.Rows, x.Cols)
	for i := range x.Rows {
		copy(out.Row(i), x.Row(i))
	}
	return out
}
