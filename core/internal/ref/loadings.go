package ref

import "gonum.org/v1/gonum/mat"

// TiedStep is an M-step, under the posteriors q of m, for components that share their loadings Lambda. Feature d has
// unknowns [Lambda_d mu_1d ... mu_Cd], which solve one weighted least squares problem with the noise variances of m; those
// of its own follow, and are averaged if they are tied as well.
func TiedStep(m Mixture, x [][]float64, w []float64, q [][]float64, tiedNoise bool) Mixture {
	C, D, H := len(m), len(m[0].Mean), len(m[0].Loadings[0])
	next := make(Mixture, C)
	xz, zz, xx := make([]*mat.Dense, C), make([]*mat.SymDense, C), make([][]float64, C)
	total := 0.0
	for c, g := range m {
		xz[c], zz[c], xx[c], next[c].Weight = g.moments(x, column(q, w, c))
		next[c].Mean, next[c].Noise, next[c].Loadings = make([]float64, D), make([]float64, D), Rows(make([]float64, D*H), D, H)
		total += next[c].Weight
	}
	for d := range D {
		a, b := mat.NewDense(H+C, H+C, nil), mat.NewVecDense(H+C, nil)
		place := func(c, i int) int { // of factor i, or of the mean, of component c among the unknowns
			if i == H {
				return H + c
			}
			return i
		}
		for c, g := range m {
			for i := range H + 1 {
				b.SetVec(place(c, i), b.AtVec(place(c, i))+xz[c].At(d, i)/g.Noise[d])
				for j := range H + 1 {
					at, to := place(c, i), place(c, j)
					a.Set(at, to, a.At(at, to)+zz[c].At(i, j)/g.Noise[d])
				}
			}
		}
		theta := solveVec(a, b)
		for c := range next {
			r := append(append([]float64(nil), theta[:H]...), theta[H+c])
			copy(next[c].Loadings[d], r[:H])
			next[c].Mean[d] = r[H]
			next[c].Noise[d] = squares(xx[c][d], xz[c].RawRowView(d), zz[c], r) / next[c].Weight
		}
	}
	return next.finish(total, tiedNoise)
}

// CommonFactors are x = B + A u + e with u ~ N(Xi_c, Omega_c) and e ~ N(0, diag(Noise_c)) in component c.
type CommonFactors struct {
	A      [][]float64 // D x H
	B      []float64   // D
	Xi     [][]float64 // C x H
	Omega  []*mat.SymDense
	Weight []float64
	Noise  [][]float64 // C x D
}

// Mixture returns the mixture of means B + A Xi_c and covariances A Omega_c A^T + diag(Noise_c).
func (f CommonFactors) Mixture() Mixture {
	var m Mixture
	for c, xi := range f.Xi {
		var chol mat.Cholesky
		if !chol.Factorize(f.Omega[c]) {
			panic("ref: the covariance of common factors is not positive definite")
		}
		var l mat.TriDense
		chol.LTo(&l)
		g := Component{Weight: f.Weight[c], Noise: f.Noise[c]}
		for d, a := range f.A {
			g.Mean = append(g.Mean, f.B[d]+dot(a, xi))
			row := make([]float64, len(a))
			for h := range row {
				for k, v := range a {
					row[h] += v * l.At(k, h)
				}
			}
			g.Loadings = append(g.Loadings, row)
		}
		m = append(m, g)
	}
	return m
}

