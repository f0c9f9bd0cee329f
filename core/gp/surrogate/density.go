package surrogate

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// Density is the surrogate of an expensive density on a box. Its methods are called from one goroutine at a time. The same
// options and values give the same points, bit for bit, for any number of threads.
type Density struct {
	o            Options
	lower, width []float64

	u core.Matrix[float64] // evaluations in the unit cube
	x core.Matrix[float64] // as they were told
	y []float64

	law     *law // nil until there are enough finite values
	kept    []bool
	known   int // evaluations that the law knows of
	trained int // points of the process when it was trained last
	rounds  int
	coarse  *population // of the law to the power of 2 zeta, or 1 if that is less
	fine    *population // of the law
	asked   int         // calls of Ask that drew random points
	correct int         // values in a row that were predicted
	history []Round
}

// Round is what was known after the values of one round.
type Round struct {
	Evaluations int     // so far
	Best        float64 // the largest value so far
	Correct     int     // values in a row that were predicted
	Change      float64 // Kullback-Leibler divergence of the surrogate from that of the round before, in nats; Inf at first
	Expected    float64 // that of the surrogate from the truth, as the process expects it
	Evidence    float64 // logarithm of the integral of the surrogate over the box
}

// New returns a Density on the box of the given bounds (d x 2: lower and upper). Errors wrap core.ErrOption, core.ErrShape
// or core.ErrNotFinite.
func New(bounds core.Matrix[float64], o *Options) (*Density, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := bounds.Check("bounds"); err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	if bounds.Cols != 2 || bounds.Rows < 1 {
		return nil, fmt.Errorf("gp: %w: bounds must be d x 2 with d at least 1, got %d x %d", core.ErrShape, bounds.Rows, bounds.Cols)
	}
	s := &Density{o: o.withDefaults(bounds.Rows)}
	for q := range bounds.Rows {
		lower, upper := bounds.Row(q)[0], bounds.Row(q)[1]
		width := upper - lower
		if width-width != 0 {
			return nil, fmt.Errorf("gp: %w: bounds of dimension %d are %v and %v; a box is finite", core.ErrNotFinite, q, lower, upper)
		}
		if !(width > 0) {
			return nil, fmt.Errorf("gp: %w: bounds of dimension %d are %v and %v; the lower one comes first", core.ErrOption, q, lower, upper)
		}
		s.lower, s.width = append(s.lower, lower), append(s.width, width)
	}
	d := len(s.lower)
	if n := len(s.o.Theta); n != 0 && n != d+2 {
		return nil, fmt.Errorf("gp: %w: theta must have 2 + %d elements, got %d", core.ErrShape, d, n)
	}
	s.u, s.x = core.Matrix[float64]{Cols: d, Stride: d}, core.Matrix[float64]{Cols: d, Stride: d}
	return s, nil
}

// mostValue bounds the magnitude of values, whose squares the surrogate works with.
const mostValue = 1e100

