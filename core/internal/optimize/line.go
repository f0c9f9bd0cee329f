package optimize

import (
	"context"
	"math"
)

const (
	enough    = 1e-4  // of the decrease that the slope promises
	curvature = 0.9   // of the slope that may be left
	rounding  = 1e-14 // of values, relative
	tries     = 20
)

// look moves next to distance t along the path.
func (s *search) look(ctx context.Context, t float64) error {
	p := &s.next
	p.t = t
	for i, x := range s.at.x {
		p.x[i] = x + t*s.d[i]
	}
	s.clip(p.x)
	f, err := s.evaluate(ctx, p)
	if err != nil {
		return err
	}
	p.f, p.slope = f, 0
	for i, d := range s.d {
		if !s.blocked(p.x, i, d) {
			p.slope += d * p.g[i]
		}
	}
	return nil
}

// line moves next to a point along d that is good enough: the function falls by a part of what the slope promises, and the
// slope is not as steep any more. Without values the slope has to do: its size must shrink. It reports false where nothing
// of the kind can be found.
func (s *search) line(ctx context.Context, first bool) (found bool, err error) {
	left := &s.left // where the function falls, with the least value so far
	left.t, left.f, left.slope = 0, s.at.f, s.at.slope
	copy(left.x, s.at.x)
	copy(left.g, s.at.g)
	right := point{t: math.Inf(1)}
	t := 1.0
	for range tries {
		if err := s.look(ctx, t); err != nil {
			return false, err
		}
		p := &s.next
		switch {
		case s.tooFar(p, left):
			right = point{t: p.t, f: p.f, slope: p.slope}
		case math.Abs(p.slope) <= -curvature*s.at.slope:
			return true, nil
		case p.slope > 0:
			right = point{t: p.t, f: p.f, slope: p.slope}
			if !s.o.SlopesOnly {
				// The least value yet, from which the function rises: what is sought lies between here and the left.
				*left, right = s.takeLeft(), *left
			}
		default:
			if s.longest(p) {
				return true, nil
			}
			*left = s.takeLeft()
		}
		if math.IsInf(right.t, 1) {
			t = left.t * 4
			if first {
				t = left.t * 10
			}
			continue
		}
		if t = s.between(left, &right); math.Abs(right.t-left.t) < 1e-12*max(left.t, right.t) {
			break
		}
	}
	return s.settle()
}

// tooFar reports whether a minimum of the kind sought lies before p.
func (s *search) tooFar(p, left *point) bool {
	if math.IsInf(p.f, 1) {
		return true
	}
	if s.o.SlopesOnly {
		return p.slope > -curvature*s.at.slope
	}
	slack := rounding * math.Abs(s.at.f)
	return !(p.f <= s.at.f+enough*p.t*s.at.slope+slack) || left.t > 0 && p.f >= left.f+slack
}

// longest reports whether p is as far as an iteration may go, or where every variable has met its bound.
func (s *search) longest(p *point) bool {
	if p.slope == 0 {
		return true
	}
	most := 0.0
	for i, x := range p.x {
		most = max(most, math.Abs(x-s.at.x[i]))
	}
	return most >= s.o.Longest*(1-1e-9)
}

// takeLeft exchanges the memory of left and next and returns what next was.
func (s *search) takeLeft() point {
	p := s.next
	s.next.x, s.next.g = s.left.x, s.left.g
	return p
}

// between returns the next place to look at: the minimum of the cubic through both ends or the zero of the slope, kept away
// from the ends.
func (s *search) between(a, b *point) float64 {
	width := b.t - a.t
	t := a.t + width/2
	switch {
	case math.IsInf(b.f, 1):
		return a.t + width/10
	case s.o.SlopesOnly:
		t = a.t - a.slope*width/(b.slope-a.slope)
	default:
		d1 := a.slope + b.slope - 3*(a.f-b.f)/(a.t-b.t)
		if d2 := d1*d1 - a.slope*b.slope; d2 >= 0 {
			root := math.Copysign(math.Sqrt(d2), width)
			t = b.t - width*(b.slope+root-d1)/(b.slope-a.slope+2*root)
		}
	}
	lo, hi := a.t+0.1*width, b.t-0.1*width
	if lo > hi {
		lo, hi = hi, lo
	}
	if !(t >= lo && t <= hi) {
		t = a.t + width/2
	}
	return t
}

// settle takes the left end of the bracket if it is better than where the search began.
func (s *search) settle() (bool, error) {
	if s.left.t == 0 {
		return false, nil
	}
	s.next, s.left = s.left, s.next
	return true, nil
}
