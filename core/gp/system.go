package gp

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/lowrank"
)

// System is the symmetric positive definite matrix K + Sigma (n x n) as solvers see it. Methods are called from one
// goroutine at a time and may use threads of their own; results must not depend on how many.
//
// An [Operator], and any System that is also a [lowrank.Kernel] of float32 or float64, with the columns and the diagonal
// of K without Sigma, can be preconditioned by pivots and solved by blocks; others are known by their products only.
type System interface {
	// Size returns n.
	Size() int
	// Mul writes (K + Sigma) v to dst, both n x t. dst does not overlap v.
	Mul(ctx context.Context, dst, v core.Matrix[float64]) error
	// Sigma returns the diagonal of Sigma (n), which is not written to.
	Sigma() []float64
}

// DenseSystem is a System whose kernel matrix is held in memory.
type DenseSystem struct {
	k       core.Matrix[float64]
	sigma   []float64
	threads int
}

var (
	_ System                  = (*Operator)(nil)
	_ System                  = (*DenseSystem)(nil)
	_ lowrank.Kernel[float64] = (*DenseSystem)(nil)
)

// NewDenseSystem returns the symmetric k (n x n) plus noise, one variance for all points or n of them, none meaning 0, as
// a System whose products run on at most threads goroutines (all processors if threads <= 0). k is not copied and must not
// change while the system is in use. That it is symmetric is not checked.
//
// Errors wrap core.ErrShape and core.ErrOption.
func NewDenseSystem(k core.Matrix[float64], noise []float64, threads int) (*DenseSystem, error) {
	if err := k.Check("K"); err != nil {
		return nil, fmt.Errorf("gp: %w", err)
	}
	if k.Rows != k.Cols {
		return nil, fmt.Errorf("gp: %w: a kernel matrix is square, K is %d x %d", core.ErrShape, k.Rows, k.Cols)
	}
	if err := checkNoise(noise, k.Rows); err != nil {
		return nil, err
	}
	s := &DenseSystem{k, make([]float64, k.Rows), threads}
	for i := range s.sigma {
		switch len(noise) {
		case 0:
		case 1:
			s.sigma[i] = noise[0]
		default:
			s.sigma[i] = noise[i]
		}
	}
	return s, nil
}

// Size returns n.
func (s *DenseSystem) Size() int { return s.k.Rows }

// Sigma returns the diagonal of Sigma.
func (s *DenseSystem) Sigma() []float64 { return s.sigma }

// Mul writes (K + Sigma) v to dst in 2*n^2*t operations.
func (s *DenseSystem) Mul(ctx context.Context, dst, v core.Matrix[float64]) error {
	n := s.Size()
	if err := checkProduct(dst, v, n, n); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	blas.Gemm(s.threads, false, false, n, v.Cols, n, 1, s.k.Data, s.k.Stride, v.Data, v.Stride, 0, dst.Data, dst.Stride)
	for i := range n {
		blas.Axpy(s.sigma[i], v.Row(i), dst.Row(i))
	}
	return nil
}

// Diagonal writes the diagonal of K to dst.
func (s *DenseSystem) Diagonal(ctx context.Context, dst []float64) error {
	for i := range dst {
		dst[i] = s.k.Row(i)[i]
	}
	return ctx.Err()
}

// Columns writes column ids[i] of K to row i of dst.
func (s *DenseSystem) Columns(ctx context.Context, dst core.Matrix[float64], ids []int) error {
	for i, id := range ids {
		copy(dst.Row(i), s.k.Row(id))
	}
	return ctx.Err()
}

// leastOf returns the smallest of the numbers, infinity if there are none.
func leastOf(values []float64) float64 {
	least := math.Inf(1)
	for _, v := range values {
		least = min(least, v)
	}
	return least
}

// checkSigma reports variances that are not numbers of at least 0, or too few of them.
func checkSigma(sigma []float64, n int) error {
	if len(sigma) != n {
		return fmt.Errorf("gp: %w: the system has %d variances of noise for %d points", core.ErrShape, len(sigma), n)
	}
	return checkNoise(sigma, n)
}

// columnsOf returns a reader of columns of K in float64, of whatever precision the system has, or nil if it has none.
func columnsOf(s System) lowrank.Kernel[float64] {
	switch k := s.(type) {
	case *Operator:
		return AsKernel[float64](k)
	case lowrank.Kernel[float64]:
		return k
	case lowrank.Kernel[float32]:
		return &widened{k: k}
	}
	return nil
}

// widened is a kernel of float32 read as float64.
type widened struct {
	k      lowrank.Kernel[float32]
	buffer []float32
}

func (w *widened) Size() int { return w.k.Size() }

func (w *widened) Diagonal(ctx context.Context, dst []float64) error { return w.k.Diagonal(ctx, dst) }

func (w *widened) Columns(ctx context.Context, dst core.Matrix[float64], ids []int) error {
	n := w.Size()
	if len(w.buffer) < len(ids)*n {
		w.buffer = make([]float32, len(ids)*n)
	}
	narrow := core.Matrix[float32]{Data: w.buffer, Rows: len(ids), Cols: n, Stride: n}
	if err := w.k.Columns(ctx, narrow, ids); err != nil {
		return err
	}
	for i := range ids {
		row := dst.Row(i)
		for j, v := range narrow.Row(i) {
			row[j] = float64(v)
		}
	}
	return nil
}
