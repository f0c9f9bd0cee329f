package lowrank

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// LogDetOptions of [LogDet]. The zero value means the defaults. Fields with a json name travel across the C ABI as JSON text.
type LogDetOptions struct {
	Mu       float64 `json:"mu" default:"0" doc:"mu in log det(A + mu I), not negative"`
	Probes   int     `json:"n_probes" default:"0" doc:"random vectors, at least 2, each multiplied with the matrix once per step; 0: 16"`
	MaxSteps int     `json:"max_steps" default:"0" doc:"most steps of Lanczos; they end when another few do not matter beside the standard error; 0: 100"`
	Rank     int     `json:"n_components" default:"0" doc:"rank of the preconditioner (Nystrom); 0: 50; negative: none"`
	Seed     uint64  `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every pass.
	Progress func(core.Progress) `json:"-"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *LogDetOptions) Validate() error {
	switch {
	case o == nil:
		return nil
	case !(o.Mu >= 0) || math.IsInf(o.Mu, 1):
		return fmt.Errorf("lowrank: %w: mu must be finite and not negative, got %v", core.ErrOption, o.Mu)
	case o.Probes < 0 || o.Probes == 1:
		return fmt.Errorf("lowrank: %w: n_probes must be at least 2, or 0 for %d; got %d", core.ErrOption, logDetProbes, o.Probes)
	case o.MaxSteps < 0:
		return fmt.Errorf("lowrank: %w: max_steps must not be negative, got %d", core.ErrOption, o.MaxSteps)
	}
	return nil
}

const (
	logDetProbes = 16
	logDetSteps  = 100
	logDetRank   = 50
	logDetExact  = 300 // rows up to which the matrix is formed
	logDetShare  = 0.1 // of the standard error that the last steps may have changed the value by
)

// LogDet estimates log det(A + mu I) for a symmetric positive semidefinite a (n x n), which is only asked for products
// A x. With a preconditioner P = U (Lambda + mu) U^T + c (I - U U^T) from a Nystrom approximation, c its smallest
// eigenvalue plus mu, that is log det P + tr log M, M = P^-1/2 (A + mu I) P^-1/2, and z^T log M z for vectors z of random
// signs, whose mean is the trace, comes from the Gauss quadrature that Lanczos steps with z make (stochastic Lanczos
// quadrature). Few directions of M are left to be random where the eigenvalues of A fall: the standard error is then smaller
// by a large factor than without P. Lanczos runs without re-orthogonalization, which the quadrature does not need, in O(n)
// memory per probe.
//
// A matrix with at most 300 rows gives its value exactly, from a Cholesky factorization. Error includes what the last
// steps changed. Takes the products of P, some 60, and one per probe and step: some 20 to 50 steps.
//
// Where A + mu I shows not to be positive definite beyond rounding that is an error wrapping [core.ErrNumerical]; a tiny
// negative eigenvalue may go unnoticed. A matrix that is not square or not symmetric is an error wrapping
// [core.ErrShape]; others are those of [SVD].
func LogDet[T core.Float](ctx context.Context, a Operator[T], o *LogDetOptions) (*Estimate, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	p := LogDetOptions{}
	if o != nil {
		p = *o
	}
	if p.Probes == 0 {
		p.Probes = logDetProbes
	}
	if p.MaxSteps == 0 {
		p.MaxSteps = logDetSteps
	}
	if p.Rank == 0 {
		p.Rank = logDetRank
	}
	_, n := a.Dims()
	c, err := newJob(a, &Options{Rank: min(max(0, p.Rank), max(0, n/4)), Seed: p.Seed, Threads: p.Threads, Progress: p.Progress})
	if err != nil {
		return nil, err
	}
	if c.m != c.n {
		return nil, fmt.Errorf("lowrank: %w: only square matrices have a determinant, A is %d x %d", core.ErrShape, c.m, c.n)
	}
	e := &Estimate{Seed: p.Seed}
	d := &logDeterminant[T]{c: c, o: &p}
	if c.n <= logDetExact {
		e.Value, err = d.exact(ctx)
	} else {
		e.Value, e.Error, err = d.estimate(ctx)
	}
	if err != nil {
		return nil, err
	}
	e.Value += float64(c.n) * math.Log(c.unit)
	e.Products = c.columns
	return e, nil
}

// logDeterminant is log det(A + mu I) in work, all in multiples of c.unit.
type logDeterminant[T core.Float] struct {
	c  *job[T]
	o  *LogDetOptions
	mu float64

	u     core.Matrix[T] // n x k: eigenvectors of the preconditioner
	scale []float64      // k: 1 - sqrt(c / (lambda + mu))
	base  float64        // c; 1 without preconditioner
}

