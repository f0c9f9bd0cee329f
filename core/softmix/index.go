package softmix

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// index is an inverted multi-index: the cells without draws in M^2 buckets, by the nearest of M codes and by the nearest of M more
// codes to what that leaves. Utilities x theta of all cells are then nearly those of 2M codes.
type index struct {
	M, L   int
	codes  []float64 // 2M x L
	cells  []int32   // bucket after bucket
	bucket []int32   // M^2 + 1, where each begins
}

const (
	// mostCodes bounds M, and cellsPerBucket asks for fewer buckets where there are few cells.
	mostCodes      = 64
	cellsPerBucket = 16
	// lessons is the number of cells that each code is learnt from, and rounds that of the iterations of k-means.
	lessons = 32
	rounds  = 6
)

// newIndex learns codes from a random part of the cells by k-means, with columns in units of their standard deviations, and finds the
// bucket of every cell that has not been drawn. O(p L M).
func newIndex[T core.Float](ctx context.Context, c *cells[T], r *rand.Rand, threads int) (*index, error) {
	p, L := c.x.Rows, c.x.Cols
	x := &index{M: max(2, min(mostCodes, int(math.Sqrt(float64(p)/cellsPerBucket)))), L: L}
	n := min(p, lessons*x.M)
	points := make([]T, n*L)
	for i := range n {
		lo, hi := i*p/n, (i+1)*p/n
		for k, v := range c.x.Row(lo + r.IntN(hi-lo)) {
			points[i*L+k] = T(float64(v) - c.origin[k])
		}
	}
	first, nearest := codebook(points, n, x.M, c.scale, r, threads)
	for i, a := range nearest {
		blas.Axpy(-1, first[int(a)*L:(int(a)+1)*L], points[i*L:(i+1)*L])
	}
	second, _ := codebook(points, n, x.M, c.scale, r, threads)
	for _, v := range append(first, second...) {
		x.codes = append(x.codes, float64(v))
	}
	return x, arrange(ctx, x, c, threads)
}

// codebook returns M codes (M x L) for n points by k-means, and the nearest code of each point.
func codebook[T core.Float](points []T, n, M int, scale []float64, r *rand.Rand, threads int) (codes []T, nearest []int32) {
	L := len(scale)
	codes, nearest = make([]T, M*L), make([]int32, n)
	for a := range M {
		lo, hi := a*n/M, (a+1)*n/M
		copy(codes[a*L:(a+1)*L], points[(lo+r.IntN(hi-lo))*L:])
	}
	scores, sums, sizes := make([]T, n*M), make([]float64, M*L), make([]float64, M)
	for range rounds {
		scaled, half := measured(codes, scale)
		blas.Gemm(threads, false, true, n, M, L, 1, points, L, scaled, L, 0, scores, M)
		clear(sums)
		clear(sizes)
		for i := range n {
			a := closest(scores[i*M:(i+1)*M], half)
			nearest[i] = int32(a)
			sizes[a]++
			for k, v := range points[i*L : (i+1)*L] {
				sums[a*L+k] += float64(v)
			}
		}
		for a, size := range sizes {
			for k := range L {
				if size > 0 {
					codes[a*L+k] = T(sums[a*L+k] / size)
				}
			}
		}
	}
	return codes, nearest
}

// measured returns codes with columns divided by squared scales, and half the squared lengths of the codes in units of the scales.
func measured[T core.Float](codes []T, scale []float64) (scaled []T, half []float64) {
	L := len(scale)
	scaled, half = make([]T, len(codes)), make([]float64, len(codes)/L)
	for i, v := range codes {
		s := scale[i%L]
		scaled[i] = T(float64(v) / (s * s))
		half[i/L] += float64(v) * float64(v) / (2 * s * s)
	}
	return scaled, half
}

// closest returns where products with codes less half their squared lengths are largest: the nearest code.
func closest[T core.Float](products []T, half []float64) int {
	best, most := 0, math.Inf(-1)
	for a, v := range products {
		if score := float64(v) - half[a]; score > most {
			best, most = a, score
		}
	}
	return best
}

