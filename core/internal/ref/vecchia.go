package ref

import "math"

// Vecchia returns the inverse of P and log|P| for the normal law in which point order[r] depends on at most count points before it,
// those nearest by away, and else is as under the covariance c, noise on its diagonal: with A the covariance of the neighbors, b their
// covariance with the point and w = A^-1 b, the sum over points of (e - w) (e - w)^T / d for d = c_ii - b^T w.
func Vecchia(c [][]float64, order []int, count int, away func(i, j int) float64) (inverse [][]float64, logDet float64) {
	n := len(c)
	inverse = make([][]float64, n)
	for i := range inverse {
		inverse[i] = make([]float64, n)
	}
	for r, i := range order {
		near := nearestOf(order[:r], count, func(j int) float64 { return away(i, j) })
		system := make([][]float64, len(near)) // A with b as its last column
		for k, j := range near {
			for _, l := range near {
				system[k] = append(system[k], c[j][l])
			}
			system[k] = append(system[k], c[i][j])
		}
		w, _ := eliminate(system)
		v, d := make([]float64, n), c[i][i]
		v[i] = 1
		for k, j := range near {
			v[j] = -w[k]
			d -= c[i][j] * w[k]
		}
		logDet += math.Log(d)
		for k, x := range v {
			for l, y := range v {
				inverse[k][l] += x * y / d
			}
		}
	}
	return inverse, logDet
}

// nearestOf returns the count of ids for which away is least, the first of equal ones.
func nearestOf(ids []int, count int, away func(int) float64) []int {
	left := append([]int(nil), ids...)
	var out []int
	for len(out) < count && len(left) > 0 {
		best := 0
		for k, id := range left {
			if away(id) < away(left[best]) {
				best = k
			}
		}
		out = append(out, left[best])
		left = append(left[:best], left[best+1:]...)
	}
	return out
}
