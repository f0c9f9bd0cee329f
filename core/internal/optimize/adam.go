package optimize

import "math"

// Adam takes steps along random gradients: each variable moves by about Rate times the mean of its recent gradients over the
// root of the mean of their squares.
type Adam struct {
	Rate         float64
	Lower, Upper []float64 // nil: no bounds

	mean, square []float64
	steps        int
}

const (
	meanDecay   = 0.9
	squareDecay = 0.999
)

// Step moves x against the gradient g.
func (a *Adam) Step(x, g []float64) {
	if a.mean == nil {
		a.mean, a.square = make([]float64, len(x)), make([]float64, len(x))
	}
	a.steps++
	first, second := 1-math.Pow(meanDecay, float64(a.steps)), 1-math.Pow(squareDecay, float64(a.steps))
	for i, v := range g {
		a.mean[i] += (1 - meanDecay) * (v - a.mean[i])
		a.square[i] += (1 - squareDecay) * (v*v - a.square[i])
		x[i] -= a.Rate * (a.mean[i] / first) / (math.Sqrt(a.square[i]/second) + 1e-12)
		if a.Lower != nil {
			x[i] = max(x[i], a.Lower[i])
		}
		if a.Upper != nil {
			x[i] = min(x[i], a.Upper[i])
		}
	}
}
