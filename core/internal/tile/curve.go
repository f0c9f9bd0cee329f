package tile

import (
	"math"

	"github.com/lithe-ml/lithe/core"
)

type kind int

const (
	rbf kind = iota
	matern12
	matern32
	matern52
	rationalQuadratic
)

// Curve is a stationary kernel s kappa(rho) with kappa(0) = 1, and h = -s kappa'(rho) / rho. The derivative of the kernel
// by the logarithm of the scale of one feature q of a, b is h (a_q - b_q)^2. Where rho = 0 and h is infinite, h is a large
// finite number.
//
// Values are within some roundings of s kappa, and relative to them within one rounding of the exponent. They can differ by a
// rounding from place to place in a tile.
type Curve[T core.Float] struct {
	kind kind
	// All but the rational quadratic are 2^(rate x) (k0 + k1 rho + k2 rho^2) with x = rho, or rho^2 for RBF; rate is the sum
	// of two parts, the second too small for T. x counts as no more than most, at which 2^(rate x) is the least normal
	// number. h is 2^(rate x) (h0 + h1 rho), but for Matern 1/2 k / rho. Assembly knows the order of these fields.
	rateHi, rateLo T
	most           T
	k0, k1, k2     T
	h0, h1         T
	alpha          T
}

// NewRBF returns s exp(-rho^2/2); h = k.
func NewRBF[T core.Float](s float64) *Curve[T] {
	return newCurve[T](rbf, -0.5, s, 0, 0, s, 0)
}

// NewMatern12 returns s exp(-rho); h = k / rho.
func NewMatern12[T core.Float](s float64) *Curve[T] {
	return newCurve[T](matern12, -1, s, 0, 0, 0, 0)
}

// NewMatern32 returns s (1 + sqrt(3) rho) exp(-sqrt(3) rho); h = 3 s exp(-sqrt(3) rho).
func NewMatern32[T core.Float](s float64) *Curve[T] {
	return newCurve[T](matern32, -math.Sqrt(3), s, s*math.Sqrt(3), 0, 3*s, 0)
}

// NewMatern52 returns s (1 + sqrt(5) rho + 5/3 rho^2) exp(-sqrt(5) rho); h = 5/3 s (1 + sqrt(5) rho) exp(-sqrt(5) rho).
func NewMatern52[T core.Float](s float64) *Curve[T] {
	return newCurve[T](matern52, -math.Sqrt(5), s, s*math.Sqrt(5), s*5/3, s*5/3, s*5/3*math.Sqrt(5))
}

// NewRationalQuadratic returns s (1 + rho^2 / (2 alpha))^-alpha; h = k / (1 + rho^2 / (2 alpha)).
func NewRationalQuadratic[T core.Float](s, alpha float64) *Curve[T] {
	c := newCurve[T](rationalQuadratic, 0, s, 0, 0, 0, 0)
	c.alpha = T(alpha)
	return c
}

func newCurve[T core.Float](kind kind, rate, k0, k1, k2, h0, h1 float64) *Curve[T] {
	rate *= math.Log2E
	hi := T(rate)
	least := -1022.0
	if Lanes[T]() == 16 {
		least = -126
	}
	return &Curve[T]{kind: kind, rateHi: hi, rateLo: T(rate - float64(hi)), most: T(least / rate), k0: T(k0), k1: T(k1),
		k2: T(k2), h0: T(h0), h1: T(h1)}
}

// Bound returns an upper bound of the kernel at squared distances of r2 or more.
func (c *Curve[T]) Bound(r2 float64) float64 {
	rho := math.Sqrt(r2)
	switch c.kind {
	case rbf:
		return float64(c.k0) * math.Exp(-r2/2)
	case rationalQuadratic:
		return float64(c.k0) * math.Exp(-float64(c.alpha)*math.Log1p(r2/(2*float64(c.alpha))))
	}
	return math.Exp2(float64(c.rateHi)*rho) * (float64(c.k0) + float64(c.k1)*rho + float64(c.k2)*r2)
}
