// Mixtures of Gaussians with factor-analytic, diagonal or spherical covariances. Letters: n rows, D features,
// C components, H factors per component. Component c has weight w_c, mean mu_c and covariance
// Lambda_c Lambda_c^T + diag(D_c), with H columns in Lambda_c. A model never changes, and any number of threads may
// use it at once. Data is float32 or float64 as its dtype says, and must be finite (else LITHE_EDATA).
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/mixture"
)

// Fits a mixture to the rows of x (n x D).
//
// sample_weight is NULL or n x 1 float64, non-negative. start is NULL or holds some of the initial parameters.
// options is JSON text such as {"n_components": 100, "random_state": "7"}, with the fields that
// lithe_describe("mixture") lists; NULL or "" means the defaults. *model receives a handle, to be closed by
// lithe_free, with LITHE_OK and with LITHE_ENOCONV (max_iter iterations were not enough for tol); otherwise it is left
// alone. One iteration takes O(n D H) per evaluated pair of point and component; memory is O(n n_candidates) for
// algorithm truncated and O(C D H) for the model.
//
//export lithe_mixture_fit
func lithe_mixture_fit(x, sampleWeight *C.lithe_const_matrix, start *C.lithe_const_mixture_start, options *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("model", model)
		o, err := mixtureOptions(b, data, sampleWeight, start, options)
		if err != nil {
			return err
		}
		m, err := data.fitMixture(b, o)
		return openMixture(m, err, out)
	})
}

// Makes a mixture from its parameters, all float64, which are copied: covariance_type "factor", "diag" or "spherical",
// weights (C x 1, non-negative, sum 1), means (C x D), loadings (C*D x H; NULL for diag and spherical) and
// noise_variance (C x D, positive).
//
//export lithe_mixture_new
func lithe_mixture_new(covarianceType *C.lithe_const_char, weights, means, loadings, noiseVariance *C.lithe_const_matrix, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		name, out := text("covariance_type", covarianceType), handleOut("model", model)
		p := mixtureParameters(weights, means, loadings, noiseVariance)
		m, err := mixture.NewModel(name, p.components, p.features, p.factors, p.weights, p.means, p.loadings, p.noise)
		return openMixture(m, err, out)
	})
}

// Makes a mixture of another family from the parameters of model, whose covariances become scale matrices: family "t" or
// "tyler" with degrees of freedom dof (C x 1, positive), or "gaussian" with dof NULL. *tailed receives a handle.
//
//export lithe_mixture_with_tails
func lithe_mixture_with_tails(model C.lithe_handle, family *C.lithe_const_char, dof *C.lithe_const_matrix, run *C.lithe_run, tailed *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		m, name, out := mixtureAt(model), text("family", family), handleOut("tailed", tailed)
		var values []float64
		if dof != nil {
			values = doubles("dof", dof, m.Components, 1)
		}
		t, err := m.WithTails(name, values)
		return openMixture(t, err, out)
	})
}

// Makes a copy of model that says how its components share loadings, "own", "tied" or "common", which n_parameters and the
// information criteria count by: for a model made from the parameters of a fit. *typed receives a handle.
//
//export lithe_mixture_with_loadings
func lithe_mixture_with_loadings(model C.lithe_handle, loadingsType *C.lithe_const_char, run *C.lithe_run, typed *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		m, name, out := mixtureAt(model), text("loadings_type", loadingsType), handleOut("typed", typed)
		t, err := m.WithLoadings(name)
		return openMixture(t, err, out)
	})
}

// Makes a copy of model that says what a fit says of its result besides the parameters: for a model made from the parameters of a
// fit. facts is JSON text with any of noise_type, loadings_type, dof_estimated, n_iter, converged, lower_bound and
// coverage_gap, as lithe_mixture_info writes them. history (n_iter + 1 rows x 3) and neighbors (C x G) are as lithe_mixture_get
// has them, or NULL. *other receives a handle.
//
//export lithe_mixture_with_facts
func lithe_mixture_with_facts(model C.lithe_handle, facts *C.lithe_const_char, history, neighbors *C.lithe_const_matrix, run *C.lithe_run, other *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		m, out := mixtureAt(model), handleOut("other", other)
		f := mixture.Facts{}
		if err := settings(facts, &f); err != nil {
			return err
		}
		if history != nil {
			f.History = mixtureHistory(history)
		}
		if neighbors != nil {
			f.Neighbors = mixtureGraph(m, neighbors)
		}
		restored, err := m.WithFacts(f)
		return openMixture(restored, err, out)
	})
}

// Writes the facts about a mixture to out, as a JSON object, by the protocol of lithe_describe: n_components,
// n_features, n_factors, covariance_type, family, loadings_type, n_parameters, n_iter, converged, lower_bound (nats per point), coverage_gap
// (nats per point), n_history, n_neighbors, noise_type, missing ("error" or "nan": what NaN means), dof_estimated. The facts of the fit are zero for a model made from parameters.
//
//export lithe_mixture_info
func lithe_mixture_info(model C.lithe_handle, out *C.char, capacity C.int64_t, needed *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		return writeText(mixtureInfo(mixtureAt(model)), out, capacity, needed)
	})
}

