package lowrank

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// Eigen is a truncated eigendecomposition A ~ V diag(Values) V^T of a symmetric matrix, with what is known about its
// error.
type Eigen[T core.Float] struct {
	Values []float64      // k, of decreasing magnitude
	V      core.Matrix[T] // n x k, orthonormal columns; the entry of largest magnitude in each is positive

	Error         float64   // estimate of the Frobenius norm of A - V diag(Values) V^T
	RelativeError float64   // Error divided by the Frobenius norm of A, both estimated alike
	ErrorMethod   string    // "identity" or "sampled", as in [Factors]
	Residuals     []float64 // |A v_i - lambda_i v_i|; nil from [Nystrom]
	Converged     bool      // the tolerance was met; always true from [Nystrom], which has none
	Passes        int       // multiplications of A with a block
	Columns       int       // columns of all these blocks together
	Seed          uint64
	Seconds       float64
}

// EigH returns the o.Rank eigenpairs of largest magnitude of the symmetric, not necessarily definite a (n x n), which
// is only asked for products A x. Rayleigh and Ritz in a block Krylov basis of at most five blocks of l = k + p columns,
// restarted from its best l directions when it is full: O(n^2 l) operations per pass and O(n l) memory. o.Tol and
// o.MaxPasses have the meaning they have in [SVD], with the squares of eigenvalues; o.Method is not used.
//
// A matrix whose products betray that it is not symmetric is an error wrapping [core.ErrShape]; other errors are those
// of [SVD].
func EigH[T core.Float](ctx context.Context, a Operator[T], o *Options) (*Eigen[T], error) {
	c, err := newJob(a, o)
	if err != nil {
		return nil, err
	}
	l, err := c.symmetricWidth()
	if err != nil {
		return nil, err
	}
	k := c.o.Rank
	tol, limit := c.stopping()
	width := min(krylovBlocks*l, c.n)
	if err := c.checkBasis(width+l, width+l); err != nil {
		return nil, err
	}
	b := newLanczos(c, width, l)
	if err := b.start(ctx); err != nil {
		return nil, err
	}
	f := &Eigen[T]{}
	s := settled{rounding: 8 * core.Epsilon[T]()}
	squared := make([]float64, c.n)
	for {
		if err := b.grow(ctx); err != nil {
			return nil, err
		}
		if err := b.ritz(ctx); err != nil {
			return nil, err
		}
		for i, v := range b.values {
			squared[i] = v * v
		}
		f.Converged = s.remaining(squared[:b.have], k) <= tol || b.have == c.n
		if f.Converged || c.passes >= limit {
			break
		}
		if b.room() <= 0 {
			if err := b.restart(ctx, l); err != nil {
				return nil, err
			}
		}
	}
	rest := core.Matrix[T]{}
	if f.V, rest, err = b.pairs(ctx, k); err != nil {
		return nil, err
	}
	f.Values, f.Residuals = slices.Clone(b.values[:k]), columnNorms(rest)
	return f, c.finishEigen(ctx, f, c.estimateError)
}

// symmetricWidth is width for a matrix that must be square.
func (c *job[T]) symmetricWidth() (int, error) {
	if c.m != c.n {
		return 0, fmt.Errorf("lowrank: %w: a symmetric matrix is square, A is %d x %d", core.ErrShape, c.m, c.n)
	}
	return c.width()
}

// finishEigen fixes the signs and fills in the account and the error, which measure estimates.
func (c *job[T]) finishEigen(ctx context.Context, f *Eigen[T], measure func(context.Context, *Factors[T]) error) error {
	orient(core.Matrix[T]{}, f.V)
	known := &Factors[T]{U: f.V, S: f.Values, V: f.V}
	if err := measure(ctx, known); err != nil {
		return err
	}
	f.Error, f.RelativeError, f.ErrorMethod = known.Error*c.unit, known.RelativeError, known.ErrorMethod
	for i := range f.Values {
		f.Values[i] *= c.unit
	}
	for i := range f.Residuals {
		f.Residuals[i] *= c.unit
	}
	f.Seed, f.Passes, f.Columns, f.Seconds = c.o.Seed, c.passes, c.columns, time.Since(c.began).Seconds()
	return nil
}

// lanczos is a krylov basis for a symmetric matrix: z = A Q, g = Q^T A Q, and w, orthonormal, extends the basis next.
type lanczos[T core.Float] struct{ *krylov[T] }

func newLanczos[T core.Float](c *job[T], width, block int) lanczos[T] {
	return lanczos[T]{newKrylov(c, width, block)}
}

