package dense

import (
	"fmt"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// tileRows is how many rows are worked on at a time: whole bands of every kernel family, and with a hundred columns
// still in the second-level cache.
const tileRows = 336

// maxGroups bounds the partial sums of a reduction over rows.
const maxGroups = 32

// threadWork is how many multiplications make up for the time that it takes to start another thread.
const threadWork = 2e6

// threadsFor returns how many of the threads pay for m x k x l multiplications.
func threadsFor(threads, m, k, l int) int {
	return min(par.Threads(threads), 1+int(float64(m)*float64(k)*float64(l)/threadWork))
}

// groupRows cuts m rows into at most maxGroups groups of whole tiles and returns the rows of a group: no fewer than
// eight times the width, so that the partial sums, width x width each, take at most an eighth of the memory of the rows.
func groupRows(m, width int) int {
	rows := max(par.Tiles(m, maxGroups), 8*width, gramRows)
	return par.Tiles(rows, gramRows) * gramRows
}

// loadRows returns rows [lo, hi) of x in float64 and their stride: the memory of x itself if it is float64, and
// otherwise buf, filled with a copy.
func loadRows[T core.Float](x core.Matrix[T], lo, hi int, buf []float64) (rows []float64, ld int) {
	switch data := any(x.Data).(type) {
	case []float64:
		return data[lo*x.Stride:], x.Stride
	case []float32:
		for i := lo; i < hi; i++ {
			blas.Widen(data[i*x.Stride:i*x.Stride+x.Cols], buf[(i-lo)*x.Cols:])
		}
	}
	return buf, x.Cols
}

// copyRows fills buf with rows [lo, hi) of x in float64, without gaps.
func copyRows[T core.Float](x core.Matrix[T], lo, hi int, buf []float64) {
	switch data := any(x.Data).(type) {
	case []float64:
		for i := lo; i < hi; i++ {
			copy(buf[(i-lo)*x.Cols:(i-lo+1)*x.Cols], data[i*x.Stride:])
		}
	case []float32:
		loadRows(x, lo, hi, buf)
	}
}

// storeRows rounds rows of loadRows back to x. For float64 they are x already.
func storeRows[T core.Float](x core.Matrix[T], lo, hi int, rows []float64) {
	if data, ok := any(x.Data).([]float32); ok {
		for i := lo; i < hi; i++ {
			blas.Narrow(rows[(i-lo)*x.Cols:(i-lo+1)*x.Cols], data[i*x.Stride:])
		}
	}
}

// rowBuffers returns what loadRows needs for each of the threads: nothing for float64.
func rowBuffers[T core.Float](threads, cols int) [][]float64 {
	buffers := make([][]float64, threads)
	if _, wide := any(T(0)).(float64); !wide {
		for i := range buffers {
			buffers[i] = make([]float64, tileRows*cols)
		}
	}
	return buffers
}

// columns returns columns [lo, hi) of x as a view.
func columns[T core.Float](x core.Matrix[T], lo, hi int) core.Matrix[T] {
	if x.Rows == 0 || lo == hi {
		return core.Matrix[T]{Rows: x.Rows, Cols: hi - lo, Stride: x.Stride}
	}
	return core.Matrix[T]{Data: x.Data[lo:], Rows: x.Rows, Cols: hi - lo, Stride: x.Stride}
}

// checkTall returns an error that names the function if x is an impossible view.
func checkTall[T core.Float](function, name string, x core.Matrix[T]) error {
	if err := x.Check(name); err != nil {
		return fmt.Errorf("dense.%s: %w", function, err)
	}
	return nil
}

// checkSmall returns an error that names the function if a is too short for rows x cols.
func checkSmall(function, name string, a []float64, rows, cols int) error {
	if rows < 0 || cols < 0 || len(a) < rows*cols {
		return fmt.Errorf("dense.%s: %w: %s of %d x %d needs %d elements, got %d",
			function, core.ErrShape, name, rows, cols, rows*cols, len(a))
	}
	return nil
}
