package softmix

import (
	"context"
	"fmt"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// kernel evaluates R mixtures of K classes at once, in the arithmetic of W. What it found stays in its fields until the next
// evaluation.
//
// Exponentials are taken of u - lse' + headroom, with lse' the normalizer of the evaluation before. Should it have moved too
// far, the largest u are found first, by one more product.
type kernel[W, T core.Float] struct {
	c       *cells[T]
	R, K    int
	threads int

	l   []float64 // R
	a   []float64 // R*K
	g   []float64 // R*K x L
	lse []float64 // R*K, about the origin of the cells

	e       []W       // p x C, exp(u - shift)
	unit    []float64 // C, of e: A = e unit
	ratio   []float64 // p x R, q_j / pi_j, and 0 where q_j is
	last    []float64 // C, lse of the evaluation before
	known   bool
	packed  blas.Packed[W]
	few     []float32 // the coefficients where fewProducts serve; else nil
	stride  int       // of weights: C, or fewClasses
	parts   []*part[W]
	workers []*scratch[W]
}

// part is a stripe of cells with its sums. Stripes follow from the shape alone, and their sums are added in order.
type part[W core.Float] struct {
	*scratch[W]
	lo, hi int
	sums   []float64 // stride
	l      []float64 // R
	g      []float64 // C x L, or L x C: see collect
}

// scratch is what one goroutine works with.
type scratch[W core.Float] struct {
	ws      blas.Workspace[W]
	packed  blas.Packed[W]
	rows    []W       // tileRows x L, for cells that cannot be read where they lie
	w       []W       // tileRows x stride
	product []W       // as g, of stride classes
	log     []float64 // tileRows x R
	shift   []W       // stride
}

// headroom is added to exponents, in nats: float32 then holds probabilities down to exp(-100).
const headroom = 16

// drift is how far a normalizer may move before exponentials are taken anew, in nats.
const drift = 45

// least is the smallest probability of a cell that counts, so that no ratio overflows.
const least = 1e-290

// nothing is the size below which the weight of a cell counts as zero: products with subnormal numbers take a hundred times as long.
const nothing = 1e-30

// newKernel makes room for R mixtures of K classes.
func newKernel[W, T core.Float](c *cells[T], R, K, threads int) *kernel[W, T] {
	p, L, C := c.x.Rows, c.x.Cols, R*K
	k := &kernel[W, T]{c: c, R: R, K: K, threads: par.Threads(threads), l: make([]float64, R), a: make([]float64, C),
		g: make([]float64, C*L), lse: make([]float64, C), e: make([]W, p*C), unit: make([]float64, C),
		ratio: make([]float64, p*R), last: make([]float64, C), stride: C}
	if any(W(0)) == any(float32(0)) && C <= fewClasses {
		k.few, k.stride = packFew(nil, nil, 0, L), fewClasses
	}
	tiles := par.Tiles(p, tileRows)
	stripes := min(tiles, 16, max(4, 1<<22/(L*C)))
	for s := range stripes {
		k.parts = append(k.parts, &part[W]{lo: tiles * s / stripes * tileRows, hi: min(p, tiles*(s+1)/stripes*tileRows),
			sums: make([]float64, k.stride), l: make([]float64, R), g: make([]float64, C*L)})
	}
	for range min(k.threads, stripes) {
		w := &scratch[W]{w: make([]W, tileRows*k.stride), product: make([]W, k.stride*L), log: make([]float64, tileRows*R),
			shift: make([]W, k.stride)}
		if !c.inPlace(any(W(0)) == any(T(0))) {
			w.rows = make([]W, tileRows*L)
		}
		k.workers = append(k.workers, w)
	}
	return k
}

// evaluate finds l, a, g and lse at theta (C x L) and alpha (C).
func (k *kernel[W, T]) evaluate(ctx context.Context, theta, alpha []float64) error {
	if err := k.classes(ctx, theta); err != nil {
		return err
	}
	if err := k.posterior(ctx, alpha); err != nil {
		return err
	}
	return k.scores(ctx, alpha)
}

// classes finds e, unit and lse.
func (k *kernel[W, T]) classes(ctx context.Context, theta []float64) error {
	L, C := k.c.x.Cols, len(k.last)
	if k.few != nil {
		packFew(k.few, theta, C, L)
	} else {
		narrow := make([]W, C*L)
		for i, v := range theta {
			narrow[i] = W(v)
		}
		blas.PackRight(&k.packed, true, L, C, narrow, L)
	}
	for attempt := 0; ; attempt++ {
		if !k.known {
			if err := k.largest(ctx); err != nil {
				return err
			}
		}
		if err := k.exponentials(ctx); err != nil {
			return err
		}
		k.known = true
		for c := range C {
			sum := 0.0
			for _, s := range k.parts {
				sum += s.sums[c]
			}
			k.lse[c] = math.Log(sum) + k.last[c] - headroom
			k.unit[c] = 1 / sum
			k.known = k.known && math.Abs(k.lse[c]-k.last[c]) < drift
		}
		if k.known || attempt > 0 {
			break
		}
	}
	for c, v := range k.lse {
		if v-v != 0 {
			return fmt.Errorf("softmix: %w: the probabilities of a class are %v; rescale X", core.ErrNumerical, v)
		}
		k.last[c] = v
	}
	k.known = true
	return nil
}

// utilities writes theta' x + offset - shift of the cells [lo, hi) to e.
func (k *kernel[W, T]) utilities(s *part[W], lo, hi int) []W {
	C := len(k.last)
	rows, stride := tileOf(k.c, s.rows, lo, hi)
	e := k.e[lo*C : hi*C]
	if k.few != nil {
		fewProducts(any(e).([]float32), C, any(rows).([]float32), stride, hi-lo, k.c.x.Cols, k.few, any(s.shift).([]float32))
	} else {
		for j := 0; j < len(e); j += C {
			copy(e[j:j+C], s.shift)
		}
		blas.GemmPacked(&s.ws, false, hi-lo, 1, rows, stride, &k.packed, 1, e, C)
	}
	if k.c.offset != nil {
		for i := range e {
			e[i] += W(k.c.offset[lo+i/C])
		}
	}
	return e
}

// largest sets last to the largest utility of each class.
func (k *kernel[W, T]) largest(ctx context.Context) error {
	err := k.each(ctx, func(s *part[W]) {
		clear(s.shift)
		for c := range s.sums {
			s.sums[c] = math.Inf(-1)
		}
		k.tiles(s, func(lo, hi int) {
			C := len(k.last)
			for i, u := range k.utilities(s, lo, hi) {
				s.sums[i%C] = max(s.sums[i%C], float64(u))
			}
		})
	})
	for c := range k.last {
		k.last[c] = math.Inf(-1)
		for _, s := range k.parts {
			k.last[c] = max(k.last[c], s.sums[c])
		}
	}
	return err
}

// exponentials fills e, and the sums of its columns by stripe.
func (k *kernel[W, T]) exponentials(ctx context.Context) error {
	return k.each(ctx, func(s *part[W]) {
		for c, v := range k.last {
			s.shift[c] = W(headroom - v)
		}
		clear(s.sums)
		k.tiles(s, func(lo, hi int) {
			e := k.utilities(s, lo, hi)
			vmath.Exp(e, e)
			addRows(e, s.sums[:len(k.last)])
		})
	})
}

// posterior finds l, a and ratio.
func (k *kernel[W, T]) posterior(ctx context.Context, alpha []float64) error {
	C := len(k.last)
	weight := make([]float64, k.stride)
	for c := range C {
		weight[c] = alpha[c] * k.unit[c]
	}
	err := k.each(ctx, func(s *part[W]) {
		clear(s.l)
		clear(s.sums)
		k.tiles(s, func(lo, hi int) {
			pi := s.log[:(hi-lo)*k.R]
			if k.few != nil && k.R == 1 {
				fewMix(pi, k.ratio[lo:hi], any(k.e[lo*C:hi*C]).([]float32), C, weight, k.c.q[lo:hi], s.sums)
				vmath.Log(pi, pi)
				s.l[0] += dot(k.c.q[lo:hi], pi)
				return
			}
			for j := lo; j < hi; j++ {
				for r := range k.R {
					sum := 0.0
					e, w := k.e[j*C+r*k.K:][:k.K], weight[r*k.K:][:k.K]
					for i, v := range e {
						sum += float64(v) * w[i]
					}
					pi[(j-lo)*k.R+r] = max(sum, least)
					ratio := 0.0
					if q := k.c.q[j]; q > 0 {
						ratio = q / pi[(j-lo)*k.R+r]
						for i, v := range e {
							s.sums[r*k.K+i] += ratio * w[i] * float64(v)
						}
					}
					k.ratio[j*k.R+r] = ratio
				}
			}
			vmath.Log(pi, pi)
			for j := lo; j < hi; j++ {
				for r := range k.R {
					s.l[r] += k.c.q[j] * pi[(j-lo)*k.R+r]
				}
			}
		})
	})
	clear(k.l)
	clear(k.a)
	for _, s := range k.parts {
		blas.Axpy(1, s.l, k.l)
		blas.Axpy(1, s.sums[:C], k.a)
	}
	return err
}

// scores finds g: the sum over the cells of x times e weight (ratio - a / alpha).
func (k *kernel[W, T]) scores(ctx context.Context, alpha []float64) error {
	C := len(k.last)
	weight, share := make([]float64, k.stride), make([]float64, k.stride)
	for c := range C {
		weight[c], share[c] = alpha[c]*k.unit[c], k.a[c]/alpha[c]
		if alpha[c] == 0 {
			share[c] = 0
		}
	}
	err := k.each(ctx, func(s *part[W]) {
		clear(s.g)
		k.tiles(s, func(lo, hi int) {
			w := s.w[:(hi-lo)*k.stride]
			if k.few != nil && k.R == 1 {
				fewWeights(any(w).([]float32), any(k.e[lo*C:hi*C]).([]float32), C, k.ratio[lo:hi], weight, share)
				k.collect(s, lo, hi)
				return
			}
			for j := lo; j < hi; j++ {
				for r := range k.R {
					ratio := k.ratio[j*k.R+r]
					first := r * k.K
					e, dst := k.e[j*C+first:][:k.K], w[(j-lo)*k.stride+first:][:k.K]
					wr, sr := weight[first:][:k.K], share[first:][:k.K]
					for i, v := range e {
						value := float64(v) * (wr[i] * (ratio - sr[i]))
						if math.Abs(value) < nothing {
							value = 0
						}
						dst[i] = W(value)
					}
				}
			}
			k.collect(s, lo, hi)
		})
	})
	k.gather(k.g)
	return err
}

// means writes the means of x under the classes to dst (C x L), about the origin of the cells.
func (k *kernel[W, T]) means(ctx context.Context, dst []float64) error {
	C := len(k.last)
	err := k.each(ctx, func(s *part[W]) {
		clear(s.g)
		k.tiles(s, func(lo, hi int) {
			for i, v := range k.e[lo*C : hi*C] {
				s.w[i/C*k.stride+i%C] = W(float64(v) * k.unit[i%C])
			}
			k.collect(s, lo, hi)
		})
	})
	k.gather(dst)
	return err
}

// collect adds the product of the cells [lo, hi) with s.w to s.g.
//
// The operand that is packed is the wider one, so that vector registers are full: x, some columns at a time, where there are few
// classes, and w where there are many. Its columns are those of s.g.
func (k *kernel[W, T]) collect(s *part[W], lo, hi int) {
	L, C := k.c.x.Cols, len(k.last)
	rows, stride := tileOf(k.c, s.rows, lo, hi)
	switch {
	case k.few != nil:
		clear(s.product)
		fewSums(any(s.product).([]float32), any(rows).([]float32), stride, hi-lo, L, any(s.w).([]float32))
	case C > fewColumns:
		blas.PackRight(&s.packed, false, hi-lo, C, s.w, C)
		blas.GemmPacked(&s.ws, true, L, 1, rows, stride, &s.packed, 0, s.product, C)
	default:
		for at := 0; at < L; at += columnBlock {
			blas.PackRight(&s.packed, false, hi-lo, min(columnBlock, L-at), rows[at:], stride)
			blas.GemmPacked(&s.ws, true, C, 1, s.w, C, &s.packed, 0, s.product[at:], L)
		}
	}
	addRows(s.product[:C*L], s.g)
}

const (
	// fewColumns is the number of classes up to which x is the operand that is packed.
	fewColumns = 16
	// columnBlock is the number of columns of x that are packed at a time, to stay in the second-level cache.
	columnBlock = 256
)

// gather writes the sum of the stripes of g to dst (C x L).
func (k *kernel[W, T]) gather(dst []float64) {
	L, C := k.c.x.Cols, len(k.last)
	sum := make([]float64, C*L)
	for _, s := range k.parts {
		blas.Axpy(1, s.g, sum)
	}
	if C <= fewColumns {
		copy(dst, sum)
		return
	}
	for c := range C {
		for i := range L {
			dst[c*L+i] = sum[i*C+c]
		}
	}
}

// each runs a step on all stripes.
func (k *kernel[W, T]) each(ctx context.Context, step func(*part[W])) error {
	return par.For(ctx, k.threads, len(k.parts), func(worker, i int) {
		k.parts[i].scratch = k.workers[worker]
		step(k.parts[i])
	})
}

// tiles cuts a stripe into tiles.
func (k *kernel[W, T]) tiles(s *part[W], step func(lo, hi int)) {
	for lo := s.lo; lo < s.hi; lo += tileRows {
		step(lo, min(lo+tileRows, s.hi))
	}
}

// addRows adds rows of the length of sums to it. Short rows in float32 are added several at a time.
func addRows[W core.Float](rows []W, sums []float64) {
	n := len(sums)
	switch rows := any(rows).(type) {
	case []float32:
		var several [512]float64
		if together := len(several) / n * n; together > n && len(rows) >= together {
			for ; len(rows) >= together; rows = rows[together:] {
				blas.AddWide(rows[:together], several[:])
			}
			for at := 0; at < together; at += n {
				blas.Axpy(1, several[at:at+n], sums)
			}
		}
		for ; len(rows) > 0; rows = rows[n:] {
			blas.AddWide(rows[:n], sums)
		}
	case []float64:
		for ; len(rows) > 0; rows = rows[n:] {
			blas.Axpy(1, rows[:n], sums)
		}
	}
}
