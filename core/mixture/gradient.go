package mixture

import "context"

// Values of Options.MStep.
const (
	UpdateAll      = "em"       // every parameter, by EM
	UpdateMeans    = "means"    // the means by EM; weights and covariances keep their starting values
	UpdateGradient = "gradient" // the means by a gradient step; weights and covariances keep their starting values
)

// moveMeans is the M-step of UpdateMeans and UpdateGradient. With mean displacement y_c / N_c of the points of component
// c, a gradient step of length rate, in the metric of Sigma_c and for the mean log-likelihood, is rate N_c / N times it.
// Both move a mean along the segment to its EM update, on which the expected log-likelihood is concave, so that rates
// up to 1 never lower F (gradient EM as in Xu, Fazel and Du, arXiv:2407.00490).
func (m *mstep[T]) moveMeans(ctx context.Context, p *params, found []pairs[T]) error {
	return m.each(ctx, found, func(c int, sums *moments, w *mscratch[T]) {
		if !(sums.n > 1e-100) {
			return
		}
		step := 1 / sums.u
		if m.mStep == UpdateGradient {
			step *= m.rate * sums.n / m.d.total
		}
		mu, _, _ := p.component(c)
		for d, y := range sums.m[m.dp : m.dp+m.k.D] {
			mu[d] += step * y
		}
	})
}
