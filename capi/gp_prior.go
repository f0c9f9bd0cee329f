// Gaussian processes before there are data: covariances and draws of a kernel, which is JSON text as for lithe_gp_fit.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/gp"
)

// Writes the covariances k(x_i, y_j), without White terms, to dst (m x l, float64) for the points x (m x d) and y (l x d, of the
// dtype of x).
//
//export lithe_gp_kernel_matrix
func lithe_gp_kernel_matrix(kernel *C.lithe_const_char, x, y, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		k, err := kernelText(kernel)
		if err != nil {
			return err
		}
		return input("x", x).kernelMatrixGP(b, k, y, dst)
	})
}

// Writes draws from the prior of a function with the kernel, without White terms, at the points x (m x d) to the columns of dst
// (m x draws, float64). Draws are functions: the same seed gives the same ones at any points.
//
//export lithe_gp_sample_prior
func lithe_gp_sample_prior(kernel *C.lithe_const_char, x *C.lithe_const_matrix, seed C.uint64_t, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		k, err := kernelText(kernel)
		if err != nil {
			return err
		}
		return input("x", x).samplePriorGP(b, k, uint64(seed), dst)
	})
}

func (x typed[T]) kernelMatrixGP(b *block, k gp.Kernel, y, dst *C.lithe_const_matrix) error {
	others, ok := input("y", y).(typed[T])
	if !ok {
		return invalid(errArgument, "y must have the dtype of x")
	}
	return gp.Evaluate(b, k, output[float64]("dst", dst, x.Rows, others.Rows), x.Matrix, others.Matrix, b.threads())
}

func (x typed[T]) samplePriorGP(b *block, k gp.Kernel, seed uint64, dst *C.lithe_const_matrix) error {
	_, draws := sizes("dst", dst)
	if draws < 1 {
		return invalid(core.ErrOption, "the number of draws must be at least 1")
	}
	return gp.DrawPrior(b, k, output[float64]("dst", dst, x.Rows, draws), x.Matrix, seed, b.threads())
}
