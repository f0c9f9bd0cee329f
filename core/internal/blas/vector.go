package blas

import "github.com/lithe-ml/lithe/core"

// Dot returns the sum of x[i]*y[i]. The order of summation depends on the length alone. float32 sums are carried in
// float32. It panics if the lengths differ.
func Dot[T core.Float](x, y []T) T {
	if len(x) != len(y) {
		panic("blas.Dot: x and y differ in length")
	}
	return kernelFor[T]().dot(x, y)
}

// Axpy adds alpha*x to y. It panics if the lengths differ.
func Axpy[T core.Float](alpha T, x, y []T) {
	if len(x) != len(y) {
		panic("blas.Axpy: x and y differ in length")
	}
	kernelFor[T]().axpy(alpha, x, y)
}

// Gemv computes y = alpha*op(A)*x + beta*y on the calling goroutine, with op(A) of m x n, x of length n and y of
// length m. beta = 0 does not read y; alpha = 0 reads neither A nor x. y must not overlap A or x. Allocates nothing.
func Gemv[T core.Float](trans bool, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	checkSize("Gemv", "m", m)
	checkSize("Gemv", "n", n)
	checkOperand("Gemv", "A", trans, m, n, a, lda)
	checkOperand("Gemv", "x", true, n, 1, x, n)
	checkOperand("Gemv", "y", true, m, 1, y, m)
	if m == 0 {
		return
	}
	if alpha == 0 || n == 0 || trans {
		scalePart(part{}, 1, m, beta, y, m)
	}
	if alpha == 0 || n == 0 {
		return
	}
	kn := kernelFor[T]()
	if trans {
		for p, v := range x[:n] {
			kn.axpy(alpha*v, a[p*lda:p*lda+m], y)
		}
		return
	}
	for i := range m {
		v := alpha * kn.dot(a[i*lda:i*lda+n], x)
		if beta != 0 {
			v += beta * y[i]
		}
		y[i] = v
	}
}
