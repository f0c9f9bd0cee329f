package ref

import "gonum.org/v1/gonum/mat"

// EStep returns the posteriors q (N x C) and the mean log-likelihood sum_n w_n log p(x_n) / sum_n w_n.
func EStep(m Mixture, x [][]float64, w []float64) (q [][]float64, meanLogLik float64) {
	total := 0.0
	for n, row := range x {
		q = append(q, m.Posterior(row))
		meanLogLik += w[n] * m.LogDensity(row)
		total += w[n]
	}
	return q, meanLogLik / total
}

// MStep maximises the expected log-likelihood under the posteriors q of m. With the weights
// a_n = w_n q_nc, the factor means z_n = beta (x_n - mu) and second moments E[zz^T] = I - beta Lambda + z z^T under m,
// beta = Lambda^T Sigma^-1, and z~ = [z; 1],
//
//	[Lambda mu] = (sum_n a_n x_n z~_n^T) (sum_n a_n E[z~ z~^T])^-1
//	D           = diag(sum_n a_n (x_n - [Lambda mu] z~_n) x_n^T) / sum_n a_n
//	pi          = sum_n a_n / sum_n w_n
//
// and then gives the factors the mean m and the covariance R R^T of their posteriors, of which mu + Lambda m and Lambda R
// are the same mixture with standard factors (PX-EM: Liu, Rubin and Wu, Biometrika 85, 1998).
//
// Every noise variance is raised to the floor of its feature (D). Spherical noise is the mean over features.
func MStep(m Mixture, x [][]float64, w []float64, q [][]float64, floor []float64, spherical bool) Mixture {
	next, _ := m.updated(w, q, func(g Component, a []float64) Component { return g.update(x, a, floor, spherical) })
	return next
}

// updated returns the components that update makes of the present ones and the weights a_n = w_n q_nc of the points, and the
// sum of w.
func (m Mixture) updated(w []float64, q [][]float64, update func(g Component, a []float64) Component) (next Mixture, total float64) {
	next = make(Mixture, len(m))
	for _, v := range w {
		total += v
	}
	for c, g := range m {
		a := make([]float64, len(w))
		for n := range w {
			a[n] = w[n] * q[n][c]
		}
		next[c] = update(g, a)
		next[c].Weight /= total
	}
	return next, total
}

// update is the M-step of one component under the weights a of the points; Weight is left holding their sum.
func (g Component) update(x [][]float64, a, floor []float64, spherical bool) Component {
	xz, zz, xx, sum := g.moments(x, a)
	return solveMoments(xz, zz, xx, sum, floor, spherical).expand(zz, sum, true)
}

