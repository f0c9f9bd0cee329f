package mixture

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
)

// marginals evaluates components on rows that lack some features, with the same kernels as complete rows. Put
// the mean in place of what is missing; then t = x - mu is zero there, and the kernels give c0, sum t^2/D and v' = W^T t
// over the observed features o alone. With g_d = L^-1 lambda_d / sqrt(D_d) and
//
//	R = I - sum over missing d of g_d g_d^T = L^-1 L^-T + sum over observed d of g_d g_d^T,
//
// I + Lambda_o^T D_o^-1 Lambda_o = L R L^T, so that log p(x_o | c) is what the kernels say, plus
//
//	(|m| log 2 pi + sum over missing d of log D_d - log |R| + v'^T R^-1 v' - |v'|^2) / 2,
//
// and given x_o the whitened factors v = L^T z have mean R^-1 v' and covariance R^-1. A missing feature then has
// t_d = sqrt(D_d) (g_d^T v + noise of variance 1). R depends on the pattern and the component alone: rows with equal
// patterns that lie side by side share it. R is H x H, so that a missing value costs H^2 per pair of row and component.
type marginals[T core.Float] struct {
	k     *packed[T]
	gain  []float64 // C x D x H: g_d
	sd    []float64 // C x D: sqrt(D_d)
	logSd []float64 // C x D
}

func newMarginals[T core.Float](k *packed[T]) *marginals[T] {
	n := k.C * k.D
	return &marginals[T]{k: k, gain: make([]float64, n*k.H), sd: make([]float64, n), logSd: make([]float64, n)}
}

// prepare fills the tables from p, after the components have been packed: O(C D H^2).
func (g *marginals[T]) prepare(ctx context.Context, p *params, threads int) error {
	return par.For(ctx, threads, par.Tiles(g.k.C, prepareTile), func(_, t int) {
		lo, hi := par.Span(t, g.k.C, prepareTile)
		for c := lo; c < hi; c++ {
			_, lambda, noise := p.component(c)
			g.set(c, lambda, noise)
		}
	})
}

// set fills the tables of component c, which has been packed.
func (g *marginals[T]) set(c int, lambda, noise []float64) {
	H, D := g.k.H, g.k.D
	for d, v := range noise {
		i := c*D + d
		g.sd[i] = math.Sqrt(v)
		g.logSd[i] = math.Log(g.sd[i])
		row := g.gain[i*H : (i+1)*H]
		for h := range row {
			row[h] = lambda[d*H+h] / g.sd[i]
		}
		dense.SolveLower(g.k.chol[c*H*H:(c+1)*H*H], H, row)
		for _, v := range row {
			if !(math.Abs(v) <= 2) { // |g_d| <= 1: only loadings that overflow, which pack leaves out, get here
				clear(row)
			}
		}
	}
}

// partial is the scratch space for rows with missing features.
type partial[T core.Float] struct {
	lacks [16][]uint32 // features that each lane lacks
	v     []T          // groups*Width x lanes
	f     []float64    // H x H: Cholesky factor of R
	y     []float64    // H
	gain  [16]T        // v'^T R^-1 v' - |v'|^2 of the lanes that complete has seen
	id    [1]uint32
}

func newPartial[T core.Float](h int) *partial[T] {
	return &partial[T]{v: make([]T, panel.Groups(h)*panel.Width*panel.Lanes[T]()), f: make([]float64, h*h), y: make([]float64, h)}
}

// factor leaves the Cholesky factor of R in f and returns log |R|.
func (g *marginals[T]) factor(f []float64, c int, lacks []uint32) (logDet float64) {
	H, D := g.k.H, g.k.D
	gain := g.gain[c*D*H : (c+1)*D*H]
	clear(f)
	for h := range H {
		f[h*H+h] = 1
	}
	if 2*len(lacks) <= D {
		for _, d := range lacks {
			addOuter(f, gain[int(d)*H:(int(d)+1)*H], -1)
		}
		// Small pivots are what is left after cancellation; the sum over the observed has none.
		if dense.Cholesky(f, H) && smallest(f, H) > 1e-4 {
			return logDiagonal(f, H)
		}
	}
	g.factorObserved(f, gain, c, lacks)
	return logDiagonal(f, H)
}

// factorObserved is factor by R = L^-1 L^-T + sum over observed d of g_d g_d^T.
func (g *marginals[T]) factorObserved(f, gain []float64, c int, lacks []uint32) {
	H, D := g.k.H, g.k.D
	chol := g.k.chol[c*H*H : (c+1)*H*H]
	clear(f)
	column := make([]float64, H)
	for h := range H {
		clear(column)
		column[h] = 1
		dense.SolveLower(chol, H, column)
		addOuter(f, column, 1)
	}
	for d := range D {
		if len(lacks) > 0 && int(lacks[0]) == d {
			lacks = lacks[1:]
			continue
		}
		addOuter(f, gain[d*H:(d+1)*H], 1)
	}
	if !dense.Cholesky(f, H) { // loadings beyond the reach of float64 explain nothing, as in pack
		clear(f)
		for h := range H {
			f[h*H+h] = 1
		}
	}
}

// addOuter adds s a a^T to the lower triangle of f.
func addOuter(f, a []float64, s float64) {
	for i, v := range a {
		v *= s
		row := f[i*len(a):]
		for j, u := range a[:i+1] {
			row[j] += v * u
		}
	}
}

func smallest(f []float64, n int) float64 {
	least := math.Inf(1)
	for i := range n {
		least = min(least, f[i*n+i])
	}
	return least
}

// logDiagonal returns log |f f^T|.
func logDiagonal(f []float64, n int) float64 {
	sum := 0.0
	for i := range n {
		sum += 2 * math.Log(f[i*n+i])
	}
	return sum
}

