package choice

// gram adds sign times the products sum_i w_i a_i b_i of columns of d to the lower triangle of dst, whose rows lie ld apart, and
// writes to sums the sums over the cells of each lane of w times every column. Columns have as many cells as w.
func gram(dst []float64, ld int, sign float64, w, d, sums []float64) {
	p := len(d) / len(w)
	lanes := len(sums) / p
	if p*len(w) != len(d) || p*lanes != len(sums) || len(w)%lanes != 0 {
		panic("choice: gram: slices do not fit together")
	}
	for a := 0; a < p; a += 2 {
		one := min(a+1, p-1) // the second row of the pair; the first again at the end of an odd number
		for b := 0; b <= one; {
			var found [pairColumns * 2]float64
			n := pairKernel(&found, w, d, a, one, b, sums)
			for row := a; row <= one; row++ {
				for j := range min(n, row+1-b) {
					dst[row*ld+b+j] += sign * found[(row-a)*pairColumns+j]
				}
			}
			b += n
		}
	}
}

// pairColumns is the largest number of columns that pairKernel takes at once.
const pairColumns = 4

// pairGeneric writes to found the products of rows a and one with as many columns from b on as it returns, and their sums.
func pairGeneric(found *[2 * pairColumns]float64, w, d []float64, a, one, b int, sums []float64) int {
	cells := len(w)
	lanes := len(sums) / (len(d) / cells)
	columns := min(pairColumns, one+1-b)
	for i, row := range [2]int{a, one} {
		sum, x := sums[row*lanes:(row+1)*lanes], d[row*cells:(row+1)*cells]
		clear(sum)
		products := found[i*pairColumns : (i+1)*pairColumns]
		clear(products)
		for lo := 0; lo < cells; lo += lanes {
			for lane := range sum {
				u := w[lo+lane] * x[lo+lane]
				sum[lane] += u
				for j := range columns {
					products[j] += u * d[(b+j)*cells+lo+lane]
				}
			}
		}
	}
	return columns
}
