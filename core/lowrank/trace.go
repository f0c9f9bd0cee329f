package lowrank

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// ProbeOptions of [Trace], [Diagonal] and [Norm]. The zero value means the defaults. Fields with a json name travel across
// the C ABI as JSON text.
type ProbeOptions struct {
	Products int    `json:"n_products" default:"0" doc:"products of the matrix or its transpose with a vector, at least 4; 0: 100"`
	PSD      bool   `json:"psd" default:"false" doc:"the matrix is symmetric positive semidefinite, which needs no products with the transpose"`
	Seed     uint64 `json:"random_state,string" default:"0" doc:"seed of every random choice, an unsigned 64-bit integer; a string in JSON"`

	// Threads is the number of goroutines; 0 means one per processor. It never changes the result.
	Threads int `json:"-"`
	// Progress, if set, is called after every pass.
	Progress func(core.Progress) `json:"-"`
}

// Validate reports the first impossible option with an error wrapping core.ErrOption.
func (o *ProbeOptions) Validate() error {
	if o != nil && o.Products != 0 && o.Products < 4 {
		return fmt.Errorf("lowrank: %w: n_products must be at least 4, or 0 for %d; got %d", core.ErrOption, probeProducts, o.Products)
	}
	return nil
}

// Safety is the factor on the error of an [Estimate] with which the interval around the value covers the truth at least
// nine times in ten. The errors are standard errors as if the estimates behind a mean did not depend on each other. They
// do, so that the errors tend to be low: where eigenvalues fall as i^-2 twice the error covers some 85 %.
const Safety = 3

// Estimate is a number found from random products.
type Estimate struct {
	Value    float64
	Error    float64 // standard error; see [Safety]. 0 where the value is exact up to rounding
	Products int     // products of A or A^T with a vector
	Seed     uint64
}

const (
	probeProducts = 100 // default of Products
	probeExact    = 64  // matrices with as many rows are multiplied with unit vectors
)

// newProbes returns a job for a matrix that must be square, with the number of products allowed.
func newProbes[T core.Float](a Operator[T], o *ProbeOptions) (c *job[T], products int, err error) {
	if o == nil {
		o = &ProbeOptions{}
	}
	if c, err = newJob(a, &Options{Seed: o.Seed, Threads: o.Threads, Progress: o.Progress}); err != nil {
		return nil, 0, err
	}
	if c.m != c.n {
		return nil, 0, fmt.Errorf("lowrank: %w: only square matrices have a trace and a diagonal here, A is %d x %d",
			core.ErrShape, c.m, c.n)
	}
	if products, err = o.products(); err != nil {
		return nil, 0, err
	}
	return c, products, c.checkBasis(products, products)
}

// products returns how many products are allowed.
func (o *ProbeOptions) products() (int, error) {
	if o == nil || o.Products == 0 {
		return probeProducts, nil
	}
	return o.Products, o.Validate()
}

// Trace estimates the trace of the square a (n x n), which is only asked for products A x. Half of the products of A find
// a basis of the large part of its range, half measure the trace there; every random vector in turn is left out of the
// basis and gives an unbiased estimate, whose mean is returned (XTrace). With PSD all products go into a Nystrom
// approximation (XNysTrace), in one pass, with a smaller error still. The error falls with the eigenvalues: for those of
// i^-2 and 100 products it is some 250 times smaller than that of the mean of x^T A x.
//
// A matrix with at most o.Products or 64 rows gives its trace exactly. Takes O(n l^2) operations besides the products and
// O(n l) memory for l products. A matrix that is not square is an error wrapping [core.ErrShape], one that PSD is claimed
// of wrongly beyond rounding an error wrapping [core.ErrNumerical]; others are those of [SVD].
func Trace[T core.Float](ctx context.Context, a Operator[T], o *ProbeOptions) (*Estimate, error) {
	c, products, err := newProbes(a, o)
	if err != nil {
		return nil, err
	}
	e := &Estimate{Seed: c.o.Seed}
	switch {
	case c.n <= max(products, probeExact):
		diagonal, err := c.wholeDiagonal(ctx)
		if err != nil {
			return nil, err
		}
		for _, v := range diagonal {
			e.Value += v
		}
	case o != nil && o.PSD:
		err = c.nystromTrace(ctx, e, products)
	default:
		err = c.trace(ctx, e, products/2)
	}
	if err != nil {
		return nil, err
	}
	e.Value *= c.unit
	e.Error *= c.unit
	e.Products = c.columns
	return e, nil
}

