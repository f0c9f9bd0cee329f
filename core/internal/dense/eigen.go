package dense

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// EigenSym overwrites the symmetric a (n x n) with its orthonormal eigenvectors as columns and writes the eigenvalues in
// decreasing order to w (n): a = V diag(w) V^T. Errors are of the size of n*epsilon times the largest eigenvalue. Only
// the upper triangle of a need be right. Householder reduction to tridiagonal form and implicit QL: about 6*n^3
// operations; allocates the size of a and a little more.
//
// The error wraps [core.ErrShape], or [core.ErrNumerical] if a holds NaN or an infinity, or is the context's; a nil ctx never ends.
func EigenSym(ctx context.Context, a []float64, n int, w []float64) error {
	if err := checkSmall("EigenSym", "a", a, n, n); err != nil {
		return err
	}
	if err := checkSmall("EigenSym", "w", w, n, 1); err != nil {
		return err
	}
	if n == 0 {
		return nil
	}
	r, err := reduce(ctx, a[:n*n], n)
	if err == nil {
		err = r.all(ctx, w)
	}
	if err != nil {
		return fmt.Errorf("dense.EigenSym: %w", err)
	}
	return nil
}

// reduction is a symmetric matrix in tridiagonal form: 2^exponent H^T T H, with the reflectors of H in a and tau.
type reduction struct {
	n        int
	a        []float64
	d, off   []float64 // of T
	tau      []float64
	exponent int
}

// reduce destroys a (n x n), of which it reads the upper triangle.
func reduce(ctx context.Context, a []float64, n int) (*reduction, error) {
	for i := 1; i < n; i++ {
		clear(a[i*n : i*n+i])
	}
	exponent, err := normalize(a)
	if err != nil {
		return nil, err
	}
	r := &reduction{n, a, make([]float64, n), make([]float64, n), make([]float64, n), exponent}
	tridiagonalize(ctx, a, n, r.d, r.off, r.tau)
	if ended(ctx) {
		return nil, ctx.Err()
	}
	return r, nil
}

// all writes all eigenvalues to w and eigenvectors to the columns of a.
func (r *reduction) all(ctx context.Context, w []float64) error {
	n := r.n
	vectors := newSweeps(n)
	reflectorProduct(ctx, r.a, n, r.tau, vectors.z, vectors.ld)
	converged := implicitQL(ctx, r.d, r.off, vectors)
	if ended(ctx) {
		return ctx.Err()
	}
	if !converged {
		return fmt.Errorf("%w: QL iterations did not converge for a matrix of size %d", core.ErrNumerical, n)
	}
	for j, from := range decreasing(r.d) {
		w[j] = math.Ldexp(r.d[from], r.exponent)
		for i, v := range vectors.z[from*vectors.ld:][:n] {
			r.a[i*n+j] = v
		}
	}
	return nil
}

// normalize multiplies a by a power of two 2^-exponent that brings its largest element near 1.
func normalize(a []float64) (exponent int, err error) {
	var most float64
	for i, v := range a {
		if size := math.Abs(v); !(size <= most) {
			if v-v != 0 {
				return 0, fmt.Errorf("%w: element %d of the matrix is NaN or infinite", core.ErrNumerical, i)
			}
			most = size
		}
	}
	if most == 0 {
		return 0, nil
	}
	_, exponent = math.Frexp(most)
	exponent = max(exponent, -1000) // 2^-exponent must be finite
	if exponent != 0 {
		scale(math.Ldexp(1, -exponent), a)
	}
	return exponent, nil
}

// decreasing returns the order that sorts w from the largest down, equal values as they come.
func decreasing(w []float64) []int {
	order := make([]int, len(w))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case w[i] > w[j]:
			return -1
		case w[i] < w[j]:
			return 1
		}
		return 0
	})
	return order
}

// implicitQL diagonalizes the symmetric tridiagonal matrix with diagonal d (n) and off[i] beside d[i] and d[i+1], by
// QL iterations with Wilkinson's shift. Every rotation of the basis is applied to the rows of z (n x n). It reports
// false if an eigenvalue takes too many iterations, or ctx ends. Eigenvalues end in d, eigenvectors in the rows of z. What is far below
// epsilon times the norm is rounding, also beside a diagonal that vanishes.
func implicitQL(ctx context.Context, d, off []float64, z *sweeps) bool {
	const most = 60
	n := len(d)
	off[n-1] = 0
	norm, before := 0.0, 0.0
	for i, v := range d {
		norm = max(norm, math.Abs(v)+math.Abs(off[i])+before)
		before = math.Abs(off[i])
	}
	for first := range n {
		for iteration := 0; ; iteration++ {
			// The block [first, last] is the leading one that has not come apart.
			last := first
			for last < n-1 && math.Abs(off[last]) > epsilon64/2*(math.Abs(d[last])+math.Abs(d[last+1])+norm/2) {
				last++
			}
			if last == first {
				break
			}
			if iteration == most || ended(ctx) {
				return false
			}
			chase(d, off, z, first, last)
		}
	}
	z.apply()
	return true
}

// chase does one QL step on the block [first, last]: a bulge enters at the bottom and is rotated out at the top.
func chase(d, off []float64, z *sweeps, first, last int) {
	ratio := (d[first+1] - d[first]) / (2 * off[first])
	root := math.Copysign(math.Hypot(ratio, 1), ratio)
	shift := d[first] - off[first]/(ratio+root)
	// x is the diagonal element less the shift and less what the rotation before moved; carried is that move.
	x, carried, c, s := d[last]-shift, 0.0, 1.0, 1.0
	for i := last - 1; i >= first; i-- {
		bulge, beside := s*off[i], c*off[i]
		square := bulge*bulge + x*x
		length := math.Sqrt(square)
		if square < 0x1p-960 { // the squares have lost digits, or vanished
			length = math.Hypot(bulge, x)
		}
		off[i+1] = length
		if length == 0 {
			d[i+1] -= carried
			off[last] = 0
			z.end(last, last-1-i)
			return
		}
		c, s = x/length, bulge/length
		x = d[i+1] - carried
		twist := (d[i]-x)*s + 2*c*beside
		carried = s * twist
		d[i+1] = x + carried
		x = c*twist - beside
		z.add(c, s)
	}
	z.end(last, last-first)
	d[first] -= carried
	off[first] = x
	off[last] = 0
}

// ended reports whether work is to stop; a nil ctx never ends.
func ended(ctx context.Context) bool { return ctx != nil && ctx.Err() != nil }

// reflector overwrites x with v, v[0] = 1, such that (I - tau v v^T) x = (beta, 0, ..., 0).
func reflector(x []float64) (beta, tau float64) {
	rest := blas.Dot(x[1:], x[1:])
	if rest == 0 {
		beta = x[0]
		clear(x)
		x[0] = 1
		return beta, 0
	}
	beta = -math.Copysign(math.Sqrt(x[0]*x[0]+rest), x[0])
	tau = (beta - x[0]) / beta
	scale(1/(x[0]-beta), x[1:])
	x[0] = 1
	return beta, tau
}
