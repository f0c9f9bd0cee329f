package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
)

// Operator is the symmetric matrix K + Sigma of n points, known through its products. K is the kernel matrix without
// noise of any kind, Sigma the diagonal matrix of the noise variances and of what the kernel's [White] terms add to them.
// It needs memory of O(n (d + t)) and never holds K, unless OperatorOptions.Storage asks for it.
//
// An Operator is used from one goroutine at a time; its methods use threads of their own. Their results do not depend on
// how many, bit for bit. A nil context never ends. It also is a lowrank.Operator[float64].
type Operator struct {
	kernel   Kernel
	noise    []float64 // one value, or one per point
	sigma    []float64 // the diagonal of Sigma
	points   points
	compiled *compiled
	engine   engine
	threads  int
	storage  string // empty for none

	distortion float64 // see StorageError
}

// engine does the work of an Operator in one precision.
type engine interface {
	// prepare makes ready for products with the kernel c.
	prepare(c *compiled, x points, threads int)
	// multiply writes (K + diag(sigma)) v to dst; without sigma, K v.
	multiply(ctx context.Context, dst, v core.Matrix[float64], sigma []float64, threads int) error
	// keep evaluates K once for all products, whose elements are at most most; without a format it lets it go.
	keep(format string, most float64, threads int)
	// distort estimates the spectral norm of what keep changed.
	distort(threads int) float64
	// share estimates which part of K is not negligible.
	share() float64
	// extent says how many length scales a tile spans.
	extent() float64
	// cross writes K(x, X) v to dst.
	cross(ctx context.Context, dst, v core.Matrix[float64], x points, threads int) error
	// elements writes K(x, y) to dst, or without y, K(x, X).
	elements(ctx context.Context, dst target, x points, y *points, threads int) error
	// gradient adds the sum over i, j of (A B^T)_ij dK_ij / dtheta_p to dst[p].
	gradient(ctx context.Context, dst []float64, a, b core.Matrix[float64], threads int) error
	// rankings returns one scratch for each of some goroutines, to rank the columns i of K(x, X) by their squares times weight[i].
	rankings(weight []float64, count, goroutines int) []ranking
}

