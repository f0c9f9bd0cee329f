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

// stream is a lithe_stream that has passed streamIn. What its arrays mean together is for the core to check.
type stream struct {
	lowrank.StreamState
	c *C.lithe_stream
}

// streamIn converts an argument that holds what is known of a matrix.
func streamIn(name string, s *C.lithe_stream) *stream {
	switch {
	case s == nil:
		refuse(errArgument, "%s must not be NULL", name)
	case uintptr(unsafe.Pointer(s))%unsafe.Alignof(*s) != 0:
		refuse(errArgument, "the struct of %s is misaligned", name)
	case s.reserved != [len(s.reserved)]C.int64_t{}:
		refuse(errArgument, "%s.reserved must be 0", name)
	case s.rows < 0:
		refuse(core.ErrShape, "%s has seen %d rows", name, s.rows)
	}
	part := func(field string, m *C.lithe_matrix) core.Matrix[float64] {
		return partner[float64](name+"."+field, (*C.lithe_const_matrix)(m))
	}
	return &stream{lowrank.StreamState{Seed: uint64(s.seed), CoRange: part("co_range", &s.co_range), Core: part("core", &s.core),
		Check: part("check", &s.check), SquaredNorm: float64(s.squared_norm), Rows: int64(s.rows)}, s}
}

// keep stores the numbers of a stream that has changed, unless that went wrong.
func (s *stream) keep(err error) error {
	if err == nil {
		s.c.squared_norm, s.c.rows = C.double(s.SquaredNorm), C.int64_t(s.Rows)
	}
	return err
}

func (a operand[T]) update(b *block, s *stream, first int64, y *C.lithe_const_matrix) error {
	if a.center {
		refuse(errArgument, "rows.center must be 0")
	}
	return lowrank.StreamUpdate(b, &s.StreamState, first, a.Operator, partner[float64]("y", y), b.threads())
}

func streamOptions(b *block, options *C.lithe_const_char) (*lowrank.StreamOptions, error) {
	o := &lowrank.StreamOptions{Threads: b.threads()}
	return o, settings(options, o)
}

func streamSizes(n int64, o *lowrank.StreamOptions, out []int64) error {
	if n < 1 || n >= math.MaxInt/8 {
		return invalid(core.ErrShape, "a stream needs at least one column, n is %d", n)
	}
	k, s, q := o.Sizes(int(n))
	out[0], out[1], out[2] = int64(k), int64(s), int64(q)
	return nil
}
