package lowrank

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
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
	if err := o.Validate(); err != nil {
		return nil, err
	}
	n := a.Size()
	switch {
	case n < 1:
		return nil, fmt.Errorf("lowrank: %w: the kernel matrix has size %d; it needs at least one row", core.ErrShape, n)
	case o.Rank > n:
		return nil, fmt.Errorf("lowrank: %w: n_components = %d exceeds the size %d of the matrix", core.ErrOption, o.Rank, n)
	case o.Rank == 0 && o.Tol == 0:
		return nil, fmt.Errorf("lowrank: %w: RPCholesky needs n_components, tol or both", core.ErrOption)
	}
	p := &pivoting[T]{a: a, n: n, threads: par.Threads(o.Threads), most: o.Rank, draw: rng.New(o.Seed, streamPivots)}
	if p.most == 0 {
		p.most = n
	} else if o.Tol == 0 {
		p.f = make([]T, 0, p.most*n)
	}
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	goal := max(o.Tol, traceFloor[T]())
	block := max(leastProposals, (p.most+9)/10)
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
				Evaluations: int64(p.columns) * int64(n), Seconds: time.Since(began).Seconds()})
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

// round proposes pivots by drawing block times, and takes those that pass.
func (p *pivoting[T]) round(ctx context.Context, block int) (proposed, accepted int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	ids, draws := p.propose(block)
	b := len(ids)
	g := core.NewMatrix[T](b, p.n)
	if err := p.a.Columns(ctx, g, ids); err != nil {
		return 0, 0, err
	}
	p.columns += b
	for i, id := range ids {
		if v := float64(g.Row(i)[id]); !(math.Abs(v-p.whole[id]) <= math.Sqrt(core.Epsilon[T]())*p.whole[id]) {
			return 0, 0, fmt.Errorf("lowrank: %w: column %d of the kernel matrix has %v on the diagonal, Diagonal says %v",
				core.ErrNumerical, id, v, p.whole[id])
		}
	}
	if r := len(p.pivots); r > 0 {
		at := core.NewMatrix[T](r, b)
		for i := range r {
			for j, id := range ids {
				at.Row(i)[j] = p.f[i*p.n+id]
			}
		}
		blas.Gemm(p.threads, true, false, b, p.n, r, -1, at.Data, b, p.f, p.n, 1, g.Data, p.n)
	}
	chosen, lower := p.choose(ids, draws, g)
	accepted = len(chosen)
	rows := make([][]T, accepted)
	for i, c := range chosen {
		rows[i] = g.Row(c)
		p.pivots = append(p.pivots, ids[c])
	}
	if err := p.extend(ctx, rows, lower); err != nil {
		return 0, 0, err
	}
	return b, accepted, nil
}

// propose draws from the diagonal of what is left. Draw i is ids[draws[i]]; ids are distinct.
func (p *pivoting[T]) propose(block int) (ids, draws []int) {
	place := make(map[int]int, block)
	for range block {
		at := p.draw.Float64() * p.left()
		i := min(sort.Search(p.n, func(i int) bool { return p.running[i] > at }), p.n-1)
		for p.d[i] == 0 { // rounding at the end of the last step up
			i--
		}
		if _, known := place[i]; !known {
			place[i], ids = len(ids), append(ids, i)
		}
		draws = append(draws, place[i])
	}
	return ids, draws
}

// choose goes through the draws in order. One is accepted with a probability that is the part its diagonal element still
// has of what it had when it was drawn, as pivots accepted meanwhile take theirs of it. It returns the places of the
// accepted ones in ids and the lower Cholesky factor L of what is left of A at them. g holds what is left of A in the
// rows ids.
func (p *pivoting[T]) choose(ids, draws []int, g core.Matrix[T]) (chosen []int, lower []float64) {
	b := len(ids)
	h := make([]float64, b*b)
	for i := range b {
		for j, id := range ids {
			h[i*b+j] = float64(g.Row(i)[id])
		}
	}
	factor := make([][]float64, 0, b) // columns of L, with an element for each of ids
	for _, i := range draws {
		id, drawn := ids[i], h[i*b+i]
		now := drawn
		for _, c := range factor {
			now -= c[i] * c[i]
		}
		if least := traceFloor[T]() * p.whole[id]; !(drawn > least) {
			p.d[id] = 0 // rounding
			continue
		} else if u := p.draw.Float64(); !(now > least) || u*drawn >= now || len(p.pivots)+len(chosen) == p.most {
			continue
		}
		column := make([]float64, b)
		root := math.Sqrt(now)
		for j := range b {
			v := h[i*b+j]
			for _, c := range factor {
				v -= c[i] * c[j]
			}
			column[j] = v / root
		}
		column[i] = root
		factor, chosen = append(factor, column), append(chosen, i)
	}
	k := len(chosen)
	lower = make([]float64, k*k)
	for i, place := range chosen {
		for j := range i + 1 {
			lower[i*k+j] = factor[j][place]
		}
	}
	return chosen, lower
}

// extend appends L^-1 times rows, what is left of A in the rows of the newest pivots, to the factor and takes its part
// from the diagonal.
func (p *pivoting[T]) extend(ctx context.Context, rows [][]T, lower []float64) error {
	const tile = 1024
	k, r := len(rows), len(p.pivots)-len(rows)
	for _, row := range rows {
		for _, s := range p.pivots[:r] {
			row[s] = 0
		}
		p.f = append(p.f, row...)
	}
	bad := make([]int, par.Tiles(p.n, tile))
	err := par.For(ctx, p.threads, len(bad), func(_, t int) {
		lo, hi := par.Span(t, p.n, tile)
		for i := range k {
			row := p.f[(r+i)*p.n+lo : (r+i)*p.n+hi]
			for j, w := range lower[i*k : i*k+i] {
				blas.Axpy(T(-w), p.f[(r+j)*p.n+lo:(r+j)*p.n+hi], row)
			}
			root := T(lower[i*k+i])
			for j, v := range row {
				row[j] = v / root
				p.d[lo+j] -= float64(row[j]) * float64(row[j])
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
