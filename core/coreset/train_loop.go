package coreset

import (
	"context"
	"math"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

const (
	traceColumns = 7
	forwardRows  = 512 // samples that are scored at once
)

// Train fits a classifier, softmax regression or a network with hidden layers, to the rows of x (n x D) with labels y in
// [0, C) by stochastic gradient descent with momentum on a subset of the samples, whose weights, scaled to mean 1, multiply
// the losses. It is meant to show what a subset is worth: Trace tells gradient evaluations, time and loss after every
// epoch, so that any two subsets can be compared at equal cost. A fresh random subset for every epoch is what is hardest to
// beat.
//
// With the correction every step is one of variance reduction (SVRG; Johnson and Zhang, NIPS 2013) on the subset: the sum of its
// gradients is that of all samples at the parameters at which it was selected, and off elsewhere only by what curvatures differ.
// It keeps all layers' activations and derivatives of all samples.
//
// testX (may have no rows) and testY are data for the last column of Trace. x should be scaled to about unit variance.
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite], or [core.ErrNumerical] if the loss diverges, or come
// from ctx.
func Train[T core.Float](ctx context.Context, x core.Matrix[T], y []int32, testX core.Matrix[T], testY []int32, o *TrainOptions) (*Trained, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := checkRows("X", x); err != nil {
		return nil, err
	}
	classes, err := checkLabels("y", y, x.Rows)
	if err != nil {
		return nil, err
	}
	if testX.Rows > 0 {
		if err := checkRows("the test data", testX); err != nil {
			return nil, err
		}
		if testX.Cols != x.Cols {
			return nil, errorf(core.ErrShape, "the test data have %d columns, X has %d", testX.Cols, x.Cols)
		}
		more, err := checkLabels("the test labels", testY, testX.Rows)
		if err != nil {
			return nil, err
		}
		classes = max(classes, more)
	}
	v := o.withDefaults()
	v.BatchSize = min(v.BatchSize, x.Rows)
	sizes := append(append([]int{x.Cols}, v.Hidden...), classes)
	if parameters(sizes) > mostParameters {
		return nil, errorf(core.ErrOption, "a network with layers of %v neurons has more than %d parameters; use smaller hidden layers", sizes,
			mostParameters)
	}
	t := &training[T]{x: x, y: y, testX: testX, testY: testY, o: &v, began: time.Now(),
		net: newNetwork[T](sizes, max(forwardRows, v.BatchSize), v.Threads, v.Seed),
		k:   max(1, min(x.Rows, int(math.Round(v.Fraction*float64(x.Rows)))))}
	if v.Subset == SubsetFull {
		t.k = x.Rows
	}
	return t.run(ctx)
}

// checkLabels checks class labels and returns one more than the largest.
func checkLabels(name string, y []int32, n int) (int, error) {
	if len(y) != n {
		return 0, errorf(core.ErrShape, "%s has %d entries for %d rows", name, len(y), n)
	}
	most := int32(0)
	for i, c := range y {
		if c < 0 || c >= 1<<20 {
			return 0, errorf(core.ErrOption, "entry %d of %s is %d; classes must be in [0, 2^20)", i, name, c)
		}
		most = max(most, c)
	}
	return max(2, int(most)+1), nil
}

// training is one call of Train.
type training[T core.Float] struct {
	x, testX core.Matrix[T]
	y, testY []int32
	o        *TrainOptions
	net      *network[T]
	k        int // size of the subset
	began    time.Time

	rows      []int // the subset
	weights   []float64
	curvature *Curvature
	local     *quadratic  // of crest, at its last selection
	age       int         // epochs since then
	held      []bool      // of glister: samples that the loss is measured on
	chances   []float64   // of importance: probabilities of samples to be drawn
	anchor    *anchor[T]  // of the correction, nil before the first
	control   *control[T] // its part for a mini-batch
	found     Trained
	steps     int     // samples whose gradient was evaluated
	forwards  int     // samples passed forward for selections
	spent     float64 // seconds
	selecting float64 // seconds of them
}

