package coreset

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// GlisterOptions of [Glister]. The zero value means the defaults, but Size must be set. Fields with a json name travel across the
// C ABI as JSON text and are listed by lithe_describe.
type GlisterOptions struct {
	Size         int     `json:"n_samples" default:"0" doc:"samples to select"`
	Rounds       int     `json:"rounds" default:"15" doc:"how many times the validation gradient is brought up to date"`
	LearningRate float64 `json:"learning_rate" default:"0.1" doc:"step size of the model, with the mean gradient of the subset, that selection looks ahead with"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every round.
	Progress func(core.Progress) `json:"-"`
}

// Glistered is a subset whose gradients bring the loss on validation data down.
type Glistered struct {
	Indices []int     // in the order of selection
	Scores  []float64 // of each: inner product of its gradient with the validation gradient of its round
	Losses  []float64 // mean validation loss before the first round and after each, along the linear model of the logits
	Seconds float64
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *GlisterOptions) Validate() error {
	v := o.withDefaults()
	switch {
	case v.Size < 1:
		return tooFew(v.Size)
	case v.Rounds < 1:
		return errorf(core.ErrOption, "rounds must be at least 1, got %d", v.Rounds)
	case !(v.LearningRate > 0) || math.IsInf(v.LearningRate, 1):
		return errorf(core.ErrOption, "learning_rate must be a positive number, got %v", v.LearningRate)
	}
	return nil
}

func (o *GlisterOptions) withDefaults() GlisterOptions {
	var v GlisterOptions
	if o != nil {
		v = *o
	}
	v.Rounds, v.LearningRate = cmp.Or(v.Rounds, 15), cmp.Or(v.LearningRate, 0.1)
	return v
}

// Glister selects samples whose gradient steps bring the loss on validation data down most (Killamsetty et al., AAAI 2021): those
// whose gradients have the largest inner products with the validation gradient, some at a time, after each of which the logits of
// the validation data follow the step that the subset would take so far. The weights are all 1.
//
// g are gradients of a softmax in its logits, GradientRows of n x C residuals, or of the last layer, [LastLayer]. logits (m x C),
// inputs (m x h, of the last layer; no columns with logits alone) and labels (m classes) are the validation data. O(n C h) operations
// a round. Errors wrap [core.ErrOption], [core.ErrShape] or [core.ErrNotFinite], or come from ctx.
func Glister[T core.Float](ctx context.Context, g Gradients, logits, inputs core.Matrix[T], labels []int32, o *GlisterOptions) (*Glistered, error) {
	began := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	s := &glistering[T]{g: g, o: o.withDefaults(), inputs: inputs, labels: labels}
	if err := s.check(logits); err != nil {
		return nil, err
	}
	s.logits = core.NewMatrix[T](logits.Rows, logits.Cols)
	for i := range logits.Rows {
		copy(s.logits.Row(i), logits.Row(i))
	}
	found := &Glistered{}
	n, m := g.Dims()
	scores, sum, taken := make([]float64, n), make([]float64, m), make([]bool, n)
	for round := range s.o.Rounds {
		target, loss, err := s.aim(ctx)
		if err != nil {
			return nil, err
		}
		found.Losses = append(found.Losses, loss)
		if err := g.correlate(ctx, s.o.Threads, nil, target, scores); err != nil {
			return nil, err
		}
		first := len(found.Indices)
		s.best(found, scores, taken, s.o.Size*(round+1)/s.o.Rounds-first)
		for _, i := range found.Indices[first:] {
			g.addTo(sum, i, 1)
		}
		if len(found.Indices) > first {
			s.follow(logits, sum, s.o.LearningRate/float64(len(found.Indices)))
		}
		if s.o.Progress != nil {
			s.o.Progress(core.Progress{Phase: "select", Iteration: len(found.Indices), MaxIterations: s.o.Size, Objective: loss,
				Evaluations: int64(round+1) * int64(n), Seconds: time.Since(began).Seconds()})
		}
	}
	_, loss, err := s.aim(ctx)
	found.Losses = append(found.Losses, loss)
	found.Seconds = time.Since(began).Seconds()
	return found, err
}

// glistering is a call of [Glister].
type glistering[T core.Float] struct {
	g              Gradients
	o              GlisterOptions
	logits, inputs core.Matrix[T]
	labels         []int32
}

func (s *glistering[T]) check(logits core.Matrix[T]) error {
	if err := s.g.check(); err != nil {
		return err
	}
	if err := checkRows("the validation logits", logits); err != nil {
		return err
	}
	if s.inputs.Cols > 0 {
		if err := checkRows("the validation inputs", s.inputs); err != nil {
			return err
		}
	}
	n, m := s.g.Dims()
	width := 1
	if s.inputs.Cols > 0 {
		width = s.inputs.Cols + 1
	}
	switch {
	case s.o.Size > n:
		return errorf(core.ErrOption, "n_samples = %d exceeds the %d gradients", s.o.Size, n)
	case logits.Cols*width != m:
		return errorf(core.ErrShape, "gradients have %d parameters, the validation data %d classes and %d inputs, which is %d",
			m, logits.Cols, s.inputs.Cols, logits.Cols*width)
	case s.inputs.Cols > 0 && s.inputs.Rows != logits.Rows || len(s.labels) != logits.Rows:
		return errorf(core.ErrShape, "%d rows of validation logits, %d of inputs and %d labels", logits.Rows, s.inputs.Rows, len(s.labels))
	}
	for i, c := range s.labels {
		if c < 0 || int(c) >= logits.Cols {
			return errorf(core.ErrOption, "validation label %d is %d; classes must be in [0, %d)", i, c, logits.Cols)
		}
	}
	return nil
}

// aim returns the mean gradient and the mean loss of the validation data.
func (s *glistering[T]) aim(ctx context.Context) (target []float64, loss float64, err error) {
	n := s.logits.Rows
	residuals, weight := core.NewMatrix[T](n, s.logits.Cols), make([]float64, n)
	for i := range n {
		p := residuals.Row(i)
		copy(p, s.logits.Row(i))
		softmax(p)
		own := s.labels[i]
		loss -= math.Log(max(float64(p[own]), 1e-30)) / float64(n)
		p[own]--
		weight[i] = 1 / float64(n)
	}
	g := GradientRows(residuals)
	if s.inputs.Cols > 0 {
		g = LastLayer(residuals, s.inputs)
	}
	target, err = g.total(ctx, s.o.Threads, weight)
	return target, loss, err
}

// best appends the candidates of the largest scores, the first of equals.
func (s *glistering[T]) best(found *Glistered, scores []float64, taken []bool, count int) {
	var left []int
	for i, done := range taken {
		if !done {
			left = append(left, i)
		}
	}
	slices.SortFunc(left, func(a, b int) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), a-b) })
	for _, i := range left[:count] {
		taken[i] = true
		found.Indices, found.Scores = append(found.Indices, i), append(found.Scores, scores[i])
	}
}

// follow sets the logits to those given less rate times what the sum of gradients changes them by.
func (s *glistering[T]) follow(given core.Matrix[T], sum []float64, rate float64) {
	classes, width := given.Cols, len(sum)/given.Cols
	step := make([]T, len(sum))
	for j, v := range sum {
		step[j] = T(-rate * v)
	}
	for i := range given.Rows {
		row := s.logits.Row(i)
		copy(row, given.Row(i))
		for c := range row {
			row[c] += step[c*width+width-1]
		}
	}
	if width > 1 {
		blas.Gemm(par.Threads(s.o.Threads), false, true, given.Rows, classes, width-1, 1, s.inputs.Data, s.inputs.Stride, step, width, 1, s.logits.Data, s.logits.Stride)
	}
}
