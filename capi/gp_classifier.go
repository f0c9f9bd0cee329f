// Gaussian process classification. Letters: n training points x (n x d) with labels that number C classes from 0, m test
// points. Latent functions are Gaussian processes with kernels k, JSON text as for lithe_gp_fit, and what is known of them is
// normal, by Laplace's approximation around the mode of their posterior. Of two classes there is one latent function f and
// one problem, p(1) = 1 / (1 + exp(-f)), whatever the option multi_class. Of more classes there are, each with one latent
// function and parameters of its own, C problems with "one_vs_rest" and C (C - 1) / 2 with "one_vs_one", pair (0, 1) before
// (0, 2) and (1, 2) last, in which the second class is label 1; and one problem with C latent functions and common
// parameters with "softmax". l is the number of latent functions of all problems.
//
// A classifier never changes. Any number of threads may use it, one after the other: what predictions need besides is made
// at first use and kept.
package main

/*
#include "cgo.h"
*/
import "C"

import "github.com/lithe-ml/lithe/core/gp"

// Trains a classifier on x (n x d) and labels (n, every number below the largest occurs), by the largest marginal likelihood,
// from the parameters of the kernel. options is JSON text with the fields that lithe_describe("gp_classifier") lists; NULL
// or "" means the defaults. *model receives a handle, to be closed by lithe_free, with LITHE_OK and with LITHE_ENOCONV
// (training or a search for a mode ended early: the diagnostics of lithe_gp_classifier_info say what to do). With
// LITHE_ECANCELLED it does too, once the likelihood has been evaluated: to a classifier without weights, of which
// lithe_gp_classifier_info tells the kernels of the problems that training has come to. Otherwise it is left alone. With
// solver cholesky n^3 operations some ten times per iteration and problem, and 24 n^2 bytes; with cg parameters are trained on
// a part of the points, and memory is O(n l rank).
//
//export lithe_gp_classifier_fit
func lithe_gp_classifier_fit(x *C.lithe_const_matrix, labels *C.lithe_const_int64_t, kernel *C.lithe_const_char, options *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("model", model)
		k, err := kernelText(kernel)
		if err != nil {
			return err
		}
		o := &gp.ClassificationOptions{Threads: b.threads(), Progress: b.report}
		if err := settings(options, o); err != nil {
			return err
		}
		n, _ := data.shape()
		m, err := data.fitGPClassifier(b, labelsOf(labels, n), k, o)
		switch {
		case err == nil:
			return openGPClassifier(m, out)
		case m != nil:
			*out = handles.open(&gpClassifier{Classification: m})
		}
		return err
	})
}

// Makes a classifier from what lithe_gp_classifier_get and lithe_gp_classifier_info tell about another, which is copied: x (n
// x d), labels (n), weights and latent (n x l), all but the labels float64, and kernels, a JSON array with the kernel of each
// problem. state is JSON text with the fields that lithe_describe("gp_classifier_model") lists. Nothing is trained.
//
//export lithe_gp_classifier_new
func lithe_gp_classifier_new(x *C.lithe_const_matrix, labels *C.lithe_const_int64_t, weights, latent *C.lithe_const_matrix, kernels, state *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("model", model)
		m, err := gpClassifierFromParts(b, x, labels, weights, latent, text("kernels", kernels), state)
		if err == nil {
			*out = handles.open(m)
		}
		return err
	})
}

// Writes the facts about a classifier to out, as a JSON object, by the protocol of lithe_describe: n_samples, n_features,
// n_classes, n_latent, the fields of lithe_describe("gp_classifier_model"), log_likelihood (the mean over problems; null if
// unknown), converged, n_iter, n_evaluations, n_newton, n_solve_iter, seconds, arrays (the names for
// lithe_gp_classifier_get), log_likelihoods (of each problem, between lower and upper at 95 %; equal with solver cholesky),
// theta (of each problem, logarithms of the free parameters of its kernel), kernels, diagnostics as lithe_gp_info, with the
// number of the problem as column, and names (of the classes, from a file that tells them; else none). Facts of the training
// are zero for a classifier made from parts.
//
//export lithe_gp_classifier_info
func lithe_gp_classifier_info(model C.lithe_handle, out *C.char, capacity C.int64_t, needed *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		info, err := gpClassifierAt(model).info()
		if err != nil {
			return err
		}
		return writeText(info, out, capacity, needed)
	})
}

