package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/softmix/choice"
)

// choiceRows is what the choice models do with attributes of either precision.
type choiceRows interface {
	fitChoice(b *block, a surveyArguments, options *C.lithe_const_char, out *int64) error
	chooseBy(b *block, coefficients *C.lithe_const_matrix, a surveyArguments, dst *C.lithe_const_matrix) error
	memberships(delta, dst *C.lithe_const_matrix) error
	classify(b *block, coefficients, delta *C.lithe_const_matrix, a surveyArguments, out *int64) error
}

// surveyArguments are those of a survey besides x.
type surveyArguments struct {
	choice, ids, alts, avail, panels      *C.lithe_const_int64_t
	weights, situationWeights, membership *C.lithe_const_matrix
}

// survey is the arguments as the core reads them, on the caller's memory.
func survey[T core.Float](x core.Matrix[T], a surveyArguments) *choice.Survey[T] {
	n := x.Rows
	column := func(name string, m *C.lithe_const_matrix) []float64 {
		if m == nil {
			return nil
		}
		return doubles(name, m, n, 1)
	}
	s := &choice.Survey[T]{X: x,
		Chosen: optional[int64]("choice", a.choice, n), Case: vector[int64]("ids", a.ids, n),
		Alternative: optional[int64]("alts", a.alts, n), Available: optional[int64]("avail", a.avail, n),
		Person: optional[int64]("panels", a.panels, n),
		Weight: column("weights", a.weights), Exponent: column("situation_weights", a.situationWeights)}
	if a.membership != nil {
		s.Membership = partner[T]("membership", a.membership)
	}
	return s
}

func (x typed[T]) fitChoice(b *block, a surveyArguments, options *C.lithe_const_char, out *int64) error {
	o := &choice.Options{Threads: b.threads(), Progress: b.report}
	if err := settings(options, o); err != nil {
		return err
	}
	m, err := choice.Fit(b, survey(x.Matrix, a), o)
	if err != nil {
		return err
	}
	return openResult(newResult(m), out)
}

func (x typed[T]) chooseBy(b *block, coefficients *C.lithe_const_matrix, a surveyArguments, dst *C.lithe_const_matrix) error {
	beta := partner[float64]("coefficients", coefficients)
	return choice.Probabilities(b, b.threads(), beta, survey(x.Matrix, a), output[float64]("dst", dst, x.Rows, beta.Rows))
}

func (x typed[T]) memberships(delta, dst *C.lithe_const_matrix) error {
	d := partner[float64]("delta", delta)
	return choice.Memberships(d, x.Matrix, output[float64]("dst", dst, x.Rows, d.Rows))
}

func (x typed[T]) classify(b *block, coefficients, delta *C.lithe_const_matrix, a surveyArguments, out *int64) error {
	found, err := choice.Posterior(b, b.threads(), partner[float64]("coefficients", coefficients),
		partner[float64]("delta", delta), survey(x.Matrix, a))
	if err == nil {
		*out = handles.open(newResult(found))
	}
	return err
}

// copied is a copy of a matrix of float64.
func copied(name string, m *C.lithe_const_matrix) core.Matrix[float64] {
	from := partner[float64](name, m)
	to := core.NewMatrix[float64](from.Rows, from.Cols)
	copyMatrix(to, from)
	return to
}

func positionsOf(values []int64) []int {
	out := make([]int, len(values))
	for i, v := range values {
		out[i] = int(v)
	}
	return out
}

// choiceOf is the model of which a result tells.
func choiceOf(r *result) (*choice.Model, error) {
	m := &choice.Model{}
	for name, to := range map[string]any{
		"coefficients": &m.Coefficients, "membership": &m.Membership, "covariance": &m.Covariance, "robust": &m.Robust,
		"information": &m.Information, "posterior": &m.Posterior, "shares": &m.Shares, "likelihoods": &m.Likelihoods,
		"gradient": &m.Gradient, "starts": &m.Starts, "index": &m.Index, "person": &m.Person,
	} {
		found, err := r.array(name)
		if err != nil {
			return nil, invalid(errArgument, "the result is not that of a choice model: %v", err)
		}
		fits := false
		switch to := to.(type) {
		case *core.Matrix[float64]:
			*to, fits = found.values.(core.Matrix[float64])
		case *[]float64:
			var column core.Matrix[float64]
			column, fits = found.values.(core.Matrix[float64])
			*to = column.Data
		case *[]int:
			var values []int64
			values, fits = found.values.([]int64)
			*to = positionsOf(values)
		}
		if !fits {
			return nil, invalid(errArgument, "the result is not that of a choice model")
		}
	}
	return m, m.Recall([]byte(r.report()))
}
