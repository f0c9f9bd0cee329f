package dense

// rotateGeneric is the meaning of rotate: the rows x and y become c*x + s*y and c*y - s*x.
func rotateGeneric(x, y []float64, c, s float64) {
	y = y[:len(x)]
	for i, v := range x {
		w := y[i]
		x[i] = c*v + s*w
		y[i] = c*w - s*v
	}
}
