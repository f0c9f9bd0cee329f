package main

/*
#include "cgo.h"
*/
import "C"

import (
	"context"
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/lowrank"
)

// lowrankOperator is what the lowrank room does with a matrix of either precision. out is where the handle of the result
// goes.
type lowrankOperator interface {
	decompose(b *block, method string, options *C.lithe_const_char, out *int64) error
	probe(b *block, quantity string, options *C.lithe_const_char, out *int64) error
	qrcp(b *block, name string, options *C.lithe_const_char, out *int64) error
	solve(b *block, right *C.lithe_const_matrix, mu float64, options *C.lithe_const_char, out *int64) error
	norm(b *block, kind string, options *C.lithe_const_char, out *int64) error
	columnMeans(b *block, means *C.double) error
	logDet(b *block, options *C.lithe_const_char, out *int64) error
	sketch(b *block, options *C.lithe_const_char, out *int64) error
	update(b *block, s *stream, first int64, y *C.lithe_const_matrix) error
}

// method is a function of the core that takes an operator and options; what it finds is a pointer to a struct.
type method[T core.Float, O any] func(ctx context.Context, a lowrank.Operator[T], o *O) (any, error)

// returning makes a method of a function whose result has a type of its own.
func returning[T core.Float, O, R any](f func(context.Context, lowrank.Operator[T], *O) (*R, error)) method[T, O] {
	return func(ctx context.Context, a lowrank.Operator[T], o *O) (any, error) { return f(ctx, a, o) }
}

func decompositions[T core.Float]() map[string]method[T, lowrank.Options] {
	return map[string]method[T, lowrank.Options]{
		"svd":          returning(lowrank.SVD[T]),
		"range_finder": returning(lowrank.RangeFinder[T]),
		"qb":           returning(lowrank.QB[T]),
		"eigh":         returning(lowrank.EigH[T]),
		"nystrom":      returning(lowrank.Nystrom[T]),
		"column_id":    returning(lowrank.ColumnID[T]),
		"row_id":       returning(lowrank.RowID[T]),
		"cur":          returning(lowrank.CUR[T]),
	}
}

func probes[T core.Float]() map[string]method[T, lowrank.ProbeOptions] {
	return map[string]method[T, lowrank.ProbeOptions]{
		"trace":    returning(lowrank.Trace[T]),
		"diagonal": returning(lowrank.Diagonal[T]),
	}
}

func (a operand[T]) decompose(b *block, name string, options *C.lithe_const_char, out *int64) error {
	o := lowrankOptions(b)
	if err := settings(options, o); err != nil {
		return err
	}
	return apply(b, a, decompositions[T]()[name], o, out)
}

func (a operand[T]) probe(b *block, quantity string, options *C.lithe_const_char, out *int64) error {
	o := probeOptions(b)
	if err := settings(options, o); err != nil {
		return err
	}
	return apply(b, a, probes[T]()[quantity], o, out)
}

func (a operand[T]) norm(b *block, kind string, options *C.lithe_const_char, out *int64) error {
	o := probeOptions(b)
	if err := settings(options, o); err != nil {
		return err
	}
	return apply(b, a, func(ctx context.Context, a lowrank.Operator[T], o *lowrank.ProbeOptions) (any, error) {
		return lowrank.Norm(ctx, a, kind, o)
	}, o, out)
}

func (a operand[T]) solve(b *block, right *C.lithe_const_matrix, mu float64, options *C.lithe_const_char, out *int64) error {
	o := &lowrank.SolveOptions{Threads: b.threads(), Progress: b.report}
	if err := settings(options, o); err != nil {
		return err
	}
	targets := partner[T]("b", right)
	return apply(b, a, func(ctx context.Context, a lowrank.Operator[T], o *lowrank.SolveOptions) (any, error) {
		return lowrank.Ridge(ctx, a, targets, mu, o)
	}, o, out)
}

func (a operand[T]) qrcp(b *block, name string, options *C.lithe_const_char, out *int64) error {
	if a.dense == nil || a.center {
		refuse(errArgument, "%s must be given as LITHE_DENSE with center = 0", name)
	}
	o := lowrankOptions(b)
	if err := settings(options, o); err != nil {
		return err
	}
	return apply(b, a, func(ctx context.Context, _ lowrank.Operator[T], o *lowrank.Options) (any, error) {
		return lowrank.QRCP(ctx, *a.dense, o)
	}, o, out)
}

func (a operand[T]) logDet(b *block, options *C.lithe_const_char, out *int64) error {
	o := &lowrank.LogDetOptions{Threads: b.threads(), Progress: b.report}
	if err := settings(options, o); err != nil {
		return err
	}
	return apply(b, a, returning(lowrank.LogDet[T]), o, out)
}

// sketched is a sketch as a result.
type sketched[T core.Float] struct {
	Sketch core.Matrix[T]
	Seed   uint64
}

func (a operand[T]) sketch(b *block, options *C.lithe_const_char, out *int64) error {
	o := &lowrank.SketchOptions{Threads: b.threads()}
	if err := settings(options, o); err != nil {
		return err
	}
	return apply(b, a, func(ctx context.Context, a lowrank.Operator[T], o *lowrank.SketchOptions) (any, error) {
		found, err := lowrank.Sketch(ctx, a, o)
		return &sketched[T]{found, o.Seed}, err
	}, o, out)
}

func (a operand[T]) columnMeans(b *block, means *C.double) error {
	if a.center {
		refuse(errArgument, "a.center must be 0: the means of a centred matrix are 0")
	}
	_, n := a.Dims()
	dst := vector[float64]("means", means, n)
	found, err := a.means(b)
	copy(dst, found)
	return err
}

func lowrankOptions(b *block) *lowrank.Options {
	return &lowrank.Options{Threads: b.threads(), Progress: b.report}
}

func probeOptions(b *block) *lowrank.ProbeOptions {
	return &lowrank.ProbeOptions{Threads: b.threads(), Progress: b.report}
}

// apply calls a method with the operator and opens the result.
func apply[T core.Float, O any](b *block, a operand[T], f method[T, O], o *O, out *int64) error {
	op, means, err := a.prepared(b)
	if err != nil {
		return err
	}
	found, err := f(b, op, o)
	if err != nil {
		return err
	}
	r := newResult(found)
	if a.center {
		r.addVector("mean", means)
	}
	return openResult(r, out)
}

// openResult gives a handle to a result, also to one that is short of its tolerance.
func openResult(r *result, out *int64) error {
	*out = handles.open(r)
	if r.fact("converged") != false {
		return nil
	}
	for _, effort := range []struct{ name, remedy string }{
		{"iterations", "max_iter"}, {"passes", "max_passes or tol"}, {"columns", "n_components or tol"},
	} {
		if spent := r.fact(effort.name); spent != nil {
			return fmt.Errorf("%w after %d %s; raise %s, or accept the result", core.ErrNotConverged, spent, effort.name, effort.remedy)
		}
	}
	return core.ErrNotConverged
}
