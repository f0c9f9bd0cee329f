package coreset

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// byNorms draws samples in proportion to what the norms of their gradients were when they were last evaluated.
func (t *training[T]) byNorms(epoch int) error {
	if t.renews(epoch) {
		residuals, inputs := t.outputs(nil)
		t.found.Selections++
		t.chances = t.norms(residuals, inputs)
		inclusion(t.chances, t.k, 1/t.o.MaxWeight)
	}
	t.rows = systematic(rng.New(t.o.Seed, streamTraining, 6, uint64(epoch)), t.chances)
	t.weights = make([]float64, len(t.rows))
	for j, i := range t.rows {
		t.weights[j] = 1 / t.chances[i]
	}
	return nil
}

// norms returns those of gradients, by the proxy.
func (t *training[T]) norms(residuals, inputs core.Matrix[T]) []float64 {
	norms := make([]float64, residuals.Rows)
	for i := range norms {
		square := 0.0
		for _, v := range residuals.Row(i) {
			square += float64(v) * float64(v)
		}
		if t.o.Proxy == ProxyLastLayer {
			input := 1.0
			for _, v := range inputs.Row(i) {
				input += float64(v) * float64(v)
			}
			square *= input
		}
		norms[i] = math.Sqrt(square)
	}
	return norms
}

// inclusion turns scores >= 0 into probabilities with which rows enter a sample of k: in proportion to them, but for the part even,
// which is the same for all rows, and none above 1. They add up to k.
func inclusion(scores []float64, k int, even float64) {
	total := 0.0
	for _, s := range scores {
		total += s
	}
	for i, s := range scores {
		scores[i] = even / float64(len(scores))
		if total > 0 {
			scores[i] += (1 - even) * s / total
		} else {
			scores[i] = 1
		}
	}
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return a - b
	})
	left, rest := 0.0, float64(k)
	for _, s := range scores {
		left += s
	}
	certain := 0
	for _, i := range order {
		if rest <= 0 || rest*scores[i] < left {
			break
		}
		left -= scores[i]
		scores[i] = 1
		rest--
		certain++
	}
	for _, i := range order[certain:] {
		scores[i] *= ratio(rest, left)
	}
}

// systematic draws distinct rows, each with its probability, as many as these add up to: every one that a step of length 1 ends at,
// over the rows in random order.
func systematic(draw *rand.Rand, chances []float64) []int {
	next, mass := draw.Float64(), 0.0
	var rows []int
	for _, i := range draw.Perm(len(chances)) {
		if mass += chances[i]; next < mass {
			rows = append(rows, i)
			next++
		}
	}
	return rows
}
