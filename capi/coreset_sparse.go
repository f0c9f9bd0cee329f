// Weighted subsets of sparse gradients, or of the rows of a sparse X that they are multiples of: LITHE_CSR, the columns of a row in
// ascending order. Everything else is as for dense gradients without activations. Selection by facility location makes the matrix of
// distances within a class.
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
		g, n, m := sparseGradientsIn(gradients)
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
	})
}

// Matches as lithe_coreset_gradmatch does.
//
//export lithe_coreset_sparse_gradmatch
func lithe_coreset_sparse_gradmatch(gradients *C.lithe_const_sparse, groups *C.lithe_const_int64_t, target, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		g, n, m := sparseGradientsIn(gradients)
		out := handleOut("result", result)
		o := &coreset.GradMatchOptions{Threads: b.threads(), Progress: b.report, Groups: optionalClasses("groups", groups, n),
			Target: optionalDoubles("target", target, m), SampleWeight: optionalDoubles("sample_weight", sampleWeight, n)}
		if err := settings(options, o); err != nil {
			return err
		}
		return opened(coreset.GradMatch(b, g, o))(out)
	})
}
