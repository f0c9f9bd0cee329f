package surrogate

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// depth returns how far below its maximum a normal log-density of d dimensions lies at the edge of its smallest set that
// holds as much of the mass as the interval of that many standard deviations does in one dimension.
func depth(deviations float64, d int) float64 {
	outside := math.Erfc(deviations / math.Sqrt2)
	lower, upper := 0.0, deviations*deviations+10*float64(d)+100
	for range 200 {
		middle := (lower + upper) / 2
		if mathext.GammaIncRegComp(float64(d)/2, middle) > outside {
			lower = middle
		} else {
			upper = middle
		}
	}
	return (lower + upper) / 2
}
