package ref

import "math"

// Covariance is a covariance function of two points x and y. same says that they are one and the same point of a data
// set, which only white noise cares about. theta holds the natural values of the parameters in the order of their use.
type Covariance func(x, y []float64, same bool, theta *Values) float64

// Values hands out parameters one after the other.
type Values struct {
	All  []float64
	used int
}

// Next returns the next parameter.
func (v *Values) Next() float64 {
	v.used++
	return v.All[v.used-1]
}

// scales returns one length scale per feature: count of them, or one for all.
func (v *Values) scales(count, features int) []float64 {
	all := make([]float64, features)
	for q := range all {
		if q < count {
			all[q] = v.Next()
		} else {
			all[q] = all[0]
		}
	}
	return all
}

// ConstantCovariance is a constant.
func ConstantCovariance() Covariance {
	return func(_, _ []float64, _ bool, theta *Values) float64 { return theta.Next() }
}

// WhiteCovariance is the noise of a point with itself.
func WhiteCovariance() Covariance {
	return func(_, _ []float64, same bool, theta *Values) float64 {
		if v := theta.Next(); same {
			return v
		}
		return 0
	}
}

// Stationary is kappa(rho) with rho the distance of x and y in the features dims, in units of count length scales.
func Stationary(kappa func(rho float64) float64, dims []int, count int) Covariance {
	return func(x, y []float64, _ bool, theta *Values) float64 {
		return kappa(distance(x, y, dims, theta.scales(count, len(dims))))
	}
}

func distance(x, y []float64, dims []int, scales []float64) float64 {
	sum := 0.0
	for i, q := range dims {
		sum += (x[q] - y[q]) * (x[q] - y[q]) / (scales[i] * scales[i])
	}
	return math.Sqrt(sum)
}

// RBF, Matern12, Matern32 and Matern52 are kappa of the kernels of that name.
func RBF(rho float64) float64 { return math.Exp(-rho * rho / 2) }

func Matern12(rho float64) float64 { return math.Exp(-rho) }

func Matern32(rho float64) float64 { return (1 + math.Sqrt(3)*rho) * math.Exp(-math.Sqrt(3)*rho) }

func Matern52(rho float64) float64 {
	return (1 + math.Sqrt(5)*rho + 5*rho*rho/3) * math.Exp(-math.Sqrt(5)*rho)
}

// RationalQuadratic is (1 + rho^2 / (2 alpha))^-alpha; alpha comes before the length scales.
func RationalQuadratic(dims []int, count int) Covariance {
	return func(x, y []float64, _ bool, theta *Values) float64 {
		alpha := theta.Next()
		rho := distance(x, y, dims, theta.scales(count, len(dims)))
		return math.Exp(-alpha * math.Log1p(rho*rho/(2*alpha)))
	}
}

// Periodic is exp(-2 sum sin^2(pi (x_q - y_q) / p_q) / l_q^2).
func Periodic(dims []int, lengths, periods int) Covariance {
	return func(x, y []float64, _ bool, theta *Values) float64 {
		l := theta.scales(lengths, len(dims))
		p := theta.scales(periods, len(dims))
		sum := 0.0
		for i, q := range dims {
			s := math.Sin(math.Pi*(x[q]-y[q])/p[i]) / l[i]
			sum += 2 * s * s
		}
		return math.Exp(-sum)
	}
}

// LinearCovariance is sigma_0^2 + x . y.
func LinearCovariance(dims []int) Covariance {
	return func(x, y []float64, _ bool, theta *Values) float64 {
		sigma := theta.Next()
		sum := sigma * sigma
		for _, q := range dims {
			sum += x[q] * y[q]
		}
		return sum
	}
}

// SumOf and ProductOf combine two covariances.
func SumOf(a, b Covariance) Covariance {
	return func(x, y []float64, same bool, theta *Values) float64 {
		v := a(x, y, same, theta)
		return v + b(x, y, same, theta)
	}
}

func ProductOf(a, b Covariance) Covariance {
	return func(x, y []float64, same bool, theta *Values) float64 {
		v := a(x, y, same, theta)
		return v * b(x, y, same, theta)
	}
}

// Gram returns the matrix of covariances of the points x with the points y; same says that they are the same data set.
func Gram(k Covariance, x, y [][]float64, same bool, theta []float64) [][]float64 {
	out := make([][]float64, len(x))
	for i := range x {
		out[i] = make([]float64, len(y))
		for j := range y {
			out[i][j] = k(x[i], y[j], same && i == j, &Values{All: theta})
		}
	}
	return out
}

// GramGradient returns the sum over i, j of w_ij times the derivative of the covariance of x_i and x_j by the logarithm of
// each parameter, by central differences of the fourth order.
func GramGradient(k Covariance, x [][]float64, theta []float64, w [][]float64) []float64 {
	const step = 2e-4
	weighted := func(p int, shift float64) float64 {
		moved := append([]float64(nil), theta...)
		moved[p] *= math.Exp(shift)
		sum := 0.0
		for i, row := range Gram(k, x, x, true, moved) {
			for j, v := range row {
				sum += w[i][j] * v
			}
		}
		return sum
	}
	out := make([]float64, len(theta))
	for p := range theta {
		near := weighted(p, step) - weighted(p, -step)
		far := weighted(p, 2*step) - weighted(p, -2*step)
		out[p] = (8*near - far) / (12 * step)
	}
	return out
}
