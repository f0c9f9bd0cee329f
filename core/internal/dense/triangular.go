package dense

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	reflectRows  = 256             // rows that are reflected into R at a time
	reflectGap   = reflectRows + 8 // from one column of them to the next: a power of two would thrash the cache
	reflectPanel = 32              // columns whose reflections are applied to the others together
	reflectLeaf  = 8               // columns within a panel that are reflected one by one
	reflectLanes = 16              // most parts of the rows with an R of their own
)

// Triangular returns the upper triangular r (n x n) of the QR factorization A = Q r and z = Q^T B (n x k) for m rows of A
// and B, on at most threads goroutines (all processors if threads <= 0). load writes rows [lo, hi) of [A B], column
// after column and converted: element (i, j) to x[j*ld+i-lo]. It may be called by several goroutines at once. If diagonal
// is not zero, A begins with n more rows, diagonal times I, and B with n rows of zeros.
//
// Rows are reflected into r by Householder's method, some hundred at a time, so that r is backward stable whatever the
// condition of A, and Q is never kept. A may have fewer rows than columns: rows of r are zero then. Takes 2*m*n*(n + k)
// operations, most of them products of matrices, and memory for a few blocks of rows and a few triangles.
//
// The error wraps [core.ErrNumerical] if A or B holds NaN or an infinity, or is the context's.
func Triangular(ctx context.Context, threads, m, n, k int, diagonal float64, load func(x []float64, ld, lo, hi int)) (r, z []float64, err error) {
	threads = threadsFor(threads, m, n, n+k)
	lanes := 1
	for lanes < reflectLanes && 6*lanes*n <= m && 2*lanes*reflectRows <= m {
		lanes *= 2
	}
	parts := make([]*rowReflector, lanes)
	outer := min(threads, lanes)
	rows := par.Tiles(par.Tiles(m, lanes), reflectRows) * reflectRows
	err = par.For(ctx, outer, lanes, func(_, lane int) {
		p := newRowReflector(n, k, threads/outer)
		if lane == 0 {
			for j := range n {
				p.r[j*n+j] = diagonal
			}
		}
		parts[lane] = p
		lo, hi := par.Span(lane, m, rows)
		for ; lo < hi && (ctx == nil || ctx.Err() == nil); lo += reflectRows {
			p.rows = min(reflectRows, hi-lo)
			load(p.y, reflectGap, lo, lo+p.rows)
			p.reflect(0)
		}
	})
	for step := 1; step < lanes && err == nil; step *= 2 {
		pairs := par.Tiles(lanes, 2*step)
		outer := min(threads, pairs)
		err = par.For(ctx, outer, pairs, func(_, pair int) {
			p := parts[2*step*pair]
			p.threads = threads / outer
			p.work = make([]blas.Workspace[float64], p.threads)
			p.join(parts[2*step*pair+step])
			parts[2*step*pair+step] = nil
		})
	}
	if err == nil && ctx != nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, nil, err
	}
	return parts[0].result()
}

// rowReflector holds the R of the rows seen so far, and the rows that are being reflected into it. Everything is kept by
// columns: column j of R is r[j*n:], that of the rows y[j*reflectGap:].
type rowReflector struct {
	n, k, threads int
	rows          int       // of y in use
	y             []float64 // n+k columns of reflectRows; behind the columns that are done, reflection vectors
	r             []float64 // n+k columns of n
	t             []float64 // reflectPanel x reflectPanel: a panel is I - V T V^T with V = [I; y]
	w, tw         []float64 // n+k rows of reflectPanel: products with V

	across, down, triangle blas.Packed[float64]      // V^T, V and T for products from the right
	work                   []blas.Workspace[float64] // of each thread
}

func newRowReflector(n, k, threads int) *rowReflector {
	return &rowReflector{n: n, k: k, threads: threads, y: make([]float64, (n+k)*reflectGap), r: make([]float64, (n+k)*n),
		t: make([]float64, reflectPanel*reflectPanel), w: make([]float64, (n+k)*reflectPanel), tw: make([]float64, (n+k)*reflectPanel),
		work: make([]blas.Workspace[float64], threads)}
}

// reflect turns the rows in y, whose columns before first are zero, into zeros, and R into what it is with these rows.
func (p *rowReflector) reflect(first int) {
	for lo := first; lo < p.n; lo += reflectPanel {
		hi := min(p.n, lo+reflectPanel)
		p.panel(lo, hi, p.t)
		p.apply(lo, hi, hi, p.n+p.k, p.t)
	}
}

// panel makes the reflections of columns [lo, hi) and the upper triangular t (of row stride reflectPanel) of their product.
func (p *rowReflector) panel(lo, hi int, t []float64) {
	if hi-lo <= reflectLeaf {
		for j := lo; j < hi; j++ {
			p.column(j, lo, hi, t)
		}
		return
	}
	mid := lo + par.Tiles(hi-lo, 2*reflectLeaf)*reflectLeaf
	left, right := mid-lo, hi-mid
	p.panel(lo, mid, t)
	p.apply(lo, mid, mid, hi, t)
	second := t[left*reflectPanel+left:]
	p.panel(mid, hi, second)
	// t12 = -t11 V1^T V2 t22
	const ld = reflectPanel
	blas.Gemm(1, false, true, left, right, p.rows, -1, p.y[lo*reflectGap:], reflectGap, p.y[mid*reflectGap:], reflectGap, 0, p.w, ld)
	blas.Gemm(1, false, false, left, right, right, 1, p.w, ld, second, ld, 0, p.tw, ld)
	blas.Gemm(1, false, false, left, right, left, 1, t, ld, p.tw, ld, 0, t[left:], ld)
	for i := left; i < hi-lo; i++ {
		clear(t[i*ld : i*ld+left])
	}
}

