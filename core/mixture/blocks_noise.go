package mixture

import "github.com/lithe-ml/lithe/core/internal/par"

// noiseTiles bounds the number of partial sums of the noise that components share.
const noiseTiles = 64

// tieNoise leaves the noise variances that all components share in f.noise, from the weight of each component and its mean squared
// residuals, under the prior and above the floor; what a component without weight returns is added as it is, see params.tie.
// Parameters exist in packed form only, so every component is solved once for its residuals and a second time for the rest.
func (f *stream[T]) tieNoise(prior prior, residuals func(worker, c int) (weight float64, noise []float64)) {
	C, D := f.k.C, f.k.D
	each := max(prepareTile, (C+noiseTiles-1)/noiseTiles)
	tiles := par.Tiles(C, each)
	sums, weights := make([]float64, tiles*D), make([]float64, tiles)
	_ = par.For(nil, f.o.Threads, tiles, func(worker, tile int) {
		lo, hi := par.Span(tile, C, each)
		for c := lo; c < hi; c++ {
			weight, noise := residuals(worker, c)
			for d, v := range noise {
				if weight > 0 {
					v *= weight
				}
				sums[tile*D+d] += v
			}
			weights[tile] += weight
		}
	})
	f.noise = make([]float64, D)
	total := 0.0
	for tile, weight := range weights {
		total += weight
		for d := range f.noise {
			f.noise[d] += sums[tile*D+d]
		}
	}
	prior.settle(f.noise, total+float64(C)*(prior.count()-prior.freedom), f.o.RegCovar)
}

// settle turns the sums of squared residuals of a weight n into the noise variances that components share.
func (r prior) settle(sums []float64, n, floor float64) {
	for d, v := range sums {
		sums[d] = max((v+r.freedom*r.scale)/(n+r.freedom), floor)
	}
}
