package main

/*
#include "cgo.h"
*/
import "C"

import (
	"math"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/lowrank"
)

// kernel is a lithe_kernel of either precision, checked.
type kernel interface {
	cholesky(b *block, options *C.lithe_const_char, out *int64) error
}

// kernelOf is the matrix of one precision behind kernel.
type kernelOf[T core.Float] struct{ lowrank.Kernel[T] }

// kernelIn converts an argument that holds a positive semidefinite matrix by its columns.
func kernelIn(b *block, name string, a *C.lithe_const_kernel) kernel {
	switch {
	case a == nil:
		refuse(errArgument, "%s must not be NULL", name)
	case uintptr(unsafe.Pointer(a))%unsafe.Alignof(*a) != 0:
		refuse(errArgument, "the struct of %s is misaligned", name)
	case a.reserved != [len(a.reserved)]C.int32_t{}:
		refuse(errArgument, "%s.reserved must be 0", name)
	}
	switch a.kind {
	case C.LITHE_KERNEL_DENSE, C.LITHE_KERNEL_RBF, C.LITHE_KERNEL_MATERN32, C.LITHE_KERNEL_MATERN52:
		v := check(name+".data", a.data)
		if v.dtype == C.LITHE_FLOAT32 {
			return givenKernel(b, a, matrix[float32](v))
		}
		return givenKernel(b, a, matrix[float64](v))
	case C.LITHE_KERNEL_CALLBACK:
		checkCalledKernel(name, a)
		if a.dtype == C.LITHE_FLOAT32 {
			return kernelOf[float32]{calledKernel[float32]{name, a}}
		}
		return kernelOf[float64]{calledKernel[float64]{name, a}}
	}
	refuse(errArgument, "%s has unknown kind %d, expected LITHE_KERNEL_DENSE (1) to LITHE_KERNEL_MATERN52 (5)", name, a.kind)
	return nil
}

func checkCalledKernel(name string, a *C.lithe_const_kernel) {
	switch {
	case a.dtype != C.LITHE_FLOAT32 && a.dtype != C.LITHE_FLOAT64:
		panic(refusal{unknownType(name, a.dtype)})
	case a.size < 0 || a.size >= math.MaxInt/8:
		refuse(core.ErrShape, "%s has impossible size %d", name, a.size)
	case a.diagonal == nil:
		refuse(errArgument, "%s.diagonal must not be NULL", name)
	case a.columns == nil:
		refuse(errArgument, "%s.columns must not be NULL", name)
	}
}

// givenKernel converts the kinds that are known through their elements or through points.
func givenKernel[T core.Float](b *block, a *C.lithe_const_kernel, x core.Matrix[T]) kernel {
	var k lowrank.Kernel[T]
	var err error
	switch a.kind {
	case C.LITHE_KERNEL_DENSE:
		k, err = lowrank.NewDenseKernel(x)
	case C.LITHE_KERNEL_RBF:
		k, err = lowrank.NewRBFKernel(x, float64(a.parameter), b.threads())
	case C.LITHE_KERNEL_MATERN32:
		k, err = lowrank.NewMaternKernel(x, 1.5, float64(a.parameter), b.threads())
	case C.LITHE_KERNEL_MATERN52:
		k, err = lowrank.NewMaternKernel(x, 2.5, float64(a.parameter), b.threads())
	}
	if err != nil {
		panic(refusal{err})
	}
	return kernelOf[T]{k}
}

func (k kernelOf[T]) cholesky(b *block, options *C.lithe_const_char, out *int64) error {
	o := lowrankOptions(b)
	if err := settings(options, o); err != nil {
		return err
	}
	found, err := lowrank.RPCholesky(b, k.Kernel, o)
	if err != nil {
		return err
	}
	return openResult(newResult(found), out)
}