// wholeDiagonal reads the diagonal off A I.
func (c *job[T]) wholeDiagonal(ctx context.Context) ([]float64, error) {
	unit, y := core.NewMatrix[T](c.n, c.n), core.NewMatrix[T](c.n, c.n)
	for i := range c.n {
		unit.Row(i)[i] = 1
	}
	if err := c.mul(ctx, y, unit); err != nil {
		return nil, err
	}
	d := make([]float64, c.n)
	for i := range d {
		d[i] = float64(y.Row(i)[i])
	}
	return d, nil
}

// basisOf returns an orthonormal basis of y = Q R, with R and the unit vectors s_j as rows; whole tells that Q spans all
// that A reaches, up to rounding, and s_j is then missing.
func (c *job[T]) basisOf(ctx context.Context, y core.Matrix[T]) (q core.Matrix[T], r []float64, s core.Matrix[float64], whole bool, err error) {
	q, r = copied(y), make([]float64, y.Cols*y.Cols)
	rank, err := linalg.Orthonormalize(ctx, c.o.Threads, q, r, c.o.Seed)
	if err != nil || rank < y.Cols {
		return q, r, s, true, err
	}
	s, err = (&powers[T]{y: q, r: [][]float64{r}}).leftOut(ctx, c.o.Threads)
	return q, r, s, false, err
}

// trace is XTrace with l vectors. With P_j the projection on the basis without column j and g = (I - P_j) omega_j, an
// estimate is tr(P_j A) + (n - l + 1) g^T A g / g^T g: the direction of g is uniform in the complement of the basis.
func (c *job[T]) trace(ctx context.Context, e *Estimate, l int) error {
	c.most = 2
	omega, y, z := core.NewMatrix[T](c.n, l), core.NewMatrix[T](c.n, l), core.NewMatrix[T](c.n, l)
	gaussian(omega, c.o.Seed, streamTest)
	if err := c.mul(ctx, y, omega); err != nil {
		return err
	}
	q, _, s, whole, err := c.basisOf(ctx, y)
	if err != nil {
		return err
	}
	if err := c.mul(ctx, z, q); err != nil {
		return err
	}
	h, u := make([]float64, l*l), make([]float64, l*l)
	if err := linalg.Cross(ctx, c.o.Threads, q, z, h); err != nil {
		return err
	}
	inside := 0.0
	for i := range l {
		inside += h[i*l+i]
	}
	if whole {
		e.Value, e.Error = inside, c.lost(y)
		return nil
	}
	// Columns of u are (I - s s^T) Q^T omega.
	if err := linalg.Cross(ctx, c.o.Threads, q, omega, u); err != nil {
		return err
	}
	for j := range l {
		along := 0.0
		for i, v := range s.Row(j) {
			along += v * u[i*l+j]
		}
		for i, v := range s.Row(j) {
			u[i*l+j] -= v * along
		}
	}
	if err := linalg.SubMulRight(ctx, c.o.Threads, omega, q, u, l, l); err != nil {
		return err
	}
	if err := linalg.SubMulRight(ctx, c.o.Threads, y, z, u, l, l); err != nil {
		return err
	}
	forms, lengths := columnDots(omega, y), columnDots(omega, omega)
	estimates := make([]float64, l)
	for j := range estimates {
		estimates[j] = inside - quadratic(h, s.Row(j)) + float64(c.n-l+1)*forms[j]/lengths[j]
	}
	e.Value, e.Error = meanAndError(estimates)
	return nil
}

