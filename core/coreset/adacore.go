package coreset

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// Preconditioners of [LastLayer] gradients.
const (
	Factored = "factored" // the rank-one matrix nearest to the inverse curvature in logarithms: as fast as none
	Full     = "full"     // every parameter by its own curvature: a distance matrix for each class, of C products of matrices
)

// GradientOptions of [AdaCore] and [CRAIG]. The zero value means the defaults, but Size must be set. Fields with a json name
// travel across the C ABI as JSON text and are listed by lithe_describe.
type GradientOptions struct {
	Size           int     `json:"n_samples" default:"0" doc:"samples to select, all classes together"`
	Preconditioner string  `json:"preconditioner" default:"factored" doc:"of last-layer gradients: factored or full; rows are always scaled by the full curvature"`
	MaxWeight      float64 `json:"max_weight" default:"0" doc:"largest weight, as a multiple of the mean weight, at least 1; what is cut off goes to the others; 0: no limit"`
	Weighting      string  `json:"weights" default:"counts" doc:"counts: samples that each stands for; least_squares: weights whose sum of gradients comes nearest to the sum of all"`
	Ridge          float64 `json:"ridge" default:"0.01" doc:"least_squares: penalty on what weights differ from the counts, relative to the mean squared norm of the selected gradients"`
	Engine         string  `json:"engine" default:"auto" doc:"that of facility location: auto, lazy, decremental, stochastic, threshold, neighbors, partitioned or streaming"`
	Epsilon        float64 `json:"epsilon" default:"0.01" doc:"of the engines stochastic and threshold"`
	MemoryLimit    float64 `json:"memory_limit" default:"0" doc:"bytes that may be used besides the input; 0: 4 GiB"`
	Seed           uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Groups, if set, gives each sample a class, 0 or more. Samples are selected within classes, each of which gets its share
	// of Size by largest remainders: a sample never stands for one of another class, and the work falls by their number.
	Groups []int32 `json:"-"`
	// SampleWeight, if set, has a weight >= 0 for each gradient in the sum that is to be matched.
	SampleWeight []float64 `json:"-"`
	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called between selections.
	Progress func(core.Progress) `json:"-"`
}

// GradientCoreset is a weighted subset whose gradients add up to nearly the sum of all gradients.
type GradientCoreset struct {
	Indices    []int     // in the order of selection, class after class
	Weights    []float64 // the sample weights that each stands for, before the cut of MaxWeight
	Gains      []float64 // what Loss fell by with each
	Assignment []int     // position in Indices of the sample that stands for each
	Residual   []float64 // sum of all gradients less the weighted sum of the selected ones (m)

	Loss      float64 // sum over samples of the distance of (preconditioned) gradients to the one that stands for it: bounds the error
	LossBound float64 // no set of as many samples has a loss below this
	BoundRisk float64 // probability that LossBound is too large, as in [Facilities]
	Recall    float64 // of the graph of engine neighbors, as in [Facilities]; otherwise NaN

	Error               float64 // |sum_i g_i - sum_j weight_j g_j| / |sum_i g_i|
	PreconditionedError float64 // the same of gradients divided by the curvature
	EffectiveSize       float64 // (sum of weights)^2 / sum of their squares
	Engine              string
	Seconds             float64
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *GradientOptions) Validate() error {
	if o == nil {
		o = &GradientOptions{}
	}
	switch {
	case o.Size < 1:
		return tooFew(o.Size)
	case !slices.Contains([]string{"", Factored, Full}, o.Preconditioner):
		return errorf(core.ErrOption, "preconditioner must be one of [factored full], got %q", o.Preconditioner)
	case !slices.Contains([]string{"", Counts, LeastSquares}, o.Weighting):
		return errorf(core.ErrOption, "weights must be one of [counts least_squares], got %q", o.Weighting)
	case !(o.Ridge >= 0) || math.IsInf(o.Ridge, 1):
		return errorf(core.ErrOption, "ridge must be a positive number, got %v", o.Ridge)
	case o.MaxWeight != 0 && !(o.MaxWeight >= 1) || math.IsInf(o.MaxWeight, 1):
		return errorf(core.ErrOption, "max_weight must be 0 or at least 1, got %v", o.MaxWeight)
	}
	return o.facility(nil, nil).Validate()
}

// ridge is the penalty of least squares.
func (o *GradientOptions) ridge() float64 { return cmp.Or(o.Ridge, 0.01) }

// facility returns the options of the selection.
func (o *GradientOptions) facility(groups []int32, weight []float64) *FacilityOptions {
	return &FacilityOptions{Budget: o.Size, Engine: o.Engine, Epsilon: o.Epsilon, MemoryLimit: o.MemoryLimit, Seed: o.Seed,
		Threads: o.Threads, Groups: groups, ClientWeights: weight, Progress: o.Progress}
}

// AdaCore selects samples whose gradients, divided by the curvature of the loss and weighted, add up to nearly what all
// gradients do (Pooladzandi, Davini and Mirzasoleiman, ICML 2022): facility location between preconditioned gradients. Every
// sample is represented by the selected one nearest to it, and the weight of a selected one is the number of samples that it
// represents, so that Loss bounds the error of the sum. The guarantee is for the parameters at which the gradients were
// taken: select again after a few epochs.
//
// curvature (m positive numbers, see [Curvature.Denominator]) belongs to the parameters of g. Errors wrap [core.ErrOption],
// [core.ErrShape] or [core.ErrNotFinite], or come from ctx.
func AdaCore(ctx context.Context, g Gradients, curvature []float64, o *GradientOptions) (*GradientCoreset, error) {
	_, m := g.Dims()
	if err := checkVector("the curvature", curvature, m, true); err != nil {
		return nil, err
	}
	return selectGradients(ctx, g, curvature, o)
}

