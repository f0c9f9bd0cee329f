package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
)

// facilityRows is the data of facility location that is a dense matrix of either precision.
type facilityRows interface {
	ground(kind string, activations *C.lithe_const_matrix) coreset.Ground
}

func (x typed[T]) ground(kind string, activations *C.lithe_const_matrix) coreset.Ground {
	if kind == "products" {
		return coreset.ProductRows(x.Matrix, partner[T]("activations", activations))
	}
	if activations != nil {
		refuse(errArgument, "activations must be NULL for kind %q", kind)
	}
	switch kind {
	case "rows":
		return coreset.Rows(x.Matrix)
	case "similarities":
		return coreset.Similarities(x.Matrix)
	case "distances":
		return coreset.Distances(x.Matrix)
	}
	refuse(errArgument, "kind must be one of [rows sparse_rows products similarities distances graph], got %q", kind)
	return nil
}

// groundIn converts the data of facility location.
func groundIn(kind string, x, activations *C.lithe_const_matrix, graph *C.lithe_const_sparse) coreset.Ground {
	if kind != "graph" && kind != "sparse_rows" {
		if graph != nil {
			refuse(errArgument, "graph must be NULL for kind %q", kind)
		}
		return input("x", x).ground(kind, activations)
	}
	if x != nil || activations != nil {
		refuse(errArgument, "x and activations must be NULL for kind %s", kind)
	}
	v := checkSparse("graph", graph)
	switch {
	case v.byColumns && kind == "sparse_rows":
		refuse(errArgument, "graph must have the layout LITHE_CSR (1): row after row")
	case kind == "sparse_rows":
		return sparseOf(v, sparsePoints[float32, int32], sparsePoints[float32, int64], sparsePoints[float64, int32],
			sparsePoints[float64, int64])(v)
	case v.byColumns:
		refuse(errArgument, "graph must have the layout LITHE_CSR (1): row i lists the candidates of client i")
	case v.rows != v.cols:
		refuse(core.ErrShape, "graph is %d x %d; it must be square", v.rows, v.cols)
	}
	return sparseOf(v, network[float32, int32], network[float32, int64], network[float64, int32], network[float64, int64])(v)
}

func network[T core.Float, I int32 | int64](v sparseView) coreset.Ground {
	return coreset.Graph(v.rows, elements[I](v.indptr, v.rows+1), elements[I](v.indices, v.nnz), elements[T](v.values, v.nnz))
}

func sparsePoints[T core.Float, I int32 | int64](v sparseView) coreset.Ground {
	return coreset.SparseRows(v.rows, v.cols, elements[I](v.indptr, v.rows+1), elements[I](v.indices, v.nnz), elements[T](v.values, v.nnz))
}

func facilityOptions(b *block, n int, clientWeights *C.lithe_const_matrix, groups, initial *C.lithe_const_int64_t, nInitial C.int64_t, candidates *C.lithe_const_int64_t, nCandidates C.int64_t, options *C.lithe_const_char) (*coreset.FacilityOptions, error) {
	o := &coreset.FacilityOptions{Threads: b.threads(), Progress: b.report, Groups: optionalClasses("groups", groups, n),
		ClientWeights: optionalDoubles("client_weights", clientWeights, n)}
	if initial != nil {
		o.Initial = rowNumbers("initial", initial, nInitial)
	}
	if candidates != nil {
		o.Candidates = rowNumbers("candidates", candidates, nCandidates)
	}
	return o, settings(options, o)
}

// facilityFacts adds what the report has besides the fields of the result.
type facilityFacts struct {
	coreset.Facilities
	Certificate   float64
	EffectiveSize float64
}

func selectFacilities(b *block, ground coreset.Ground, o *coreset.FacilityOptions, out *int64) error {
	f, err := coreset.SelectFacilities(b, ground, o)
	if err != nil {
		return err
	}
	return opened(&facilityFacts{*f, f.Certificate(), f.EffectiveSize()}, nil)(out)
}

func planFacilities(b *block, ground coreset.Ground, o *coreset.FacilityOptions, out *int64) error {
	return opened(coreset.PlanFacilities(b, ground, o))(out)
}
