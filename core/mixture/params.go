package mixture

import (
	"context"
	"math"

	"github.com/lithe-ml/lithe/core"
	"github.com/lithe-ml/lithe/core/internal/blas"
	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/panel"
	"github.com/lithe-ml/lithe/core/internal/par"
	"github.com/lithe-ml/lithe/core/internal/vmath"
)

// params are the parameters of a mixture in standardised units.
type params struct {
	C, D, H int
	pi      []float64      // C
	mu      []float64      // C x D
	lambda  []float64      // C x D x H
	noise   []float64      // C x D, the diagonals D_c
	dof     []float64      // C: degrees of freedom; nil for Gaussian components
	common  *commonFactors // nil unless the loadings are common
}

func newParams(c, d, h int) *params {
	return &params{C: c, D: d, H: h, pi: make([]float64, c), mu: make([]float64, c*d),
		lambda: make([]float64, c*d*h), noise: make([]float64, c*d)}
}

func (p *params) copyFrom(q *params) {
	copy(p.pi, q.pi)
	copy(p.mu, q.mu)
	copy(p.lambda, q.lambda)
	copy(p.noise, q.noise)
	copy(p.dof, q.dof)
}

// copyComponent makes component c of p a copy of component k of q.
func (p *params) copyComponent(c int, q *params, k int) {
	mu, lambda, noise := p.component(c)
	fromMu, fromLambda, fromNoise := q.component(k)
	p.pi[c] = q.pi[k]
	copy(mu, fromMu)
	copy(lambda, fromLambda)
	copy(noise, fromNoise)
	if p.dof != nil {
		p.dof[c] = q.dof[k]
	}
	if f, g := p.common, q.common; f != nil {
		copy(f.xi[c*p.H:(c+1)*p.H], g.xi[k*p.H:])
		copy(f.root[c*p.H*p.H:(c+1)*p.H*p.H], g.root[k*p.H*p.H:])
	}
}

// some returns room for c components of the same kind, which share with those of p what these share with each other.
func (p *params) some(c int) *params {
	q := newParams(c, p.D, p.H)
	if p.dof != nil {
		q.dof = make([]float64, c)
	}
	if f := p.common; f != nil {
		q.common = &commonFactors{a: f.a, b: f.b, xi: make([]float64, c*p.H), root: make([]float64, c*p.H*p.H)}
	}
	return q
}

// average makes the noise variances of a component equal, for Spherical.
func average(noise []float64) {
	mean := 0.0
	for _, v := range noise {
		mean += v / float64(len(noise))
	}
	for d := range noise {
		noise[d] = mean
	}
}

// component returns the mean, loadings and noise variances of component c.
func (p *params) component(c int) (mu, lambda, noise []float64) {
	d, dh := p.D, p.D*p.H
	return p.mu[c*d : (c+1)*d], p.lambda[c*dh : (c+1)*dh], p.noise[c*d : (c+1)*d]
}

// packed is what the panel kernels read, made from params once per iteration (the auxiliary step).
type packed[T core.Float] struct {
	C, D, H int
	stride  int
	vec     []T       // C x stride: [mu p W] of each component, see package panel
	c0      []T       // C: log pi - (D log 2 pi + log |Sigma|) / 2
	volume  []float64 // C: (D log 2 pi + log |Sigma|) / 2
	chol    []float64 // C x H x H: L of I + Lambda^T D^-1 Lambda
	tails   *tails[T] // nil for Gaussian components; c0 is 0 otherwise

	marginal *marginals[T] // for rows that lack features; nil when there are none

	p    *params     // of the present prepare
	room [][]float64 // of each worker, see pack
	tile func(worker, t int)
	part []int // where each thread begins
}

func newPacked[T core.Float](c, d, h int) *packed[T] {
	s := panel.Stride(d, h)
	return &packed[T]{C: c, D: d, H: h, stride: s, vec: make([]T, c*s), c0: make([]T, c),
		volume: make([]float64, c), chol: make([]float64, c*h*h)}
}

// component returns the stored block of component c.
func (k *packed[T]) component(c int) []T { return k.vec[c*k.stride : (c+1)*k.stride] }

// prepareTile is the number of components packed by one tile.
const prepareTile = 4

// prepare fills k from p: O(C (D H^2 + H^3)).
func (k *packed[T]) prepare(ctx context.Context, p *params, threads int) error {
	if p.dof != nil && k.tails == nil {
		k.tails = newTails[T](k.C)
	}
	if k.tile == nil {
		k.tile = k.packTile
	}
	for len(k.room) < par.Threads(threads) {
		k.room = append(k.room, k.newRoom())
	}
	k.p = p
	threads = par.Threads(threads)
	if len(k.part) != threads+1 {
		k.part = make([]int, threads+1)
	}
	for w := range k.part {
		k.part[w] = w * par.Tiles(k.C, prepareTile) / threads
	}
	err := par.ForParts(ctx, k.part, k.tile)
	if err == nil && k.marginal != nil {
		err = k.marginal.prepare(ctx, p, threads)
	}
	return err
}

