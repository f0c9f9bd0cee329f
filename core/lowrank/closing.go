package lowrank

import "math"

// repeated is the relative distance within which values count as equal.
const repeated = 1e-6

// closing predicts how far Ritz values still are from the eigenvalues: their error is in proportion to the squares of
// the residuals, so two looks at both tell the factor.
type closing struct {
	rounding float64 // changes below this fraction of the largest value are none
	previous []float64
	worst    float64   // largest residual at the last look
	found    []float64 // values among which others were searched for
	steps    int       // since the last look
	wait     int       // steps from the last look to the next one
}

// due tells whether it is time to look again, and is asked once every step.
func (s *closing) due() bool {
	s.steps++
	return s.steps >= s.wait
}

// remaining returns an estimate of the largest error of the k leading values, with the given residuals, relative to the
// next one. It is never more than the residuals allow. From its decrease it plans the next look, for when tol is near.
func (s *closing) remaining(values, norms []float64, k int, tol float64) float64 {
	next := values[min(k, len(values)-1)]
	if next <= 1e-30*values[0] {
		next = math.Max(1e-30*values[0], math.SmallestNonzeroFloat64)
	}
	worst := 0.0
	for _, r := range norms {
		worst = max(worst, r)
	}
	change, before := 0.0, s.worst
	first := s.previous == nil
	if !first {
		for i, v := range values[:k] {
			if d := math.Abs(v - s.previous[i]); d > s.rounding*values[0] {
				change = max(change, d)
			}
		}
	}
	s.previous, s.worst = append(s.previous[:0], values[:k]...), worst
	ratio := (worst / before) * (worst / before)
	var estimate float64
	switch {
	case first:
		estimate = math.Inf(1)
	case change == 0:
		estimate = 0
	case !(ratio < 0.9):
		estimate = 10 * change
	default:
		estimate = 2 * change * ratio / (1 - ratio) // twice, to be on the safe side
	}
	estimate = min(estimate, worst) / next
	s.wait = 2
	if ratio < 0.9 {
		left := math.Log(estimate/tol) / -math.Log(ratio) * float64(s.steps)
		s.wait = max(1, min(8, int(0.6*left))) // it goes ever faster
	}
	s.steps = 0
	return estimate
}

// mayHide tells whether a block as wide as the number of nearly equal values may have missed others equal to them. It
// says so once for the same values.
func (s *closing) mayHide(values []float64, block int) bool {
	equal := false
	for i := range len(values) - block + 1 {
		equal = equal || values[i]-values[i+block-1] <= repeated*values[i]
	}
	if !equal {
		return false
	}
	same := len(s.found) == len(values)
	for i, v := range s.found {
		same = same && math.Abs(v-values[i]) <= repeated*v
	}
	s.found = append(s.found[:0], values...)
	s.previous = nil
	return !same
}
