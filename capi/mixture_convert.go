package main

/*
#include "cgo.h"
*/
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/mixture"
)

// mixtureRows is what the mixture room does with data of either precision.
type mixtureRows interface {
	fitMixture(b *block, o *mixture.Options) (*mixture.Model, error)
	partialFitMixture(b *block, before *mixture.Stepwise, o *mixture.Options) (*mixture.Stepwise, error)
	scoreMixture(b *block, m *mixture.Model, dst []float64) error
	predictMixture(b *block, m *mixture.Model, dst []int64) error
	posteriorMixture(b *block, m *mixture.Model, dst *C.lithe_const_matrix) error
	topPosteriorMixture(b *block, m *mixture.Model, k int, ids []int32, dst *C.lithe_const_matrix) error
	transformMixture(b *block, m *mixture.Model, dst *C.lithe_const_matrix) error
	denoiseMixture(b *block, m *mixture.Model, noiseVariance float64, dst *C.lithe_const_matrix) error
	sampleMixture(b *block, m *mixture.Model, seed uint64, labels []int64) error
	conditionalMixture(b *block, m *mixture.Model, features []int, mean, covariance *C.lithe_const_matrix) error
	checkSearchMixture(b *block, m *mixture.Model) (mixture.SearchReport, error)
	entropyMixture(b *block, m *mixture.Model, dst []float64) error
	selectMixture(b *block, warm bool, candidates []int, criterion string, heldOut *C.lithe_const_matrix, o *mixture.Options) (*mixture.Model, []mixture.Candidate, error)
	imputeMixture(b *block, m *mixture.Model, dst *C.lithe_const_matrix) error
	imputeDrawMixture(b *block, m *mixture.Model, seed uint64, dst *C.lithe_const_matrix) error
}

func (x typed[T]) fitMixture(b *block, o *mixture.Options) (*mixture.Model, error) {
	m, err := mixture.FitMatrix(b, x.Matrix, o)
	if err == nil && !m.Converged {
		err = notConverged(m.Iterations)
	}
	return m, err
}

func (x typed[T]) scoreMixture(b *block, m *mixture.Model, dst []float64) error {
	return mixture.ScoreSamples(b, m, x.Matrix, b.threads(), dst)
}

func (x typed[T]) predictMixture(b *block, m *mixture.Model, dst []int64) error {
	return mixture.Predict(b, m, x.Matrix, b.threads(), dst)
}

func (x typed[T]) posteriorMixture(b *block, m *mixture.Model, dst *C.lithe_const_matrix) error {
	return mixture.Posterior(b, m, x.Matrix, b.threads(), output[T]("dst", dst, x.Rows, m.Components))
}

func (x typed[T]) topPosteriorMixture(b *block, m *mixture.Model, k int, ids []int32, dst *C.lithe_const_matrix) error {
	return mixture.TopPosterior(b, m, x.Matrix, b.threads(), k, ids, output[T]("dst", dst, x.Rows, k))
}

func (x typed[T]) transformMixture(b *block, m *mixture.Model, dst *C.lithe_const_matrix) error {
	return mixture.Transform(b, m, x.Matrix, b.threads(), output[T]("dst", dst, x.Rows, m.Factors))
}

func (x typed[T]) denoiseMixture(b *block, m *mixture.Model, noiseVariance float64, dst *C.lithe_const_matrix) error {
	return mixture.Denoise(b, m, x.Matrix, b.threads(), noiseVariance, output[T]("dst", dst, x.Rows, x.Cols))
}

// sampleMixture overwrites x.
func (x typed[T]) sampleMixture(b *block, m *mixture.Model, seed uint64, labels []int64) error {
	return mixture.Sample(b, m, seed, b.threads(), x.Matrix, labels)
}

func mixtureAt(h C.lithe_handle) *mixture.Model { return at[*mixture.Model](int64(h)) }

// openMixture gives a handle to a model, also to one that comes with core.ErrNotConverged.
func openMixture(m *mixture.Model, err error, out *int64) error {
	if err == nil || errors.Is(err, core.ErrNotConverged) {
		*out = handles.open(m)
	}
	return err
}

func notConverged(iterations int) error {
	return fmt.Errorf("%w after %d iterations; raise max_iter or tol, or accept the result", core.ErrNotConverged, iterations)
}

// mixtureOptions collects everything that shapes a fit.
func mixtureOptions(b *block, x rows, sampleWeight *C.lithe_const_matrix, start *C.lithe_const_mixture_start, options *C.lithe_const_char) (*mixture.Options, error) {
	n, d := x.shape()
	return mixtureOptionsFor(b, n, d, sampleWeight, start, options)
}

// mixtureOptionsFor is mixtureOptions for n rows of d features.
func mixtureOptionsFor(b *block, n, d int, sampleWeight *C.lithe_const_matrix, start *C.lithe_const_mixture_start, options *C.lithe_const_char) (*mixture.Options, error) {
	o := &mixture.Options{Threads: b.threads(), Progress: b.report}
	if err := settings(options, o); err != nil {
		return nil, err
	}
	if sampleWeight != nil {
		o.SampleWeight = doubles("sample_weight", sampleWeight, n, 1)
	}
	if start != nil {
		o.Start = mixtureStart(start, o.Components, d, o.Factors, n)
	}
	return o, nil
}

