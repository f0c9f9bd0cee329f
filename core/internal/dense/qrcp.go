package dense

import (
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// QRCP is the QR factorization with column pivoting of a (m x n): a[:, perm] = Q R with orthonormal Q (m x rank) and
// upper trapezoidal r (rank x n, columns in the order of perm). The next pivot is always the column of which most is
// left outside the span of those before it; the diagonal of r is positive and decreases but for rounding. It stops after
// k columns, or when no column has more left than tol times the norm of the largest. perm holds the pivots, then the
// other columns from left to right. a is not changed.
//
// Built for sketches, few rows and many columns: a is read once per pivot and never written, 2*m*n*rank operations in
// all. Each column of Q R - a is of rounding size against that column of a. The error wraps [core.ErrShape], or
// [core.ErrNumerical] if a holds NaN or an infinity.
func QRCP(a []float64, m, n, k int, tol float64) (perm []int, r []float64, rank int, err error) {
	if err := checkSmall("QRCP", "a", a, m, n); err != nil {
		return nil, nil, 0, err
	}
	if k < 0 || !(tol >= 0) {
		return nil, nil, 0, fmt.Errorf("dense.QRCP: %w: k = %d and tol = %v must not be negative", core.ErrShape, k, tol)
	}
	a = a[:m*n]
	var most float64
	for i, v := range a {
		if v-v != 0 {
			return nil, nil, 0, fmt.Errorf("dense.QRCP: %w: element (%d, %d) is NaN or infinite", core.ErrNumerical, i/n, i%n)
		}
		most = max(most, math.Abs(v))
	}
	exponent := 0
	if most > 0 && (most < 1e-100 || most > 1e100) { // squares would leave the range of float64
		a = append([]float64(nil), a...)
		if exponent, err = normalize(a); err != nil {
			return nil, nil, 0, err
		}
	}
	f := newPivotedQR(a, m, n, min(k, m, n))
	f.run(tol)
	perm, r = f.result()
	if exponent != 0 {
		for i, v := range r {
			r[i] = math.Ldexp(v, exponent)
		}
	}
	return perm, r, f.rank, nil
}

// pivotedQR builds Q one column q_t at a time: the pivot column, made orthogonal to those before it. Row t of R is then
// q_t^T a, from a as it came: nothing is ever taken away from a.
type pivotedQR struct {
	a     []float64
	m, n  int
	most  int       // pivots wanted
	rank  int       // pivots taken
	q     []float64 // most x m: the columns of Q as rows
	r     []float64 // most x n, columns in the order of a
	whole []float64 // the squared norm of each column of a
	left  []float64 // what the pivots leave of it; -1 for pivots
	from  []float64 // left as last computed without cancellation
	pivot []int
	again []int // columns whose left must be computed anew
}

// columnChunk is how many columns of a wide matrix are worked on at a time.
const columnChunk = 2048

func newPivotedQR(a []float64, m, n, most int) *pivotedQR {
	f := &pivotedQR{
		a: a, m: m, n: n, most: most, q: make([]float64, most*m), r: make([]float64, most*n),
		whole: make([]float64, n), pivot: make([]int, 0, most),
	}
	for i := range m {
		for j, v := range a[i*n : i*n+n] {
			f.whole[j] += v * v
		}
	}
	f.left, f.from = slices.Clone(f.whole), slices.Clone(f.whole)
	return f
}

func (f *pivotedQR) run(tol float64) {
	var least float64
	for f.rank < f.most {
		best := 0
		for j, left := range f.left {
			if left > f.left[best] {
				best = j
			}
		}
		if f.rank == 0 {
			least = tol * math.Sqrt(f.left[best])
		}
		if !(f.left[best] > 0 && math.Sqrt(f.left[best]) > least) {
			return
		}
		if f.append(best) {
			f.downdate()
		}
	}
}

// append makes column p the next pivot. It reports false if rounding leaves nothing of it.
func (f *pivotedQR) append(p int) bool {
	t, m, n := f.rank, f.m, f.n
	q := f.q[t*m : t*m+m]
	for i := range m {
		q[i] = f.a[i*n+p]
	}
	norm := math.Sqrt(f.from[p])
	along := make([]float64, t)
	// Project until a projection takes little away: twice, unless the column is rounding error all through.
	for round := 0; ; round++ {
		for s := range t {
			along[s] = blas.Dot(f.q[s*m:s*m+m], q)
		}
		for s := range t {
			blas.Axpy(-along[s], f.q[s*m:s*m+m], q)
			if round > 0 {
				f.r[s*n+p] += along[s]
			}
		}
		before := norm
		norm = math.Sqrt(blas.Dot(q, q))
		if norm == 0 || round > 4 {
			f.left[p] = 0
			return false
		}
		if t == 0 || round > 0 && norm > before/2 {
			break
		}
	}
	scale(1/norm, q)
	for c := 0; c < n; c += columnChunk {
		width := min(columnChunk, n-c)
		blas.Gemv(true, width, m, 1, f.a[c:], n, q, 0, f.r[t*n+c:])
	}
	for _, done := range f.pivot {
		f.r[t*n+done] = 0
	}
	f.r[t*n+p] = norm
	f.left[p] = -1
	f.pivot = append(f.pivot, p)
	f.rank++
	return true
}

// downdate takes the last row of R out of the norms. The difference inherits the rounding of the norm it started from
// and of the row, which is relative to the whole column. Where that is no longer small beside it, the norm is computed
// anew from what is left of the column, unless that is itself of rounding size.
func (f *pivotedQR) downdate() {
	const halfTheDigits, percent, noise = 0x1p-26, 0x1p-45, 0x1p-100
	f.again = f.again[:0]
	for j, v := range f.r[(f.rank-1)*f.n : f.rank*f.n] {
		if f.left[j] < 0 {
			continue
		}
		f.left[j] = max(0, f.left[j]-v*v)
		if f.from[j] > noise*f.whole[j] &&
			f.left[j] <= max(halfTheDigits*f.from[j], percent*math.Sqrt(f.from[j]*f.whole[j])) {
			f.again = append(f.again, j)
		}
	}
	const batch = 256
	for which := range slices.Chunk(f.again, batch) {
		f.recompute(which)
	}
}

func (f *pivotedQR) recompute(which []int) {
	size := len(which)
	rest, coef := make([]float64, f.m*size), make([]float64, f.rank*size)
	for i := range f.m {
		for c, j := range which {
			rest[i*size+c] = f.a[i*f.n+j]
		}
	}
	for s := range f.rank {
		for c, j := range which {
			coef[s*size+c] = f.r[s*f.n+j]
		}
	}
	blas.Gemm(1, true, false, f.m, size, f.rank, -1, f.q, f.m, coef, size, 1, rest, size)
	for c, j := range which {
		var sum float64
		for i := range f.m {
			sum += rest[i*size+c] * rest[i*size+c]
		}
		f.left[j], f.from[j] = sum, sum
	}
}

// result returns the permutation, and R in its order.
func (f *pivotedQR) result() (perm []int, r []float64) {
	perm = make([]int, 0, f.n)
	perm = append(perm, f.pivot...)
	for j, left := range f.left {
		if left >= 0 {
			perm = append(perm, j)
		}
	}
	r = make([]float64, f.rank*f.n)
	for t := range f.rank {
		row := f.r[t*f.n : t*f.n+f.n]
		for j, from := range perm {
			r[t*f.n+j] = row[from]
		}
	}
	return perm, r
}
