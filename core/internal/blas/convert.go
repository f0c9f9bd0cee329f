package blas

// Widen writes x to y in float64. It panics if y is shorter.
func Widen(x []float32, y []float64) {
	y = y[:len(x)]
	done := widenVectors(x, y)
	for i, v := range x[done:] {
		y[done+i] = float64(v)
	}
}

// AddWide adds x to y in float64. It panics if y is shorter.
func AddWide(x []float32, y []float64) {
	y = y[:len(x)]
	done := addWideVectors(x, y)
	for i, v := range x[done:] {
		y[done+i] += float64(v)
	}
}

// Narrow writes x, rounded to float32, to y. It panics if y is shorter.
func Narrow(x []float64, y []float32) {
	y = y[:len(x)]
	done := narrowVectors(x, y)
	for i, v := range x[done:] {
		y[done+i] = float32(v)
	}
}