// expand gives the factors the mean (unless it is to stay 0) and the covariance that their moments sum a z~ z~^T show.
func (g Component) expand(zz *mat.SymDense, sum float64, shift bool) Component {
	H := len(g.Loadings[0])
	if H == 0 {
		return g
	}
	mean, covariance := make([]float64, H), mat.NewSymDense(H, nil)
	for i := range mean {
		if shift {
			mean[i] = zz.At(H, i) / zz.At(H, H)
		}
		for j := range i + 1 {
			covariance.SetSym(i, j, (zz.At(i, j)-mean[i]*zz.At(H, j))/sum)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(covariance) {
		panic("ref: the covariance of the factors is not positive definite")
	}
	var r mat.TriDense
	chol.LTo(&r)
	for d, row := range g.Loadings {
		g.Mean[d] += dot(row, mean)
		turned := make([]float64, H)
		for h := range turned {
			for i := range row {
				turned[h] += row[i] * r.At(i, h)
			}
		}
		g.Loadings[d] = turned
	}
	return g
}

// moments returns sum a x z~^T (D x H+1), sum a z~ z~^T, sum a x^2 (D) and sum a.
func (g Component) moments(x [][]float64, a []float64) (xz *mat.Dense, zz *mat.SymDense, xx []float64, sum float64) {
	D, H := len(g.Mean), len(g.Loadings[0])
	xz, zz, xx = mat.NewDense(D, H+1, nil), mat.NewSymDense(H+1, nil), make([]float64, D)
	covariance := g.factorCovariance()
	for n, row := range x {
		z := append(g.FactorMean(row), 1)
		sum += a[n]
		for i, zi := range z {
			for d, v := range row {
				xz.Set(d, i, xz.At(d, i)+a[n]*v*zi)
			}
			for j := range i + 1 {
				second := zi * z[j]
				if i < H {
					second += covariance[i][j]
				}
				zz.SetSym(i, j, zz.At(i, j)+a[n]*second)
			}
		}
		for d, v := range row {
			xx[d] += a[n] * v * v
		}
	}
	return xz, zz, xx, sum
}

// solveMoments returns the component whose moments are sum a x z~^T (D x H+1), sum a z~ z~^T, sum a x^2 (D) and sum a.
func solveMoments(xz *mat.Dense, zz *mat.SymDense, xx []float64, sum float64, floor []float64, spherical bool) Component {
	D, n := xz.Dims()
	H := n - 1
	var solution mat.Dense
	if err := solution.Solve(zz, xz.T()); err != nil { // its transpose is [Lambda mu]
		panic("ref: the second moments of the factors are singular")
	}
	next := Component{Weight: sum}
	for d := range D {
		noise := xx[d]
		for i := range H + 1 {
			noise -= solution.At(i, d) * xz.At(d, i)
		}
		next.Noise = append(next.Noise, noise/sum)
		next.Mean = append(next.Mean, solution.At(H, d))
		row := make([]float64, H)
		for h := range row {
			row[h] = solution.At(h, d)
		}
		next.Loadings = append(next.Loadings, row)
	}
	if spherical {
		mean := 0.0
		for _, v := range next.Noise {
			mean += v / float64(D)
		}
		for d := range next.Noise {
			next.Noise[d] = mean
		}
	}
	for d, v := range next.Noise {
		next.Noise[d] = max(v, floor[d])
	}
	return next
}

// factorCovariance returns Cov[z | x] = I - beta Lambda (H x H), the same for every x.
func (g Component) factorCovariance() [][]float64 {
	D, H := len(g.Mean), len(g.Loadings[0])
	v := make([][]float64, H)
	for i := range v {
		v[i] = make([]float64, H)
		column := make([]float64, D) // mu + column i of Lambda, whose factor mean is column i of beta Lambda
		for d := range column {
			column[d] = g.Mean[d] + g.Loadings[d][i]
		}
		for j, b := range g.FactorMean(column) {
			v[i][j] = -b
		}
		v[i][i]++
	}
	return v
}

// Lloyd moves the centres to the means of their points, iterations times, and returns the centres, the nearest centre of
// each point (the first of equals) and the weighted sum of squared distances. Centres without points stay.
func Lloyd(x [][]float64, w []float64, centers [][]float64, iterations int) (moved [][]float64, labels []int, inertia float64) {
	moved = centers
	for range iterations {
		labels, _ = nearest(x, w, moved)
		next := make([][]float64, len(moved))
		for c := range next {
			sum, total := make([]float64, len(moved[c])), 0.0
			for n, row := range x {
				if labels[n] != c {
					continue
				}
				total += w[n]
				for d, v := range row {
					sum[d] += w[n] * v
				}
			}
			next[c] = moved[c]
			if total > 0 {
				for d := range sum {
					sum[d] /= total
				}
				next[c] = sum
			}
		}
		moved = next
	}
	labels, inertia = nearest(x, w, moved)
	return moved, labels, inertia
}

func nearest(x [][]float64, w []float64, centers [][]float64) (labels []int, inertia float64) {
	for n, row := range x {
		minusDistance := make([]float64, len(centers))
		for c, center := range centers {
			e := minus(row, center)
			minusDistance[c] = -dot(e, e)
		}
		best := TopK(minusDistance, 1)[0]
		labels = append(labels, best)
		inertia -= w[n] * minusDistance[best]
	}
	return labels, inertia
}
