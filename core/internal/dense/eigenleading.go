package dense

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// EigenSymLeading writes the k largest eigenvalues of the symmetric a (n x n) in decreasing order to w (k), and orthonormal
// eigenvectors to the columns of v (n x k), on at most threads goroutines (all processors if threads <= 0). a is
// destroyed; only its upper triangle need be right. Errors are of the size of those of [EigenSym].
//
// Householder reduction to tridiagonal form, bisection, inverse iteration, and orthonormalization of what it finds:
// about 4/3*n^3 + 2*n^2*k + 4*n*k^2 operations. Where a is small, more than a third of the eigenvalues are wanted, or the
// vectors fail a test of their residuals, it does what EigenSym does. The error is that of EigenSym, or the context's.
func EigenSymLeading(ctx context.Context, threads int, a []float64, n, k int, w, v []float64) error {
	if k < 0 || k > n {
		return fmt.Errorf("dense.EigenSymLeading: %w: k = %d eigenvalues of a matrix of size %d", core.ErrShape, k, n)
	}
	for _, err := range []error{checkSmall("EigenSymLeading", "a", a, n, n), checkSmall("EigenSymLeading", "w", w, k, 1),
		checkSmall("EigenSymLeading", "v", v, n, k)} {
		if err != nil {
			return err
		}
	}
	if k == 0 {
		return nil
	}
	r, err := reduce(ctx, a[:n*n], n)
	if err == nil {
		err = r.leading(ctx, threads, k, w[:k], v[:n*k])
	}
	if err != nil {
		return fmt.Errorf("dense.EigenSymLeading: %w", err)
	}
	return nil
}

// Finding all eigenvectors and keeping k of the n is faster where there are few, or most are wanted.
const (
	wholeSide  = 80
	wholeShare = 3
)

// leading writes the k largest eigenvalues to w and their vectors to v (n x k).
func (r *reduction) leading(ctx context.Context, threads, k int, w, v []float64) error {
	n := r.n
	if n > wholeSide && k*wholeShare <= n {
		t := newTridiagonalMatrix(r.d, r.off)
		sound, err := t.leading(ctx, threads, w, v)
		if err != nil {
			return err
		}
		if sound {
			for j := range w {
				w[j] = math.Ldexp(w[j], r.exponent)
			}
			applyReflectors(threads, r.a, n, r.tau, v, k)
			return nil
		}
	}
	all := make([]float64, n)
	if err := r.all(ctx, all); err != nil {
		return err
	}
	copy(w, all)
	for i := range n {
		copy(v[i*k:(i+1)*k], r.a[i*n:])
	}
	return nil
}

// leading writes the largest eigenvalues to w (k) and orthonormal vectors to the columns of v (n x k). It reports whether
// they are eigenvectors to rounding, which inverse iteration does not guarantee.
func (t *tridiagonalMatrix) leading(ctx context.Context, threads int, w, v []float64) (sound bool, err error) {
	n, k := len(t.d), len(w)
	t.largest(threads, w)
	t.vectors(threads, w, v)
	rank, err := Orthonormalize(ctx, threads, matrix(v, n, k), nil, 0)
	return rank == k && t.residual(w, v) <= 4*math.Sqrt(float64(n))*epsilon64*t.norm, err
}

// residual returns the largest norm of a column of T V - V diag(values).
func (t *tridiagonalMatrix) residual(values, v []float64) float64 {
	n, k := len(t.d), len(values)
	sums, zeros := make([]float64, k), make([]float64, k)
	above, before := zeros, 0.0
	for i := range n {
		row, below, after := v[i*k:(i+1)*k], zeros, 0.0
		if i < n-1 {
			below, after = v[(i+1)*k:(i+2)*k], t.off[i]
		}
		for j, x := range row {
			r := (t.d[i]-values[j])*x + before*above[j] + after*below[j]
			sums[j] += r * r
		}
		above, before = row, after
	}
	most := 0.0
	for _, sum := range sums {
		most = max(most, sum) // NaN if any is
	}
	return math.Sqrt(most)
}

// applyReflectors overwrites y (n x k) with H_0 ... H_{n-3} y, the reflectors as tridiagonalize left them in a and tau.
func applyReflectors(threads int, a []float64, n int, tau, y []float64, k int) {
	panel := min(n, reflectorPanel)
	v, vy, svy := make([]float64, panel*n), make([]float64, panel*k), make([]float64, panel*k)
	s := make([]float64, panel*panel)
	for p := par.Tiles(n-2, reflectorPanel) - 1; p >= 0; p-- {
		j0, j1 := par.Span(p, n-2, reflectorPanel)
		size, rest := j1-j0, n-j0-1
		blockReflector(a, n, tau, j0, j1, v, s)
		block := y[(j0+1)*k:]
		blas.Gemm(threads, false, false, size, k, rest, 1, v, rest, block, k, 0, vy, k)
		blas.Gemm(threads, true, false, size, k, size, 1, s, size, vy, k, 0, svy, k)
		blas.Gemm(threads, true, false, rest, k, size, -1, v, rest, svy, k, 1, block, k)
	}
}
