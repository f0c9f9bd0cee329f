package gp

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// curved is the system I + V^T K V of the n c latent values of n points, numbered point by point, with K known through its
// products. Its eigenvalues are at least 1, whatever vanishes from W. It also is a lowrank.Kernel, of V^T K V.
type curved struct {
	op   *Operator // without noise; White terms belong to K
	c    int
	root core.Matrix[float64] // n x c, see classes

	ones    []float64
	in, out []float64 // n x c t
}

func newCurved(op *Operator, c int) *curved {
	return &curved{op: op, c: c, ones: slices.Repeat([]float64{1}, op.Size()*c)}
}

// Size returns n c.
func (s *curved) Size() int { return s.op.Size() * s.c }

// Sigma returns ones.
func (s *curved) Sigma() []float64 { return s.ones }

// spread writes V v to dst for v of n c x t, in rows of c t numbers for each point.
func (s *curved) spread(dst []float64, v core.Matrix[float64]) {
	t := v.Cols
	s.each(func(i int) {
		roots, to := s.root.Row(i), dst[i*s.c*t:(i+1)*s.c*t]
		for j := range t {
			for k, r := range roots {
				to[k*t+j] = r * outside(roots, k, func(q int) float64 { return v.Data[(i*s.c+q)*v.Stride+j] })
			}
		}
	})
}

// gather writes V^T u to dst for u as spread leaves it.
func (s *curved) gather(dst core.Matrix[float64], u []float64) {
	t := dst.Cols
	s.each(func(i int) {
		roots, from := s.root.Row(i), u[i*s.c*t:(i+1)*s.c*t]
		for j := range t {
			for k := range roots {
				dst.Row(i*s.c + k)[j] = outside(roots, k, func(q int) float64 { return roots[q] * from[q*t+j] })
			}
		}
	})
}

// outside returns element k of (I - s s^T) u for a unit vector s, or u if there is but one element: the sum over q of
// s_q (s_q u_k - s_k u_q), which has its digits where s_k is almost 1.
func outside(s []float64, k int, u func(q int) float64) float64 {
	own := u(k)
	if len(s) == 1 {
		return own
	}
	sum := 0.0
	for q, r := range s {
		if q != k {
			sum += r * (r*own - s[k]*u(q))
		}
	}
	return sum
}

// each calls f for every point.
func (s *curved) each(f func(i int)) {
	n := s.op.Size()
	_ = par.For(nil, s.op.threads, par.Tiles(n, rowTile), func(_, tile int) { // no context, no error
		lo, hi := par.Span(tile, n, rowTile)
		for i := lo; i < hi; i++ {
			f(i)
		}
	})
}

// Mul writes (I + V^T K V) v to dst.
func (s *curved) Mul(ctx context.Context, dst, v core.Matrix[float64]) error {
	n, wide := s.op.Size(), s.c*v.Cols
	if len(s.in) < n*wide {
		s.in, s.out = make([]float64, n*wide), make([]float64, n*wide)
	}
	in := core.Matrix[float64]{Data: s.in[:n*wide], Rows: n, Cols: wide, Stride: wide}
	out := core.Matrix[float64]{Data: s.out[:n*wide], Rows: n, Cols: wide, Stride: wide}
	s.spread(in.Data, v)
	if err := s.op.Mul(ctx, out, in); err != nil {
		return err
	}
	s.gather(dst, out.Data)
	for i := range dst.Rows {
		row := dst.Row(i)
		for j, x := range v.Row(i) {
			row[j] += x
		}
	}
	return nil
}

// corner writes column k of V_i^T V_j to dst (c), where V_j is what V holds of point j.
func (s *curved) corner(dst, scratch []float64, i, j, k int) {
	from, to := s.root.Row(j), s.root.Row(i)
	for q, r := range from {
		scratch[q] = to[q] * r * outside(from, q, func(p int) float64 {
			if p == k {
				return 1
			}
			return 0
		})
	}
	for q := range to {
		dst[q] = outside(to, q, func(p int) float64 { return scratch[p] })
	}
}

// Diagonal writes the diagonal of V^T K V to dst (n c).
func (s *curved) Diagonal(ctx context.Context, dst []float64) error {
	own := make([]float64, s.op.Size())
	if err := s.op.Diagonal(ctx, own); err != nil {
		return err
	}
	white, column, scratch := s.op.Sigma(), make([]float64, s.c), make([]float64, s.c)
	for i, v := range own {
		for k := range s.c {
			s.corner(column, scratch, i, i, k)
			dst[i*s.c+k] = max(0, column[k]) * (v + white[i])
		}
	}
	return nil
}

// Columns writes column ids[i] of V^T K V to row i of dst (len(ids) x n c).
func (s *curved) Columns(ctx context.Context, dst core.Matrix[float32], ids []int) error {
	points := make([]int, len(ids))
	for i, id := range ids {
		points[i] = id / s.c
	}
	k := core.NewMatrix[float32](len(ids), s.op.Size())
	if err := AsKernel[float32](s.op).Columns(ctx, k, points); err != nil {
		return err
	}
	white := s.op.Sigma()
	return par.For(ctx, s.op.threads, len(ids), func(_, row int) {
		j, class, column, scratch := points[row], ids[row]%s.c, make([]float64, s.c), make([]float64, s.c)
		from, to := k.Row(row), dst.Row(row)
		from[j] += float32(white[j])
		for i, v := range from {
			s.corner(column, scratch, i, j, class)
			for q, x := range column {
				to[i*s.c+q] = v * float32(x)
			}
		}
	})
}

