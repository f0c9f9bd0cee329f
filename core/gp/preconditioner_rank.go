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

// grownFactor returns F of the rank that pays. It doubles the rank while what the last doubling has saved, and the next one
// would save again, is more than it costs; a factor of half the rank costs a quarter of the time.
func grownFactor(ctx context.Context, s System, o *PreconditionerOptions) (f core.Matrix[float32], pivots []int, err error) {
	n := s.Size()
	most := max(1, min(n/4, mostRank, factorSize/4/n))
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
	for rank := min(max(min(max(n/16, leastRank), firstRank), o.from), most); ; rank = min(2*rank, most) {
		var ranks []int
		var left []float64
		watched := *o
		watched.Progress = func(p core.Progress) {
			ranks, left = append(ranks, p.Iteration), append(left, p.Objective/sum)
			if o.Progress != nil {
				p.MaxIterations = most
				o.Progress(p)
			}
		}
		if f, pivots, err = columnFactor(ctx, s, rank, &watched); err != nil || f.Rows < rank || rank == most {
			return f, pivots, err
		}
		now, next := left[len(left)-1], min(2*rank, most)
		if rankCost(n, next, now*falls(ranks, left, float64(next)/float64(rank)), element) > rankCost(n, rank, now, element) {
			return f, pivots, nil
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
