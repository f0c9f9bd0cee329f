// Principal components of rows of n features that come in blocks, on one machine or several. A lithe_pca holds what
// is kept of them, in arrays of the caller, whose size does not depend on the number of rows: their covariances,
// which makes the components exact up to rounding, or for very many features a sketch, with a bound of the error.
package main

/*
#include "cgo.h"
*/
import "C"

import "github.com/lithe-ml/lithe/core/lowrank"

// Writes the number of rows of the sketch to keep for n features to sketch_rows; 0 means to keep gram instead.
// options is JSON text with the fields that lithe_describe("lowrank_pca") lists.
//
//export lithe_lowrank_pca_sizes
func lithe_lowrank_pca_sizes(n C.int64_t, options *C.lithe_const_char, sketchRows *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		out := vector[int64]("sketch_rows", sketchRows, 1)
		o, err := pcaOptions(b, options)
		if err != nil {
			return err
		}
		return pcaSizes(int64(n), o, out)
	})
}

// Adds the rows of x (b x n), which must be finite, to pca. sample_weight is NULL or b x 1 float64, non-negative;
// rows of weight 0 are left out. On a failure pca is as before. b n^2 operations, or some 8 b l n with a sketch of l
// rows.
//
//export lithe_lowrank_pca_update
func lithe_lowrank_pca_update(pca *C.lithe_pca, x, sampleWeight *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		s := pcaIn("pca", pca)
		return s.keep(input("x", x).updatePCA(b, s, sampleWeight))
	})
}

// Adds to pca the rows that other has seen; both keep the same thing. other is not changed.
//
//export lithe_lowrank_pca_merge
func lithe_lowrank_pca_merge(pca *C.lithe_pca, other *C.lithe_const_pca, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		s := pcaIn("pca", pca)
		return s.keep(s.Merge(b, &pcaIn("other", (*C.lithe_pca)(other)).PCAState, b.threads()))
	})
}

// Computes the n_components leading principal components of the rows that pca has seen, or all min(n, rows) there are
// if that is 0. Arrays, all float64: components (k x n, orthonormal rows; the entry of largest magnitude in each is
// positive), variances (k x 1, decreasing; divisor rows - 1) and mean (n x 1). The report has noise_variance (mean
// variance along the other directions), total_variance and bound (of the error of each variance: 0 unless a sketch is
// kept).
//
//export lithe_lowrank_pca_components
func lithe_lowrank_pca_components(pca *C.lithe_const_pca, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		o, err := pcaOptions(b, options)
		if err != nil {
			return err
		}
		var f *lowrank.PCAComponents
		if f, err = pcaIn("pca", (*C.lithe_pca)(pca)).Components(b, o); err != nil {
			return err
		}
		return openResult(newResult(f), handleOut("result", result))
	})
}