// arrange finds the bucket of each cell without draws.
func arrange[T core.Float](ctx context.Context, x *index, c *cells[T], threads int) error {
	p, L, M := c.x.Rows, c.x.Cols, x.M
	codes := make([]T, len(x.codes))
	for i, v := range x.codes {
		codes[i] = T(v)
	}
	scaled, half := measured(codes, c.scale)
	// The second code is nearest to x less the first: its product with that counts against it.
	between := make([]T, M*M)
	blas.Gemm(1, false, true, M, M, L, 1, codes, L, scaled[M*L:], L, 0, between, M)
	var packed blas.Packed[T]
	blas.PackRight(&packed, true, L, 2*M, scaled, L)
	threads = par.Threads(threads)
	workers := make([]struct {
		ws             blas.Workspace[T]
		rows, products []T
		left           []float64
	}, threads)
	of := make([]int32, p)
	err := par.For(ctx, threads, par.Tiles(p, tileRows), func(worker, t int) {
		w := &workers[worker]
		if w.products == nil {
			w.products, w.left = make([]T, tileRows*2*M), make([]float64, M)
			if !c.inPlace(true) {
				w.rows = make([]T, tileRows*L)
			}
		}
		lo, hi := par.Span(t, p, tileRows)
		rows, stride := tileOf(c, w.rows, lo, hi)
		blas.GemmPacked(&w.ws, false, hi-lo, 1, rows, stride, &packed, 0, w.products, 2*M)
		for j := lo; j < hi; j++ {
			products := w.products[(j-lo)*2*M:][:2*M]
			a := closest(products[:M], half[:M])
			for b, v := range between[a*M : (a+1)*M] {
				w.left[b] = half[M+b] + float64(v)
			}
			of[j] = int32(a*M + closest(products[M:], w.left))
		}
	})
	if err != nil {
		return err
	}
	x.bucket = make([]int32, M*M+1)
	for j, b := range of {
		if c.q[j] == 0 {
			x.bucket[b+1]++
		}
	}
	for b := range M * M {
		x.bucket[b+1] += x.bucket[b]
	}
	x.cells = make([]int32, x.bucket[M*M])
	next := append([]int32(nil), x.bucket...)
	for j, b := range of {
		if c.q[j] == 0 {
			x.cells[next[b]] = int32(j)
			next[b]++
		}
	}
	return nil
}

// proposal returns the probability (M^2) that one cell of each bucket is proposed for classes theta (C x L): equal shares for a uniform
// distribution over the cells, and for each class with the utilities of the codes in the place of those of the cells. The
// probabilities of all cells sum to 1.
func (x *index) proposal(theta []float64) []float64 {
	M, C := x.M, len(theta)/x.L
	share := 1 / float64(C+1)
	q, own, u := make([]float64, M*M), make([]float64, M*M), make([]float64, 2*M)
	for b := range q {
		q[b] = share / float64(len(x.cells))
	}
	for c := range C {
		top := math.Inf(-1)
		for a := range u {
			u[a] = dot(x.codes[a*x.L:(a+1)*x.L], theta[c*x.L:(c+1)*x.L])
		}
		for b := range own {
			own[b] = u[b/M] + u[M+b%M]
			if x.bucket[b+1] > x.bucket[b] {
				top = max(top, own[b])
			}
		}
		total := 0.0
		for b, v := range own {
			if size := float64(x.bucket[b+1] - x.bucket[b]); size > 0 {
				own[b] = math.Exp(v - top)
				total += size * own[b]
			} else {
				own[b] = 0
			}
		}
		blas.Axpy(share/total, own, q)
	}
	return q
}

// draw chooses about size cells, each at most once and with a probability proportional to q where that is below 1, by one random
// number in [0, 1) and steps along the buckets (systematic sampling). A sum over all cells is estimated without bias by the sum over
// those chosen, each divided by its chance.
func (x *index) draw(q []float64, size int, start float64) (chosen []int32, chance []float64) {
	factor := x.factor(q, size)
	at := start
	for b, v := range q {
		own := min(1, factor*v)
		for _, j := range x.cells[x.bucket[b]:x.bucket[b+1]] {
			if at += own; at >= 1 {
				at--
				chosen, chance = append(chosen, j), append(chance, own)
			}
		}
	}
	return chosen, chance
}

// factor returns t for which the chances min(1, t q) of all cells sum to size.
func (x *index) factor(q []float64, size int) float64 {
	t := float64(size)
	for {
		certain, rest := 0, 0.0
		for b, v := range q {
			if cells := int(x.bucket[b+1] - x.bucket[b]); t*v >= 1 {
				certain += cells
			} else {
				rest += float64(cells) * v
			}
		}
		if rest <= 0 || certain >= size {
			return t
		}
		next := float64(size-certain) / rest
		if !(next > t*(1+1e-12)) {
			return t
		}
		t = next
	}
}
