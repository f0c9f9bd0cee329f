package dense

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// QRCP is the QR factorization with column pivoting of a (m x n): a[:, perm] = Q R with orthonormal Q (m x rank) and
// upper trapezoidal r (rank x n, columns in the order of perm). The next pivot is always the column of which most is
// left outside the span of those before it; the diagonal of r is positive and decreases but for rounding. It stops after
// k columns, or when no column has more left than tol times the norm of the largest. perm holds the pivots, then the
// other columns from left to right. a is not changed.
//
// Householder reflections, some tens at a time, half of whose work is done in products of matrices: 4*m*n*rank operations
// less what shrinking saves, and m*n numbers of memory. Each column of Q R - a is of rounding size against that column of
// a. The error wraps [core.ErrShape], or [core.ErrNumerical] if a holds NaN or an infinity, or is the context's.
func QRCP(ctx context.Context, threads int, a []float64, m, n, k int, tol float64) (perm []int, r []float64, rank int, err error) {
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
		a = slices.Clone(a)
		if exponent, err = normalize(a); err != nil {
			return nil, nil, 0, err
		}
	}
	f := newPivotedQR(ctx, threads, a, m, n, min(k, m, n))
	if err := f.run(tol); err != nil {
		return nil, nil, 0, err
	}
	perm, r = f.result()
	if exponent != 0 {
		for i, v := range r {
			r[i] = math.Ldexp(v, exponent)
		}
	}
	return perm, r, f.rank, nil
}

// pivotedQR reduces w, the columns of a as rows, by reflections I - tau_s v_s v_s^T. Within a panel only what the next
// choice needs is up to date: the rows of R, and with them the norms. All else waits for the end of the panel, when
// row j of w loses f_j V.
type pivotedQR struct {
	ctx     context.Context
	threads int
	m, n    int
	most    int       // pivots wanted
	rank    int       // pivots taken
	start   int       // pivots taken before the panel
	w       []float64 // n x m, rows in the order of order: above the diagonal R, for pivots v below it, 1 on it
	f       []float64 // n x panelWidth
	diag    []float64 // of R
	tau     []float64 // of the reflections
	order   []int     // the column of a in each row of w
	whole   []float64 // the squared norm of each column of a
	left    []float64 // what the pivots leave of it
	from    []float64 // left as last computed without cancellation
	dots    []float64 // n
	again   []bool    // whether left must be computed anew
}

// panelWidth is how many reflections are applied at a time.
const panelWidth = 32

func newPivotedQR(ctx context.Context, threads int, a []float64, m, n, most int) *pivotedQR {
	f := &pivotedQR{
		ctx: ctx, threads: threads, m: m, n: n, most: most, w: make([]float64, n*m), f: make([]float64, n*panelWidth),
		diag: make([]float64, most), tau: make([]float64, most),
		order: make([]int, n), left: make([]float64, n), dots: make([]float64, n), again: make([]bool, n),
	}
	const strip = 8 // columns at a time, so that both arrays are used by whole cache lines
	for lo := 0; lo < n; lo += strip {
		for i := range m {
			for j := lo; j < min(n, lo+strip); j++ {
				f.w[j*m+i] = a[i*n+j]
			}
		}
	}
	for j := range n {
		f.order[j], f.left[j] = j, sumSquares(f.w[j*m:j*m+m])
	}
	f.from, f.whole = slices.Clone(f.left), slices.Clone(f.left)
	return f
}

func sumSquares(x []float64) float64 { return blas.Dot(x, x) }

func (f *pivotedQR) run(tol float64) error {
	var least float64
	for f.rank < f.most {
		t, best := f.rank, f.rank
		for j := t; j < f.n; j++ {
			if f.left[j] > f.left[best] || f.left[j] == f.left[best] && f.order[j] < f.order[best] {
				best = j
			}
		}
		if t == 0 {
			least = tol * math.Sqrt(f.left[best])
		}
		if !(f.left[best] > 0 && math.Sqrt(f.left[best]) > least) {
			return nil
		}
		f.swap(t, best)
		if !f.reflect() {
			continue
		}
		again, err := f.look()
		if err != nil {
			return err
		}
		f.rank++
		if f.rank < f.most && (again || f.rank == f.start+panelWidth) {
			if err := f.finishPanel(); err != nil {
				return err
			}
		}
	}
	return nil
}

// swap exchanges columns i and j of a as it is now.
func (f *pivotedQR) swap(i, j int) {
	if i == j {
		return
	}
	for _, x := range []struct {
		of    []float64
		width int
	}{{f.w, f.m}, {f.f, panelWidth}, {f.whole, 1}, {f.left, 1}, {f.from, 1}} {
		a, b := x.of[i*x.width:(i+1)*x.width], x.of[j*x.width:(j+1)*x.width]
		for p, v := range a {
			a[p], b[p] = b[p], v
		}
	}
	f.order[i], f.order[j] = f.order[j], f.order[i]
}

