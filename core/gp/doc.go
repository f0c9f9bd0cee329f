// Package gp is iterative Gaussian processes: products with kernel matrices that are never stored, and what is built on
// them.
//
// # Model
//
// Observations y = f(X) + noise with f ~ GP(0, k) and independent noise of variances Sigma, so that y ~ N(0, K + Sigma)
// with K_ij = k(x_i, x_j). A [Kernel] is an expression with parameters theta; an [Operator] is the matrix K + Sigma of n
// points, known through products, columns and gradients.
//
// # Letters
//
//	n, d      points and features
//	t         columns that are multiplied together
//	l_q       length scale of feature q
//	z         scaled features, z_q = (x_q - mean_q) / l_q
//	rho       |z - z'|, the scaled distance of two points
//	kappa     correlation of a stationary kernel as a function of rho; kappa(0) = 1
//	h         -kappa'(rho) / rho, so that the derivative of kappa by log l_q is h (z_q - z'_q)^2
//	theta     logarithms of the free parameters, in the order of scikit-learn
//	K         kernel matrix without noise of any kind; Sigma holds the noise and the kernel's [White] terms
//	A, B      factors (n x c) of a weight matrix W = A B^T that is never formed
//	tile      64 x 64 elements of K; block: 8 x 8 tiles
//
// # How a product is made
//
// Points are put in an order in which neighbours lie close together and are cut into tiles of 64 and blocks of 512.
// For every pair of blocks of the upper triangle, a worker evaluates tile after tile in the first-level cache,
// multiplies it into both halves of the result while it is there, and forgets it. Tiles whose points are so far apart
// that the kernel vanishes are skipped. Sums over a block are carried in the element type of the tiles, sums of blocks
// in float64 in an order of their own: results are the same for any number of threads.
//
// A vector of elements, used in both halves, takes d multiply-adds for distances (2 d where differences are needed), some
// twenty instructions for the kernel and two multiply-adds per column of the right-hand side, so that the kernel decides about
// the time of one column and the product about that of sixteen. Few columns go one by one, more in panels of a cache line.
// [OperatorOptions] can keep tiles instead, which pays for one column where n^2 numbers fit into memory.
//
// # References
//
//   - C. E. Rasmussen, C. K. I. Williams: Gaussian processes for machine learning. MIT Press, 2006.
//   - J. Gardner, G. Pleiss, D. Bindel, K. Q. Weinberger, A. G. Wilson: GPyTorch: blackbox matrix-matrix Gaussian process
//     inference with GPU acceleration. NeurIPS, 2018.
//   - K. A. Wang, G. Pleiss, J. Gardner, S. Tyree, K. Q. Weinberger, A. G. Wilson: Exact Gaussian processes on a million
//     data points. NeurIPS, 2019.
package gp
