// Gaussian process regression. Letters: n training points x (n x d) with targets y (n), m test points. The model is y ~
// N(0, K + Sigma) with K_ij = k(x_i, x_j) and independent noise in Sigma: a variance common to all points, known variances
// of each point, and White terms of the kernel.
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
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"math"

	"github.com/lithe-ml/lithe/core/gp"
)

// Trains a Gaussian process on x (n x d) and y (n x 1, float64), by the largest marginal likelihood, from the parameters of
// the kernel. known_noise is NULL or n x 1 float64: variances of each observation, in the units that the option normalize_y
// leaves. options is JSON text with the fields that lithe_describe("gp") lists; NULL or "" means the defaults. *model
// receives a handle, to be closed by lithe_free, with LITHE_OK and with LITHE_ENOCONV (training or a solve ended early:
// the diagnostics of lithe_gp_info say what to do); otherwise it is left alone. With solver cholesky n^3 operations per
// iteration and 8 n^2 bytes; with cg memory of O(n (d + rank + n_probes)).
//
//export lithe_gp_fit
func lithe_gp_fit(x, y *C.lithe_const_matrix, kernel *C.lithe_const_char, knownNoise *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("model", model)
		k, err := kernelText(kernel)
		if err != nil {
			return err
		}
		n, _ := data.shape()
		o, err := gpOptions(b, knownNoise, n, options)
		if err != nil {
			return err
		}
		m, err := data.fitGP(b, doubles("y", y, n, 1), k, o)
		if err != nil {
			return err
		}
		return openGP(m, out)
	})
}

// Makes a model from what lithe_gp_get and lithe_gp_info tell about another, all float64, which is copied: x (n x d), y (n
// x 1) and weights (n x 1) in the units of the model, known_noise (NULL or n x 1), scaling (NULL or 2 x d: x is what the
// caller's points are after subtraction of the first row and division by the second), and kernel. state is JSON text with
// the fields that lithe_describe("gp_model") lists. Training is not repeated: this takes as long as the copies.
//
//export lithe_gp_new
func lithe_gp_new(x, y, weights, knownNoise, scaling *C.lithe_const_matrix, kernel, state *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("model", model)
		k, err := kernelText(kernel)
		if err != nil {
			return err
		}
		m, err := gpFromParts(b, gpParts{x, y, weights, knownNoise, scaling}, k, state)
		if err == nil {
			*out = handles.open(m)
		}
		return err
	})
}

// Writes the facts about a model to out, as a JSON object, by the protocol of lithe_describe: n_samples, n_features, the
// fields of lithe_describe("gp_model"), log_likelihood (log p(y) in the units of the model; null if unknown) between
// lower and upper (at 95 %; equal with solver cholesky), converged, n_iter, n_evaluations, n_solve_iter, residual (of the
// weights, relative), seconds, arrays (the names for lithe_gp_get), expression (the kernel in words), theta (logarithms of
// its free parameters), kernel, and diagnostics: [{"code", "column", "value", "message", "action"}, ...]. Facts of the
// training are zero for a model made from parts.
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

// Copies an array of a model to out, of either dtype: x (n x d), y, weights and known_noise (n x 1; the last only if there
// are any) in the units of the model, scaling (2 x d, only with option normalize_x). Another shape is LITHE_ESHAPE, and the
// message names the right one.
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

// Predicts at the points x (m x d). options is JSON text with the fields that lithe_describe("gp_predict") lists. *result
// receives a handle as the functions of lowrank do. Arrays, all m x 1 float64: mean, variance (0 x 1 where variance is
// "none"), and bound (0 x 1 but for variance "exact" with solver cg: how much variance is at most too large; it never is
// too small). The report has diagnostics as lithe_gp_info. Takes O(m n d) operations for means, and memory of O(n + m).
//
//export lithe_gp_predict
func lithe_gp_predict(model C.lithe_handle, x *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out, o := handleOut("result", result), &gp.PredictOptions{}
		if err := settings(options, o); err != nil {
			return err
		}
		return input("x", x).predictGP(b, gpAt(model), o, out)
	})
}

// Writes the posterior covariance of the function at the points x (m x d) to dst (m x m, float64). Memory of O(n m).
//
//export lithe_gp_covariance
func lithe_gp_covariance(model C.lithe_handle, x, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).covarianceGP(b, gpAt(model), dst)
	})
}

// Writes draws from the posterior of the function at the points x (m x d) to the columns of dst (m x draws, float64). Draws
// are functions: the same seed and number of draws give the same ones at any points. The first call with a seed solves for
// all draws.
//
//export lithe_gp_sample
func lithe_gp_sample(model C.lithe_handle, x *C.lithe_const_matrix, seed C.uint64_t, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).sampleGP(b, gpAt(model), uint64(seed), dst)
	})
}

// Predicts each training observation from all others. Arrays, all n x 1 float64: mean and variance (of the observation, noise
// included) and log_density (of the observation). Exact in n^3/3 operations with solver cholesky; with cg variances are
// those given the n_neighbors most correlated points, 0 meaning 512: never too small, by a percent or so too large.
//
//export lithe_gp_leave_one_out
func lithe_gp_leave_one_out(model C.lithe_handle, nNeighbors C.int64_t, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("result", result)
		if nNeighbors < 0 || nNeighbors > math.MaxInt32 {
			refuse(errArgument, "n_neighbors must be in [0, %d], got %d", math.MaxInt32, nNeighbors)
		}
		return gpAt(model).leaveOneOut(b, int(nNeighbors), out)
	})
}
