package coreset

import (
	"math"
	"sort"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Names of the random streams.
const (
	streamDraws = iota + 201
	streamSeeds
	streamPilot
	streamStrata
	streamBatch
	streamTraining
	streamProbes
)

// SampleOptions of [Lightweight], [Sensitivity], [Importance] and [Stratified]. The zero value means the defaults, but Size must
// be set. Fields with a json name travel across the C ABI as JSON text and are listed by lithe_describe.
type SampleOptions struct {
	Size     int    `json:"n_samples" default:"0" doc:"draws m; a row drawn twice is listed once, with the sum of the weights"`
	Clusters int    `json:"n_clusters" default:"8" doc:"sensitivity: clusters of the rough solution, as many as will be fitted"`
	NInit    int    `json:"n_init" default:"3" doc:"sensitivity: rough solutions by k-means++, of which the best is used"`
	Seed     uint64 `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// SampleWeight, if set, has a weight >= 0 for every row, as if the row stood there so many times. So the union of the
	// samples of parts of the data, with its weights, is a sample of the whole, and can be sampled again.
	SampleWeight []float64 `json:"-"`
	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every pass over the data.
	Progress func(core.Progress) `json:"-"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *SampleOptions) Validate() error {
	if o == nil {
		o = &SampleOptions{}
	}
	switch {
	case o.Size < 1:
		return tooFew(o.Size)
	case o.Clusters < 0:
		return errorf(core.ErrOption, "n_clusters must be at least 1, got %d", o.Clusters)
	case o.NInit < 0:
		return errorf(core.ErrOption, "n_init must be at least 1, got %d", o.NInit)
	}
	return nil
}

func (o *SampleOptions) withDefaults() SampleOptions {
	v := *o
	if v.Clusters == 0 {
		v.Clusters = 8
	}
	if v.NInit == 0 {
		v.NInit = 3
	}
	return v
}

// Sample is a weighted random subset of n rows. For any function f, the sum of Weights[j] f(row Indices[j]) has the sum of f
// over all rows, each counted with its sample weight, as its expectation.
type Sample struct {
	Indices []int     // distinct, ascending
	Weights []float64 // positive

	EffectiveSize float64 // (sum of weights)^2 / sum of their squares
	Seed          uint64
	Seconds       float64
}

// mostDraws bounds the draws from n rows. More tell nothing that the rows themselves do not, and would take all memory.
func mostDraws(n int) int { return 1<<20 + 8*n }

// checkDraws reports more draws than n rows are good for.
func checkDraws(m, n int) error {
	if m > mostDraws(n) {
		return errorf(core.ErrOption, "n_samples = %d is more than %d, the most for %d rows; so many draws say nothing that the rows do not",
			m, mostDraws(n), n)
	}
	return nil
}

// drawn makes m independent draws with probabilities proportional to scores. factor[i] is what row i stands for in the sum
// that is estimated: its weight is that over m times its probability.
func drawn(scores, factor []float64, m int, seed uint64, began time.Time) (*Sample, error) {
	if err := checkDraws(m, len(scores)); err != nil {
		return nil, err
	}
	rows, weights, err := draws(scores, factor, m, m, rng.At(seed, streamDraws))
	if err != nil {
		return nil, err
	}
	return merged(rows, weights, seed, began), nil
}

// draws is the raw material of drawn: of m draws in all, count are made here.
func draws(scores, factor []float64, count, m int, draw rng.Stream) (rows []int, weights []float64, err error) {
	mass := make([]float64, len(scores))
	total := 0.0
	for i, s := range scores {
		total += s
		mass[i] = total
	}
	if !(total > 0) || math.IsInf(total, 1) {
		return nil, nil, errorf(core.ErrNumerical, "the sampling scores sum to %v; rescale the data", total)
	}
	rows, weights = make([]int, count), make([]float64, count)
	for k := range rows {
		i := search(mass, uniform(&draw)*total)
		rows[k], weights[k] = i, massAt(factor, i)/scores[i]*(total/float64(m)) // products of two could leave the range
	}
	return rows, weights, nil
}

// merged lists every drawn row once.
func merged(rows []int, weights []float64, seed uint64, began time.Time) *Sample {
	order := make([]int, len(rows))
	for k := range order {
		order[k] = k
	}
	sort.SliceStable(order, func(a, b int) bool { return rows[order[a]] < rows[order[b]] })
	s := &Sample{Seed: seed}
	for _, k := range order {
		if last := len(s.Indices) - 1; last >= 0 && s.Indices[last] == rows[k] {
			s.Weights[last] += weights[k]
			continue
		}
		s.Indices, s.Weights = append(s.Indices, rows[k]), append(s.Weights, weights[k])
	}
	s.EffectiveSize = effective(s.Weights)
	s.Seconds = time.Since(began).Seconds()
	return s
}

// effective returns the number of equal weights that would have the same variance.
func effective(weights []float64) float64 {
	sum, squares := 0.0, 0.0
	exponent := magnitude(weights)
	for _, w := range weights {
		w = math.Ldexp(w, -exponent)
		sum += w
		squares += w * w
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / squares
}

// uniform returns a number in [0, 1).
func uniform(s *rng.Stream) float64 { return float64(s.Uint64()>>11) * 0x1p-53 }

// search returns the first i with mass[i] > u, and the last one that adds to the mass if rounding leaves none.
func search(mass []float64, u float64) int {
	i := sort.Search(len(mass), func(i int) bool { return mass[i] > u })
	if i == len(mass) {
		i = sort.SearchFloat64s(mass, mass[len(mass)-1])
	}
	return i
}
