package dense

import (
	"fmt"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/rng"
)

// The steps of an orthonormalization that touch all rows of y.

// measure fills norms and leaves the Gram matrix of y in g, after scaling columns whose squares would leave the range of
// float64.
func (b *basis[T]) measure() error {
	l := b.y.Cols
	if err := Gram(b.ctx, b.threads, b.y, b.g); err != nil {
		return err
	}
	const low, high = 1e-200, 1e280
	safe := true
	for j := range l {
		d := b.g[j*l+j]
		safe = safe && d > low && d < high
	}
	if !safe {
		if err := b.scaleColumns(); err != nil {
			return err
		}
		if err := Gram(b.ctx, b.threads, b.y, b.g); err != nil {
			return err
		}
	}
	for j := range l {
		b.norms[j] = math.Sqrt(b.g[j*l+j])
	}
	return nil
}

// scaleColumns multiplies float64 columns by powers of two that bring their largest elements near 1. float32 columns
// are only checked: their squares fit float64.
func (b *basis[T]) scaleColumns() error {
	l, threads := b.y.Cols, par.Threads(b.threads)
	tiles := par.Tiles(b.y.Rows, tileRows)
	largest := make([]float64, threads*l)
	err := par.For(b.ctx, threads, tiles, func(worker, tile int) {
		most := largest[worker*l : (worker+1)*l]
		lo, hi := par.Span(tile, b.y.Rows, tileRows)
		for i := lo; i < hi; i++ {
			for j, v := range b.y.Row(i) {
				if size := math.Abs(float64(v)); !(size <= most[j]) && most[j] == most[j] {
					most[j] = size
				}
			}
		}
	})
	if err != nil {
		return err
	}
	factors := make([]T, l)
	scaled := false
	for j := range l {
		var most float64
		for w := range threads {
			most = max(most, largest[w*l+j])
		}
		if math.IsNaN(most) || math.IsInf(most, 0) {
			return fmt.Errorf("%w: column %d of y holds NaN or an infinity", core.ErrNumerical, j)
		}
		factors[j] = 1
		if _, double := any(T(0)).(float64); double && most > 0 {
			_, exponent := math.Frexp(most)
			b.exponent[j] = max(-1000, exponent)
			factors[j] = T(math.Ldexp(1, -b.exponent[j]))
			scaled = true
		}
	}
	if !scaled {
		return nil
	}
	return par.For(b.ctx, threads, tiles, func(_, tile int) {
		lo, hi := par.Span(tile, b.y.Rows, tileRows)
		for i := lo; i < hi; i++ {
			for j, row := 0, b.y.Row(i); j < l; j++ {
				row[j] *= factors[j]
			}
		}
	})
}

// project takes the components along the first done columns out of w, columns that begin at column done, twice over.
// w times r is what counts in the coefficients; r = nil stands for the identity.
func (b *basis[T]) project(w core.Matrix[T], done int, r []float64) error {
	if done == 0 {
		return nil
	}
	l, k := b.y.Cols, w.Cols
	q := columns(b.y, 0, done)
	h := make([]float64, done*k)
	for range 2 {
		if err := Cross(b.ctx, b.threads, q, w, h); err != nil {
			return err
		}
		if err := SubMulRight(b.ctx, b.threads, w, q, h, done, k); err != nil {
			return err
		}
		if b.rank >= 0 {
			continue // random columns have no coefficients
		}
		c := b.coef[done:]
		if r != nil {
			blas.Gemm(b.threads, false, false, done, k, k, 1, h, k, r, k, 1, c, l)
			continue
		}
		for i := range done {
			blas.Axpy(1, h[i*k:(i+1)*k], c[i*l:i*l+k])
		}
	}
	return nil
}

// permute puts column order[j] of W in place j, in y and in everything kept about its columns.
func (b *basis[T]) permute(order []int) error {
	if slices.IsSorted(order) {
		return nil
	}
	k := len(order)
	kept := struct {
		order []int
		norms []float64
	}{append([]int(nil), b.order[b.done:]...), append([]float64(nil), b.norms[b.done:]...)}
	for j, from := range order {
		b.order[b.done+j], b.norms[b.done+j] = kept.order[from], kept.norms[from]
	}
	old := make([]float64, k)
	for i := range b.done {
		row := b.coef[i*b.y.Cols+b.done:][:k]
		copy(old, row)
		for j, from := range order {
			row[j] = old[from]
		}
	}
	threads := par.Threads(b.threads)
	scratch := make([]T, threads*k)
	w := columns(b.y, b.done, b.y.Cols)
	return par.For(b.ctx, threads, par.Tiles(w.Rows, tileRows), func(worker, tile int) {
		lo, hi := par.Span(tile, w.Rows, tileRows)
		old := scratch[worker*k : (worker+1)*k]
		for i := lo; i < hi; i++ {
			row := w.Row(i)
			copy(old, row)
			for j, from := range order {
				row[j] = old[from]
			}
		}
	})
}

// refill replaces W, of which nothing independent is left, by random columns.
func (b *basis[T]) refill() error {
	if b.rank < 0 {
		b.rank = b.done
	}
	if b.refills++; b.refills > mostRefills {
		return fmt.Errorf("%w: random columns would not extend a basis of %d columns in dimension %d",
			core.ErrNumerical, b.done, b.y.Rows)
	}
	for j := b.done; j < b.y.Cols; j++ {
		b.norms[j] = math.Sqrt(float64(b.y.Rows))
	}
	w := columns(b.y, b.done, b.y.Cols)
	return par.For(b.ctx, b.threads, par.Tiles(w.Rows, tileRows), func(_, tile int) {
		r := rng.New(b.seed, uint64(b.refills), uint64(tile))
		lo, hi := par.Span(tile, w.Rows, tileRows)
		for i := lo; i < hi; i++ {
			row := w.Row(i)
			for j := range row {
				row[j] = T(r.NormFloat64())
			}
		}
	})
}
