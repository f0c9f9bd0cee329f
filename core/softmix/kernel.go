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

	e      []W       // p x C, exp(u - shift)
	unit   []float64 // C, of e: A = e unit
	ratio  []float64 // p x R, q_j / pi_j, and 0 where q_j is
	last   []float64 // C, lse of the evaluation before
	known  bool
	packed blas.Packed[W]
	parts  []*part[W]
}

// part is what one stripe of cells works with. Stripes follow from the shape alone, and their sums are added in order.
type part[W core.Float] struct {
	lo, hi  int
	ws      blas.Workspace[W]
	packed  blas.Packed[W]
	rows    []W       // tileRows x L, for cells that cannot be read where they lie
	w       []W       // tileRows x C
	product []W       // C x L
	sums    []float64 // C
	l       []float64 // R
	log     []float64 // tileRows
	g       []float64 // C x L
	shift   []W       // C
}

// headroom is how far above the smallest normal number float32 exponentials are kept, in nats.
const headroom = 16

// drift is how far a normalizer may move before exponentials are taken anew, in nats.
const drift = 45

// least is the smallest probability of a cell that counts, so that no ratio overflows.
const least = 1e-290

// newKernel makes room for R mixtures of K classes.
func newKernel[W, T core.Float](c *cells[T], R, K, threads int) *kernel[W, T] {
	p, L, C := c.x.Rows, c.x.Cols, R*K
	k := &kernel[W, T]{c: c, R: R, K: K, threads: par.Threads(threads), l: make([]float64, R), a: make([]float64, C),
		g: make([]float64, C*L), lse: make([]float64, C), e: make([]W, p*C), unit: make([]float64, C),
		ratio: make([]float64, p*R), last: make([]float64, C)}
	tiles := par.Tiles(p, tileRows)
	stripes := min(tiles, 16, max(4, 1<<22/(L*C)))
	for s := range stripes {
		k.parts = append(k.parts, &part[W]{lo: tiles * s / stripes * tileRows, hi: min(p, tiles*(s+1)/stripes*tileRows),
			rows: make([]W, tileRows*L), w: make([]W, tileRows*C), product: make([]W, L*C),
			sums: make([]float64, C), l: make([]float64, R), log: make([]float64, tileRows*R), g: make([]float64, L*C), shift: make([]W, C)})
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
	narrow := make([]W, C*L)
	for i, v := range theta {
		narrow[i] = W(v)
	}
	blas.PackRight(&k.packed, true, L, C, narrow, L)
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

// utilities writes theta' x - shift of the cells [lo, hi) to e.
func (k *kernel[W, T]) utilities(s *part[W], lo, hi int) []W {
	C := len(k.last)
	rows, stride := tileOf(k.c, s.rows, lo, hi)
	e := k.e[lo*C : hi*C]
	for j := 0; j < len(e); j += C {
		copy(e[j:j+C], s.shift)
	}
	blas.GemmPacked(&s.ws, false, hi-lo, 1, rows, stride, &k.packed, 1, e, C)
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
			C := len(s.sums)
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
			addRows(e, s.sums)
		})
	})
}

// posterior finds l, a and ratio.
func (k *kernel[W, T]) posterior(ctx context.Context, alpha []float64) error {
	C := len(k.last)
	weight := make([]float64, C)
	for c := range weight {
		weight[c] = alpha[c] * k.unit[c]
	}
	err := k.each(ctx, func(s *part[W]) {
		clear(s.l)
		clear(s.sums)
		k.tiles(s, func(lo, hi int) {
			pi := s.log[:(hi-lo)*k.R]
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
		blas.Axpy(1, s.sums, k.a)
	}
	return err
}

// scores finds g: the sum over the cells of x times e weight (ratio - a / alpha).
func (k *kernel[W, T]) scores(ctx context.Context, alpha []float64) error {
	C := len(k.last)
	weight, share := make([]float64, C), make([]float64, C)
	for c := range weight {
		weight[c], share[c] = alpha[c]*k.unit[c], k.a[c]/alpha[c]
		if alpha[c] == 0 {
			share[c] = 0
		}
	}
	err := k.each(ctx, func(s *part[W]) {
		clear(s.g)
		k.tiles(s, func(lo, hi int) {
			w := s.w[:(hi-lo)*C]
			for j := lo; j < hi; j++ {
				for r := range k.R {
					ratio := k.ratio[j*k.R+r]
					first := r * k.K
					e, dst := k.e[j*C+first:][:k.K], w[(j-lo)*C+first:][:k.K]
					wr, sr := weight[first:][:k.K], share[first:][:k.K]
					for i, v := range e {
						dst[i] = W(float64(v) * (wr[i] * (ratio - sr[i])))
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
				s.w[i] = W(float64(v) * k.unit[i%C])
			}
			k.collect(s, lo, hi)
		})
	})
	k.gather(dst)
	return err
}

// collect adds the product of the cells [lo, hi) with s.w to s.g.
func (k *kernel[W, T]) collect(s *part[W], lo, hi int) {
	L, C := k.c.x.Cols, len(k.last)
	rows, stride := tileOf(k.c, s.rows, lo, hi)
	blas.PackRight(&s.packed, false, hi-lo, L, rows, stride)
	blas.GemmPacked(&s.ws, true, C, 1, s.w, C, &s.packed, 0, s.product, L)
	addRows(s.product, s.g)
}

// gather writes the sum of the stripes of g to dst (C x L).
func (k *kernel[W, T]) gather(dst []float64) {
	clear(dst)
	for _, s := range k.parts {
		blas.Axpy(1, s.g, dst)
	}
}

// each runs a step on all stripes.
func (k *kernel[W, T]) each(ctx context.Context, step func(*part[W])) error {
	return par.For(ctx, k.threads, len(k.parts), func(_, i int) { step(k.parts[i]) })
}

// tiles cuts a stripe into tiles.
func (k *kernel[W, T]) tiles(s *part[W], step func(lo, hi int)) {
	for lo := s.lo; lo < s.hi; lo += tileRows {
		step(lo, min(lo+tileRows, s.hi))
	}
}

// addRows adds rows of the length of sums to it.
func addRows[W core.Float](rows []W, sums []float64) {
	n := len(sums)
	switch rows := any(rows).(type) {
	case []float32:
		for ; len(rows) > 0; rows = rows[n:] {
			blas.AddWide(rows[:n], sums)
		}
	case []float64:
		for ; len(rows) > 0; rows = rows[n:] {
			blas.Axpy(1, rows[:n], sums)
		}
	}
}