// lost bounds what rounding hides of the trace when the products y with Gaussian vectors span less than their number.
func (c *job[T]) lost(y core.Matrix[T]) float64 {
	return 8 * core.Epsilon[T]() * math.Sqrt(float64(c.n)*squares(y)/float64(y.Cols))
}

// nystromTrace is XNysTrace with l vectors X R, X orthonormal: for B B^T = A X H^-1 X^T A of the shifted A, H = X^T A X =
// C^T C, and e the unit vector along C^-T s_j, B B^T without vector j is B (I - e e^T) B^T, and what it leaves of A has
// the mean square 1 / |C^-T s_j|^2 in a direction that is uniform among n - l + 1.
func (c *job[T]) nystromTrace(ctx context.Context, e *Estimate, l int) error {
	c.most = 1
	x, y := core.NewMatrix[T](c.n, l), core.NewMatrix[T](c.n, l)
	gaussian(x, c.o.Seed, streamTest)
	x, _, s, _, err := c.basisOf(ctx, x)
	if err != nil {
		return err
	}
	if err := c.mul(ctx, y, x); err != nil {
		return err
	}
	h, g := make([]float64, l*l), make([]float64, l*l)
	if err := linalg.Cross(ctx, c.o.Threads, x, y, h); err != nil {
		return err
	}
	if err := checkSymmetric(h, l, y); err != nil {
		return err
	}
	size := math.Sqrt(squares(y))
	if size == 0 {
		return nil
	}
	shift, err := c.shiftedRoot(h, l, size)
	if err != nil {
		return err
	}
	for i := range y.Rows {
		row := y.Row(i)
		for j, w := range x.Row(i) {
			row[j] = T(float64(row[j]) + shift*float64(w))
		}
	}
	if err := linalg.SolveRight(ctx, c.o.Threads, y, h); err != nil {
		return err
	}
	if err := linalg.Gram(ctx, c.o.Threads, y, g); err != nil {
		return err
	}
	explained := -shift * float64(c.n)
	for i := range l {
		explained += g[i*l+i]
	}
	estimates := make([]float64, l)
	for j := range estimates {
		v := s.Row(j)
		linalg.SolveUpperTransposed(h, l, v)
		length := 0.0
		for _, w := range v {
			length += w * w
		}
		estimates[j] = explained + (float64(c.n-l+1)-quadratic(g, v))/length
	}
	e.Value, e.Error = meanAndError(estimates)
	return nil
}

// shiftedRoot overwrites h (l x l) with the upper triangular C of h + shift I = C^T C, with a shift of rounding size
// against size.
func (c *job[T]) shiftedRoot(h []float64, l int, size float64) (shift float64, err error) {
	for i := range l {
		for j := range i {
			h[i*l+j] = (h[i*l+j] + h[j*l+i]) / 2
			h[j*l+i] = h[i*l+j]
		}
	}
	root := make([]float64, l*l)
	const most = 64 // multiples of rounding
	for times := 1.0; times <= most; times *= 2 {
		shift = times * core.Epsilon[T]() * size
		copy(root, h)
		for i := range l {
			root[i*l+i] += shift
		}
		if linalg.Cholesky(root, l) {
			transpose(root, l)
			copy(h, root)
			return shift, nil
		}
	}
	return 0, fmt.Errorf("lowrank: %w: A is not positive semidefinite beyond rounding; unset psd", core.ErrNumerical)
}

// quadratic returns v^T h v.
func quadratic(h, v []float64) float64 {
	sum, l := 0.0, len(v)
	for i, a := range v {
		for j, b := range v {
			sum += a * h[i*l+j] * b
		}
	}
	return sum
}

// columnDots returns the inner product of each column of x with that of y.
func columnDots[T core.Float](x, y core.Matrix[T]) []float64 {
	sums := make([]float64, x.Cols)
	for i := range x.Rows {
		other := y.Row(i)
		for j, v := range x.Row(i) {
			sums[j] += float64(v) * float64(other[j])
		}
	}
	return sums
}

// meanAndError returns the mean of x and its standard error, were they independent.
func meanAndError(x []float64) (mean, err float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		err += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(err / float64(len(x)*(len(x)-1)))
}
