package lowrank

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// streamPiece is how many rows of a dense block are worked on at a time.
const streamPiece = 8192

// StreamUpdate adds to s the rows [first, first+b) of A, which are those of block (b x n, dense or sparse), and writes their
// rows of Y = A Omega^T to y (b x k). Rows may come in any order and in blocks of any size, each once; that changes the
// result by rounding only. On an error s is as before.
//
// Takes 2*(5k+1+q) operations per element or entry of the block and O((b + n) k) memory. The test matrices are made anew,
// in O((b + n) k) operations; of a dense block of few rows only what is needed, in O(n) operations and O(k) memory per row.
//
// Errors wrap [core.ErrShape], [core.ErrOption], [core.ErrNotFinite] with the place in the block, or
// [core.ErrNumerical], or come from ctx.
func StreamUpdate[T core.Float](ctx context.Context, s *StreamState, first int64, block Operator[T], y core.Matrix[float64], threads int) error {
	k, side, q, n, err := s.sizes()
	if err != nil {
		return err
	}
	if err := y.Check("y"); err != nil {
		return fmt.Errorf("lowrank: %w", err)
	}
	b, cols := block.Dims()
	known, ok := block.(Normed)
	switch {
	case cols != n:
		return fmt.Errorf("lowrank: %w: the block has %d columns, the stream %d", core.ErrShape, cols, n)
	case y.Rows != b || y.Cols != k:
		return fmt.Errorf("lowrank: %w: y is %d x %d; a block of %d rows needs %d x %d", core.ErrShape, y.Rows, y.Cols, b, b, k)
	case first < 0 || first > math.MaxInt64-int64(b):
		return fmt.Errorf("lowrank: %w: a block cannot begin at row %d", core.ErrOption, first)
	case !ok:
		return fmt.Errorf("lowrank: %w: blocks of a stream must know their norm, as dense and sparse ones do", core.ErrOption)
	case b == 0:
		return nil
	}
	square, err := known.SquaredNorm(ctx)
	if err != nil {
		return fmt.Errorf("block from row %d: %w", first, err)
	}
	u := &streaming[T]{seed: s.Seed, threads: threads, k: k, side: side, q: q, n: n}
	d, rows := block.(*dense[T])
	if rows && b <= fewRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		u.addFew(s, first, d.x, y)
		s.SquaredNorm += square
		s.Rows += int64(b)
		return nil
	}
	u.left, u.middle = core.NewMatrix[float64](k+q, n), core.NewMatrix[float64](side, side)
	if err := u.makeRight(ctx); err != nil {
		return err
	}
	if rows {
		for lo := 0; lo < b; lo += streamPiece {
			hi := min(b, lo+streamPiece)
			piece := &dense[T]{x: rowsOf(d.x, lo, hi), threads: d.threads}
			if err := u.add(ctx, first+int64(lo), piece, rowsOf(y, lo, hi)); err != nil {
				return err
			}
		}
	} else if err := u.add(ctx, first, block, y); err != nil {
		return err
	}
	for i := range k {
		blas.Axpy(1, u.left.Row(i), s.CoRange.Row(i))
	}
	for i := range q {
		blas.Axpy(1, u.left.Row(k+i), s.Check.Row(i))
	}
	for i := range side {
		blas.Axpy(1, u.middle.Row(i), s.Core.Row(i))
	}
	s.SquaredNorm += square
	s.Rows += int64(b)
	return nil
}

// streaming is an update in work.
type streaming[T core.Float] struct {
	seed          uint64
	threads       int
	k, side, q, n int
	right         core.Matrix[T]       // n x (k+side): Omega^T and Psi^T
	left          core.Matrix[float64] // (k+q) x n: Upsilon A and Theta A of the block
	middle        core.Matrix[float64] // side x side: Phi A Psi^T of the block
}

const streamTile = 256 // rows of test matrices made at a time

