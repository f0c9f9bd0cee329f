package main

/*
#include "cgo.h"
*/
import "C"

import (
	"errors"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/mixture"
)

// kmeansRows is what k-means does with data of either precision.
type kmeansRows interface {
	fitKMeans(b *block, o *mixture.KMeansOptions) (*mixture.KMeans, error)
	assignKMeans(b *block, km *mixture.KMeans, labels []int64, sqDist []float64) error
}

func (x typed[T]) fitKMeans(b *block, o *mixture.KMeansOptions) (*mixture.KMeans, error) {
	km, err := mixture.FitKMeans(b, x.Matrix, o)
	if err == nil && !km.Converged {
		err = notConverged(km.Iterations)
	}
	return km, err
}

func (x typed[T]) assignKMeans(b *block, km *mixture.KMeans, labels []int64, sqDist []float64) error {
	return mixture.Assign(b, km, x.Matrix, b.threads(), labels, sqDist)
}

func kmeansOptions(b *block, x rows, sampleWeight, start *C.lithe_const_matrix, options *C.lithe_const_char) (*mixture.KMeansOptions, error) {
	o := &mixture.KMeansOptions{Threads: b.threads(), Progress: b.report}
	if err := settings(options, o); err != nil {
		return nil, err
	}
	n, d := x.shape()
	if sampleWeight != nil {
		o.SampleWeight = doubles("sample_weight", sampleWeight, n, 1)
	}
	if start != nil {
		o.Start = doubles("start", start, o.Clusters, d)
	}
	return o, nil
}

// kmeansOut holds the places of a fit's results; those the caller does not want are nil.
type kmeansOut struct {
	centers core.Matrix[float64]
	labels  []int64
	inertia []float64
	nIter   []int64
}

// kmeansOutputs checks the places before the work begins.
func kmeansOutputs(o *mixture.KMeansOptions, x rows, centers *C.lithe_const_matrix, labels *C.int64_t, inertia *C.double, nIter *C.int64_t) kmeansOut {
	n, d := x.shape()
	return kmeansOut{
		centers: output[float64]("centers", centers, o.Clusters, d),
		labels:  optional[int64]("labels", labels, n),
		inertia: optional[float64]("inertia", inertia, 1),
		nIter:   optional[int64]("n_iter", nIter, 1),
	}
}

// write stores the outcome of a fit, also one that comes with core.ErrNotConverged.
func (out kmeansOut) write(km *mixture.KMeans, err error) error {
	if err != nil && !errors.Is(err, core.ErrNotConverged) {
		return err
	}
	copyRows(out.centers, km.Centers)
	copy(out.labels, km.Labels)
	if out.inertia != nil {
		out.inertia[0] = km.Inertia
	}
	if out.nIter != nil {
		out.nIter[0] = int64(km.Iterations)
	}
	return err
}
