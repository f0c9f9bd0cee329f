// Mixtures and values that were not observed: NaN marks a missing value where these functions, or the options of a handle,
// say so. Letters as above.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/mixture"
)

// Makes another handle to a mixture, which answers questions about rows as options says: JSON text with the fields that
// lithe_describe("mixture_inference") lists; NULL or "" means the defaults. With {"missing": "nan"}, every function that
// takes rows takes NaN for a missing value: densities are those of what was observed, posteriors and factors are conditioned
// on it. A model fitted with that option answers so from the start. *other receives the handle, to be closed by lithe_free;
// the parameters are shared.
//
//export lithe_mixture_with
func lithe_mixture_with(model C.lithe_handle, options *C.lithe_const_char, run *C.lithe_run, other *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		var o mixture.Inference
		if err := settings(options, &o); err != nil {
			return err
		}
		out := handleOut("other", other)
		m, err := mixtureAt(model).With(o)
		return openMixture(m, err, out)
	})
}

// Makes another handle to a mixture with a component graph, which algorithm search needs: neighbors (C x G, components by
// number, itself first), as lithe_mixture_get has it. *other receives the handle, to be closed by lithe_free.
//
//export lithe_mixture_link
func lithe_mixture_link(model C.lithe_handle, neighbors *C.lithe_const_matrix, run *C.lithe_run, other *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		m, out := mixtureAt(model), handleOut("other", other)
		linked, err := m.Link(mixtureGraph(m, neighbors))
		return openMixture(linked, err, out)
	})
}

// Compares answers of algorithm search with exact ones on at most 2,000 rows of x (n x D), each looked up alone, and writes
// five numbers to out5: the rows compared, the mean of the exact log-density minus that found, the largest such
// difference (nats), the part of the rows whose most probable component was found, and the components evaluated per row.
// The model needs a component graph (else LITHE_EINVAL). O(C D H) for each of these rows.
//
//export lithe_mixture_check_search
func lithe_mixture_check_search(model C.lithe_handle, x *C.lithe_const_matrix, out5 *C.double, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		out := vector[float64]("out5", out5, 5)
		r, err := input("x", x).checkSearchMixture(b, mixtureAt(model))
		if err == nil {
			copy(out, []float64{float64(r.Rows), r.Gap, r.WorstGap, r.Agreement, r.Evaluations})
		}
		return err
	})
}

func (x typed[T]) checkSearchMixture(b *block, m *mixture.Model) (mixture.SearchReport, error) {
	return mixture.CheckSearch(b, m, x.Matrix, b.threads())
}

// Writes x (n x D) to dst (n x D, dtype of x) with the posterior mean of what is missing in place of every NaN; a row
// without a single value gets the mean of the mixture. NaN means missing here whatever the model's options. O(n C D H),
// and H^2 for each missing value and component.
//
//export lithe_mixture_impute
func lithe_mixture_impute(model C.lithe_handle, x, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).imputeMixture(b, mixtureAt(model), dst)
	})
}

// lithe_mixture_impute with a draw from the distribution of what is missing given the rest of its row, in place of its
// mean. The draw for a row depends on the seed, the number of the row and what it holds alone.
//
//export lithe_mixture_impute_draw
func lithe_mixture_impute_draw(model C.lithe_handle, x *C.lithe_const_matrix, seed C.uint64_t, dst *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).imputeDrawMixture(b, mixtureAt(model), uint64(seed), dst)
	})
}

// Makes the mixture of some features alone, features (n_features, each in [0, D) and at most once), in that order. t
// components keep their degrees of freedom. *other receives a handle, to be closed by lithe_free.
//
//export lithe_mixture_marginal
func lithe_mixture_marginal(model C.lithe_handle, features *C.lithe_const_int64_t, nFeatures C.int64_t, run *C.lithe_run, other *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		out := handleOut("other", other)
		m, err := mixtureAt(model).Marginal(featuresAt(features, nFeatures))
		return openMixture(m, err, out)
	})
}

// Makes the distribution of what a row lacks given what it holds, a mixture of the features that are NaN in row (1 x D,
// float64), in their order. Components of family t and tyler give t components, with one more degree of freedom for each
// feature that the row holds. *other receives a handle, to be closed by lithe_free.
//
//export lithe_mixture_conditional
func lithe_mixture_conditional(model C.lithe_handle, row *C.lithe_const_matrix, run *C.lithe_run, other *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		m, out := mixtureAt(model), handleOut("other", other)
		given, err := m.Conditional(doubles("row", row, 1, m.Features))
		return openMixture(given, err, out)
	})
}

// Writes the mean of some features of each row of x (n x D) given what the row holds to mean (n x B, dtype of x), and
// their covariance to covariance (n*B x B, a block for each row; or NULL). NaN in x marks what is not given. features
// (n_features = B) are in [0, D), each at most once. O(n C D H), and B^2 H for each covariance and likely component.
//
//export lithe_mixture_conditional_moments
func lithe_mixture_conditional_moments(model C.lithe_handle, x *C.lithe_const_matrix, features *C.lithe_const_int64_t, nFeatures C.int64_t, mean, covariance *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(b *block) error {
		return input("x", x).conditionalMixture(b, mixtureAt(model), featuresAt(features, nFeatures), mean, covariance)
	})
}

func featuresAt(features *C.lithe_const_int64_t, n C.int64_t) []int {
	if n < 1 {
		refuse(core.ErrShape, "n_features must be at least 1, got %d", int64(n))
	}
	return positionsOf(vector[int64]("features", features, int(n)))
}

func (x typed[T]) conditionalMixture(b *block, m *mixture.Model, features []int, mean, covariance *C.lithe_const_matrix) error {
	B := len(features)
	first := output[T]("mean", mean, x.Rows, B)
	var second core.Matrix[T]
	if covariance != nil {
		second = output[T]("covariance", covariance, x.Rows*B, B)
	}
	return mixture.ConditionalMoments(b, m, x.Matrix, features, b.threads(), first, second)
}

func (x typed[T]) imputeMixture(b *block, m *mixture.Model, dst *C.lithe_const_matrix) error {
	return mixture.Impute(b, m, x.Matrix, b.threads(), output[T]("dst", dst, x.Rows, x.Cols))
}

func (x typed[T]) imputeDrawMixture(b *block, m *mixture.Model, seed uint64, dst *C.lithe_const_matrix) error {
	return mixture.ImputeDraw(b, m, x.Matrix, seed, b.threads(), output[T]("dst", dst, x.Rows, x.Cols))
}
