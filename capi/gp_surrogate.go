// Surrogates of expensive densities: where to evaluate log p(x) next, a Gaussian process of the values, and draws from
// it. Letters: d dimensions, m points, p an unnormalized density on a box, values log p(x) in nats.
//
// The loop is the caller's: ask, evaluate, tell, until the array x that is asked for has no rows.
//
// A surrogate may be used by any number of threads, one after the other.
package main

/*
#include "cgo.h"
*/
import "C"

// Makes a surrogate of a density on the box bounds (d x 2 float64: lower and upper). options is JSON text with the fields
// that lithe_describe("gp_surrogate") lists; NULL or "" means the defaults. *surrogate receives a handle, to be closed by
// lithe_free.
//
//export lithe_gp_surrogate_new
func lithe_gp_surrogate_new(bounds *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, surrogate *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("surrogate", surrogate)
		s, err := newDensity(b, partner[float64]("bounds", bounds), options)
		if err == nil {
			*out = handles.open(s)
		}
		return err
	})
}

// Asks for points to evaluate next, best all before the next call: count of them, or, for count 0, as many as suit the
// state of the search, which is none once it has converged or run out of evaluations. *result receives a handle as the
// functions of lowrank do. Array: x (m x d). The report has converged. Trains and samples the surrogate if values have been
// told since the last call.
//
//export lithe_gp_surrogate_ask
func lithe_gp_surrogate_ask(surrogate C.lithe_handle, count C.int64_t, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("result", result)
		return densityAt(surrogate).ask(b, limited("count", count), out)
	})
}

// Tells values y (m x 1 float64) of log p at the points x (m x d float64), whether they were asked for or not. -INFINITY
// says that p vanishes. NaN, +INFINITY and finite values beyond 1e100 are LITHE_EDATA, a point outside of the box is
// LITHE_EINVAL, and the message names the point; nothing is added then.
//
//export lithe_gp_surrogate_tell
func lithe_gp_surrogate_tell(surrogate C.lithe_handle, x, y *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		points := partner[float64]("x", x)
		return densityAt(surrogate).tell(points, doubles("y", y, points.Rows, 1))
	})
}

// Draws from the surrogate. Arrays, float64: x (count x d) equally weighted points, log_density (count x 1), mean (d x 1)
// and covariance (d x d). The report has log_evidence, the logarithm of the integral of the surrogate over the box. Fails
// with LITHE_EINVAL while fewer values are finite than the search begins with.
//
//export lithe_gp_surrogate_sample
func lithe_gp_surrogate_sample(surrogate C.lithe_handle, count C.int64_t, seed C.uint64_t, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("result", result)
		return densityAt(surrogate).sample(b, limited("count", count), uint64(seed), out)
	})
}

// Writes the logarithm of the surrogate at the points x (m x d float64) to value (m x 1 float64), -INFINITY outside of the box
// and where p is taken to vanish, and its standard deviation to deviation (m x 1 float64), or not for NULL.
//
//export lithe_gp_surrogate_evaluate
func lithe_gp_surrogate_evaluate(surrogate C.lithe_handle, x, value, deviation *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		points := partner[float64]("x", x)
		mean := output[float64]("value", value, points.Rows, 1)
		var spread []float64
		if deviation != nil {
			spread = make([]float64, points.Rows)
		}
		found := make([]float64, points.Rows)
		if err := densityAt(surrogate).evaluate(b, found, spread, points); err != nil {
			return err
		}
		copyRows(mean, found)
		if deviation != nil {
			copyRows(output[float64]("deviation", deviation, points.Rows, 1), spread)
		}
		return nil
	})
}

// Writes the facts about a surrogate to out, as a JSON object, by the protocol of lithe_describe: converged, n_evaluations,
// n_features, history (of each round: n_evaluations, best, correct, change, expected, log_evidence; the change of the first
// is null), theta (of the kernel, as the option of that name takes it), and diagnostics as lithe_gp_info.
//
//export lithe_gp_surrogate_info
func lithe_gp_surrogate_info(surrogate C.lithe_handle, out *C.char, capacity C.int64_t, needed *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		info, err := densityAt(surrogate).info()
		if err != nil {
			return err
		}
		return writeText(info, out, capacity, needed)
	})
}

// Copies all evaluations in the order in which they were told: x (n_evaluations x d) and y (n_evaluations x 1), of either
// dtype.
//
//export lithe_gp_surrogate_evaluations
func lithe_gp_surrogate_evaluations(surrogate C.lithe_handle, x, y *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		points, values := densityAt(surrogate).evaluations()
		fill("x", x, points.Rows, points.Cols, points.Data)
		fill("y", y, points.Rows, 1, values)
		return nil
	})
}
