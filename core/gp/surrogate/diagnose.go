package surrogate

import (
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/gp"
)

// Codes of a gp.Diagnostic about a Density.
const (
	FewFinite   = "few_finite"   // the search for finite values ended; value: how many there are
	BudgetSpent = "budget_spent" // max_evaluations were not enough; value: the larger one of the last two divergences
	Unfinished  = "unfinished"   // there is more to ask; value: as of BudgetSpent
	NoisyValues = "noisy_values" // the process needed more noise than the values have; value: its standard deviation, in nats
)

// Diagnostics says what is worth knowing about the surrogate of all values known to the last call of Ask or Sample.
func (s *Density) Diagnostics() []gp.Diagnostic {
	var list []gp.Diagnostic
	add := func(code string, value float64, message, action string) {
		list = append(list, gp.Diagnostic{Code: code, Column: -1, Value: value, Message: message, Action: action})
	}
	n, finite := len(s.y), s.finite()
	if n >= s.o.MaxInitial && finite < s.o.Initial {
		add(FewFinite, float64(finite), fmt.Sprintf("only %d of %d values are finite", finite, n),
			"narrow the bounds to where the density does not vanish, tell points where it is finite, or raise max_initial")
	}
	if len(s.history) == 0 {
		return list
	}
	last := s.history[len(s.history)-1]
	worst := max(last.Change, last.Expected)
	state := fmt.Sprintf("after %d evaluations the surrogate changes by %.2g nats, is expected to be %.2g nats from the truth, "+
		"and has predicted %d values in a row", n, last.Change, last.Expected, last.Correct)
	switch {
	case s.Converged():
	case n >= s.o.MaxEvaluations:
		add(BudgetSpent, worst, state, "raise max_evaluations and go on from these evaluations, narrow the bounds, raise noise if "+
			"values are not that exact, or raise tol")
	default:
		add(Unfinished, worst, state, "go on asking and telling")
	}
	p := s.law.process
	if spread := p.scale * math.Sqrt(p.noise); spread > 10*s.o.Noise && spread > 0.3 {
		add(NoisyValues, spread, fmt.Sprintf("values are taken for exact to %.2g nats only, as the largest and the least are far apart",
			spread), "narrow the bounds, so that fewer values lie far below the largest")
	}
	return slices.Clip(list)
}

// History returns what was known after each round.
func (s *Density) History() []Round { return slices.Clone(s.history) }

// Theta returns logarithms of the parameters of the kernel, as Options.Theta takes them: nil before there is one.
func (s *Density) Theta() []float64 {
	if s.law == nil {
		return nil
	}
	return s.law.theta()
}
