// How many components a mixture should have. Letters as above; criteria are lower for better models.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/mixture"
)

// Writes the entropy of the posterior over components of each row of x (n x D) to dst (n), in nats. BIC plus twice their
// sum is the integrated complete-data likelihood criterion. O(n C D H).
//
//export lithe_mixture_entropies
func lithe_mixture_entropies(model C.lithe_handle, x *C.lithe_const_matrix, dst *C.double, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		data := input("x", x)
		n, _ := data.shape()
		return data.entropyMixture(b, mixtureAt(model), vector[float64]("dst", dst, n))
	})
}

// Fits a mixture to x (n x D) for each of the numbers of components candidates (n_candidates) and keeps the one with the
// lowest criterion: "aic", "bic", "icl" or "held_out", minus the mean log-density of the rows held_out (of the dtype of
// x; NULL unless that is the criterion or of interest). sample_weight and options are as for lithe_mixture_fit. path
// (n_candidates x 9, float64) tells of each: components, criterion, log-likelihood, aic, bic, icl, held_out (NaN
// without such rows), seconds, converged. *model receives a handle, to be closed by lithe_free.
//
//export lithe_mixture_select
func lithe_mixture_select(x, sampleWeight *C.lithe_const_matrix, candidates *C.lithe_const_int64_t, nCandidates C.int64_t, criterion *C.lithe_const_char, heldOut *C.lithe_const_matrix, options *C.lithe_const_char, path *C.lithe_const_matrix, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return selectMixture(b, false, x, sampleWeight, candidates, nCandidates, criterion, heldOut, options, path, model)
	})
}

// lithe_mixture_select with candidates that are fitted in increasing number, each but the first from the one before: the
// components whose split gains most are split, and EM goes on from there. m_step must be "em" and loadings_type "own" (else
// LITHE_EOPTION). path is in the order of candidates all the same.
//
//export lithe_mixture_select_warm
func lithe_mixture_select_warm(x, sampleWeight *C.lithe_const_matrix, candidates *C.lithe_const_int64_t, nCandidates C.int64_t, criterion *C.lithe_const_char, heldOut *C.lithe_const_matrix, options *C.lithe_const_char, path *C.lithe_const_matrix, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		return selectMixture(b, true, x, sampleWeight, candidates, nCandidates, criterion, heldOut, options, path, model)
	})
}

func selectMixture(b *block, warm bool, x, sampleWeight *C.lithe_const_matrix, candidates *C.lithe_const_int64_t, nCandidates C.int64_t, criterion *C.lithe_const_char, heldOut *C.lithe_const_matrix, options *C.lithe_const_char, path *C.lithe_const_matrix, model *C.lithe_handle) error {
	data, out := input("x", x), handleOut("model", model)
	o, err := mixtureOptions(b, data, sampleWeight, nil, options)
	if err != nil {
		return err
	}
	if nCandidates < 1 {
		refuse(core.ErrShape, "n_candidates must be at least 1, got %d", int64(nCandidates))
	}
	counts := positionsOf(vector[int64]("candidates", candidates, int(nCandidates)))
	m, tried, err := data.selectMixture(b, warm, counts, text("criterion", criterion), heldOut, o)
	if err != nil {
		return err
	}
	var values []float64
	for _, t := range tried {
		converged := 0.0
		if t.Converged {
			converged = 1
		}
		values = append(values, float64(t.Components), t.Value, t.LogLikelihood, t.AIC, t.BIC, t.ICL, t.HeldOut, t.Seconds, converged)
	}
	fill("path", path, len(tried), 9, values)
	return openMixture(m, nil, out)
}

func (x typed[T]) entropyMixture(b *block, m *mixture.Model, dst []float64) error {
	return mixture.Entropies(b, m, x.Matrix, b.threads(), dst)
}

func (x typed[T]) selectMixture(b *block, warm bool, candidates []int, criterion string, heldOut *C.lithe_const_matrix, o *mixture.Options) (*mixture.Model, []mixture.Candidate, error) {
	var held core.Matrix[T]
	if heldOut != nil {
		n, d := sizes("held_out", heldOut)
		held = output[T]("held_out", heldOut, n, d)
	}
	if warm {
		return mixture.SelectComponentsWarm(b, x.Matrix, candidates, criterion, held, o)
	}
	return mixture.SelectComponents(b, x.Matrix, candidates, criterion, held, o)
}
