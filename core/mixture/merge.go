package mixture

import (
	"context"
	"math"
	"slices"

	"github.com/lithe-ml/lithe/core/internal/dense"
	"github.com/lithe-ml/lithe/core/internal/par"
)

const (
	mergeNearest = 5 // nearest components that each component may be merged with
	screenMerge  = 1 // EM iterations of factor analysis that tell what a merge would lose
	mergedSteps  = 5 // EM iterations of the merges that are made
)

// merge is a pair of components and the log-likelihood, in nats, that one component in their place would cost.
type merge struct {
	i, j int
	loss float64
}

// merger fits one component to the union of two. All it needs are the weights, means and covariances of both: the
// union of masses N_i, N_j and shares a = N_i/N, b = N_j/N has the scatter
//
//	S = a Sigma_i + b Sigma_j + a b (mu_i - mu_j)(mu_i - mu_j)^T = U U^T + diag(d),  U of 2 H + 1 columns,
//
// whose factor analysis starts at the leading principal axes of U in units of d and never forms a D x D matrix. Shared noise
// stays as it is, and then the axes are the answer; for shared loadings see share.
type merger struct {
	D, H, R   int
	spherical bool
	tied      bool   // all components share their noise
	loadings  string // LoadingsOwn, LoadingsTied or LoadingsCommon
	floor     float64
	mu        []float64 // D: the result
	lambda    []float64 // D x H
	noise     []float64 // D
	u         []float64 // D x R
	d, total  []float64 // D: d, and the diagonal of S
	gram      []float64 // R x R
	values    []float64 // R
	m, chol   []float64 // H x H
	w         []float64 // D x H: rows of D^-1 Lambda L^-T
	us, sb    []float64 // R x H, D x H
	xi, root  []float64 // H, H x H: the distribution of the union's factors, where they are common
}

func newMerger(d, h int, spherical bool, floor float64) *merger {
	r := 2*h + 1
	return &merger{D: d, H: h, R: r, spherical: spherical, floor: floor,
		mu: make([]float64, d), lambda: make([]float64, d*h), noise: make([]float64, d),
		u: make([]float64, d*r), d: make([]float64, d), total: make([]float64, d),
		gram: make([]float64, r*r), values: make([]float64, r), m: make([]float64, h*h), chol: make([]float64, h*h),
		w: make([]float64, d*h), us: make([]float64, r*h), sb: make([]float64, d*h), loadings: LoadingsOwn}
}

// newMerger returns a merger of this start's components.
func (c *climb[T]) newMerger() *merger {
	g := newMerger(c.p.D, c.p.H, c.f.o.isotropic(), c.f.o.RegCovar)
	g.tied, g.loadings = c.f.o.tied(), c.f.o.LoadingsType
	g.xi, g.root = make([]float64, g.H), make([]float64, g.H*g.H)
	return g
}

// fit leaves the union of components i and j of p in mu, lambda and noise. It returns the mean over the points of
// the union of log N(x; mu, Sigma). O(steps D H^2 + H^3).
func (g *merger) fit(p *params, i, j, steps int) float64 {
	muI, lambdaI, noiseI := p.component(i)
	muJ, lambdaJ, noiseJ := p.component(j)
	a, b := 0.5, 0.5
	if sum := p.pi[i] + p.pi[j]; sum > 0 {
		a, b = p.pi[i]/sum, p.pi[j]/sum
	}
	H, R := g.H, g.R
	for d := range g.D {
		row := g.u[d*R : (d+1)*R]
		for h := range H {
			row[h], row[H+h] = math.Sqrt(a)*lambdaI[d*H+h], math.Sqrt(b)*lambdaJ[d*H+h]
		}
		row[2*H] = math.Sqrt(a*b) * (muI[d] - muJ[d])
		g.mu[d] = a*muI[d] + b*muJ[d]
		g.d[d] = a*noiseI[d] + b*noiseJ[d]
		g.total[d] = g.d[d]
		for _, v := range row {
			g.total[d] += v * v
		}
	}
	copy(g.noise, g.total)
	if g.tied {
		copy(g.d, noiseI)
	}
	switch {
	case H == 0:
	case g.loadings != LoadingsOwn:
		g.share(p, i, j, a, b)
	default:
		g.axes()
		for step := 0; step < steps && !g.tied; step++ {
			g.step()
		}
	}
	g.bound()
	return g.likelihood()
}