// indefiniteError says that there is no logarithm.
func (d *logDeterminant[T]) indefiniteError() error {
	return fmt.Errorf("lowrank: %w: A + mu I with mu = %v is not positive definite beyond rounding; set a larger mu",
		core.ErrNumerical, d.o.Mu)
}

// exact factors the whole matrix.
func (d *logDeterminant[T]) exact(ctx context.Context) (float64, error) {
	n := d.c.n
	unit, y := core.NewMatrix[T](n, n), core.NewMatrix[T](n, n)
	for i := range n {
		unit.Row(i)[i] = 1
	}
	if err := d.c.mul(ctx, y, unit); err != nil {
		return 0, err
	}
	d.mu = d.o.Mu / d.c.unit
	h := make([]float64, n*n)
	for i := range n {
		for j, v := range y.Row(i) {
			h[i*n+j] = float64(v)
		}
	}
	if err := checkSymmetric(h, n, y); err != nil {
		return 0, err
	}
	most := 0.0
	for i := range n {
		h[i*n+i] += d.mu
		most = max(most, h[i*n+i])
	}
	if !linalg.Cholesky(h, n) {
		return 0, d.indefiniteError()
	}
	sum := 0.0
	for i := range n {
		root := h[i*n+i]
		if !(root*root > core.Epsilon[T]()*most) {
			return 0, d.indefiniteError()
		}
		sum += 2 * math.Log(root)
	}
	return sum, nil
}

func (d *logDeterminant[T]) estimate(ctx context.Context) (value, deviation float64, err error) {
	d.base = 1
	if d.c.o.Rank > 0 {
		if value, err = d.precondition(ctx); err != nil {
			return 0, 0, err
		}
	}
	trace, deviation, err := d.quadrature(ctx)
	return value + trace, deviation, err
}

// precondition makes P and returns its log determinant.
func (d *logDeterminant[T]) precondition(ctx context.Context) (float64, error) {
	c := d.c
	l, err := c.symmetricWidth()
	if err != nil {
		return 0, err
	}
	c.most = 1 + d.o.MaxSteps
	x, y, h := core.NewMatrix[T](c.n, l), core.NewMatrix[T](c.n, l), make([]float64, l*l)
	gaussian(x, c.o.Seed, streamTest)
	if _, err := linalg.Orthonormalize(ctx, c.o.Threads, x, nil, c.o.Seed); err != nil {
		return 0, err
	}
	if err := c.mul(ctx, y, x); err != nil {
		return 0, err
	}
	if err := linalg.Cross(ctx, c.o.Threads, x, y, h); err != nil {
		return 0, err
	}
	if err := checkSymmetric(h, l, y); err != nil {
		return 0, err
	}
	values := []float64(nil)
	if d.u, values, err = c.compress(ctx, x, y, h); err != nil {
		return 0, err
	}
	d.mu = d.o.Mu / c.unit
	k := len(values)
	d.base, d.scale = values[k-1]+d.mu, make([]float64, k)
	if !(d.base > core.Epsilon[T]()*(values[0]+d.mu)) {
		return 0, d.indefiniteError()
	}
	sum := float64(c.n-k) * math.Log(d.base)
	for i, v := range values {
		d.scale[i] = 1 - math.Sqrt(d.base/(v+d.mu))
		sum += math.Log(v + d.mu)
	}
	return sum, nil
}

// rootInverse overwrites x with sqrt(c) P^-1/2 x = x - U scale U^T x.
func (d *logDeterminant[T]) rootInverse(ctx context.Context, x core.Matrix[T]) error {
	k := len(d.scale)
	if k == 0 {
		return nil
	}
	b := make([]float64, k*x.Cols)
	if err := linalg.Cross(ctx, d.o.Threads, d.u, x, b); err != nil {
		return err
	}
	for i, v := range d.scale {
		for j := range x.Cols {
			b[i*x.Cols+j] *= v
		}
	}
	return linalg.SubMulRight(ctx, d.o.Threads, x, d.u, b, k, x.Cols)
}

// mul writes M x to dst; x is overwritten.
func (d *logDeterminant[T]) mul(ctx context.Context, dst, x core.Matrix[T]) error {
	if err := d.rootInverse(ctx, x); err != nil {
		return err
	}
	if err := d.c.mul(ctx, dst, x); err != nil {
		return err
	}
	d.mu = d.o.Mu / d.c.unit
	for i := range dst.Rows {
		row := dst.Row(i)
		for j, v := range x.Row(i) {
			row[j] = T((float64(row[j]) + d.mu*float64(v)) / d.base)
		}
	}
	return d.rootInverse(ctx, dst)
}
