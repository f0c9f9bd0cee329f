package gp

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
)

// Methods of [Solve].
const (
	MethodAuto        = "auto"                   // Cholesky up to 4000 points, conjugate gradients beyond
	MethodCholesky    = "cholesky"               // the reference: K + Sigma in memory, in float64
	MethodCG          = "cg"                     // preconditioned conjugate gradients on all columns at once
	MethodLowCG       = "low_precision_cg"       // conjugate gradients on vectors of half precision
	MethodProjections = "alternating_projection" // exact solves of blocks of points, the one with the largest residual next
	MethodDual        = "dual_descent"           // stochastic descent on random blocks, with momentum and averages
)

// Formats of the vectors of MethodLowCG besides Float32.
const (
	Float16  = "float16"  // 11 significant bits
	BFloat16 = "bfloat16" // 8 significant bits
)

// SolveOptions of [Solve]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON text;
// doc is the line shown there.
type SolveOptions struct {
	Method          string  `json:"method" default:"auto" doc:"auto, cholesky, cg, low_precision_cg, alternating_projection or dual_descent"`
	Tol             float64 `json:"tol" default:"0" doc:"largest relative residual of a column; 0: 0.01"`
	MaxIterations   int     `json:"max_iter" default:"0" doc:"most iterations; for methods that work on blocks of points, as many as make a pass over all count as one; 0: 1000"`
	MaxProducts     int     `json:"max_products" default:"0" doc:"most products of the matrix with one vector, for all columns together; 0: no limit"`
	Refresh         int     `json:"refresh" default:"0" doc:"iterations after which the residual is computed anew from the solution; 0: 50"`
	Reorthogonalize bool    `json:"reorthogonalize" default:"false" doc:"keep all residuals of conjugate gradients and make each new one orthogonal to them; n numbers per iteration and column"`
	Format          string  `json:"format" default:"float16" doc:"of the vectors of low_precision_cg: float16, bfloat16 or float32"`
	BlockSize       int     `json:"block_size" default:"0" doc:"points of a block; 0: 1000 for alternating_projection, 512 for dual_descent"`
	StepSize        float64 `json:"step_size" default:"0" doc:"step of dual_descent times n; 0: found from the largest eigenvalues of a few blocks"`
	MaxMemory       int     `json:"max_memory" default:"0" doc:"most megabytes that the matrix or the factors of its blocks may take; 0: 4096"`
	Seed            uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Tols, if set, holds a tolerance for each column in place of Tol. 0 is a tolerance that is never met.
	Tols []float64 `json:"-"`
	// Start, if set, is the initial guess (n x t), best a solution for similar parameters. It is not written to. A column
	// whose guess is worse than zero starts from zero.
	Start *core.Matrix[float64] `json:"-"`
	// Preconditioner, if set, is used by conjugate gradients.
	Preconditioner Preconditioner `json:"-"`
	// Order, if set, is a permutation of the points in which neighbours lie close together: MethodProjections cuts its
	// blocks out of it, and takes some third of the iterations then.
	Order []int `json:"-"`
	// Lanczos asks MethodCG for the coefficients of the Lanczos process behind each column, which quadrature needs.
	Lanczos bool `json:"-"`
	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every iteration; Objective is the largest relative residual of an open column.
	Progress func(core.Progress) `json:"-"`

	once     bool   // conjugate gradients do not start again where rounding made them stop early
	accurate System // conjugate gradients compute residuals with this one, which products of the other only come close to
}

