package mixture

import "github.com/lithe-ml/lithe/core/internal/dense"

// share leaves the union of components i and j, of shares a and b, in lambda and noise where components share loadings:
// these stay as they are. Common factors of the union have mean and covariance
//
//	xi = a xi_i + b xi_j,  Omega = a Omega_i + b Omega_j + a b (xi_i - xi_j)(xi_i - xi_j)^T,
//
// and the noise takes what the loadings do not explain of each feature.
func (g *merger) share(p *params, i, j int, a, b float64) {
	H := g.H
	_, lambdaI, _ := p.component(i)
	copy(g.lambda, lambdaI)
	if f := p.common; f != nil {
		g.unite(f, i, j, a, b)
		for d := range g.D {
			f.row(g.lambda[d*H:(d+1)*H], g.root, d)
		}
	}
	for d := range g.D {
		row := g.lambda[d*H : (d+1)*H]
		g.noise[d] = g.total[d] - dot(row, row)
	}
}

// unite leaves the distribution of the common factors of the union in xi and root.
func (g *merger) unite(f *commonFactors, i, j int, a, b float64) {
	H := g.H
	gap := make([]float64, H)
	for h := range H {
		x, y := f.xi[i*H+h], f.xi[j*H+h]
		g.xi[h], gap[h] = a*x+b*y, x-y
	}
	clear(g.root)
	addOuter(g.root, gap, a*b)
	first, second := f.root[i*H*H:(i+1)*H*H], f.root[j*H*H:(j+1)*H*H]
	for r := range H {
		for s := range r + 1 {
			x, y := r*H, s*H
			g.root[x+s] += a*dot(first[x:x+s+1], first[y:]) + b*dot(second[x:x+s+1], second[y:])
		}
	}
	if !dense.Cholesky(g.root, H) {
		copy(g.root, f.root[i*H*H:(i+1)*H*H])
	}
}

// adopt makes the union component c of p.
func (g *merger) adopt(p *params, c int) {
	mu, lambda, noise := p.component(c)
	copy(mu, g.mu)
	copy(lambda, g.lambda)
	copy(noise, g.noise)
	if f, H := p.common, g.H; f != nil {
		copy(f.xi[c*H:(c+1)*H], g.xi)
		copy(f.root[c*H*H:(c+1)*H*H], g.root)
		for d := range g.D {
			f.apply(p, c, d)
		}
	}
}
