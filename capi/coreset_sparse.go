// Weighted subsets of sparse gradients, or of the rows of a sparse X that they are multiples of: LITHE_CSR, the columns of a row in
// ascending order. Everything else is as for dense gradients without activations. They are never made dense.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core/coreset"
)

// Selects as lithe_coreset_adacore does.
//
//export lithe_coreset_sparse_adacore
func lithe_coreset_sparse_adacore(gradients *C.lithe_const_sparse, curvature *C.lithe_const_matrix, groups *C.lithe_const_int64_t, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return adacore(b, sparseGradientsIn(gradients), curvature, groups, sampleWeight, options, result)
	})
}

// Matches as lithe_coreset_gradmatch does.
//
//export lithe_coreset_sparse_gradmatch
func lithe_coreset_sparse_gradmatch(gradients *C.lithe_const_sparse, groups *C.lithe_const_int64_t, target, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return gradmatch(b, sparseGradientsIn(gradients), groups, target, sampleWeight, options, result)
	})
}

// Writes errors as lithe_coreset_gradient_error does.
//
//export lithe_coreset_sparse_gradient_error
func lithe_coreset_sparse_gradient_error(gradients *C.lithe_const_sparse, indices *C.lithe_const_int64_t, count C.int64_t, weights, curvature, sampleWeight *C.lithe_const_matrix, plain, preconditioned *C.double, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return gradientError(b, sparseGradientsIn(gradients), indices, count, weights, curvature, sampleWeight, plain, preconditioned)
	})
}

// Writes the mean of squared gradients to diagonal (m x 1 float64), as lithe_coreset_diagonal does of kind "fisher".
//
//export lithe_coreset_sparse_fisher
func lithe_coreset_sparse_fisher(gradients *C.lithe_const_sparse, sampleWeight, diagonal *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		g := sparseGradientsIn(gradients)
		n, m := g.Dims()
		place := output[float64]("diagonal", diagonal, m, 1)
		found, err := coreset.FisherDiagonal(b, g, optionalDoubles("sample_weight", sampleWeight, n), b.threads())
		if err == nil {
			copyRows(place, found)
		}
		return err
	})
}
