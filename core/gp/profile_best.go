package gp

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Best returns the point of the largest likelihood with eta in [lower, upper]: the best of a grid of ten points per decade,
// improved by golden sections between its neighbours. Shifts move the nodes of quadrature and leave their weights, so that a
// step of the search is O(probes * steps) operations, after O(probes * steps^2) once. Errors are those of At.
func (p *Profile) Best(lower, upper float64) (ProfilePoint, error) {
	if !(lower > 0 && lower <= upper) || math.IsInf(upper, 1) {
		return ProfilePoint{}, fmt.Errorf("gp: %w: bounds of eta must be positive numbers in ascending order, got %v and %v",
			core.ErrOption, lower, upper)
	}
	s, err := p.search(lower)
	if err != nil {
		return ProfilePoint{}, err
	}
	from, to := math.Log(lower), math.Log(upper)
	cells := max(1, int(math.Ceil((to-from)/math.Ln10*10)))
	width := (to - from) / float64(cells)
	best, at := math.Inf(-1), from
	keep := func(x float64) float64 {
		v := s.value(math.Exp(x))
		if v > best {
			best, at = v, x
		}
		return v
	}
	for i := range cells + 1 {
		keep(from + float64(i)*width)
	}
	const golden = 0.6180339887498949
	a, b := max(from, at-width), min(to, at+width)
	x1, x2 := b-golden*(b-a), a+golden*(b-a)
	v1, v2 := keep(x1), keep(x2)
	for b-a > 1e-6 {
		if v1 > v2 {
			b, x2, v2 = x2, x1, v1
			x1 = b - golden*(b-a)
			v1 = keep(x1)
		} else {
			a, x1, v1 = x1, x2, v2
			x2 = a + golden*(b-a)
			v2 = keep(x2)
		}
	}
	return p.At(min(max(math.Exp(at), lower), upper))
}

// rule is a quadrature rule of K.
type rule struct{ nodes, weights []float64 }

// profileSearch is what a search over eta needs: Gauss' rules and those of Gauss and Radau for y and the probes.
type profileSearch struct {
	n     float64
	size  float64
	y     [2]rule
	probe [][2]rule
}

// search makes ready for eta from lower on.
func (p *Profile) search(lower float64) (*profileSearch, error) {
	s := &profileSearch{n: float64(p.n), size: p.size, probe: make([][2]rule, 0, len(p.probes))}
	rules := func(t Tridiagonal) (both [2]rule, err error) {
		if both[0].nodes, both[0].weights, err = t.Quadrature(); err != nil {
			return both, err
		}
		if !(both[0].nodes[0] > -lower) {
			return both, notDefinite(lower)
		}
		both[1] = both[0]
		if extended, ok := t.Radau(-1e-3 * lower); ok {
			both[1].nodes, both[1].weights, err = extended.Quadrature()
		}
		return both, err
	}
	var err error
	if s.y, err = rules(p.y); err != nil {
		return nil, err
	}
	for _, t := range p.probes {
		if t.Steps() == 0 {
			continue
		}
		both, err := rules(t)
		if err != nil {
			return nil, err
		}
		s.probe = append(s.probe, both)
	}
	return s, nil
}

// value returns the likelihood at eta up to a constant.
func (s *profileSearch) value(eta float64) float64 {
	quadratic, logs := 1.0, 0.0
	for _, r := range s.y {
		sum := 0.0
		for j, v := range r.nodes {
			sum += r.weights[j] / (v + eta)
		}
		quadratic *= math.Sqrt(s.size * sum)
	}
	for _, both := range s.probe {
		for _, r := range both {
			for j, v := range r.nodes {
				if r.weights[j] > 0 {
					logs += r.weights[j] * math.Log(max(v+eta, math.SmallestNonzeroFloat64)) / float64(2*len(s.probe))
				}
			}
		}
	}
	return -s.n / 2 * (math.Log(quadratic/s.n) + logs)
}
