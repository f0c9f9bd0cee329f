// The nonparametric maximum likelihood estimate of a mixing distribution. Letters: n rows, D features.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"errors"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/mixture"
)

// npmleRows is what the estimate does with data of either precision.
type npmleRows interface {
	fitNPMLE(b *block, noiseVariance []float64, o *mixture.NPMLEOptions) (*mixture.NPMLE, error)
}

func (x typed[T]) fitNPMLE(b *block, noiseVariance []float64, o *mixture.NPMLEOptions) (*mixture.NPMLE, error) {
	m, err := mixture.FitNPMLE(b, x.Matrix, noiseVariance, o)
	if err == nil && !m.Model.Converged {
		err = notConverged(m.Model.Iterations)
	}
	return m, err
}

// Estimates the distribution of theta from rows x = theta + e (n x D), e normal with variances noise_variance (D x 1
// float64, positive), by maximum likelihood over all distributions.
//
// sample_weight is NULL or n x 1 float64, non-negative. options is JSON text with the fields that
// lithe_describe("npmle") lists; NULL or "" means the defaults. *model receives a diagonal mixture, to be closed by
// lithe_free, whose means and weights are the atoms, and *certificate (or NULL) a bound on what the mean log-likelihood
// lacks to its maximum, in nats per row; with LITHE_OK, and with LITHE_ENOCONV where the bound is above tol.
// lithe_mixture_denoise with noise_variance < 0 gives the posterior means of theta. O(n K D) per iteration for K atoms.
//
//export lithe_npmle_fit
func lithe_npmle_fit(x, noiseVariance, sampleWeight *C.lithe_const_matrix, options *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle, certificate *C.double) C.int32_t {
	return guard(run, func(b *block) error {
		data, out, bound := input("x", x), handleOut("model", model), optional[float64]("certificate", certificate, 1)
		o := &mixture.NPMLEOptions{Threads: b.threads(), Progress: b.report}
		if err := settings(options, o); err != nil {
			return err
		}
		n, d := data.shape()
		if sampleWeight != nil {
			o.SampleWeight = doubles("sample_weight", sampleWeight, n, 1)
		}
		m, err := data.fitNPMLE(b, doubles("noise_variance", noiseVariance, d, 1), o)
		if err != nil && !errors.Is(err, core.ErrNotConverged) {
			return err
		}
		if bound != nil {
			bound[0] = m.Certificate
		}
		return openMixture(m.Model, err, out)
	})
}