// NewOperator returns the operator of the kernel k on the points x (n x d). noise holds the variance of the noise, one
// for all points or one for each; none means 0. x is not copied and must not change while the operator is in use.
//
// Errors wrap [core.ErrOption], [core.ErrShape] or [core.ErrNotFinite], and where storage in 16 bits could make the matrix
// indefinite, [core.ErrNumerical]. Takes O(n d log n) operations, with storage those of a product, in 16 bits those of ten.
func NewOperator[T core.Float](x core.Matrix[T], k Kernel, noise []float64, o *OperatorOptions) (*Operator, error) {
	if o == nil {
		o = &OperatorOptions{}
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := checkPoints(x, "X", 0); err != nil {
		return nil, err
	}
	if err := Validate(k, x.Cols); err != nil {
		return nil, err
	}
	op := &Operator{points: pointsOf(x), threads: o.Threads, engine: newEngine[float32]()}
	if o.Precision == Float64 {
		op.engine = newEngine[float64]()
	}
	if err := checkNoise(noise, x.Rows); err != nil {
		return nil, err
	}
	op.noise = append([]float64(nil), noise...)
	if o.Storage != None {
		op.storage = o.Storage
	}
	if err := op.use(k); err != nil {
		return nil, err
	}
	return op, nil
}

func checkPoints[T core.Float](x core.Matrix[T], name string, features int) error {
	if err := x.Check(name); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	switch {
	case x.Rows < 1 || x.Cols < 1:
		return fmt.Errorf("gp: %w: %s is %d x %d; it needs at least one row and one column", core.ErrShape, name, x.Rows, x.Cols)
	case features > 0 && x.Cols != features:
		return fmt.Errorf("gp: %w: %s has %d columns, the training points have %d", core.ErrShape, name, x.Cols, features)
	}
	if err := x.CheckFinite(name); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	return nil
}

func checkNoise(noise []float64, n int) error {
	if len(noise) > 1 && len(noise) != n {
		return fmt.Errorf("gp: %w: noise has %d elements for %d points; give one variance for all, or one for each",
			core.ErrShape, len(noise), n)
	}
	for i, v := range noise {
		if !(v >= 0) || math.IsInf(v, 1) {
			return fmt.Errorf("gp: %w: noise[%d] = %v; a variance is a number of at least 0", core.ErrOption, i, v)
		}
	}
	return nil
}

// use makes k, which is valid, the kernel of the operator.
func (op *Operator) use(k Kernel) error {
	op.kernel, op.compiled = k, compileKernel(k, op.points.d)
	op.engine.prepare(op.compiled, op.points, op.threads)
	op.sum()
	return op.store()
}

// sum brings sigma up to date.
func (op *Operator) sum() {
	if op.sigma == nil {
		op.sigma = make([]float64, op.points.n)
	}
	op.compiled.white(op.sigma, op.points)
	for i := range op.sigma {
		switch {
		case len(op.noise) == 1:
			op.sigma[i] += op.noise[0]
		case len(op.noise) > 1:
			op.sigma[i] += op.noise[i]
		}
	}
}

// Size returns n.
func (op *Operator) Size() int { return op.points.n }

// Features returns d.
func (op *Operator) Features() int { return op.points.d }

// Dims returns n and n.
func (op *Operator) Dims() (rows, cols int) { return op.points.n, op.points.n }

// Kernel returns the kernel in use.
func (op *Operator) Kernel() Kernel { return op.kernel }

// Theta returns the logarithms of the free parameters in use.
func (op *Operator) Theta() []float64 { return Theta(op.kernel) }

// SetTheta changes the free parameters of the kernel, given as logarithms, as [WithTheta] does. Takes O(n d log n)
// operations; memory is used again. With storage in 16 bits the error can wrap [core.ErrNumerical]: the operator has the new
// parameters then, and evaluates elements for every product.
func (op *Operator) SetTheta(theta []float64) error {
	k, err := WithTheta(op.kernel, theta)
	if err != nil {
		return err
	}
	return op.use(k)
}

// SetNoise changes the variances of the noise, as in [NewOperator]. Errors are those of [Operator.SetTheta].
func (op *Operator) SetNoise(noise []float64) error {
	if err := checkNoise(noise, op.points.n); err != nil {
		return err
	}
	op.noise = append(op.noise[:0], noise...)
	op.sum()
	return op.guard()
}

// Sigma returns the diagonal of Sigma (n): noise and White terms. It is the operator's own and must not be changed.
func (op *Operator) Sigma() []float64 { return op.sigma }

// SetThreads changes the number of goroutines, 0 meaning one per processor.
func (op *Operator) SetThreads(n int) { op.threads = n }

// Mul writes (K + Sigma) v to dst (n x t) for v (n x t); dst may be v. The relative error is about 1e-6 with float32 tiles and
// 1e-14 with float64 tiles. Takes n^2 (d + 2 t + 20) operations, two thirds of which symmetry saves where t is small, and
// allocates nothing but on the first product of so many columns.
//
// Errors wrap [core.ErrShape] or come from ctx; dst is then undefined. NaN and infinities in v spread as in any sum.
func (op *Operator) Mul(ctx context.Context, dst, v core.Matrix[float64]) error {
	if err := checkProduct(dst, v, op.points.n, op.points.n); err != nil {
		return err
	}
	return op.engine.multiply(ctx, dst, v, op.sigma, op.threads)
}

// MulTrans does what Mul does.
func (op *Operator) MulTrans(ctx context.Context, dst, v core.Matrix[float64]) error {
	return op.Mul(ctx, dst, v)
}

// MulKernel writes K v to dst, as [Operator.Mul] does without noise.
func (op *Operator) MulKernel(ctx context.Context, dst, v core.Matrix[float64]) error {
	if err := checkProduct(dst, v, op.points.n, op.points.n); err != nil {
		return err
	}
	return op.engine.multiply(ctx, dst, v, nil, op.threads)
}

// Cross writes K(x, X) v to dst (m x t) for test points x (m x d) and v (n x t). It needs memory of O(m (d + t)) besides
// the operator's own; hand many test points over in parts. Errors are those of [NewOperator] and [Operator.Mul].
func Cross[T core.Float](ctx context.Context, op *Operator, dst core.Matrix[float64], x core.Matrix[T],
	v core.Matrix[float64]) error {

	if err := checkPoints(x, "test points", op.points.d); err != nil {
		return err
	}
	if err := checkProduct(dst, v, x.Rows, op.points.n); err != nil {
		return err
	}
	return op.engine.cross(ctx, dst, v, pointsOf(x), op.threads)
}

// CrossMatrix writes K(x, X) to dst (m x n) for test points x (m x d), element by element. Errors are those of [Cross].
func CrossMatrix[T core.Float](ctx context.Context, op *Operator, dst core.Matrix[float64], x core.Matrix[T]) error {
	if err := checkPoints(x, "test points", op.points.d); err != nil {
		return err
	}
	if err := checkShape(dst, "dst", x.Rows, op.points.n); err != nil {
		return err
	}
	return op.engine.elements(ctx, targetOf(dst), pointsOf(x), nil, op.threads)
}

// PriorVariance writes k(x_i, x_i) without White terms to dst (m) for points x (m x d).
func PriorVariance[T core.Float](op *Operator, dst []float64, x core.Matrix[T]) error {
	if err := checkPoints(x, "points", op.points.d); err != nil {
		return err
	}
	if len(dst) != x.Rows {
		return fmt.Errorf("gp: %w: dst has %d elements for %d points", core.ErrShape, len(dst), x.Rows)
	}
	op.compiled.diagonal(dst, pointsOf(x))
	return nil
}

// Diagonal writes the diagonal of K to dst (n).
func (op *Operator) Diagonal(ctx context.Context, dst []float64) error {
	if len(dst) != op.points.n {
		return fmt.Errorf("gp: %w: dst has %d elements for %d points", core.ErrShape, len(dst), op.points.n)
	}
	op.compiled.diagonal(dst, op.points)
	return contextError(ctx)
}

// Gradient writes the sum over i, j of (A B^T)_ij times the derivative of (K + Sigma)_ij by theta_p to dst[p], for factors
// a and b (n x c), in one pass and memory of O(n (d + c)). The derivative by the logarithm of a noise variance common to
// all points is that variance times the sum of a_ij b_ij, which needs no pass.
//
// With the derivative of the log marginal likelihood as the aim, [alpha, -u_1, ...] and [alpha, z_1, ...] with the weights
// 1/2 and 1/(2t) worked into one side are such factors. Takes about as long as [Operator.Mul] with t = 2 c, and a
// little more per feature where length scales are many. Errors wrap [core.ErrShape] or come from ctx.
func (op *Operator) Gradient(ctx context.Context, dst []float64, a, b core.Matrix[float64]) error {
	n := op.points.n
	if err := checkProduct(a, b, n, n); err != nil {
		return err
	}
	if free := op.compiled.parameters; len(dst) != free {
		return fmt.Errorf("gp: %w: dst has %d elements, the kernel has %d free parameters", core.ErrShape, len(dst), free)
	}
	clear(dst)
	if err := op.engine.gradient(ctx, dst, a, b, op.threads); err != nil {
		return err
	}
	op.compiled.addWhiteGradient(dst, op.points, func(i int) float64 {
		sum := 0.0
		for k, v := range a.Row(i) {
			sum += v * b.Row(i)[k]
		}
		return sum
	})
	return nil
}

// AsKernel returns K, without Sigma, as the kernel matrix that lowrank.RPCholesky takes. Elements are of the operator's
// precision.
func AsKernel[T core.Float](op *Operator) KernelMatrix[T] { return KernelMatrix[T]{op} }

// KernelMatrix is K as a lowrank.Kernel.
type KernelMatrix[T core.Float] struct{ op *Operator }

// Size returns n.
func (k KernelMatrix[T]) Size() int { return k.op.points.n }

// Diagonal writes the diagonal of K to dst (n).
func (k KernelMatrix[T]) Diagonal(ctx context.Context, dst []float64) error {
	return k.op.Diagonal(ctx, dst)
}

// Columns writes column ids[i] of K to row i of dst (len(ids) x n).
func (k KernelMatrix[T]) Columns(ctx context.Context, dst core.Matrix[T], ids []int) error {
	if err := checkShape(dst, "dst", len(ids), k.op.points.n); err != nil {
		return err
	}
	x, err := k.op.points.chosen(ids)
	if err != nil || len(ids) == 0 {
		return err
	}
	if err := k.op.engine.elements(ctx, targetOf(dst), x, nil, k.op.threads); err != nil {
		return err
	}
	// A point and its copy are measured from the centres of two tiles, which leaves a distance of rounding between them.
	own := make([]float64, len(ids))
	k.op.compiled.diagonal(own, x)
	for i, id := range ids {
		dst.Row(i)[id] = T(own[i])
	}
	return nil
}

// Submatrix writes element (rows[i], cols[j]) of K to dst (len(rows) x len(cols)). Errors wrap [core.ErrShape] or
// [core.ErrOption], or come from ctx. Takes O(len(rows) len(cols) d) operations.
func (op *Operator) Submatrix(ctx context.Context, dst core.Matrix[float64], rows, cols []int) error {
	if err := checkShape(dst, "dst", len(rows), len(cols)); err != nil {
		return err
	}
	x, err := op.points.chosen(rows)
	if err != nil {
		return err
	}
	y, err := op.points.chosen(cols)
	if err != nil {
		return err
	}
	if len(rows) == 0 || len(cols) == 0 {
		return nil
	}
	return op.engine.elements(ctx, targetOf(dst), x, &y, op.threads)
}

func checkProduct(dst, v core.Matrix[float64], rows, cols int) error {
	if err := checkShape(dst, "dst", rows, v.Cols); err != nil {
		return err
	}
	return checkShape(v, "v", cols, v.Cols)
}

func checkShape[T core.Float](m core.Matrix[T], name string, rows, cols int) error {
	if m.Rows != rows || m.Cols != cols {
		return fmt.Errorf("gp: %w: %s is %d x %d, it should be %d x %d", core.ErrShape, name, m.Rows, m.Cols, rows, cols)
	}
	if err := m.Check(name); err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	return nil
}

func contextError(ctx context.Context) error {
	if ctx == nil {
		return nil
	}
	return ctx.Err()
}
