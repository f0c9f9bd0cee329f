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

// pcaRows is what the statistics of principal components do with data of either precision.
type pcaRows interface {
	updatePCA(b *block, s *pca, sampleWeight *C.lithe_const_matrix) error
}

func (x typed[T]) updatePCA(b *block, s *pca, sampleWeight *C.lithe_const_matrix) error {
	var weights []float64
	if sampleWeight != nil {
		weights = doubles("sample_weight", sampleWeight, x.Rows, 1)
	}
	return lowrank.PCAUpdate(b, &s.PCAState, x.Matrix, weights, b.threads())
}

// pca is a lithe_pca that has passed pcaIn. What its arrays mean together is for the core to check.
type pca struct {
	lowrank.PCAState
	c *C.lithe_pca
}

// pcaIn converts an argument that holds what is kept of rows.
func pcaIn(name string, s *C.lithe_pca) *pca {
	switch {
	case s == nil:
		refuse(errArgument, "%s must not be NULL", name)
	case uintptr(unsafe.Pointer(s))%unsafe.Alignof(*s) != 0:
		refuse(errArgument, "the struct of %s is misaligned", name)
	case s.reserved != [len(s.reserved)]C.int64_t{}:
		refuse(errArgument, "%s.reserved must be 0", name)
	case s.rows < 0:
		refuse(core.ErrShape, "%s has seen %d rows", name, s.rows)
	case s.n < 0 || s.n >= math.MaxInt/8:
		refuse(core.ErrShape, "%s cannot have %d features", name, s.n)
	}
	part := func(field string, m *C.lithe_matrix) core.Matrix[float64] {
		if *m == (C.lithe_matrix{}) {
			return core.Matrix[float64]{}
		}
		return partner[float64](name+"."+field, (*C.lithe_const_matrix)(m))
	}
	return &pca{lowrank.PCAState{Mean: vector[float64](name+".mean", s.mean, int(s.n)), Gram: part("gram", &s.gram),
		Sketch: part("sketch", &s.sketch), Weight: float64(s.weight), SquaredNorm: float64(s.squared_norm),
		Lost: float64(s.lost), Rows: int64(s.rows)}, s}
}

// keep stores the numbers of statistics that have changed, unless that went wrong.
func (s *pca) keep(err error) error {
	if err == nil {
		s.c.weight, s.c.squared_norm = C.double(s.Weight), C.double(s.SquaredNorm)
		s.c.lost, s.c.rows = C.double(s.Lost), C.int64_t(s.Rows)
	}
	return err
}

func pcaOptions(b *block, options *C.lithe_const_char) (*lowrank.PCAOptions, error) {
	o := &lowrank.PCAOptions{Threads: b.threads()}
	return o, settings(options, o)
}

func pcaSizes(n int64, o *lowrank.PCAOptions, out []int64) error {
	if n < 1 || n >= math.MaxInt/8 {
		return invalid(core.ErrShape, "rows need at least one feature, n is %d", n)
	}
	size, err := o.Sizes(int(n))
	if err == nil {
		out[0] = int64(size)
	}
	return err
}
