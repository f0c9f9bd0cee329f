package softmix

// Products of the rows of x with few classes in float32, which read x once, where it lies, and in order: there they take as long as
// memory does. Coefficients are held as blocks of fewLanes columns of all fewClasses classes, class after class.

const (
	// fewClasses is the number of classes that these products have; where there are fewer the others are zero.
	fewClasses = 8
	fewLanes   = 16
	// fewBytes is the size of rows that stay in the first-level cache between uses, with as many that follow.
	fewBytes = 16 << 10
)

// packFew writes the coefficients theta (C x L) to dst as fewProducts reads them, and returns dst, which grows at need.
func packFew(dst []float32, theta []float64, C, L int) []float32 {
	size := (L + fewLanes - 1) / fewLanes * fewLanes * fewClasses
	if len(dst) < size {
		dst = make([]float32, size)
	}
	for c := range C {
		for i, v := range theta[c*L : (c+1)*L] {
			dst[i/fewLanes*fewLanes*fewClasses+c*fewLanes+i%fewLanes] = float32(v)
		}
	}
	return dst
}

// fewProducts writes x_j theta_c + shift_c of C classes and n rows of L columns, stride apart, to dst (n x C). coef is of packFew, and
// shift has fewClasses elements.
func fewProducts(dst []float32, C int, x []float32, stride, n, L int, coef, shift []float32) {
	if n == 0 {
		return
	}
	if C > fewClasses || len(dst) < n*C || len(x) < (n-1)*stride+L || len(coef) < L*fewClasses || len(shift) < fewClasses {
		panic("softmix: fewProducts: slices are too short")
	}
	fewProductsKernel(dst, C, x, stride, n, L, coef, shift)
}

// fewSums adds the products of weights w (n x fewClasses) with n rows of L columns, stride apart, to dst (fewClasses x L).
func fewSums(dst, x []float32, stride, n, L int, w []float32) {
	if n == 0 {
		return
	}
	if len(dst) < fewClasses*L || len(x) < (n-1)*stride+L || len(w) < n*fewClasses {
		panic("softmix: fewSums: slices are too short")
	}
	step := max(16, fewBytes/(4*L))
	for lo := 0; lo < n; lo += step {
		hi := min(lo+step, n)
		fewSumsKernel(dst, x[lo*stride:], stride, hi-lo, L, w[lo*fewClasses:])
	}
}

func fewProductsGeneric(dst []float32, C int, x []float32, stride, n, L int, coef, shift []float32) {
	for j := range n {
		row := x[j*stride:][:L]
		for c := range C {
			sum := float32(0)
			for i, v := range row {
				sum += v * coef[i/fewLanes*fewLanes*fewClasses+c*fewLanes+i%fewLanes]
			}
			dst[j*C+c] = sum + shift[c]
		}
	}
}

func fewSumsGeneric(dst, x []float32, stride, n, L int, w []float32) {
	for j := range n {
		row := x[j*stride:][:L]
		for c, v := range w[j*fewClasses:][:fewClasses] {
			for i, u := range dst[c*L : (c+1)*L] {
				dst[c*L+i] = u + v*row[i]
			}
		}
	}
}
