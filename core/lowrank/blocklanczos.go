package lowrank

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	linalg "github.com/lithe-ml/lithe/core/internal/dense"
)

// blockLanczos is a block Krylov basis V of a symmetric M (n x n), orthonormal to rounding:
//
//	M V = V T + X L E^T
//
// with the block X that is next, orthogonal to V, and E the columns of the identity from column linked on. Every step
// multiplies M with X and orthogonalises the product. Multiplicities are found up to the width of a block. What is kept of
// size n is of type T, everything else float64.
type blockLanczos[T core.Float] struct {
	apply   func(ctx context.Context, dst, x core.Matrix[T]) error // dst = M x
	basis   *blockBasis[T]
	threads int
	seed    uint64
	width   int       // columns that the basis may have
	next    int       // columns of X; 0 when V spans everything
	t       []float64 // width x width
	link    []float64 // L: next x (have - linked)
	linked  int
	nearby  int       // the first column that M X is known to have much of
	values  []float64 // leading Ritz values, decreasing (r)
	vectors []float64 // coefficients of their vectors in V, have x r
	h       []float64 // scratch, width x block
	small   []float64 // scratch, have x have
}

func newBlockLanczos[T core.Float](n, block, width, threads int, seed uint64,
	apply func(ctx context.Context, dst, x core.Matrix[T]) error) *blockLanczos[T] {

	return &blockLanczos[T]{apply: apply, basis: newBlockBasis[T](n, block, threads), threads: threads, seed: seed, width: width,
		t: make([]float64, width*width), h: make([]float64, width*block)}
}

// have returns the columns of V.
func (k *blockLanczos[T]) have() int { return k.basis.have }

// full tells whether V must be restarted before it can grow.
func (k *blockLanczos[T]) full() bool { return k.have()+k.next > k.width }

// scatter makes X a random block, orthonormal and orthogonal to V. The part of M V along the X before is forgotten: do so
// only at the start, or when the Ritz pairs that count have converged.
func (k *blockLanczos[T]) scatter(ctx context.Context) error {
	b := k.basis
	k.next = min(b.block, b.n-b.have)
	k.link, k.linked, k.nearby = k.link[:0], b.have, 0
	x := b.slot(b.count(), k.next)
	gaussian(x, k.seed+uint64(b.have), streamTest)
	if _, err := linalg.Orthonormalize(ctx, k.threads, x, nil, k.seed); err != nil || b.have == 0 {
		return err
	}
	return k.again(ctx, x, nil)
}

// grow adds X to V and makes of M X the block that is next.
func (k *blockLanczos[T]) grow(ctx context.Context) error {
	b := k.basis
	at, cols := b.have, k.next
	x := b.slot(b.count(), cols)
	product := b.slot(b.count()+1, cols)
	if err := k.apply(ctx, product, x); err != nil {
		return err
	}
	b.have += cols
	// What is known to be large goes first; then all of V, which leaves nothing but rounding.
	k.clearColumns(at, cols)
	var taken float64
	for _, first := range []int{k.nearby / b.block, 0} {
		h := k.h[:(b.have-first*b.block)*cols]
		if err := b.cross(ctx, first, product, h); err != nil {
			return err
		}
		if err := b.subtract(ctx, first, product, h); err != nil {
			return err
		}
		k.addColumns(first*b.block, at, cols, h)
		taken = blas.Dot(h, h)
	}
	k.nearby, k.linked = at, at
	if err := k.follow(ctx, product, taken); err != nil {
		return err
	}
	k.symmetrize(at, cols)
	return nil
}

// follow makes the projected product, of which taken was the square of what the last projection took away, the next
// block, and finds L.
func (k *blockLanczos[T]) follow(ctx context.Context, product core.Matrix[T], taken float64) error {
	b, cols := k.basis, product.Cols
	k.next = min(cols, b.n-b.have)
	k.link = resize(k.link, k.next*cols)
	if k.next == 0 {
		return nil
	}
	if k.next < cols { // the last directions of all
		whole := copied(product)
		product = b.slot(b.count(), k.next)
		copyInto(product, columns(whole, 0, k.next))
		if _, err := linalg.Orthonormalize(ctx, k.threads, product, nil, k.seed); err != nil {
			return err
		}
		if err := k.again(ctx, product, nil); err != nil {
			return err
		}
		return linalg.Cross(ctx, k.threads, product, whole, k.link)
	}
	if _, err := linalg.Orthonormalize(ctx, k.threads, product, k.link, k.seed+uint64(b.have)); err != nil {
		return err
	}
	sound, err := k.sound(ctx, k.link, cols, taken)
	if err != nil || sound {
		return err
	}
	return k.again(ctx, product, k.link)
}

