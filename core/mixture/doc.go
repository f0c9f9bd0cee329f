// Package mixture fits Gaussian mixtures with factor-analytic, diagonal or spherical covariances by sublinear
// variational EM.
//
// # Model
//
// Component c has weight pi_c, mean mu_c (D), loadings Lambda_c (D x H) and noise variances D_c (D):
//
//	z ~ N(0, I_H),  x | z, c ~ N(Lambda_c z + mu_c, diag(D_c)),  so  Sigma_c = Lambda_c Lambda_c^T + diag(D_c).
//
// # Letters
//
//	N, D, C, H   points, features, components, factors
//	l_nc         log pi_c + log N(x_n; mu_c, Sigma_c), the log joint density
//	K_n          the candidate set of point n: C' components (Options.Candidates)
//	q_n(c)       exp l_nc / sum over K_n of exp l_nk for c in K_n, and 0 elsewhere: the truncated posterior
//	g_c          the neighbour list of component c: G components (Options.Neighbors), itself first
//	E            random components tried by each panel of points (Options.Explore)
//	F            sum_n w_n log sum over K_n of exp l_nk / sum_n w_n: the bound, at most the mean log-likelihood
//	L, W, v      L L^T = I + Lambda^T D^-1 Lambda, W = D^-1 Lambda L^-T, v = W^T (x - mu); then
//	             (x-mu)^T Sigma^-1 (x-mu) = sum_d (x-mu)_d^2 / D_d - |v|^2 and E[z|x,c] = L^-T v
//
// # Algorithm
//
// An iteration evaluates l_nc only on a search space around each K_n: the candidates of the sixteen (float32) or eight
// (float64) points of a panel, the neighbours of their components, and E random components. The best C' become the
// new K_n, the same values refine the graph g, and the M-step uses the C' posteriors alone. No step costs N x C, and F
// never decreases. Points are visited, and numbered, in the order of their best component, so that the points of a panel share their
// search space and every parameter that is read serves all of them; see package panel for the kernels.
//
// Between iterations, components move (Options.SplitMerge): the pair of near components whose merge loses least makes
// room for the component whose split gains most, many at a time, and only if F rises. A round costs a few iterations.
//
// The exact mode (Options.Algorithm) runs ordinary EM through the same code with every component in every search space.
//
// Everything happens in standardised features (mean 0, variance 1), which makes starting values, floors and stopping
// independent of units, and keeps float32 work accurate far from the origin.
//
// # References
//
//   - S. Salwig, T. Kahlke, F. Hirschberger, D. Forster, J. Luecke: Sublinear variational optimization of Gaussian
//     mixture models with millions to billions of parameters. arXiv:2501.12299, 2025.
//   - Z. Ghahramani, G. E. Hinton: The EM algorithm for mixtures of factor analyzers. CRG-TR-96-1, 1996.
//   - N. Ueda, R. Nakano, Z. Ghahramani, G. E. Hinton: SMEM algorithm for mixture models. Neural Computation 12, 2000.
//   - D. Arthur, S. Vassilvitskii: k-means++: the advantages of careful seeding. SODA, 2007.
package mixture