// Step is one iteration of EM about the factors u: with E[u | x] = xi + Omega A^T Sigma^-1 (x - mu) and
// Cov[u | x] = Omega - Omega A^T Sigma^-1 A Omega, xi_c and Omega_c are mean and covariance of u, and [A_d B_d] the weighted
// regression of feature d on [u 1].
func (f CommonFactors) Step(x [][]float64, w []float64, tiedNoise bool) CommonFactors {
	m := f.Mixture()
	q, _ := EStep(m, x, w)
	C, D, H := len(m), len(f.B), len(f.A[0])
	next := CommonFactors{A: Rows(make([]float64, D*H), D, H), B: make([]float64, D)}
	xu, uu, xx := make([]*mat.Dense, C), make([]*mat.SymDense, C), make([][]float64, C)
	fresh, total := make(Mixture, C), 0.0
	for c, g := range m {
		a := column(q, w, c)
		xu[c], uu[c], xx[c] = mat.NewDense(D, H+1, nil), mat.NewSymDense(H+1, nil), make([]float64, D)
		var gain, covariance, inverse mat.Dense // Omega A^T Sigma^-1; Cov[u | x]
		var flat []float64
		for _, row := range f.A {
			flat = append(flat, row...)
		}
		loadings := mat.NewDense(D, H, flat)
		if err := inverse.Inverse(g.Covariance()); err != nil {
			panic(err)
		}
		gain.Mul(f.Omega[c], loadings.T())
		gain.Mul(&gain, &inverse)
		covariance.Mul(&gain, loadings)
		covariance.Mul(&covariance, f.Omega[c])
		covariance.Sub(f.Omega[c], &covariance)
		for n, row := range x {
			u := make([]float64, H, H+1)
			for h := range u {
				u[h] = f.Xi[c][h] + dot(gain.RawRowView(h), minus(row, g.Mean))
			}
			u = append(u, 1)
			for i := range u {
				for d, v := range row {
					xu[c].Set(d, i, xu[c].At(d, i)+a[n]*v*u[i])
				}
				for j := range i + 1 {
					second := u[i] * u[j]
					if i < H {
						second += covariance.At(i, j)
					}
					uu[c].SetSym(i, j, uu[c].At(i, j)+a[n]*second)
				}
			}
			for d, v := range row {
				xx[c][d] += a[n] * v * v
			}
			fresh[c].Weight += a[n]
		}
		total += fresh[c].Weight
		xi, omega := make([]float64, H), mat.NewSymDense(H, nil)
		for i := range H {
			xi[i] = uu[c].At(i, H) / fresh[c].Weight
			for j := range i + 1 {
				omega.SetSym(i, j, uu[c].At(i, j)/fresh[c].Weight-xi[i]*xi[j])
			}
		}
		next.Xi, next.Omega = append(next.Xi, xi), append(next.Omega, omega)
		fresh[c].Noise = make([]float64, D)
	}
	for d := range D {
		a, b := mat.NewDense(H+1, H+1, nil), mat.NewVecDense(H+1, nil)
		for c := range m {
			var scaled mat.Dense
			scaled.Scale(1/f.Noise[c][d], uu[c])
			a.Add(a, &scaled)
			b.AddScaledVec(b, 1/f.Noise[c][d], xu[c].RowView(d))
		}
		theta := solveVec(a, b)
		copy(next.A[d], theta[:H])
		next.B[d] = theta[H]
		for c := range m {
			fresh[c].Noise[d] = squares(xx[c][d], xu[c].RawRowView(d), uu[c], theta) / fresh[c].Weight
		}
	}
	for _, g := range fresh.finish(total, tiedNoise) {
		next.Weight, next.Noise = append(next.Weight, g.Weight), append(next.Noise, g.Noise)
	}
	return next
}

// finish divides the weights by their sum, and averages the noise over components if it is tied.
func (m Mixture) finish(total float64, tiedNoise bool) Mixture {
	mean := make([]float64, len(m[0].Noise))
	for c := range m {
		m[c].Weight /= total
		for d, v := range m[c].Noise {
			mean[d] += m[c].Weight * v
		}
	}
	for c := range m {
		if tiedNoise {
			m[c].Noise = append([]float64(nil), mean...)
		}
	}
	return m
}

// squares returns sum a (x - r z)^2 from sum a x^2, sum a x z and sum a z z^T.
func squares(xx float64, xz []float64, zz *mat.SymDense, r []float64) float64 {
	for i, v := range r {
		xx -= 2 * v * xz[i]
		for j, u := range r {
			xx += v * u * zz.At(i, j)
		}
	}
	return xx
}

// column returns the weights of the points in component c.
func column(q [][]float64, w []float64, c int) []float64 {
	a := make([]float64, len(q))
	for n := range q {
		a[n] = w[n] * q[n][c]
	}
	return a
}

func solveVec(a *mat.Dense, b *mat.VecDense) []float64 {
	var x mat.VecDense
	if err := x.SolveVec(a, b); err != nil {
		panic(err)
	}
	return x.RawVector().Data
}