// axes starts the loadings at the leading principal axes of S in units of d.
func (g *merger) axes() {
	H, R := g.H, g.R
	clear(g.gram)
	for d := range g.D {
		row := g.u[d*R : (d+1)*R]
		for r, v := range row {
			v /= g.d[d]
			for s := r; s < R; s++ {
				g.gram[r*R+s] += v * row[s]
			}
		}
	}
	if dense.EigenSym(nil, g.gram, R, g.values) != nil {
		clear(g.gram)
	}
	for d := range g.D {
		left := g.total[d]
		for h := range H {
			sum := 0.0
			for r, v := range g.u[d*R : (d+1)*R] {
				sum += v * g.gram[r*R+h]
			}
			g.lambda[d*H+h] = sum
			left -= sum * sum
		}
		g.noise[d] = left
	}
	g.bound()
}

// bound keeps the noise variances above the floor, equal if they must be, and where they are if components share them.
func (g *merger) bound() {
	if g.tied {
		copy(g.noise, g.d)
		return
	}
	if g.spherical {
		average(g.noise)
	}
	for d, v := range g.noise {
		if !(v > g.floor) {
			g.noise[d] = g.floor
		}
	}
}

// whiten makes chol, the Cholesky factor L of I + Lambda^T D^-1 Lambda, and w; it returns log |Sigma|.
func (g *merger) whiten() float64 {
	H := g.H
	clear(g.chol)
	logDet := 0.0
	for h := range H {
		g.chol[h*H+h] = 1
	}
	for d, v := range g.noise {
		logDet += math.Log(v)
		row := g.lambda[d*H : (d+1)*H]
		for i, a := range row {
			for j, b := range row[:i+1] {
				g.chol[i*H+j] += a * b / v
			}
		}
	}
	if !dense.Cholesky(g.chol, H) {
		return math.Inf(1)
	}
	for h := range H {
		logDet += 2 * math.Log(g.chol[h*H+h])
	}
	for d, v := range g.noise {
		w := g.w[d*H : (d+1)*H]
		for h := range w {
			w[h] = g.lambda[d*H+h] / v
		}
		dense.SolveLower(g.chol, H, w)
	}
	clear(g.us)
	for d := range g.D {
		w := g.w[d*H : (d+1)*H]
		for r, u := range g.u[d*g.R : (d+1)*g.R] {
			for h, v := range w {
				g.us[r*H+h] += u * v
			}
		}
	}
	return logDet
}

// step is one EM iteration of the factor analysis of S, in the whitened form of the M-step: with Y = S W and
// E = I + W^T Y, Lambda = Y E^-1 L^T and D = diag(S) - rowsum(Y E^-1 o Y).
func (g *merger) step() {
	H := g.H
	if math.IsInf(g.whiten(), 1) {
		return
	}
	clear(g.m)
	for h := range H {
		g.m[h*H+h] = 1
	}
	for d := range g.D {
		y, w := g.sb[d*H:(d+1)*H], g.w[d*H:(d+1)*H]
		for h := range y {
			y[h] = g.d[d] * w[h]
		}
		for r, u := range g.u[d*g.R : (d+1)*g.R] {
			for h, v := range g.us[r*H : (r+1)*H] {
				y[h] += u * v
			}
		}
		for i, a := range w {
			for j, b := range y[:i+1] {
				g.m[i*H+j] += a * b
			}
		}
	}
	if !dense.Cholesky(g.m, H) {
		return
	}
	for d := range g.D {
		y, row := g.sb[d*H:(d+1)*H], g.w[d*H:(d+1)*H]
		copy(row, y)
		dense.SolveLower(g.m, H, row)
		dense.SolveLowerTransposed(g.m, H, row)
		left := g.total[d]
		for h, v := range row {
			left -= v * y[h]
		}
		g.noise[d] = left
		for h := range H {
			sum := 0.0
			for j, v := range g.chol[h*H : h*H+h+1] {
				sum += row[j] * v
			}
			g.lambda[d*H+h] = sum
		}
	}
	g.bound()
}

