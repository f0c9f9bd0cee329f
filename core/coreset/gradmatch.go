package coreset

import (
	"context"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// GradMatchOptions of [GradMatch]. The zero value means the defaults, but Size must be set. Fields with a json name travel
// across the C ABI as JSON text and are listed by lithe_describe.
type GradMatchOptions struct {
	Size    int     `json:"n_samples" default:"0" doc:"most samples with a positive weight"`
	Penalty float64 `json:"alpha" default:"0" doc:"ridge on the weights, relative to the mean squared norm of the gradients; evens the weights out"`
	Tol     float64 `json:"tol" default:"1e-6" doc:"stop when the error is at most this fraction of the norm of the target"`

	// Groups, if set, are classes of the samples. Each gets its share of Size by largest remainders and matches its own sum.
	Groups []int32 `json:"-"`
	// Target (m), if set, is matched instead of the sum of all gradients, e.g. their sum over a validation set. Not with Groups.
	Target []float64 `json:"-"`
	// SampleWeight, if set, has a weight >= 0 for each gradient in that sum.
	SampleWeight []float64 `json:"-"`
	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every ten picks.
	Progress func(core.Progress) `json:"-"`
}

// Matched is a weighted subset whose gradients add up to nearly a target.
type Matched struct {
	Indices  []int     // samples of positive weight, in the order they were chosen, class after class
	Weights  []float64 // positive
	Residual []float64 // the target less the weighted sum (m)

	Error         float64 // norm of the difference between the target and the weighted sum
	RelativeError float64 // the same as a fraction of the norm of the target
	EffectiveSize float64 // (sum of weights)^2 / sum of their squares
	Picks         int     // picks made; more than there are indices where weights came out as zero
	Seconds       float64
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *GradMatchOptions) Validate() error {
	if o == nil {
		o = &GradMatchOptions{}
	}
	switch {
	case o.Size < 1:
		return tooFew(o.Size)
	case !(o.Penalty >= 0) || math.IsInf(o.Penalty, 1):
		return errorf(core.ErrOption, "alpha must be a number >= 0, got %v", o.Penalty)
	case !(o.Tol >= 0 && o.Tol < 1):
		return errorf(core.ErrOption, "tol must be in [0, 1), got %v", o.Tol)
	}
	return nil
}

// GradMatch finds weights w >= 0, at most o.Size of them positive, that make |sum_i w_i g_i - target|^2 + a |w|^2 small
// (Killamsetty et al., ICML 2021) by orthogonal matching pursuit: the gradient that alone lowers this most joins the subset,
// so that long gradients have no advantage over short ones in the same direction, and all weights are solved for anew, by the
// method of Lawson and Hanson with a Cholesky factor that grows and shrinks with the subset. O(n m) operations a pick, and O(k m + k^2) beyond that.
//
// The sum of gradients of one class with respect to C logits has only C - 1 directions: pursuit ends after about that many
// picks with nothing left to match. Use [LastLayer] or gradients of more parameters.
//
// Errors wrap [core.ErrOption], [core.ErrShape] or [core.ErrNotFinite], or come from ctx.
func GradMatch(ctx context.Context, g Gradients, o *GradMatchOptions) (*Matched, error) {
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := g.check(); err != nil {
		return nil, err
	}
	n, m := g.Dims()
	if _, err := checkMass(o.SampleWeight, n); err != nil {
		return nil, err
	}
	switch {
	case o.Size > n:
		return nil, errorf(core.ErrOption, "n_samples = %d exceeds the %d gradients", o.Size, n)
	case o.Groups != nil && len(o.Groups) != n:
		return nil, errorf(core.ErrShape, "%d class labels for %d gradients", len(o.Groups), n)
	case o.Groups != nil && o.Target != nil:
		return nil, errorf(core.ErrOption, "a target and classes exclude each other: every class matches its own sum")
	}
	if o.Target != nil {
		if err := checkVector("the target", o.Target, m, false); err != nil {
			return nil, err
		}
	}
	found := &Matched{}
	own := *o
	exponent := 0
	if own.SampleWeight, exponent = inUnits(o.SampleWeight); o.Target != nil {
		exponent = 0
	}
	o = &own
	norms := make([]float64, n)
	for i := range norms {
		if norms[i] = g.dot(i, i); math.IsInf(norms[i], 1) {
			return nil, overflows("gradients")
		}
	}
	target, left := make([]float64, m), make([]float64, m)
	groups, budgets := [][]int{nil}, []int{o.Size}
	if o.Groups != nil {
		groups = membersOf(o.Groups)
		budgets = shareOut(sizesOf(groups), o.Size, nil)
	}
	for k, rows := range groups {
		p := newPursuit(g, o, rows, norms)
		if err := p.aim(ctx); err != nil {
			return nil, err
		}
		p.report = func() {
			if picks := found.Picks + p.picks; o.Progress != nil && picks%10 == 0 {
				o.Progress(core.Progress{Phase: "pursuit", Iteration: picks, MaxIterations: max(o.Size, picks), Objective: norm(p.left),
					Evaluations: int64(picks) * int64(n), Seconds: time.Since(began).Seconds()})
			}
		}
		if err := p.run(ctx, budgets[k]); err != nil {
			return nil, err
		}
		found.Indices, found.Weights = append(found.Indices, p.chosen...), append(found.Weights, p.w...)
		found.Picks += p.picks
		for j := range target {
			target[j] += p.target[j]
			left[j] += p.left[j]
		}
	}
	if all := norm(target); all > 0 {
		found.RelativeError = norm(left) / all
	}
	for j, w := range found.Weights {
		found.Weights[j] = math.Ldexp(w, exponent)
	}
	for j, v := range left {
		left[j] = math.Ldexp(v, exponent)
	}
	found.Residual, found.Error = left, norm(left)
	found.EffectiveSize = effective(found.Weights)
	found.Seconds = time.Since(began).Seconds()
	return found, nil
}

func norm(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}
