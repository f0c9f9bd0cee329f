package lowrank

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// krylov holds an orthonormal left basis Q (m x w) and Z = A^T Q (n x w), grown block by block (Musco and Musco, 2015,
// in Golub-Kahan form): X_0 = orth(A Omega), Z_i = A^T X_i, X_{i+1} = orth of A orth(Z_i) against Q. Since B = Q^T A is
// Z^T, the best approximation within the basis needs no further product with A.
type krylov[T core.Float] struct {
	c       *job[T]
	q, z    core.Matrix[T] // m x width, n x width; the first have columns are in use
	have    int
	g       []float64      // width x width: B B^T = Z^T Z
	w       core.Matrix[T] // n x block: what A is multiplied with next
	values  []float64      // Ritz values, squared, decreasing (have)
	vectors []float64      // have x have, columns
	cross   []float64      // scratch, width x block
}

func newKrylov[T core.Float](c *job[T], width, block int) *krylov[T] {
	return &krylov[T]{c: c, q: hugepage.NewMatrix[T](c.m, width), z: hugepage.NewMatrix[T](c.n, width), g: make([]float64, width*width),
		w: hugepage.NewMatrix[T](c.n, block), cross: make([]float64, width*block)}
}

// start fills w with an orthonormal random block.
func (k *krylov[T]) start(ctx context.Context) error {
	k.w.Cols = min(k.w.Stride, k.c.n)
	gaussian(k.w, k.c.o.Seed, streamTest)
	_, err := linalg.Orthonormalize(ctx, k.c.o.Threads, k.w, nil, k.c.o.Seed)
	return err
}

// room returns how many columns the next block can have: 0 when the basis is full or spans everything.
func (k *krylov[T]) room() int { return min(k.w.Cols, k.q.Stride-k.have, k.c.m-k.have) }

// grow multiplies A with w, adds the new directions to the basis, and leaves their Z orthonormalised in w.
func (k *krylov[T]) grow(ctx context.Context) error {
	y := hugepage.NewMatrix[T](k.c.m, k.room())
	if err := k.c.mul(ctx, y, columns(k.w, 0, y.Cols)); err != nil {
		return err
	}
	return k.adopt(ctx, y)
}

// project makes y orthonormal, and orthogonal to the basis. Twice is enough (Kahan) where A gave new directions: the
// second time y is orthonormal and hardly changes. Columns that do change are mostly rounding, which need not reach what
// is left of the space; those that nothing is left of are drawn at random, and the projection is repeated.
func (k *krylov[T]) project(ctx context.Context, y core.Matrix[T]) error {
	if _, err := k.orthonormalize(ctx, y, 0); err != nil || k.have == 0 {
		return err
	}
	const rounds = 8
	for round := 1; round <= rounds; round++ {
		repeat, err := k.orthonormalize(ctx, y, round)
		if err != nil || !repeat {
			return err
		}
	}
	return nil
}

// orthonormalize projects y against the basis and makes it orthonormal. From round 1 on y was orthonormal before, and
// it reports whether that has changed so much that another round is needed.
func (k *krylov[T]) orthonormalize(ctx context.Context, y core.Matrix[T], round int) (repeat bool, err error) {
	if k.have > 0 {
		q, h := columns(k.q, 0, k.have), k.cross[:k.have*y.Cols]
		if err := linalg.Cross(ctx, k.c.o.Threads, q, y, h); err != nil {
			return false, err
		}
		if err := linalg.SubMulRight(ctx, k.c.o.Threads, y, q, h, k.have, y.Cols); err != nil {
			return false, err
		}
	}
	seed := k.c.o.Seed ^ uint64(k.have+round+1)
	if round > 0 {
		repeat = redraw(y, seed)
	}
	_, err = linalg.Orthonormalize(ctx, k.c.o.Threads, y, nil, seed)
	return repeat, err
}

// redraw replaces columns of y, of norm 1 before they were projected, by random ones where only rounding is left. It
// reports whether any column has lost so much that the projection must be repeated.
func redraw[T core.Float](y core.Matrix[T], seed uint64) bool {
	squares := make([]float64, y.Cols)
	for i := range y.Rows {
		for j, v := range y.Row(i) {
			squares[j] += float64(v) * float64(v)
		}
	}
	repeat := false
	for j, s := range squares {
		repeat = repeat || !(s > 0.25)
		if least := 100 * core.Epsilon[T](); s > least*least {
			continue
		}
		drawn := core.NewMatrix[T](y.Rows, 1)
		gaussian(drawn, seed+uint64(j), streamRedraw)
		for i, v := range drawn.Data {
			y.Row(i)[j] = v
		}
	}
	return repeat
}

// extendGram adds the rows and columns of a new block z to g.
func (k *krylov[T]) extendGram(ctx context.Context, z core.Matrix[T], b int) error {
	width := k.q.Stride
	n := k.have + b
	h := k.cross[:n*b]
	if err := linalg.Cross(ctx, k.c.o.Threads, columns(k.z, 0, n), z, h); err != nil {
		return err
	}
	for i := range n {
		for j := range b {
			k.g[i*width+k.have+j], k.g[(k.have+j)*width+i] = h[i*b+j], h[i*b+j]
		}
	}
	return nil
}

