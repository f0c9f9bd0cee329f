package main

/*
#include "cgo.h"
*/
import "C"

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/softmix"
)

// softmixRows is what softmax mixtures do with cells of either precision.
type softmixRows interface {
	fitSoftmix(b *block, counts *C.lithe_const_matrix, o *softmix.Options) (*softmix.Mixture, error)
	softmixCovariance(b *block, m *softmix.Mixture, counts *C.lithe_const_matrix, kind string, ridge float64, dst *C.lithe_const_matrix) error
	softmixPosterior(b *block, m *softmix.Mixture, dst *C.lithe_const_matrix, logProb *C.double) error
	softmixSample(b *block, m *softmix.Mixture, seed uint64, rows, classes []int64) error
}

func (x typed[T]) fitSoftmix(b *block, counts *C.lithe_const_matrix, o *softmix.Options) (*softmix.Mixture, error) {
	return softmix.FitMixture(b, x.Matrix, doubles("counts", counts, x.Rows, 1), o)
}

func (x typed[T]) softmixCovariance(b *block, m *softmix.Mixture, counts *C.lithe_const_matrix, kind string, ridge float64, dst *C.lithe_const_matrix) error {
	d := len(m.Theta) + len(m.Alpha)
	out := output[float64]("dst", dst, d, d)
	v, err := softmix.CovarianceOf(b, x.Matrix, doubles("counts", counts, x.Rows, 1), m, kind, ridge, b.threads())
	if err == nil {
		copyRows(out, v)
	}
	return err
}

func (x typed[T]) softmixPosterior(b *block, m *softmix.Mixture, dst *C.lithe_const_matrix, logProb *C.double) error {
	var out core.Matrix[T]
	if dst != nil {
		out = output[T]("dst", dst, x.Rows, m.Components)
	}
	return softmix.Posterior(b, m, x.Matrix, b.threads(), out, optional[float64]("log_prob", logProb, x.Rows))
}

func (x typed[T]) softmixSample(b *block, m *softmix.Mixture, seed uint64, rows, classes []int64) error {
	return softmix.Sample(b, m, x.Matrix, seed, b.threads(), rows, classes)
}

// softmixMixture makes a mixture of parameters; normalizers may be NULL where they are not needed.
func softmixMixture(theta, alpha, normalizers *C.lithe_const_matrix) *softmix.Mixture {
	K, L := sizes("theta", theta)
	z := make([]float64, K)
	if normalizers != nil {
		z = doubles("normalizers", normalizers, K, 1)
	}
	m, err := softmix.NewMixture(doubles("theta", theta, K, L), doubles("alpha", alpha, K, 1), z, L)
	if err != nil {
		panic(refusal{err})
	}
	return m
}

func softmixOptions(b *block, x rows, startTheta, startAlpha *C.lithe_const_matrix, options *C.lithe_const_char) (*softmix.Options, error) {
	o := &softmix.Options{Threads: b.threads(), Progress: b.report}
	if err := settings(options, o); err != nil {
		return nil, err
	}
	if startTheta != nil {
		_, L := x.shape()
		o.Start = &softmix.Start{Theta: doubles("start_theta", startTheta, o.Components, L)}
		if startAlpha != nil {
			o.Start.Alpha = doubles("start_alpha", startAlpha, o.Components, 1)
		}
	}
	return o, nil
}

// softmixResult is a fit as lithe_result_... reads it.
type softmixResult struct {
	Theta                                                                   core.Matrix[float64]
	Alpha, Normalizers, Pooled, Candidate, StandardErrors, EffectiveSupport []float64
	Counts                                                                  []float64
	Covariance                                                              core.Matrix[float64]
	Empty, AtEdge                                                           []int
	LogLikelihood, Objective, Draws, Ridge                                  float64
	Cells, SeenCells, Parameters                                            int
	Entropy, EntropyR2, AIC, BIC, CAIC, AdjustedBIC, ICL                    float64
	Converged                                                               bool
	Decrement                                                               float64
	Iterations, Evaluations, Sampled, Starts, Finished, Hits                int
	Certificate                                                             float64
	Singular                                                                bool
	Condition                                                               float64
}

