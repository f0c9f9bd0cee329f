package ref

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// PosteriorCovariance returns K - K_S (K_SS + noise I)^-1 K_S^T for rows S of the kernel matrix, by a dense inverse.
func PosteriorCovariance(k [][]float64, rows []int, noise float64) [][]float64 {
	n, s := len(k), len(rows)
	p := make([][]float64, n)
	for i := range p {
		p[i] = append([]float64(nil), k[i]...)
	}
	if s == 0 {
		return p
	}
	inner, columns := mat.NewDense(s, s, nil), mat.NewDense(n, s, nil)
	for a, i := range rows {
		for b, j := range rows {
			inner.Set(a, b, k[i][j])
		}
		inner.Set(a, a, k[i][i]+noise)
		for j := range n {
			columns.Set(j, a, k[j][i])
		}
	}
	var inverse, half, part mat.Dense
	if err := inverse.Inverse(inner); err != nil {
		panic(err)
	}
	half.Mul(columns, &inverse)
	part.Mul(&half, columns.T())
	for i := range p {
		for j := range p[i] {
			p[i][j] -= part.At(i, j)
		}
	}
	return p
}

// GreedyBatch selects b rows, each the one with the largest score(posterior covariance, row) given the observed rows and those
// before it.
func GreedyBatch(k [][]float64, observed []int, noise float64, b int, score func(p [][]float64, i int) float64) []int {
	given := append([]int(nil), observed...)
	for range b {
		p := PosteriorCovariance(k, given, noise)
		best, top := -1, math.Inf(-1)
		for i := range k {
			out := false
			for _, j := range given {
				out = out || i == j
			}
			if s := score(p, i); !out && s > top {
				best, top = i, s
			}
		}
		given = append(given, best)
	}
	return given[len(observed):]
}

// LargestClusterBatch selects b rows: of the cluster of rows nearest to one observed or selected row whose squared distances
// sum to most, the farthest. The first row, where none is observed, is the one of largest norm.
func LargestClusterBatch(x [][]float64, observed []int, b int) []int {
	centres := append([]int(nil), observed...)
	for len(centres) < len(observed)+b {
		if len(centres) == 0 {
			best, zero := 0, make([]float64, len(x[0]))
			for i := range x {
				if Distance(x[i], zero) > Distance(x[best], zero) {
					best = i
				}
			}
			centres = append(centres, best)
			continue
		}
		size, owner, near := make([]float64, len(centres)), make([]int, len(x)), make([]float64, len(x))
		for i := range x {
			for c, j := range centres {
				if d := Distance(x[i], x[j]); c == 0 || d < near[i] {
					owner[i], near[i] = c, d
				}
			}
			size[owner[i]] += near[i] * near[i]
		}
		largest, best := 0, -1
		for c := range size {
			if size[c] > size[largest] {
				largest = c
			}
		}
		for i := range x {
			if owner[i] == largest && (best < 0 || near[i] > near[best]) {
				best = i
			}
		}
		centres = append(centres, best)
	}
	return centres[len(observed):]
}

// FrankWolfeWeights returns the weights after so many steps of Frank-Wolfe towards the sum of the rows of x over the polytope
// with corners x_i s / |x_i|, s the sum of norms, with vectors written out.
func FrankWolfeWeights(x [][]float64, steps int) []float64 {
	d := len(x[0])
	target, now, w, zero, s := make([]float64, d), make([]float64, d), make([]float64, len(x)), make([]float64, d), 0.0
	for _, row := range x {
		for j, v := range row {
			target[j] += v
		}
		s += Distance(row, zero)
	}
	for range steps {
		best, top := 0, math.Inf(-1)
		for i, row := range x {
			c := 0.0
			for j, v := range row {
				c += v * (target[j] - now[j]) / Distance(row, zero)
			}
			if c > top {
				best, top = i, c
			}
		}
		scale := s / Distance(x[best], zero)
		gain, length := 0.0, 0.0
		for j, v := range x[best] {
			gain += (scale*v - now[j]) * (target[j] - now[j])
			length += (scale*v - now[j]) * (scale*v - now[j])
		}
		g := min(1, gain/length)
		for i := range w {
			w[i] *= 1 - g
		}
		w[best] += g * scale
		for j, v := range x[best] {
			now[j] += g * (scale*v - now[j])
		}
	}
	return w
}
