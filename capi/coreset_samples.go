// Weighted subsets by sampling and by k-centre. Letters: n rows, D features. Data is float32 or float64 as its dtype says,
// and must be finite (else LITHE_EDATA). *result receives a handle, to be closed by lithe_free and read by
// lithe_result_..., with LITHE_OK, and is left alone otherwise. sample_weight is NULL or n x 1 float64, non-negative: what
// row i counts for. options is JSON text with the fields that lithe_describe lists under the name given; NULL or "" means
// the defaults.
//
// A sample has the arrays indices (distinct rows, ascending) and weights, whose weighted sums estimate sums over all rows
// without bias, and reports effective_size ((sum of weights)^2 / sum of their squares), seed and seconds.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core/coreset"
)

// Chooses rows of x (n x D) by farthest-first traversal, exactly: the next centre is the row farthest from all so far.
//
// initial holds n_initial distinct rows that are centres from the start, or is NULL. Options: "coreset_k_center", of which
// n_centers or radius must be given. Arrays: indices (k, in the order of choice), distances (k x 1: of each to those before
// it; infinite for the first), and with option assign weights (k x 1: rows nearest to each) and assignment (n: number of
// the nearest centre). The report has radius and evaluations. Distances are Euclidean, or with metric "cosine" 1 - cos.
//
//export lithe_coreset_k_center
func lithe_coreset_k_center(x *C.lithe_const_matrix, initial *C.lithe_const_int64_t, nInitial C.int64_t, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		o := &coreset.KCenterOptions{Threads: b.threads(), Progress: b.report, Initial: rowNumbers("initial", initial, nInitial)}
		out := handleOut("result", result)
		data := input("x", x)
		if err := settings(options, o); err != nil {
			return err
		}
		return data.kCenter(b, o, out)
	})
}

// Draws a sample of rows of x (n x D) for k-means and its relatives, in two passes: with probability half even and half in
// proportion to the squared distance to the mean. Options: "coreset_sample", of which n_samples must be given.
//
//export lithe_coreset_lightweight
func lithe_coreset_lightweight(x, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data := input("x", x)
		n, _ := data.shape()
		return sampled(b, n, sampleWeight, options, handleOut("result", result), data.lightweight)
	})
}

// Draws a sample of rows of x (n x D) for k-means and Gaussian mixtures of option n_clusters components, by bounds of what
// each row can matter. Options: "coreset_sample". O(n D n_clusters).
//
//export lithe_coreset_sensitivity
func lithe_coreset_sensitivity(x, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data := input("x", x)
		n, _ := data.shape()
		return sampled(b, n, sampleWeight, options, handleOut("result", result), data.sensitivity)
	})
}

// Draws rows with probabilities proportional to scores (n x 1 float64, non-negative) times sample_weight. Options:
// "coreset_sample".
//
//export lithe_coreset_importance
func lithe_coreset_importance(scores, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("result", result)
		n, _ := sizes("scores", scores)
		o := &coreset.SampleOptions{SampleWeight: optionalDoubles("sample_weight", sampleWeight, n)}
		if err := settings(options, o); err != nil {
			return err
		}
		return opened(coreset.Importance(doubles("scores", scores, n, 1), o))(out)
	})
}

// Draws distinct rows such that every class gets its share of them, by largest remainders. labels has n values of any kind.
// Options: "coreset_sample".
//
//export lithe_coreset_stratified
func lithe_coreset_stratified(labels *C.lithe_const_int64_t, n C.int64_t, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("result", result)
		o := &coreset.SampleOptions{}
		if err := settings(options, o); err != nil {
			return err
		}
		return opened(coreset.Stratified(classLabels("labels", labels, int(n)), o))(out)
	})
}

// logisticOptions returns the options of a sample of n rows for logistic regression.
func logisticOptions(b *block, n int, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char) (*coreset.LogisticOptions, error) {
	o := &coreset.LogisticOptions{Threads: b.threads(), Progress: b.report, SampleWeight: optionalDoubles("sample_weight", sampleWeight, n)}
	return o, settings(options, o)
}

// Draws rows of x (n x D) on which a logistic regression of labels y, n values 0 or 1, comes close to that on all rows. y
// may be NULL for the methods leverage and lewis. Options: "coreset_logistic", of which n_samples must be given. O(n D^2).
//
//export lithe_coreset_logistic
func lithe_coreset_logistic(x *C.lithe_const_matrix, y *C.lithe_const_int64_t, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("result", result)
		n, _ := data.shape()
		o, err := logisticOptions(b, n, sampleWeight, options)
		if err != nil {
			return err
		}
		return data.logistic(b, optionalClasses("y", y, n), o, out)
	})
}
