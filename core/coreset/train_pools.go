package coreset

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// byPools selects every mini-batch from a random pool of its own (CREST: Yang, Kang and Mirzasoleiman, ICML 2023), so that batches
// are nearly unbiased and only the pools are passed forward.
func (t *training[T]) byPools(ctx context.Context, epoch int) error {
	n, size := t.x.Rows, min(t.o.BatchSize, t.k)
	draw := rng.New(t.o.Seed, streamTraining, 4, uint64(epoch))
	pool := min(n, max(2*size, int(math.Ceil(t.o.Pool*float64(n)))))
	t.rows, t.weights = t.rows[:0:0], t.weights[:0:0]
	for len(t.rows) < t.k {
		rows := without(draw, t.everyone(), pool)
		residuals, _ := t.outputs(rows)
		groups := make([]int32, len(rows))
		for c, i := range rows {
			groups[c] = t.y[i]
		}
		o := &GradientOptions{Size: min(size, t.k-len(t.rows)), Groups: groups, MaxWeight: t.o.MaxWeight, Engine: t.o.Engine,
			Threads: t.o.Threads, Seed: t.o.Seed}
		c, err := selectGradients(ctx, GradientRows(residuals), nil, o)
		if err != nil {
			return err
		}
		mean := float64(pool) / float64(len(c.Indices))
		for k, i := range c.Indices {
			t.rows, t.weights = append(t.rows, rows[i]), append(t.weights, c.Weights[k]/mean)
		}
	}
	t.found.Selections++
	return t.model(draw)
}

// quadratic is the loss of some samples near the parameters at which a subset was selected.
type quadratic struct {
	rows                          []int
	at, gradient, square, weights []float64
	loss                          float64
}

// model takes up the loss of a sample, its gradient, and the diagonal of its Hessian by one probe.
func (t *training[T]) model(draw *rand.Rand) error {
	const step = 1e-3
	m := &quadratic{rows: without(draw, t.everyone(), min(forwardRows, t.x.Rows)), at: t.net.parameters()}
	m.weights = make([]float64, len(m.rows))
	for i := range m.weights {
		m.weights[i] = 1
	}
	m.loss = t.slope(m)
	m.gradient = t.net.gradient()
	moved, probe := make([]float64, len(m.at)), make([]float64, len(m.at))
	for j, v := range m.at {
		probe[j] = 1 - 2*float64(draw.Uint64()>>63)
		moved[j] = v + step*probe[j]
	}
	t.net.set(moved)
	t.slope(m)
	diagonal := t.net.gradient()
	t.net.set(m.at)
	for j, g := range diagonal {
		diagonal[j] = probe[j] * (g - m.gradient[j]) / step
	}
	if t.curvature == nil {
		t.curvature = NewCurvature(len(diagonal))
	}
	if err := t.curvature.Update(diagonal, nil); err != nil {
		return err
	}
	corrected := 1 - math.Pow(0.999, float64(t.curvature.Steps))
	for _, v := range t.curvature.Square {
		m.square = append(m.square, math.Sqrt(v/corrected))
	}
	t.local = m
	return nil
}

// slope passes the sample of a model forward and backward, and returns its mean loss.
func (t *training[T]) slope(m *quadratic) float64 {
	labels := t.load(m.rows)
	t.net.backward(t.net.a[0], len(m.rows), labels, m.weights, nil)
	t.forwards += len(m.rows)
	loss, classes := 0.0, t.net.sizes[len(t.net.sizes)-1]
	for i, y := range labels {
		loss -= math.Log(max(float64(t.net.a[len(t.net.a)-1][i*classes+int(y)]), 1e-30)) / float64(len(labels))
	}
	return loss
}

// trusted says whether the loss of the sample is still what the quadratic model says.
func (t *training[T]) trusted() bool {
	m := t.local
	if m == nil {
		return false
	}
	expected := m.loss
	for j, v := range t.net.parameters() {
		e := v - m.at[j]
		expected += e * (m.gradient[j] + 0.5*m.square[j]*e)
	}
	loss := t.slope(m)
	return math.Abs(loss-expected) <= t.o.Trust*loss
}

// load copies some samples to the inputs of the network, and returns their labels.
func (t *training[T]) load(rows []int) []int32 {
	labels, d := make([]int32, len(rows)), t.x.Cols
	for j, i := range rows {
		copy(t.net.a[0][j*d:(j+1)*d], t.x.Row(i))
		labels[j] = t.y[i]
	}
	return labels
}

// everyone returns the samples that subsets are selected from.
func (t *training[T]) everyone() []int {
	var all []int
	for i := range t.x.Rows {
		if t.held == nil || !t.held[i] {
			all = append(all, i)
		}
	}
	return all
}

// byValidation selects by the loss of a part of the samples, which is held out for this, and by gradients of the last layer: those
// in the logits are much the same for all samples of a class.
func (t *training[T]) byValidation(ctx context.Context) error {
	if t.held == nil {
		t.held = make([]bool, t.x.Rows)
		count := min(t.x.Rows-t.k, max(1, int(math.Round(t.o.Held*float64(t.x.Rows)))))
		if count == 0 {
			return errorf(core.ErrOption, "fraction = %v leaves glister no samples to measure the loss on", t.o.Fraction)
		}
		for _, i := range without(rng.New(t.o.Seed, streamTraining, 5), t.everyone(), count) {
			t.held[i] = true
		}
	}
	var out []int
	for i, held := range t.held {
		if held {
			out = append(out, i)
		}
	}
	rows := t.everyone()
	residuals, inputs := t.outputs(rows)
	own, validation := t.outputs(out)
	logits, labels := core.NewMatrix[T](own.Rows, own.Cols), make([]int32, len(out))
	for c, i := range out {
		labels[c] = t.y[i]
		for k, v := range own.Row(c) {
			if int32(k) == labels[c] {
				v++
			}
			logits.Row(c)[k] = T(math.Log(max(float64(v), 1e-30)))
		}
	}
	// It looks ahead as far as an epoch goes.
	rate := t.o.LearningRate / (1 - t.o.Momentum) * math.Ceil(float64(t.k)/float64(t.o.BatchSize))
	found, err := Glister(ctx, LastLayer(residuals, inputs), logits, validation, labels, &GlisterOptions{Size: t.k, LearningRate: rate, Threads: t.o.Threads})
	if err != nil {
		return err
	}
	t.found.Selections++
	t.rows, t.weights = make([]int, t.k), nil
	for c, i := range found.Indices {
		t.rows[c] = rows[i]
	}
	return nil
}
