package dense

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
)

// Orthonormalize overwrites y (m x l, m >= l) with orthonormal columns Q whose span contains that of y, on at most
// threads goroutines (all processors if threads <= 0). Unless r is nil, r (l x l) is set so that y as it was is Q r.
//
// rank is the number of columns of y found independent at the precision of T, each measured against its own norm. The
// first rank columns of Q span what y spanned; the others, where y fell short, are random directions drawn from seed,
// and their rows of r are zero. If y is well-conditioned r is upper triangular; otherwise the columns of r are so after
// a permutation only.
//
// The method is Cholesky-QR with Gram matrices in float64, which costs 2*m*l^2 operations and is done twice. It is safe
// up to condition numbers of 10^6 after scaling of columns; beyond, pivoted Cholesky picks the columns for which it is,
// the rest is projected against them (block Gram-Schmidt, twice) and the same is done to what is left.
//
// The error wraps [core.ErrShape], [core.ErrNumerical] if y holds NaN or an infinity, or is the context's.
func Orthonormalize[T core.Float](ctx context.Context, threads int, y core.Matrix[T], r []float64, seed uint64) (rank int, err error) {
	if err := checkOrthonormalize("Orthonormalize", y, r); err != nil {
		return 0, err
	}
	return orthonormalize(ctx, threads, y, r, seed, 0)
}

// OrthonormalizePrepared is [Orthonormalize] for a y whose columns something has brought within a small factor of
// orthogonal, such as the triangular factor of a sketch. One round of Cholesky-QR then leaves them orthogonal to a small
// multiple of the rounding, and is all that is done: half the work. For another y the second round follows.
func OrthonormalizePrepared[T core.Float](ctx context.Context, threads int, y core.Matrix[T], r []float64, seed uint64) (rank int, err error) {
	if err := checkOrthonormalize("OrthonormalizePrepared", y, r); err != nil {
		return 0, err
	}
	return orthonormalize(ctx, threads, y, r, seed, prepared)
}

func checkOrthonormalize[T core.Float](function string, y core.Matrix[T], r []float64) error {
	l := y.Cols
	if err := checkTall(function, "y", y); err != nil {
		return err
	}
	if y.Rows < l {
		return fmt.Errorf("dense.%s: %w: y of %d x %d has fewer rows than columns; pass its transpose",
			function, core.ErrShape, y.Rows, l)
	}
	if r != nil {
		return checkSmall(function, "r", r, l, l)
	}
	return nil
}

func orthonormalize[T core.Float](ctx context.Context, threads int, y core.Matrix[T], r []float64, seed uint64,
	enough float64) (rank int, err error) {

	if y.Cols == 0 {
		return 0, nil
	}
	b := newBasis(ctx, threads, y, seed)
	b.enough = enough
	if err := b.run(); err != nil {
		return 0, fmt.Errorf("dense.Orthonormalize: %w", err)
	}
	if r != nil {
		b.writeCoefficients(r)
	}
	return b.rank, nil
}

// basis is the state of an orthonormalization. With P the permutation and D the scaling so far,
//
//	y D P = [Q W] [ C_done  C_rest ]
//	              [   0        I   ]
//
// where Q, the first done columns of y as it is now, are orthonormal, and W, the others, are what is left to do.
type basis[T core.Float] struct {
	ctx      context.Context
	threads  int
	y        core.Matrix[T]
	seed     uint64
	done     int
	rank     int       // done when the columns of y were used up; -1 before
	refills  int       // how often random columns were drawn
	order    []int     // P: column j was column order[j] of the input
	exponent []int     // D: column j of the input was multiplied by 2^-exponent[j]
	norms    []float64 // norms of the columns before any projection, in the present order
	coef     []float64 // C (l x l)
	g, r, x  []float64 // scratch, l x l each
	inverse  float64   // |R^-1|_F^2 of the factor in r, of cosines
	longest  float64   // the largest square of a column of R^-1
	enough   float64   // how large that may be for one round to do
}

const (
	// A Cholesky factor R of a matrix of cosines is used when |R^-1|_F^2 is below this: the columns are then orthogonal
	// to 10^-3 at worst, and once more makes them so to rounding.
	mostInverse = 1e12
	// Pivoted Cholesky stops at this part of a column's square.
	leastPivot = 1e-11
	// The rounding of cosines, multiplied with columns of R^-1 from either side, is what a round leaves of them. With squares
	// of these columns below this, that is good enough for a caller who says so.
	prepared = 32
	// Float32 columns this close to orthogonal need no second round: rounding them has cost more.
	orthogonal32 = 1e-9
	// Random columns fail to extend a basis with a probability of nearly zero.
	mostRefills = 8
)

func newBasis[T core.Float](ctx context.Context, threads int, y core.Matrix[T], seed uint64) *basis[T] {
	l := y.Cols
	b := &basis[T]{
		ctx: ctx, threads: threads, y: y, seed: seed, rank: -1,
		order: make([]int, l), exponent: make([]int, l), norms: make([]float64, l), coef: make([]float64, l*l),
		g: make([]float64, l*l), r: make([]float64, l*l), x: make([]float64, l*l),
	}
	for j := range b.order {
		b.order[j] = j
	}
	return b
}

// tolerance is the part of a column's norm below which what is left of it is rounding error of what was taken away.
func (b *basis[T]) tolerance() float64 {
	rounding := 4 * math.Sqrt(float64(b.y.Cols)) * epsilon64
	if _, single := any(T(0)).(float32); single {
		return 4*0x1p-23 + rounding
	}
	return rounding
}

