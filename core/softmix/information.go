package softmix

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// curvatures holds symmetric matrices of order d = K (L + 1): first the thetas, class by class, then the logarithms of all K
// probabilities, of which one direction, all of them together, changes nothing.
type curvatures struct {
	d        int
	observed []float64 // minus the second derivatives of l
	outer    []float64 // sum_j q_j s_j s_j'
	a, g     []float64 // of the evaluation
	l        float64
}

// curve finds the curvatures of l where k has been evaluated, with probabilities alpha.
//
// With B = sum_j q_j s_j s_j' minus the second derivatives are B less sum_j (q_j r_jk - a_k A_k(j)) (x_j - mu_k)(x_j - mu_k)' in
// the block of theta_k, g_k (1[k = m] - alpha_m) in that of theta_k and eta_m, and 1[m = n] (a_m - alpha_m) + 2 alpha_m alpha_n -
// alpha_m a_n - a_m alpha_n in that of eta_m and eta_n (Louis, 1982).
func curve[T core.Float](ctx context.Context, k *kernel[float64, T], alpha []float64) (*curvatures, error) {
	K, L, p := k.K, k.c.x.Cols, k.c.x.Rows
	d := K * (L + 1)
	v := &curvatures{d: d, observed: make([]float64, d*d), outer: make([]float64, d*d), l: k.l[0],
		a: append([]float64(nil), k.a...), g: append([]float64(nil), k.g...)}
	mu := make([]float64, K*L)
	if err := k.means(ctx, mu); err != nil {
		return nil, err
	}
	blocks := make([][]float64, K)
	for i := range blocks {
		blocks[i] = make([]float64, L*L)
	}
	scratch, right := make([]float64, tileRows*L), make([]float64, tileRows*L)
	s := newScores(k, mu, alpha)
	for lo := 0; lo < p; lo += tileRows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		hi := min(lo+tileRows, p)
		rows, stride := tileOf(k.c, scratch, lo, hi)
		for i := range K {
			for j := lo; j < hi; j++ {
				e := k.e[j*K+i]
				weight := e * k.unit[i] * (alpha[i]*k.ratio[j] - v.a[i])
				dst := right[(j-lo)*L : (j-lo+1)*L]
				for c, x := range rows[(j-lo)*stride:][:L] {
					dst[c] = weight * x
				}
			}
			blas.GemmTriangle(k.threads, true, true, false, L, hi-lo, 1, rows, stride, right, L, 1, blocks[i], L)
		}
		s.add(rows, stride, lo, hi, func(j int) float64 { return k.c.q[j] }, v.outer)
	}
	copy(v.observed, v.outer)
	v.subtract(blocks, mu, alpha, L)
	mirror(v.observed, d)
	mirror(v.outer, d)
	return v, nil
}

// subtract takes what is not the outer product of scores from the lower triangle of observed.
func (v *curvatures) subtract(blocks [][]float64, mu, alpha []float64, L int) {
	K, d := len(alpha), v.d
	for k, block := range blocks {
		m, g := mu[k*L:(k+1)*L], v.g[k*L:(k+1)*L]
		for i := range L {
			for j := range i + 1 {
				v.observed[(k*L+i)*d+k*L+j] -= block[i*L+j] - g[i]*m[j] - m[i]*g[j]
			}
			for n := range K {
				v.observed[(K*L+n)*d+k*L+i] -= g[i] * (indicator(k == n) - alpha[n])
			}
		}
		for n := range k + 1 {
			v.observed[(K*L+k)*d+K*L+n] -= indicator(k == n)*(v.a[k]-alpha[k]) + 2*alpha[k]*alpha[n] - alpha[k]*v.a[n] - v.a[k]*alpha[n]
		}
	}
}

func indicator(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// expected returns the information per draw of the mixture that k has been evaluated at: sum_j pi_j s_j s_j'.
func expected[T core.Float](ctx context.Context, k *kernel[float64, T], alpha []float64) ([]float64, error) {
	K, L, p := k.K, k.c.x.Cols, k.c.x.Rows
	d := K * (L + 1)
	mu, out := make([]float64, K*L), make([]float64, d*d)
	if err := k.means(ctx, mu); err != nil {
		return nil, err
	}
	scratch := make([]float64, tileRows*L)
	s := newScores(k, mu, alpha)
	for lo := 0; lo < p; lo += tileRows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		hi := min(lo+tileRows, p)
		rows, stride := tileOf(k.c, scratch, lo, hi)
		s.add(rows, stride, lo, hi, s.probability, out)
	}
	mirror(out, d)
	return out, nil
}

// scores makes the derivatives s_j of log pi_j.
type scores[T core.Float] struct {
	k         *kernel[float64, T]
	mu, alpha []float64
	rows      []float64 // tileRows x d
}

func newScores[T core.Float](k *kernel[float64, T], mu, alpha []float64) *scores[T] {
	return &scores[T]{k, mu, alpha, make([]float64, tileRows*k.K*(k.c.x.Cols+1))}
}

// probability returns pi_j.
func (s *scores[T]) probability(j int) float64 {
	sum := 0.0
	for k, a := range s.alpha {
		sum += a * s.k.unit[k] * s.k.e[j*s.k.K+k]
	}
	return sum
}

// add adds weight(j) s_j s_j' of the cells [lo, hi), given by x, to the lower triangle of dst. Cells of weight 0 are left out.
func (s *scores[T]) add(x []float64, stride, lo, hi int, weight func(j int) float64, dst []float64) {
	K, L := s.k.K, s.k.c.x.Cols
	d, n := K*(L+1), 0
	for j := lo; j < hi; j++ {
		w := weight(j)
		if w == 0 {
			continue
		}
		row, root, pi := s.rows[n*d:(n+1)*d], math.Sqrt(w), max(s.probability(j), least)
		n++
		xj := x[(j-lo)*stride:][:L]
		for k, a := range s.alpha {
			r := a * s.k.unit[k] * s.k.e[j*K+k] / pi
			mu, to := s.mu[k*L:(k+1)*L], row[k*L:(k+1)*L]
			for i, v := range xj {
				to[i] = root * r * (v - mu[i])
			}
			row[K*L+k] = root * (r - a)
		}
	}
	blas.Syrk(s.k.threads, true, true, d, n, 1, s.rows, d, 1, dst, d)
}
