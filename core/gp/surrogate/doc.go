// Package surrogate finds the shape of an expensive posterior density from few evaluations.
//
// # Model
//
// The logarithm of an unnormalized density, log p(x), can be evaluated at points of a box of d dimensions, at great cost. A
// [Density] says where to evaluate it next ([Density.Ask]), is told the values ([Density.Tell]), and describes log p by a
// Gaussian process whose draws then cost microseconds ([Density.Sample]). For unimodal and moderately curved densities in
// up to some twenty dimensions it takes a hundred times fewer evaluations than a Markov chain.
//
// Besides the squared exponential kernel of the paper below there is a quadratic one, of points in units of their spread:
// log-densities are mostly quadratic, and as many points as a quadratic has coefficients lead to the bulk of a normal
// density, however narrow or correlated.
//
// Points whose value is lower than the largest by more than the depth of twenty standard deviations of a normal density are
// no part of the process once there are enough others. Where the nearest evaluation is such a point, the density is too
// low to matter. Where it vanishes is another question, as the edge of the support may cut through the bulk: a support
// vector machine separates points of value -Inf from the others. It has the widest margin, is right at every point
// evaluated, and is smooth, so that few points describe an edge in many dimensions, where the nearest neighbour would take
// a number that grows exponentially; and unlike a process fitted to labels it is not moved by points far from the edge.
//
// # The loop
//
//  1. Start with 3d points of a Latin hypercube, and more until as many values are finite.
//  2. Train the kernel by the largest marginal likelihood, from several starts, every 2 sqrt(d) rounds or for a tenth
//     more points; in between points are appended to the Cholesky factor.
//  3. Draw particles from the surrogate to the power of 2 zeta, zeta = d^-0.85, and to the power of 1 on the way from the
//     uniform law, by annealed importance sampling with resampling (sequential Monte Carlo).
//  4. Evaluate next the particles of the largest log A = 2 zeta (mu - max y) + log(sigma^2 + b^2) / 2, with mean mu and
//     standard deviation sigma of the process, and b^2 = e (1 - e) for a chance e that the density vanishes, one after the
//     other: each is believed to have the value mu while the next is chosen (kriging believer). mu - max y counts up to a
//     few nats: where the process promises more it extrapolates.
//  5. Stop when three criteria agree: the last max(4, d/2) values were predicted; the Kullback-Leibler divergence of the
//     surrogate from that of the round before is small; and so is the one from the truth that the process itself
//     expects, half of the mean of sigma^2 plus that of e over the surrogate. They must agree twice in a row.
//
// # Letters
//
//	n, d     evaluations and dimensions
//	u        points in the unit cube, u_q = (x_q - lower_q) / (upper_q - lower_q)
//	y        values log p(x)
//	mu       mean of the process given all values, the logarithm of the surrogate
//	sigma    its standard deviation
//	beta     power to which the surrogate is raised: 0 is uniform, 1 the surrogate
//
// # References
//
//   - J. El Gammal, N. Schöneberg, J. Torrado, C. Fidler: Fast and robust Bayesian inference using Gaussian processes with
//     GPry. JCAP, 2023. The acquisition function, the initial design, the budget and the count of correct predictions.
//   - J. Torrado, N. Schöneberg, J. El Gammal: Parallelized acquisition for active learning using Monte Carlo sampling,
//     2023. The choice among particles.
//   - P. Del Moral, A. Doucet, A. Jasra: Sequential Monte Carlo samplers. J. R. Statist. Soc. B, 2006.
//   - C. J. F. ter Braak: A Markov chain Monte Carlo version of the genetic algorithm differential evolution. Statistics
//     and Computing, 2006.
package surrogate
