// Weighted subsets by sampling, k-centre and active learning of the rows of a sparse x (n x D): LITHE_CSR, the columns of a row in
// ascending order, never made dense. Everything else is as for the function without sparse in its name.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"context"

	"github.com/lithe-ml/lithe/core/coreset"
)

// Chooses as lithe_coreset_k_center does.
//
//export lithe_coreset_sparse_k_center
func lithe_coreset_sparse_k_center(x *C.lithe_const_sparse, initial *C.lithe_const_int64_t, nInitial C.int64_t, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		o := &coreset.KCenterOptions{Threads: b.threads(), Progress: b.report, Initial: rowNumbers("initial", initial, nInitial)}
		out, data := handleOut("result", result), sparsePointsIn("x", x)
		if err := settings(options, o); err != nil {
			return err
		}
		return opened(coreset.SparseKCenter(b, data, o))(out)
	})
}

// Draws as lithe_coreset_lightweight does.
//
//export lithe_coreset_sparse_lightweight
func lithe_coreset_sparse_lightweight(x *C.lithe_const_sparse, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data := sparsePointsIn("x", x)
		n, _ := data.Dims()
		return sampled(b, n, sampleWeight, options, handleOut("result", result), func(ctx context.Context, o *coreset.SampleOptions) (*coreset.Sample, error) {
			return coreset.SparseLightweight(ctx, data, o)
		})
	})
}

// Draws as lithe_coreset_sensitivity does.
//
//export lithe_coreset_sparse_sensitivity
func lithe_coreset_sparse_sensitivity(x *C.lithe_const_sparse, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data := sparsePointsIn("x", x)
		n, _ := data.Dims()
		return sampled(b, n, sampleWeight, options, handleOut("result", result), func(ctx context.Context, o *coreset.SampleOptions) (*coreset.Sample, error) {
			return coreset.SparseSensitivity(ctx, data, o)
		})
	})
}

// Draws as lithe_coreset_logistic does, among rows of at most 4,096 columns.
//
//export lithe_coreset_sparse_logistic
func lithe_coreset_sparse_logistic(x *C.lithe_const_sparse, y *C.lithe_const_int64_t, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := sparsePointsIn("x", x), handleOut("result", result)
		n, _ := data.Dims()
		o, err := logisticOptions(b, n, sampleWeight, options)
		if err != nil {
			return err
		}
		return opened(coreset.SparseLogistic(b, data, optionalClasses("y", y, n), o))(out)
	})
}

// Selects as lithe_coreset_batch does by features x.
//
//export lithe_coreset_sparse_batch
func lithe_coreset_sparse_batch(x *C.lithe_const_sparse, observed *C.lithe_const_int64_t, nObserved C.int64_t, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		v, out := sparseRowsIn("x", x), handleOut("result", result)
		kernel := sparseOf(v, sparseKernel[float32, int32], sparseKernel[float32, int64], sparseKernel[float64, int32], sparseKernel[float64, int64])
		o := &coreset.BatchOptions{Threads: b.threads(), Progress: b.report, Observed: rowNumbers("observed", observed, nObserved)}
		if err := settings(options, o); err != nil {
			return err
		}
		return opened(coreset.SelectBatch(b, kernel(v), o))(out)
	})
}
