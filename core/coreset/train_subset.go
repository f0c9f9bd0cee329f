package coreset

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// choose sets the subset of an epoch; nil weights mean 1.
func (t *training[T]) choose(ctx context.Context, epoch int) error {
	renew := epoch%t.o.Refresh == 0
	switch t.o.Subset {
	case SubsetFull, SubsetRandom:
		if epoch > 0 {
			return nil
		}
	case SubsetStratified:
		if !renew {
			return nil
		}
		s, err := Stratified(t.y, &SampleOptions{Size: t.k, Seed: t.o.Seed + uint64(epoch)})
		if err != nil {
			return err
		}
		t.rows, t.weights = s.Indices, s.Weights
		return nil
	case SubsetImportance:
		if epoch < t.o.WarmUp {
			break
		}
		return t.byNorms(epoch)
	case SubsetAdaCore, SubsetCRAIG, SubsetGlister:
		if epoch < t.o.WarmUp {
			break
		}
		if !t.renews(epoch) {
			return nil
		}
		if t.o.Subset == SubsetGlister {
			return t.byValidation(ctx)
		}
		return t.byGradients(ctx)
	case SubsetCREST:
		if epoch < t.o.WarmUp {
			break
		}
		if t.age++; t.age < t.o.Refresh && t.trusted() {
			return nil
		}
		t.age = 0
		return t.byPools(ctx, epoch)
	}
	t.rows, t.weights = without(rng.New(t.o.Seed, streamTraining, 2, uint64(epoch)), t.everyone(), t.k), nil
	return nil
}

// renews says whether subsets that are selected are selected in an epoch.
func (t *training[T]) renews(epoch int) bool {
	return epoch >= t.o.WarmUp && (epoch-t.o.WarmUp)%t.o.Refresh == 0
}

// byGradients passes all samples forward and selects by what their gradients are now.
func (t *training[T]) byGradients(ctx context.Context) error {
	residuals, inputs := t.outputs(nil)
	t.found.Selections++
	var diagonal []float64
	g, err := GradientRows(residuals), error(nil)
	if t.o.Proxy == ProxyLastLayer {
		g = LastLayer(residuals, inputs)
	}
	o := &GradientOptions{Size: t.k, Groups: t.y, MaxWeight: t.o.MaxWeight, Engine: t.o.Engine, Threads: t.o.Threads, Seed: t.o.Seed}
	if t.o.Subset == SubsetAdaCore {
		p := core.NewMatrix[T](residuals.Rows, residuals.Cols)
		for i := range p.Rows {
			copy(p.Row(i), residuals.Row(i))
			p.Row(i)[t.y[i]]++
		}
		diagonal, err = SoftmaxDiagonal(ctx, p, inputs, nil, t.o.Threads)
		if err != nil {
			return err
		}
		if width := inputs.Cols + 1; t.o.Proxy == ProxyLogits { // the curvature in the biases is that in the logits
			for c := range residuals.Cols {
				diagonal[c] = diagonal[c*width+width-1]
			}
			diagonal = diagonal[:residuals.Cols]
		}
		if t.curvature == nil {
			t.curvature = NewCurvature(len(diagonal))
		}
		if err := t.curvature.Update(diagonal, nil); err != nil {
			return err
		}
		if diagonal, err = t.curvature.Denominator(nil); err != nil {
			return err
		}
	}
	c, err := selectGradients(ctx, g, diagonal, o)
	if err != nil {
		return err
	}
	t.rows, t.weights = c.Indices, c.Weights
	return nil
}

// outputs returns the residuals of some samples (nil: all), and what enters the last layer.
func (t *training[T]) outputs(rows []int) (residuals, inputs core.Matrix[T]) {
	net, x, count := t.net, t.x, t.x.Rows
	if rows != nil {
		count = len(rows)
		x = core.NewMatrix[T](count, t.x.Cols)
		for k, i := range rows {
			copy(x.Row(k), t.x.Row(i))
		}
	}
	if rows == nil && t.o.Correction {
		return t.anchored()
	}
	t.forwards += count
	layers := len(net.w)
	classes, width := net.sizes[layers], net.sizes[layers-1]
	residuals, inputs = core.NewMatrix[T](count, classes), x
	if layers > 1 {
		inputs = core.NewMatrix[T](count, width)
	}
	for lo := 0; lo < count; lo += forwardRows {
		n := min(forwardRows, count-lo)
		net.forward(x.Data[lo*x.Stride:], x.Stride, n)
		copy(residuals.Data[lo*classes:], net.a[layers][:n*classes])
		if layers > 1 {
			copy(inputs.Data[lo*width:], net.a[layers-1][:n*width])
		}
		for i := lo; i < lo+n; i++ {
			residuals.Row(i)[t.y[rowOf(rows, i)]]--
		}
	}
	return residuals, inputs
}