// fill puts the means of component c in place of what the rows (lanes x dp, standardised) lack.
func (g *marginals[T]) fill(rows []T, lacks *[16][]uint32, c int) {
	dp, step := panel.Pad[T](g.k.D), panel.Row
	if g.k.H == 0 {
		step = 2
	}
	component := g.k.component(c)
	for lane, list := range lacks {
		for _, d := range list {
			rows[lane*dp+int(d)] = component[int(d)*step]
		}
	}
}

// evaluate is panel.Evaluate for the rows (lanes x dp) of which w.lacks says what they lack. It overwrites what they lack
// and x.
func (g *marginals[T]) evaluate(l, rows, x []T, w *partial[T], ids []uint32) {
	lanes, D, H := panel.Lanes[T](), g.k.D, g.k.H
	dp, tails := panel.Pad[T](D), g.k.tails
	var apart [16]float64 // densities under a t component of the rows that lack features
	for j, id := range ids {
		c, row := int(id), l[j*lanes:(j+1)*lanes]
		g.fill(rows, &w.lacks, c)
		panel.Transpose(x, rows, dp)
		w.id[0] = id
		panel.Evaluate(row, x, D, H, g.k.vec, g.k.c0, w.id[:])
		if H > 0 {
			panel.Project(w.v, x, D, H, g.k.component(c))
		}
		var constant float64
		for lane := range lanes {
			lacks := w.lacks[lane]
			if len(lacks) == 0 {
				continue
			}
			if lane == 0 || !slices.Equal(lacks, w.lacks[lane-1]) {
				constant = 0.5 * float64(len(lacks)) * math.Log(2*math.Pi)
				for _, d := range lacks {
					constant += g.logSd[c*D+int(d)]
				}
				if H > 0 {
					constant -= 0.5 * g.factor(w.f, c, lacks)
				}
				if tails != nil {
					constant += tails.lacking(c, D, D-len(lacks))
				}
			}
			if tails != nil {
				apart[lane] = constant + tails.density(c, D-len(lacks), float64(row[lane])+0.5*w.gained(lane, H))
				continue
			}
			row[lane] = T(float64(row[lane]) + constant + 0.5*w.gained(lane, H))
		}
		if tails == nil {
			continue
		}
		tails.apply(row, w.id[:])
		for lane := range lanes {
			if len(w.lacks[lane]) > 0 {
				row[lane] = T(apart[lane])
			}
		}
	}
}

// gained returns v'^T R^-1 v' - |v'|^2 of one lane.
func (w *partial[T]) gained(lane, H int) float64 {
	lanes, sum := panel.Lanes[T](), 0.0
	for h := range w.y {
		v := float64(w.v[h*lanes+lane])
		w.y[h] = v
		sum -= v * v
	}
	dense.SolveLower(w.f, H, w.y)
	for _, v := range w.y {
		sum += v * v
	}
	return sum
}

// complete puts the conditional means under component c in place of what the rows lack, and the conditional means
// R^-1 v' in place of v' in v (groups*Width x lanes). With sums, the expected moments of component c gain what the
// conditional covariance adds for rows of weights a: E[t_d v] grows by R^-1 b_d and E[t_d^2] by
// b_d^T R^-1 b_d + D_d for every missing d, with b_d = sqrt(D_d) g_d. Under a t component the covariance is that divided by
// the latent precision, by which its moments are multiplied: they gain the same.
func (g *marginals[T]) complete(rows, v []T, w *partial[T], c int, sums *moments, a []T) {
	lanes, D, H := panel.Lanes[T](), g.k.D, g.k.H
	dp := panel.Pad[T](D)
	for lane := range lanes {
		lacks := w.lacks[lane]
		if len(lacks) == 0 {
			continue
		}
		first := lane == 0 || !slices.Equal(lacks, w.lacks[lane-1])
		if first && H > 0 {
			g.factor(w.f, c, lacks)
		}
		if first && sums != nil {
			total := 0.0
			for next := lane; next < len(a) && slices.Equal(lacks, w.lacks[next]); next++ {
				total += float64(a[next])
			}
			g.spread(sums, w, c, lacks, total)
		}
		w.gain[lane] = 0
		if H == 0 {
			continue
		}
		for h := range w.y {
			w.y[h] = float64(v[h*lanes+lane])
		}
		before := dot(w.y, w.y)
		dense.SolveLower(w.f, H, w.y)
		w.gain[lane] = T(dot(w.y, w.y) - before)
		dense.SolveLowerTransposed(w.f, H, w.y)
		for h, mean := range w.y {
			v[h*lanes+lane] = T(mean)
		}
		for _, d := range lacks {
			i := c*D + int(d)
			rows[lane*dp+int(d)] += T(g.sd[i] * dot(g.gain[i*H:(i+1)*H], w.y))
		}
	}
}

// spread adds the conditional covariance of rows of total weight a, whose factor is in w.f, to the moments of component c.
func (g *marginals[T]) spread(sums *moments, w *partial[T], c int, lacks []uint32, a float64) {
	D, H := g.k.D, g.k.H
	dp := panel.Pad[T](D)
	for _, d := range lacks {
		i := c*D + int(d)
		gain := g.gain[i*H : (i+1)*H]
		copy(w.y, gain)
		dense.SolveLower(w.f, H, w.y)
		dense.SolveLowerTransposed(w.f, H, w.y)
		sums.m[d] += a * g.sd[i] * g.sd[i] * (1 + dot(gain, w.y))
		for h, v := range w.y {
			sums.m[(h/panel.Width*panel.Moments+2+h%panel.Width)*dp+int(d)] += a * g.sd[i] * v
		}
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
