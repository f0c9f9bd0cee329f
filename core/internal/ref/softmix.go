package ref

import "math"

// SoftmaxScore returns what one evaluation of a softmax mixture gives: the mean log-likelihood sum_j q_j log pi_j with
// pi_j = sum_k alpha_k A_k(j) and A_k(j) = exp(x_j theta_k) / sum_i exp(x_i theta_k), the shares a_k = sum_j q_j r_jk of the
// posterior r_jk = alpha_k A_k(j) / pi_j, and the scores sum_j (q_j r_jk - a_k A_k(j)) x_j of theta_k.
func SoftmaxScore(x [][]float64, q []float64, theta [][]float64, alpha []float64) (l float64, a []float64, score [][]float64) {
	classes := make([][]float64, len(theta))
	for k, t := range theta {
		classes[k] = SoftmaxClass(x, t)
	}
	a = make([]float64, len(theta))
	posterior := make([][]float64, len(x))
	for j := range x {
		pi := 0.0
		for k := range theta {
			pi += alpha[k] * classes[k][j]
		}
		posterior[j] = make([]float64, len(theta))
		for k := range theta {
			posterior[j][k] = alpha[k] * classes[k][j] / pi
			a[k] += q[j] * posterior[j][k]
		}
		if q[j] > 0 {
			l += q[j] * math.Log(pi)
		}
	}
	for k := range theta {
		s := make([]float64, len(x[0]))
		for j, row := range x {
			for i, v := range row {
				s[i] += (q[j]*posterior[j][k] - a[k]*classes[k][j]) * v
			}
		}
		score = append(score, s)
	}
	return l, a, score
}

// SoftmaxClass returns the probabilities exp(x_j theta) / sum_i exp(x_i theta).
func SoftmaxClass(x [][]float64, theta []float64) []float64 {
	u, largest := make([]float64, len(x)), math.Inf(-1)
	for j, row := range x {
		for i, v := range row {
			u[j] += v * theta[i]
		}
		largest = max(largest, u[j])
	}
	sum := 0.0
	for j := range u {
		u[j] = math.Exp(u[j] - largest)
		sum += u[j]
	}
	for j := range u {
		u[j] /= sum
	}
	return u
}
