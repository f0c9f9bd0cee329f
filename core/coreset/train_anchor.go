package coreset

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// anchor is what the gradients of all samples were at some parameters: that of sample i in the weights of layer l is the product of row i
// of a[l] (of x for l = 0) and of delta[l+1].
type anchor[T core.Float] struct {
	a, delta [][]T // n rows for each layer but the inputs
	w, b     [][]T // mean gradient in weights and biases of each layer
}

// control is what a step needs of an anchor: the rows of a mini-batch, with derivatives multiplied by what those of the step are
// multiplied by, and the mean gradient.
type control[T core.Float] anchor[T]

// correct evaluates the gradients of all samples in the epochs in which subsets are renewed.
func (t *training[T]) correct(ctx context.Context, epoch int) error {
	if !t.o.Correction || !t.renews(epoch) {
		return nil
	}
	net, n := t.net, t.x.Rows
	if t.anchor == nil {
		t.anchor = newAnchor[T](net.sizes, n)
		t.control = (*control[T])(newAnchor[T](net.sizes, t.o.BatchSize))
		t.control.w, t.control.b = t.anchor.w, t.anchor.b
	}
	mean, rows, weights := make([]float64, parameters(net.sizes)), make([]int, 0, forwardRows), make([]float64, forwardRows)
	for lo := 0; lo < n; lo += forwardRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows = rows[:0]
		for i := lo; i < min(lo+forwardRows, n); i++ {
			rows = append(rows, i)
		}
		for j := range rows {
			weights[j] = float64(len(rows)) // derivatives are those of a sum
		}
		net.backward(net.a[0], len(rows), t.load(rows), weights, nil)
		for l, size := range net.sizes {
			if l > 0 {
				copy(t.anchor.a[l][lo*size:], net.a[l][:len(rows)*size])
				copy(t.anchor.delta[l][lo*size:], net.delta[l][:len(rows)*size])
			}
		}
		blas.Axpy(1/float64(n), net.gradient(), mean)
	}
	unflatten(mean, t.anchor.w, t.anchor.b)
	t.steps += n
	return nil
}

func newAnchor[T core.Float](sizes []int, rows int) *anchor[T] {
	at := &anchor[T]{a: [][]T{nil}, delta: [][]T{nil}}
	for l, size := range sizes[1:] {
		at.a, at.delta = append(at.a, make([]T, rows*size)), append(at.delta, make([]T, rows*size))
		at.w, at.b = append(at.w, make([]T, sizes[l]*size)), append(at.b, make([]T, size))
	}
	return at
}

// at gathers what the step of a mini-batch needs; nil without a correction.
func (t *training[T]) at(rows []int, weights []float64) *control[T] {
	if t.anchor == nil {
		return nil
	}
	for l, size := range t.net.sizes {
		if l == 0 {
			continue
		}
		for j, i := range rows {
			copy(t.control.a[l][j*size:(j+1)*size], t.anchor.a[l][i*size:])
			own, f := t.control.delta[l][j*size:(j+1)*size], T(weights[j]/float64(len(rows)))
			for c, v := range t.anchor.delta[l][i*size : (i+1)*size] {
				own[c] = f * v
			}
		}
	}
	return t.control
}

// anchored returns the residuals of all samples and what enters the last layer, as the anchor of this epoch has them.
func (t *training[T]) anchored() (residuals, inputs core.Matrix[T]) {
	layers, n := len(t.net.w), t.x.Rows
	classes, width := t.net.sizes[layers], t.net.sizes[layers-1]
	residuals, inputs = core.Matrix[T]{Data: t.anchor.delta[layers], Rows: n, Cols: classes, Stride: classes}, t.x
	if layers > 1 {
		inputs = core.Matrix[T]{Data: t.anchor.a[layers-1], Rows: n, Cols: width, Stride: width}
	}
	return residuals, inputs
}
