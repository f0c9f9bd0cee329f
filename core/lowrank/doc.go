// Package lowrank computes low-rank factors of matrices too big for classical methods, with the error stated.
//
// # Letters
//
//	A          m x n matrix: dense, sparse, or only known through products ([Operator])
//	sigma_i    its singular values, decreasing; tau_{k+1}^2 = sum over i > k of sigma_i^2, the best error of rank k
//	k, p, l    rank, oversampling, and the width l = k + p of a block
//	Omega      random test matrix (n x l)
//	Q, B       orthonormal basis (m x l) and B = Q^T A
//	U, S, V    left singular vectors (m x k), singular values, right singular vectors (n x k): A ~ U diag(S) V^T
//	pass       one multiplication of A or A^T with a block
//
// # References
//
//   - N. Halko, P. G. Martinsson, J. A. Tropp: Finding structure with randomness. SIAM Review 53(2), 2011.
//   - C. Musco, C. Musco: Randomized block Krylov methods for stronger and faster approximate singular value
//     decomposition. NeurIPS, 2015.
//   - E. N. Epperly, J. A. Tropp: Efficient error and variance estimation for randomized matrix computations.
//     SIAM J. Sci. Comput. 46(1), 2024.
package lowrank
