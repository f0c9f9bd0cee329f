package coreset

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/memory"
)

// Methods of [SelectBatch].
const (
	MaxDet     = "maxdet"      // largest determinant of the kernel matrix, greedily: what is most uncertain given the others
	BAIT       = "bait"        // least uncertainty left over all rows
	MaxDist    = "maxdist"     // farthest first
	LCMD       = "lcmd"        // largest cluster, and of it the farthest row
	PlusPlus   = "k-means++"   // at random, with probabilities proportional to squared distances
	FrankWolfe = "frank-wolfe" // a sparse combination close to the sum of all rows
)

// BatchOptions of [SelectBatch]. The zero value means the defaults, but Size must be set. Fields with a json name travel across
// the C ABI as JSON text and are listed by lithe_describe.
type BatchOptions struct {
	Size    int     `json:"n_samples" default:"0" doc:"rows b to select"`
	Method  string  `json:"method" default:"lcmd" doc:"lcmd, maxdet, bait, maxdist, k-means++ or frank-wolfe"`
	Noise   float64 `json:"noise" default:"1e-6" doc:"maxdet and bait: variance of the noise, as a fraction of the mean of the kernel's diagonal"`
	Surplus float64 `json:"surplus" default:"1" doc:"bait: select so many times the rows first, then give up those that matter least; 1: only select"`
	Seed    uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Observed are distinct rows whose labels are known. They are not selected, and what they tell need not be selected again.
	Observed []int `json:"-"`
	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every row.
	Progress func(core.Progress) `json:"-"`
}

// Batch are rows whose labels are worth asking for.
type Batch struct {
	Indices []int     // b distinct rows that were not observed, in the order of selection
	Scores  []float64 // why each was selected: posterior variance (maxdet), fall of the sum of variances (bait), squared distance (maxdist, lcmd, k-means++), correlation (frank-wolfe)
	Weights []float64 // frank-wolfe: of the combination; otherwise none
	Method  string
	Seed    uint64
	Seconds float64
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *BatchOptions) Validate() error {
	v := o.withDefaults()
	known := []string{LCMD, MaxDet, BAIT, MaxDist, PlusPlus, FrankWolfe}
	switch {
	case v.Size < 1:
		return tooFew(v.Size)
	case !slices.Contains(known, v.Method):
		return errorf(core.ErrOption, "method must be one of %v, got %q", known, v.Method)
	case !(v.Noise > 0) || math.IsInf(v.Noise, 1):
		return errorf(core.ErrOption, "noise must be a positive number, got %v", v.Noise)
	case !(v.Surplus >= 1) || math.IsInf(v.Surplus, 1):
		return errorf(core.ErrOption, "surplus must be at least 1, got %v", v.Surplus)
	}
	return nil
}

func (o *BatchOptions) withDefaults() BatchOptions {
	var v BatchOptions
	if o != nil {
		v = *o
	}
	if v.Method == "" {
		v.Method = LCMD
	}
	if v.Noise == 0 {
		v.Noise = 1e-6
	}
	if v.Surplus == 0 {
		v.Surplus = 1
	}
	return v
}

// SelectBatch selects rows of a pool whose labels are to be asked for together (Holzmueller et al., JMLR 2023). k is the
// kernel between all rows, observed ones included: features of a network, such as its last layer or a sketch of its
// gradients ([FeatureKernel]), or a matrix ([MatrixKernel]). Without observed rows the methods of distances begin with the
// row of largest norm, k-means++ with one drawn in proportion to squared norms.
//
// For n rows of m features, b of which are selected: O(n (m + b) b) operations, and O(n m^2) before that with observed rows
// or bait. maxdet and bait keep n b numbers. These two and frank-wolfe work in float64; features of float32 are widened a few rows at
// a time, and never copied as a whole.
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical], or come from ctx.
func SelectBatch(ctx context.Context, k Kernel, o *BatchOptions) (*Batch, error) {
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := k.check(); err != nil {
		return nil, err
	}
	v := o.withDefaults()
	n := k.Size()
	if err := checkDistinct("the observed rows", v.Observed, n); err != nil {
		return nil, err
	}
	if pool := n - len(v.Observed); v.Size > pool {
		return nil, errorf(core.ErrOption, "n_samples = %d exceeds the %d rows that are not observed", v.Size, pool)
	}
	if v.Method == MaxDet || v.Method == BAIT {
		if err := memory.Check("coreset", fmt.Sprintf("%s for %d of %d rows", v.Method, v.Size, n), 8*float64(n)*float64(v.Size)*v.Surplus,
			"lower n_samples, or use lcmd"); err != nil {
			return nil, err
		}
	}
	b := &batch{k: k, o: &v, n: n, out: make([]bool, n), found: &Batch{Method: v.Method, Seed: v.Seed}, began: began}
	for _, i := range v.Observed {
		b.out[i] = true
	}
	run := map[string]func(context.Context) error{MaxDet: b.maxDet, BAIT: b.bait, MaxDist: b.byDistance, LCMD: b.byDistance,
		PlusPlus: b.byDistance, FrankWolfe: b.frankWolfe}[v.Method]
	if err := run(ctx); err != nil {
		return nil, err
	}
	for _, score := range b.found.Scores {
		if score-score != 0 {
			return nil, overflows("the features")
		}
	}
	b.found.Seconds = time.Since(began).Seconds()
	return b.found, nil
}

// batch is one selection.
type batch struct {
	k     Kernel
	o     *BatchOptions
	n     int
	out   []bool // observed or selected
	found *Batch
	began time.Time
}

// take selects row i.
func (b *batch) take(i int, score float64) {
	b.out[i] = true
	b.found.Indices, b.found.Scores = append(b.found.Indices, i), append(b.found.Scores, score)
	if b.o.Progress != nil {
		b.o.Progress(core.Progress{Phase: b.o.Method, Iteration: len(b.found.Indices), MaxIterations: max(b.o.Size, len(b.found.Indices)),
			Objective: score, Evaluations: int64(len(b.found.Indices)) * int64(b.n), Seconds: time.Since(b.began).Seconds()})
	}
}

// best returns the row of largest score, the first of several, among those that are not out.
func (b *batch) best(scores []float64) int {
	best := -1
	for i, s := range scores {
		if !b.out[i] && (best < 0 || s > scores[best]) {
			best = i
		}
	}
	return best
}