// reflect brings the next pivot up to date and makes the reflection that leaves a multiple of a unit vector of it. It
// reports false if much less is left of the pivot than was thought, which is corrected.
func (f *pivotedQR) reflect() bool {
	const much = 0.9
	t, m := f.rank, f.m
	x, coef := f.w[t*m+t:(t+1)*m], f.f[t*panelWidth:][:t-f.start]
	for s, v := range coef {
		blas.Axpy(-v, f.w[(f.start+s)*m+t:(f.start+s+1)*m], x)
	}
	clear(coef)
	square := sumSquares(x)
	if !(square > much*f.left[t]) {
		f.left[t], f.from[t] = square, square
		return false
	}
	beta := -math.Copysign(math.Sqrt(square), x[0])
	f.diag[t], f.tau[t] = beta, (beta-x[0])/beta
	scale(1/(x[0]-beta), x)
	x[0] = 1
	return true
}

// look applies the new reflection as far as the choice of the next pivot needs it: to the next row of R, with which the
// norms are taken down. It reports whether that took too much from some norm.
func (f *pivotedQR) look() (again bool, err error) {
	const tile = 64
	t, s, m, tau := f.rank, f.rank-f.start, f.m, f.tau[f.rank]
	v := f.w[t*m+t : (t+1)*m]
	along, here := make([]float64, s), make([]float64, s) // of the reflections before: products with v, element t
	for p := range s {
		before := f.w[(f.start+p)*m+t : (f.start+p+1)*m]
		along[p], here[p] = blas.Dot(before, v), before[0]
	}
	threads := f.threads
	if (f.n-t)*(m-t) < 1<<16 {
		threads = 1 // not worth a second one
	}
	err = par.For(f.ctx, threads, par.Tiles(f.n-t-1, tile), func(_, i int) {
		lo, hi := par.Span(i, f.n-t-1, tile)
		lo, hi = lo+t+1, hi+t+1
		blas.Gemv(false, hi-lo, m-t, tau, f.w[lo*m+t:], m, v, 0, f.dots[lo:hi])
		for j := lo; j < hi; j++ {
			coef := f.f[j*panelWidth : (j+1)*panelWidth]
			coef[s] = f.dots[j] - tau*blas.Dot(coef[:s], along)
			f.w[j*m+t] -= coef[s] + blas.Dot(coef[:s], here)
			f.again[j] = f.takeDown(j, f.w[j*m+t])
		}
	})
	return slices.Contains(f.again[t+1:], true), err
}

// takeDown takes element v of R out of the norm of column j. The difference inherits the rounding of the norm it started
// from and of v, which is relative to the whole column. It reports whether that is no longer small beside it, so that the
// norm must be computed anew, unless that is itself of rounding size.
func (f *pivotedQR) takeDown(j int, v float64) (again bool) {
	const halfTheDigits, percent, noise = 0x1p-26, 0x1p-45, 0x1p-100
	f.left[j] = max(0, f.left[j]-v*v)
	return f.from[j] > noise*f.whole[j] &&
		f.left[j] <= max(halfTheDigits*f.from[j], percent*math.Sqrt(f.from[j]*f.whole[j]))
}

// finishPanel brings all of w up to date, and the norms that need it.
func (f *pivotedQR) finishPanel() error {
	t, m, width := f.rank, f.m, f.rank-f.start
	if f.ctx != nil && f.ctx.Err() != nil {
		return f.ctx.Err()
	}
	if t < m && t < f.n {
		blas.Gemm(f.threads, false, false, f.n-t, m-t, width, -1, f.f[t*panelWidth:], panelWidth, f.w[f.start*m+t:], m,
			1, f.w[t*m+t:], m)
	}
	for j := t; j < f.n; j++ {
		if f.again[j] {
			f.left[j] = sumSquares(f.w[j*m+t : (j+1)*m])
			f.from[j], f.again[j] = f.left[j], false
		}
	}
	f.start = t
	return nil
}

// result returns the permutation, and R in its order with a positive diagonal.
func (f *pivotedQR) result() (perm []int, r []float64) {
	row := make([]int, f.n) // of w, for each column of a
	for i, p := range f.order {
		row[p] = i
	}
	perm = slices.Clone(f.order)
	slices.Sort(perm[f.rank:])
	r = make([]float64, f.rank*f.n)
	for j, p := range perm {
		column := f.w[row[p]*f.m:]
		for i := range min(f.rank, j+1) {
			v := column[i]
			if i == j {
				v = f.diag[i]
			}
			if f.diag[i] < 0 {
				v = -v
			}
			r[i*f.n+j] = v
		}
	}
	return perm, r
}

// orthogonal returns an orthogonal matrix (m x m) whose leading columns are Q.
func (f *pivotedQR) orthogonal() []float64 {
	m := f.m
	rows := make([]float64, m*m) // its columns
	for i := range m {
		rows[i*m+i] = 1
	}
	for t := f.rank - 1; t >= 0; t-- {
		v := f.w[t*m+t : (t+1)*m]
		for j := t; j < m; j++ {
			x := rows[j*m+t : (j+1)*m]
			blas.Axpy(-f.tau[t]*blas.Dot(v, x), v, x)
		}
	}
	q := make([]float64, m*m)
	for j := range m {
		sign := 1.0
		if j < f.rank && f.diag[j] < 0 {
			sign = -1
		}
		for i, v := range rows[j*m : j*m+m] {
			q[i*m+j] = sign * v
		}
	}
	return q
}
