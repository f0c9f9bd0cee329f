package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
)

func (x typed[T]) gradients(activations *C.lithe_const_matrix) coreset.Gradients {
	if activations == nil {
		return coreset.GradientRows(x.Matrix)
	}
	return coreset.LastLayer(x.Matrix, partner[T]("activations", activations))
}

// gradientsIn converts gradients in either form.
func gradientsIn(gradients, activations *C.lithe_const_matrix) coreset.Gradients {
	return input("gradients", gradients).gradients(activations)
}

// sparseGradientsIn converts gradients in LITHE_CSR.
func sparseGradientsIn(gradients *C.lithe_const_sparse) coreset.Gradients {
	v := checkSparse("gradients", gradients)
	if v.byColumns {
		refuse(errArgument, "gradients must have the layout LITHE_CSR (1): a row is a gradient")
	}
	return sparseOf(v, sparseGradients[float32, int32], sparseGradients[float32, int64], sparseGradients[float64, int32],
		sparseGradients[float64, int64])(v)
}

// adacore selects among gradients in any form; with curvature NULL it is CRAIG.
func adacore(b *block, g coreset.Gradients, curvature *C.lithe_const_matrix, groups *C.lithe_const_int64_t, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, result *C.lithe_handle) error {
	n, m := g.Dims()
	out := handleOut("result", result)
	o := &coreset.GradientOptions{Threads: b.threads(), Progress: b.report, Groups: optionalClasses("groups", groups, n),
		SampleWeight: optionalDoubles("sample_weight", sampleWeight, n)}
	if err := settings(options, o); err != nil {
		return err
	}
	if curvature == nil {
		return opened(coreset.CRAIG(b, g, o))(out)
	}
	return opened(coreset.AdaCore(b, g, doubles("curvature", curvature, m, 1), o))(out)
}

// gradmatch matches gradients in any form.
func gradmatch(b *block, g coreset.Gradients, groups *C.lithe_const_int64_t, target, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, result *C.lithe_handle) error {
	n, m := g.Dims()
	out := handleOut("result", result)
	o := &coreset.GradMatchOptions{Threads: b.threads(), Progress: b.report, Groups: optionalClasses("groups", groups, n),
		Target: optionalDoubles("target", target, m), SampleWeight: optionalDoubles("sample_weight", sampleWeight, n)}
	if err := settings(options, o); err != nil {
		return err
	}
	return opened(coreset.GradMatch(b, g, o))(out)
}

func sparseGradients[T core.Float, I int32 | int64](v sparseView) coreset.Gradients {
	return coreset.SparseGradientRows(v.rows, v.cols, elements[I](v.indptr, v.rows+1), elements[I](v.indices, v.nnz), elements[T](v.values, v.nnz))
}

func (x typed[T]) diagonal(b *block, kind string, other *C.lithe_const_matrix, weight []float64) ([]float64, error) {
	if other == nil && kind != "fisher" {
		refuse(errArgument, "b must not be NULL for kind %q", kind)
	}
	switch kind {
	case "fisher":
		return coreset.FisherDiagonal(b, x.gradients(other), weight, b.threads())
	case "softmax":
		return coreset.SoftmaxDiagonal(b, x.Matrix, partner[T]("b", other), weight, b.threads())
	case "hutchinson":
		if weight != nil {
			refuse(errArgument, "sample_weight must be NULL for kind hutchinson")
		}
		return coreset.HutchinsonDiagonal(x.Matrix, partner[T]("b", other))
	}
	return nil, invalid(errArgument, "kind must be one of [fisher softmax hutchinson], got %q", kind)
}

func (x typed[T]) glister(b *block, activations, logits, inputs *C.lithe_const_matrix, labels *C.lithe_const_int64_t, o *coreset.GlisterOptions, out *int64) error {
	z := partner[T]("logits", logits)
	var own core.Matrix[T]
	if activations != nil {
		own = partner[T]("inputs", inputs)
	} else if inputs != nil {
		refuse(errArgument, "inputs must be NULL without activations")
	}
	return opened(coreset.Glister(b, x.gradients(activations), z, own, classLabels("labels", labels, z.Rows), o))(out)
}

func updateCurvature(square *C.lithe_const_matrix, steps []int64, diagonal *C.lithe_const_matrix, o *coreset.CurvatureOptions, denominator *C.lithe_const_matrix) error {
	m, _ := sizes("square", square)
	state := output[float64]("square", square, m, 1)
	c := coreset.NewCurvature(m)
	c.Steps = int(steps[0])
	for j := range c.Square {
		c.Square[j] = state.Row(j)[0]
	}
	if diagonal != nil {
		if err := c.Update(doubles("diagonal", diagonal, m, 1), o); err != nil {
			return err
		}
	}
	if denominator != nil {
		place := output[float64]("denominator", denominator, m, 1)
		h, err := c.Denominator(o)
		if err != nil {
			return err
		}
		copyRows(place, h)
	}
	copyRows(state, c.Square)
	steps[0] = int64(c.Steps)
	return nil
}

// gradientError measures a weighted sum of gradients in any form.
func gradientError(b *block, g coreset.Gradients, indices *C.lithe_const_int64_t, count C.int64_t, weights, curvature, sampleWeight *C.lithe_const_matrix, plain, preconditioned *C.double) error {
	n, m := g.Dims()
	first, second := vector[float64]("plain", plain, 1), vector[float64]("preconditioned", preconditioned, 1)
	chosen := rowNumbers("indices", indices, count)
	e, p, err := coreset.GradientError(b, g, chosen, doubles("weights", weights, len(chosen), 1),
		optionalDoubles("curvature", curvature, m), optionalDoubles("sample_weight", sampleWeight, n), b.threads())
	if err == nil {
		first[0], second[0] = e, p
	}
	return err
}

func (x typed[T]) average(b *block, average *C.lithe_const_matrix, steps *C.int64_t, slot *C.lithe_const_int64_t, beta1 float64, corrected *C.lithe_const_matrix) error {
	n, m := x.shape()
	slots, _ := sizes("average", average)
	a := &coreset.GradientAverages[T]{Mean: output[T]("average", average, slots, m), Steps: vector[int64]("steps", steps, slots)}
	var places []int
	if slot != nil {
		places = rowNumbers("slot", slot, C.int64_t(n))
	}
	var out core.Matrix[T]
	if corrected != nil {
		out = output[T]("corrected", corrected, n, m)
	}
	return a.Update(b, places, x.Matrix, beta1, out, b.threads())
}
