package dense

import (
	"context"

	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// reflectorPanel is how many reflectors are applied together.
const reflectorPanel = 32

// tridiagonalize reduces the symmetric a (n x n), of which only the upper triangle is read, to H a H^T with diagonal d and off[i] beside d[i] and d[i+1], where
// H = H_{n-3} ... H_0 and H_j = I - tau[j] v_j v_j^T acts on the elements from j+1 on. Row j of a then holds v_j from
// column j+1 on.
//
// It stops after a panel if ctx ends.
//
// Within a panel the trailing matrix stays as it was: a_now = a - V W^T - W V^T, so that half of the work is one product
// of a matrix and a vector per column, and the other half products of matrices.
func tridiagonalize(ctx context.Context, a []float64, n int, d, off, tau []float64) {
	panel := min(n, reflectorPanel)
	vw := make([]float64, 2*panel*n) // the rows v_j of the panel, then the rows w_j
	wv := make([]float64, 2*panel*n) // the same, w_j first
	for j0 := 0; j0 < n-2 && !ended(ctx); j0 += reflectorPanel {
		j1 := min(n-2, j0+reflectorPanel)
		size := j1 - j0
		v, w := vw[:size*n], vw[size*n:2*size*n]
		for j := j0; j < j1; j++ {
			t := j - j0
			row := a[j*n+j : j*n+n]
			for u := range t {
				blas.Axpy(-v[u*n+j], w[u*n+j:u*n+n], row)
				blas.Axpy(-w[u*n+j], v[u*n+j:u*n+n], row)
			}
			d[j] = row[0]
			x := row[1:]
			off[j], tau[j] = reflector(x)
			copy(v[t*n+j+1:], x)
			y := w[t*n+j+1 : t*n+n]
			symv(n-j-1, a[(j+1)*n+j+1:], n, x, y)
			for u := range t {
				vu, wu := v[u*n+j+1:u*n+n], w[u*n+j+1:u*n+n]
				alongV, alongW := blas.Dot(vu, x), blas.Dot(wu, x)
				blas.Axpy(-alongW, vu, y)
				blas.Axpy(-alongV, wu, y)
			}
			scale(tau[j], y)
			blas.Axpy(-tau[j]/2*blas.Dot(y, x), x, y)
		}
		copy(wv, w)
		copy(wv[size*n:], v)
		rest := n - j1
		blas.GemmTriangle(1, false, true, false, rest, 2*size, -1, vw[j1:], n, wv[j1:], n, 1, a[j1*n+j1:], n)
	}
	for j := max(0, n-2); j < n; j++ {
		d[j] = a[j*n+j]
		if j < n-1 {
			off[j] = a[j*n+j+1]
		}
	}
}

// reflectorProduct writes H_{n-3} ... H_0 to z (n x n, row stride ld), the reflectors as tridiagonalize left them in a
// and tau.
// A panel's product is I - V^T S V with a lower triangular S, and is applied as matrix products from the right, the last
// panel first, so that only the trailing part of z is more than the identity.
func reflectorProduct(ctx context.Context, a []float64, n int, tau, z []float64, ld int) {
	clear(z)
	for i := range n {
		z[i*ld+i] = 1
	}
	panel := min(n, reflectorPanel)
	v, zv, zvs := make([]float64, panel*n), make([]float64, panel*n), make([]float64, panel*n)
	s := make([]float64, panel*panel)
	for p := par.Tiles(n-2, reflectorPanel) - 1; p >= 0 && !ended(ctx); p-- {
		j0, j1 := par.Span(p, n-2, reflectorPanel)
		size, rest := j1-j0, n-j0-1
		blockReflector(a, n, tau, j0, j1, v, s)
		block := z[(j0+1)*ld+j0+1:]
		blas.Gemm(1, false, true, rest, size, rest, 1, block, ld, v, rest, 0, zv, size)
		blas.Gemm(1, false, false, rest, size, size, 1, zv, size, s, size, 0, zvs, size)
		blas.Gemm(1, false, false, rest, rest, size, -1, zvs, size, v, rest, 1, block, ld)
	}
}

// blockReflector writes V and S, both without gaps between rows, such that H_{j1-1} ... H_{j0} = I - V^T S V in the
// elements from j0+1 on: V (j1-j0 rows) holds the reflectors as tridiagonalize left them in a, and S is lower triangular.
func blockReflector(a []float64, n int, tau []float64, j0, j1 int, v, s []float64) {
	size, rest := j1-j0, n-j0-1
	for t := range size {
		row := v[t*rest : (t+1)*rest]
		clear(row[:t])
		copy(row[t:], a[(j0+t)*n+j0+t+1:(j0+t+1)*n])
	}
	var along [reflectorPanel * reflectorPanel]float64
	blas.Gemm(1, false, true, size, size, rest, 1, v, rest, v, rest, 0, along[:], size)
	// H_t (I - V^T S V) adds to S the row tau_t (e_t - (v_t V^T) S).
	clear(s[:size*size])
	for t := range size {
		row := s[t*size : t*size+t]
		for u := range t {
			blas.Axpy(-tau[j0+t]*along[t*size+u], s[u*size:u*size+u+1], row[:u+1])
		}
		s[t*size+t] = tau[j0+t]
	}
}