// sound tells whether y = q r, projected on the complement of V when that took away a part of square taken, is still
// orthogonal to V after it was made orthonormal: unless r shrinks it to the rounding of that projection.
func (k *blockLanczos[T]) sound(ctx context.Context, r []float64, cols int, taken float64) (bool, error) {
	_, s, _, err := linalg.SVD(ctx, r, cols, cols)
	growth := 1e3
	if core.Epsilon[T]() > core.Epsilon[float64]() {
		growth = 1e2
	}
	return err == nil && math.Sqrt(taken+blas.Dot(r, r)) <= growth*s[cols-1], err
}

// again projects the orthonormal q on the complement of V until it is orthogonal to rounding. What it was a factor of,
// q r, becomes V h + q r with the new r, if r is not nil. Directions that V holds already are replaced by random ones.
func (k *blockLanczos[T]) again(ctx context.Context, q core.Matrix[T], r []float64) error {
	b, cols := k.basis, q.Cols
	factor, before := make([]float64, cols*cols), make([]float64, cols*cols)
	const rounds = 8
	for round := range rounds {
		h := k.h[:b.have*cols]
		if err := b.cross(ctx, 0, q, h); err != nil {
			return err
		}
		if err := b.subtract(ctx, 0, q, h); err != nil {
			return err
		}
		seed := k.seed ^ uint64(b.have+round+1)
		redraw(q, seed)
		if _, err := linalg.Orthonormalize(ctx, k.threads, q, factor, seed); err != nil {
			return err
		}
		sound, err := k.sound(ctx, factor, cols, blas.Dot(h, h))
		if err != nil {
			return err
		}
		if r != nil {
			copy(before, r)
			product(r, factor, before, cols, cols, cols)
		}
		if sound {
			return nil
		}
	}
	return fmt.Errorf("lowrank: %w: a random block would not extend a basis of %d columns in dimension %d", core.ErrNumerical, b.have, b.n)
}

// clearColumns sets columns [at, at+cols) of T to zero.
func (k *blockLanczos[T]) clearColumns(at, cols int) {
	for i := range k.have() {
		clear(k.t[i*k.width+at : i*k.width+at+cols])
	}
}

// addColumns adds h, which has cols columns, to T from row first and column at on.
func (k *blockLanczos[T]) addColumns(first, at, cols int, h []float64) {
	for i := first; i < k.have(); i++ {
		for j, v := range h[(i-first)*cols : (i-first+1)*cols] {
			k.t[i*k.width+at+j] += v
		}
	}
}

// symmetrize copies the new columns [at, at+cols) of T to its rows.
func (k *blockLanczos[T]) symmetrize(at, cols int) {
	for j := at; j < at+cols; j++ {
		for i := range j {
			v := k.t[i*k.width+j]
			if i >= at {
				v = (v + k.t[j*k.width+i]) / 2
			}
			k.t[i*k.width+j], k.t[j*k.width+i] = v, v
		}
	}
}

// ritz finds the r leading eigenvalues and eigenvectors of T, or all if there are no more.
func (k *blockLanczos[T]) ritz(ctx context.Context, r int) error {
	n := k.have()
	r = min(r, n)
	k.small, k.vectors, k.values = resize(k.small, n*n), resize(k.vectors, n*r), resize(k.values, r)
	for i := range n {
		copy(k.small[i*n:(i+1)*n], k.t[i*k.width:i*k.width+n])
	}
	return linalg.EigenSymLeading(ctx, k.threads, k.small, n, r, k.values, k.vectors)
}

// residuals returns |M v - theta v| of the r leading Ritz pairs.
func (k *blockLanczos[T]) residuals(r int) []float64 {
	n, stride := k.have(), len(k.values)
	norms, sum := make([]float64, r), make([]float64, r)
	for i := range k.next * min(1, len(k.link)) {
		clear(sum)
		for j := k.linked; j < n; j++ {
			blas.Axpy(k.link[i*(n-k.linked)+j-k.linked], k.vectors[j*stride:j*stride+r], sum)
		}
		for c, v := range sum {
			norms[c] += v * v
		}
	}
	for c, v := range norms {
		norms[c] = math.Sqrt(v)
	}
	return norms
}

// leading returns the coefficients of the r leading Ritz vectors, have x r.
func (k *blockLanczos[T]) leading(r int) []float64 {
	n, stride := k.have(), len(k.values)
	e := make([]float64, n*r)
	for i := range n {
		copy(e[i*r:(i+1)*r], k.vectors[i*stride:])
	}
	return e
}

// restart keeps the Ritz vectors that were found, a multiple of the block, as V: T becomes diagonal, and L the part of the
// residuals along X, which stays (Wu and Simon's thick restart).
func (k *blockLanczos[T]) restart(ctx context.Context) error {
	n, r, cols := k.have(), len(k.values), k.have()-k.linked
	if err := k.basis.rotate(ctx, k.vectors, r); err != nil {
		return err
	}
	link := make([]float64, k.next*r)
	product(link, k.link, k.vectors[(n-cols)*r:], k.next, cols, r)
	k.link, k.linked, k.nearby = link, 0, 0
	clear(k.t)
	for j, v := range k.values {
		k.t[j*k.width+j] = v
	}
	return nil
}
