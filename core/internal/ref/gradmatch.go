package ref

import "math"

// GradMatch picks up to k rows of g by orthogonal matching pursuit: the row that alone lowers the penalized distance from what is
// left of the target most joins, all weights are solved for anew by NonNegative, and rows whose weight is zero leave. No class,
// no clever factor. It returns the rows of positive weight in the order of their last arrival, and their weights.
func GradMatch(g [][]float64, target []float64, penalty float64, k int) (chosen []int, weights []float64) {
	left := append([]float64(nil), target...)
	for range 3 * k {
		best, top := -1, 1e-12
		for i, row := range g {
			c, taken := dot(row, left), false
			for _, s := range chosen {
				taken = taken || s == i
			}
			if gain := c / math.Sqrt(dot(row, row)+penalty); !taken && gain > top {
				best, top = i, gain
			}
		}
		if best < 0 || len(chosen) == k {
			break
		}
		rows := [][]float64{}
		chosen = append(chosen, best)
		for _, s := range chosen {
			rows = append(rows, g[s])
		}
		solved := NonNegative(rows, target, penalty)
		kept := chosen
		chosen, weights = nil, nil
		for j, w := range solved {
			if w > 0 {
				chosen, weights = append(chosen, kept[j]), append(weights, w)
			}
		}
		copy(left, target)
		for j, s := range chosen {
			for d, v := range g[s] {
				left[d] -= weights[j] * v
			}
		}
	}
	return chosen, weights
}

// NonNegative minimizes |sum_j w_j rows_j - target|^2 + penalty |w|^2 over w >= 0 by coordinate descent.
func NonNegative(rows [][]float64, target []float64, penalty float64) []float64 {
	w, left := make([]float64, len(rows)), append([]float64(nil), target...)
	for range 100000 {
		change := 0.0
		for j, row := range rows {
			next := max(0, (dot(row, left)+w[j]*dot(row, row))/(dot(row, row)+penalty))
			for d, v := range row {
				left[d] -= (next - w[j]) * v
			}
			change = max(change, math.Abs(next-w[j])/(1+next))
			w[j] = next
		}
		if change < 1e-14 {
			break
		}
	}
	return w
}
