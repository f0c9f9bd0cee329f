package dense

// symvRows is how many rows of a symmetric matrix are multiplied at a time.
const symvRows = 4

// symvTile holds the factors of the rows on the way in and their sums on the way out.
type symvTile struct{ factors, sums [symvRows]float64 }

// symvGeneric is the meaning of symvKernel: adds the rows of a (symvRows x len(x)), each times its factor, to y and sets
// the sums to their products with x.
func symvGeneric(a []float64, ld int, x, y []float64, t *symvTile) {
	y = y[:len(x)]
	for r, f := range t.factors {
		sum := 0.0
		row := a[r*ld : r*ld+len(x)]
		for j, v := range row {
			y[j] += f * v
			sum += v * x[j]
		}
		t.sums[r] = sum
	}
}

// symv sets y to a x for the symmetric a (n x n, row stride ld) of which only the upper triangle is read, once.
func symv(n int, a []float64, ld int, x, y []float64) {
	x, y = x[:n], y[:n]
	clear(y)
	var t symvTile
	for i := 0; i < n; i += symvRows {
		end := min(n, i+symvRows)
		for r := i; r < end; r++ {
			row := a[r*ld : r*ld+end]
			y[r] += row[r] * x[r]
			for s := r + 1; s < end; s++ {
				y[r] += row[s] * x[s]
				y[s] += row[s] * x[r]
			}
		}
		if end == n {
			return
		}
		copy(t.factors[:], x[i:end])
		symvKernel(a[i*ld+end:], ld, x[end:], y[end:], &t)
		for r, v := range t.sums {
			y[i+r] += v
		}
	}
}
