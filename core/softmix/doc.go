// Package softmix fits mixtures of softmax distributions over a known set of cells by maximum likelihood.
//
// # Model
//
// There are p cells with feature vectors x_j (L). A draw comes from class k with probability alpha_k, and is then cell j with
// probability A_k(j):
//
//	A_k(j) = exp(x_j' theta_k - lse_k),  lse_k = log sum_i exp(x_i' theta_k),  pi_j = sum_k alpha_k A_k(j).
//
// The data are counts c_j of the draws of each cell, or any other non-negative weights. How many draws there are never
// enters the cost: everything is sums over cells.
//
// # Letters
//
//	p, L, K      cells, features, classes
//	R            starts that are worked on together; their classes make C = R K columns of one product
//	N, q_j       sum of the counts, c_j / N
//	l            mean log-likelihood sum_j q_j log pi_j, in nats per draw
//	r_jk         posterior alpha_k A_k(j) / pi_j of class k given cell j
//	a_k          sum_j q_j r_jk
//	mu_k, t_k    means of x under A_k, and under q_j r_jk / a_k
//	g_k          a_k (t_k - mu_k), the derivative of l by theta_k; a_k - alpha_k is that by the logarithm of alpha_k
//	theta_bar    the best fit with one class, w = A(theta_bar) and S = Cov_w(x) its covariance
//	phi_k        F' (theta_k - theta_bar) with S = F F': coordinates in which the M-step is nearly a gradient step of length 1
//	s_j          derivatives of log pi_j by all parameters
//	lambda       Options.Ridge / N, the weight of the ridge sum_k |phi_k|^2 / 2
//
// # Algorithm
//
// One evaluation of l and its derivatives takes two products of matrices, p x L by L x C and back, with one exponential per
// cell and column between them. It serves all steps:
//
//  1. theta_bar by Newton's method;
//  2. moments of q - w, which estimate those of theta_k - theta_bar, and starts from them, from the space they span and from
//     random directions;
//  3. a few steps of EM from all starts at once, with one step of length S^-1 for M, halved when l falls;
//  4. the best few starts to the end by Newton's method with the observed information, or by L-BFGS where there are many
//     parameters, until Newton's decrement promises nothing more;
//  5. a search for the class that would raise l most, which bounds what any number of classes could gain.
//
// Where few of the cells have been drawn, step 3 and the beginning of 4 estimate normalizers: from all cells that have been drawn, and
// others chosen with known chances by an inverted multi-index (see [Options].Normalizer). The end of 4 is exact.
//
// # References
//
//   - X. Bing, F. Bunea, J. Niles-Weed, M. Wegkamp: Learning large softmax mixtures with warm start EM. arXiv:2409.09903, 2024.
//   - J. Chen, J. Zhang, X. Huang, Y. Yang, D. Lian, E. Chen: Adaptive sampled softmax with inverted multi-index: methods, theory and
//     applications. arXiv:2501.08563, 2025.
//   - T. A. Louis: Finding the observed information matrix when using the EM algorithm. J. R. Stat. Soc. B 44, 1982.
//   - B. G. Lindsay: The geometry of mixture likelihoods: a general theory. Ann. Statist. 11, 1983.
//   - H. White: Maximum likelihood estimation of misspecified models. Econometrica 50, 1982.
package softmix
