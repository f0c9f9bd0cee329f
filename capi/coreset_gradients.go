// Weighted subsets whose gradients add up to nearly the sum of all gradients, and the curvature that they are measured by.
// Letters: n samples, m parameters, C classes, h inputs of a last layer.
//
// Gradients are given as gradients (n x m) with activations NULL; or as residuals (n x C) and activations (n x h, same
// dtype), for the gradients r_i [a_i, 1]^T of a last layer, m = C (h + 1), which are never formed: parameter c (h + 1) + j
// is that of output c and input j, j = h the bias. groups is NULL or has n classes, 0 or more, within which samples are
// selected. Other arguments are as for samples.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core/coreset"
)

// Selects samples by facility location between gradients divided by curvature (m x 1 float64, positive): AdaCore. With
// curvature NULL it is CRAIG. Options: "coreset_gradient", of which n_samples must be given. Arrays: indices (in the order
// of selection, class after class), weights (samples that each stands for, or of least squares), gains, assignment (n: which
// index stands for each) and residual (m: the sum of all gradients less the weighted sum). The report has loss (bounds the error),
// loss_bound (none of this size has less), bound_risk (probability that it has), error and preconditioned_error (of the weighted
// sum, relative), effective_size, engine, recall (of engine neighbors) and seconds.
//
//export lithe_coreset_adacore
func lithe_coreset_adacore(gradients, activations, curvature *C.lithe_const_matrix, groups *C.lithe_const_int64_t, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return adacore(b, gradientsIn(gradients, activations), curvature, groups, sampleWeight, options, result)
	})
}

// Finds non-negative weights, few of them positive, whose sum of gradients comes close to target (m x 1 float64), or to the
// sum of all gradients if that is NULL, by orthogonal matching pursuit. Options: "coreset_gradmatch", of which n_samples must
// be given. Arrays: indices, weights and residual (m: the target less the weighted sum). The report has error, relative_error, effective_size, picks and seconds.
//
//export lithe_coreset_gradmatch
func lithe_coreset_gradmatch(gradients, activations *C.lithe_const_matrix, groups *C.lithe_const_int64_t, target, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return gradmatch(b, gradientsIn(gradients, activations), groups, target, sampleWeight, options, result)
	})
}

// Selects samples whose gradients bring the loss on validation data down (GLISTER). gradients are those of a softmax in its logits
// (n x C), or residuals with activations. logits (v x C), inputs (v x h; NULL without activations), both of the same dtype, and
// labels (v classes from 0 on) are the validation data. Options: "coreset_glister", of which n_samples must be given. Arrays:
// indices (in the order of selection), scores (why each was selected) and losses (mean validation loss before the first round and
// after each, as far as the last layer alone tells). The report has seconds.
//
//export lithe_coreset_glister
func lithe_coreset_glister(gradients, activations, logits, inputs *C.lithe_const_matrix, labels *C.lithe_const_int64_t, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("result", result)
		o := &coreset.GlisterOptions{Threads: b.threads(), Progress: b.report}
		if err := settings(options, o); err != nil {
			return err
		}
		return input("gradients", gradients).glister(b, activations, logits, inputs, labels, o, out)
	})
}

// Writes how far the weighted sum of count gradients is from the sum of all, relative to its norm, to plain, and with
// gradients divided by curvature (NULL: 1) to preconditioned. weights is count x 1 float64.
//
//export lithe_coreset_gradient_error
func lithe_coreset_gradient_error(gradients, activations *C.lithe_const_matrix, indices *C.lithe_const_int64_t, count C.int64_t, weights, curvature, sampleWeight *C.lithe_const_matrix, plain, preconditioned *C.double, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return gradientError(b, gradientsIn(gradients, activations), indices, count, weights, curvature, sampleWeight, plain, preconditioned)
	})
}

// Takes one more estimate diagonal (m x 1 float64, or NULL) of the diagonal of a Hessian into the moving average square (m x 1
// float64, zeros before the first) over *steps estimates, and writes what gradients are divided by to denominator (m x 1
// float64, or NULL). square and *steps are all the state. Options: "coreset_curvature".
//
//export lithe_coreset_curvature
func lithe_coreset_curvature(square *C.lithe_const_matrix, steps *C.int64_t, diagonal *C.lithe_const_matrix, options *C.lithe_const_char, denominator *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		o := &coreset.CurvatureOptions{}
		if err := settings(options, o); err != nil {
			return err
		}
		return updateCurvature(square, vector[int64]("steps", steps, 1), diagonal, o, denominator)
	})
}

// Takes one more gradient of n samples (n x m) into moving averages, one of each sample: average (slots x m, zeros before the first)
// and steps (slots, zeros before the first) are all the state, of the dtype of gradients and int64. slot has n distinct places, or
// is NULL for 0 to n - 1, so that samples may come at any step, stay away for some, and go when the caller writes zeros to their
// row and to their steps. beta1 is the decay, in [0, 1). corrected (n x m, or NULL) receives the averages with their starts
// corrected, to select by.
//
//export lithe_coreset_average
func lithe_coreset_average(average *C.lithe_const_matrix, steps *C.int64_t, slot *C.lithe_const_int64_t, gradients *C.lithe_const_matrix, beta1 C.double, corrected *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("gradients", gradients).average(b, average, steps, slot, float64(beta1), corrected)
	})
}

// Writes an estimate of the diagonal of the Hessian of the mean loss to diagonal (m x 1 float64). kind says of what:
//
//	"fisher"      mean of squared gradients: a is gradients, b NULL; or a is residuals, b activations
//	"softmax"     exact for a softmax layer: a is probabilities (n x C), b its inputs (n x h)
//	"hutchinson"  from products: a has p probes of 1 and -1 as rows (p x m), b the products of the Hessian with them
//
// sample_weight is not used for hutchinson, and must be NULL.
//
//export lithe_coreset_diagonal
func lithe_coreset_diagonal(kind *C.lithe_const_char, a, b, sampleWeight, diagonal *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(block *block) error {
		data := input("a", a)
		n, _ := data.shape()
		found, err := data.diagonal(block, text("kind", kind), b, optionalDoubles("sample_weight", sampleWeight, n))
		if err == nil {
			copyRows(output[float64]("diagonal", diagonal, len(found), 1), found)
		}
		return err
	})
}

// Fills z (p x m) with 1 and -1 at random: probes for Hessian-vector products. Another step gives other probes.
//
//export lithe_coreset_probes
func lithe_coreset_probes(seed, step C.uint64_t, z *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		p, m := sizes("z", z)
		fill("z", z, p, m, coreset.Probes[float64](p, m, uint64(seed), uint64(step)).Data)
		return nil
	})
}