// ritz updates the squared singular values and the vectors of B.
func (k *krylov[T]) ritz(ctx context.Context) error {
	n, width := k.have, k.q.Stride
	if cap(k.vectors) < n*n {
		k.vectors, k.values = make([]float64, width*width), make([]float64, width)
	}
	k.vectors, k.values = k.vectors[:n*n], k.values[:n]
	for i := range n {
		copy(k.vectors[i*n:(i+1)*n], k.g[i*width:i*width+n])
	}
	if err := linalg.EigenSym(ctx, k.vectors, n, k.values); err != nil {
		return err
	}
	for i, v := range k.values {
		k.values[i] = max(v, 0)
	}
	return nil
}

// leading returns the first r columns of the Ritz vectors, have x r.
func (k *krylov[T]) leading(r int) []float64 {
	n := k.have
	e := make([]float64, n*r)
	for i := range n {
		copy(e[i*r:(i+1)*r], k.vectors[i*n:i*n+r])
	}
	return e
}

// restart keeps the r leading Ritz pairs as the basis and puts the residuals A v_i - s_i u_i, whose norms it returns,
// in the place of the next block: one multiplication with A.
func (k *krylov[T]) restart(ctx context.Context, r int) (norms []float64, err error) {
	u, s, v, err := k.triplets(ctx, r)
	if err != nil {
		return nil, err
	}
	y := hugepage.NewMatrix[T](k.c.m, r)
	if err := k.c.mul(ctx, y, v); err != nil {
		return nil, err
	}
	sums := make([]float64, r)
	for i := range y.Rows {
		row, ui := y.Row(i), u.Row(i)
		for j := range row {
			row[j] -= T(s[j]) * ui[j]
			sums[j] += float64(row[j]) * float64(row[j])
		}
	}
	norms = make([]float64, r)
	for j, v := range sums {
		norms[j] = math.Sqrt(v)
	}
	clear(k.g)
	width := k.q.Stride
	for j, sj := range s {
		k.g[j*width+j] = sj * sj
		for i := range u.Rows {
			k.q.Data[i*width+j] = u.Data[i*u.Stride+j]
		}
		for i := range v.Rows {
			k.z.Data[i*width+j] = T(sj) * v.Data[i*v.Stride+j]
		}
	}
	k.have = r
	return norms, k.adopt(ctx, y)
}

// adopt adds y, products of A already paid for, to the basis.
func (k *krylov[T]) adopt(ctx context.Context, y core.Matrix[T]) error {
	b := min(y.Cols, k.room())
	if b <= 0 {
		return nil
	}
	if b < y.Cols {
		y = copied(columns(y, 0, b))
	}
	if err := k.project(ctx, y); err != nil {
		return err
	}
	copyInto(columns(k.q, k.have, k.have+b), y)
	z := hugepage.NewMatrix[T](k.c.n, b)
	if err := k.c.mulTrans(ctx, z, y); err != nil {
		return err
	}
	copyInto(columns(k.z, k.have, k.have+b), z)
	if err := k.extendGram(ctx, z, b); err != nil {
		return err
	}
	k.have += b
	k.w.Cols = b
	copyInto(columns(k.w, 0, b), z)
	_, err := linalg.Orthonormalize(ctx, k.c.o.Threads, columns(k.w, 0, b), nil, k.c.o.Seed+uint64(k.have))
	return err
}

// triplets returns the r leading singular triplets within the basis. With U = Q E and A^T U = P R, the small R is
// decomposed anew, which keeps small singular values accurate that the squares in g have lost.
func (k *krylov[T]) triplets(ctx context.Context, r int) (u core.Matrix[T], s []float64, v core.Matrix[T], err error) {
	e := k.leading(r)
	threads := k.c.o.Threads
	v = hugepage.NewMatrix[T](k.c.n, r)
	if err = linalg.MulRight(ctx, threads, v, columns(k.z, 0, k.have), e, k.have, r); err != nil {
		return
	}
	small := make([]float64, r*r)
	if _, err = linalg.Orthonormalize(ctx, threads, v, small, k.c.o.Seed^0xa5); err != nil {
		return
	}
	transpose(small, r) // U^T A = R^T P^T
	left, s, right, err := linalg.SVD(ctx, small, r, r)
	if err != nil {
		return
	}
	if err = linalg.MulRight(ctx, threads, v, v, right, r, r); err != nil {
		return
	}
	mix := make([]float64, k.have*r)
	product(mix, e, left, k.have, r, r)
	u = hugepage.NewMatrix[T](k.c.m, r)
	err = linalg.MulRight(ctx, threads, u, columns(k.q, 0, k.have), mix, k.have, r)
	return u, s, v, err
}

func copyInto[T core.Float](dst, src core.Matrix[T]) {
	for i := range src.Rows {
		copy(dst.Row(i)[:src.Cols], src.Row(i))
	}
}

// transpose transposes the square a in place.
func transpose(a []float64, n int) {
	for i := range n {
		for j := range i {
			a[i*n+j], a[j*n+i] = a[j*n+i], a[i*n+j]
		}
	}
}

// product writes a (m x k) times b (k x n) to dst.
func product(dst, a, b []float64, m, k, n int) {
	clear(dst)
	for i := range m {
		row := dst[i*n : (i+1)*n]
		for p, v := range a[i*k : (i+1)*k] {
			for j, w := range b[p*n : (p+1)*n] {
				row[j] += v * w
			}
		}
	}
}

// gaussian fills x with standard normals: entry (i, j) is drawn from the stream of row i, so that it does not depend
// on how the rows are cut into tiles.
func gaussian[T core.Float](x core.Matrix[T], seed uint64, purpose uint64) {
	for i := range x.Rows {
		draw := rng.New(seed, purpose, uint64(i))
		for j := range x.Row(i) {
			x.Data[i*x.Stride+j] = T(draw.NormFloat64())
		}
	}
}
