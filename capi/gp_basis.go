// Sums of functions of continuous and categorical features, each a Gaussian process known through some basis functions: y =
// c + f_1(x) + ... + f_J(x) + noise. Letters: n training points x (n x d) with targets y (n), J terms with Q basis
// functions together, m test points. A continuous feature has sines on a range around the data, a categorical feature,
// whose values are 0, 1, ..., the eigenvectors of its kernel matrix, and a term of several features their products. All
// that training needs of the data are sums over the points, so that each step takes Q^3 operations for any n.
//
// A model never changes. Any number of threads may use it, one after the other.
package main

/*
#include "cgo.h"
*/
import "C"

import "github.com/lithe-ml/lithe/core/gp"

// Fits the functions to x (n x d) and y (n x 1, float64), by the largest marginal likelihood. options is JSON text with the
// fields that lithe_describe("gp_basis") lists; NULL or "" means the defaults. terms is an array of objects with the
// fields features (indices; more than one make an interaction), n_basis (optional), category_kernel (zerosum, identity or
// hamming) and category_matrix (C rows of C numbers, in place of category_kernel). *model receives a handle, to be closed
// by lithe_free, with LITHE_OK and with LITHE_ENOCONV (training ended early: the diagnostics of lithe_gp_basis_info say
// what to do); otherwise it is left alone. Takes n Q^2 operations once and memory of O(Q^2).
//
//export lithe_gp_basis_fit
func lithe_gp_basis_fit(x, y *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("model", model)
		o, err := basisOptions(b, options)
		if err != nil {
			return err
		}
		n, _ := data.shape()
		m, err := data.fitBasis(b, doubles("y", y, n, 1), o)
		if err != nil {
			return err
		}
		return openBasis(m, out)
	})
}

// Makes the model of the points of another one and of x (k x d) and y (k x 1, float64) together, trained from the parameters
// of that model, which stays as it is. Of the options, as for lithe_gp_basis_fit, those of training count. Takes k Q^2
// operations for the data.
//
//export lithe_gp_basis_update
func lithe_gp_basis_update(model C.lithe_handle, x, y *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, updated *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("updated", updated)
		o, err := basisOptions(b, options)
		if err != nil {
			return err
		}
		n, _ := data.shape()
		m, err := data.updateBasis(b, basisAt(model), doubles("y", y, n, 1), o)
		if err != nil {
			return err
		}
		return openBasis(m, out)
	})
}

// Makes a model from what lithe_gp_basis_get and lithe_gp_basis_info tell about another, all float64, which is copied: gram (Q
// x Q), moments (2 x Q) and theta (p x 1). design is the member of that name of the info, and state JSON text with the
// fields that lithe_describe("gp_basis_model") lists. Training is not repeated.
//
//export lithe_gp_basis_new
func lithe_gp_basis_new(gram, moments, theta *C.lithe_const_matrix, design, state *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("model", model)
		m, err := basisFromParts(b, gram, moments, theta, design, state)
		if err == nil {
			*out = handles.open(m)
		}
		return err
	})
}

// Writes the facts about a model to out, as a JSON object, by the protocol of lithe_describe: n_samples, n_features, n_columns
// (Q), n_terms (J), noise (its variance, in squared units of y), center (the mean of y), log_likelihood (log p(y); 0 for a
// model made from parts, as what follows), converged, n_iter, n_evaluations, seconds, the fields of
// lithe_describe("gp_basis_model"), arrays (the names for lithe_gp_basis_get), parameters (name and value of what theta
// holds the logarithms of), terms (label, features, n_columns, magnitude, length_scales, correlations and kernel_error
// of each, in units of the data), design, and diagnostics as lithe_gp_info.
//
//export lithe_gp_basis_info
func lithe_gp_basis_info(model C.lithe_handle, out *C.char, capacity C.int64_t, needed *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		info, err := basisAt(model).info()
		if err != nil {
			return err
		}
		return writeText(info, out, capacity, needed)
	})
}

// Copies an array of a model to out, of either dtype: gram (Q x Q) and moments (2 x Q), sums over the points of products of
// the basis functions with each other, with y - offset and with 1; and theta (p x 1). Another shape is LITHE_ESHAPE, and
// the message names the right one.
//
//export lithe_gp_basis_get
func lithe_gp_basis_get(model C.lithe_handle, name *C.lithe_const_char, out *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		key := text("name", name)
		values, err := basisAt(model).attribute(key)
		if err == nil {
			fill("out ("+key+")", out, values.Rows, values.Cols, values.Data)
		}
		return err
	})
}

// Predicts at the points x (m x d). options is JSON text with the fields that lithe_describe("gp_basis_predict") lists. *result
// receives a handle as the functions of lowrank do. Arrays, all float64: mean and variance (m x 1), and effects and
// effect_variances (m x J), mean and variance of each function; those not asked for have no rows. Takes m Q^2 operations.
//
//export lithe_gp_basis_predict
func lithe_gp_basis_predict(model C.lithe_handle, x *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out, o := handleOut("result", result), &gp.BasisPredictOptions{}
		if err := settings(options, o); err != nil {
			return err
		}
		return input("x", x).predictBasis(b, basisAt(model), o, out)
	})
}
