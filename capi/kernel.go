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
	single := a.dtype == C.LITHE_FLOAT32
	var v view
	switch a.kind {
	case C.LITHE_KERNEL_DENSE:
		v = check(name+".data", a.data)
		single = v.dtype == C.LITHE_FLOAT32
	case C.LITHE_KERNEL_CALLBACK:
		checkCalledKernel(name, a)
	default:
		refuse(errArgument, "%s has unknown kind %d, expected LITHE_KERNEL_DENSE (1) or LITHE_KERNEL_CALLBACK (2)", name, a.kind)
	}
	if single {
		return newKernel[float32](name, a, v)
	}
	return newKernel[float64](name, a, v)
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

func newKernel[T core.Float](name string, a *C.lithe_const_kernel, v view) kernel {
	if a.kind == C.LITHE_KERNEL_CALLBACK {
		return kernelOf[T]{calledKernel[T]{name, a}}
	}
	k, err := lowrank.NewDenseKernel(matrix[T](v))
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
