package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// inverse is R^-1 for an upper triangular R (n x n), or the pseudo-inverse R^+ if R lacks rank at the precision of the data.
type inverse struct {
	n         int
	upper     []float64 // R
	pseudo    []float64 // R^+ (n x n), or nil
	rank      int
	condition float64
}

// newInverse decides by an estimate of the condition of R, which takes O(n^2) operations, whether triangular solves do or
// singular values must be found, in O(n^3).
func newInverse[T core.Float](ctx context.Context, r []float64, n int) (*inverse, error) {
	f := &inverse{n: n, upper: r, rank: n}
	least := 4 * math.Sqrt(float64(n)) * core.Epsilon[T]() // singular values below this, relative to the largest, are rounding
	if f.condition = f.estimateCondition(); f.condition*least < 0.5 {
		return f, nil
	}
	u, s, v, err := linalg.SVD(ctx, r, n, n)
	if err != nil {
		return nil, err
	}
	for f.rank = 0; f.rank < n && s[f.rank] > least*s[0]; {
		f.rank++
	}
	f.condition, f.pseudo = math.Inf(1), make([]float64, n*n)
	if f.rank > 0 {
		f.condition = s[0] / s[f.rank-1]
	}
	for i := range n {
		row := f.pseudo[i*n : (i+1)*n]
		for j := range n {
			for p := range f.rank {
				row[j] += v[i*n+p] / s[p] * u[j*n+p]
			}
		}
	}
	return f, nil
}

// estimateCondition returns a lower bound of the condition number of R by power iterations, rarely short by half.
func (f *inverse) estimateCondition() float64 {
	const steps = 8
	n := f.n
	v, w := make([]float64, n), make([]float64, n)
	iterate := func(step func()) float64 {
		draw := rng.New(uint64(n), streamError)
		for i := range v {
			v[i] = draw.NormFloat64()
		}
		for range steps {
			length := math.Sqrt(sumOfSquares(v))
			for i := range v {
				v[i] /= length
			}
			step()
		}
		return math.Sqrt(math.Sqrt(sumOfSquares(v)))
	}
	large := iterate(func() {
		for i := range n { // w = R v, then v = R^T w
			w[i] = blas.Dot(f.upper[i*n+i:(i+1)*n], v[i:])
		}
		clear(v)
		for i := range n {
			blas.Axpy(w[i], f.upper[i*n+i:(i+1)*n], v[i:])
		}
	})
	small := iterate(func() {
		linalg.SolveUpperTransposed(f.upper, n, v)
		linalg.SolveUpper(f.upper, n, v)
	})
	return large * small
}

// solve returns R^-1 z.
func (f *inverse) solve(z []float64) []float64 {
	if f.pseudo != nil {
		x := make([]float64, f.n)
		product(x, f.pseudo, z, f.n, f.n, 1)
		return x
	}
	x := append([]float64(nil), z...)
	linalg.SolveUpper(f.upper, f.n, x)
	return x
}

// solveTransposed returns R^-T x.
func (f *inverse) solveTransposed(x []float64) []float64 {
	if f.pseudo != nil {
		z := make([]float64, f.n)
		product(z, x, f.pseudo, 1, f.n, f.n)
		return z
	}
	z := append([]float64(nil), x...)
	linalg.SolveUpperTransposed(f.upper, f.n, z)
	return z
}

// solveAll returns R^-1 z for each of the k columns of z (n x k).
func (f *inverse) solveAll(z []float64, k int) [][]float64 {
	x, column := make([][]float64, k), make([]float64, f.n)
	for j := range x {
		for i := range column {
			column[i] = z[i*k+j]
		}
		x[j] = f.solve(column)
	}
	return x
}
