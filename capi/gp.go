// Gaussian process regression. Letters: n training points x (n x d) with targets y (n x t), m test points. The model is y ~
// N(0, K + Sigma) with K_ij = k(x_i, x_j) and independent noise in Sigma: a variance common to all points, known variances
// of each point, and White terms of the kernel. Of t outputs each is such a process, and all share k and Sigma.
//
// A kernel k is JSON text: {"type": "Product", "k1": {"type": "Constant", "constant_value": 2}, "k2": {"type": "Matern",
// "nu": 2.5, "length_scale": [1, 0.5]}}. The types and their fields, bounds ("fixed" or two numbers) always optional, are
//
//	Constant           constant_value, constant_value_bounds
//	RBF                length_scale, length_scale_bounds, dims
//	Matern             length_scale, length_scale_bounds, nu (0.5, 1.5 or 2.5), dims
//	RationalQuadratic  alpha, alpha_bounds, length_scale, length_scale_bounds, dims
//	Periodic           length_scale, length_scale_bounds, periodicity, periodicity_bounds, dims
//	Linear             sigma_0, sigma_0_bounds, dims
//	White              noise_level, noise_level_bounds
//	Sum, Product       k1, k2
//
// A model never changes. Any number of threads may use it, one after the other: what predictions need besides is made at
// first use and kept. Functions of a model use as many threads as the call that made it.
//
// A model of an interrupted training has no weights: lithe_gp_info tells its kernel, and what needs weights is LITHE_ESHAPE.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core/gp"
)

// Trains a Gaussian process on x (n x d) and y (n x t, float64), by the largest marginal likelihood, from the parameters of
// the kernel. known_noise is NULL or n x 1 float64: variances of each observation, in the units that the option normalize_y
// leaves. options is JSON text with the fields that lithe_describe("gp") lists; NULL or "" means the defaults. *model
// receives a handle, to be closed by lithe_free, with LITHE_OK, with LITHE_ENOCONV (training or a solve ended early: the
// diagnostics of lithe_gp_info say what to do), and with LITHE_ECANCELLED if training had begun: a model without weights,
// whose kernel and noise are the best so far and the start of another fit. Otherwise it is left alone. With solver cholesky
// n^3 operations per iteration and 8 n^2 bytes; with others memory of O(n (d + t + rank + n_probes)).
//
//export lithe_gp_fit
func lithe_gp_fit(x, y *C.lithe_const_matrix, kernel *C.lithe_const_char, knownNoise *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("model", model)
		_, outputs := sizes("y", y)
		k, err := kernelText(kernel)
		if err != nil {
			return err
		}
		n, _ := data.shape()
		o, err := gpOptions(b, knownNoise, n, options)
		if err != nil {
			return err
		}
		m, err := data.fitGP(b, output[float64]("y", y, n, outputs), k, o)
		if err != nil {
			return keepInterrupted(err, data, o, outputs, out)
		}
		return openGP(m, out)
	})
}

// Makes a model from what lithe_gp_get and lithe_gp_info tell about another, all float64, which is copied: x (n x d), y and
// weights (n x t) in the units of the model, known_noise (NULL or n x 1), scaling (NULL or 2 x d: x is what the caller's
// points are after subtraction of the first row and division by the second), y_scaling (NULL or 2 x t, for y), directions
// (NULL or k x n, of solver itergp), and kernel. state is JSON text with the fields that lithe_describe("gp_model") lists.
// Training is not repeated: this takes as long as the copies.
//
//export lithe_gp_new
func lithe_gp_new(x, y, weights, knownNoise, scaling, yScaling, directions *C.lithe_const_matrix, kernel, state *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("model", model)
		k, err := kernelText(kernel)
		if err != nil {
			return err
		}
		m, err := gpFromParts(b, gpParts{x, y, weights, knownNoise, scaling, yScaling, directions}, k, state)
		if err == nil {
			*out = handles.open(m)
		}
		return err
	})
}

// Writes the facts about a model to out, as a JSON object, by the protocol of lithe_describe: n_samples, n_features,
// n_outputs, the fields of lithe_describe("gp_model"), log_likelihood (log p(y) in the units of the model; null if unknown)
// between lower and upper (at 95 %; equal with solver cholesky), converged, n_iter, n_evaluations, n_solve_iter, residual (of
// the weights, relative), preconditioner_rank, n_directions (k actions of itergp), quadrature_bias (bound of what too few
// Lanczos steps add to the error of log_likelihood), storage_error (estimate of the largest change of an eigenvalue by
// storage in 16 bits), memory (bytes of the arrays that grow with n), seconds, arrays (the names for lithe_gp_get),
// expression (the kernel in words), theta (logarithms of its free parameters), kernel, and diagnostics: [{"code", "column",
// "value", "message", "action"}, ...]. Facts of the training are zero for a model made from parts.
//
//export lithe_gp_info
func lithe_gp_info(model C.lithe_handle, out *C.char, capacity C.int64_t, needed *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		info, err := gpAt(model).info()
		if err != nil {
			return err
		}
		return writeText(info, out, capacity, needed)
	})
}

// Copies an array of a model to out, of either dtype: x (n x d), y and weights (n x t) and known_noise (n x 1; only if there
// is any) in the units of the model, scaling (2 x d, only with option normalize_x), y_scaling (2 x t, only with
// normalize_y), directions (k x n, only with solver itergp). Another shape is LITHE_ESHAPE, and the message names the right
// one.
//
//export lithe_gp_get
func lithe_gp_get(model C.lithe_handle, name *C.lithe_const_char, out *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		key := text("name", name)
		values, err := gpAt(model).attribute(key)
		if err == nil {
			fill("out ("+key+")", out, values.Rows, values.Cols, values.Data)
		}
		return err
	})
}

// Saves a model, its data included, to a file that every language reads, with all its digits. An existing file is replaced
// only once the new one is complete. Failures are LITHE_EFILE.
//
//export lithe_gp_save
func lithe_gp_save(model C.lithe_handle, path *C.lithe_const_char, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		m, name := gpAt(model), text("path", path)
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.Save(name)
	})
}

// Loads a model from a file that lithe_gp_save or another language wrote; its predictions are bit for bit those of the model
// that was saved. *model receives a handle, to be closed by lithe_free. Anything wrong with the file is LITHE_EFILE, and the
// message says what.
//
//export lithe_gp_load
func lithe_gp_load(path *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		name, out := text("path", path), handleOut("model", model)
		m, err := gp.LoadRegression(name)
		if err == nil {
			m.Threads = b.threads()
			m.Reset()
			*out = handles.open(&gpModel{Regression: m})
		}
		return err
	})
}