// likelihood returns -(D log(2 pi) + log |Sigma| + tr(Sigma^-1 S)) / 2.
func (g *merger) likelihood() float64 {
	sum := g.whiten() + float64(g.D)*math.Log(2*math.Pi)
	for d, v := range g.noise {
		sum += g.total[d] / v
		for _, w := range g.w[d*g.H : (d+1)*g.H] {
			sum -= g.d[d] * w * w
		}
	}
	for _, v := range g.us {
		sum -= v * v
	}
	return -sum / 2
}

// partners returns the graph in which merges are looked for: that of the search, or the nearest centres in exact fits.
func (c *climb[T]) partners(ctx context.Context) (*search, error) {
	if !c.s.exact {
		return c.s, nil
	}
	s := &search{C: c.p.C, neighbors: min(c.p.C, mergeNearest+1)}
	s.graph = make([]uint32, s.C*s.neighbors)
	return s, linkCenters(ctx, s, c.p, c.f.o.Threads)
}

// tryMerges finds the loss of merging each component with each near one, where either has changed.
func (c *climb[T]) tryMerges(ctx context.Context, r *rounds, changed []bool) error {
	s, err := c.partners(ctx)
	if err != nil {
		return err
	}
	near := min(s.neighbors, mergeNearest+1)
	row := func(k int) []uint32 { return s.neighborsOf(uint32(k))[:near] }
	// At a maximum tr(Sigma^-1 S) = D for every component.
	own := func(i int) float64 { return math.Log(c.p.pi[i]) - c.f.k.volume[i] - float64(c.p.D)/2 }
	place := make([]uint32, c.s.n)
	for i, point := range c.s.order {
		place[point] = uint32(i)
	}
	workers := make([]*merger, par.Threads(c.f.o.Threads))
	for w := range workers {
		workers[w] = c.newMerger()
	}
	known := c.m.prior
	worth := func(pi float64, mu, noise []float64) float64 {
		if !known.known() {
			return 0
		}
		return known.logWeighted(pi, mu, noise, c.m.tied)
	}
	return par.For(ctx, c.f.o.Threads, c.p.C, func(worker, i int) {
		known := r.merges[i]
		r.merges[i] = make([]merge, 0, near)
		for at, neighbor := range row(i) {
			j := int(neighbor)
			if j == i || slices.Contains(row(i)[:at], neighbor) || j < i && slices.Contains(row(j), uint32(i)) {
				continue
			}
			if k := slices.IndexFunc(known, func(m merge) bool { return m.j == j }); k >= 0 && !changed[i] && !changed[j] {
				r.merges[i] = append(r.merges[i], known[k])
				continue
			}
			a, b, g := c.p.pi[i], c.p.pi[j], workers[worker]
			loss := a*own(i) + b*own(j) - (a+b)*(g.fit(c.p, i, j, screenMerge)+math.Log(a+b))
			loss = loss*c.f.d.total + c.m.entropyBetween(place, i, j)
			muI, _, noiseI := c.p.component(i)
			muJ, _, noiseJ := c.p.component(j)
			loss += worth(a, muI, noiseI) + worth(b, muJ, noiseJ) - worth(a+b, g.mu, g.noise)
			r.merges[i] = append(r.merges[i], merge{i, j, loss})
		}
	})
}

// entropyBetween returns the entropy that the posteriors hold between components i and j, which a merge gives up: the sum over
// points of weight times (q_i + q_j) log(q_i + q_j) - q_i log q_i - q_j log q_j. place holds where each point stands in
// the order that the pair lists follow.
func (m *mstep[T]) entropyBetween(place []uint32, i, j int) float64 {
	sum := 0.0
	x, endX, y, endY := m.list.start[i], m.list.start[i+1], m.list.start[j], m.list.start[j+1]
	for x < endX && y < endY {
		switch a, b := place[m.point[x]], place[m.point[y]]; {
		case a < b:
			x++
		case b < a:
			y++
		default:
			q, r := float64(m.q[x]), float64(m.q[y])
			sum += m.d.weight(m.point[x]) * ((q+r)*math.Log(q+r) - q*math.Log(q) - r*math.Log(r))
			x, y = x+1, y+1
		}
	}
	return sum
}
