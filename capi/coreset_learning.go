// Batch active learning, and trainers that show what a subset is worth. Conventions are those of the samples.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core/coreset"
)

// Selects rows whose labels are to be asked for together. k holds the features of all rows (n x m), or with is_kernel = 1 the
// kernel between them (n x n, symmetric positive semidefinite). observed has n_observed distinct rows whose labels are known
// already, or is NULL. Options: "coreset_batch", of which n_samples must be given. Arrays: indices (in the order of
// selection), scores (why each was selected) and, for frank-wolfe, weights.
//
//export lithe_coreset_batch
func lithe_coreset_batch(k *C.lithe_const_matrix, isKernel C.int32_t, observed *C.lithe_const_int64_t, nObserved C.int64_t, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("k", k), handleOut("result", result)
		o := &coreset.BatchOptions{Threads: b.threads(), Progress: b.report, Observed: rowNumbers("observed", observed, nObserved)}
		if err := settings(options, o); err != nil {
			return err
		}
		return opened(coreset.SelectBatch(b, data.kernel(isKernel != 0), o))(out)
	})
}

// Fits softmax regression, or a network with hidden layers, to x (n x D) and classes y (n values from 0 on) by stochastic
// gradient descent on a subset of the samples. test_x (dtype of x) and test_y are data to test on, or NULL. Options:
// "coreset_train". Arrays: parameters (p x 1: layer after layer weights, inputs x outputs, and biases) and trace (a row for
// each epoch: samples whose gradient was evaluated, samples passed forward for selections alone, seconds of both, seconds of
// selections, mean training loss, training accuracy, test accuracy). The report has loss, epochs, selections, subset_size and
// classes. A loss that diverges is LITHE_ENUMERIC.
//
//export lithe_coreset_train
func lithe_coreset_train(x *C.lithe_const_matrix, y *C.lithe_const_int64_t, testX *C.lithe_const_matrix, testY *C.lithe_const_int64_t, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("result", result)
		n, _ := data.shape()
		o := &coreset.TrainOptions{Threads: b.threads(), Progress: b.report}
		if err := settings(options, o); err != nil {
			return err
		}
		return data.train(b, classLabels("y", y, n), testX, testY, o, out)
	})
}