// Copies an attribute to out, of either dtype: weights (C x 1), means (C x D), loadings (C*D x H), noise_variance
// (C x D), dof (C x 1, infinity for family gaussian), history (n_history x 3: objective in nats per point, seconds
// since the fit began, evaluations) or neighbors (C x n_neighbors, nearest component first). Another shape is
// LITHE_ESHAPE, and the message names the right one.
//
//export lithe_mixture_get
func lithe_mixture_get(model C.lithe_handle, name *C.lithe_const_char, out *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		key := text("name", name)
		rows, cols, values := mixtureAttribute(mixtureAt(model), key)
		fill("out ("+key+")", out, rows, cols, values)
		return nil
	})
}

// Writes the exact log-density of each row of x (n x D), in nats, to dst (n). O(n C D H).
//
//export lithe_mixture_score_samples
func lithe_mixture_score_samples(model C.lithe_handle, x *C.lithe_const_matrix, dst *C.double, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		data := input("x", x)
		n, _ := data.shape()
		return data.scoreMixture(b, mixtureAt(model), vector[float64]("dst", dst, n))
	})
}

// Writes the most probable component of each row of x (n x D) to labels (n). O(n C D H).
//
//export lithe_mixture_predict
func lithe_mixture_predict(model C.lithe_handle, x *C.lithe_const_matrix, labels *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		data := input("x", x)
		n, _ := data.shape()
		return data.predictMixture(b, mixtureAt(model), vector[int64]("labels", labels, n))
	})
}

// Writes the posterior probability of every component for each row of x (n x D) to dst (n x C, dtype of x).
// O(n C D H).
//
//export lithe_mixture_posterior
func lithe_mixture_posterior(model C.lithe_handle, x, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).posteriorMixture(b, mixtureAt(model), dst)
	})
}

// Writes the k most probable components of each row of x (n x D), most probable first, to ids (n x k without gaps) and
// their posterior probabilities, normalised over all C components, to dst (n x k, dtype of x). k is in [1, C].
// O(n C D H).
//
//export lithe_mixture_top_posterior
func lithe_mixture_top_posterior(model C.lithe_handle, x *C.lithe_const_matrix, k C.int64_t, ids *C.int32_t, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		m, data := mixtureAt(model), input("x", x)
		n, _ := data.shape()
		if k < 1 || int64(k) > int64(m.Components) {
			refuse(errArgument, "k must be in [1, %d], got %d", m.Components, k)
		}
		return data.topPosteriorMixture(b, m, int(k), vector[int32]("ids", ids, n*int(k)), dst)
	})
}

// Writes the posterior mean of the factors of each row of x (n x D) under its most probable component to dst (n x H,
// dtype of x). LITHE_ESHAPE for models without factors unless dst has no columns. O(n C D H).
//
//export lithe_mixture_transform
func lithe_mixture_transform(model C.lithe_handle, x, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).transformMixture(b, mixtureAt(model), dst)
	})
}

// Writes the posterior mean of each row of x (n x D) without its noise to dst (n x D, dtype of x). With
// noise_variance >= 0 a row is signal plus white noise of that variance; with noise_variance < 0 the noise is the
// model's own. O(n C D H).
//
//export lithe_mixture_denoise
func lithe_mixture_denoise(model C.lithe_handle, x *C.lithe_const_matrix, noiseVariance C.double, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).denoiseMixture(b, mixtureAt(model), float64(noiseVariance), dst)
	})
}

// Writes three numbers about x (n x D, n >= 1) to out3: the sum of the log-densities of its rows in nats, Akaike's
// criterion and the Bayesian criterion; the criteria are lower for better models. O(n C D H).
//
//export lithe_mixture_criteria
func lithe_mixture_criteria(model C.lithe_handle, x *C.lithe_const_matrix, out3 *C.double, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		m, data, out := mixtureAt(model), input("x", x), vector[float64]("out3", out3, 3)
		n, _ := data.shape()
		if n == 0 {
			refuse(core.ErrShape, "x has no rows")
		}
		scores := make([]float64, n)
		if err := data.scoreMixture(b, m, scores); err != nil {
			return err
		}
		sum := 0.0
		for _, s := range scores {
			sum += s
		}
		out[0], out[1], out[2] = sum, m.AIC(sum), m.BIC(sum, n)
		return nil
	})
}

// Draws the rows of x (n x D, either dtype) from a mixture, and writes the component of each to labels (n, or NULL).
// The same seed gives the same rows.
//
//export lithe_mixture_sample
func lithe_mixture_sample(model C.lithe_handle, seed C.uint64_t, x *C.lithe_const_matrix, labels *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		m, rows := mixtureAt(model), input("x", x)
		n, d := sizes("x", x)
		if d != m.Features {
			refuse(core.ErrShape, "x must be n x %d, got %d x %d", m.Features, n, d)
		}
		var components []int64
		if labels != nil {
			components = vector[int64]("labels", labels, n)
		}
		return rows.sampleMixture(b, m, uint64(seed), components)
	})
}

// Saves a mixture to a file that every language reads, with all its digits. An existing file is replaced only once
// the new one is complete. Failures are LITHE_EFILE.
//
//export lithe_mixture_save
func lithe_mixture_save(model C.lithe_handle, path *C.lithe_const_char, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		return mixtureAt(model).Save(text("path", path))
	})
}

// Loads a mixture from a file that lithe_mixture_save or another language wrote. *model receives a handle, to be
// closed by lithe_free. Anything wrong with the file is LITHE_EFILE, and the message says what.
//
//export lithe_mixture_load
func lithe_mixture_load(path *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		name, out := text("path", path), handleOut("model", model)
		m, err := mixture.Load(name)
		return openMixture(m, err, out)
	})
}