// column makes the reflection of column j, applies it to the others before hi, and extends t by it.
func (p *rowReflector) column(j, lo, hi int, t []float64) {
	v := p.y[j*reflectGap : j*reflectGap+p.rows]
	alpha := p.r[j*p.n+j]
	at := j - lo
	tau := 0.0
	if norm := length(v); norm != 0 {
		beta := -math.Copysign(math.Hypot(alpha, norm), alpha)
		tau = (beta - alpha) / beta
		divide(v, alpha-beta)
		p.r[j*p.n+j] = beta
		for l := j + 1; l < hi; l++ {
			other := p.y[l*reflectGap : l*reflectGap+p.rows]
			w := tau * (p.r[l*p.n+j] + blas.Dot(v, other))
			p.r[l*p.n+j] -= w
			blas.Axpy(-w, v, other)
		}
	}
	var dots [reflectLeaf]float64
	for i := lo; i < j; i++ {
		dots[i-lo] = blas.Dot(p.y[i*reflectGap:i*reflectGap+p.rows], v)
	}
	for i := range at {
		sum := 0.0
		for q := i; q < at; q++ {
			sum += t[i*reflectPanel+q] * dots[q]
		}
		t[i*reflectPanel+at] = -tau * sum
	}
	clear(t[at*reflectPanel : at*reflectPanel+at])
	t[at*reflectPanel+at] = tau
}

// apply applies the reflections of columns [lo, hi) to the columns [from, to).
func (p *rowReflector) apply(lo, hi, from, to int, t []float64) {
	const ld, strip = reflectPanel, 128
	if from == to {
		return
	}
	width, v := hi-lo, p.y[lo*reflectGap:]
	blas.PackRight(&p.across, true, p.rows, width, v, reflectGap)
	blas.PackRight(&p.down, false, width, p.rows, v, reflectGap)
	blas.PackRight(&p.triangle, false, width, width, t, ld)
	threads := min(p.threads, par.Tiles(to-from, strip))
	_ = par.For(nil, threads, par.Tiles(to-from, strip), func(worker, tile int) {
		first, end := par.Span(tile, to-from, strip)
		count := end - first
		first += from
		w, tw, y, work := p.w[first*ld:], p.tw[first*ld:], p.y[first*reflectGap:], &p.work[worker]
		for i := range count {
			copy(w[i*ld:i*ld+width], p.r[(first+i)*p.n+lo:])
		}
		blas.GemmPacked(work, false, count, 1, y, reflectGap, &p.across, 1, w, ld)
		blas.GemmPacked(work, false, count, 1, w, ld, &p.triangle, 0, tw, ld)
		for i := range count {
			blas.Axpy(-1, tw[i*ld:i*ld+width], p.r[(first+i)*p.n+lo:][:width])
		}
		blas.GemmPacked(work, false, count, -1, tw, ld, &p.down, 1, y, reflectGap)
	})
}

// join reflects the R of q into that of p.
func (p *rowReflector) join(q *rowReflector) {
	for lo := 0; lo < p.n; lo += reflectRows {
		p.rows = min(reflectRows, p.n-lo)
		for j := lo; j < p.n+p.k; j++ {
			y := p.y[j*reflectGap : j*reflectGap+p.rows]
			clear(y[copy(y, q.r[j*p.n+lo:min((j+1)*p.n, j*p.n+lo+p.rows)]):])
		}
		p.reflect(lo)
	}
}

// result returns R by rows, and its last k columns apart.
func (p *rowReflector) result() (r, z []float64, err error) {
	r, z = make([]float64, p.n*p.n), make([]float64, p.n*p.k)
	sum := 0.0
	for j := range p.n + p.k {
		for i, v := range p.r[j*p.n : (j+1)*p.n] {
			sum += v - v // 0 for finite v
			switch {
			case j >= p.n:
				z[i*p.k+j-p.n] = v
			case i <= j:
				r[i*p.n+j] = v
			}
		}
	}
	if sum != 0 {
		return nil, nil, fmt.Errorf("dense.Triangular: %w: the matrix holds NaN or an infinity", core.ErrNumerical)
	}
	return r, z, nil
}

// length returns the norm of v, whatever its scale.
func length(v []float64) float64 {
	const low, high = 1e-280, 1e280
	sum := blas.Dot(v, v)
	if sum > low && sum < high {
		return math.Sqrt(sum)
	}
	most := 0.0
	for _, e := range v {
		if most = max(most, math.Abs(e)); most != most {
			return most
		}
	}
	if most == 0 || math.IsInf(most, 1) {
		return most
	}
	sum = 0
	for _, e := range v {
		sum += (e / most) * (e / most)
	}
	return most * math.Sqrt(sum)
}

// divide divides v by d.
func divide(v []float64, d float64) {
	if inverse := 1 / d; math.Abs(d) > 0x1p-1000 {
		scale(inverse, v)
		return
	}
	for i := range v {
		v[i] /= d
	}
}
