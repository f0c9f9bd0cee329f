// Package choice fits the latent-class conditional logit, and with one class the multinomial logit, to surveys in which
// persons choose among alternatives.
//
// # Model
//
// Person n belongs to class k with probability alpha_nk and chooses in situations t, independently given the class:
//
//	P_n = sum_k alpha_nk prod_t P_ntk^omega_nt,  P_ntk = exp(x_nty beta_k) / sum_j exp(x_ntj beta_k),
//	alpha_nk = softmax_k(z_n delta_k),  delta_K = 0,  z_n = (1, membership covariates).
//
// The sum over j is over the alternatives that are available in the situation: sets differ in size at will. Coefficients
// may be shared by all classes or fixed to numbers, so that the free ones are gamma and beta_kp is gamma at a position
// or a constant. The objective is sum_n w_n log P_n - ridge/2 |gamma|^2, gamma in units in which every column of x varies by
// one within a choice set.
//
// # Letters
//
//	N, S, R     persons, situations, rows (alternatives of situations)
//	P, Q, K     columns of x, columns of z (the constant is the first), classes
//	d_j         x_j - x_y for the alternatives j that were not chosen; log P = -log(1 + sum_j exp(d_j beta))
//	r_nk        posterior probability of class k for person n
//	s_nk        score of log prod_t P_ntk in beta_k: -sum_t omega sum_j p_j d_j
//	I_nk        its information: sum_t omega (sum_j p_j d_j d_j' - m m'), m = sum_j p_j d_j
//
// # Algorithm
//
// Every start of a mixed portfolio (persons drawn at random into classes, random coefficients, k-means of the persons' scores,
// random responsibilities) gets a few steps of EM, whose M-step is one Newton step that is halved while the likelihood
// falls. The best of them finish by Newton's method on the likelihood itself, with the exact Hessian
//
//	sum_n w_n [sum_k r_nk (t_nk t_nk' + D t_nk) - t_n t_n'],  t_n = sum_k r_nk t_nk,
//
// where t_nk are the scores in all parameters given the class. Where it is not negative definite, directions are taken with the
// size of their eigenvalue relative to the information of the complete data, which leads away from saddles. The end is where
// half the Newton decrement, the likelihood still to be gained, is below Tol.
//
// Persons lie in tiles of a few hundred situations, column after column, differences from the chosen alternative: the
// kernels of packages vmath and blas run along situations, and likelihood, scores and information come from one pass while a
// tile is in the cache.
//
// # References
//
//   - K. Train: Discrete choice methods with simulation, 2nd edition, chapter 14, Cambridge University Press, 2009.
//   - T. A. Louis: Finding the observed information matrix when using the EM algorithm, JRSS B, 1982.
//   - C. Bhat: An endogenous segmentation mode choice model, Transportation Science, 1997.
package choice
