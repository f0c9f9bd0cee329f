package coreset

import (
	"math/bits"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/cover"
	"github.com/lithe-ml/lithe/core/internal/tile"
)

// foresight is a guess of the first rows that will be selected, with the gains of all candidates after each of them. Most covers
// fall with each of the first rows, so that gains would have to be found again from nearly all pairs each time. A pair takes longer
// to measure than to compare with many covers: with a guess all of these gains take one pass. They are exact whatever the guess,
// and count as long as it proves right.
type foresight[T core.Float] struct {
	rows   []int32
	covers [][]T        // after each of rows, padded to whole tiles
	gains  [][]float64  // gains[t] of all candidates once rows[:t] are selected
	lists  remaining[T] // of what is below the last covers; nil: none
}

// foreseeing are operations that can evaluate gains at several covers at once.
type foreseeing[T core.Float] interface {
	operations[T]
	// costly says whether a pair takes much longer to measure than to compare with covers.
	costly() bool
	// against returns what the costs of serving some rows, a multiple of tile.Size of them, from all rows (padded to whole
	// tiles) are times sign.
	against(some []int32) (costs []T, sign T, err error)
	// ahead returns the gains of all rows over nothing and at each of some covers, and with listed what is below the last.
	ahead(covers [][]T, listed bool) (gains [][]float64, lists remaining[T], err error)
}

const (
	guessFrom  = 1024       // rows of a group from which guesses pay
	guessTo    = 16384      // rows up to which the costs that they are made from are few
	guessMost  = 24         // rows that are guessed
	guessWorth = 1.0 / 200  // by which share of all costs one more row should shorten the lists
	guessTried = tile.Size  // candidates that are evaluated for each
	guessCosts = 512 * 4096 // elements of the sample that chooses these
)

// guesser makes a guess: of the candidates that seem best by a weighted sample of the clients, the best.
type guesser[T core.Float] struct {
	s       *greedy[T]
	op      foreseeing[T]
	sign    T
	clients []int32
	costs   []T // clients x padded
	weights []T // of the clients: that of all rows nearer to each than to the others
	hi      []T // their covers
	endless []T
	cover   []T // of all rows, padded
	worth   []T // of all candidates, padded
	order   []float64
	guess   *foresight[T]
}

// foresee makes a guess, nil where it would not pay.
func (s *greedy[T]) foresee(q request) (*foresight[T], error) {
	op, can := s.op.(foreseeing[T])
	if !can || !op.costly() || q.engine != Decremental || q.candidates != nil || q.initial != nil || q.funds != nil || s.n < guessFrom || s.n > guessTo ||
		q.budget > 0 && q.budget < 2*guessMost || s.spare-s.bytes() < 2*thinBytes {
		return nil, nil
	}
	g := &guesser[T]{s: s, op: op, guess: new(foresight[T])}
	if err := g.begin(); err != nil {
		return nil, err
	}
	f, listed := g.guess, false
	for before := 1.0; len(f.rows) < guessMost; {
		if err := g.next(); err != nil {
			return nil, err
		}
		share := g.below()
		listed = share <= 1.0/thinShare && share*float64(s.n)*float64(s.n)*entrySize[T]() < thinBytes
		if listed && before-share < guessWorth {
			break
		}
		before = share
	}
	var err error
	f.gains, f.lists, err = op.ahead(f.covers, listed)
	return f, err
}

// begin draws the sample.
func (g *guesser[T]) begin() error {
	n, padded := g.s.n, len(g.s.cover)
	size := max(tile.Size, min(256, guessCosts/padded/tile.Size*tile.Size))
	g.clients = make([]int32, size)
	for c := range g.clients {
		g.clients[c] = int32(c * n / size)
	}
	var err error
	if g.costs, g.sign, err = g.op.against(g.clients); err != nil {
		return err
	}
	g.weights, g.hi, g.endless, g.cover = make([]T, size), make([]T, size), endless[T](padded), make([]T, padded)
	g.worth, g.order = make([]T, padded), make([]float64, n)
	top, owner := T(g.s.op.ceiling()), make([]int32, n)
	for i := range n {
		g.cover[i] = top
	}
	least := slices.Clone(g.cover)
	for c := range g.clients {
		g.improve(least, g.costs[c*padded:c*padded+n], func(i int) { owner[i] = int32(c) })
	}
	for i, c := range owner {
		g.weights[c] += g.s.weights[i]
	}
	return nil
}

