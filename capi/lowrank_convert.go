package main

/*
#include "cgo.h"
*/
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/lowrank"
)

// lowrankRows is what the lowrank room does with a dense matrix of either precision.
type lowrankRows interface {
	operand(b *block, transposed bool) (decomposable, error)
}

// decomposable is a matrix of either precision, dense or sparse.
type decomposable interface {
	svd(b *block, center bool, options *C.lithe_const_char, places svdPlaces) error
}

// operand is the operator of one precision behind decomposable.
type operand[T core.Float] struct{ of lowrank.Operator[T] }

func (x typed[T]) operand(b *block, transposed bool) (decomposable, error) {
	if transposed {
		op, err := lowrank.NewDenseTransposed(x.Matrix, b.threads())
		return operand[T]{op}, err
	}
	op, err := lowrank.NewDense(x.Matrix, b.threads())
	return operand[T]{op}, err
}

func sparseOperand(b *block, v sparseView) (decomposable, error) {
	switch {
	case v.single && v.wide:
		return compressed[float32, int64](b, v)
	case v.single:
		return compressed[float32, int32](b, v)
	case v.wide:
		return compressed[float64, int64](b, v)
	}
	return compressed[float64, int32](b, v)
}

func compressed[T core.Float, I lowrank.Index](b *block, v sparseView) (decomposable, error) {
	make := lowrank.NewCSR[T, I]
	if v.byColumns {
		make = lowrank.NewCSC[T, I]
	}
	op, err := make(v.rows, v.cols, elements[I](v.indptr, v.major()+1), elements[I](v.indices, v.nnz),
		elements[T](v.values, v.nnz), b.threads())
	return operand[T]{op}, err
}

// svdPlaces are where the caller wants the results.
type svdPlaces struct {
	u, v     *C.lithe_const_matrix
	s, mean  *C.double
	report   *C.char
	capacity C.int64_t
	needed   *C.int64_t
}

// reportSize bounds the report about k triplets: 32 bytes are enough for any number.
func reportSize(k int) int64 { return 640 + 32*int64(k) }

// svd checks the places before the work begins, and fills them with its outcome, also with one that falls short of
// the tolerance.
func (a operand[T]) svd(b *block, center bool, options *C.lithe_const_char, places svdPlaces) error {
	o, err := lowrankOptions(b, options, a.of)
	if err != nil {
		return err
	}
	m, n := a.of.Dims()
	k := o.Rank
	var u, v core.Matrix[T]
	if places.u != nil {
		u = output[T]("u", places.u, m, k)
	}
	if places.v != nil {
		v = output[T]("v", places.v, n, k)
	}
	s, mean := vector[float64]("s", places.s, k), optional[float64]("mean", places.mean, n)
	if err := reserveReport(k, places); err != nil {
		return err
	}
	op, means, err := a.prepare(b, center, mean != nil)
	if err != nil {
		return a.blame(b, err)
	}
	f, err := lowrank.SVD(b, op, o)
	if err != nil {
		return err
	}
	text, err := svdReport(b, a.of, f, center, means)
	if err != nil {
		return err
	}
	copyMatrix(u, f.U)
	copyMatrix(v, f.V)
	copy(s, f.S)
	copy(mean, means)
	if places.report != nil || places.needed != nil {
		if err := writeText(text, places.report, places.capacity, places.needed); err != nil {
			return err
		}
	}
	if !f.Converged {
		return fmt.Errorf("%w after %d passes; raise max_passes or tol, or accept the result", core.ErrNotConverged, f.Passes)
	}
	return nil
}

// blame replaces an error about means, which knows the column only, by one that names the place of NaN or infinity.
func (a operand[T]) blame(b *block, err error) error {
	if !errors.Is(err, core.ErrNotFinite) {
		return err
	}
	if _, found := a.of.(lowrank.Normed).SquaredNorm(b); errors.Is(found, core.ErrNotFinite) {
		return found
	}
	return err
}

// prepare returns what is to be decomposed, and the means of the columns if they are needed.
func (a operand[T]) prepare(b *block, center, wanted bool) (lowrank.Operator[T], []float64, error) {
	if !center && !wanted {
		return a.of, nil, nil
	}
	means, err := lowrank.ColumnMeans(b, a.of)
	if err != nil || !center {
		return a.of, means, err
	}
	op, err := lowrank.Centered(a.of, means)
	return op, means, err
}

