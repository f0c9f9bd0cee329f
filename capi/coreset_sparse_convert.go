package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
)

// sparseRowsIn checks a sparse matrix that is kept row after row.
func sparseRowsIn(name string, x *C.lithe_const_sparse) sparseView {
	v := checkSparse(name, x)
	if v.byColumns {
		refuse(errArgument, "%s must have the layout LITHE_CSR (1): row after row", name)
	}
	return v
}

// sparsePointsIn converts rows in LITHE_CSR.
func sparsePointsIn(name string, x *C.lithe_const_sparse) coreset.SparsePoints {
	v := sparseRowsIn(name, x)
	return sparseOf(v, pointsOf[float32, int32], pointsOf[float32, int64], pointsOf[float64, int32], pointsOf[float64, int64])(v)
}

func pointsOf[T core.Float, I int32 | int64](v sparseView) coreset.SparsePoints {
	return coreset.NewSparsePoints(v.rows, v.cols, elements[I](v.indptr, v.rows+1), elements[I](v.indices, v.nnz), elements[T](v.values, v.nnz))
}

func sparseKernel[T core.Float, I int32 | int64](v sparseView) coreset.Kernel {
	return coreset.SparseFeatureKernel(v.rows, v.cols, elements[I](v.indptr, v.rows+1), elements[I](v.indices, v.nnz), elements[T](v.values, v.nnz))
}
