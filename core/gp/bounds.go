package gp

import (
	"fmt"
	"math"
	"strings"
)

// Codes of a Diagnostic about training that ended at the edge of what it may look at.
const (
	ParameterAtBound = "parameter_at_bound" // parameters of the kernel are at their bounds; value: how many
	NoiseAtBound     = "noise_at_bound"     // the noise is at its bound; value: the noise
)

// atBounds returns what there is to say about the elements of theta that are at their bounds, to a millionth.
func (s *space) atBounds(theta []float64, column int) []Diagnostic {
	var out []Diagnostic
	var names []string
	for p, v := range theta {
		var side string
		switch {
		case v <= s.lower[p]+1e-6:
			side = "lower"
		case v >= s.upper[p]-1e-6:
			side = "upper"
		default:
			continue
		}
		text := fmt.Sprintf("%s at its %s bound %.4g", s.names[p], side, math.Exp(v))
		if s.noise && p == len(theta)-1 {
			out = append(out, Diagnostic{NoiseAtBound, column, math.Exp(v), "training ended with the " + text,
				"widen noise_lower and noise_upper if another noise is plausible; at the lower bound the data seem to have none"})
		} else {
			names = append(names, text)
		}
	}
	if len(names) > 0 {
		out = append(out, Diagnostic{ParameterAtBound, column, float64(len(names)), "training ended with " + strings.Join(names, ", "),
			"widen the bounds of these parameters, fix them, or drop the features or terms that they belong to: a length scale at its " +
				"upper bound says that its feature does not matter"})
	}
	return out
}

// noteBounds does so for the parameters that training ended with.
func (t *training) noteBounds() {
	if t.o.Optimizer != OptimizerNone {
		t.m.Diagnostics = append(t.m.Diagnostics, t.space.atBounds(t.theta, -1)...)
	}
}
