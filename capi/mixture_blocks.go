// Mixtures fitted to rows that come block by block, or bit by bit.
package main

/*
#include "cgo.h"
*/
import "C"

import (
	"context"
	"errors"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/mixture"
)

// Fits a mixture to rows that do not fit in memory at once: x has kind LITHE_ROW_BLOCKS (n x D), and is read once a pass.
// One pass finds the standardisation and a sample for the starting values; then every iteration takes one pass, and one
// more evaluates the result. Blocks of many rows are faster than small ones. Arguments and results are otherwise as for
// lithe_mixture_fit, with n_init 1 and without start.labels. If the function that yields the rows fails (LITHE_ECALLBACK),
// a block is bad, or the run is cancelled, and at least one iteration is complete, *model receives the model of the last
// complete iteration all the same, and the message says so. Memory is 4 n n_candidates bytes, one block, and 4 to 12
// bytes for each parameter.
//
//export lithe_mixture_fit_blocks
func lithe_mixture_fit_blocks(x *C.lithe_const_operator, sampleWeight *C.lithe_const_matrix, start *C.lithe_const_mixture_start, options *C.lithe_const_char, run *C.lithe_run, model *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		out := handleOut("model", model)
		checkOperator("x", x)
		if x.kind != C.LITHE_ROW_BLOCKS || x.center != 0 {
			refuse(errArgument, "x must have kind LITHE_ROW_BLOCKS and center 0")
		}
		checkCalled("x", x)
		o, err := mixtureOptionsFor(b, int(x.rows), int(x.cols), sampleWeight, start, options)
		if err != nil {
			return err
		}
		var m *mixture.Model
		if x.dtype == C.LITHE_FLOAT32 {
			m, err = mixture.FitBlocks(b, allBlocks[float32](callbacks{"x", x}), o)
		} else {
			m, err = mixture.FitBlocks(b, allBlocks[float64](callbacks{"x", x}), o)
		}
		var stopped *mixture.Interrupted
		switch {
		case errors.As(err, &stopped):
			*out = handles.open(stopped.Model)
		case err == nil && !m.Converged:
			err = notConverged(m.Iterations)
			fallthrough
		default:
			err = openMixture(m, err, out)
		}
		return err
	})
}

// Learns from another batch of rows x (n x D) by stepwise EM. The state between batches is model, batches, the number of
// batches seen, and statistics, float64 of C rows and 1 + H + H^2 + D (3 + H) columns, with H = 0 for types diag and
// spherical, and two more columns for families t and tyler. With batches 0, model is not looked at (0 will do), start may hold initial parameters, and the batch needs at
// least C rows; afterwards start must be NULL. On success statistics are overwritten, and *next receives a new handle, to be
// closed by lithe_free as well as model; a failure leaves everything as it is. options is as for lithe_mixture_fit and should
// stay the same; tol does not matter. In lithe_mixture_info, lower_bound is then the mean log-density of the batch under
// the parameters before it. O(n C D H).
//
//export lithe_mixture_partial_fit
func lithe_mixture_partial_fit(model C.lithe_handle, batches C.int64_t, statistics, x, sampleWeight *C.lithe_const_matrix, start *C.lithe_const_mixture_start, options *C.lithe_const_char, run *C.lithe_run, next *C.lithe_handle) C.int32_t {
	return guard(run, func(b *block) error {
		data, out := input("x", x), handleOut("next", next)
		o, err := mixtureOptions(b, data, sampleWeight, start, options)
		if err != nil {
			return err
		}
		var before *mixture.Stepwise
		if batches != 0 {
			if batches < 0 || start != nil {
				refuse(errArgument, "batches must not be negative, and start is for the first batch alone")
			}
			m := mixtureAt(model)
			kept := m.NewStatistics()
			place := output[float64]("statistics", statistics, m.Components, kept.Width())
			for c := range m.Components {
				copy(kept.Sums[c*kept.Width():], place.Row(c))
			}
			before = &mixture.Stepwise{Model: m, Statistics: kept, Batches: int64(batches)}
		}
		after, err := data.partialFitMixture(b, before, o)
		if err != nil {
			return err
		}
		width := after.Statistics.Width()
		place := output[float64]("statistics", statistics, after.Model.Components, width)
		for c := range after.Model.Components {
			copy(place.Row(c), after.Statistics.Sums[c*width:])
		}
		return openMixture(after.Model, nil, out)
	})
}

func (x typed[T]) partialFitMixture(b *block, before *mixture.Stepwise, o *mixture.Options) (*mixture.Stepwise, error) {
	return mixture.PartialFit(b, before, x.Matrix, o)
}

// allBlocks goes through the blocks of x and sees to it that they have as many rows as x says.
func allBlocks[T core.Float](c callbacks) mixture.Blocks[T] {
	each := eachBlock[T](c)
	return func(ctx context.Context, visit func(core.Matrix[T]) error) error {
		rows := 0
		err := each(ctx, func(block core.Matrix[T]) error {
			rows += block.Rows
			return visit(block)
		})
		if err == nil && rows != int(c.a.rows) {
			err = invalid(core.ErrShape, "%s.next_rows yields %d rows, %s.rows is %d", c.name, rows, c.name, c.a.rows)
		}
		return err
	}
}
