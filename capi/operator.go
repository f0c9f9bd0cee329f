package main

/*
#include "cgo.h"
*/
import "C"

import (
	"errors"
	"math"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/lowrank"
)

// operator is a lithe_operator of either precision, checked. Each room adds what it can do with one.
type operator interface{ lowrankOperator }

// operand is the matrix of one precision behind operator.
type operand[T core.Float] struct {
	lowrank.Operator[T]
	center bool
	dense  *core.Matrix[T] // A itself for LITHE_DENSE
}

// checkOperator refuses a struct whose fields must not be looked at, or cannot be what they are.
func checkOperator(name string, a *C.lithe_const_operator) {
	switch {
	case a == nil:
		refuse(errArgument, "%s must not be NULL", name)
	case uintptr(unsafe.Pointer(a))%unsafe.Alignof(*a) != 0:
		refuse(errArgument, "the struct of %s is misaligned", name)
	case a.reserved != [len(a.reserved)]C.int32_t{}:
		refuse(errArgument, "%s.reserved must be 0", name)
	case a.center != 0 && a.center != 1:
		refuse(errArgument, "%s.center must be 0 or 1, got %d", name, a.center)
	}
}

// operatorIn converts an argument that holds a matrix in any form.
func operatorIn(b *block, name string, a *C.lithe_const_operator) operator {
	checkOperator(name, a)
	center := a.center == 1
	switch a.kind {
	case C.LITHE_DENSE, C.LITHE_DENSE_TRANSPOSED:
		v := check(name+".dense", a.dense)
		if v.dtype == C.LITHE_FLOAT32 {
			return denseOperand(b, matrix[float32](v), a.kind == C.LITHE_DENSE_TRANSPOSED, center)
		}
		return denseOperand(b, matrix[float64](v), a.kind == C.LITHE_DENSE_TRANSPOSED, center)
	case C.LITHE_COMPRESSED:
		return sparseOperand(b, checkSparse(name+".sparse", a.sparse), center)
	case C.LITHE_PRODUCTS, C.LITHE_ROW_BLOCKS:
		return calledOperand(b, name, a, center)
	}
	refuse(errArgument, "%s has unknown kind %d, expected LITHE_DENSE (1) to LITHE_ROW_BLOCKS (5)", name, a.kind)
	return nil
}

// made joins an operator with what else is known about it, or refuses it.
func made[T core.Float](op lowrank.Operator[T], err error, center bool) operand[T] {
	if err != nil {
		panic(refusal{err})
	}
	return operand[T]{Operator: op, center: center}
}

func denseOperand[T core.Float](b *block, x core.Matrix[T], transposed, center bool) operator {
	if transposed {
		op, err := lowrank.NewDenseTransposed(x, b.threads())
		return made(op, err, center)
	}
	op, err := lowrank.NewDense(x, b.threads())
	a := made(op, err, center)
	a.dense = &x
	return a
}

func sparseOperand(b *block, v sparseView, center bool) operator {
	return sparseOf(v, compressed[float32, int32], compressed[float32, int64], compressed[float64, int32], compressed[float64, int64])(b, v, center)
}

func compressed[T core.Float, I lowrank.Index](b *block, v sparseView, center bool) operator {
	make := lowrank.NewCSR[T, I]
	if v.byColumns {
		make = lowrank.NewCSC[T, I]
	}
	op, err := make(v.rows, v.cols, elements[I](v.indptr, v.major()+1), elements[I](v.indices, v.nnz),
		elements[T](v.values, v.nnz), b.threads())
	return made(op, err, center)
}

// checkCalled refuses an impossible operator of the kinds that are known through functions.
func checkCalled(name string, a *C.lithe_const_operator) {
	switch {
	case a.dtype != C.LITHE_FLOAT32 && a.dtype != C.LITHE_FLOAT64:
		panic(refusal{unknownType(name, a.dtype)})
	case a.rows < 0 || a.cols < 0:
		refuse(core.ErrShape, "%s has negative shape %d x %d", name, a.rows, a.cols)
	case a.rows >= math.MaxInt/8 || a.cols >= math.MaxInt/8:
		refuse(core.ErrShape, "%s of shape %d x %d overflows the address space", name, a.rows, a.cols)
	case a.kind == C.LITHE_PRODUCTS && a.product == nil:
		refuse(errArgument, "%s.product must not be NULL", name)
	case a.kind == C.LITHE_ROW_BLOCKS && a.next_rows == nil:
		refuse(errArgument, "%s.next_rows must not be NULL", name)
	}
}

// calledOperand converts the kinds that are known through functions.
func calledOperand(b *block, name string, a *C.lithe_const_operator, center bool) operator {
	checkCalled(name, a)
	if a.dtype == C.LITHE_FLOAT32 {
		return called[float32](b, callbacks{name, a}, center)
	}
	return called[float64](b, callbacks{name, a}, center)
}

func called[T core.Float](b *block, c callbacks, center bool) operator {
	rows, cols := int(c.a.rows), int(c.a.cols)
	if c.a.kind == C.LITHE_ROW_BLOCKS {
		op, err := lowrank.NewRowBlocks(rows, cols, eachBlock[T](c), b.threads())
		return made(op, err, center)
	}
	op, err := lowrank.NewFunc(rows, cols, product[T](c, false), product[T](c, true))
	return made(op, err, center)
}

// prepared returns the matrix that is meant, centred if it is to be, with its means then.
func (a operand[T]) prepared(b *block) (lowrank.Operator[T], []float64, error) {
	if !a.center {
		return a.Operator, nil, nil
	}
	means, err := a.means(b)
	if err != nil {
		return nil, nil, err
	}
	op, err := lowrank.Centered(a.Operator, means)
	return op, means, err
}

// means returns the means of the columns of A. An error about NaN or infinity in them, which knows the column only, is
// replaced by one that names the place where there is a way to find it.
func (a operand[T]) means(b *block) ([]float64, error) {
	means, err := lowrank.ColumnMeans(b, a.Operator)
	if known, ok := a.Operator.(lowrank.Normed); ok && errors.Is(err, core.ErrNotFinite) {
		if _, found := known.SquaredNorm(b); errors.Is(found, core.ErrNotFinite) {
			return nil, found
		}
	}
	return means, err
}