// adopt packs component c, all but its weight, and prepares it for rows that lack features if there are any.
func (k *packed[T]) adopt(c int, p *component) {
	k.pack(c, p.mu, p.lambda, p.noise, p.room)
	if k.marginal != nil {
		k.marginal.set(c, p.lambda, p.noise)
	}
}

// packTile packs a few components.
func (k *packed[T]) packTile(worker, t int) {
	lo, hi := par.Span(t, k.C, prepareTile)
	for c := lo; c < hi; c++ {
		mu, lambda, noise := k.p.component(c)
		if k.tails != nil {
			k.tails.nu[c] = k.p.dof[c]
		}
		k.pack(c, mu, lambda, noise, k.room[worker])
		k.weigh(c, k.p.pi[c])
	}
}

// weigh sets the weight of a packed component.
func (k *packed[T]) weigh(c int, pi float64) {
	if k.tails != nil {
		k.tails.set(c, k.D, math.Log(pi), k.volume[c])
		return
	}
	k.c0[c] = T(math.Log(pi) - k.volume[c])
}

// vanishing bounds the entries of W that count. Factors that nothing supports shrink by a factor in every iteration; their
// squares, and later they, would become subnormal numbers, with which processors take a hundred times as long.
const vanishing = 1e-15

// newRoom returns scratch space of pack.
func (k *packed[T]) newRoom() []float64 { return make([]float64, (2*k.H+1)*k.D) }

// pack stores the parameters of component c, all but its weight. The features lie side by side in room: O(D H^2 + H^3).
func (k *packed[T]) pack(c int, mu, lambda, noise, room []float64) {
	D, H := k.D, k.H
	logs := room[:D]
	vmath.Log(logs, noise)
	logDet := 0.0
	for _, v := range logs {
		logDet += v
	}
	dst, row := k.component(c), panel.Row
	if H == 0 {
		row = 2
	}
	inverse := logs
	for d, v := range noise {
		inverse[d] = 1 / v
		dst[d*row], dst[d*row+1] = T(mu[d]), T(inverse[d])
	}
	columns, whitened := room[D:(H+1)*D], room[(H+1)*D:(2*H+1)*D] // of Lambda and D^-1 Lambda, which becomes W
	part := func(all []float64, h int) []float64 { return all[h*D : (h+1)*D] }
	for h := range H {
		a, b := part(columns, h), part(whitened, h)
		for d, v := range inverse {
			a[d] = lambda[d*H+h]
			b[d] = a[d] * v
		}
	}
	// M = I + Lambda^T D^-1 Lambda = L L^T
	chol := k.chol[c*H*H : (c+1)*H*H]
	clear(chol)
	for i := range H {
		for j := range i + 1 {
			chol[i*H+j] = blas.Dot(part(whitened, i), part(columns, j))
		}
		chol[i*H+i]++
	}
	if !dense.Cholesky(chol, H) {
		// Only an overflow gets here: such loadings explain nothing, so the component keeps its noise alone.
		clear(whitened)
		clear(chol)
		for h := range H {
			chol[h*H+h] = 1
		}
	}
	for h := range H {
		own, diagonal := part(whitened, h), chol[h*H+h]
		logDet += 2 * math.Log(diagonal)
		for j := range h {
			blas.Axpy(-chol[h*H+j], part(whitened, j), own)
		}
		column := dst[h/panel.Width*D*row+2+h%panel.Width:]
		for d, v := range own {
			if v /= diagonal; math.Abs(v) <= vanishing {
				v = 0
			}
			own[d], column[d*row] = v, T(v)
		}
	}
	for g := 1; g < panel.Groups(H); g++ {
		for d, v := range mu {
			dst[(g*D+d)*row], dst[(g*D+d)*row+1] = T(v), 0
		}
	}
	for h := H; h < panel.Groups(H)*panel.Width; h++ {
		column := dst[h/panel.Width*D*row+2+h%panel.Width:]
		for d := range D {
			column[d*row] = 0
		}
	}
	k.volume[c] = 0.5 * (float64(D)*math.Log(2*math.Pi) + logDet)
}

// unpack writes the mean, loadings and noise variances of a packed component: Lambda = D W L^T.
func (k *packed[T]) unpack(c int, mu, lambda, noise []float64) {
	D, H := k.D, k.H
	stored, row := k.component(c), panel.Row
	if H == 0 {
		row = 2
	}
	chol := k.chol[c*H*H : (c+1)*H*H]
	for d := range D {
		mu[d], noise[d] = float64(stored[d*row]), 1/float64(stored[d*row+1])
		for h := range H {
			sum := 0.0
			for j, l := range chol[h*H : h*H+h+1] {
				sum += l * float64(stored[(j/panel.Width*D+d)*row+2+j%panel.Width])
			}
			lambda[d*H+h] = noise[d] * sum
		}
	}
}
