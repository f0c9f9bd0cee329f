package ref

import "math"

// FarthestFirst returns k rows of x by farthest-first traversal from the given first one: the next row is the one whose
// nearest chosen row is farthest, the first of several. distance[j] is that distance for choice j, +Inf for the first, and
// the last element, one more, is the radius that remains.
func FarthestFirst(x [][]float64, first, k int) (chosen []int, distance []float64) {
	near := make([]float64, len(x))
	for i := range near {
		near[i] = math.Inf(1)
	}
	taken := make([]bool, len(x))
	next, far := first, math.Inf(1)
	for range k {
		chosen, distance = append(chosen, next), append(distance, far)
		taken[next] = true
		for i := range x {
			near[i] = min(near[i], Distance(x[i], x[chosen[len(chosen)-1]]))
		}
		next, far = 0, -1
		for i, d := range near {
			if !taken[i] && d > far {
				next, far = i, d
			}
		}
	}
	return chosen, append(distance, max(far, 0))
}

// Distance is the Euclidean distance.
func Distance(x, y []float64) float64 {
	sum := 0.0
	for j := range x {
		sum += (x[j] - y[j]) * (x[j] - y[j])
	}
	return math.Sqrt(sum)
}

// DistanceFrom returns the distance of row i from the nearest of some rows.
func DistanceFrom(x [][]float64, chosen []int, i int) float64 {
	near := math.Inf(1)
	for _, c := range chosen {
		near = min(near, Distance(x[i], x[c]))
	}
	return near
}
