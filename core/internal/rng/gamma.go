package rng

import (
	"math"
	"math/rand/v2"
)

// Gamma draws from the gamma distribution of the given shape > 0 and rate 1. A tiny shape may give 0. Expected time does not
// depend on the shape.
//
// Source: G. Marsaglia, W. W. Tsang: A simple method for generating gamma variables, ACM TOMS, 2000; shapes below 1 by their
// remark, with a power of a uniform variable.
func Gamma(draw *rand.Rand, shape float64) float64 {
	boost := 1.0
	if shape < 1 {
		boost = math.Pow(1-draw.Float64(), 1/shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := draw.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(1-draw.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return boost * max(d*v, math.SmallestNonzeroFloat64)
		}
	}
}
