package coreset

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Importance draws rows with probabilities proportional to scores times sample weights: o.Size draws with replacement, whose
// weights make weighted sums unbiased. Scores of zero are never drawn, so they must belong to rows that contribute nothing;
// add a constant to be safe. O(n + m log n).
//
// Errors wrap [core.ErrOption], [core.ErrShape] or [core.ErrNotFinite].
func Importance(scores []float64, o *SampleOptions) (*Sample, error) {
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if _, err := checkMass(o.SampleWeight, len(scores)); err != nil {
		return nil, err
	}
	q := make([]float64, len(scores))
	most := 0.0
	for i, s := range scores {
		switch {
		case s-s != 0:
			return nil, errorf(core.ErrNotFinite, "the score of row %d is %v", i, s)
		case s < 0:
			return nil, errorf(core.ErrOption, "the score of row %d is negative: %v", i, s)
		}
		q[i] = s * massAt(o.SampleWeight, i)
		most = max(most, q[i])
	}
	if most == 0 {
		return nil, errorf(core.ErrOption, "every score is zero, or there is none")
	}
	return drawn(q, o.SampleWeight, o.Size, o.Seed, began)
}

// Stratified draws o.Size distinct rows such that every class gets its share of them: the number is proportional to the size
// of the class, rounded by largest remainders, and at least 1 where o.Size allows. Within a class all rows are equally
// likely, and each drawn row weighs the size of the class over the number drawn from it. labels may be any integers; all
// equal they give a plain random subset without replacement. o.SampleWeight is not used. O(n log C) for C classes.
//
// Errors wrap [core.ErrOption] or [core.ErrShape].
func Stratified(labels []int32, o *SampleOptions) (*Sample, error) {
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Size > len(labels) {
		return nil, errorf(core.ErrOption, "n_samples = %d exceeds the %d rows", o.Size, len(labels))
	}
	classes := membersOf(labels)
	s := &Sample{Seed: o.Seed}
	weight := make([]float64, len(labels))
	for c, k := range shareOut(sizesOf(classes), o.Size, nil) {
		draw := rng.New(o.Seed, streamStrata, uint64(c))
		for _, i := range without(draw, classes[c], k) {
			s.Indices = append(s.Indices, i)
			weight[i] = float64(len(classes[c])) / float64(k)
		}
	}
	slices.Sort(s.Indices)
	for _, i := range s.Indices {
		s.Weights = append(s.Weights, weight[i])
	}
	s.EffectiveSize = effective(s.Weights)
	s.Seconds = time.Since(began).Seconds()
	return s, nil
}

// without draws k of some rows without replacement; it reorders them.
func without(draw *rand.Rand, rows []int, k int) []int {
	for j := range k {
		at := j + draw.IntN(len(rows)-j)
		rows[j], rows[at] = rows[at], rows[j]
	}
	return rows[:k]
}

// membersOf returns the rows of each class, classes in ascending order of their labels.
func membersOf(labels []int32) [][]int {
	count := map[int32]int{}
	for _, c := range labels {
		count[c]++
	}
	names := make([]int32, 0, len(count))
	for c := range count {
		names = append(names, c)
	}
	slices.Sort(names)
	number := make(map[int32]int, len(names))
	classes := make([][]int, len(names))
	for k, c := range names {
		number[c] = k
		classes[k] = make([]int, 0, count[c])
	}
	for i, c := range labels {
		classes[number[c]] = append(classes[number[c]], i)
	}
	return classes
}

func sizesOf(classes [][]int) []int {
	sizes := make([]int, len(classes))
	for c, rows := range classes {
		sizes[c] = len(rows)
	}
	return sizes
}
