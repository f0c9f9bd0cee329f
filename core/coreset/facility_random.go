package coreset

import (
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/rng"
)

// runnersUp is how many candidates of a sample stay for the next one.
const runnersUp = 8

// sample is stochastic greedy (Mirzasoleiman et al., AAAI 2015): each time the best of m/k log(1/epsilon) random candidates, and
// of the best that the sample before left.
func (s *greedy[T]) sample(q request) error {
	g := rng.New(q.seed, 0x53544f43, q.stream)
	left := slices.DeleteFunc(slices.Clone(s.candidates), func(j int32) bool { return s.taken[j] })
	budget := q.budget
	if budget == 0 {
		budget = len(s.candidates)
	}
	size := max(1, int(math.Ceil(float64(len(s.candidates))/float64(budget)*math.Log(1/q.epsilon))))
	var stay []int32
	for !s.done(q) && len(left) > 0 {
		// The sample moves to the front.
		m := min(size, len(left))
		for i := range m {
			at := i + g.IntN(len(left)-i)
			left[i], left[at] = left[at], left[i]
		}
		s.heap.items = append(append(s.heap.items[:0], left[:m]...), stay...)
		slices.Sort(s.heap.items)
		s.heap.items = slices.Compact(s.heap.items)
		s.heap.build()
		j, err := s.best()
		if err != nil {
			return err
		}
		stay = stay[:0]
		for len(stay) < runnersUp && len(s.heap.items) > 0 {
			stay = append(stay, s.heap.pop())
		}
		at := slices.Index(left, j)
		left[at] = left[len(left)-1]
		left = left[:len(left)-1]
		if err := s.take(j, q); err != nil {
			return err
		}
		if err := s.refresh(q); err != nil {
			return err
		}
	}
	return nil
}

// descend is threshold greedy (Badanidiyuru and Vondrak, SODA 2014): every candidate whose gain reaches a threshold is taken
// as it is met, and the threshold falls by the factor 1 - epsilon.
func (s *greedy[T]) descend(q request) error {
	left := slices.DeleteFunc(slices.Clone(s.candidates), func(j int32) bool { return s.taken[j] })
	for !s.done(q) && len(left) > 0 {
		most := 0.0
		for _, j := range left {
			most = max(most, s.bound[j])
		}
		threshold := most * (1 - q.epsilon)
		for at := 0; at < len(left) && !s.done(q); {
			// Those that are promising come in batches, and what is taken of one makes the rest stale.
			s.some = s.some[:0]
			next := at
			for ; next < len(left) && len(s.some) < s.op.batch(); next++ {
				if j := left[next]; s.bound[j] >= threshold && !s.taken[j] {
					s.some = append(s.some, j)
				}
			}
			if err := s.evaluate(s.some); err != nil {
				return err
			}
			met := slices.IndexFunc(s.some, func(j int32) bool { return s.bound[j] >= threshold })
			if met < 0 {
				at = next
				continue
			}
			j := s.some[met]
			if err := s.take(j, q); err != nil {
				return err
			}
			for left[at] != j {
				at++
			}
			at++
			if err := s.refresh(q); err != nil {
				return err
			}
		}
		left = slices.DeleteFunc(left, func(j int32) bool { return s.taken[j] })
	}
	return nil
}
