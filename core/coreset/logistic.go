package coreset

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// Methods of [Logistic].
const (
	OSMAC    = "osmac"    // two steps: a pilot fit, then what reduces the variance of the coefficients most
	Leverage = "leverage" // square roots of leverage scores
	Lewis    = "lewis"    // Lewis weights of the 1-norm
)

// Criteria of the method [OSMAC]: what is made small.
const (
	CriterionLoss = "loss" // the loss over all rows
	CriterionA    = "A"    // the sum of the variances of the coefficients
	CriterionL    = "L"    // the same of M times the coefficients, M the information matrix
)

// LogisticOptions of [Logistic]. The zero value means the defaults, but Size must be set. Fields with a json name travel
// across the C ABI as JSON text and are listed by lithe_describe.
type LogisticOptions struct {
	Size        int     `json:"n_samples" default:"0" doc:"draws m, those of the pilot included; a row drawn twice is listed once"`
	Method      string  `json:"method" default:"osmac" doc:"osmac (two-step, uses the labels), leverage or lewis"`
	Criterion   string  `json:"criterion" default:"loss" doc:"osmac, what is made small: loss (of the fit on all rows), A (variance of the coefficients) or L (the same, seen through the information matrix)"`
	Pilot       int     `json:"n_pilot" default:"0" doc:"osmac: draws for the pilot fit; 0: m/5 or 20 (D + 1), whichever is more, but at most m/2"`
	Uniform     float64 `json:"uniform" default:"0.1" doc:"part of the probability that is spread evenly over all rows"`
	Penalty     float64 `json:"alpha" default:"1e-3" doc:"ridge of the pilot fit and of the Gram matrices, relative to their mean diagonal"`
	NoIntercept bool    `json:"no_intercept" default:"false" doc:"the model has no intercept"`
	Seed        uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	SampleWeight []float64           `json:"-"` // as in SampleOptions
	Threads      int                 `json:"-"` // as in SampleOptions
	Progress     func(core.Progress) `json:"-"` // as in SampleOptions
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *LogisticOptions) Validate() error {
	v := o.withDefaults()
	switch {
	case v.Size < 2:
		return errorf(core.ErrOption, "n_samples must be at least 2, got %d", v.Size)
	case !slices.Contains([]string{OSMAC, Leverage, Lewis}, v.Method):
		return errorf(core.ErrOption, "method must be one of [osmac leverage lewis], got %q", v.Method)
	case !slices.Contains([]string{CriterionLoss, CriterionA, CriterionL}, v.Criterion):
		return errorf(core.ErrOption, "criterion must be one of [loss A L], got %q", v.Criterion)
	case v.Pilot < 0 || v.Pilot >= v.Size:
		return errorf(core.ErrOption, "n_pilot must be less than n_samples = %d, got %d", v.Size, v.Pilot)
	case !(v.Uniform > 0 && v.Uniform <= 1):
		return errorf(core.ErrOption, "uniform must be in (0, 1], got %v", v.Uniform)
	case !(v.Penalty > 0) || math.IsInf(v.Penalty, 1):
		return errorf(core.ErrOption, "alpha must be a positive number, got %v", v.Penalty)
	}
	return nil
}

func (o *LogisticOptions) withDefaults() LogisticOptions {
	var v LogisticOptions
	if o != nil {
		v = *o
	}
	if v.Method == "" {
		v.Method = OSMAC
	}
	if v.Criterion == "" {
		v.Criterion = CriterionLoss
	}
	if v.Uniform == 0 {
		v.Uniform = 0.1
	}
	if v.Penalty == 0 {
		v.Penalty = 1e-3
	}
	return v
}

// Logistic draws rows of x (n x D) on which a logistic regression of labels y, 0 or 1, comes close to that on all rows when
// each row counts with its weight. Probabilities are proportional, up to a part o.Uniform spread evenly, to
//
//	osmac, A     |y_i - p_i| |M^-1 x_i|, with p_i and the information matrix M of a pilot fit (Wang, Zhu and Ma, JASA 2018)
//	osmac, L     |y_i - p_i| |x_i|
//	osmac, loss  |y_i - p_i| square root of x_i^T M^-1 x_i, which makes the expected excess of the loss smallest, whatever
//	             the scales of the regressors and however rare some are
//	leverage     square root of x_i^T (X^T X)^-1 x_i (Munteanu, Schwiegelshohn, Sohler and Woodruff, NeurIPS 2018)
//	lewis        w_i, where w_i^2 = x_i^T (X^T W^-1 X)^-1 x_i (Mai, Musco and Rao, NeurIPS 2021)
//
// y decides nothing with the last two. Pilot draws, half of them from each class, are part of the sample. O(n D^2), for lewis
// some ten times.
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite] or [core.ErrNumerical], or come from ctx.
func Logistic[T core.Float](ctx context.Context, x core.Matrix[T], y []int32, o *LogisticOptions) (*Sample, error) {
	v := o.withDefaults()
	return logistic(ctx, denseOf(x), func(width int) (predictors, error) {
		return &denseRegressors[T]{x: x, width: width, row: make([]float64, width)}, nil
	}, y, &v)
}

