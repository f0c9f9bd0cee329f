package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
)

func (x typed[T]) kernel(isMatrix bool) coreset.Kernel {
	if isMatrix {
		return coreset.MatrixKernel(x.Matrix)
	}
	return coreset.FeatureKernel(x.Matrix)
}

func (x typed[T]) train(b *block, y []int32, testX *C.lithe_const_matrix, testY *C.lithe_const_int64_t, o *coreset.TrainOptions, out *int64) error {
	var test core.Matrix[T]
	var labels []int32
	if testX != nil {
		test = partner[T]("test_x", testX)
		labels = classLabels("test_y", testY, test.Rows)
	}
	return opened(coreset.Train(b, x.Matrix, y, test, labels, o))(out)
}