const (
	defaultTol           = 0.01
	defaultMaxIterations = 1000
	defaultRefresh       = 50
	defaultMemory        = 4096
	choleskyPoints       = 4000 // up to where MethodAuto takes Cholesky
)

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *SolveOptions) Validate() error {
	if o == nil {
		return nil
	}
	for _, f := range []struct {
		name  string
		value int
	}{{"max_iter", o.MaxIterations}, {"max_products", o.MaxProducts}, {"refresh", o.Refresh}, {"block_size", o.BlockSize},
		{"max_memory", o.MaxMemory}} {
		if f.value < 0 {
			return fmt.Errorf("gp: %w: %s must not be negative, got %d", core.ErrOption, f.name, f.value)
		}
	}
	methods := []string{MethodAuto, MethodCholesky, MethodCG, MethodLowCG, MethodProjections, MethodDual}
	formats := []string{Float16, BFloat16, Float32}
	switch {
	case !(o.Tol >= 0 && o.Tol < 1):
		return fmt.Errorf("gp: %w: tol must be in [0, 1), got %v", core.ErrOption, o.Tol)
	case !(o.StepSize >= 0) || math.IsInf(o.StepSize, 1):
		return fmt.Errorf("gp: %w: step_size must be a number that is not negative, got %v", core.ErrOption, o.StepSize)
	case o.Method != "" && !slices.Contains(methods, o.Method):
		return fmt.Errorf("gp: %w: method must be one of %v, got %q", core.ErrOption, methods, o.Method)
	case o.Format != "" && !slices.Contains(formats, o.Format):
		return fmt.Errorf("gp: %w: format must be one of %v, got %q", core.ErrOption, formats, o.Format)
	}
	for j, tol := range o.Tols {
		if !(tol >= 0 && tol < 1) {
			return fmt.Errorf("gp: %w: the tolerance of column %d must be in [0, 1), got %v", core.ErrOption, j, tol)
		}
	}
	return nil
}

// Solution is what a solver has reached. That it falls short of the tolerance is no error: see Converged and Diagnostics.
type Solution struct {
	X core.Matrix[float64] // n x t

	Residuals  []float64     // t: |b - (K + Sigma) x| / |b|, computed from X; 0 for a column of zeros
	Converged  []bool        // t: the residual is at most the tolerance
	Iterations []int         // t: of each column; passes over all points for methods that work on blocks
	Products   int           // products of the matrix with one vector, for all columns together; a pass counts as one
	Lanczos    []Tridiagonal // t: if asked for; they belong to the first residual, so start from zero for quadrature

	Diagnostics []Diagnostic
	Method      string
	Seconds     float64

	began  []float64 // t: residuals of the initial guess, if conjugate gradients know them
	factor *Cholesky // if the method is cholesky
}

// Solve returns X with (K + Sigma) X = b for b of n x t, by the method of the options. b is not written to.
//
// Errors wrap core.ErrOption, core.ErrShape, core.ErrNotFinite, or core.ErrNumerical if Cholesky meets a matrix that is
// not positive definite, or come from s or ctx.
func Solve(ctx context.Context, s System, b core.Matrix[float64], o *SolveOptions) (*Solution, error) {
	p, err := newSolve(ctx, s, b, o)
	if err != nil {
		return nil, err
	}
	if p.n == 0 || p.t == 0 {
		return p.solution(ctx)
	}
	switch p.method {
	case MethodCholesky:
		err = p.cholesky(ctx)
	case MethodLowCG:
		err = p.lowPrecision(ctx)
	case MethodProjections:
		err = p.projections(ctx)
	case MethodDual:
		err = p.dual(ctx)
	default:
		err = p.cg(ctx)
	}
	if err != nil {
		return nil, err
	}
	return p.solution(ctx)
}

// solve is one call of Solve. Columns are divided by their norms: b_j / norm_j is what methods see, and x in its unit.
type solve struct {
	s         System
	n, t      int
	b         core.Matrix[float64]
	norm      []float64 // of the columns of b, 1 where zero
	zero      []bool
	tols      []float64
	o         SolveOptions
	method    string
	threads   int
	space     *columnSpace
	x         core.Matrix[float64] // n x t, divided by norm
	r         core.Matrix[float64] // n x t: b/norm - (K + Sigma) x, as far as residuals says
	residuals []float64            // of x; NaN where not known
	first     []float64            // of the initial guess, if known
	done      []int                // iterations of each column
	products  int
	lanczos   []Tridiagonal
	factor    *Cholesky
	notes     []Diagnostic
	began     time.Time
}

