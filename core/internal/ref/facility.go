package ref

import "math"

// FacilityGreedy selects k of the columns of cost (clients x candidates) so that each brings the sum over clients of w_i
// min(ceiling, least cost of a selected column) down the most; the first of equals. It returns the columns in the order of
// selection, what each brought, and the sum at the end. Everything is evaluated again for every candidate.
func FacilityGreedy(cost [][]float64, w []float64, ceiling float64, k int) (selected []int, gains []float64, loss float64) {
	cover := make([]float64, len(cost))
	for i := range cover {
		cover[i] = ceiling
		loss += w[i] * ceiling
	}
	taken := make([]bool, len(cost[0]))
	for range k {
		best, most := -1, math.Inf(-1)
		for j := range taken {
			if taken[j] {
				continue
			}
			gain := 0.0
			for i := range cost {
				gain += w[i] * math.Max(0, cover[i]-cost[i][j])
			}
			if gain > most {
				best, most = j, gain
			}
		}
		taken[best] = true
		for i := range cost {
			cover[i] = math.Min(cover[i], cost[i][best])
		}
		selected, gains, loss = append(selected, best), append(gains, most), loss-most
	}
	return selected, gains, loss
}

// Euclidean returns the distances between all rows of x.
func Euclidean(x [][]float64) [][]float64 {
	d := make([][]float64, len(x))
	for i := range d {
		d[i] = make([]float64, len(x))
		for j := range d[i] {
			for q := range x[i] {
				e := x[i][q] - x[j][q]
				d[i][j] += e * e
			}
			d[i][j] = math.Sqrt(d[i][j])
		}
	}
	return d
}
