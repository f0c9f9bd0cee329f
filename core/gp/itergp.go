package gp

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Policies of [IterGP]: where the next action comes from.
const (
	PolicyCholesky = "cholesky" // the unit vector of the point that is least explained: partial Cholesky, a subset of data
	PolicyCG       = "cg"       // the residual, or P^-1 times it: conjugate gradients
	PolicyInducing = "inducing" // given columns, such as k(X, z) of inducing points z
)

// Stage is a number of actions of one policy. 0 actions means as many as there are inducing columns, and 100 otherwise. The
// stage ends early when the residual is at most Tol times the observations, if that is not 0.
type Stage struct {
	Policy  string  `json:"policy"`
	Actions int     `json:"actions"`
	Tol     float64 `json:"tol"`
}

// IterGPOptions of [IterGP]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON
// text.
type IterGPOptions struct {
	Stages []Stage `json:"stages" default:"[]" doc:"policies and numbers of actions, gone through in order; none: 100 actions of cg"`
	Most   int     `json:"n_actions" default:"0" doc:"most actions of all stages together; 0: no limit"`
	Tol    float64 `json:"tol" default:"0" doc:"end all stages when the residual is at most this part of the observations; 0: never"`

	// Inducing (n x m) are the actions of PolicyInducing, each used once.
	Inducing core.Matrix[float64] `json:"-"`
	// Preconditioner, if set, is used by PolicyCG.
	Preconditioner Preconditioner `json:"-"`
	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every action; Objective is the relative residual.
	Progress func(core.Progress) `json:"-"`
}

const defaultActions = 100

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *IterGPOptions) Validate() error {
	if o == nil {
		return nil
	}
	known := []string{PolicyCholesky, PolicyCG, PolicyInducing}
	for i, s := range o.Stages {
		switch {
		case !slices.Contains(known, s.Policy):
			return fmt.Errorf("gp: %w: the policy of stage %d must be one of %v, got %q", core.ErrOption, i, known, s.Policy)
		case s.Actions < 0:
			return fmt.Errorf("gp: %w: stage %d has %d actions; it must not be a negative number", core.ErrOption, i, s.Actions)
		case !(s.Tol >= 0 && s.Tol < 1):
			return fmt.Errorf("gp: %w: tol of stage %d must be in [0, 1), got %v", core.ErrOption, i, s.Tol)
		case s.Policy == PolicyInducing && o.Inducing.Cols == 0:
			return fmt.Errorf("gp: %w: stage %d is %q, but there are no inducing columns", core.ErrOption, i, s.Policy)
		}
	}
	if o.Most < 0 {
		return fmt.Errorf("gp: %w: n_actions must not be negative, got %d", core.ErrOption, o.Most)
	}
	if !(o.Tol >= 0 && o.Tol < 1) {
		return fmt.Errorf("gp: %w: tol must be in [0, 1), got %v", core.ErrOption, o.Tol)
	}
	return nil
}

// Belief is what actions s_1, ..., s_k have found out about (K + Sigma)^-1: the matrix C = D^T D = S (S^T (K + Sigma) S)^-1
// S^T of rank k, below it in the order of matrices. With it the variance of a Gaussian process is never too small: what
// the missing computation adds to the uncertainty is counted.
type Belief struct {
	D       core.Matrix[float64] // k x n: directions, conjugate to each other
	Weights []float64            // n: v = C y, so that the mean at x is k(x, X) v

	Residual  float64   // |y - (K + Sigma) v| / |y|, computed from v; 0 if y is 0
	Residuals []float64 // k: the same after each action, carried along
	Converged bool      // the residual is at most the tolerance, or there was none
	Products  int       // products of the matrix with one vector, without columns read

	Diagnostics []Diagnostic
	Seconds     float64

	threads int
}

// IterGP makes observations y (n), with their mean taken away, into a Belief, action by action, after Wenger, Pleiss,
// Pfortner, Hennig and Cunningham (Posterior and computational uncertainty in Gaussian processes, NeurIPS 2022). Each
// action is made conjugate to all before, twice, so that rounding does not make C larger than it may be: 8*n*k operations
// for the k-th, besides one product, or for PolicyCholesky one column. Memory for 2*k*n numbers, half of which are kept.
//
// Errors wrap core.ErrOption, core.ErrShape, core.ErrNotFinite, or core.ErrNumerical if products are NaN, or come from s or
// ctx. Actions that depend on others are left out; see Diagnostics.
func IterGP(ctx context.Context, s System, y []float64, o *IterGPOptions) (*Belief, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o == nil {
		o = &IterGPOptions{}
	}
	g, err := newInference(s, y, o)
	if err != nil {
		return nil, err
	}
	for _, stage := range g.stages {
		if err := g.run(ctx, stage); err != nil {
			return nil, err
		}
	}
	return g.finish(ctx)
}

