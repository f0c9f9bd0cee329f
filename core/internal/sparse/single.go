package sparse

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core/internal/hugepage"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// Values between these limits and zero keep their relative accuracy in float32, as do their products with vectors of norm 1
// and the products of those with A again.
const (
	leastSingle = 0x1p-30
	mostSingle  = 0x1p+30
)

// Single returns a copy of the values in float32, with everything else shared, on at most threads goroutines (all
// processors if threads <= 0), and false where the largest of them is outside of the range in which that is safe.
func (a *CSR[T, I]) Single(ctx context.Context, threads int) (*CSR[float32, I], bool, error) {
	const run = 1 << 16
	tiles := par.Tiles(len(a.value), run)
	value, most := hugepage.Make[float32](len(a.value)), make([]float64, tiles)
	err := par.For(ctx, threads, tiles, func(_, t int) {
		lo, hi := par.Span(t, len(a.value), run)
		largest := 0.0
		for k, v := range a.value[lo:hi] {
			largest = max(largest, math.Abs(float64(v)))
			value[lo+k] = float32(v)
		}
		most[t] = largest
	})
	if err != nil {
		return nil, false, err
	}
	largest := 0.0
	for _, v := range most {
		largest = max(largest, v)
	}
	if !(largest >= leastSingle && largest <= mostSingle) {
		return nil, false, nil
	}
	return &CSR[float32, I]{rows: a.rows, cols: a.cols, ptr: a.ptr, index: a.index, value: value, borders: a.borders}, true, nil
}