func selectGradients(ctx context.Context, g Gradients, curvature []float64, o *GradientOptions) (*GradientCoreset, error) {
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := g.check(); err != nil {
		return nil, err
	}
	n, _ := g.Dims()
	if _, err := checkMass(o.SampleWeight, n); err != nil {
		return nil, err
	}
	if o.Groups != nil && len(o.Groups) != n {
		return nil, errorf(core.ErrShape, "%d class labels for %d gradients", len(o.Groups), n)
	}
	if o.Size > n {
		return nil, errorf(core.ErrOption, "n_samples = %d exceeds the %d gradients", o.Size, n)
	}
	var f *Facilities
	var err error
	if full, ok := g.(interface {
		selectFull(ctx context.Context, curvature []float64, o *GradientOptions) (*Facilities, error)
	}); ok && o.Preconditioner == Full && curvature != nil {
		f, err = full.selectFull(ctx, curvature, o)
	} else {
		f, err = SelectFacilities(ctx, g.ground(curvature), o.facility(o.Groups, o.SampleWeight))
	}
	if err != nil {
		return nil, err
	}
	c := &GradientCoreset{Indices: f.Indices, Weights: f.Weights, Gains: f.Gains, Assignment: f.Assignment, Loss: f.Loss,
		LossBound: f.LossBound, BoundRisk: f.BoundRisk, Recall: f.Recall, Engine: f.Engine}
	sum, err := g.total(ctx, o.Threads, o.SampleWeight)
	if err == nil && o.Weighting == LeastSquares {
		err = leastSquares(ctx, g, c.Indices, c.Weights, sum, o)
	}
	if err != nil {
		return nil, err
	}
	if o.MaxWeight > 0 {
		capped(c.Weights, o.MaxWeight)
	}
	c.EffectiveSize = effective(c.Weights)
	c.Residual = less(g, sum, c.Indices, c.Weights)
	c.Error, c.PreconditionedError = relative(c.Residual, sum, curvature)
	c.Seconds = time.Since(began).Seconds()
	return c, err
}

// capped cuts weights at most times their mean, and raises the others in proportion so that their sum stays.
func capped(weights []float64, most float64) {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	limit := most * total / float64(len(weights))
	cut := make([]bool, len(weights))
	for {
		left, rest, found := total, 0.0, false
		for j, w := range weights {
			if !cut[j] && w > limit {
				cut[j], found = true, true
			}
			if cut[j] {
				left -= limit
				weights[j] = limit
			} else {
				rest += weights[j]
			}
		}
		if !found || rest == 0 {
			return
		}
		for j := range weights {
			if !cut[j] {
				weights[j] *= left / rest
			}
		}
	}
}

// GradientError returns how far the weighted sum of some gradients is from the sum of all, relative to the norm of that:
// plain, and with gradients divided by the curvature (m positive numbers; nil: 1). sampleWeight is nil or one weight >= 0 for
// each gradient. One pass over the gradients. Errors are those of [AdaCore].
func GradientError(ctx context.Context, g Gradients, indices []int, weights, curvature, sampleWeight []float64, threads int) (plain, preconditioned float64, err error) {
	if err := g.check(); err != nil {
		return 0, 0, err
	}
	n, m := g.Dims()
	if _, err := checkMass(sampleWeight, n); err != nil {
		return 0, 0, err
	}
	if len(weights) != len(indices) {
		return 0, 0, errorf(core.ErrShape, "%d weights for %d samples", len(weights), len(indices))
	}
	if curvature != nil {
		if err := checkVector("the curvature", curvature, m, true); err != nil {
			return 0, 0, err
		}
	}
	sum, err := g.total(ctx, threads, sampleWeight)
	if err != nil {
		return 0, 0, err
	}
	for j, i := range indices {
		if i < 0 || i >= n {
			return 0, 0, errorf(core.ErrOption, "entry %d of the indices is %d; samples are 0 to %d", j, i, n-1)
		}
	}
	plain, preconditioned = relative(less(g, sum, indices, weights), sum, curvature)
	return plain, preconditioned, nil
}

// less returns what the weighted sum of some gradients lacks of sum.
func less(g Gradients, sum []float64, indices []int, weights []float64) []float64 {
	left := slices.Clone(sum)
	for j, i := range indices {
		g.addTo(left, i, -weights[j])
	}
	return left
}

// relative returns the norm of left relative to that of sum, and the same of both divided by the curvature (nil: 1).
func relative(left, sum, curvature []float64) (plain, preconditioned float64) {
	plain = ratio(norm(left), norm(sum))
	if curvature == nil {
		return plain, plain
	}
	left, sum = slices.Clone(left), slices.Clone(sum)
	for j, h := range curvature {
		left[j] /= h
		sum[j] /= h
	}
	return plain, ratio(norm(left), norm(sum))
}

// ratio is a/b, and 0 for 0/0.
func ratio(a, b float64) float64 {
	if a == 0 {
		return 0
	}
	return a / b
}
