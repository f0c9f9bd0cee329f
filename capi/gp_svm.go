// Least-squares support vector machines. Letters: n training points x (n x d), t functions, m test points. For two classes
// t = 1; for more there is one function per class, of that class against all others. Each minimises |f|^2 / 2 + C / 2 sum_i
// w_i (y_i - f(x_i))^2 with y_i = 1 or -1, and is f(x) = sum_i a_i k(x_i, x) + b. Kernels are written as for lithe_gp_fit.
//
// A machine never changes. Any number of threads may use it, one after the other.
package main

/*
#include "cgo.h"
*/
import "C"

// Trains a machine on x (n x d) and labels (n of them, the classes 0, 1, ..., two at least). sample_weight is NULL or n x 1
// float64: weights of the points' errors, 0 leaves a point out. kernel is NULL for the one that the options name. options
// is JSON text with the fields that lithe_describe("gp_svm") lists; NULL or "" means the defaults. *model receives a
// handle, to be closed by lithe_free, with LITHE_OK and with LITHE_ENOCONV (the solve ended early: the diagnostics of
// lithe_gp_svm_info say what to do); otherwise it is left alone. With solver cholesky n^3/3 operations and 8 n^2 bytes;
// with cg memory of O(n (d + rank + t)).
//
//export lithe_gp_svm_fit
func lithe_gp_svm_fit(x *C.lithe_const_matrix, labels *C.lithe_const_int64_t, sampleWeight *C.lithe_const_matrix, kernel, options *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("model", model)
		f, err := newSVMFit(b, data, svmArguments{labels, sampleWeight, kernel, options})
		if err != nil {
			return err
		}
		m, err := data.fitSVM(b, f)
		if err != nil {
			return err
		}
		return openSVM(m, out)
	})
}

// Makes a machine from what lithe_gp_svm_get and lithe_gp_svm_info tell about another, all float64, which is copied: x (n x
// d), dual_coef (n x t), intercept (t x 1) and kernel. state is JSON text with the fields that
// lithe_describe("gp_svm_model") lists.
//
//export lithe_gp_svm_new
func lithe_gp_svm_new(x, dualCoef, intercept *C.lithe_const_matrix, kernel, state *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("model", model)
		m, err := svmFromParts(b, x, dualCoef, intercept, kernel, state)
		if err == nil {
			*out = handles.open(m)
		}
		return err
	})
}

// Writes the facts about a machine to out, as a JSON object, by the protocol of lithe_describe: n_samples (of positive weight),
// n_features, n_functions, precision, solver, n_iter, rank (of the preconditioner), residual (the largest of the systems
// solved, relative), seconds, arrays (the names for lithe_gp_svm_get), expression (the kernel in words), kernel, and
// diagnostics as lithe_gp_info. Facts of the training are zero for a machine made from parts.
//
//export lithe_gp_svm_info
func lithe_gp_svm_info(model C.lithe_handle, out *C.char, capacity C.int64_t, needed *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		info, err := svmAt(model).info()
		if err != nil {
			return err
		}
		return writeText(info, out, capacity, needed)
	})
}

// Copies an array of a machine to out, of either dtype: x (n x d, the points of positive weight), dual_coef (n x t), intercept
// (t x 1), or left_out (n x t, only with option leave_one_out: the functions at each of these points that all others would
// make). Another shape is LITHE_ESHAPE, and the message names the right one.
//
//export lithe_gp_svm_get
func lithe_gp_svm_get(model C.lithe_handle, name *C.lithe_const_char, out *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		key := text("name", name)
		values, err := svmAt(model).attribute(key)
		if err == nil {
			fill("out ("+key+")", out, values.Rows, values.Cols, values.Data)
		}
		return err
	})
}

// Writes the functions of a machine at the points x (m x d) to dst (m x t, float64). Of two classes 1 is decided for where
// the value is positive, of more the one with the largest. Takes m n (d + 2 t + 20) operations and memory of O(n + m).
//
//export lithe_gp_svm_decide
func lithe_gp_svm_decide(model C.lithe_handle, x, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).decideSVM(b, svmAt(model), dst)
	})
}
