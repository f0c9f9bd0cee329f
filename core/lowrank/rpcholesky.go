package lowrank

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/memory"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// CholeskyFactors is A ~ F^T F for a positive semidefinite A, from the columns Pivots of A, which it reproduces.
type CholeskyFactors[T core.Float] struct {
	Pivots []int          // r distinct indices, in the order they were chosen
	F      core.Matrix[T] // r x n; its columns Pivots form an upper triangular matrix

	Error         float64 // trace of A - F^T F, which is positive semidefinite: a bound of its Frobenius norm
	RelativeError float64 // Error divided by the trace of A
	Converged     bool    // RelativeError is at most the tolerance, or there was none
	Columns       int     // columns of A that were asked for
	Seed          uint64
	Seconds       float64
}

// RPCholesky returns a partial Cholesky factorization of a (n x n), of which it looks at the diagonal and a little more
// than r columns. The next pivot is drawn with probabilities proportional to the diagonal of what is left, which guards
// against outliers as well as clusters: the expected trace error comes within a factor 1 + e of the best possible one of
// rank s when r is about s/e + s log(1/(e eta)), eta being that best error relative to the trace.
//
// It stops at rank o.Rank, or when the trace of what is left is at most o.Tol times that of A, if that is sooner; one of
// the two must be set. Rounding ends it at a relative trace of 1e-13 (1e-6 in float32). Other options are not used.
// Pivots are proposed many at a time and then accepted or rejected, so that they have the law of single draws while the
// work is done in products of matrices: O(n r^2) operations and O(n r) memory.
//
// Errors wrap [core.ErrOption], [core.ErrShape], [core.ErrNotFinite], or [core.ErrNumerical] if a shows not to be
// positive semidefinite, or come from a or ctx.
func RPCholesky[T core.Float](ctx context.Context, a Kernel[T], o *Options) (*CholeskyFactors[T], error) {
	began := time.Now()
	if o == nil {
		o = &Options{}
	}
	n := a.Size()
	if err := checkPivoting(n, o); err != nil {
		return nil, err
	}
	bytes := float64(unsafe.Sizeof(T(0))) * float64(o.Rank) * float64(n)
	if err := memory.Check("lowrank", fmt.Sprintf("%d columns of a kernel matrix of size %d", o.Rank, n), bytes,
		"lower n_components, or give float32 data"); err != nil {
		return nil, err
	}
	p := newPivoting(a, o, rng.New(o.Seed, streamPivots))
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	return p.run(ctx, o, began)
}

// checkPivoting checks the options of a factorization of an n x n matrix.
func checkPivoting(n int, o *Options) error {
	if err := o.Validate(); err != nil {
		return err
	}
	switch {
	case n < 1:
		return fmt.Errorf("lowrank: %w: the kernel matrix has size %d; it needs at least one row", core.ErrShape, n)
	case o.Rank > n:
		return fmt.Errorf("lowrank: %w: n_components = %d exceeds the size %d of the matrix", core.ErrOption, o.Rank, n)
	case o.Rank == 0 && o.Tol == 0:
		return fmt.Errorf("lowrank: %w: RPCholesky needs n_components, tol or both", core.ErrOption)
	}
	return nil
}

func newPivoting[T core.Float](a Kernel[T], o *Options, draw *rand.Rand) *pivoting[T] {
	p := &pivoting[T]{a: a, n: a.Size(), threads: par.Threads(o.Threads), most: o.Rank, draw: draw}
	if p.most == 0 {
		p.most = p.n
	} else if o.Tol == 0 {
		p.f = hugepage.Make[T](p.most * p.n)[:0]
	}
	return p
}

// run takes pivots until there are enough.
func (p *pivoting[T]) run(ctx context.Context, o *Options, began time.Time) (*CholeskyFactors[T], error) {
	goal := max(o.Tol, traceFloor[T]())
	block := max(leastProposals, (p.most-len(p.pivots)+9)/10)
	if o.Rank == 0 {
		block = leastProposals
	}
	for len(p.pivots) < p.most && p.left() > goal*p.trace {
		proposed, accepted, err := p.round(ctx, block)
		if err != nil {
			return nil, err
		}
		// Proposals that are rejected cost a column each, few of them cost speed: aim at two thirds accepted.
		next := min(max(block*accepted*3/(2*max(proposed, 1)), block/3), block*3/2)
		block = max(leastProposals, min(next, max(p.most/3, leastProposals), mostProposals))
		if o.Progress != nil {
			o.Progress(core.Progress{Phase: "pivots", Iteration: len(p.pivots), MaxIterations: p.most, Objective: p.left(),
				Evaluations: int64(p.columns) * int64(p.n), Seconds: time.Since(began).Seconds()})
		}
	}
	f := &CholeskyFactors[T]{Pivots: p.pivots, F: p.factor(), Error: p.left(), Columns: p.columns, Seed: o.Seed,
		Seconds: time.Since(began).Seconds()}
	if p.trace > 0 {
		f.RelativeError = f.Error / p.trace
	}
	f.Converged = o.Tol == 0 || f.RelativeError <= goal
	return f, nil
}

