// K-means, the quantizer behind mixtures. Letters: n rows, D features, C clusters. Data is float32 or float64 as its
// dtype says, and must be finite (else LITHE_EDATA).
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core/mixture"
)

// Clusters the rows of x (n x D) by Lloyd's algorithm.
//
// sample_weight is NULL or n x 1 float64, non-negative. start is NULL or the C x D float64 initial centres. options is
// JSON text with the fields that lithe_describe("kmeans") lists; NULL or "" means the defaults. centers (C x D,
// float64, with C the option n_clusters), labels (n, or NULL), inertia (weighted sum of squared distances, or NULL)
// and n_iter (or NULL) receive the result with LITHE_OK and LITHE_ENOCONV, and are left alone otherwise. One iteration
// is O(n C D).
//
//export lithe_kmeans_fit
func lithe_kmeans_fit(x, sampleWeight, start *C.lithe_const_matrix, options *C.lithe_const_char, centers *C.lithe_const_matrix, labels *C.int64_t, inertia *C.double, nIter *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		data := input("x", x)
		o, err := kmeansOptions(b, data, sampleWeight, start, options)
		if err != nil {
			return err
		}
		out := kmeansOutputs(o, data, centers, labels, inertia, nIter)
		km, err := data.fitKMeans(b, o)
		return out.write(km, err)
	})
}

// Writes the nearest of centers (C x D, float64, C >= 1) of each row of x (n x D) to labels (n, or NULL) and the
// squared distance to it to sq_dist (n, or NULL). O(n C D).
//
//export lithe_kmeans_assign
func lithe_kmeans_assign(centers, x *C.lithe_const_matrix, labels *C.int64_t, sqDist *C.double, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		data := input("x", x)
		n, _ := data.shape()
		var km mixture.KMeans
		km.Clusters, km.Features = sizes("centers", centers)
		km.Centers = doubles("centers", centers, km.Clusters, km.Features)
		return data.assignKMeans(b, &km, optional[int64]("labels", labels, n), optional[float64]("sq_dist", sqDist, n))
	})
}