// Tell adds values y (m) of the logarithm of the density at points x (m x d), whether they were asked for or not. -Inf says
// that the density vanishes; NaN, +Inf and finite values beyond 1e100 are errors, and so are points outside of the box;
// nothing is added then. Errors wrap core.ErrShape, core.ErrNotFinite or core.ErrOption.
func (s *Density) Tell(x core.Matrix[float64], y []float64) error {
	if err := x.Check("x"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if x.Rows != len(y) || x.Cols != len(s.lower) {
		return fmt.Errorf("gp: %w: x must be %d x %d, got %d x %d", core.ErrShape, len(y), len(s.lower), x.Rows, x.Cols)
	}
	u := s.toCube(x)
	for i, v := range y {
		if !(math.Abs(v) <= mostValue) && !math.IsInf(v, -1) {
			return fmt.Errorf("gp: %w: the value at x = %v is %v; a log-density is finite and at most %v in magnitude, or -Inf where the "+
				"density vanishes", core.ErrNotFinite, x.Row(i), v, mostValue)
		}
		for q, c := range u.Row(i) {
			if !(c >= -1e-9 && c <= 1+1e-9) {
				return fmt.Errorf("gp: %w: x[%d, %d] = %v is outside of its bounds %v and %v", core.ErrOption, i, q, x.Row(i)[q],
					s.lower[q], s.lower[q]+s.width[q])
			}
			u.Row(i)[q] = min(max(c, 0), 1)
		}
	}
	if s.law != nil {
		if err := s.count(u, y); err != nil {
			return err
		}
	}
	for i := range x.Rows {
		s.x.Data, s.u.Data = append(s.x.Data, x.Row(i)...), append(s.u.Data, u.Row(i)...)
	}
	s.x.Rows += x.Rows
	s.u.Rows += x.Rows
	s.y = append(s.y, y...)
	return nil
}

// count compares values with their predictions.
func (s *Density) count(u core.Matrix[float64], y []float64) error {
	predicted := make([]float64, len(y))
	if err := s.law.log(nil, predicted, u); err != nil {
		return err
	}
	floor, top := s.floor(), slices.Max(s.y)
	for i, v := range y {
		switch {
		case v < floor && predicted[i] < floor: // says nothing about the bulk of the density
		case math.Abs(predicted[i]-v) <= 0.01*math.Abs(top-v)+0.01*depth(1, len(s.lower))+2*s.o.Noise:
			s.correct++
		default:
			s.correct = 0
		}
	}
	return nil
}

// toCube returns points of the box in the unit cube.
func (s *Density) toCube(x core.Matrix[float64]) core.Matrix[float64] {
	u := core.NewMatrix[float64](x.Rows, x.Cols)
	for i := range x.Rows {
		for q, v := range x.Row(i) {
			u.Row(i)[q] = (v - s.lower[q]) / s.width[q]
		}
	}
	return u
}

// fromCube moves points of the unit cube to the box.
func (s *Density) fromCube(u core.Matrix[float64]) {
	for i := range u.Rows {
		for q, v := range u.Row(i) {
			u.Row(i)[q] = min(s.lower[q]+s.width[q]*v, s.lower[q]+s.width[q])
		}
	}
}

// finite returns how many values are.
func (s *Density) finite() int {
	n := 0
	for _, v := range s.y {
		if !math.IsInf(v, -1) {
			n++
		}
	}
	return n
}

// floor returns the value below which points are no part of the process: twenty standard deviations below the largest, or
// deeper if fewer than n_initial points would be left.
func (s *Density) floor() float64 {
	sorted := slices.Clone(s.y)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	floor := sorted[0] - depth(20, len(s.lower))
	if last := min(s.enough(), s.finite()) - 1; last >= 0 && sorted[last] < floor {
		floor = sorted[last]
	}
	return floor
}

// enough is how many points the process has at least, if so many are finite: three times as many as a quadratic has
// coefficients, by which it finds its way down to the bulk of the density.
func (s *Density) enough() int {
	d := len(s.lower)
	return max(s.o.Initial, 3*(d+1)*(d+2)/2)
}

// starting reports whether the initial design is not complete.
func (s *Density) starting() bool {
	n := s.finite()
	return n < s.o.Initial && !(n >= 2 && len(s.y) >= s.o.MaxInitial)
}

// Evaluations returns all points told (n x d) and their values, in the order in which they were told.
func (s *Density) Evaluations() (x core.Matrix[float64], y []float64) {
	x = s.x
	x.Data = slices.Clone(x.Data)
	return x, slices.Clone(s.y)
}

// update makes the law know all evaluations.
func (s *Density) update(ctx context.Context) error {
	if s.known == len(s.y) && s.law != nil || s.starting() {
		return nil
	}
	floor, n := s.floor(), len(s.y)
	kept := make([]bool, n)
	good := core.Matrix[float64]{Cols: s.u.Cols, Stride: s.u.Cols}
	var values []float64
	for i, v := range s.y {
		if kept[i] = v >= floor && !math.IsInf(v, -1); kept[i] {
			good.Data, values = append(good.Data, s.u.Row(i)...), append(values, v)
			good.Rows++
		}
	}
	next, err := s.fit(ctx, good, values, kept, floor)
	if err != nil {
		return err
	}
	round := Round{Evaluations: n, Best: slices.Max(s.y), Correct: s.correct}
	if err := s.explore(ctx, next, &round); err != nil {
		return err
	}
	s.law, s.kept, s.known = next, kept, n
	s.history = append(s.history, round)
	return nil
}

// fit returns the law of the points good, with their values, that are above the floor.
func (s *Density) fit(ctx context.Context, good core.Matrix[float64], values []float64, kept []bool, floor float64) (*law, error) {
	d, rounds := len(s.lower), len(s.history)
	var known *region
	if s.law != nil {
		known = s.law.region
	}
	r, err := newRegion(ctx, s.u, s.y, kept, floor, known, s.o.Threads)
	if err != nil {
		return nil, err
	}
	next := &law{region: r, threads: s.o.Threads, trained: good.Rows}
	thorough := rounds%int(math.Ceil(2*math.Sqrt(float64(d)))) == 0
	if s.law == nil {
		next.process = preset(d, 1, 5, 1)
		if len(s.o.Theta) > 0 {
			next.standardize(good, values, s.o.Noise)
			next.set(s.o.Theta)
			return next, next.condition(ctx, good, values, s.o.Threads)
		}
	} else {
		next.process = s.law.clone()
		same := slices.Equal(kept[:len(s.kept)], s.kept)
		if n := next.n; !thorough && same && 10*good.Rows < 11*s.law.trained {
			rest := core.Matrix[float64]{Data: good.Data[n*d:], Rows: good.Rows - n, Cols: d, Stride: d}
			err := next.append(ctx, rest, values[n:], s.o.Threads)
			if err == nil || ctxError(ctx) != nil {
				next.trained = s.law.trained
				return next, err
			}
			next.process = s.law.clone()
		}
	}
	return next, next.train(ctx, good, values, s.o.Noise, thorough, s.o.Threads)
}
