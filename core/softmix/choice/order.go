package choice

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
)

// situation is a choice: rows [lo, hi) of the order, of which chosen was taken.
type situation struct {
	lo, hi, chosen int32
	person         int32 // its place among the persons
}

// others is the number of alternatives that were not chosen.
func (t situation) others() int { return int(t.hi-t.lo) - 1 }

// order is the survey by person, situation and alternative.
type order struct {
	rows       []int32 // rows of the survey that can be chosen
	situations []situation
	first      []int32 // N+1: the first situation of each person, and their number
}

func (o *order) persons() int { return len(o.first) - 1 }

// newOrder sorts the rows and checks every situation. It takes its memory from b where that is enough.
func newOrder[T core.Float](s *Survey[T], b *buffers) (*order, error) {
	rows := s.sorted(b.rows)
	o := &order{rows: rows, situations: room(b.situations, len(rows)/2)[:0], first: room(b.first, len(rows)/2+1)[:0]}
	cases, persons, choices := s.Case, s.Person, s.Chosen
	for lo := 0; lo < len(rows); {
		first, chosen, count := int(rows[lo]), -1, int64(0)
		id := cases[first]
		hi := lo
		for ; hi < len(rows); hi++ {
			i := int(rows[hi])
			if cases[i] != id || (persons != nil && persons[i] != persons[first]) {
				break
			}
			if c := choices[i]; c != 0 {
				chosen = hi
				count += c
			}
		}
		if count != 1 || hi-lo < 2 || !s.sound(rows[lo:hi]) {
			return nil, s.explain(rows[lo:hi])
		}
		if lo == 0 || s.person(first) != s.person(int(rows[lo-1])) {
			o.first = append(o.first, int32(len(o.situations)))
		}
		o.situations = append(o.situations, situation{int32(lo), int32(hi), int32(chosen), int32(len(o.first) - 1)})
		lo = hi
	}
	o.first = append(o.first, int32(len(o.situations)))
	return o, s.checkPersons(o)
}

// sound reports whether the alternatives of a situation differ, and its exponents do not.
func (s *Survey[T]) sound(rows []int32) bool {
	for j := 1; j < len(rows); j++ {
		i, before := rows[j], rows[j-1]
		if s.Alternative != nil && s.Alternative[i] == s.Alternative[before] || s.Exponent != nil && s.Exponent[i] != s.Exponent[before] {
			return false
		}
	}
	return true
}

// sorted returns the rows that can be chosen by person, situation and alternative, in memory if that is enough.
func (s *Survey[T]) sorted(memory []int32) []int32 {
	rows, n := room(memory, s.X.Rows), 0
	for i := range rows {
		rows[n] = int32(i)
		if s.available(i) {
			n++
		}
	}
	rows = rows[:n]
	compare := func(a, b int32) int {
		i, j := int(a), int(b)
		c := cmp.Compare(s.person(i), s.person(j))
		if c == 0 && s.Person != nil {
			c = cmp.Compare(s.Case[i], s.Case[j])
		}
		if c == 0 && s.Alternative != nil {
			c = cmp.Compare(s.Alternative[i], s.Alternative[j])
		}
		return c
	}
	if !s.inOrder(rows) {
		slices.SortStableFunc(rows, compare)
	}
	return rows
}

// inOrder reports whether the rows lie by person, situation and alternative already, as they mostly do.
func (s *Survey[T]) inOrder(rows []int32) bool {
	cases, persons, alternatives := s.Case, s.Person, s.Alternative
	for n := 1; n < len(rows); n++ {
		i, j := rows[n-1], rows[n]
		if persons != nil && persons[i] != persons[j] {
			if persons[i] > persons[j] {
				return false
			}
		} else if cases[i] > cases[j] || (cases[i] == cases[j] && alternatives != nil && alternatives[i] > alternatives[j]) {
			return false
		}
	}
	return true
}

// sameCase reports whether two rows belong to one situation.
func (s *Survey[T]) sameCase(i, j int32) bool {
	return s.Case[i] == s.Case[j] && (s.Person == nil || s.Person[i] == s.Person[j])
}

// explain says what is wrong with the rows of one situation.
func (s *Survey[T]) explain(rows []int32) error {
	id, chosen := s.Case[rows[0]], -1
	for j, i := range rows {
		if j > 0 && s.Alternative != nil && s.Alternative[i] == s.Alternative[rows[j-1]] {
			return wrong("case %d has alternative %d twice, in rows %d and %d; if the case numbers start again for every person pass panels",
				id, s.Alternative[i], rows[j-1], i)
		}
		if s.Exponent != nil && s.Exponent[i] != s.Exponent[rows[0]] {
			return wrong("situation_weights differ within case %d, rows %d and %d", id, rows[0], i)
		}
		if s.Chosen[i] == 0 {
			continue
		}
		if chosen >= 0 {
			return wrong("case %d has two alternatives chosen, in rows %d and %d; if the case numbers start again for every person pass panels",
				id, rows[chosen], i)
		}
		chosen = j
	}
	if chosen < 0 {
		return wrong("case %d (row %d and on) has no alternative chosen; drop it or correct choice", id, rows[0])
	}
	if s.Person != nil {
		return wrong("case %d (row %d) has one available alternative of its person, so its choice says nothing; drop it, or correct panels "+
			"if they differ within the case", id, rows[0])
	}
	return wrong("case %d (row %d) has one available alternative, so its choice says nothing; drop it", id, rows[0])
}

// checkPersons compares what must be the same in all rows of a person.
func (s *Survey[T]) checkPersons(o *order) error {
	if len(o.situations) == 0 {
		return fmt.Errorf("choice: %w: no row is available", core.ErrShape)
	}
	if s.Weight == nil && s.Membership.Cols == 0 {
		return nil
	}
	total := 0.0
	for n := range o.persons() {
		span := o.rows[o.situations[o.first[n]].lo:o.situations[o.first[n+1]-1].hi]
		first := int(span[0])
		for _, row := range span {
			i := int(row)
			if s.Weight != nil && s.Weight[i] != s.Weight[first] {
				return wrong("weights differ within person %d, rows %d and %d; weights of situations go to situation_weights",
					s.person(i), first, i)
			}
			if s.Membership.Cols > 0 && !slices.Equal(s.Membership.Row(i), s.Membership.Row(first)) {
				return wrong("membership differs within person %d, rows %d and %d; it describes persons, attributes that vary belong to x",
					s.person(i), first, i)
			}
		}
		if s.Weight != nil {
			total += s.Weight[first]
		}
	}
	if s.Weight != nil && total == 0 {
		return wrong("all weights are zero")
	}
	return nil
}
