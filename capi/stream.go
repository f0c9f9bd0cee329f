// The singular value decomposition of a matrix A (m x n) that passes by once, in blocks of rows that come in any
// order, on one machine or several. A lithe_stream holds what is kept of it, in arrays of the caller, and that of
// different rows of A adds up. One more array, y (m x k, float64), has a row for each row of A, and is written block
// by block.
package main

/*
#include "cgo.h"
*/
import "C"

import "github.com/lithe-ml/lithe/core/lowrank"

// Writes the sizes of a lithe_stream for matrices of n columns to sizes3: k, s and q. options is JSON text with the
// fields that lithe_describe("lowrank_stream") lists; n_components must be set.
//
//export lithe_lowrank_stream_sizes
func lithe_lowrank_stream_sizes(n C.int64_t, options *C.lithe_const_char, sizes3 *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		out := vector[int64]("sizes3", sizes3, 3)
		o, err := streamOptions(b, options)
		if err != nil {
			return err
		}
		return streamSizes(int64(n), o, out)
	})
}

// Adds the rows first, first + 1, ... of A to stream, and writes their rows of y to y (b x k). rows (b x n) is not
// centred and not LITHE_PRODUCTS. Each row must come once. On a failure stream is as before. O(b n k) operations, or
// O(nnz k) for a sparse block, and O((b + n) k) to make the random matrices anew: blocks of many rows are faster than
// single ones.
//
//export lithe_lowrank_stream_update
func lithe_lowrank_stream_update(stream *C.lithe_stream, first C.int64_t, rows *C.lithe_const_operator, y *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		s := streamIn("stream", stream)
		return s.keep(operatorIn(b, "rows", rows).update(b, s, int64(first), y))
	})
}

// Adds to stream what other knows of different rows of the same A, in the numbering of A, with the same seed. other
// is not changed.
//
//export lithe_lowrank_stream_merge
func lithe_lowrank_stream_merge(stream *C.lithe_stream, other *C.lithe_const_stream, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		s := streamIn("stream", stream)
		return s.keep(lowrank.StreamMerge(&s.StreamState, &streamIn("other", (*C.lithe_stream)(other)).StreamState))
	})
}

// Computes the n_components leading singular triplets of the A that stream has seen, all of its rows; range_rows (m x
// k, float64) holds its rows in the order of A. With tol the smallest rank up to n_components whose estimated
// relative error is at most that. The result is one of lithe_lowrank_svd, all in float64, with method "stream" and
// error_method "sampled", within some 20 %. Array scree: the estimated relative error at rank 0, 1, ... up to k. O((m
// + n) k^2) operations.
//
//export lithe_lowrank_stream_svd
func lithe_lowrank_stream_svd(stream *C.lithe_const_stream, y *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		o, err := streamOptions(b, options)
		if err != nil {
			return err
		}
		s := streamIn("stream", (*C.lithe_stream)(stream))
		f, err := lowrank.StreamSVD(b, &s.StreamState, partner[float64]("y", y), o)
		if err != nil {
			return err
		}
		return openResult(newResult(f), handleOut("result", result))
	})
}
