// Weighted subsets of sparse gradients, or of the rows of a sparse X that they are multiples of: LITHE_CSR, the columns of a row in
// ascending order. Everything else is as for dense gradients without activations. Selection by facility location makes the matrix of
// distances within a class.
package main

/*
#include "cgo.h"
*/
import "C"

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
