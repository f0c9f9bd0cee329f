// The latent-class conditional logit, and with one class the multinomial logit. Letters: R rows, one per situation and
// alternative, in any order; P columns of x; K classes; N persons; Q membership coefficients of a class, the constant
// first. Person n is of class k with probability softmax_k(delta z_n), delta_K = 0, and then chooses by a logit of
// coefficients beta_k.
//
// A survey is given by x (R x P), choice (R: 1 where the alternative was chosen, else 0), ids (R: the situation), alts (R:
// the alternative; NULL: not known), avail (R: 0 where it could not be chosen; NULL: all could), panels (R: the person;
// NULL: a person of its own for each situation), weights and situation_weights (R x 1 float64, not negative, of persons and
// of situations within the likelihood of their person; NULL: 1) and membership (R x Q-1, dtype of x: covariates of the
// person; NULL: none). Choice sets may differ in size.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"cmp"

	"github.com/lithe-ml/lithe/core/softmix/choice"
)

// Fits the model to a survey. options is JSON text with the fields that lithe_describe("choice") lists; NULL or "" means the
// defaults. *result receives a handle, to be closed by lithe_free and read by lithe_result_..., with LITHE_OK and with
// LITHE_ENOCONV (max_iter was not enough); otherwise it is left alone. Parameters are the free coefficients, class by
// class, and then delta.
//
// Arrays: coefficients (K x P), membership (K x Q: delta), shares (K: mean probability of the classes), index (K P: the
// parameter behind each coefficient, -1 where it is fixed), covariance and robust (of the parameters: inverse of the
// observed information, and the sandwich clustered by person), information, gradient, posterior (N x K), person (N: their
// numbers, increasing), likelihoods (N: logarithms) and starts (objective where each start ended). The report has classes,
// columns, covariates (Q), persons, situations, rows (available ones), log_likelihood, null (log-likelihood of equal
// probabilities), parameters, converged, iterations, decrement (log-likelihood still to be gained), hits (starts that ended
// at the best), finished (starts that were followed to the end), singular (no standard errors), unbounded (a parameter
// that grows for ever because the choices of a class are separated, or -1), seconds, and the lists column_names and
// membership_names, those of the options, and person_labels, which is empty.
//
// A part of utility that is known, an offset, is a column whose coefficient the option fixed sets to 1 in every class.
//
// An iteration takes O(R P^2 K) operations; memory is 8 R P bytes, and 16 N K for each thread.
//
//export lithe_choice_fit
func lithe_choice_fit(x *C.lithe_const_matrix, choice, ids, alts, avail, panels *C.lithe_const_int64_t, weights, situationWeights, membership *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("result", result)
		return data.fitChoice(b, surveyArguments{choice, ids, alts, avail, panels, weights, situationWeights, membership}, options, out)
	})
}

// Writes to dst (R x K, float64) the probabilities with which classes of the given coefficients (K x P, float64) choose the
// alternative of each row among those of its situation; 0 for rows that are not available. Situations are those of ids, or
// of panels and ids. O(R P K).
//
//export lithe_choice_probabilities
func lithe_choice_probabilities(coefficients, x *C.lithe_const_matrix, ids, avail, panels *C.lithe_const_int64_t, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).chooseBy(b, coefficients, surveyArguments{ids: ids, avail: avail, panels: panels}, dst)
	})
}

// Writes to dst (n x K, float64) the probabilities of the classes before any choice is seen, for rows of covariates z (n x
// Q-1) and membership coefficients delta (K x Q, float64).
//
//export lithe_choice_memberships
func lithe_choice_memberships(delta, z, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("z", z).memberships(delta, dst)
	})
}

// Computes what the choices of a survey tell about the classes of its persons, for coefficients (K x P) and delta (K x Q),
// both float64. *result receives a handle, to be closed by lithe_free. Arrays: person (N: their numbers, increasing),
// posterior (N x K) and likelihoods (N: logarithms). O(R P K).
//
//export lithe_choice_posterior
func lithe_choice_posterior(coefficients, delta, x *C.lithe_const_matrix, choice, ids, alts, avail, panels *C.lithe_const_int64_t, situationWeights, membership *C.lithe_const_matrix, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("result", result)
		return data.classify(b, coefficients, delta, surveyArguments{choice, ids, alts, avail, panels, nil, situationWeights, membership}, out)
	})
}

// Makes a result like that of lithe_choice_fit of its arrays: coefficients (K x P), membership (K x Q), shares (K x 1), index (K P),
// covariance, robust and information (G x G, G parameters), gradient (G x 1), posterior (N x K), person (N), likelihoods (N x 1) and
// starts (starts x 1). report is JSON text with any members of the report of a fit; NULL or "": none. Its person_labels, N words, are
// what persons are called. *result receives a handle, to be closed by lithe_free.
//
//export lithe_choice_new
func lithe_choice_new(coefficients, membership, shares *C.lithe_const_matrix, index *C.lithe_const_int64_t, covariance, robust, information, gradient, posterior *C.lithe_const_matrix, person *C.lithe_const_int64_t, likelihoods, starts *C.lithe_const_matrix, report *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		out := handleOut("result", result)
		m := &choice.Model{Coefficients: copied("coefficients", coefficients), Membership: copied("membership", membership),
			Shares: copied("shares", shares).Data, Covariance: copied("covariance", covariance), Robust: copied("robust", robust),
			Information: copied("information", information), Gradient: copied("gradient", gradient).Data,
			Posterior: copied("posterior", posterior), Likelihoods: copied("likelihoods", likelihoods).Data, Starts: copied("starts", starts).Data}
		m.Index = positionsOf(vector[int64]("index", index, len(m.Coefficients.Data)))
		m.Person = positionsOf(vector[int64]("person", person, m.Posterior.Rows))
		if err := m.Recall([]byte(cmp.Or(optionalText(report), "{}"))); err != nil {
			return err
		}
		*out = handles.open(newResult(m))
		return nil
	})
}

// Saves the result of lithe_choice_fit, or of lithe_choice_new, to a file that every language reads, with all its digits. An
// existing file is replaced only once the new one is complete. Failures are LITHE_EFILE.
//
//export lithe_choice_save
func lithe_choice_save(result C.lithe_handle, path *C.lithe_const_char, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		m, err := choiceOf(resultAt(result))
		if err != nil {
			return err
		}
		return m.Save(text("path", path))
	})
}

// Loads what lithe_choice_save or another language wrote. *result receives a handle like that of lithe_choice_fit, to be closed by
// lithe_free. Anything wrong with the file is LITHE_EFILE, and the message says what.
//
//export lithe_choice_load
func lithe_choice_load(path *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		name, out := text("path", path), handleOut("result", result)
		m, err := choice.Load(name)
		if err != nil {
			return err
		}
		*out = handles.open(newResult(m))
		return nil
	})
}
