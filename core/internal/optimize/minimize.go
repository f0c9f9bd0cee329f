package optimize

import (
	"context"
	"errors"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Function writes the gradient at x to g and returns the value, or NaN where only gradients are known. An error that wraps
// core.ErrNumerical says that x is out of the question and makes the search turn back; any other ends it.
type Function func(ctx context.Context, x, g []float64) (float64, error)

// Options of [Minimize]. Zero numbers mean the defaults.
type Options struct {
	Lower, Upper []float64 // nil: no bounds
	Iterations   int       // most iterations; 0: 100
	Memory       int       // steps that the quasi-Newton matrix is made from; 0: 10
	Gradient     float64   // done when no component of the projected gradient is larger
	Decrease     float64   // done when the next step promises, or the last one brought, a smaller decrease
	Longest      float64   // most that a variable changes in one iteration; 0: no limit
	SlopesOnly   bool      // values are not used
	Steps        []Step    // what is known about curvature at the start, oldest first
	// Accepted, if set, is called after every iteration; x and g are only valid during the call. It reports whether the
	// function has been changed, so that it has to be evaluated again.
	Accepted func(iteration int, x, g []float64, f float64) (changed bool, err error)
	// Converged, if set, is called when there is nothing left to gain, and reports the same: then the search goes on.
	Converged func() (changed bool)
}

// Step is a step that was taken and what it did to the gradient: all that quasi-Newton directions are made of. Those of a
// similar function of the same variables save a search its first iterations.
type Step struct{ Along, Change []float64 }

// Reasons for which a search ends.
const (
	SmallGradient = "gradient"
	SmallDecrease = "decrease"
	OutOfBudget   = "iterations"
	NoProgress    = "line search"
)

// Result is the best point found.
type Result struct {
	X, Gradient             []float64
	Value                   float64 // NaN if values are unknown
	Iterations, Evaluations int
	Reason                  string // one of the constants above; empty after an error
	Steps                   []Step // the last ones, oldest first
}

// Converged reports whether the search ended because there was nothing left to gain.
func (r *Result) Converged() bool { return r.Reason == SmallGradient || r.Reason == SmallDecrease }

// Minimize minimises f from start, which is moved into the box first. The result holds the last point accepted, together
// with the error of f, the context or Accepted if one ended the search early.
func Minimize(ctx context.Context, f Function, start []float64, o Options) (*Result, error) {
	s := newSearch(f, start, o)
	if err := s.run(ctx); err != nil {
		return s.result(""), err
	}
	return s.result(s.reason), nil
}

const (
	defaultIterations = 100
	defaultMemory     = 10
)

// search is a run of Minimize.
type search struct {
	f           Function
	o           Options
	at, next    point // the current point, and the one that a line search looks at
	left        point // the far side of a line search's bracket where f falls
	d           []float64
	memory      memory
	free        []bool
	evaluations int
	iterations  int
	reason      string
}

// point is a place on the path of a line search.
type point struct {
	t, f, slope float64
	x, g        []float64
}

func newSearch(f Function, start []float64, o Options) *search {
	if o.Iterations == 0 {
		o.Iterations = defaultIterations
	}
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	if o.Longest == 0 {
		o.Longest = math.Inf(1)
	}
	n := len(start)
	s := &search{f: f, o: o, d: make([]float64, n), free: make([]bool, n), memory: memory{most: o.Memory}}
	for _, p := range []*point{&s.at, &s.next, &s.left} {
		p.x, p.g = make([]float64, n), make([]float64, n)
	}
	copy(s.at.x, start)
	s.clip(s.at.x)
	for _, step := range o.Steps {
		s.memory.add(step.Along, step.Change)
	}
	return s
}

func (s *search) result(reason string) *Result {
	r := &Result{X: s.at.x, Gradient: s.at.g, Value: s.at.f, Iterations: s.iterations, Evaluations: s.evaluations, Reason: reason}
	for k := range s.memory.s {
		r.Steps = append(r.Steps, Step{s.memory.s[k], s.memory.y[k]})
	}
	return r
}

// clip moves x into the box.
func (s *search) clip(x []float64) {
	for i := range x {
		if s.o.Lower != nil {
			x[i] = max(x[i], s.o.Lower[i])
		}
		if s.o.Upper != nil {
			x[i] = min(x[i], s.o.Upper[i])
		}
	}
}

// blocked reports whether a step along d in variable i leaves the box at once.
func (s *search) blocked(x []float64, i int, d float64) bool {
	return s.o.Lower != nil && d < 0 && x[i] <= s.o.Lower[i] || s.o.Upper != nil && d > 0 && x[i] >= s.o.Upper[i]
}

func (s *search) run(ctx context.Context) error {
	s.at.f = math.NaN()
	v, err := s.evaluate(ctx, &s.at)
	if err != nil {
		return err
	}
	s.at.f = v
	for {
		steepest := s.direct()
		if s.reason == "" {
			if err := s.iterate(ctx, steepest); err != nil {
				return err
			}
		}
		switch {
		case s.reason == "":
		case s.iterations < s.o.Iterations && s.reason != NoProgress && s.o.Converged != nil && s.o.Converged():
			s.reason = ""
			if s.at.f, err = s.evaluate(ctx, &s.at); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// iterate searches along d and moves to what it finds. It sets reason where that is the end.
func (s *search) iterate(ctx context.Context, steepest bool) error {
	before := s.at.f
	found, err := s.line(ctx, steepest)
	if err != nil {
		return err
	}
	if !found {
		if steepest {
			s.reason = NoProgress
		}
		s.memory.forget()
		return nil
	}
	s.memory.learn(s.at.x, s.at.g, s.next.x, s.next.g)
	s.at, s.next = s.next, s.at
	s.iterations++
	if s.o.Decrease > 0 && !s.o.SlopesOnly && before-s.at.f <= s.o.Decrease && !steepest {
		s.reason = SmallDecrease
	}
	if s.o.Accepted != nil {
		changed, err := s.o.Accepted(s.iterations, s.at.x, s.at.g, s.at.f)
		if err != nil {
			return err
		}
		if changed {
			s.reason = ""
			if s.at.f, err = s.evaluate(ctx, &s.at); err != nil {
				return err
			}
		}
	}
	if s.reason == "" && s.iterations >= s.o.Iterations {
		s.reason = OutOfBudget
	}
	return nil
}

// direct sets d to the next direction, and reports whether it is that of the steepest descent. It sets reason where there is
// nothing to gain: a full step brings half of what it promises to first order if the function is quadratic.
func (s *search) direct() (steepest bool) {
	largest := 0.0
	for i, g := range s.at.g {
		s.free[i] = !s.blocked(s.at.x, i, -g)
		if s.free[i] {
			largest = max(largest, math.Abs(g))
		}
	}
	if largest <= s.o.Gradient {
		s.reason = SmallGradient
		return false
	}
	steepest = !s.memory.direction(s.d, s.at.g, s.free)
	slope := 0.0
	for i, d := range s.d {
		if s.blocked(s.at.x, i, d) {
			s.d[i] = 0
		}
		slope += s.d[i] * s.at.g[i]
	}
	if !(slope < 0) && !steepest {
		s.memory.forget()
		return s.direct()
	}
	longest := 0.0
	for _, d := range s.d {
		longest = max(longest, math.Abs(d))
	}
	shrink := 1.0
	if steepest {
		shrink = 1 / math.Max(largest, math.Sqrt(dot(s.d, s.d)))
		shrink = min(shrink, s.o.Longest/longest)
	} else if longest > s.o.Longest {
		shrink = s.o.Longest / longest
	}
	for i := range s.d {
		s.d[i] *= shrink
	}
	s.at.t, s.at.slope = 0, slope*shrink
	if s.o.Decrease > 0 && !steepest && -slope/2 <= s.o.Decrease {
		s.reason = SmallDecrease
	}
	return steepest
}

// evaluate sets f and g of p, f to infinity where the function says that p is out of the question.
func (s *search) evaluate(ctx context.Context, p *point) (float64, error) {
	if ctx != nil && ctx.Err() != nil {
		return 0, ctx.Err()
	}
	s.evaluations++
	f, err := s.f(ctx, p.x, p.g)
	if err != nil {
		if errors.Is(err, core.ErrNumerical) && s.evaluations > 1 {
			return math.Inf(1), nil
		}
		return 0, err
	}
	for _, v := range p.g {
		if v-v != 0 {
			return math.Inf(1), nil
		}
	}
	return f, nil
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
