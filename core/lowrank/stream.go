package lowrank

import (
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// Streaming is the Method of factors from [StreamSVD].
const Streaming = "stream"

// StreamOptions of [StreamSVD]. Fields with a json name travel across the C ABI as JSON text.
type StreamOptions struct {
	Rank int     `json:"n_components" default:"0" doc:"rank r of the factors; must be set"`
	Tol  float64 `json:"tol" default:"0" doc:"take the smallest rank up to n_components whose estimated relative Frobenius error is at most this; 0: n_components"`
	Size int     `json:"sketch_size" default:"0" doc:"width k of the sketches, at least n_components; 0: 4 n_components + 1"`
	Seed uint64  `json:"random_state,string" default:"0" doc:"seed of the test matrices, an unsigned 64-bit integer; a string in JSON; the same for all parts of a matrix"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *StreamOptions) Validate() error {
	switch {
	case o == nil || o.Rank < 1:
		return fmt.Errorf("lowrank: %w: n_components must be at least 1 for a stream", core.ErrOption)
	case !(o.Tol >= 0 && o.Tol < 1):
		return fmt.Errorf("lowrank: %w: tol must be in [0, 1), got %v", core.ErrOption, o.Tol)
	case o.Size != 0 && o.Size < o.Rank:
		return fmt.Errorf("lowrank: %w: sketch_size must be at least n_components = %d, or 0 for 4 n_components + 1; got %d",
			core.ErrOption, o.Rank, o.Size)
	}
	return nil
}

// checkRows is the number of rows of the sketch that the error is estimated from.
const checkRows = 10

// Sizes returns the sizes of a [StreamState] for matrices of n columns: k, s = 2k + 1 and q.
func (o *StreamOptions) Sizes(n int) (k, s, q int) {
	k = o.Size
	if k == 0 {
		k = 4*o.Rank + 1
	}
	k = min(k, n)
	return k, 2*k + 1, checkRows
}

// StreamState is what is kept of a matrix A (m x n) that passes by once, block of rows by block of rows: sketches with
// random test matrices whose elements are functions of Seed and their place. It is linear in A: the state of a sum is the
// sum of states, and arrays times a number are the state of A times that number. The arrays are the caller's. One more,
// Y = A Omega^T (m x k), grows with the rows of A and is kept by the caller alone, see [StreamUpdate].
type StreamState struct {
	Seed    uint64
	CoRange core.Matrix[float64] // k x n: Upsilon A
	Core    core.Matrix[float64] // s x s, s = 2k + 1: Phi A Psi^T
	Check   core.Matrix[float64] // q x n: Theta A

	SquaredNorm float64 // sum of squares of the elements of A; that of a sum of states is one for disjoint rows only
	Rows        int64   // of A so far
}

// NewStreamState returns the state of a matrix with n columns and no rows yet.
func NewStreamState(n int, o *StreamOptions) (*StreamState, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, fmt.Errorf("lowrank: %w: a stream of rows with %d columns; there must be at least one", core.ErrShape, n)
	}
	k, s, q := o.Sizes(n)
	return &StreamState{Seed: o.Seed, CoRange: core.NewMatrix[float64](k, n), Core: core.NewMatrix[float64](s, s),
		Check: core.NewMatrix[float64](q, n)}, nil
}

// sizes returns k, s, q and n, or an error if they do not fit together.
func (s *StreamState) sizes() (k, side, q, n int, err error) {
	for name, x := range map[string]core.Matrix[float64]{"co-range sketch": s.CoRange, "core sketch": s.Core, "check sketch": s.Check} {
		if err := x.Check(name); err != nil {
			return 0, 0, 0, 0, fmt.Errorf("lowrank: %w", err)
		}
	}
	k, n, side, q = s.CoRange.Rows, s.CoRange.Cols, s.Core.Rows, s.Check.Rows
	if k < 1 || k > n || side != 2*k+1 || s.Core.Cols != side || q < 1 || s.Check.Cols != n {
		return 0, 0, 0, 0, fmt.Errorf("lowrank: %w: co_range, core and check of a stream are %d x %d, %d x %d and %d x %d; they must be k x n, (2k+1) x (2k+1) and q x n with 0 < k <= n and q > 0",
			core.ErrShape, k, n, side, s.Core.Cols, q, s.Check.Cols)
	}
	return k, side, q, n, nil
}

// Names of the random streams of the test matrices of a stream.
const (
	streamUpsilon = iota + 301
	streamOmega
	streamPhi
	streamPsi
	streamTheta
)

// StreamMerge adds what other knows to s. Both must have seen different rows of one matrix, in the numbering of that
// matrix, with the same seed; the rows of Y of both, in order, are those of the whole.
func StreamMerge(s, other *StreamState) error {
	k, _, q, n, err := s.sizes()
	if err != nil {
		return err
	}
	k2, _, q2, n2, err := other.sizes()
	switch {
	case err != nil:
		return err
	case k != k2 || q != q2 || n != n2:
		return fmt.Errorf("lowrank: %w: the parts of a stream have %d and %d columns and sketches of width %d and %d; they must agree",
			core.ErrShape, n, n2, k, k2)
	case s.Seed != other.Seed:
		return fmt.Errorf("lowrank: %w: the parts of a stream have random_state %d and %d; they must be the same",
			core.ErrOption, s.Seed, other.Seed)
	}
	add := func(dst, src core.Matrix[float64]) {
		for i := range dst.Rows {
			blas.Axpy(1, src.Row(i), dst.Row(i))
		}
	}
	add(s.CoRange, other.CoRange)
	add(s.Core, other.Core)
	add(s.Check, other.Check)
	s.SquaredNorm += other.SquaredNorm
	s.Rows += other.Rows
	return nil
}

// norm returns the Frobenius norm of A.
func (s *StreamState) norm() float64 { return math.Sqrt(max(0, s.SquaredNorm)) }