// inference is a call of IterGP.
type inference struct {
	s       System
	o       *IterGPOptions
	n, k    int // k actions so far
	stages  []Stage
	y       []float64
	size    float64 // |y|
	v, r    []float64
	d, kd   core.Matrix[float64] // of rows for all actions there may be: D and D (K + Sigma)
	weights []float64            // of earlier directions
	action  []float64
	image   []float64
	left    []float64 // diagonal of K + Sigma that is not explained; nil before PolicyCholesky
	used    int       // inducing columns
	out     *Belief
	weak    int
	began   time.Time
}

func newInference(s System, y []float64, o *IterGPOptions) (*inference, error) {
	n := s.Size()
	g := &inference{s: s, o: o, n: n, y: y, out: &Belief{threads: o.Threads}, began: time.Now()}
	if len(y) != n {
		return nil, fmt.Errorf("gp: %w: %d observations for %d points", core.ErrShape, len(y), n)
	}
	column := core.Matrix[float64]{Data: y, Rows: n, Cols: 1, Stride: 1}
	if err := column.CheckFinite("the observations"); err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	if err := checkSigma(s.Sigma(), n); err != nil {
		return nil, err
	}
	if o.Inducing.Cols > 0 {
		if err := checkShape(o.Inducing, "the inducing columns", n, o.Inducing.Cols); err != nil {
			return nil, err
		}
		if err := o.Inducing.CheckFinite("the inducing columns"); err != nil {
			return nil, fmt.Errorf("gp: %w", err)
		}
	}
	if o.Preconditioner != nil && o.Preconditioner.Size() != n {
		return nil, fmt.Errorf("gp: %w: the preconditioner is for %d points, the system has %d",
			core.ErrShape, o.Preconditioner.Size(), n)
	}
	if g.stages = slices.Clone(o.Stages); len(g.stages) == 0 {
		g.stages = []Stage{{Policy: PolicyCG}}
	}
	most := 0
	for i := range g.stages {
		stage := &g.stages[i]
		if stage.Policy == PolicyCholesky && columnsOf(s) == nil {
			return nil, fmt.Errorf("gp: %w: policy %q needs columns of the kernel matrix, which this system does not give; use %q",
				core.ErrOption, PolicyCholesky, PolicyCG)
		}
		if stage.Actions == 0 {
			if stage.Actions = defaultActions; stage.Policy == PolicyInducing {
				stage.Actions = o.Inducing.Cols
			}
		}
		most += stage.Actions
	}
	if most = min(most, n); o.Most > 0 {
		most = min(most, o.Most)
	}
	if err := checkColumns("actions and their images", n, float64(2*most+5), "take fewer actions"); err != nil {
		return nil, err
	}
	g.v, g.r = make([]float64, n), slices.Clone(y)
	g.size = math.Sqrt(blas.Dot(y, y))
	g.d, g.kd = core.NewMatrix[float64](most, n), core.NewMatrix[float64](most, n)
	g.weights, g.action, g.image = make([]float64, most), make([]float64, n), make([]float64, n)
	return g, nil
}

// run takes the actions of a stage.
func (g *inference) run(ctx context.Context, stage Stage) error {
	for range stage.Actions {
		if err := ctx.Err(); err != nil {
			return err
		}
		if tol := max(g.o.Tol, stage.Tol); g.k == g.d.Rows || tol > 0 && g.residual() <= tol {
			return nil
		}
		known, more, err := g.next(ctx, stage.Policy)
		if err != nil || !more {
			return err
		}
		news, err := g.observe(ctx, known)
		if err != nil {
			return err
		}
		if !news && stage.Policy != PolicyInducing {
			return nil // the policy would only say the same again
		}
		if g.o.Progress != nil {
			g.o.Progress(core.Progress{Phase: stage.Policy, Iteration: g.k, MaxIterations: g.d.Rows, Objective: g.residual(),
				Evaluations: int64(g.out.Products) * int64(g.n), Seconds: time.Since(g.began).Seconds()})
		}
	}
	return nil
}