// grow adds w to the basis and leaves what A makes of it, orthonormal to the basis, in w.
func (k lanczos[T]) grow(ctx context.Context) error {
	b := k.room()
	w := columns(k.w, 0, b)
	copyInto(columns(k.q, k.have, k.have+b), w)
	y := core.NewMatrix[T](k.c.n, b)
	if err := k.c.mul(ctx, y, w); err != nil {
		return err
	}
	copyInto(columns(k.z, k.have, k.have+b), y)
	n, width := k.have+b, k.q.Stride
	h := k.cross[:n*b]
	if err := linalg.Cross(ctx, k.c.o.Threads, columns(k.q, 0, n), y, h); err != nil {
		return err
	}
	if k.have == 0 {
		if err := checkSymmetric(h, b, y); err != nil {
			return err
		}
	}
	for i := range n {
		for j := range b {
			k.g[i*width+k.have+j], k.g[(k.have+j)*width+i] = h[i*b+j], h[i*b+j]
		}
	}
	k.have = n
	return k.follow(ctx, y)
}

// follow makes of y the block that extends the basis next, as far as there is room.
func (k lanczos[T]) follow(ctx context.Context, y core.Matrix[T]) error {
	k.w.Cols = k.w.Stride
	k.w.Cols = min(y.Cols, k.room())
	if k.w.Cols <= 0 {
		return nil
	}
	copyInto(k.w, columns(y, 0, k.w.Cols))
	return k.project(ctx, k.w)
}

// ritz updates the Ritz values and vectors of A, by decreasing magnitude.
func (k lanczos[T]) ritz(ctx context.Context) error {
	n, width := k.have, k.q.Stride
	vectors, values := make([]float64, n*n), make([]float64, n)
	for i := range n {
		copy(vectors[i*n:(i+1)*n], k.g[i*width:i*width+n])
	}
	if err := linalg.EigenSym(ctx, vectors, n, values); err != nil {
		return err
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch a, b := math.Abs(values[i]), math.Abs(values[j]); {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	k.values, k.vectors = make([]float64, n), make([]float64, n*n)
	for j, from := range order {
		k.values[j] = values[from]
		for i := range n {
			k.vectors[i*n+j] = vectors[i*n+from]
		}
	}
	return nil
}

// pairs returns the r leading Ritz vectors and their residuals A v_i - lambda_i v_i.
func (k lanczos[T]) pairs(ctx context.Context, r int) (v, rest core.Matrix[T], err error) {
	e := k.leading(r)
	v, rest = core.NewMatrix[T](k.c.n, r), core.NewMatrix[T](k.c.n, r)
	if err = linalg.MulRight(ctx, k.c.o.Threads, v, columns(k.q, 0, k.have), e, k.have, r); err != nil {
		return
	}
	if err = linalg.MulRight(ctx, k.c.o.Threads, rest, columns(k.z, 0, k.have), e, k.have, r); err != nil {
		return
	}
	for i := range v.Rows {
		for j, x := range v.Row(i) {
			rest.Row(i)[j] = T(float64(rest.Row(i)[j]) - k.values[j]*float64(x))
		}
	}
	return
}

// restart keeps the r leading Ritz pairs as the basis, to be extended by their residuals.
func (k lanczos[T]) restart(ctx context.Context, r int) error {
	v, rest, err := k.pairs(ctx, r)
	if err != nil {
		return err
	}
	clear(k.g)
	for j, lambda := range k.values[:r] {
		k.g[j*k.q.Stride+j] = lambda
		for i := range v.Rows {
			x, y := v.Row(i)[j], rest.Row(i)[j]
			k.q.Row(i)[j], k.z.Row(i)[j] = x, T(float64(y)+lambda*float64(x))
		}
	}
	k.have = r
	return k.follow(ctx, rest)
}

// asymmetry is how far from symmetric, relative to rounding, the part of a matrix that was looked at may be.
const asymmetry = 1000

// checkSymmetric returns an error if h = X^T A X (b x b) for a random orthonormal X shows that A is not symmetric, in
// proportion to y = A X.
func checkSymmetric[T core.Float](h []float64, b int, y core.Matrix[T]) error {
	differ := 0.0
	for i := range b {
		for j := range i {
			d := h[i*b+j] - h[j*b+i]
			differ += 2 * d * d
		}
	}
	if size := squares(y); math.Sqrt(differ) > asymmetry*core.Epsilon[T]()*math.Sqrt(size) {
		return fmt.Errorf("lowrank: %w: A is not symmetric: x^T A y and y^T A x differ by %.2g of |A y| for random x and y; symmetrise it, or find its singular values",
			core.ErrShape, math.Sqrt(differ/size))
	}
	return nil
}

// columnNorms returns the norm of each column of x.
func columnNorms[T core.Float](x core.Matrix[T]) []float64 {
	norms := make([]float64, x.Cols)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			norms[j] += float64(v) * float64(v)
		}
	}
	for j, v := range norms {
		norms[j] = math.Sqrt(v)
	}
	return norms
}
