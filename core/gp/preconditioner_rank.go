package gp

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Limits of the rank that is found by itself.
const (
	leastRank  = 250  // the search begins with a sixteenth of the points, at least this
	firstRank  = 1000 // and at most this: traces fall slowly at first
	mostRank   = 3000
	factorSize = 3 << 29 // most bytes of F
)

// The time of one core, in nanoseconds, on which the search for a rank rests. Only ratios matter.
const (
	elementTime  = 0.6  // an element of a product with 16 columns in float32
	applyTime    = 2.7  // an element of F in a solve with 16 columns
	buildTime    = 0.15 // each of the n r^2 steps of a factor of rank r
	servedSolves = 3    // that one factor is built for
)

// rankCost returns the time of building a factor of rank r and of the solves that it serves, where the trace of what it
// leaves is left times that of the noise. Iterations grow in proportion to that: 1 to 3.5 times, as measured on sets of 4 to
// 60 thousand points.
func rankCost(n, r int, left, element float64) float64 {
	size, rank := float64(n), float64(r)
	return servedSolves*(5+2*left)*(element*size*size+applyTime*size*rank) + buildTime*size*rank*rank
}

// mostRankOf is the largest rank that is tried for n points.
func mostRankOf(n int) int { return max(1, min(n/4, mostRank, factorSize/4/n)) }

// grownFactor returns F of the rank that pays, beginning with the rows of begun unless that is nil. It doubles the rank while what
// the last doubling has saved, and the next one would save again, is more than it costs. A factor is the same for any number of
// threads; it is not the one that would be made at once with the same rank, but has the same law.
func grownFactor(ctx context.Context, s System, o *PreconditionerOptions, begun *pivoted) (
	f core.Matrix[float32], pivots []int, err error) {

	n := s.Size()
	most := mostRankOf(n)
	noise, _, err := positiveNoise(ctx, s, core.Matrix[float32]{})
	if err != nil {
		return f, nil, err
	}
	sum := 0.0
	for _, v := range noise {
		sum += v
	}
	element := elementTime
	if op, ok := s.(*Operator); ok {
		element *= op.engine.share()
		if _, double := op.engine.(*kernelEngine[float64]); double {
			element *= 2
		}
	}
	p := begun
	if p == nil {
		p = &pivoted{s: s, o: o}
	}
	p.most = most
	for rank := min(max(min(max(n/16, leastRank), firstRank), o.from), most); ; rank = min(2*rank, most) {
		if err := p.grow(ctx, rank); err != nil || p.f.Rows < rank || rank == most {
			return p.f, p.pivots, err
		}
		now, next := p.left[len(p.left)-1]/sum, min(2*rank, most)
		if rankCost(n, next, now*falls(p.ranks, p.left, float64(next)/float64(rank)), element) > rankCost(n, rank, now, element) {
			return p.f, p.pivots, nil
		}
	}
}

// falls returns the part of left that growing the last of the ranks by a factor leaves, if it goes on as it went from about
// half of it.
func falls(ranks []int, left []float64, factor float64) float64 {
	last := len(ranks) - 1
	half := 0
	for half < last-1 && 2*ranks[half+1] <= ranks[last] {
		half++
	}
	if half == last {
		return 0.5
	}
	power := math.Log(left[half]/left[last]) / math.Log(float64(ranks[last])/float64(ranks[half]))
	return math.Pow(factor, -power)
}
