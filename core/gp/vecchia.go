package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Vecchia is the Preconditioner of a process in which each point, in an order of its own, depends on its nearest points
// before it alone: P^-1 = U U^T, where column i of U holds what predicts y_i from them, divided by the standard deviation of
// what is left. With all points before it as neighbors P = K + Sigma. Of all P whose U has these places of elements, this one
// is closest to K + Sigma in the divergence of Kullback and Leibler, and the trace of P^-1 (K + Sigma) is n.
//
// U is kept in float32 by columns and by rows, which defines P exactly; all arithmetic is float64.
//
// Source: F. Schaefer, M. Katzfuss, H. Owhadi: Sparse Cholesky factorization by Kullback-Leibler minimization, SIAM J. Sci.
// Comput. 43, 2021.
type Vecchia struct {
	n, neighbors int
	perm         []int32 // the caller's index of each place; places that lie together are points that do
	sequence     []int32 // places in the order of the process

	// Columns, a point with its neighbors each, the point first; behind the last neighbor there are zeros.
	places []int32   // n x (1 + neighbors)
	values []float32 // n x (1 + neighbors)
	// Rows, without zeros.
	starts []int     // n + 1
	users  []int32   // columns
	shares []float32 // elements

	logDet  float64
	threads int

	in, middle []float64 // n x t, for the largest t so far
}

var _ Preconditioner = (*Vecchia)(nil)

// Size returns n.
func (p *Vecchia) Size() int { return p.n }

// Rank returns how many points each one depends on at most.
func (p *Vecchia) Rank() int { return p.neighbors }

// LogDet returns log|P|.
func (p *Vecchia) LogDet() float64 { return p.logDet }

// Floor returns 0: nothing is known about the smallest eigenvalue of P^-1 (K + Sigma).
func (p *Vecchia) Floor() float64 { return 0 }

// bytes is the memory of U.
func (p *Vecchia) bytes() int64 { return int64(8*len(p.values) + 8*len(p.shares) + 8*p.n) }

// room makes buffers for t columns.
func (p *Vecchia) room(t int) {
	if len(p.in) < p.n*t {
		p.in, p.middle = make([]float64, p.n*t), make([]float64, p.n*t)
	}
}

// Solve writes P^-1 v to dst in some 4 n t neighbors operations. Memory is kept for the largest t so far.
func (p *Vecchia) Solve(ctx context.Context, dst, v core.Matrix[float64]) error {
	if err := checkProduct(dst, v, p.n, p.n); err != nil {
		return err
	}
	t, wide := v.Cols, 1+p.neighbors
	p.room(t)
	tiles := par.Tiles(p.n, rowTile)
	if err := par.For(ctx, p.threads, tiles, func(_, tile int) {
		lo, hi := par.Span(tile, p.n, rowTile)
		for i := lo; i < hi; i++ {
			copy(p.in[i*t:(i+1)*t], v.Row(int(p.perm[i])))
		}
	}); err != nil {
		return err
	}
	if err := par.For(ctx, p.threads, tiles, func(_, tile int) {
		lo, hi := par.Span(tile, p.n, rowTile)
		for i := lo; i < hi; i++ {
			gather(p.middle[i*t:(i+1)*t], p.in, p.places[i*wide:(i+1)*wide], p.values[i*wide:(i+1)*wide])
		}
	}); err != nil {
		return err
	}
	return par.For(ctx, p.threads, tiles, func(_, tile int) {
		lo, hi := par.Span(tile, p.n, rowTile)
		for i := lo; i < hi; i++ {
			from, to := p.starts[i], p.starts[i+1]
			gather(dst.Row(int(p.perm[i])), p.middle, p.users[from:to], p.shares[from:to])
		}
	})
}

// gather sets dst to the sum of rows of v, which are as wide, times values.
func gather(dst, v []float64, rows []int32, values []float32) {
	t := len(dst)
	if t == 1 {
		sum := 0.0
		for k, i := range rows {
			sum += float64(values[k]) * v[i]
		}
		dst[0] = sum
		return
	}
	clear(dst)
	for k, i := range rows {
		blas.Axpy(float64(values[k]), v[int(i)*t:(int(i)+1)*t], dst)
	}
}

// sampled is how many draws a goroutine makes at a time.
const sampled = 8

// Sample fills dst with U^-T e for standard normal e: each point in turn given its neighbors.
func (p *Vecchia) Sample(ctx context.Context, dst core.Matrix[float64], seed uint64) error {
	if dst.Rows != p.n {
		return fmt.Errorf("gp: %w: draws of %d rows from a preconditioner for %d points", core.ErrShape, dst.Rows, p.n)
	}
	if err := DrawProbes(ctx, dst, nil, seed, p.threads); err != nil {
		return err
	}
	wide := 1 + p.neighbors
	return par.For(ctx, p.threads, par.Tiles(dst.Cols, sampled), func(_, group int) {
		lo, hi := par.Span(group, dst.Cols, sampled)
		for _, i := range p.sequence {
			row := dst.Row(int(p.perm[i]))[lo:hi]
			values := p.values[int(i)*wide : (int(i)+1)*wide]
			for k, j := range p.places[int(i)*wide+1 : (int(i)+1)*wide] {
				by := float64(values[1+k])
				for c, z := range dst.Row(int(p.perm[j]))[lo:hi] {
					row[c] -= by * z
				}
			}
			for c := range row {
				row[c] /= float64(values[0])
			}
		}
	})
}

// complete makes the rows of U and the determinant from the columns.
func (p *Vecchia) complete() {
	wide := 1 + p.neighbors
	p.starts = make([]int, p.n+1)
	for k, v := range p.values {
		if v != 0 {
			p.starts[p.places[k]+1]++
		}
	}
	for i := range p.n {
		p.starts[i+1] += p.starts[i]
	}
	p.users, p.shares = make([]int32, p.starts[p.n]), make([]float32, p.starts[p.n])
	next := append([]int(nil), p.starts[:p.n]...)
	for i := range p.n {
		p.logDet -= 2 * math.Log(float64(p.values[i*wide]))
		for k := i * wide; k < (i+1)*wide; k++ {
			if v := p.values[k]; v != 0 {
				at := &next[p.places[k]]
				p.users[*at], p.shares[*at] = int32(i), v
				*at++
			}
		}
	}
}