func (b *basis[T]) run() error {
	if err := b.measure(); err != nil {
		return err
	}
	for {
		k := b.y.Cols - b.done
		width, err := b.choose(k)
		if err != nil {
			return err
		}
		if width == 0 {
			if err := b.refill(); err != nil {
				return err
			}
		} else if err := b.extend(width); err != nil {
			return err
		}
		if b.done == b.y.Cols {
			break
		}
		if err := b.project(columns(b.y, b.done, b.y.Cols), b.done, nil); err != nil {
			return err
		}
		if err := Gram(b.ctx, b.threads, columns(b.y, b.done, b.y.Cols), b.g); err != nil {
			return err
		}
	}
	if b.rank < 0 {
		b.rank = b.done
	}
	return nil
}

// choose takes the Gram matrix of W (k columns) in g and decides how many columns of W, moved to the front, extend the
// basis next: none if all are negligible. r is then the factor of these columns' Gram matrix. Columns keep their order
// unless pivoting is needed.
func (b *basis[T]) choose(k int) (width int, err error) {
	order, negligible := make([]int, 0, k), []int(nil)
	scales, least := make([]float64, k), make([]float64, k)
	for j := range k {
		norm := math.Sqrt(b.g[j*k+j])
		limit := b.tolerance() * b.norms[b.done+j]
		if !(norm > limit) {
			negligible = append(negligible, j)
			continue
		}
		scales[len(order)], least[len(order)] = 1/norm, (limit/norm)*(limit/norm)
		order = append(order, j)
	}
	live := len(order)
	if live == 0 {
		return 0, nil
	}
	cosines := b.g[:live*live] // in place: nothing is overwritten before it is read
	for i, from := range order {
		for j, to := range order {
			cosines[i*live+j] = b.g[from*k+to] * scales[i] * scales[j]
		}
	}
	copy(b.r, cosines)
	width = live
	if !choleskyUpper(b.threads, b.r, live) || b.soundColumns(live, live) < live {
		var pivots []int
		pivots, width = choleskyPivoted(b.threads, cosines, live, least, leastPivot, b.r)
		width = b.soundColumns(width, live)
		for i := range width {
			copy(b.r[i*width:(i+1)*width], b.r[i*live:])
		}
		picked, from := append([]float64(nil), scales...), append([]int(nil), order...)
		for j, p := range pivots {
			scales[j], order[j] = picked[p], from[p]
		}
	}
	for i := range width {
		for j := i; j < width; j++ {
			b.r[i*width+j] /= scales[j] // from cosines back to the columns as they are
		}
	}
	return width, b.permute(append(order, negligible...))
}

// soundColumns returns how many of the first width columns of the upper triangular r (row stride k) have an inverse of
// bounded size, at least one, and leaves the square of its Frobenius norm in inverse and that of its longest column in
// longest.
func (b *basis[T]) soundColumns(width, k int) int {
	invertUpper(b.threads, b.r, width, k, b.x)
	b.inverse, b.longest = 0, 0
	squares := make([]float64, width)
	for i := range width {
		for j, v := range b.x[i*width+i : (i+1)*width] {
			squares[i+j] += v * v
		}
	}
	for j, square := range squares {
		if j > 0 && !(b.inverse+square <= mostInverse) {
			return j
		}
		b.inverse, b.longest = b.inverse+square, max(b.longest, square)
	}
	return width
}

// extend makes the next width columns orthonormal, r being the factor of their Gram matrix.
func (b *basis[T]) extend(width int) error {
	l := b.y.Cols
	next := columns(b.y, b.done, b.done+width)
	if err := SolveRight(b.ctx, b.threads, next, b.r[:width*width]); err != nil {
		return err
	}
	total := append([]float64(nil), b.r[:width*width]...)
	if err := b.project(next, b.done, total); err != nil {
		return err
	}
	if err := b.polish(next, total); err != nil {
		return err
	}
	for i := range width {
		copy(b.coef[(b.done+i)*l+b.done:][:width], total[i*width:(i+1)*width])
	}
	b.done += width
	return nil
}

// polish repeats Cholesky-QR on nearly orthonormal columns q until they are orthonormal to rounding, and multiplies
// total by the factors from the left.
func (b *basis[T]) polish(q core.Matrix[T], total []float64) error {
	l := q.Cols
	_, single := any(T(0)).(float32)
	if b.done == 0 && (b.longest < b.enough || single && b.inverse*float64(l)*epsilon64 < orthogonal32) {
		return nil
	}
	const rounds = 4
	for range rounds {
		if err := Gram(b.ctx, b.threads, q, b.g); err != nil {
			return err
		}
		var off float64
		for i := range l {
			for j := i; j < l; j++ {
				want := 0.0
				if i == j {
					want = 1
				}
				off = max(off, math.Abs(b.g[i*l+j]-want))
			}
		}
		if !choleskyUpper(b.threads, b.g, l) {
			break
		}
		if err := SolveRight(b.ctx, b.threads, q, b.g[:l*l]); err != nil {
			return err
		}
		copy(b.x, total)
		blas.Gemm(b.threads, false, false, l, l, l, 1, b.g, l, b.x, l, 0, total, l)
		if off*float64(l) < 0.1 {
			return nil
		}
	}
	return fmt.Errorf("%w: columns %d to %d of the basis did not become orthonormal", core.ErrNumerical, b.done, b.done+l-1)
}

// writeCoefficients sets r = C P^T D^-1.
func (b *basis[T]) writeCoefficients(r []float64) {
	l := b.y.Cols
	clear(r[:l*l])
	for i := range b.rank {
		for j, original := range b.order {
			r[i*l+original] = math.Ldexp(b.coef[i*l+j], b.exponent[original])
		}
	}
}