// newtonResidual is what the systems of Newton steps are solved to: the next step finds what is left.
const newtonResidual = 0.01

// iterativeLaplace is K without the matrix, with solves by preconditioned conjugate gradients in memory of O(n c (rank + t)).
type iterativeLaplace struct {
	system  *curved
	o       ClassificationOptions
	pre     *LowRank
	b       core.Matrix[float64] // n c x 1
	solves  int                  // iterations of conjugate gradients
	trouble []Diagnostic         // of the last solve
	report  func(phase string, p core.Progress)
}

func newIterativeLaplace(op *Operator, c int, o ClassificationOptions, report func(string, core.Progress)) *iterativeLaplace {
	return &iterativeLaplace{system: newCurved(op, c), o: o, b: core.NewMatrix[float64](op.Size()*c, 1), report: report}
}

func (k *iterativeLaplace) multiply(ctx context.Context, dst, v core.Matrix[float64]) error {
	return k.system.op.Mul(ctx, dst, v)
}

// Limits of the rank of a preconditioner that nobody has chosen.
const (
	classRank    = 400
	classNumbers = 250_000_000 // of the factor
	// Beside I, a trace of 0.1 is nothing, and a part of 1e-5 of the trace is close to rounding in float32.
	leastTrace = 1e-5
)

// place makes a preconditioner for the new W.
func (k *iterativeLaplace) place(ctx context.Context, root core.Matrix[float64]) error {
	k.system.root = root
	rank, size := k.o.Rank, k.system.Size()
	if rank == 0 {
		rank = max(1, min(size/8, classRank, classNumbers/size))
	}
	diagonal, trace := make([]float64, size), 0.0
	if err := k.system.Diagonal(ctx, diagonal); err != nil {
		return err
	}
	for _, v := range diagonal {
		trace += v
	}
	var err error
	k.pre, err = NewPreconditioner(ctx, k.system, &PreconditionerOptions{Rank: rank, Tol: max(leastTrace, min(0.1/trace, 0.9)),
		Seed: k.o.Seed, Threads: k.o.Threads, Progress: k.during("pivots")})
	return err
}

func (k *iterativeLaplace) dear() bool { return false }

func (k *iterativeLaplace) during(phase string) func(core.Progress) {
	if k.report == nil {
		return nil
	}
	return func(p core.Progress) { k.report(phase, p) }
}

// solve writes R v to dst. What V^T K does to the step that is made of it is x, the solution of the system, which can be far
// smaller than the right-hand side: the residual has to be small beside x.
func (k *iterativeLaplace) solve(ctx context.Context, dst, v core.Matrix[float64]) error {
	k.system.gather(k.b, v.Data)
	o := &SolveOptions{Method: MethodCG, Tol: newtonResidual, MaxIterations: k.o.MaxSolve, Preconditioner: k.pre, Threads: k.o.Threads,
		Progress: k.during("solving")}
	size := math.Sqrt(blas.Dot(k.b.Data, k.b.Data))
	if size == 0 {
		clear(dst.Data)
		return nil
	}
	const rounds = 5
	for round := 1; ; round++ {
		out, err := Solve(ctx, k.system, k.b, o)
		if err != nil {
			return err
		}
		k.solves += out.Iterations[0]
		k.trouble = slices.DeleteFunc(out.Diagnostics, func(d Diagnostic) bool { return d.Code == GuessDropped })
		share := math.Sqrt(blas.Dot(out.X.Data, out.X.Data)) / size
		if out.Residuals[0] <= 5*newtonResidual*share || round == rounds || !out.Converged[0] {
			if out.Residuals[0] > hopeless {
				return fmt.Errorf("gp: %w: a Newton step needs a system that conjugate gradients leave at a residual of %.2g; raise "+
					"rank or max_solve_iter, or use float64 precision", core.ErrNumerical, out.Residuals[0])
			}
			k.system.spread(dst.Data, out.X)
			return nil
		}
		o.Tol, o.Start = max(newtonResidual*share, 1e-12), &out.X
	}
}

// likelihoodProbes keep the standard error of a likelihood at some 1e-3 per point where the noise is small.
const likelihoodProbes = 32

// evidence estimates log p(y) at a mode, and bounds of it at 95 %.
func (k *iterativeLaplace) evidence(ctx context.Context, m *mode) (value, lower, upper float64, notes []Diagnostic, err error) {
	det, err := LogDet(ctx, k.system, &LogDetOptions{Probes: likelihoodProbes, Seed: k.o.Seed, Preconditioner: k.pre,
		Threads: k.o.Threads, Progress: k.during("likelihood")})
	if err != nil {
		return math.NaN(), math.NaN(), math.NaN(), nil, err
	}
	return m.value - det.Value/2, m.value - det.Upper/2, m.value - det.Lower/2, det.Diagnostics, nil
}