// traceFloor is the relative trace below which the diagonal of what is left is rounding.
func traceFloor[T core.Float]() float64 {
	if _, single := any(T(0)).(float32); single {
		return 1e-6
	}
	return 1e-13
}

const (
	leastProposals = 10
	mostProposals  = 512
)

// pivoting is the state of a partial Cholesky factorization.
type pivoting[T core.Float] struct {
	a       Kernel[T]
	n, most int
	threads int
	draw    *rand.Rand
	whole   []float64 // the diagonal of A
	d       []float64 // and of what is left
	running []float64 // sums of d
	trace   float64
	pivots  []int
	f       []T // len(pivots) x n
	g       []T // proposals x n, for kernels that only give whole columns
	columns int
}

func (p *pivoting[T]) factor() core.Matrix[T] {
	return core.Matrix[T]{Data: p.f, Rows: len(p.pivots), Cols: p.n, Stride: p.n}
}

// left returns the trace of what is left.
func (p *pivoting[T]) left() float64 { return p.running[p.n-1] }

func (p *pivoting[T]) start(ctx context.Context) error {
	p.d, p.running = make([]float64, p.n), make([]float64, p.n)
	if err := p.a.Diagonal(ctx, p.d); err != nil {
		return err
	}
	for i, v := range p.d {
		switch {
		case v-v != 0:
			return fmt.Errorf("lowrank: %w: diagonal element %d of the kernel matrix is %v", core.ErrNotFinite, i, v)
		case v < 0:
			return fmt.Errorf("lowrank: %w: diagonal element %d is %v, so that the matrix is not positive semidefinite",
				core.ErrNumerical, i, v)
		}
	}
	p.whole = append([]float64(nil), p.d...)
	p.add()
	if p.trace = p.left(); math.IsInf(p.trace, 1) {
		return fmt.Errorf("lowrank: %w: the trace of the kernel matrix overflows; rescale it", core.ErrNumerical)
	}
	return nil
}

// add brings running up to date.
func (p *pivoting[T]) add() {
	sum := 0.0
	for i, v := range p.d {
		sum += v
		p.running[i] = sum
	}
}

// extend makes of the newest rows of the factor, the columns of A at the newest pivots, where the factor before was at, what
// is left of them times L^-1, and takes their part from the diagonal: a tile of columns after the other, while it is in the
// cache.
func (p *pivoting[T]) extend(ctx context.Context, at core.Matrix[T], lower []float64) error {
	tile := 1024
	if _, double := any(T(0)).(float64); double {
		tile = 512
	}
	k := at.Cols
	r := len(p.pivots) - k
	minus := make([]T, len(lower))
	for i, v := range lower {
		minus[i] = T(-v)
	}
	bad := make([]int, par.Tiles(p.n, tile))
	err := par.For(ctx, p.threads, len(bad), func(_, t int) {
		lo, hi := par.Span(t, p.n, tile)
		part := core.Matrix[T]{Data: p.f[r*p.n+lo:], Rows: k, Cols: hi - lo, Stride: p.n}
		p.subtract(1, part, at, p.f[lo:], p.n)
		for _, s := range p.pivots[:r] {
			for i := 0; i < k && lo <= s && s < hi; i++ {
				part.Row(i)[s-lo] = 0
			}
		}
		p.substitute(part.Data, hi-lo, k, minus)
		for i := range k {
			for j, v := range part.Row(i) {
				p.d[lo+j] -= float64(v) * float64(v)
			}
		}
		bad[t] = -1
		for i := lo; i < hi; i++ {
			if !(p.d[i] >= -math.Sqrt(core.Epsilon[T]())*p.whole[i]) && bad[t] < 0 {
				bad[t] = i
			}
			p.d[i] = max(p.d[i], 0)
		}
	})
	if err != nil {
		return err
	}
	for _, i := range bad {
		if i >= 0 {
			return fmt.Errorf("lowrank: %w: the matrix is not positive semidefinite: given the columns %v.., its element (%d, %d) is too small",
				core.ErrNumerical, p.pivots[:min(3, len(p.pivots))], i, i)
		}
	}
	for i, s := range p.pivots[r:] {
		p.d[s] = 0
		for j := i + 1; j < k; j++ {
			p.f[(r+j)*p.n+s] = 0
		}
	}
	p.add()
	return nil
}

// substitute overwrites x (k x w of row stride n) with L^-1 x, given -L: a few rows at a time lose the part of those before
// them in one product.
func (p *pivoting[T]) substitute(x []T, w, k int, minus []T) {
	const block = 16
	for lo := 0; lo < k; lo += block {
		hi := min(k, lo+block)
		if lo > 0 {
			blas.Gemm(1, false, false, hi-lo, w, lo, 1, minus[lo*k:], k, x, p.n, 1, x[lo*p.n:], p.n)
		}
		for i := lo; i < hi; i++ {
			row := x[i*p.n : i*p.n+w]
			for j := lo; j < i; j++ {
				blas.Axpy(minus[i*k+j], x[j*p.n:j*p.n+w], row)
			}
			inverse := -1 / minus[i*k+i]
			for j, v := range row {
				row[j] = v * inverse
			}
		}
	}
}