// improve lowers covers to costs, and calls met for each client whose cover falls.
func (g *guesser[T]) improve(covers, costs []T, met func(i int)) {
	cover.Under(g.s.served, costs, covers[:len(costs)], g.sign)
	for b, mask := range g.s.served {
		for ; mask != 0; mask &= mask - 1 {
			i := b*64 + bits.TrailingZeros64(mask)
			covers[i] = -g.sign * costs[i]
			met(i)
		}
	}
}

// next adds a row to the guess.
func (g *guesser[T]) next() error {
	n := g.s.n
	for c, i := range g.clients {
		g.hi[c] = g.cover[i]
	}
	clear(g.worth)
	cover.Columns(g.worth, g.costs, len(g.worth), g.hi, g.endless[:len(g.hi)], g.weights, g.sign)
	for j, v := range g.worth[:n] {
		g.order[j] = float64(v)
	}
	largest(g.order, guessTried)
	floor := T(slices.Min(g.order[:guessTried]))
	some := make([]int32, 0, guessTried)
	for j, v := range g.worth[:n] {
		if v >= floor && len(some) < guessTried && !slices.Contains(g.guess.rows, int32(j)) {
			some = append(some, int32(j))
		}
	}
	gains := make([]float64, len(some))
	if err := g.op.decrease(gains, some, nil, g.cover, g.endless); err != nil {
		return err
	}
	best := 0
	for c, gain := range gains {
		if gain > gains[best] {
			best = c
		}
	}
	values, _, err := g.op.row(some[best])
	if err != nil {
		return err
	}
	g.improve(g.cover, values, func(int) {})
	g.guess.rows = append(g.guess.rows, some[best])
	g.guess.covers = append(g.guess.covers, slices.Clone(g.cover))
	return nil
}

// below estimates the share of costs that are below the cover of their client.
func (g *guesser[T]) below() float64 {
	sum, padded := 0, len(g.cover)
	for c, i := range g.clients {
		var one [16]T
		for lane := range one {
			one[lane] = g.cover[i]
		}
		cover.UnderOne(g.s.served, g.costs[c*padded:c*padded+g.s.n], &one, g.sign)
		for _, mask := range g.s.served {
			sum += bits.OnesCount64(mask)
		}
	}
	return float64(sum) / float64(len(g.clients)*g.s.n)
}

// after returns the gains of all candidates now that some rows are selected, nil if that was not foreseen. The order of rows that
// are selected does not matter to gains.
func (f *foresight[T]) after(selected []int32) []float64 {
	if f == nil || len(selected) >= len(f.gains) {
		return nil
	}
	for _, j := range selected {
		if !slices.Contains(f.rows[:len(selected)], j) {
			return nil
		}
	}
	return f.gains[len(selected)]
}

// awaits says whether the lists of a guess are to be expected soon.
func (f *foresight[T]) awaits(selected int) bool {
	return f != nil && f.lists != nil && selected < len(f.rows)
}

// promised returns the lists of a guess once they hold for nearly all clients, made anew for the others; nil: not yet.
func (s *greedy[T]) promised() (remaining[T], error) {
	f := s.ahead
	if f == nil || f.lists == nil {
		return nil, nil
	}
	limits, late := f.covers[len(f.rows)-1], 0
	for i, u := range s.cover[:s.n] {
		if u > limits[i] {
			late++
		}
	}
	if late > s.n/8 {
		return nil, nil
	}
	for i, u := range s.cover[:s.n] {
		if u <= limits[i] {
			continue
		}
		values, sign, err := s.op.row(int32(i))
		if err != nil {
			return nil, err
		}
		var list []entry[T]
		for j, v := range values {
			if u+sign*v > 0 {
				list = append(list, entry[T]{int32(j), -sign * v})
			}
		}
		f.lists[i], f.lists[s.n+i] = list, nil
	}
	s.ahead = nil
	return f.lists, nil
}