// makeRight makes the test matrices that A is multiplied with from the right.
func (u *streaming[T]) makeRight(ctx context.Context) error {
	omega, psi := newStreamTest(u.k, u.seed, streamOmega), newStreamTest(u.side, u.seed, streamPsi)
	u.right = core.NewMatrix[T](u.n, u.k+u.side)
	return par.For(ctx, u.threads, par.Tiles(u.n, streamTile), func(_, t int) {
		lo, hi := par.Span(t, u.n, streamTile)
		for j := lo; j < hi; j++ {
			row := u.right.Row(j)
			omega.places(j, func(p int, v float64) { row[p] = T(v) })
			psi.places(j, func(p int, v float64) { row[u.k+p] = T(v) })
		}
	})
}

// add adds the rows of a, from row first on, and writes their rows of Y.
func (u *streaming[T]) add(ctx context.Context, first int64, a Operator[T], y core.Matrix[float64]) error {
	b := y.Rows
	h, g := core.NewMatrix[T](b, u.k+u.side), core.NewMatrix[T](u.n, u.k+u.q)
	if err := a.Mul(ctx, h, u.right); err != nil {
		return err
	}
	test := core.NewMatrix[T](b, u.k+u.q)
	upsilon, theta := newStreamTest(u.k, u.seed, streamUpsilon), gaussianTest{u.q, u.seed, streamTheta}
	err := par.For(ctx, u.threads, par.Tiles(b, streamTile), func(_, t int) {
		lo, hi := par.Span(t, b, streamTile)
		normal := make([]float64, u.q)
		for i := lo; i < hi; i++ {
			row := test.Row(i)
			upsilon.places(int(first)+i, func(p int, v float64) { row[p] = T(v) })
			theta.column(int(first)+i, 0, u.q, normal)
			for p, v := range normal {
				row[u.k+p] = T(v)
			}
			for p, v := range h.Row(i)[:u.k] {
				y.Row(i)[p] = float64(v)
			}
		}
	})
	if err != nil {
		return err
	}
	if err := a.MulTrans(ctx, g, test); err != nil {
		return err
	}
	for j := range u.n {
		for p, v := range g.Row(j) {
			u.left.Row(p)[j] += float64(v)
		}
	}
	phi := newStreamTest(u.side, u.seed, streamPhi)
	line := make([]float64, u.side)
	for i := range b {
		for p, v := range h.Row(i)[u.k:] {
			line[p] = float64(v)
		}
		phi.places(int(first)+i, func(p int, v float64) { blas.Axpy(v, line, u.middle.Row(p)) })
	}
	return nil
}

// fewRows is up to how many rows of a dense block the nonzeros of test matrices are taken one by one.
const fewRows = 32

// addFew is an update with the rows of x, from row first on, added to s itself.
func (u *streaming[T]) addFew(s *StreamState, first int64, x core.Matrix[T], y core.Matrix[float64]) {
	omega, psi := newStreamTest(u.k, u.seed, streamOmega), newStreamTest(u.side, u.seed, streamPsi)
	images := core.NewMatrix[float64](x.Rows, u.side)
	for i := range x.Rows {
		clear(y.Row(i))
	}
	for j := range u.n {
		omega.places(j, func(p int, v float64) {
			for i := range x.Rows {
				y.Data[i*y.Stride+p] += v * float64(x.Data[i*x.Stride+j])
			}
		})
		psi.places(j, func(p int, v float64) {
			for i := range x.Rows {
				images.Data[i*images.Stride+p] += v * float64(x.Data[i*x.Stride+j])
			}
		})
	}
	upsilon, theta := newStreamTest(u.k, u.seed, streamUpsilon), gaussianTest{u.q, u.seed, streamTheta}
	phi := newStreamTest(u.side, u.seed, streamPhi)
	line, normal := make([]float64, u.n), make([]float64, u.q)
	for i := range x.Rows {
		at := int(first) + i
		widen(line, x.Row(i))
		upsilon.places(at, func(p int, v float64) { blas.Axpy(v, line, s.CoRange.Row(p)) })
		theta.column(at, 0, u.q, normal)
		for p, v := range normal {
			blas.Axpy(v, line, s.Check.Row(p))
		}
		phi.places(at, func(p int, v float64) { blas.Axpy(v, images.Row(i), s.Core.Row(p)) })
	}
}
