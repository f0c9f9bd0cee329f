package tile

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// rational is what the rational quadratic needs besides the logarithm and the exponential of package vmath.
type rational[T core.Float] struct {
	base     func(b, r2 []T, half T)
	exponent func(dst, logs, r2 []T, half, alpha T)
	value    func(k, h, b []T, s T) // h may be nil
}

// evaluate writes s b^-alpha with b = 1 + x, x = r2 / (2 alpha), to k.
func (do *rational[T]) evaluate(c *Curve[T], k, h, r2, scratch []T) {
	const batch = Elements / 2
	logs, b := scratch[:batch], scratch[batch:Elements]
	half := 1 / (2 * c.alpha)
	for from := 0; from < Elements; from += batch {
		r, to, derivative := r2[from:from+batch], k[from:from+batch], h
		if h != nil {
			derivative = h[from : from+batch]
		}
		do.base(b, r, half)
		vmath.Log(logs, b)
		do.exponent(to, logs, r, half, c.alpha)
		vmath.Exp(to, to)
		do.value(to, derivative, b, c.k0)
	}
}

func rationalBaseGeneric[T core.Float](b, r2 []T, half T) {
	for i, v := range r2 {
		b[i] = 1 + T(v*half)
	}
}

// The logarithm of 1 + x is that of b plus what was rounded off b, divided by b. That matters for small x, where 1 - x/2 is
// near enough to 1/b.
func rationalExponentGeneric[T core.Float](dst, logs, r2 []T, half, alpha T) {
	for i, v := range r2 {
		x := T(v * half)
		rounded := x - (T(1+x) - 1)
		dst[i] = -alpha * (logs[i] + rounded*max(0, 1-x/2))
	}
}

func rationalValueGeneric[T core.Float](k, h, b []T, s T) {
	for i := range k {
		k[i] *= s
		if h != nil {
			h[i] = k[i] / b[i]
		}
	}
}
