package gp

// Kernel is a covariance function of two points: one of [Constant], [RBF], [Matern], [RationalQuadratic], [Periodic],
// [Linear] and [White], or a [Sum] or [Product] of kernels. Kernels are values: nothing changes one once it is made.
//
// The parameters of a kernel, in the order in which scikit-learn lists them, are those of the left part before those of
// the right part of a sum or product, and of one kernel in alphabetical order. See [Params] and [Theta].
type Kernel interface {
	// String writes the kernel as an expression.
	String() string

	params(prefix string) []Param
	with(next func(value float64, b Bounds) float64) Kernel
	validate(features int) error
	compile(c *compiler) *node
}

// Bounds limits a parameter in training. The zero value means 1e-5 to 1e5.
type Bounds struct {
	Lower, Upper float64 // 0 < Lower <= Upper
	Fixed        bool    // the parameter is not trained and has no place in theta
}

// Constant is k = Value everywhere. As a factor it is the variance of a process. Parameter: constant_value.
type Constant struct {
	Value  float64
	Bounds Bounds
}

// RBF is exp(-rho^2/2) with rho the distance in units of the length scales. Parameter: length_scale.
type RBF struct {
	LengthScale []float64 // one for all features or one per feature; none means 1
	Dims        []int     // the features it looks at; none means all
	Bounds      Bounds
}

// Matern is the kernel of smoothness Nu, of 1/2, 3/2 or 5/2:
//
//	exp(-rho),  (1 + sqrt(3) rho) exp(-sqrt(3) rho),  (1 + sqrt(5) rho + 5/3 rho^2) exp(-sqrt(5) rho).
//
// Parameter: length_scale.
type Matern struct {
	Nu          float64   // 0.5, 1.5 or 2.5; 0 means 1.5
	LengthScale []float64 // as in RBF
	Dims        []int     // as in RBF
	Bounds      Bounds
}

// RationalQuadratic is (1 + rho^2 / (2 Alpha))^-Alpha, a mixture of RBF kernels of many length scales. Parameters: alpha,
// length_scale.
type RationalQuadratic struct {
	Alpha       float64   // 0 means 1
	LengthScale []float64 // as in RBF
	Dims        []int     // as in RBF
	AlphaBounds Bounds
	Bounds      Bounds // of the length scales
}

// Periodic is exp(-2 sum over q of sin^2(pi (x_q - x'_q) / p_q) / l_q^2), a product over features. For one feature it is
// scikit-learn's ExpSineSquared, which for several is a function of their Euclidean distance and need not be positive
// definite. Parameters: length_scale, periodicity.
type Periodic struct {
	LengthScale  []float64 // as in RBF, a pure number
	Period       []float64 // as LengthScale, in units of x
	Dims         []int     // as in RBF
	Bounds       Bounds    // of the length scales
	PeriodBounds Bounds
}

// Linear is Sigma0^2 + x . x', scikit-learn's DotProduct. Parameter: sigma_0.
type Linear struct {
	Sigma0 float64
	Dims   []int // as in RBF
	Bounds Bounds
}

// White is noise: Noise for a point with itself and 0 for any two points of a data set, even equal ones. Parameter:
// noise_level.
type White struct {
	Noise  float64
	Bounds Bounds
}

// Sum is A + B.
type Sum struct{ A, B Kernel }

// Product is A * B.
type Product struct{ A, B Kernel }

// Add returns the sum of kernels, ((a + b) + c) + ...
func Add(a Kernel, more ...Kernel) Kernel {
	for _, b := range more {
		a = Sum{a, b}
	}
	return a
}

// Multiply returns the product of kernels, ((a * b) * c) * ...
func Multiply(a Kernel, more ...Kernel) Kernel {
	for _, b := range more {
		a = Product{a, b}
	}
	return a
}
