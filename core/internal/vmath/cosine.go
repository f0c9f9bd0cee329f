package vmath

import (
	"math"

	"github.com/lithe-ml/lithe/core/internal/cpu"
)

// cosineC: cos(2 pi t) is -u p(u^2) for u = 4 |t| - 1 and |t| <= 1/2, since it is an odd function around 1/4. These are the
// coefficients of -p, the highest one first, for an error of some 1e-9.
var cosineC = [7]float64{-5.692172921967926e-08, 3.598843235212085e-06, -0.00016044118478735982, 0.004681754135318688,
	-0.07969262624616704, 0.6459640975062462, -1.5707963267948966}

// CosTurns sets dst[i] to cos(2 pi x[i]) to about 1e-9 of 1, for |x[i]| up to 2^31. dst may be x. NaN and infinities give NaN.
func CosTurns(dst, x []float64) {
	checkLengths("CosTurns", len(dst), len(x))
	cosTurnsOf(cpu.Current())(dst, x)
}

func cosTurnsGeneric(dst, x []float64) {
	for i, t := range x {
		u := 4*math.Abs(t-math.RoundToEven(t)) - 1
		dst[i] = u * polynomial(cosineC[:], u*u)
	}
}
