package coreset

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// CurvatureOptions of a [Curvature]. The zero value means the defaults. Fields with a json name travel across the C ABI as
// JSON text and are listed by lithe_describe.
type CurvatureOptions struct {
	Decay   float64 `json:"beta2" default:"0.999" doc:"decay of the moving average of squared curvatures, in [0, 1)"`
	Block   int     `json:"block" default:"1" doc:"average the curvature over blocks of so many neighbouring parameters first, against the noise of probes"`
	Damping float64 `json:"damping" default:"0.01" doc:"added to the curvature, as a fraction of its mean"`
	Power   float64 `json:"power" default:"1" doc:"exponent k of the curvature, in (0, 1]"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *CurvatureOptions) Validate() error {
	v := o.withDefaults()
	switch {
	case !(v.Decay >= 0 && v.Decay < 1):
		return errorf(core.ErrOption, "beta2 must be in [0, 1), got %v", v.Decay)
	case v.Block < 1:
		return errorf(core.ErrOption, "block must be at least 1, got %d", v.Block)
	case !(v.Damping > 0) || math.IsInf(v.Damping, 1):
		return errorf(core.ErrOption, "damping must be a positive number, got %v", v.Damping)
	case !(v.Power > 0 && v.Power <= 1):
		return errorf(core.ErrOption, "power must be in (0, 1], got %v", v.Power)
	}
	return nil
}

func (o *CurvatureOptions) withDefaults() CurvatureOptions {
	var v CurvatureOptions
	if o != nil {
		v = *o
	}
	if v.Decay == 0 {
		v.Decay = 0.999
	}
	if v.Block == 0 {
		v.Block = 1
	}
	if v.Damping == 0 {
		v.Damping = 0.01
	}
	if v.Power == 0 {
		v.Power = 1
	}
	return v
}

// Curvature is the moving average of the diagonal of a Hessian over the steps of a training (AdaHessian; Yao et al., 2021).
// Its two fields are all its state.
type Curvature struct {
	Square []float64 // moving average of squared diagonals (m), not corrected for its start at zero
	Steps  int       // updates so far
}

// NewCurvature returns the average of nothing over m parameters.
func NewCurvature(m int) *Curvature { return &Curvature{Square: make([]float64, m)} }

// Update takes one more estimate of the diagonal (m) into the average. Its elements may be negative. Errors wrap
// [core.ErrOption], [core.ErrShape] or [core.ErrNotFinite], and leave c as it was.
func (c *Curvature) Update(diagonal []float64, o *CurvatureOptions) error {
	if err := o.Validate(); err != nil {
		return err
	}
	v := o.withDefaults()
	if err := checkVector("the curvature", diagonal, len(c.Square), false); err != nil {
		return err
	}
	for lo := 0; lo < len(diagonal); lo += v.Block {
		hi := min(lo+v.Block, len(diagonal))
		mean := 0.0
		for _, h := range diagonal[lo:hi] {
			mean += h / float64(hi-lo)
		}
		for j := lo; j < hi; j++ {
			c.Square[j] = v.Decay*c.Square[j] + (1-v.Decay)*mean*mean
		}
	}
	c.Steps++
	return nil
}

// Denominator returns what gradients are divided by: with h the root of the average, corrected for its start,
// h^k + damping * mean(h^k), or 1 everywhere where h is zero everywhere. Errors wrap [core.ErrOption], also before the first
// update.
func (c *Curvature) Denominator(o *CurvatureOptions) ([]float64, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if c.Steps < 1 {
		return nil, errorf(core.ErrOption, "the curvature has not been updated yet")
	}
	v := o.withDefaults()
	corrected := 1 - math.Pow(v.Decay, float64(c.Steps))
	h := make([]float64, len(c.Square))
	mean := 0.0
	for j, s := range c.Square {
		h[j] = math.Pow(s/corrected, v.Power/2)
		mean += h[j] / float64(len(h))
	}
	for j := range h {
		if h[j] += v.Damping * mean; mean == 0 {
			h[j] = 1
		}
	}
	return h, nil
}

// HutchinsonDiagonal estimates the diagonal of a Hessian from products: the mean of z * Hz over probes, the rows of z and hz
// (p x m), where the elements of z are 1 or -1 at random (see [Probes]). Errors wrap [core.ErrShape] or [core.ErrNotFinite].
func HutchinsonDiagonal[T core.Float](z, hz core.Matrix[T]) ([]float64, error) {
	if err := checkRows("the probes", z); err != nil {
		return nil, err
	}
	if err := checkRows("the products", hz); err != nil {
		return nil, err
	}
	if z.Rows != hz.Rows || z.Cols != hz.Cols {
		return nil, errorf(core.ErrShape, "the probes are %d x %d, the products %d x %d", z.Rows, z.Cols, hz.Rows, hz.Cols)
	}
	diagonal := make([]float64, z.Cols)
	for i := range z.Rows {
		product := hz.Row(i)
		for j, v := range z.Row(i) {
			diagonal[j] += float64(v) * float64(product[j]) / float64(z.Rows)
		}
	}
	return diagonal, nil
}

// Probes returns p random rows of 1 and -1 for m parameters. step makes each step's probes different.
func Probes[T core.Float](p, m int, seed, step uint64) core.Matrix[T] {
	z := core.NewMatrix[T](p, m)
	draw := rng.At(seed, streamProbes, step)
	for at := range z.Data {
		z.Data[at] = T(1 - 2*int(draw.Uint64()>>63))
	}
	return z
}

// FisherDiagonal returns the mean of g_i^2: the diagonal of the empirical Fisher matrix. weight is nil or one weight >= 0 for
// each gradient. O(n m) operations. Errors are those of [GradMatch].
func FisherDiagonal(ctx context.Context, g Gradients, weight []float64, threads int) ([]float64, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	n, _ := g.Dims()
	mass, err := checkMass(weight, n)
	if err != nil {
		return nil, err
	}
	diagonal, err := g.squares(ctx, threads, weight)
	for j := range diagonal {
		diagonal[j] /= mass
	}
	return diagonal, err
}

// SoftmaxDiagonal returns the exact diagonal of the Hessian of the mean loss of a softmax layer in its weights, in the order of
// [LastLayer]: the mean of p_ic (1 - p_ic) [a_i; 1]_j^2, for probabilities p (n x C) and inputs a (n x h). With one column of p
// it is that of a logistic regression. weight is as in [FisherDiagonal]. O(n C h) operations. Errors are those of [GradMatch].
func SoftmaxDiagonal[T core.Float](ctx context.Context, probabilities, activations core.Matrix[T], weight []float64, threads int) ([]float64, error) {
	g := lastLayer[T]{probabilities, activations}
	if err := g.check(); err != nil {
		return nil, err
	}
	mass, err := checkMass(weight, probabilities.Rows)
	if err != nil {
		return nil, err
	}
	diagonal, err := g.outer(ctx, threads, weight, func(p float64) float64 { return p * (1 - p) }, true)
	for j := range diagonal {
		diagonal[j] /= mass
	}
	return diagonal, err
}
