package choice

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Survey is choice data in long format: one row per situation and alternative, R rows in any order. Slices other than
// Chosen and Case may be nil. Nothing is kept or written to.
type Survey[T core.Float] struct {
	X           core.Matrix[T] // R x P: attributes of the alternatives, constants among them
	Chosen      []int64        // R: 1 where the alternative was chosen, else 0; one 1 in each situation
	Case        []int64        // R: the situation; those of different persons may have the same number
	Alternative []int64        // R: the alternative, no two the same in a situation; nil: not known
	Available   []int64        // R: 0 where the alternative could not be chosen, else 1; nil: all could
	Person      []int64        // R: who chose; nil: every situation has a person of its own
	// Weight and Exponent are positive or zero, R of each; nil: 1. Weight counts persons and is the same in all rows of
	// one. Exponent, the same in all rows of a situation, counts a situation within the likelihood of its person.
	Weight, Exponent []float64
	Membership       core.Matrix[T] // R x: covariates of the person, the same in all its rows; no columns: none
}

// check reports what can be told without an order of the rows, but for values of x; choices says whether there have to be any.
func (s *Survey[T]) check(o *Options, choices bool) error {
	n := s.X.Rows
	if err := s.X.Check("x"); err != nil {
		return fmt.Errorf("choice: %w", err)
	}
	if n == 0 || s.X.Cols == 0 {
		return fmt.Errorf("choice: %w: x is %d x %d; it needs rows and columns", core.ErrShape, n, s.X.Cols)
	}
	if n > math.MaxInt32 {
		return fmt.Errorf("choice: %w: x has %d rows, at most 2^31-1 are possible", core.ErrShape, n)
	}
	for _, v := range []struct {
		name     string
		length   int
		required bool
	}{
		{"choice", len(s.Chosen), choices}, {"ids", len(s.Case), true}, {"alts", len(s.Alternative), false},
		{"avail", len(s.Available), false}, {"panels", len(s.Person), false}, {"weights", len(s.Weight), false},
		{"situation_weights", len(s.Exponent), false},
	} {
		if v.length != n && (v.required || v.length != 0) {
			return fmt.Errorf("choice: %w: %s must have one element for each of the %d rows of x, got %d", core.ErrShape, v.name, n, v.length)
		}
	}
	if s.Membership.Cols > 0 {
		if err := s.Membership.Check("membership"); err != nil {
			return fmt.Errorf("choice: %w", err)
		}
		if s.Membership.Rows != n {
			return fmt.Errorf("choice: %w: membership must have the %d rows of x, got %d", core.ErrShape, n, s.Membership.Rows)
		}
	}
	if err := s.checkRows(); err != nil {
		return err
	}
	return s.checkFinite("membership", s.Membership, o.MembershipColumns)
}

// checkRows looks at what every row says besides its attributes.
func (s *Survey[T]) checkRows() error {
	for i := range s.X.Rows {
		c := int64(0)
		if s.Chosen != nil {
			c = s.Chosen[i]
		}
		switch {
		case c != 0 && c != 1:
			return wrong("choice is %d in case %d (row %d); it must be 1 where the alternative was chosen, else 0",
				c, s.Case[i], i)
		case s.Available == nil || s.Available[i] == 1:
		case s.Available[i] != 0:
			return wrong("avail is %d in case %d (row %d); it must be 0 or 1", s.Available[i], s.Case[i], i)
		case c == 1:
			return wrong("the alternative%s that was chosen in case %d (row %d) is not available; correct avail or drop the case",
				s.alternative(i), s.Case[i], i)
		}
	}
	if err := s.checkWeights("weights", s.Weight); err != nil {
		return err
	}
	return s.checkWeights("situation_weights", s.Exponent)
}

func (s *Survey[T]) checkWeights(name string, values []float64) error {
	for i, w := range values {
		if !(w >= 0) || math.IsInf(w, 0) {
			return wrong("%s is %v in case %d (row %d); weights must be finite and not negative", name, w, s.Case[i], i)
		}
	}
	return nil
}

// checkFinite names the case and the column of the first value that is not a number; rows that cannot be chosen are not
// looked at.
func (s *Survey[T]) checkFinite(name string, x core.Matrix[T], columns []string) error {
	for i := 0; i < x.Rows && x.Cols > 0; i++ {
		row := x.Row(i)
		var sum T
		for _, v := range row {
			sum += v - v
		}
		if sum == 0 || !s.available(i) {
			continue
		}
		for j, v := range row {
			if v-v == 0 {
				continue
			}
			what := "infinity"
			if v != v {
				what = "NaN"
			}
			return fmt.Errorf("choice: %w: %s contains %s in case %d, %s (row %d); impute it, drop the case or mark the alternative as unavailable",
				core.ErrNotFinite, name, what, s.Case[i], column(columns, j), i)
		}
	}
	return nil
}

func (s *Survey[T]) available(i int) bool { return s.Available == nil || s.Available[i] == 1 }

// alternative names the alternative of a row for a message, after a blank.
func (s *Survey[T]) alternative(i int) string {
	if s.Alternative == nil {
		return ""
	}
	return fmt.Sprintf(" %d", s.Alternative[i])
}

// person is the person of row i; without panels that is its situation.
func (s *Survey[T]) person(i int) int64 {
	if s.Person == nil {
		return s.Case[i]
	}
	return s.Person[i]
}

// surveyError is what is wrong with a survey. It counts as core.ErrOption, but is not about an option.
type surveyError struct{ message string }

func (e *surveyError) Error() string { return e.message }

func (e *surveyError) Unwrap() error { return core.ErrOption }

func wrong(format string, args ...any) error {
	return &surveyError{"choice: " + fmt.Sprintf(format, args...)}
}