// Copies an array of a classifier to out, of either dtype: x (n x d), labels (n x 1), weights (n x l: y minus the
// probability at the mode, 0 for points that a pair leaves out) and latent (n x l: the mode). Another shape is LITHE_ESHAPE,
// and the message names the right one.
//
//export lithe_gp_classifier_get
func lithe_gp_classifier_get(model C.lithe_handle, name *C.lithe_const_char, out *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		key := text("name", name)
		values, err := gpClassifierAt(model).attribute(key)
		if err == nil {
			fill("out ("+key+")", out, values.Rows, values.Cols, values.Data)
		}
		return err
	})
}

// Predicts at the points x (m x d). options is JSON text with the fields that lithe_describe("gp_classifier_predict") lists.
// *result receives a handle as the functions of lowrank do. Arrays: labels (m, int64), probabilities (m x C; 0 x C with
// one_vs_one), mean (m x l) and variance (m x l; 0 x l where variance is "none") of the latent functions. The report has
// diagnostics as lithe_gp_info.
//
//export lithe_gp_classifier_predict
func lithe_gp_classifier_predict(model C.lithe_handle, x *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, result *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out, o := handleOut("result", result), &gp.ClassPredictOptions{}
		if err := settings(options, o); err != nil {
			return err
		}
		return input("x", x).predictGPClassifier(b, gpClassifierAt(model), o, out)
	})
}

// Writes Laplace's approximation of log p(labels | theta), the mean over problems, to value, and to gradient (NULL or p x 1,
// float64) its derivatives. theta (p x 1, float64) holds the logarithms of the free parameters of the kernels, of each
// problem one after the other or, if there are only so many, the same for all. Exact for any solver: 24 n^2 bytes, and n^3
// operations some ten times.
//
//export lithe_gp_classifier_likelihood
func lithe_gp_classifier_likelihood(model C.lithe_handle, theta *C.lithe_const_matrix, value *C.double, gradient *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		count, _ := sizes("theta", theta)
		at, out := doubles("theta", theta, count, 1), vector[float64]("value", value, 1)
		var slope []float64
		if gradient != nil {
			slope = doubles("gradient", gradient, count, 1)
		}
		v, err := gpClassifierAt(model).likelihood(b, at, slope)
		if err == nil {
			out[0] = v
		}
		return err
	})
}

// Saves a classifier, its data included, to a file that every language reads, with all its digits. names (NULL or "" for none)
// is a JSON array of what the classes are called, strings, numbers or truth values, which lithe_gp_classifier_info tells of
// classifiers from files. An existing file is replaced only once the new one is complete. Failures are LITHE_EFILE.
//
//export lithe_gp_classifier_save
func lithe_gp_classifier_save(model C.lithe_handle, path, names *C.lithe_const_char, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		m, file, called := gpClassifierAt(model), text("path", path), ""
		if names != nil {
			called = text("names", names)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.save(file, called)
	})
}

// Loads a classifier from a file that lithe_gp_classifier_save or another language wrote; its predictions are bit for bit those of
// the one that was saved. *model receives a handle, to be closed by lithe_free. Anything wrong with the file is LITHE_EFILE,
// and the message says what.
//
//export lithe_gp_classifier_load
func lithe_gp_classifier_load(path *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		file, out := text("path", path), handleOut("model", model)
		m, err := gp.LoadClassification(file)
		if err == nil {
			m.Threads = b.threads()
			*out = handles.open(&gpClassifier{Classification: m})
		}
		return err
	})
}
