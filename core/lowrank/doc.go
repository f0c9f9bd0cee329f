// Package lowrank computes low-rank factors of matrices too big for classical methods, with the error stated.
//
// # Letters
//
//	A          m x n matrix: dense, sparse, or only known through products ([Operator])
//	sigma_i    its singular values, decreasing; tau_{k+1}^2 = sum over i > k of sigma_i^2, the best error of rank k
//	k, p, l    rank, oversampling, and the width l = k + p of a block
//	Omega      random test matrix (n x l)
//	Q, B       orthonormal basis (m x l) and B = Q^T A
//	s_j        unit vector orthogonal to all columns but column j of the factor R in A Omega = Q R: column j left out
//	E          |A|^2 - |B|^2, squared Frobenius norm of what Q leaves
//	H, C       X^T A X of a Nystrom approximation and its Cholesky factor, H = C^T C
//	d, F       diagonal of what a partial Cholesky factorization A ~ F^T F leaves, and its factor (r x n)
//	C, P       chosen columns (m x k) and the coefficients of all columns in them (k x n)
//	U, S, V    left singular vectors (m x k), singular values, right singular vectors (n x k): A ~ U diag(S) V^T
//	P_j        projection on the range of a basis without column j
//	x, b, mu   unknown, right-hand side and ridge of a least squares problem, and r = b - A x
//	S, d       random test matrix from the left (d x m) and the rows of the sketch S A
//	J, t       chosen columns of a sketch, and the coefficients of all its columns in them
//	Upsilon .. Theta  test matrices of a stream: Upsilon A, A Omega^T, Phi A Psi^T and Theta A are kept
//	M, c, P    preconditioned matrix of a log-determinant, and the tail and the whole of its preconditioner
//	pass       one multiplication of A or A^T with a block
//
// # References
//
//   - N. Halko, P. G. Martinsson, J. A. Tropp: Finding structure with randomness. SIAM Review 53(2), 2011.
//   - C. Musco, C. Musco: Randomized block Krylov methods for stronger and faster approximate singular value
//     decomposition. NeurIPS, 2015.
//   - E. N. Epperly, J. A. Tropp: Efficient error and variance estimation for randomized matrix computations.
//     SIAM J. Sci. Comput. 46(1), 2024.
//   - E. N. Epperly, J. A. Tropp, R. J. Webber: XTrace: making the most of every sample in stochastic trace estimation.
//     SIAM J. Matrix Anal. Appl. 45(1), 2024.
//   - W. Yu, Y. Gu, Y. Li: Efficient randomized algorithms for the fixed-precision low-rank matrix approximation.
//     SIAM J. Matrix Anal. Appl. 39(3), 2018.
//   - J. A. Tropp, A. Yurtsever, M. Udell, V. Cevher: Fixed-rank approximation of a positive-semidefinite matrix from
//     streaming data. NeurIPS, 2017.
//   - E. N. Epperly, J. A. Tropp, R. J. Webber: Embrace rejection: kernel matrix approximation by accelerated randomly
//     pivoted Cholesky. 2024.
//   - M. Melnichenko, O. Balabanov, R. Murray, J. Demmel, M. W. Mahoney, P. Luszczek: CholeskyQR with randomization and
//     pivoting for tall matrices. 2023.
//   - E. N. Epperly, M. Meier, Y. Nakatsukasa: Fast randomized least-squares solvers can be just as accurate and stable as
//     classical direct solvers. 2024.
//   - M. Gu, S. C. Eisenstat: Efficient algorithms for computing a strong rank-revealing QR factorization. SIAM J. Sci.
//     Comput. 17(4), 1996.
//   - D. M. Kane, J. Nelson: Sparser Johnson-Lindenstrauss transforms. Journal of the ACM 61(1), 2014.
//   - J. A. Tropp: Improved analysis of the subsampled randomized Hadamard transform. Adv. Adapt. Data Anal. 3, 2011.
//   - J. A. Tropp, A. Yurtsever, M. Udell, V. Cevher: Streaming low-rank matrix approximation with an application to
//     scientific simulation. SIAM J. Sci. Comput. 41(4), 2019.
//   - M. Ghashami, E. Liberty, J. M. Phillips, D. P. Woodruff: Frequent directions: simple and deterministic matrix
//     sketching. SIAM J. Comput. 45(5), 2016.
//   - S. Ubaru, J. Chen, Y. Saad: Fast estimation of tr(f(A)) via stochastic Lanczos quadrature. SIAM J. Matrix Anal.
//     Appl. 38(4), 2017.
//   - Z. Frangella, J. A. Tropp, M. Udell: Randomized Nystrom preconditioning. SIAM J. Matrix Anal. Appl. 44(2), 2023.
package lowrank
