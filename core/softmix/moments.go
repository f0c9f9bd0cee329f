package softmix

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
)

// moments are estimates of moments of the classes from one look at the cells.
//
// Re-centred: the second moment sum (q_j - w_j) z_j z_j' of z = F^-1 (x - E_w x) estimates sum_k alpha_k phi_k phi_k', whatever
// the distribution of x, to second order in phi. Hermite: if x is Gaussian over the cells, with the covariance S_0 = F_0 F_0' and
// z = F_0^-1 (x - mean), then sum_j q_j z_j z_j' - I estimates the same of F_0' theta_k.
type moments struct {
	values  []float64 // leading eigenvalues of the re-centred second moment, decreasing
	vectors []float64 // L x len(values): their eigenvectors, in units of phi
	raw     []float64 // L x min(K, L): the leading eigenvectors of the Hermite second moment, in units of theta
}

// newMoments finds the leading moments for K classes.
func newMoments[T core.Float](ctx context.Context, c *cells[T], b *pooled, m *metric, K, threads int) (*moments, error) {
	L := c.x.Cols
	signed := make([]float64, len(c.q))
	for j, q := range c.q {
		signed[j] = q - b.w[j]
	}
	s := make([]float64, L*L)
	if err := scatter(ctx, c, signed, b.mean, threads, s); err != nil {
		return nil, err
	}
	m.whiten(threads, s)
	n := min(K, L)
	found := &moments{values: make([]float64, n), vectors: make([]float64, L*n), raw: make([]float64, L*n)}
	if err := dense.EigenSymLeading(ctx, threads, s, L, n, found.values, found.vectors); err != nil {
		return nil, err
	}
	if err := scatter(ctx, c, nil, c.mean, threads, s); err != nil {
		return nil, err
	}
	uniform, err := newMetric(append([]float64(nil), s...), make([]float64, L), c.scale)
	if err != nil {
		return nil, err
	}
	if err := scatter(ctx, c, c.q, c.mean, threads, s); err != nil {
		return nil, err
	}
	uniform.whiten(threads, s)
	for i := range L {
		s[i*L+i]--
	}
	vectors := make([]float64, L*n)
	if err := dense.EigenSymLeading(ctx, threads, s, L, n, make([]float64, n), vectors); err != nil {
		return nil, err
	}
	blas.Gemm(threads, true, false, L, n, L, 1, uniform.inverse, L, vectors, n, 0, found.raw, n)
	return found, nil
}

// projected calls f with q_j - w_j and the coordinates of z_j along the first d vectors, for every cell.
func projected[T core.Float](ctx context.Context, c *cells[T], b *pooled, m *metric, s *moments, d int, f func(weight float64, z []float64)) error {
	L, n := c.x.Cols, len(s.values)
	basis := make([]float64, L*d)
	blas.Gemm(1, true, false, L, d, L, 1, m.inverse, L, s.vectors, n, 0, basis, d)
	moved, z := make([]float64, tileRows*L), make([]float64, tileRows*d)
	for lo := 0; lo < c.x.Rows; lo += tileRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		hi := min(lo+tileRows, c.x.Rows)
		for j := lo; j < hi; j++ {
			for i, v := range c.x.Row(j) {
				moved[(j-lo)*L+i] = float64(v) - b.mean[i]
			}
		}
		blas.Gemm(1, false, false, hi-lo, d, L, 1, moved, L, basis, d, 0, z, d)
		for j := lo; j < hi; j++ {
			f(c.q[j]-b.w[j], z[(j-lo)*d:(j-lo+1)*d])
		}
	}
	return nil
}
