package lowrank

import (
	"context"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	basisTile   = 256 // rows that are worked on at a time: with sixteen columns they fit the first-level cache
	basisGroups = 32  // partial sums of a reduction over rows, at most
)

// blockBasis holds columns of n numbers in blocks of a few, each kept by rows and without gaps. That is the order in which
// the kernels of blas read a factor, so that narrow products with the basis run at the speed of memory.
type blockBasis[T core.Float] struct {
	threads  int
	n, block int
	blocks   []core.Matrix[T] // n x block, the last possibly narrower
	have     int              // columns in use
	partial  []T
	rounded  []T
	right    []blas.Packed[T]
	workers  []basisWorker[T]
}

type basisWorker[T core.Float] struct {
	ws    blas.Workspace[T]
	right blas.Packed[T]
	tile  []T
}

func newBlockBasis[T core.Float](n, block, threads int) *blockBasis[T] {
	return &blockBasis[T]{threads: threads, n: n, block: block, workers: make([]basisWorker[T], par.Threads(threads))}
}

// slot returns place i for a block of the given number of columns, at most b.block.
func (b *blockBasis[T]) slot(i, cols int) core.Matrix[T] {
	for len(b.blocks) <= i {
		b.blocks = append(b.blocks, hugepage.NewMatrix[T](b.n, b.block))
	}
	x := &b.blocks[i]
	x.Cols, x.Stride = cols, cols
	return *x
}

// count returns how many blocks are in use.
func (b *blockBasis[T]) count() int { return par.Tiles(b.have, b.block) }

// used returns the columns in use of block i.
func (b *blockBasis[T]) used(i int) int { return min(b.block, b.have-i*b.block) }

// rows returns rows [lo, hi) of block i.
func (b *blockBasis[T]) rows(i, lo, hi int) (data []T, stride int) {
	x := b.blocks[i]
	return x.Data[lo*x.Stride : hi*x.Stride], x.Stride
}

// cross writes V^T z to h (columns of V x columns of z), where V is what the basis holds from block first on. Sums run over
// some thousand rows in T, and over all of them in float64.
func (b *blockBasis[T]) cross(ctx context.Context, first int, z core.Matrix[T], h []float64) error {
	l, wide := z.Cols, b.have-first*b.block
	size := wide * l
	rows := par.Tiles(par.Tiles(b.n, basisGroups), basisTile) * basisTile
	groups := par.Tiles(b.n, rows)
	b.partial = resize(b.partial, groups*size)
	err := par.For(ctx, b.threads, groups, func(worker, g int) {
		w, sum := &b.workers[worker], b.partial[g*size:(g+1)*size]
		start, end := par.Span(g, b.n, rows)
		for lo := start; lo < end; lo += basisTile {
			hi, beta := min(end, lo+basisTile), T(1)
			if lo == start {
				beta = 0
			}
			blas.PackRight(&w.right, false, hi-lo, l, z.Data[lo*z.Stride:], z.Stride)
			for i := first; i < b.count(); i++ {
				v, stride := b.rows(i, lo, hi)
				blas.GemmPacked(&w.ws, true, b.used(i), 1, v, stride, &w.right, beta, sum[(i-first)*b.block*l:], l)
			}
		}
	})
	if err != nil {
		return err
	}
	for i := range h[:size] {
		sum := 0.0
		for g := range groups {
			sum += float64(b.partial[g*size+i])
		}
		h[i] = sum
	}
	return nil
}

// subtract takes V h from z, with V as in cross.
func (b *blockBasis[T]) subtract(ctx context.Context, first int, z core.Matrix[T], h []float64) error {
	b.pack(first, h, z.Cols)
	return par.For(ctx, b.threads, par.Tiles(b.n, basisTile), func(worker, tile int) {
		lo, hi := par.Span(tile, b.n, basisTile)
		b.addProduct(worker, first, lo, hi, -1, 1, z.Data[lo*z.Stride:], z.Stride)
	})
}

// pack prepares h, which has a row for each column of the basis from block first on.
func (b *blockBasis[T]) pack(first int, h []float64, cols int) {
	for len(b.right) < b.count() {
		b.right = append(b.right, blas.Packed[T]{})
	}
	b.rounded = resize(b.rounded, (b.have-first*b.block)*cols)
	for i := range b.rounded {
		b.rounded[i] = T(h[i])
	}
	for i := first; i < b.count(); i++ {
		blas.PackRight(&b.right[i], false, b.used(i), cols, b.rounded[(i-first)*b.block*cols:], cols)
	}
}

// addProduct computes dst = alpha V h + beta dst for rows [lo, hi) and the h that was packed.
func (b *blockBasis[T]) addProduct(worker, first, lo, hi int, alpha, beta T, dst []T, stride int) {
	for i := first; i < b.count(); i++ {
		v, ldv := b.rows(i, lo, hi)
		blas.GemmPacked(&b.workers[worker].ws, false, hi-lo, alpha, v, ldv, &b.right[i], beta, dst, stride)
		beta = 1
	}
}

// combine writes V e to dst (n x r), where V is the basis and e has r columns.
func (b *blockBasis[T]) combine(ctx context.Context, dst core.Matrix[T], e []float64) error {
	b.pack(0, e, dst.Cols)
	return par.For(ctx, b.threads, par.Tiles(b.n, basisTile), func(worker, tile int) {
		lo, hi := par.Span(tile, b.n, basisTile)
		b.addProduct(worker, 0, lo, hi, 1, 0, dst.Data[lo*dst.Stride:], dst.Stride)
	})
}

// rotate replaces the basis V by V e, which has r columns: a multiple of the block and fewer than V.
func (b *blockBasis[T]) rotate(ctx context.Context, e []float64, r int) error {
	b.pack(0, e, r)
	err := par.For(ctx, b.threads, par.Tiles(b.n, basisTile), func(worker, tile int) {
		lo, hi := par.Span(tile, b.n, basisTile)
		w := &b.workers[worker]
		w.tile = resize(w.tile, basisTile*r)
		b.addProduct(worker, 0, lo, hi, 1, 0, w.tile, r)
		for i := range r / b.block {
			to, stride := b.rows(i, lo, hi)
			for row := range hi - lo {
				copy(to[row*stride:(row+1)*stride], w.tile[row*r+i*b.block:])
			}
		}
	})
	last := b.count()
	b.have = r
	if next := b.count(); next < last && last < len(b.blocks) { // the block that follows the basis follows it still
		b.blocks[next], b.blocks[last] = b.blocks[last], b.blocks[next]
	}
	return err
}
