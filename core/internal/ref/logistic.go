package ref

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// LogisticLoss is the weighted negative log-likelihood of labels y (0 or 1) plus penalty/2 |beta|^2.
func LogisticLoss(x [][]float64, y []int32, weight, beta []float64, penalty float64) float64 {
	loss := 0.0
	for _, b := range beta {
		loss += penalty / 2 * b * b
	}
	for i, row := range x {
		z := 0.0
		for j, v := range row {
			z += v * beta[j]
		}
		loss += weight[i] * (math.Log1p(math.Exp(-math.Abs(z))) + max(z, 0) - float64(y[i])*z)
	}
	return loss
}

// LogisticFit minimizes LogisticLoss by Newton's method with halved steps.
func LogisticFit(x [][]float64, y []int32, weight []float64, penalty float64) []float64 {
	d := len(x[0])
	beta := make([]float64, d)
	for range 100 {
		h, g := mat.NewSymDense(d, nil), mat.NewVecDense(d, nil)
		for j := range d {
			h.SetSym(j, j, penalty)
			g.SetVec(j, penalty*beta[j])
		}
		for i, row := range x {
			z := 0.0
			for j, v := range row {
				z += v * beta[j]
			}
			p := 1 / (1 + math.Exp(-z))
			h.SymRankOne(h, weight[i]*p*(1-p), mat.NewVecDense(d, row))
			g.AddScaledVec(g, weight[i]*(p-float64(y[i])), mat.NewVecDense(d, row))
		}
		var factor mat.Cholesky
		var step mat.VecDense
		if !factor.Factorize(h) || factor.SolveVecTo(&step, g) != nil {
			return beta
		}
		next, before := make([]float64, d), LogisticLoss(x, y, weight, beta, penalty)
		for size := 1.0; ; size /= 2 {
			for j := range next {
				next[j] = beta[j] - size*step.AtVec(j)
			}
			if after := LogisticLoss(x, y, weight, next, penalty); after < before || size < 1e-6 {
				if before-after < 1e-12*(1+before) {
					return beta
				}
				break
			}
		}
		beta = next
	}
	return beta
}

// Leverages returns x_i^T (sum_j x_j x_j^T / divisor_j)^-1 x_i.
func Leverages(x [][]float64, divisor []float64) []float64 {
	d := len(x[0])
	h := mat.NewSymDense(d, nil)
	for i, row := range x {
		h.SymRankOne(h, 1/divisor[i], mat.NewVecDense(d, row))
	}
	var factor mat.Cholesky
	if !factor.Factorize(h) {
		panic("ref: the rows do not span their space")
	}
	scores := make([]float64, len(x))
	for i, row := range x {
		var solved mat.VecDense
		if err := factor.SolveVecTo(&solved, mat.NewVecDense(d, row)); err != nil {
			panic(err)
		}
		scores[i] = mat.Dot(&solved, mat.NewVecDense(d, row))
	}
	return scores
}