// openSoftmix gives a handle to a fit, also to one that has not converged.
func openSoftmix(m *softmix.Mixture, out *int64) error {
	r := softmixReport(m)
	if edge := slices.Index(m.AtEdge, true); !m.Converged && edge >= 0 {
		*out = handles.open(r)
		return fmt.Errorf("%w: class %d has gone to the edge of the cells and has no finite maximum; set ridge to 1, lower n_components, or "+
			"accept the result", core.ErrNotConverged, edge)
	}
	return openResult(r, out)
}

func softmixReport(m *softmix.Mixture) *result {
	r := &softmixResult{
		Theta: dense(m.Theta, m.Components, m.Features), Alpha: m.Alpha, Normalizers: m.Normalizers, Pooled: m.Pooled,
		Candidate: m.Candidate, StandardErrors: m.StandardErrors, EffectiveSupport: m.EffectiveSupport,
		Empty: positions(m.Empty), AtEdge: positions(m.AtEdge),
		LogLikelihood: m.LogLikelihood, Objective: m.Objective, Draws: m.Draws, Ridge: m.Ridge, Counts: m.Counts,
		Cells: m.Cells, SeenCells: m.SeenCells, Parameters: m.Parameters(),
		Entropy: m.Entropy, EntropyR2: m.EntropyR2(), AIC: m.AIC(), BIC: m.BIC(), CAIC: m.CAIC(), AdjustedBIC: m.AdjustedBIC(), ICL: m.ICL(),
		Converged: m.Converged, Decrement: m.Decrement, Iterations: m.Iterations, Evaluations: int(m.Evaluations), Sampled: m.Sampled,
		Starts: m.Starts, Finished: m.Finished, Hits: m.Hits, Certificate: m.Certificate, Singular: m.Singular, Condition: m.Condition,
	}
	if m.Covariance != nil {
		d := len(m.StandardErrors)
		r.Covariance = dense(m.Covariance, d, d)
	}
	return newResult(r)
}

// dense is a matrix without gaps.
func dense(data []float64, rows, cols int) core.Matrix[float64] {
	return core.Matrix[float64]{Data: data, Rows: rows, Cols: cols, Stride: cols}
}

// positions lists where marks are set.
func positions(marks []bool) []int {
	out := []int{}
	for i, set := range marks {
		if set {
			out = append(out, i)
		}
	}
	return out
}

// softmixArray is a copy of an array, or nil for NULL.
func softmixArray(name string, m *C.lithe_const_matrix, rows, cols int) []float64 {
	if m == nil {
		return nil
	}
	return slices.Clone(doubles(name, m, rows, cols))
}

// softmixOf is the mixture of which a result tells.
func softmixOf(r *result) (*softmix.Mixture, error) {
	m := &softmix.Mixture{}
	for _, a := range []struct {
		name string
		to   *[]float64
	}{
		{"theta", &m.Theta}, {"alpha", &m.Alpha}, {"normalizers", &m.Normalizers}, {"pooled", &m.Pooled}, {"candidate", &m.Candidate},
		{"effective_support", &m.EffectiveSupport}, {"covariance", &m.Covariance}, {"counts", &m.Counts},
	} {
		found, err := r.array(a.name)
		if err != nil {
			return nil, err
		}
		values, ok := found.values.(core.Matrix[float64])
		if !ok {
			return nil, invalid(errArgument, "the result is not that of a softmax mixture")
		}
		*a.to = values.Data
		if a.name == "theta" {
			m.Components, m.Features = found.rows, found.cols
		}
	}
	facts := map[string]any{}
	if err := json.Unmarshal([]byte(r.report()), &facts); err != nil {
		return nil, err
	}
	for _, name := range []string{"empty", "at_edge"} {
		found, err := r.array(name)
		if err != nil {
			return nil, err
		}
		facts[name] = found.values
	}
	report, err := json.Marshal(facts)
	if err != nil {
		return nil, err
	}
	return m, m.Recall(report)
}
