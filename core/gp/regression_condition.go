package gp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// posterior is what predictions of a Regression need besides its fields.
type posterior struct {
	op     *Operator
	coarse *Operator     // in float32, for products between residuals by op, while a model is made; or nil
	l      []float64     // factor of K + Sigma (n x n), if the solver is cholesky
	pre    matched       // otherwise, with the trace of K + Sigma
	below  *LowRank      // and one that is not above K + Sigma
	probes []Tridiagonal // of pre, if a gradient has left them: the first ones for the determinant
	belief *Belief       // of a model whose solver is not itergp, if it was asked for
	root   *LanczosRoot
	draws  map[drawKey]*FunctionDraws
}

// Reset forgets what has been kept for predictions.
func (m *Regression) Reset() { m.cache = nil }

// posterior returns the cache with an operator in place, after checking the fields.
func (m *Regression) posterior() (*posterior, error) {
	if m.cache != nil {
		return m.cache, nil
	}
	n := m.X.Rows
	if m.X.Data == nil && m.Weights == nil {
		if err := m.checkWeights(); err != nil {
			return nil, err
		}
	}
	if err := checkPoints(m.X, "X of the model", 0); err != nil {
		return nil, err
	}
	if len(m.Y) != n*m.outputs() {
		return nil, fmt.Errorf("gp: %w: Y has %d elements for %d points and %d outputs", core.ErrShape, len(m.Y), n, m.outputs())
	}
	if err := checkTargets(m.targets(), n); err != nil {
		return nil, err
	}
	if err := Validate(m.Kernel, m.X.Cols); err != nil {
		return nil, err
	}
	if err := checkKnown(m.Known, n); err != nil {
		return nil, err
	}
	for _, f := range [][]float64{m.XMean, m.XScale} {
		if f != nil && (len(m.XMean) != m.X.Cols || len(m.XScale) != m.X.Cols) {
			return nil, fmt.Errorf("gp: %w: XMean and XScale have %d and %d elements for %d features", core.ErrShape,
				len(m.XMean), len(m.XScale), m.X.Cols)
		}
	}
	for _, f := range [][]float64{m.YMean, m.YScale} {
		if f != nil && len(f) != m.outputs() {
			return nil, fmt.Errorf("gp: %w: YMean and YScale have %d and %d elements for %d outputs", core.ErrShape, len(m.YMean),
				len(m.YScale), m.outputs())
		}
	}
	op, err := m.operator()
	if err != nil {
		return nil, err
	}
	m.cache = &posterior{op: op, draws: map[drawKey]*FunctionDraws{}}
	return m.cache, nil
}

// operator returns that of the model. Storage that could make the matrix indefinite is refused with a note.
func (m *Regression) operator() (*Operator, error) {
	o := &OperatorOptions{Precision: m.Precision, Storage: m.Storage, Threads: m.Threads}
	if m.Precision == Float64 || m.Solver == MethodCholesky {
		o.Storage = None
		if m.Storage != "" && m.Storage != None && m.Solver != MethodCholesky {
			m.refuse("elements are float64, because float32 is too coarse for so little noise or such short length scales")
		}
	}
	op, err := NewOperator(m.X, m.Kernel, together(m.Noise, m.Known), o)
	if o.Storage != "" && o.Storage != None && errors.Is(err, core.ErrNumerical) {
		m.refuse(err.Error())
		o.Storage = None
		op, err = NewOperator(m.X, m.Kernel, together(m.Noise, m.Known), o)
	}
	if err == nil {
		m.StorageError = op.StorageError()
	}
	return op, err
}

// StorageRefused is the code of a Diagnostic: elements of the kernel matrix were not stored as asked for.
const StorageRefused = "storage_refused"

func (m *Regression) refuse(why string) {
	m.Diagnostics = append(m.Diagnostics, Diagnostic{StorageRefused, -1, 0, "the kernel matrix was not stored in " + m.Storage +
		": " + why, "store in float32 or not at all, or raise the noise"})
	m.Storage = None
}

// factor returns the posterior with the factor or the preconditioner in place.
func (m *Regression) factor(ctx context.Context) (*posterior, error) {
	p, err := m.posterior()
	if err != nil {
		return nil, err
	}
	n := m.X.Rows
	switch {
	case m.Solver == MethodCholesky && p.l == nil:
		if err := checkSquares("Cholesky", n, 1, "use solver cg, which keeps no matrix"); err != nil {
			return nil, err
		}
		l := make([]float64, n*n)
		if err := fillMatrix(ctx, l, p.op); err != nil {
			return nil, err
		}
		if err := factorize(ctx, m.Threads, l, n); err != nil {
			return nil, err
		}
		p.l = l
	case m.Solver != MethodCholesky && p.pre == nil:
		o := &PreconditionerOptions{Method: m.Preconditioner, Rank: m.Rank, Seed: m.Seed, Threads: m.Threads,
			Progress: m.during("preconditioner")}
		if p.pre, m.Preconditioner, err = newMatchedBy(ctx, p.op, o); err != nil {
			return nil, err
		}
		m.PreconditionerRank = p.pre.Rank()
	}
	return p, nil
}

