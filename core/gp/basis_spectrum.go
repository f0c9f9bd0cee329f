package gp

import (
	"math"
)

// smoothness returns nu of a Matern kernel, infinity for RBF.
func smoothness(kernel string) float64 {
	switch kernel {
	case BasisMatern12:
		return 0.5
	case BasisMatern32:
		return 1.5
	case BasisMatern52:
		return 2.5
	}
	return math.Inf(1)
}

// spectralDensity returns the logarithm of the spectral density of a kernel of one feature at the frequency omega, and its
// derivative by the logarithm of the length scale.
func spectralDensity(kernel string, length, omega float64) (value, slope float64) {
	nu := smoothness(kernel)
	if math.IsInf(nu, 1) {
		u := length * omega
		return math.Log(length) + 0.5*math.Log(2*math.Pi) - u*u/2, 1 - u*u
	}
	// 2 sqrt(pi) Gamma(nu + 1/2) / Gamma(nu) a^(2 nu) (a^2 + omega^2)^-(nu + 1/2) with a = sqrt(2 nu) / length
	a := math.Sqrt(2*nu) / length
	half, _ := math.Lgamma(nu + 0.5)
	whole, _ := math.Lgamma(nu)
	square := a*a + omega*omega
	return math.Log(2) + 0.5*math.Log(math.Pi) + half - whole + 2*nu*math.Log(a) - (nu+0.5)*math.Log(square),
		-(2*nu - (2*nu+1)*a*a/square)
}

// correlation returns the kernel at a distance.
func correlation(kernel string, length, distance float64) float64 {
	u := distance / length
	switch kernel {
	case BasisMatern12:
		return math.Exp(-u)
	case BasisMatern32:
		u *= math.Sqrt(3)
		return (1 + u) * math.Exp(-u)
	case BasisMatern52:
		u *= math.Sqrt(5)
		return (1 + u + u*u/3) * math.Exp(-u)
	}
	return math.Exp(-u * u / 2)
}

// functionsPerScale returns how many functions it takes to resolve a length scale, per boundary over length scale.
//
// Source: G. Riutort-Mayol, P.-C. Burkner, M. R. Andersen, A. Solin, A. Vehtari: Practical Hilbert space approximate Bayesian
// Gaussian processes for probabilistic programming, Statistics and Computing, 2023. Matern 1/2, which is not in it, has a
// spectrum that no practical number of functions exhausts.
func functionsPerScale(kernel string) float64 {
	switch kernel {
	case BasisMatern12:
		return 8
	case BasisMatern32:
		return 3.42
	case BasisMatern52:
		return 2.65
	}
	return 1.75
}

// frequency returns the frequency of function b = 0, 1, ...
func (d *BasisDesign) frequency(b int) float64 { return math.Pi * float64(b+1) / (2 * d.Boundary) }

// fill writes the values of the functions of a continuous feature at z, in half ranges from the center. Out of the ends they
// are zero.
func (d *BasisDesign) fill(dst []float64, z float64) {
	if !(math.Abs(z) < d.Boundary) {
		clear(dst)
		return
	}
	s, c := math.Sincos(math.Pi * (z + d.Boundary) / (2 * d.Boundary))
	scale := 1 / math.Sqrt(d.Boundary)
	si, co := s, c
	for b := range dst {
		dst[b] = scale * si
		si, co = si*c+co*s, co*c-si*s
	}
}

// basisError returns the largest difference between the kernel and what count functions make of it, on pairs of points of
// the range.
func (d *BasisDesign) basisError(length float64, count int) float64 {
	const grid = 21
	phi, density := make([]float64, grid*count), make([]float64, count)
	for b := range density {
		value, _ := spectralDensity(d.Kernel, length, d.frequency(b))
		density[b] = math.Exp(value)
	}
	at := func(i int) float64 { return 2*float64(i)/(grid-1) - 1 }
	for i := range grid {
		d.fill(phi[i*count:(i+1)*count], at(i))
	}
	worst := 0.0
	for i := range grid {
		for j := range i + 1 {
			sum := 0.0
			for b, s := range density {
				sum += s * phi[i*count+b] * phi[j*count+b]
			}
			worst = max(worst, math.Abs(sum-correlation(d.Kernel, length, at(i)-at(j))))
		}
	}
	return worst
}