func lowrankOptions[T core.Float](b *block, options *C.lithe_const_char, a lowrank.Operator[T]) (*lowrank.Options, error) {
	o := &lowrank.Options{Threads: b.threads(), Progress: b.report}
	if err := parseOptions(optionalText(options), o); err != nil {
		return nil, err
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	m, n := a.Dims()
	switch {
	case m < 1 || n < 1:
		return nil, fmt.Errorf("%w: a is %d x %d; it needs at least one row and one column", core.ErrShape, m, n)
	case o.Rank < 1 || o.Rank > min(m, n):
		return nil, fmt.Errorf("%w: n_components must be in [1, min(m, n) = %d], got %d", core.ErrOption, min(m, n), o.Rank)
	}
	return o, nil
}

// reserveReport refuses a report that may not fit while nothing is lost yet.
func reserveReport(k int, places svdPlaces) error {
	if places.needed != nil {
		*places.needed = C.int64_t(reportSize(k))
	}
	if places.report == nil && places.capacity == 0 {
		return nil
	}
	if places.report != nil && int64(places.capacity) < reportSize(k) {
		return fmt.Errorf("%w: the report about %d components can take %d bytes, capacity is %d",
			errArgument, k, reportSize(k), places.capacity)
	}
	if places.report == nil {
		return fmt.Errorf("%w: report must not be NULL for a capacity of %d", errArgument, places.capacity)
	}
	return nil
}

// svdReport tells about factors as the doc comment of lithe_lowrank_svd says.
func svdReport[T core.Float](b *block, a lowrank.Operator[T], f *lowrank.Factors[T], center bool, means []float64) (string, error) {
	norm := f.Error
	for _, s := range f.S {
		norm = math.Hypot(norm, s)
	}
	var about any
	switch {
	case center:
		about = finite(norm)
	case means != nil:
		spread, err := centeredNorm(b, a, means)
		if err != nil {
			return "", err
		}
		about = finite(spread)
	}
	residuals := make([]any, len(f.Residuals))
	for i, r := range f.Residuals {
		residuals[i] = finite(r)
	}
	text, err := json.Marshal(struct {
		Method        string `json:"method"`
		Error         any    `json:"error"`
		RelativeError any    `json:"relative_error"`
		ErrorMethod   string `json:"error_method"`
		Norm          any    `json:"norm"`
		CenteredNorm  any    `json:"centered_norm"`
		Converged     bool   `json:"converged"`
		Passes        int    `json:"passes"`
		Columns       int    `json:"columns"`
		Flops         any    `json:"flops"`
		Seconds       any    `json:"seconds"`
		Seed          string `json:"seed"`
		Residuals     []any  `json:"residuals"`
	}{f.Method, finite(f.Error), finite(f.RelativeError), f.ErrorMethod, finite(norm), about, f.Converged, f.Passes,
		f.Columns, finite(f.Flops), finite(f.Seconds), strconv.FormatUint(f.Seed, 10), residuals})
	if err != nil {
		panic(err)
	}
	return string(text), nil
}

// centeredNorm is the Frobenius norm of a - 1 means^T, infinite where the squares overflow.
func centeredNorm[T core.Float](b *block, a lowrank.Operator[T], means []float64) (float64, error) {
	op, err := lowrank.Centered(a, means)
	if err != nil {
		return 0, err
	}
	squared, err := op.(lowrank.Normed).SquaredNorm(b)
	if errors.Is(err, core.ErrNumerical) {
		return math.Inf(1), nil
	}
	return math.Sqrt(squared), err
}

// copyMatrix fills dst, or leaves a place that is not wanted.
func copyMatrix[T core.Float](dst, src core.Matrix[T]) {
	for i := range dst.Rows {
		copy(dst.Row(i), src.Row(i))
	}
}

// flag converts a choice between 0 and 1.
func flag(name string, value C.int32_t) bool {
	if value != 0 && value != 1 {
		refuse(errArgument, "%s must be 0 or 1, got %d", name, value)
	}
	return value == 1
}
