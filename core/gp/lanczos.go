package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// LanczosRoot is K + Sigma ~ Q^T T Q with r orthonormal rows of Q (r x n) and tridiagonal T, from r products with the
// matrix. It is the cache behind fast predictive variances (LOVE): Q^T T^-1 Q is never more than (K + Sigma)^-1, so that
// variances made of it are never too small.
type LanczosRoot struct {
	Q core.Matrix[float64] // r x n
	T Tridiagonal

	root    core.Matrix[float64] // r x n: R^-T Q with T = R^T R
	n       int
	threads int
}

// LanczosOptions of [NewLanczosRoot]. The zero value means the defaults.
type LanczosOptions struct {
	Rank int `json:"lanczos_rank" default:"0" doc:"Lanczos steps, each a product with the matrix and n numbers of memory; 0: 100"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every step.
	Progress func(core.Progress) `json:"-"`
}

const defaultLanczosRank = 100

// NewLanczosRoot takes Rank Lanczos steps from start (n), such as the observations or the mean column of K(X, X*), making
// each new direction orthogonal to all before. It stops sooner where the space is exhausted. O(n r) memory and O(n r^2)
// operations besides the products.
//
// Errors wrap core.ErrOption, core.ErrShape, core.ErrNotFinite, or core.ErrNumerical if T shows that the matrix is not
// positive definite, or come from s or ctx.
func NewLanczosRoot(ctx context.Context, s System, start []float64, o *LanczosOptions) (*LanczosRoot, error) {
	if o == nil {
		o = &LanczosOptions{}
	}
	n := s.Size()
	switch {
	case o.Rank < 0:
		return nil, fmt.Errorf("gp: %w: lanczos_rank must not be negative, got %d", core.ErrOption, o.Rank)
	case len(start) != n:
		return nil, fmt.Errorf("gp: %w: the start has %d elements for %d points", core.ErrShape, len(start), n)
	}
	first := core.Matrix[float64]{Data: start, Rows: n, Cols: 1, Stride: 1}
	if err := first.CheckFinite("the start"); err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	rank := o.Rank
	if rank == 0 {
		rank = defaultLanczosRank
	}
	l := &lanczos{s: s, n: n, steps: min(rank, n), threads: o.Threads, keep: true, progress: o.Progress}
	if err := l.run(ctx, first); err != nil {
		return nil, err
	}
	out := &LanczosRoot{T: l.t[0], n: n, threads: o.Threads}
	r := out.T.Steps()
	out.Q = core.NewMatrix[float64](r, n)
	for i := range r {
		copy(out.Q.Row(i), l.basis[0][i])
	}
	return out, out.factor()
}

// factor sets root: T = R^T R with upper bidiagonal R, and rows of R^-T Q follow from one another.
func (l *LanczosRoot) factor() error {
	r := l.Q.Rows
	l.root = core.NewMatrix[float64](r, l.n)
	off := 0.0 // of R in the row above
	for i := range r {
		d := l.T.Diagonal[i] - off*off
		if !(d > 0) {
			return fmt.Errorf("gp: %w: Lanczos step %d finds that K + Sigma is not positive definite; raise the noise or the "+
				"precision of tiles", core.ErrNumerical, i)
		}
		d = math.Sqrt(d)
		row := l.root.Row(i)
		copy(row, l.Q.Row(i))
		if i > 0 {
			blas.Axpy(-off, l.root.Row(i-1), row)
		}
		divideBy(d, row)
		if i+1 < r {
			off = l.T.Off[i] / d
		}
	}
	return nil
}

// Rank returns r.
func (l *LanczosRoot) Rank() int { return l.Q.Rows }

// Explained writes what K + Sigma ~ Q^T T Q says of the variance that the observations take from each of m test points:
// k^T Q^T T^-1 Q k for the rows k of kx = K(X*, X) (m x n), never more than the truth but for rounding. Takes 2*m*n*r
// operations. Errors wrap core.ErrShape.
func (l *LanczosRoot) Explained(dst []float64, kx core.Matrix[float64]) error {
	return explained(l.threads, dst, l.root, kx)
}

// explained writes |root k|^2 for each row k of kx to dst.
func explained(threads int, dst []float64, root, kx core.Matrix[float64]) error {
	if err := checkShape(kx, "K(X*, X)", len(dst), root.Cols); err != nil {
		return err
	}
	const tile = 64
	r := root.Rows
	clear(dst)
	scratch := make([][]float64, par.Threads(threads))
	return par.For(nil, threads, par.Tiles(len(dst), tile), func(worker, t int) {
		lo, hi := par.Span(t, len(dst), tile)
		if scratch[worker] == nil {
			scratch[worker] = make([]float64, tile*r)
		}
		u := scratch[worker][:(hi-lo)*r]
		blas.Gemm(1, false, true, hi-lo, r, root.Cols, 1, kx.Data[lo*kx.Stride:], kx.Stride, root.Data, root.Stride, 0, u, max(r, 1))
		for i := lo; i < hi; i++ {
			row := u[(i-lo)*r : (i-lo+1)*r]
			dst[i] = blas.Dot(row, row)
		}
	})
}

// lanczos runs the Lanczos process on several columns side by side.
type lanczos struct {
	s        System
	n, steps int
	threads  int
	keep     bool // all directions, and orthogonality among them
	progress func(core.Progress)

	t     []Tridiagonal // of each column
	norm  []float64     // of each column at the start
	basis [][][]float64 // of each column, with keep
}

// run starts from the columns of b (n x t). A column ends where its space does.
func (l *lanczos) run(ctx context.Context, b core.Matrix[float64]) error {
	t := b.Cols
	space := newColumnSpace(ctx, l.threads, l.n, t)
	var zero []bool
	l.norm, zero = lengths(b)
	l.t, l.basis = make([]Tridiagonal, t), make([][][]float64, t)
	var place []int
	for j := range t {
		if !zero[j] {
			place = append(place, j)
		}
	}
	q, last := core.NewMatrix[float64](l.n, len(place)), core.NewMatrix[float64](l.n, len(place))
	image := core.NewMatrix[float64](l.n, len(place))
	inverse, a, off := make([]float64, t), make([]float64, t), make([]float64, t)
	for k, j := range place {
		inverse[k] = 1 / l.norm[j]
	}
	if err := space.gather(q, place, inverse, b); err != nil {
		return err
	}
	largest := make([]float64, t) // of each T, roughly
	for step := 0; step < l.steps && len(place) > 0; step++ {
		if l.keep {
			l.remember(place, q)
		}
		if err := l.s.Mul(ctx, image, q); err != nil {
			return err
		}
		if err := space.dots(a, q, image); err != nil {
			return err
		}
		if err := space.subScaled(image, a, q); err != nil {
			return err
		}
		if step > 0 {
			if err := space.subScaled(image, off, last); err != nil {
				return err
			}
		}
		if err := l.orthogonalize(ctx, place, image); err != nil {
			return err
		}
		copy(last.Data, q.Data[:len(place)*l.n])
		if err := space.norms(off, image); err != nil {
			return err
		}
		var kept []int
		for k, j := range place {
			if off[k]-off[k] != 0 || a[k]-a[k] != 0 {
				return fmt.Errorf("gp: %w: products with K + Sigma overflow or are NaN; check the parameters of the kernel",
					core.ErrNumerical)
			}
			largest[j] = max(largest[j], math.Abs(a[k]), off[k])
			l.t[j].Diagonal = append(l.t[j].Diagonal, a[k])
			if off[k] <= 1e-14*largest[j] {
				l.t[j].Off = append(l.t[j].Off, 0)
				continue
			}
			l.t[j].Off = append(l.t[j].Off, off[k])
			kept = append(kept, k)
		}
		image, last = keep(image, kept), keep(last, kept)
		for i, k := range kept {
			place[i], off[i], inverse[i] = place[k], off[k], 1/off[k]
		}
		place = place[:len(kept)]
		q = core.Matrix[float64]{Data: q.Data, Rows: l.n, Cols: len(kept), Stride: len(kept)}
		if err := space.scale(image, inverse); err != nil {
			return err
		}
		q, image = image, q
		if l.progress != nil {
			l.progress(core.Progress{Phase: "lanczos", Iteration: step + 1, MaxIterations: l.steps, Objective: math.NaN(),
				Evaluations: int64(step+1) * int64(l.n)})
		}
	}
	return ctx.Err()
}

func (l *lanczos) remember(place []int, q core.Matrix[float64]) {
	for k, j := range place {
		v := make([]float64, l.n)
		for i := range v {
			v[i] = q.Row(i)[k]
		}
		l.basis[j] = append(l.basis[j], v)
	}
}

// orthogonalize takes from v its parts along all kept directions, twice.
func (l *lanczos) orthogonalize(ctx context.Context, place []int, v core.Matrix[float64]) error {
	if !l.keep {
		return nil
	}
	return par.For(ctx, l.threads, len(place), func(_, k int) {
		x := make([]float64, l.n)
		for i := range x {
			x[i] = v.Row(i)[k]
		}
		for range 2 {
			for _, u := range l.basis[place[k]] {
				blas.Axpy(-blas.Dot(u, x), u, x)
			}
		}
		for i, e := range x {
			v.Row(i)[k] = e
		}
	})
}
