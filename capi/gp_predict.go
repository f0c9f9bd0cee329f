// Predictions of a Gaussian process. Of t outputs, arrays have a column each.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"math"

	"github.com/lithe-ml/lithe/core/gp"
)

// Predicts at the points x (m x d). options is JSON text with the fields that lithe_describe("gp_predict") lists. *result
// receives a handle as the functions of lowrank do. Arrays, all m x t float64: mean, variance (0 x t where variance is
// "none"), and bound (0 x t but for variance "exact" without Cholesky: how much variance is at most too large; it never is
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

// Writes the posterior covariance of the function at the points x (m x d) to dst (m x m, float64), in squared units of the data,
// or where there are several outputs, in those of the model, in which they share it. options is JSON text like those of lithe_gp_predict, of
// which uncertainty counts; "computational" is not known as a covariance. NULL or "" means the defaults. Memory of O(n m).
//
//export lithe_gp_covariance
func lithe_gp_covariance(model C.lithe_handle, x *C.lithe_const_matrix, options *C.lithe_const_char, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		o := &gp.PredictOptions{}
		if err := settings(options, o); err != nil {
			return err
		}
		return input("x", x).covarianceGP(b, gpAt(model), o, dst)
	})
}

// Writes draws from the posterior of the function at the points x (m x d) to dst (m x draws t, float64), where the t outputs of
// a draw are side by side. Draws are functions: the same seed and number of draws give the same ones at any points. The first
// call with a seed solves for all draws.
//
//export lithe_gp_sample
func lithe_gp_sample(model C.lithe_handle, x *C.lithe_const_matrix, seed C.uint64_t, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).sampleGP(b, gpAt(model), uint64(seed), dst)
	})
}

// Predicts each training observation from all others. Arrays, all n x t float64: mean and variance (of the observation, noise
// included) and log_density (of the observation). Exact in n^3/3 operations with solver cholesky; with others variances are
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

// Writes log p(y) for other parameters of the kernel to value. theta (p x 1, float64) holds the logarithms of its p free
// parameters, or is NULL for the model's own; the noise stays what it is. gradient is NULL or receives the derivatives by
// theta (p x 1, float64). Exact with solver cholesky; with others an estimate that costs as much as conditioning the model
// anew.
//
//export lithe_gp_likelihood
func lithe_gp_likelihood(model C.lithe_handle, theta *C.lithe_const_matrix, value *C.double, gradient *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		out := vector[float64]("value", value, 1)
		m := gpAt(model)
		m.mu.Lock()
		defer m.mu.Unlock()
		free := len(gp.Theta(m.Kernel))
		var at, slope []float64
		if theta != nil {
			at = doubles("theta", theta, free, 1)
		}
		if gradient != nil {
			slope = make([]float64, free)
			output[float64]("gradient", gradient, free, 1)
		}
		found, err := m.LogMarginal(b, at, slope)
		if err == nil {
			out[0] = found
			if gradient != nil {
				fill("gradient", gradient, free, 1, slope)
			}
		}
		return err
	})
}
