// Mixtures of softmax distributions. Letters: p cells with L features x (p x L), K classes. A draw is of class k with
// probability alpha_k, and then is cell j with probability softmax_j(x theta_k) among all cells. Data are counts (p x 1 float64)
// of the draws of each cell, or any other non-negative weights; what follows does not take longer for more draws.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"cmp"

	"github.com/lithe-ml/lithe/core/softmix"
)

// Fits a mixture to counts over the cells x (p x L) by maximum likelihood.
//
// start_theta (K x L, float64) and start_alpha (K x 1, float64, or NULL: equal) are the first of the starts; start_theta NULL:
// there is none but those that the option init asks for. options is JSON text with the fields that
// lithe_describe("softmix") lists; NULL or "" means the defaults. *result receives a handle, to be closed by lithe_free and read by
// lithe_result_..., with LITHE_OK and with LITHE_ENOCONV (max_iter was not enough, or a class has no finite maximum); otherwise it
// is left alone.
//
// Arrays: theta (K x L, most probable class first), alpha (K), normalizers (K: log sum_j exp(x_j theta_k)), pooled (L: the best fit
// with one class), candidate (L: the class that would raise the likelihood most; empty without a search), covariance (K L + K square,
// of theta class by class and alpha; empty where there is none), standard_errors (K L + K), effective_support (K: 1 / sum_j of
// squared probabilities), counts (p), and the positions empty (classes of less than one draw) and at_edge (classes likely without a finite
// maximum). The report has log_likelihood and objective (less the ridge; of all draws, in nats), draws, ridge, cells, seen_cells, entropy
// (of the posterior, of all draws), entropy_r2, parameters, aic, bic, caic, adjusted_bic, icl, converged, decrement
// (log-likelihood still to be gained), iterations, evaluations, sampled (cells
// without counts that normalizers were estimated from on the way; 0: exact), starts, finished (starts that were followed to the maximum), hits
// (those that ended at the best), certificate (lower estimate of what any number of classes can gain per draw), singular (no
// standard errors) and condition (of the information, from below).
//
// An evaluation of one start takes 4 p L K operations, an iteration of Newton's method p (K L^2 + (K L + K)^2); memory is about 25
// MB, 8 p K and 8 (K L + K)^2 bytes.
//
//export lithe_softmix_fit
func lithe_softmix_fit(x, counts, startTheta, startAlpha *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("result", result)
		o, err := softmixOptions(b, data, startTheta, startAlpha, options)
		if err != nil {
			return err
		}
		m, err := data.fitSoftmix(b, counts, o)
		if err != nil {
			return err
		}
		return openSoftmix(m, out)
	})
}

// Writes the covariance of theta (class by class) and alpha to dst (K L + K square, float64) for a mixture that has been fitted to
// counts over x with the given ridge. kind is "observed", "expected" or "robust". LITHE_ENUMERIC if the information is singular.
//
//export lithe_softmix_covariance
func lithe_softmix_covariance(theta, alpha, x, counts *C.lithe_const_matrix, kind *C.lithe_const_char, ridge C.double, run *C.lithe_run, dst *C.lithe_const_matrix) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).softmixCovariance(b, softmixMixture(theta, alpha, nil), counts, text("kind", kind), float64(ridge), dst)
	})
}

// Writes, for cells x (n x L) and a mixture with the normalizers of its fit (K x 1, float64), the probabilities of the classes
// given a draw of the cell to dst (n x K, dtype of x, or NULL), and the logarithms of the probabilities of the cells to log_prob
// (n, or NULL). O(n L K).
//
//export lithe_softmix_posterior
func lithe_softmix_posterior(theta, alpha, normalizers, x, dst *C.lithe_const_matrix, logProb *C.double, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).softmixPosterior(b, softmixMixture(theta, alpha, normalizers), dst, logProb)
	})
}

// Draws n times from a mixture over the cells x (p x L): the cells go to rows (n), and the classes they come from to classes (n, or
// NULL). The same seed gives the same draws.
//
//export lithe_softmix_sample
func lithe_softmix_sample(theta, alpha, x *C.lithe_const_matrix, seed C.uint64_t, n C.int64_t, rows, classes *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		drawn := vector[int64]("rows", rows, int(n))
		return input("x", x).softmixSample(b, softmixMixture(theta, alpha, nil), uint64(seed), drawn, optional[int64]("classes", classes, int(n)))
	})
}

// Makes a result like that of lithe_softmix_fit of parameters: theta (K x L), alpha and normalizers (K x 1), and, or NULL, pooled and
// candidate (L x 1), covariance (K L + K square), effective_support (K x 1), counts (p x 1); all float64. report is JSON text with
// any members of the report of a fit, and the lists "empty" and "at_edge"; NULL or "": none. *result receives a handle, to be closed
// by lithe_free.
//
//export lithe_softmix_new
func lithe_softmix_new(theta, alpha, normalizers, pooled, candidate, covariance, effectiveSupport, counts *C.lithe_const_matrix, report *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		out := handleOut("result", result)
		m := softmixMixture(theta, alpha, normalizers)
		m.Pooled, m.Candidate = softmixArray("pooled", pooled, m.Features, 1), softmixArray("candidate", candidate, m.Features, 1)
		d := len(m.Theta) + len(m.Alpha)
		m.Covariance = softmixArray("covariance", covariance, d, d)
		m.EffectiveSupport = softmixArray("effective_support", effectiveSupport, m.Components, 1)
		if counts != nil {
			m.Cells, _ = sizes("counts", counts)
			m.Counts = softmixArray("counts", counts, m.Cells, 1)
		}
		if err := m.Recall([]byte(cmp.Or(optionalText(report), "{}"))); err != nil {
			return err
		}
		*out = handles.open(softmixReport(m))
		return nil
	})
}

// Saves the result of lithe_softmix_fit, or of lithe_softmix_new, to a file that every language reads, with all its digits. An
// existing file is replaced only once the new one is complete. Failures are LITHE_EFILE.
//
//export lithe_softmix_save
func lithe_softmix_save(result C.lithe_handle, path *C.lithe_const_char, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		m, err := softmixOf(resultAt(result))
		if err != nil {
			return err
		}
		return m.Save(text("path", path))
	})
}

// Loads what lithe_softmix_save or another language wrote. *result receives a handle like that of lithe_softmix_fit, to be closed by
// lithe_free. Anything wrong with the file is LITHE_EFILE, and the message says what.
//
//export lithe_softmix_load
func lithe_softmix_load(path *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		name, out := text("path", path), handleOut("result", result)
		m, err := softmix.Load(name)
		if err != nil {
			return err
		}
		*out = handles.open(softmixReport(m))
		return nil
	})
}
