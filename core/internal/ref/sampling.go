package ref

// LightweightProbabilities returns q_i = w_i/(2W) + w_i |x_i - mean|^2 / (2 sum_j w_j |x_j - mean|^2) with the weighted mean.
func LightweightProbabilities(x [][]float64, weight []float64) []float64 {
	mass, mean := 0.0, make([]float64, len(x[0]))
	for i, row := range x {
		mass += weight[i]
		for j, v := range row {
			mean[j] += weight[i] * v
		}
	}
	for j := range mean {
		mean[j] /= mass
	}
	spread := 0.0
	for i, row := range x {
		spread += weight[i] * Distance(row, mean) * Distance(row, mean)
	}
	q := make([]float64, len(x))
	for i, row := range x {
		q[i] = weight[i]/(2*mass) + weight[i]*Distance(row, mean)*Distance(row, mean)/(2*spread)
	}
	return q
}

// ClusterCost is the k-means cost of centers, each row counted with its weight.
func ClusterCost(x [][]float64, weight []float64, centers [][]float64) float64 {
	cost := 0.0
	for i, row := range x {
		near := Distance(row, centers[0])
		for _, c := range centers[1:] {
			near = min(near, Distance(row, c))
		}
		cost += weight[i] * near * near
	}
	return cost
}