func (t *training[T]) run(ctx context.Context) (*Trained, error) {
	t.found = Trained{SubsetSize: t.k, Classes: t.net.sizes[len(t.net.sizes)-1], Seed: t.o.Seed, Trace: core.Matrix[float64]{Cols: traceColumns, Stride: traceColumns}}
	for epoch := range t.o.Epochs {
		began := time.Now()
		if err := t.correct(ctx, epoch); err != nil {
			return nil, err
		}
		if err := t.choose(ctx, epoch); err != nil {
			return nil, err
		}
		t.selecting += time.Since(began).Seconds()
		if err := t.epoch(ctx, epoch); err != nil {
			return nil, err
		}
		t.spent += time.Since(began).Seconds()
		if err := t.account(epoch); err != nil {
			return nil, err
		}
		if t.o.TargetLoss > 0 && t.found.Loss <= t.o.TargetLoss {
			break
		}
	}
	t.found.Parameters = t.net.parameters()
	return &t.found, nil
}

// epoch takes one pass over the subset in random order.
func (t *training[T]) epoch(ctx context.Context, epoch int) error {
	order := t.order(epoch)
	mean := 0.0
	for _, w := range t.weights {
		mean += w / float64(len(t.weights))
	}
	size := t.o.BatchSize
	rows, weights := make([]int, size), make([]float64, size)
	batches := (len(order) + size - 1) / size
	for b := range batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := order[b*size : min((b+1)*size, len(order))]
		for j, k := range part {
			rows[j], weights[j] = t.rows[k], 1
			if t.weights != nil {
				weights[j] = t.weights[k] / mean
			}
		}
		rate := t.o.LearningRate
		if t.o.Schedule == "cosine" {
			done := (float64(epoch) + float64(b)/float64(batches)) / float64(t.o.Epochs)
			rate *= 0.5 * (1 + math.Cos(math.Pi*done))
		}
		t.net.step(t.net.a[0], len(part), t.load(rows[:len(part)]), weights, t.at(rows[:len(part)], weights), rate, t.o)
	}
	t.steps += len(order)
	return nil
}

// order returns the samples of the subset in random order; mini-batches that were selected as such stay together.
func (t *training[T]) order(epoch int) []int {
	draw := rng.New(t.o.Seed, streamTraining, 1, uint64(epoch))
	if t.o.Subset != SubsetCREST || epoch < t.o.WarmUp {
		return draw.Perm(len(t.rows))
	}
	size := t.o.BatchSize
	var order []int
	for _, b := range draw.Perm(len(t.rows) / size) {
		for k := range size {
			order = append(order, b*size+k)
		}
	}
	for k := len(order); k < len(t.rows); k++ { // the last is short
		order = append(order, k)
	}
	return order
}

// account scores the network and adds a row to the trace.
func (t *training[T]) account(epoch int) error {
	loss, accuracy := t.net.score(t.x, t.y)
	if loss-loss != 0 {
		return errorf(core.ErrNumerical, "the loss diverged in epoch %d; lower learning_rate, or scale X to unit variance", epoch+1)
	}
	test := math.NaN()
	if t.testX.Rows > 0 {
		_, test = t.net.score(t.testX, t.testY)
	}
	t.found.Loss, t.found.Epochs = loss, epoch+1
	t.found.Trace.Data = append(t.found.Trace.Data, float64(t.steps), float64(t.forwards), t.spent, t.selecting, loss, accuracy, test)
	t.found.Trace.Rows++
	if t.o.Progress != nil {
		t.o.Progress(core.Progress{Phase: "training", Iteration: epoch + 1, MaxIterations: t.o.Epochs, Objective: loss,
			Evaluations: int64(t.steps + t.forwards), Seconds: time.Since(t.began).Seconds()})
	}
	return nil
}
