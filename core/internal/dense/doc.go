// Package dense factors dense matrices: tall blocks of columns with few columns, and small square cores.
//
// A tall matrix is a [core.Matrix] of float32 or float64. Its rows are read in tiles, converted to float64, worked on
// and, where they are results, rounded once: sums over rows never happen in float32. A small matrix, such as a Gram
// matrix or a triangular factor, is a slice of float64 in row-major order without gaps: element (i, j) of an
// m x n matrix a is a[i*n+j].
//
// Results depend on the shapes, the values and the family of kernels in force, never on the number of threads.
// Functions that take a context stop between tiles once it is done; what they were overwriting is then undefined.
//
//	Gram, Cross                         x^T x and x^T y of tall blocks
//	MulRight, SubMulRight, SolveRight   a tall block times a small matrix, or times the inverse of a triangular one
//	Orthonormalize                      an orthonormal basis of the columns of a tall block, whatever their condition
//	Cholesky, SolveLower, SolveUpper    positive definite systems and triangular solves
//	EigenSym, EigenSymLeading, SVD      eigenvalues and singular values of small matrices
//	QRCP                                QR with column pivoting, of wide matrices too
//	Triangular                          the R of a QR factorization by Householder's method, of any condition
package dense
