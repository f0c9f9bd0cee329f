package dense

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// MulRight writes x b to dst (m x l) for x of m x k and b of k x l, in float64 arithmetic rounded once to T, on at most
// threads goroutines (all processors if threads <= 0). dst may be x, or its leading columns; any other overlap gives
// wrong results. Takes 2*m*k*l operations. The error wraps [core.ErrShape], or is the context's.
func MulRight[T core.Float](ctx context.Context, threads int, dst, x core.Matrix[T], b []float64, k, l int) error {
	if err := checkMulRight("MulRight", dst, x, b, k, l); err != nil {
		return err
	}
	return mulRight(ctx, threads, "MulRight", 1, 0, dst, x, b)
}

// SubMulRight subtracts x b from dst (m x l) for x of m x k and b of k x l, like [MulRight]. dst must not overlap x,
// but both may be columns of one matrix.
func SubMulRight[T core.Float](ctx context.Context, threads int, dst, x core.Matrix[T], b []float64, k, l int) error {
	if err := checkMulRight("SubMulRight", dst, x, b, k, l); err != nil {
		return err
	}
	return mulRight(ctx, threads, "SubMulRight", -1, 1, dst, x, b)
}

func checkMulRight[T core.Float](function string, dst, x core.Matrix[T], b []float64, k, l int) error {
	if err := checkTall(function, "dst", dst); err != nil {
		return err
	}
	if err := checkTall(function, "x", x); err != nil {
		return err
	}
	if x.Cols != k || dst.Cols != l || dst.Rows != x.Rows {
		return fmt.Errorf("dense.%s: %w: x of %d x %d times b of %d x %d does not fit dst of %d x %d",
			function, core.ErrShape, x.Rows, x.Cols, k, l, dst.Rows, dst.Cols)
	}
	return checkSmall(function, "b", b, k, l)
}

// mulRight computes dst = alpha*x*b + beta*dst.
func mulRight[T core.Float](ctx context.Context, threads int, function string, alpha, beta float64,
	dst, x core.Matrix[T], b []float64) error {

	m, k, l := x.Rows, x.Cols, dst.Cols
	if m == 0 || l == 0 {
		return nil
	}
	var right blas.Packed[float64]
	blas.PackRight(&right, false, k, l, b, l)
	inPlace := k > 0 && unsafe.SliceData(dst.Data) == unsafe.SliceData(x.Data)
	threads = threadsFor(threads, m, k, l)
	workspaces := make([]blas.Workspace[float64], threads)
	ins, outs := rowBuffers[T](threads, k), rowBuffers[T](threads, l)
	if inPlace {
		for i := range ins {
			ins[i] = make([]float64, tileRows*k)
		}
	}
	err := par.For(ctx, threads, par.Tiles(m, tileRows), func(worker, tile int) {
		lo, hi := par.Span(tile, m, tileRows)
		in, ldIn := ins[worker], k
		if inPlace {
			copyRows(x, lo, hi, in)
		} else {
			in, ldIn = loadRows(x, lo, hi, in)
		}
		out, ldOut := outs[worker], l
		if direct, ok := any(dst.Data).([]float64); ok {
			out, ldOut = direct[lo*dst.Stride:], dst.Stride
		} else if beta != 0 {
			loadRows(dst, lo, hi, out)
		}
		blas.GemmPacked(&workspaces[worker], false, hi-lo, alpha, in, ldIn, &right, beta, out, ldOut)
		storeRows(dst, lo, hi, out)
	})
	if err != nil {
		return fmt.Errorf("dense.%s: %w", function, err)
	}
	return nil
}
