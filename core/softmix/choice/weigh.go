package choice

// times writes the cells of x times the factor of their lane to dst. It panics if dst or x is shorter than the other says.
func times(dst, x, factor []float64) {
	if len(factor) == 0 || len(x)%len(factor) != 0 || len(dst) != len(x) {
		panic("choice: times: slices do not fit together")
	}
	timesKernel(dst, x, factor)
}

// least is the smallest number whose reciprocal is taken.
const least = 1e-290

// reciprocals writes one over x to dst, and one over least where x is below it.
func reciprocals(dst, x []float64) {
	if len(dst) != len(x) {
		panic("choice: reciprocals: slices do not fit together")
	}
	reciprocalsKernel(dst, x)
}

func reciprocalsGeneric(dst, x []float64) {
	for i, u := range x {
		if !(u > least) {
			u = least
		}
		dst[i] = 1 / u
	}
}

func timesGeneric(dst, x, factor []float64) {
	n := len(factor)
	for j := 0; j < len(x); j += n {
		from, to := x[j:j+n], dst[j:j+n]
		for i, f := range factor {
			to[i] = f * from[i]
		}
	}
}
