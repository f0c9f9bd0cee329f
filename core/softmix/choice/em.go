package choice

import (
	"context"
	"math"
)

// em takes steps of the EM algorithm from theta: the posterior probabilities of the classes, and one Newton step of the
// weighted logits. A step after which the objective falls is halved. It ends early where steps gain next to nothing.
func (s *climber) em(ctx context.Context, iterations int, report func(iteration int)) error {
	previous := append([]float64(nil), s.theta...)
	s.fresh, s.objective = false, math.Inf(-1)
	halvings := 0
	for it := 0; ; {
		value, err := s.evaluate(ctx, s.theta, derivatives)
		if err != nil {
			return err
		}
		if !(value >= s.objective-1e-10*math.Abs(s.objective)) && halvings < mostHalvings {
			halvings++
			for i := range s.theta {
				s.theta[i] = (s.theta[i] + previous[i]) / 2
			}
			continue
		}
		gain := value - s.objective
		s.objective, halvings = value, 0
		if it == iterations || gain < 1e-6 {
			return nil
		}
		it++
		report(it)
		copy(previous, s.theta)
		s.mStep()
	}
}

// mStep moves theta by one Newton step of the complete data, after a pass with derivatives.
func (s *climber) mStep() {
	s.c.first(s.theta, s.ridge)
	if !s.completeStep() {
		return
	}
	for i, d := range s.step {
		s.theta[i] += d
	}
	if s.a.q == 1 {
		s.shares(s.theta[s.a.g:])
	}
}

// shares writes the delta at which classes have the mean posterior probabilities, none below a tenth of a person.
func (s *climber) shares(delta []float64) {
	sums := s.v.members
	least := 0.1
	for k := range delta {
		delta[k] = math.Log(max(sums[k], least) / max(sums[s.a.k-1], least))
	}
}