// SparseLogistic is [Logistic] of sparse rows of up to 4,096 columns: as many operations as there are pairs of entries in the same
// row, and D for each entry, in place of O(n D^2).
func SparseLogistic(ctx context.Context, x SparsePoints, y []int32, o *LogisticOptions) (*Sample, error) {
	v := o.withDefaults()
	return logistic(ctx, x, x.predictors, y, &v)
}

// logistic draws among rows x, which are regressors of a given width too.
func logistic(ctx context.Context, x sampleRows, regressor func(width int) (predictors, error), y []int32, v *LogisticOptions) (*Sample, error) {
	began := time.Now()
	if err := v.Validate(); err != nil {
		return nil, err
	}
	if err := x.check(); err != nil {
		return nil, err
	}
	n, columns := x.Dims()
	if err := checkDraws(v.Size, n); err != nil {
		return nil, err
	}
	mass, err := checkMass(v.SampleWeight, n)
	if err != nil {
		return nil, err
	}
	width := columns
	if !v.NoIntercept {
		width++
	}
	r := &regressors{n: n, width: width, weight: v.SampleWeight, threads: v.Threads, ridge: v.Penalty}
	if r.predictors, err = regressor(width); err != nil {
		return nil, err
	}
	if err := squareOf(r.width); err != nil {
		return nil, err
	}
	var rows []int
	var weights, scores []float64
	switch v.Method {
	case Leverage:
		scores, err = r.leverages(ctx, nil)
	case Lewis:
		scores, err = r.lewis(ctx)
	default:
		if err := checkBinary(y, n); err != nil {
			return nil, err
		}
		if v.Pilot == 0 {
			v.Pilot = max(1, min(max(v.Size/5, 20*(columns+1)), v.Size/2))
		}
		if rows, weights, err = r.pilot(y, v); err != nil {
			return nil, err
		}
		scores, err = r.optimal(ctx, rows, weights, y, v.Criterion)
	}
	if err != nil {
		return nil, err
	}
	if v.Progress != nil {
		v.Progress(core.Progress{Phase: "scores", Iteration: 1, MaxIterations: 1, Objective: math.NaN(), Seconds: time.Since(began).Seconds()})
	}
	total := 0.0
	for i := range scores {
		scores[i] *= massAt(v.SampleWeight, i)
		total += scores[i]
	}
	if !(total > 0) {
		total = 1
		clear(scores)
	}
	for i := range scores {
		scores[i] = (1-v.Uniform)*scores[i]/total + v.Uniform*massAt(v.SampleWeight, i)/mass
	}
	more, moreWeights, err := draws(scores, v.SampleWeight, v.Size-len(rows), v.Size, rng.At(v.Seed, streamDraws))
	if err != nil {
		return nil, err
	}
	return merged(append(rows, more...), append(weights, moreWeights...), v.Seed, began), nil
}

func checkBinary(y []int32, n int) error {
	if len(y) != n {
		return errorf(core.ErrShape, "y has %d entries, X has %d rows", len(y), n)
	}
	var seen [2]bool
	for i, c := range y {
		if c != 0 && c != 1 {
			return errorf(core.ErrOption, "y must be 0 or 1, entry %d is %d", i, c)
		}
		seen[c] = true
	}
	if !seen[0] || !seen[1] {
		return errorf(core.ErrOption, "y has one class only; both are needed")
	}
	return nil
}

// pilot draws rows, half of them from each class.
func (r *regressors) pilot(y []int32, o *LogisticOptions) (rows []int, weights []float64, err error) {
	var count [2]float64
	for i, c := range y {
		count[c] += massAt(o.SampleWeight, i)
	}
	if count[0] == 0 || count[1] == 0 {
		return nil, nil, errorf(core.ErrOption, "the sample_weight of one class is zero")
	}
	scores := make([]float64, len(y))
	for i, c := range y {
		scores[i] = massAt(o.SampleWeight, i) / count[c]
	}
	return draws(scores, o.SampleWeight, o.Pilot, o.Size, rng.At(o.Seed, streamPilot))
}