// bound returns the preconditioner P for which r^T P^-1 r is never less than r^T (K + Sigma)^-1 r.
func (m *Regression) bound(ctx context.Context) (*LowRank, error) {
	p, err := m.factor(ctx)
	if err != nil || p.below != nil {
		return p.below, err
	}
	low, ok := p.pre.(*LowRank)
	if !ok {
		p.below, err = NewPreconditioner(ctx, p.op, &PreconditionerOptions{Seed: m.Seed, Threads: m.Threads, Progress: m.during("pivots")})
		return p.below, err
	}
	noise, floor, err := positiveNoise(ctx, p.op, core.Matrix[float32]{})
	if err != nil {
		return nil, err
	}
	p.below, err = low.with(ctx, noise, floor)
	return p.below, err
}

// solve returns (K + Sigma)^-1 b for b of n x t and what there is to say about it. start may be nil.
func (m *Regression) solve(ctx context.Context, b core.Matrix[float64], start *core.Matrix[float64], tols []float64) (*Solution, error) {
	p, err := m.factor(ctx)
	if err != nil {
		return nil, err
	}
	if p.l != nil {
		out := &Solution{X: core.NewMatrix[float64](b.Rows, b.Cols), Residuals: make([]float64, b.Cols)}
		for i := range b.Rows {
			copy(out.X.Row(i), b.Row(i))
		}
		solveFactor(m.Threads, p.l, b.Rows, out.X.Data, b.Cols)
		return out, contextError(ctx)
	}
	if m.Solver == MethodIterGP {
		return m.believed(ctx, b)
	}
	most := m.MaxSolve
	if most == 0 {
		most = defaultMaxIterations
	}
	o := &SolveOptions{Method: method(m.Solver), Format: m.Format, Seed: m.Seed, Tol: positiveOr(m.PredictTol, 1e-3), Tols: tols,
		MaxIterations: most, Start: start, Preconditioner: p.pre, Threads: m.Threads, Progress: m.during("solving")}
	if p.coarse != nil {
		o.accurate, o.Refresh = p.op, refinement
	}
	return Solve(ctx, p.products(), b, o)
}

// products returns the operator for products whose rounding does not matter.
func (p *posterior) products() *Operator {
	if p.coarse != nil {
		return p.coarse
	}
	return p.op
}

// approach lets float32 do the products of conjugate gradients, where float64 is needed for residuals only.
func (m *Regression) approach(ctx context.Context) error {
	p, err := m.posterior()
	if err != nil || m.Precision != Float64 || m.Solver != MethodCG {
		return err
	}
	if hopeless, err := p.op.beyondFloat32(ctx); err != nil || hopeless {
		return err
	}
	p.coarse, err = NewOperator(m.X, m.Kernel, together(m.Noise, m.Known), &OperatorOptions{Threads: m.Threads})
	return err
}

// condition computes the weights from the parameters, and with Cholesky the likelihood. start is a guess of the weights.
func (m *Regression) condition(ctx context.Context, start []float64) error {
	if m.Solver == MethodIterGP {
		b, err := m.act(ctx)
		if err == nil {
			m.adopt(b)
			m.Memory = m.memory()
		}
		return err
	}
	y := m.targets()
	n := y.Rows
	var guess *core.Matrix[float64]
	if len(start) == len(m.Y) {
		first := tall(start, n)
		guess = &first
	}
	out, err := m.solve(ctx, y, guess, nil)
	if err != nil {
		return err
	}
	m.Weights, m.Residual = slices.Clone(out.X.Data), slices.Max(out.Residuals)
	m.Memory = m.memory()
	for _, d := range out.Diagnostics {
		if d.Code != GuessDropped {
			m.Diagnostics = append(m.Diagnostics, d)
		}
	}
	if l := m.cache.l; l != nil {
		m.LogLikelihood = -0.5 * blas.Dot(m.Y, m.Weights)
		for i := range n {
			m.LogLikelihood -= float64(y.Cols) * (math.Log(l[i*n+i]) + 0.5*math.Log(2*math.Pi))
		}
		m.Lower, m.Upper = m.LogLikelihood, m.LogLikelihood
	}
	return nil
}

// memory returns the bytes of the arrays that grow with the number of points.
func (m *Regression) memory() int64 {
	n, p := int64(m.X.Rows), m.cache
	sum := 8*n*int64(m.X.Cols+2*m.outputs()) + 8*int64(len(p.l)) + 16*n*int64(m.Directions.Rows)
	if p.pre != nil {
		sum += p.pre.bytes()
	}
	switch m.Storage {
	case Float32:
		sum += 2 * n * n
	case Float16, BFloat16:
		sum += n * n
	}
	return sum
}
