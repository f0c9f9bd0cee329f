package main

/*
#include "cgo.h"
*/
import "C"

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/coreset"
)

// subsetRows is what weighted subsets are made of, in either precision.
type subsetRows interface {
	kCenter(b *block, o *coreset.KCenterOptions, out *int64) error
	lightweight(ctx context.Context, o *coreset.SampleOptions) (*coreset.Sample, error)
	sensitivity(ctx context.Context, o *coreset.SampleOptions) (*coreset.Sample, error)
	logistic(b *block, y []int32, o *coreset.LogisticOptions, out *int64) error
	gradients(activations *C.lithe_const_matrix) coreset.Gradients
	kernel(isMatrix bool) coreset.Kernel
	diagonal(b *block, kind string, other *C.lithe_const_matrix, weight []float64) ([]float64, error)
	glister(b *block, activations, logits, inputs *C.lithe_const_matrix, labels *C.lithe_const_int64_t, o *coreset.GlisterOptions, out *int64) error
	average(b *block, average *C.lithe_const_matrix, steps *C.int64_t, slot *C.lithe_const_int64_t, beta1 float64, corrected *C.lithe_const_matrix) error
	train(b *block, y []int32, testX *C.lithe_const_matrix, testY *C.lithe_const_int64_t, o *coreset.TrainOptions, out *int64) error
}

func (x typed[T]) kCenter(b *block, o *coreset.KCenterOptions, out *int64) error {
	return opened(coreset.KCenter(b, x.Matrix, o))(out)
}

func (x typed[T]) lightweight(ctx context.Context, o *coreset.SampleOptions) (*coreset.Sample, error) {
	return coreset.Lightweight(ctx, x.Matrix, o)
}

func (x typed[T]) sensitivity(ctx context.Context, o *coreset.SampleOptions) (*coreset.Sample, error) {
	return coreset.Sensitivity(ctx, x.Matrix, o)
}

func (x typed[T]) logistic(b *block, y []int32, o *coreset.LogisticOptions, out *int64) error {
	return opened(coreset.Logistic(b, x.Matrix, y, o))(out)
}

// sampled runs a sampler of n rows.
func sampled(b *block, n int, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, out *int64,
	sampler func(context.Context, *coreset.SampleOptions) (*coreset.Sample, error)) error {
	o := &coreset.SampleOptions{Threads: b.threads(), Progress: b.report, SampleWeight: optionalDoubles("sample_weight", sampleWeight, n)}
	if err := settings(options, o); err != nil {
		return err
	}
	return opened(sampler(b, o))(out)
}

// opened returns what gives a handle to something found, or the error instead.
func opened[R any](found *R, err error) func(out *int64) error {
	return func(out *int64) error {
		if err != nil {
			return err
		}
		*out = handles.open(newResult(found))
		return nil
	}
}

// optionalDoubles is doubles for a column of n values that may be NULL.
func optionalDoubles(name string, m *C.lithe_const_matrix, n int) []float64 {
	if m == nil {
		return nil
	}
	return doubles(name, m, n, 1)
}

// rowNumbers converts count positions, or none for NULL.
func rowNumbers(name string, p *C.lithe_const_int64_t, count C.int64_t) []int {
	if p == nil && count == 0 {
		return nil
	}
	values := vector[int64](name, p, int(count))
	list := make([]int, len(values))
	for i, v := range values {
		list[i] = int(v)
	}
	return list
}

// classLabels converts n labels to the 32 bits of the core.
func classLabels(name string, p *C.lithe_const_int64_t, n int) []int32 {
	values := vector[int64](name, p, n)
	labels := make([]int32, n)
	for i, v := range values {
		if v < math.MinInt32 || v > math.MaxInt32 {
			refuse(core.ErrOption, "entry %d of %s is %d; labels must fit 32 bits", i, name, v)
		}
		labels[i] = int32(v)
	}
	return labels
}

// optionalClasses is classLabels for labels that may be NULL.
func optionalClasses(name string, p *C.lithe_const_int64_t, n int) []int32 {
	if p == nil {
		return nil
	}
	return classLabels(name, p, n)
}
