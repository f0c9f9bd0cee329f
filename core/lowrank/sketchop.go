package lowrank

import (
	"context"
	"fmt"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/memory"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Kinds of random test matrix S (d x m) of [Sketch].
const (
	Gaussian   = "gaussian"    // independent normal elements of variance 1/d
	SparseSign = "sparse_sign" // in each column a few elements +-1/sqrt(nonzeros), one in each of as many equal ranges of rows
	SRTT       = "srtt"        // random rows of Hadamard transforms with random signs
)

// Names of the random streams of test matrices.
const (
	streamGaussian = iota + 201
	streamSigns
	streamChosen
	streamFlips
	streamFlipsAgain
)

// SketchOptions of [Sketch] and [NewSketch]. Fields with a json name travel across the C ABI as JSON text.
type SketchOptions struct {
	Kind     string `json:"kind" default:"sparse_sign" doc:"gaussian, sparse_sign or srtt (random signs, Hadamard transform, random rows)"`
	Size     int    `json:"size" default:"0" doc:"rows d of the sketch; must be set"`
	NonZeros int    `json:"nonzeros" default:"0" doc:"with sparse_sign to how many rows of the sketch each row of the matrix goes; 0: 8"`
	Seed     uint64 `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *SketchOptions) Validate() error {
	known := []string{Gaussian, SparseSign, SRTT}
	switch {
	case o == nil || o.Size < 1:
		return fmt.Errorf("lowrank: %w: size, the number of rows of a sketch, must be at least 1", core.ErrOption)
	case o.Kind != "" && !slices.Contains(known, o.Kind):
		return fmt.Errorf("lowrank: %w: kind must be one of %v, got %q", core.ErrOption, known, o.Kind)
	case o.NonZeros < 0 || o.NonZeros > o.Size:
		return fmt.Errorf("lowrank: %w: nonzeros must be at least 1 and at most size = %d, or 0 for 8; got %d",
			core.ErrOption, o.Size, o.NonZeros)
	}
	return nil
}

// Sketch returns S A (d x n), d = o.Size, for a random S (d x m) with E S^T S = I: norms of vectors in any subspace of k
// dimensions change by a factor in [1-e, 1+e] where d is some k/e^2. Element (p, i) of S is a function of the options, m
// and (p, i) alone.
//
// Of a dense matrix, or row blocks, SparseSign takes 2*o.NonZeros operations per element, SRTT some 2*log2(4*d), Gaussian
// 2*d. Of a sparse one SparseSign takes 2*o.NonZeros operations per entry. In all other cases A^T is multiplied with
// blocks of columns of S^T, at the cost of d products with a vector.
//
// Errors wrap [core.ErrOption], [core.ErrShape] or [core.ErrNotFinite], or come from the operator or ctx.
func Sketch[T core.Float](ctx context.Context, a Operator[T], o *SketchOptions) (core.Matrix[T], error) {
	var out core.Matrix[T]
	if err := o.Validate(); err != nil {
		return out, err
	}
	c, err := newJob(a, &Options{Seed: o.Seed, Threads: o.Threads})
	if err != nil {
		return out, err
	}
	s, err := newTest(c.m, o)
	if err != nil {
		return out, err
	}
	if err := memory.Check("lowrank", fmt.Sprintf("a sketch of %d x %d", o.Size, c.n), 8*float64(o.Size)*float64(c.n), "lower size"); err != nil {
		return out, err
	}
	d := &sketching[T]{s: s, n: c.n, threads: o.Threads, sum: make([]float64, o.Size*c.n)}
	if err := d.over(ctx, a); err != nil {
		return out, err
	}
	if v := largest(d.sum); v-v != 0 {
		return out, c.notFinite(ctx)
	}
	return narrow[T](core.Matrix[float64]{Data: d.sum, Rows: o.Size, Cols: c.n, Stride: c.n}), nil
}

// NewSketch returns the S of [Sketch] for matrices of the given number of rows, as an operator (d x rows). Mul has the
// costs of Sketch for dense matrices, MulTrans takes 2*d*rows operations per column.
func NewSketch[T core.Float](rows int, o *SketchOptions) (Operator[T], error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if rows < 1 {
		return nil, fmt.Errorf("lowrank: %w: a sketch of matrices with %d rows; there must be at least one", core.ErrShape, rows)
	}
	s, err := newTest(rows, o)
	if err != nil {
		return nil, err
	}
	return sketchOperator[T]{s, rows, o.Threads}, nil
}

// test is a random matrix S (d x m) whose elements are functions of their place.
type test interface {
	// size returns d.
	size() int
	// column writes the elements [lo, hi) of column i to dst. lo is a multiple of testBlock.
	column(i, lo, hi int, dst []float64)
}

// testBlock divides the bounds of parts of a column that can be had alone.
const testBlock = 64

func newTest(m int, o *SketchOptions) (test, error) {
	if most := 1<<16 + 4*m; o.Size > most { // all memory would not do for what tells less than A itself
		return nil, fmt.Errorf("lowrank: %w: size = %d is more than %d, the most for a matrix of %d rows, which are fewer", core.ErrOption,
			o.Size, most, m)
	}
	switch o.Kind {
	case Gaussian:
		return gaussianTest{o.Size, o.Seed, streamGaussian}, nil
	case SRTT:
		return newHadamardTest(m, o.Size, o.Seed)
	}
	return newSignTest(o.Size, o.NonZeros, o.Seed, streamSigns), nil
}

type sketchOperator[T core.Float] struct {
	s       test
	m       int
	threads int
}

func (s sketchOperator[T]) Dims() (rows, cols int) { return s.s.size(), s.m }

func (s sketchOperator[T]) Mul(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := checkProduct("Mul", s.s.size(), s.m, dst, x); err != nil {
		return err
	}
	a, err := newDense(x, s.threads)
	if err != nil {
		return err
	}
	d := &sketching[T]{s: s.s, n: x.Cols, threads: s.threads, sum: make([]float64, s.s.size()*x.Cols)}
	if err := d.over(ctx, a); err != nil {
		return err
	}
	for p := range dst.Rows {
		for j, v := range d.sum[p*d.n : (p+1)*d.n] {
			dst.Row(p)[j] = T(v)
		}
	}
	return nil
}

func (s sketchOperator[T]) MulTrans(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := checkProduct("MulTrans", s.m, s.s.size(), dst, x); err != nil {
		return err
	}
	const tile = 128
	return par.For(ctx, s.threads, par.Tiles(s.m, tile), func(_, t int) {
		lo, hi := par.Span(t, s.m, tile)
		rows := core.NewMatrix[T](hi-lo, x.Rows)
		testRows(rows, s.s, lo, 0)
		part := rowsOf(dst, lo, hi)
		blas.Gemm(1, false, false, part.Rows, x.Cols, x.Rows, 1, rows.Data, rows.Stride, x.Data, x.Stride, 0, part.Data, part.Stride)
	})
}

// testRows fills x with rows [first, ...) and columns [lo, ...) of S^T.
func testRows[T core.Float](x core.Matrix[T], s test, first, lo int) {
	line := make([]float64, x.Cols)
	for i := range x.Rows {
		s.column(first+i, lo, lo+x.Cols, line)
		row := x.Row(i)
		for p, v := range line {
			row[p] = T(v)
		}
	}
}
