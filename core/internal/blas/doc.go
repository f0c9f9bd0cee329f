// Package blas multiplies dense row-major matrices of float32 or float64 at close to the speed of the processor.
//
// Element (i, j) of a matrix x with row stride ldx is x[i*ldx+j]. A trans flag means that the matrix is stored
// transposed: op(X) is X, or its transpose when the flag is set, and shapes are those of op(X).
//
// How a product is made. The right operand is packed ([Packed]) into panels of two vectors' width, cut into blocks
// of depth. For each block, strips of a few rows of the left operand meet every panel in an inner kernel that keeps
// a whole tile of C in registers. The strip stays in the first-level cache, the panels stream from the second.
// The left operand is read where it lies or, where its stride would thrash the cache, from a packed strip.
//
// The value of an element of C depends on its row of op(A), its column of op(B), alpha, beta and the kernel family
// ([cpu.Level]), never on the rows and columns computed along with it nor on the number of threads. NaN and infinities
// propagate as in the defining sums, except that alpha = 0 leaves A and B unread and beta = 0 leaves C unread.
//
// Sizes that do not fit are mistakes of the program: they panic.
package blas