func (g *inference) residual() float64 {
	if g.size == 0 {
		return 0
	}
	return math.Sqrt(blas.Dot(g.r, g.r)) / g.size
}

// smallEta is the part of an action's square length, in the norm of K + Sigma, that must be new for it to count.
const smallEta = 1e-12

// observe takes the action, and reports whether that brought anything new. known says that image is (K + Sigma) times it.
func (g *inference) observe(ctx context.Context, known bool) (news bool, err error) {
	whole := 0.0
	if known {
		whole = blas.Dot(g.action, g.image)
	} else {
		whole = blas.Dot(g.action, g.action)
	}
	for range 2 {
		if err := g.project(ctx, known); err != nil {
			return false, err
		}
	}
	if !known {
		g.out.Products++
		one := func(x []float64) core.Matrix[float64] {
			return core.Matrix[float64]{Data: x, Rows: g.n, Cols: 1, Stride: 1}
		}
		if err := g.s.Mul(ctx, one(g.image), one(g.action)); err != nil {
			return false, err
		}
	}
	eta := blas.Dot(g.action, g.image)
	if eta-eta != 0 {
		return false, fmt.Errorf("gp: %w: a product with K + Sigma overflows or is NaN; check the parameters of the kernel",
			core.ErrNumerical)
	}
	if !known {
		// What is left of the action must not be rounding of what was there.
		whole *= eta / math.Max(blas.Dot(g.action, g.action), math.SmallestNonzeroFloat64)
	}
	if eta < 0 && -eta > smallEta*math.Abs(whole) {
		g.out.Diagnostics = append(g.out.Diagnostics, indefinite(-1, eta/math.Max(blas.Dot(g.action, g.action),
			math.SmallestNonzeroFloat64)))
		return false, nil
	}
	if !(eta > smallEta*whole) {
		g.weak++
		return false, nil
	}
	by := 1 / math.Sqrt(eta)
	d, kd := g.d.Row(g.k), g.kd.Row(g.k)
	for i := range d {
		d[i], kd[i] = g.action[i]*by, g.image[i]*by
	}
	g.k++
	a := blas.Dot(d, g.r)
	blas.Axpy(a, d, g.v)
	blas.Axpy(-a, kd, g.r)
	for i := range g.left {
		g.left[i] -= kd[i] * kd[i]
	}
	g.out.Residuals = append(g.out.Residuals, g.residual())
	return true, nil
}

// project makes the action conjugate to all directions, and image with it where it is known.
func (g *inference) project(ctx context.Context, known bool) error {
	if g.k == 0 {
		return nil
	}
	err := par.For(ctx, g.o.Threads, g.k, func(_, j int) { g.weights[j] = -blas.Dot(g.kd.Row(j), g.action) })
	if err != nil {
		return err
	}
	return par.For(ctx, g.o.Threads, par.Tiles(g.n, rowTile), func(_, tile int) {
		lo, hi := par.Span(tile, g.n, rowTile)
		for j, w := range g.weights[:g.k] {
			blas.Axpy(w, g.d.Row(j)[lo:hi], g.action[lo:hi])
			if known {
				blas.Axpy(w, g.kd.Row(j)[lo:hi], g.image[lo:hi])
			}
		}
	})
}

// finish computes the residual and hands over.
func (g *inference) finish(ctx context.Context) (*Belief, error) {
	b := g.out
	b.D = core.Matrix[float64]{Data: g.d.Data[:g.k*g.n], Rows: g.k, Cols: g.n, Stride: g.n}
	b.Weights = g.v
	if g.weak > 0 {
		b.Diagnostics = append(b.Diagnostics, Diagnostic{WeakActions, -1, float64(g.weak),
			"actions that depend on those before were left out", "take fewer actions, or others"})
	}
	b.Products++
	v := core.Matrix[float64]{Data: g.v, Rows: g.n, Cols: 1, Stride: 1}
	if err := g.s.Mul(ctx, core.Matrix[float64]{Data: g.image, Rows: g.n, Cols: 1, Stride: 1}, v); err != nil {
		return nil, err
	}
	for i, e := range g.image {
		g.r[i] = g.y[i] - e
	}
	b.Residual = g.residual()
	if b.Converged = g.o.Tol == 0 || b.Residual <= g.o.Tol; !b.Converged {
		b.Diagnostics = append(b.Diagnostics, notConverged(-1, b.Residual, g.o.Tol))
	}
	b.Seconds = time.Since(g.began).Seconds()
	return b, nil
}