func newSolve(ctx context.Context, s System, b core.Matrix[float64], o *SolveOptions) (*solve, error) {
	p := &solve{s: s, n: s.Size(), t: b.Cols, b: b, began: time.Now()}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o != nil {
		p.o = *o
	}
	if err := b.Check("b"); err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	switch {
	case b.Rows != p.n:
		return nil, fmt.Errorf("gp: %w: b has %d rows for %d points", core.ErrShape, b.Rows, p.n)
	case p.o.Tols != nil && len(p.o.Tols) != p.t:
		return nil, fmt.Errorf("gp: %w: %d tolerances for %d columns", core.ErrShape, len(p.o.Tols), p.t)
	case p.o.Order != nil && !isPermutation(p.o.Order, p.n):
		return nil, fmt.Errorf("gp: %w: the order of points must hold each of 0 to %d once", core.ErrOption, p.n-1)
	case p.o.Preconditioner != nil && p.o.Preconditioner.Size() != p.n:
		return nil, fmt.Errorf("gp: %w: the preconditioner is for %d points, the system has %d",
			core.ErrShape, p.o.Preconditioner.Size(), p.n)
	}
	if err := checkSigma(s.Sigma(), p.n); err != nil {
		return nil, err
	}
	if err := b.CheckFinite("b"); err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	p.defaults()
	if err := checkColumns("solves", p.n, 5*float64(p.t), "solve for fewer columns at once"); err != nil {
		return nil, err
	}
	p.norm, p.zero = lengths(b)
	p.space = newColumnSpace(ctx, p.threads, p.n, p.t)
	p.x = core.NewMatrix[float64](p.n, p.t)
	p.done = make([]int, p.t)
	p.residuals = make([]float64, p.t)
	return p, p.guess()
}

func isPermutation(order []int, n int) bool {
	seen := make([]bool, n)
	for _, id := range order {
		if id < 0 || id >= n || seen[id] {
			return false
		}
		seen[id] = true
	}
	return len(order) == n
}

func (p *solve) defaults() {
	o := &p.o
	if p.method = o.Method; p.method == "" {
		p.method = MethodAuto
	}
	if p.method == MethodAuto {
		if p.method = MethodCG; p.n <= choleskyPoints && !o.Lanczos {
			p.method = MethodCholesky
		}
	}
	for _, f := range []struct {
		value *int
		other int
	}{{&o.MaxIterations, defaultMaxIterations}, {&o.MaxProducts, math.MaxInt}, {&o.Refresh, defaultRefresh},
		{&o.MaxMemory, defaultMemory}} {
		if *f.value == 0 {
			*f.value = f.other
		}
	}
	if o.Tol == 0 {
		o.Tol = defaultTol
	}
	p.tols = o.Tols
	if p.tols == nil {
		p.tols = slices.Repeat([]float64{o.Tol}, p.t)
	}
	p.threads = o.Threads
}

// guess fills x with the initial guess, each column in the unit of its right-hand side.
func (p *solve) guess() error {
	start := p.o.Start
	if start == nil {
		return nil
	}
	if err := start.Check("the initial guess"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if start.Rows != p.n || start.Cols != p.t {
		return fmt.Errorf("gp: %w: the initial guess is %d x %d, the right-hand side %d x %d",
			core.ErrShape, start.Rows, start.Cols, p.n, p.t)
	}
	if err := start.CheckFinite("the initial guess"); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	for i := range p.n {
		row := p.x.Row(i)
		for j, v := range start.Row(i) {
			if !p.zero[j] {
				row[j] = v / p.norm[j]
			}
		}
	}
	return nil
}

// residual sets r to b/norm - (K + Sigma) x, which costs a product for each column, and residuals to its norms.
func (p *solve) residual(ctx context.Context) error {
	if p.r.Data == nil {
		p.r = core.NewMatrix[float64](p.n, p.t)
	}
	if err := p.image(ctx, p.r, p.x); err != nil {
		return err
	}
	if err := p.fromTarget(p.r); err != nil {
		return err
	}
	return p.space.norms(p.residuals, p.r)
}

// fromTarget replaces the n x t matrix v by b/norm - v.
func (p *solve) fromTarget(v core.Matrix[float64]) error {
	return p.space.each(func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := v.Row(i)
			for j, b := range p.b.Row(i) {
				row[j] = b/p.norm[j] - row[j]
			}
		}
	})
}

