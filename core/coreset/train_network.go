package coreset

import (
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// network is a stack of linear layers with rectified linear units between them and a softmax at the end.
type network[T core.Float] struct {
	sizes   []int // inputs, hidden layers, classes
	w, b    [][]T // weights (in x out) and biases of each layer
	vw, vb  [][]T // their velocities
	gw, gb  [][]T // their gradients
	a       [][]T // activations of each layer for up to rows samples: a[0] are the inputs, the last the probabilities
	delta   [][]T // derivatives with respect to what enters each layer's units
	threads int
}

// mostParameters bounds a network.
const mostParameters = 1 << 28

// parameters returns how many parameters a network with these layers has, or more than mostParameters.
func parameters(sizes []int) int {
	sum := 0
	for l := range len(sizes) - 1 {
		in, out := sizes[l]+1, sizes[l+1]
		if in > mostParameters || out > mostParameters || sum > mostParameters {
			return mostParameters + 1
		}
		sum += in * out
	}
	return sum
}

// newNetwork draws weights of variance 2 over inputs; those of the last layer begin at zero.
func newNetwork[T core.Float](sizes []int, rows, threads int, seed uint64) *network[T] {
	net := &network[T]{sizes: sizes, threads: threads}
	draw := rng.New(seed, streamTraining, 0)
	for l := range len(sizes) - 1 {
		in, out := sizes[l], sizes[l+1]
		w := make([]T, in*out)
		for k := range w {
			if l < len(sizes)-2 {
				w[k] = T(math.Sqrt(2/float64(in)) * draw.NormFloat64())
			}
		}
		net.w, net.b = append(net.w, w), append(net.b, make([]T, out))
		net.vw, net.vb = append(net.vw, make([]T, in*out)), append(net.vb, make([]T, out))
		net.gw, net.gb = append(net.gw, make([]T, in*out)), append(net.gb, make([]T, out))
	}
	for _, size := range sizes {
		net.a, net.delta = append(net.a, make([]T, rows*size)), append(net.delta, make([]T, rows*size))
	}
	return net
}

// forward passes n samples, the rows of x, through the network and leaves the probabilities in the last activations. Layers
// after the first find their inputs there too.
func (net *network[T]) forward(x []T, stride, n int) {
	last := len(net.w) - 1
	for l, w := range net.w {
		in, out := net.sizes[l], net.sizes[l+1]
		if l > 0 {
			x, stride = net.a[l], in
		}
		y := net.a[l+1][:n*out]
		for i := range n {
			copy(y[i*out:(i+1)*out], net.b[l])
		}
		blas.Gemm(net.threads, false, false, n, out, in, 1, x, stride, w, out, 1, y, out)
		if l < last {
			for k, v := range y {
				y[k] = max(v, 0)
			}
			continue
		}
		for i := range n {
			softmax(y[i*out : (i+1)*out])
		}
	}
}

func softmax[T core.Float](z []T) {
	top, sum := z[0], 0.0
	for _, v := range z {
		top = max(top, v)
	}
	for c, v := range z {
		e := math.Exp(float64(v - top))
		z[c] = T(e)
		sum += e
	}
	for c := range z {
		z[c] = T(float64(z[c]) / sum)
	}
}

// step moves the parameters by the weighted gradient of n samples with the given labels: minus rate times the velocity.
func (net *network[T]) step(x []T, n int, labels []int32, weights []float64, at *control[T], rate float64, o *TrainOptions) {
	net.backward(x, n, labels, weights, at)
	momentum, penalty, size := T(o.Momentum), T(o.Penalty), T(rate)
	for l := range net.w {
		v, w := net.vw[l], net.w[l]
		for k, g := range net.gw[l] {
			v[k] = momentum*v[k] + g + penalty*w[k]
			w[k] -= size * v[k]
		}
		v, w = net.vb[l], net.b[l]
		for k, g := range net.gb[l] {
			v[k] = momentum*v[k] + g
			w[k] -= size * v[k]
		}
	}
}

// backward sets the gradients to the weighted sum of those of n samples, divided by n; less what that sum was at an anchor, plus the
// mean of all there, unless at is nil. Of the first layer, whose inputs do not change, the difference costs nothing.
func (net *network[T]) backward(x []T, n int, labels []int32, weights []float64, at *control[T]) {
	net.forward(x, net.sizes[0], n)
	layers := len(net.w)
	classes := net.sizes[layers]
	delta := net.delta[layers][:n*classes]
	for i := range n {
		f := T(weights[i] / float64(n))
		for c, p := range net.a[layers][i*classes : (i+1)*classes] {
			if int32(c) == labels[i] {
				p--
			}
			delta[i*classes+c] = f * p
		}
	}
	for l := layers - 1; l >= 0; l-- {
		in, out := net.sizes[l], net.sizes[l+1]
		delta := net.delta[l+1][:n*out]
		from := x
		if l > 0 {
			from = net.a[l]
			below := net.delta[l][:n*in]
			blas.Gemm(net.threads, false, true, n, in, out, 1, delta, out, net.w[l], out, 0, below, in)
			for k, v := range from[:n*in] {
				if v <= 0 {
					below[k] = 0
				}
			}
		}
		if at != nil && l == 0 {
			blas.Axpy(-1, at.delta[1][:n*out], delta)
		}
		blas.Gemm(net.threads, true, false, in, out, n, 1, from, in, delta, out, 0, net.gw[l], out)
		clear(net.gb[l])
		for i := range n {
			blas.Axpy(1, delta[i*out:(i+1)*out], net.gb[l])
		}
		if at == nil {
			continue
		}
		if l > 0 {
			blas.Gemm(net.threads, true, false, in, out, n, -1, at.a[l], in, at.delta[l+1], out, 1, net.gw[l], out)
			for i := range n {
				blas.Axpy(-1, at.delta[l+1][i*out:(i+1)*out], net.gb[l])
			}
		}
		blas.Axpy(1, at.w[l], net.gw[l])
		blas.Axpy(1, at.b[l], net.gb[l])
	}
}

// parameters returns layer after layer the weights and the biases.
func (net *network[T]) parameters() []float64 { return flat(net.w, net.b) }

// gradient returns what backward found, in the order of the parameters.
func (net *network[T]) gradient() []float64 { return flat(net.gw, net.gb) }

func flat[T core.Float](w, b [][]T) []float64 {
	var all []float64
	for l := range w {
		for _, v := range w[l] {
			all = append(all, float64(v))
		}
		for _, v := range b[l] {
			all = append(all, float64(v))
		}
	}
	return all
}

// set writes all parameters.
func (net *network[T]) set(all []float64) { unflatten(all, net.w, net.b) }

func unflatten[T core.Float](all []float64, w, b [][]T) {
	at := 0
	for l := range w {
		for _, part := range [][]T{w[l], b[l]} {
			for k := range part {
				part[k] = T(all[at+k])
			}
			at += len(part)
		}
	}
}

// score returns the mean loss and the accuracy on the rows of x.
func (net *network[T]) score(x core.Matrix[T], labels []int32) (loss, accuracy float64) {
	rows, classes := len(net.a[0])/net.sizes[0], net.sizes[len(net.sizes)-1]
	for lo := 0; lo < x.Rows; lo += rows {
		n := min(rows, x.Rows-lo)
		net.forward(x.Data[lo*x.Stride:], x.Stride, n)
		for i := range n {
			p := net.a[len(net.a)-1][i*classes : (i+1)*classes]
			best := 0
			for c, v := range p {
				if v > p[best] {
					best = c
				}
			}
			if int32(best) == labels[lo+i] {
				accuracy++
			}
			loss -= math.Log(max(float64(p[labels[lo+i]]), 1e-30))
		}
	}
	return loss / float64(x.Rows), accuracy / float64(x.Rows)
}
