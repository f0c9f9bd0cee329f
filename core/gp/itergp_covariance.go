package gp

import (
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// Explained writes k C k^T to dst for each of the m rows k of kx = K(X*, X) (m x n): what to take from the prior variance
// for the combined one, never more than the exact posterior takes. 2*m*n*k operations. Errors wrap core.ErrShape.
func (b *Belief) Explained(dst []float64, kx core.Matrix[float64]) error {
	return explained(b.threads, dst, b.D, kx)
}

// Mean writes K(X*, X) v to dst (m). Errors wrap core.ErrShape.
func (b *Belief) Mean(dst []float64, kx core.Matrix[float64]) error {
	if err := checkShape(kx, "K(X*, X)", len(dst), len(b.Weights)); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = blas.Dot(kx.Row(i), b.Weights)
	}
	return nil
}

// Covariance takes K(X*, X) C K(X, X') from dst, which holds the prior covariance K(X*, X') (m x l): what is left is the
// combined covariance. kx is K(X*, X) (m x n), ky is K(X', X) (l x n). 2*(m+l)*n*k operations. Errors wrap core.ErrShape.
func (b *Belief) Covariance(dst, kx, ky core.Matrix[float64]) error {
	n, k := len(b.Weights), b.D.Rows
	if err := checkShape(kx, "K(X*, X)", dst.Rows, n); err != nil {
		return err
	}
	if err := checkShape(ky, "K(X', X)", dst.Cols, n); err != nil {
		return err
	}
	if err := dst.Check("the prior covariance"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if k == 0 || dst.Rows == 0 || dst.Cols == 0 {
		return nil
	}
	project := func(rows core.Matrix[float64]) []float64 {
		u := make([]float64, rows.Rows*k)
		blas.Gemm(b.threads, false, true, rows.Rows, k, n, 1, rows.Data, rows.Stride, b.D.Data, n, 0, u, k)
		return u
	}
	left, right := project(kx), project(ky)
	blas.Gemm(b.threads, false, true, dst.Rows, dst.Cols, k, -1, left, k, right, k, 1, dst.Data, dst.Stride)
	return nil
}

// Uncertainty is the variance of a latent function at m points, in parts: Combined = Mathematical + Computational.
type Uncertainty struct {
	Combined      []float64 // that of the belief
	Mathematical  []float64 // that of the exact posterior, which more data would reduce
	Computational []float64 // what more actions would take away; never negative
}

// Decompose tells apart what data and what computation leave open, at m points with prior variances prior (m) and kx =
// K(X*, X) (m x n). solved is (K + Sigma)^-1 K(X, X*) (n x m), exactly or to a tolerance, by another solver. Errors wrap
// core.ErrShape.
func (b *Belief) Decompose(prior []float64, kx, solved core.Matrix[float64]) (*Uncertainty, error) {
	m := len(prior)
	if err := checkShape(solved, "the solution", len(b.Weights), m); err != nil {
		return nil, err
	}
	u := &Uncertainty{make([]float64, m), make([]float64, m), make([]float64, m)}
	if err := b.Explained(u.Combined, kx); err != nil {
		return nil, err
	}
	for i := range m {
		exact := 0.0
		for j, v := range kx.Row(i) {
			exact += v * solved.Row(j)[i]
		}
		// A solution short of the exact one explains less, and rounding may do so too.
		exact = max(exact, u.Combined[i])
		u.Computational[i] = exact - u.Combined[i]
		u.Combined[i] = max(prior[i]-u.Combined[i], 0)
		u.Computational[i] = min(u.Computational[i], u.Combined[i])
		u.Mathematical[i] = u.Combined[i] - u.Computational[i]
	}
	return u, nil
}