// mixtureStart converts the parts of a start that are present.
func mixtureStart(s *C.lithe_const_mixture_start, components, features, factors, n int) *mixture.Start {
	part := func(name string, m *C.lithe_matrix, rows, cols int) []float64 {
		if m.data == nil {
			return nil
		}
		return doubles("start."+name, (*C.lithe_const_matrix)(unsafe.Pointer(m)), rows, cols)
	}
	out := &mixture.Start{
		Weights:       part("weights", &s.weights, components, 1),
		Means:         part("means", &s.means, components, features),
		Loadings:      part("loadings", &s.loadings, components*features, factors),
		NoiseVariance: part("noise_variance", &s.noise_variance, components, features),
	}
	if s.dof != nil || s.n_dof != 0 {
		if int64(s.n_dof) != int64(components) {
			refuse(core.ErrShape, "start.n_dof must be the %d components, got %d", components, s.n_dof)
		}
		out.DOF = vector[float64]("start.dof", s.dof, components)
	}
	if s.labels != nil || s.n_labels != 0 {
		if int64(s.n_labels) != int64(n) {
			refuse(core.ErrShape, "start.n_labels must be the %d rows of x, got %d", n, s.n_labels)
		}
		out.Labels = vector[int64]("start.labels", s.labels, n)
	}
	return out
}

// parameters of a mixture, checked against each other.
type parameters struct {
	components, features, factors   int
	weights, means, loadings, noise []float64
}

func mixtureParameters(weights, means, loadings, noiseVariance *C.lithe_const_matrix) parameters {
	var p parameters
	p.components, p.features = sizes("means", means)
	p.means = doubles("means", means, p.components, p.features)
	p.weights = doubles("weights", weights, p.components, 1)
	p.noise = doubles("noise_variance", noiseVariance, p.components, p.features)
	if loadings != nil {
		_, p.factors = sizes("loadings", loadings)
		p.loadings = doubles("loadings", loadings, p.components*p.features, p.factors)
	}
	return p
}

func mixtureInfo(m *mixture.Model) string {
	text, err := json.Marshal(map[string]any{
		"n_components":    m.Components,
		"n_features":      m.Features,
		"n_factors":       m.Factors,
		"covariance_type": m.CovarianceType,
		"family":          m.Family,
		"loadings_type":   m.LoadingsType,
		"n_parameters":    m.Parameters(),
		"n_iter":          m.Iterations,
		"converged":       m.Converged,
		"lower_bound":     finite(m.LowerBound),
		"coverage_gap":    finite(m.CoverageGap),
		"n_history":       len(m.History),
		"n_neighbors":     m.Graph,
		"noise_type":      m.NoiseType,
		"missing":         m.Missing(),
		"dof_estimated":   m.DOFEstimated,
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// mixtureAttribute returns an attribute as a row-major matrix.
func mixtureAttribute(m *mixture.Model, name string) (rows, cols int, values []float64) {
	switch name {
	case "weights":
		return m.Components, 1, m.Weights
	case "means":
		return m.Components, m.Features, m.Means
	case "loadings":
		return m.Components * m.Features, m.Factors, m.Loadings
	case "noise_variance":
		return m.Components, m.Features, m.NoiseVariance
	case "dof":
		values = slices.Clone(m.DOF)
		for len(values) < m.Components {
			values = append(values, math.Inf(1))
		}
		return m.Components, 1, values
	case "history":
		for _, it := range m.History {
			values = append(values, it.Objective, it.Seconds, float64(it.Evaluations))
		}
		return len(m.History), 3, values
	case "neighbors":
		for _, c := range m.Neighbors {
			values = append(values, float64(c))
		}
		return m.Components, m.Graph, values
	}
	refuse(errArgument, "unknown attribute %q, known are weights, means, loadings, noise_variance, dof, history, neighbors", name)
	return 0, 0, nil
}

// mixtureGraph reads the component graph of m.
func mixtureGraph(m *mixture.Model, neighbors *C.lithe_const_matrix) []int32 {
	_, width := sizes("neighbors", neighbors)
	values := doubles("neighbors", neighbors, m.Components, width)
	graph := make([]int32, len(values))
	for i, v := range values {
		graph[i] = int32(v)
	}
	return graph
}

// mixtureHistory reads what mixtureAttribute makes of a history.
func mixtureHistory(history *C.lithe_const_matrix) (entries []mixture.Iteration) {
	n, _ := sizes("history", history)
	for values := doubles("history", history, n, 3); len(values) > 0; values = values[3:] {
		entries = append(entries, mixture.Iteration{Objective: values[0], Seconds: values[1], Evaluations: int64(values[2])})
	}
	return entries
}