// firstResidual sets r for the initial guess, without a product where there is none. Guesses worse than zero are dropped.
func (p *solve) firstResidual(ctx context.Context) error {
	if p.o.Start != nil {
		if err := p.residual(ctx); err != nil {
			return err
		}
		for j, v := range p.residuals {
			if p.worse(j) {
				p.notes = append(p.notes, guessDropped(j, v))
				p.reset(j)
			}
		}
		return nil
	}
	p.r = core.NewMatrix[float64](p.n, p.t)
	for j, zero := range p.zero {
		p.residuals[j] = 1
		if zero {
			p.residuals[j] = 0
		}
	}
	return p.fromTarget(p.r)
}

// worse says whether the solution of column j is worse than zero.
func (p *solve) worse(j int) bool { return !(p.residuals[j] <= 1) }

// reset makes the solution of column j zero.
func (p *solve) reset(j int) {
	for i := range p.n {
		p.x.Row(i)[j], p.r.Row(i)[j] = 0, p.b.Row(i)[j]/p.norm[j]
	}
	p.residuals[j] = 1
}

// product is (K + Sigma) v, counted.
func (p *solve) product(ctx context.Context, dst, v core.Matrix[float64]) error {
	p.products += v.Cols
	return p.s.Mul(ctx, dst, v)
}

// image is the product that residuals are made of.
func (p *solve) image(ctx context.Context, dst, v core.Matrix[float64]) error {
	if p.o.accurate == nil {
		return p.product(ctx, dst, v)
	}
	p.products += v.Cols
	return p.o.accurate.Mul(ctx, dst, v)
}

// affordable says whether columns more products keep to the budget with one product of all columns left at the end, which
// says what was reached.
func (p *solve) affordable(columns int) bool { return p.products+columns+p.t <= p.o.MaxProducts }

func (p *solve) report(iteration int, worst float64) {
	if p.o.Progress != nil {
		p.o.Progress(core.Progress{Phase: p.method, Iteration: iteration, MaxIterations: p.o.MaxIterations, Objective: worst,
			Evaluations: int64(p.products) * int64(p.n), Seconds: time.Since(p.began).Seconds()})
	}
}

// solution puts columns back into their units.
func (p *solve) solution(ctx context.Context) (*Solution, error) {
	out := &Solution{X: p.x, Residuals: p.residuals, Converged: make([]bool, p.t), Iterations: p.done, Products: p.products,
		Lanczos: p.lanczos, Method: p.method, began: p.first, factor: p.factor}
	for j, v := range p.residuals {
		if out.Converged[j] = v <= p.tols[j]; !out.Converged[j] && !p.noted(j) && p.tols[j] > 0 {
			p.notes = append(p.notes, notConverged(j, v, p.tols[j]))
		}
	}
	if err := p.space.scale(p.x, p.norm); err != nil {
		return nil, err
	}
	out.Diagnostics, out.Seconds = p.notes, time.Since(p.began).Seconds()
	return out, ctx.Err()
}

// noted says whether there is a diagnostic that explains why column j did not converge.
func (p *solve) noted(j int) bool {
	return slices.ContainsFunc(p.notes, func(d Diagnostic) bool {
		return d.Column == j && (d.Code == Stagnated || d.Code == Indefinite)
	})
}
