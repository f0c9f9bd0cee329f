package gp

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// neighborChunk is how many test points have their columns of K in memory at a time.
const neighborChunk = 64

// conditioned writes, for every row of z, the variance given only the count training points that explain most of it, each on
// its own: those with the largest k(x, x_i)^2 / (k(x_i, x_i) + Sigma_i). To know more points never makes a variance
// larger, so that the result is not below that of all points. With others, z holds the training points, and each is left out
// of its own neighbors.
func (m *Regression) conditioned(ctx context.Context, dst, prior []float64, z core.Matrix[float64], count int, others bool) error {
	n := m.X.Rows
	count = min(count, n)
	own := make([]float64, n)
	if err := m.cache.op.Diagonal(ctx, own); err != nil {
		return err
	}
	for i, v := range m.cache.op.Sigma() {
		own[i] += v
	}
	k := core.NewMatrix[float64](min(neighborChunk, z.Rows), n)
	workers := make([]*neighborhood, min(par.Threads(m.Threads), z.Rows))
	for lo := 0; lo < z.Rows; lo += neighborChunk {
		hi := min(z.Rows, lo+neighborChunk)
		k.Rows = hi - lo
		part := core.Matrix[float64]{Data: z.Data[lo*z.Stride:], Rows: hi - lo, Cols: z.Cols, Stride: z.Stride}
		if err := CrossMatrix(ctx, m.cache.op, k, part); err != nil {
			return err
		}
		errs := make([]error, hi-lo)
		err := par.For(ctx, m.Threads, hi-lo, func(worker, j int) {
			if workers[worker] == nil {
				workers[worker] = newNeighborhood(n, count, m.X.Cols)
			}
			h := workers[worker]
			if others {
				k.Row(j)[lo+j] = 0
			}
			h.choose(k.Row(j), own)
			explained, err := h.explained(ctx, m, part.Row(j))
			dst[lo+j], errs[j] = prior[lo+j]-explained, err
		})
		if err != nil {
			return err
		}
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// neighborhood is the scratch of one goroutine.
type neighborhood struct {
	ids   []int32
	score []float64 // n
	count int
	x     core.Matrix[float64] // count x d
	noise []float64            // count
	l     []float64            // count x count
	b     []float64            // count
}

func newNeighborhood(n, count, d int) *neighborhood {
	return &neighborhood{ids: make([]int32, n), score: make([]float64, n), count: count, x: core.NewMatrix[float64](count, d),
		noise: make([]float64, count), l: make([]float64, count*count), b: make([]float64, count)}
}

// choose moves the points with the largest scores to the front of ids, equal ones in the order of their indices.
func (h *neighborhood) choose(k, own []float64) {
	for i, v := range k {
		h.ids[i] = int32(i)
		h.score[i] = -v * v / math.Max(own[i], math.SmallestNonzeroFloat64)
	}
	if h.count < len(k) {
		selectNth(h.ids, h.count, h.score, 1, 0)
	}
}

// explained returns b^T (K + Sigma)^-1 b of the chosen points for the point z, in float64.
func (h *neighborhood) explained(ctx context.Context, m *Regression, z []float64) (float64, error) {
	sigma := m.cache.op.Sigma()
	for i, id := range h.ids[:h.count] {
		copy(h.x.Row(i), m.X.Row(int(id)))
		h.noise[i] = sigma[id]
	}
	op, err := NewOperator(h.x, m.Kernel, nil, &OperatorOptions{Precision: Float64, Threads: 1})
	if err != nil {
		return 0, err
	}
	copy(op.sigma, h.noise) // White terms are in it
	if err := fillMatrix(ctx, h.l, op); err != nil {
		return 0, err
	}
	if !choleskyLower(1, h.l, h.count) {
		return 0, singular(h.count)
	}
	row := core.Matrix[float64]{Data: h.b, Rows: 1, Cols: h.count, Stride: h.count}
	if err := CrossMatrix(ctx, op, row, core.Matrix[float64]{Data: z, Rows: 1, Cols: len(z), Stride: len(z)}); err != nil {
		return 0, err
	}
	solveLower(1, h.l, h.count, h.b, 1)
	sum := 0.0
	for _, v := range h.b {
		sum += v * v
	}
	return sum, nil
}
