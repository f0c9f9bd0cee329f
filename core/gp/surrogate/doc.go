// Package surrogate finds the shape of an expensive posterior density from few evaluations.
//
// # Model
//
// The logarithm of an unnormalized density, log p(x), can be evaluated at points of a box of d dimensions, at great cost. A
// [Density] says where to evaluate it next ([Density.Ask]), is told the values ([Density.Tell]), and describes log p by a
// Gaussian process with a squared exponential kernel whose draws then cost microseconds ([Density.Sample]). For unimodal
// and moderately curved densities in up to some twenty dimensions it takes a hundred times fewer evaluations than a Markov
// chain.
//
// Points where the density vanishes, or is lower than the largest by more than the depth of twenty standard deviations of a
// normal density, are no part of the process, which they would spoil. They tell apart a region where the surrogate is
// zero: points whose nearest evaluated neighbour is one of them. That rule has no parameter to train and is right at
// every point evaluated, its boundary is sharp to half of the distance between evaluations on both sides, and far from
// all evaluations it says what the nearest of them does, where a kernel classifier falls back to the majority.
//
// # The loop
//
//  1. Start with 3d points of a Latin hypercube, and more until as many values are finite.
//  2. Train the kernel by the largest marginal likelihood, from several starts every 2 sqrt(d) rounds; in between points
//     are appended to the Cholesky factor.
//  3. Draw particles from the surrogate to the power of 2 zeta, zeta = d^-0.85, and to the power of 1 on the way from the
//     uniform law, by annealed importance sampling with resampling (sequential Monte Carlo).
//  4. Evaluate next the particles of the largest log A = 2 zeta (mu - max y) + log(sigma^2 + b^2) / 2, with mean mu and
//     standard deviation sigma of the process, and b the same for the boundary of the region, one after the other: each
//     is believed to have the value mu while the next is chosen (kriging believer).
//  5. Stop when three criteria agree: the last max(4, d/2) values were predicted; the Kullback-Leibler divergence of the
//     surrogate from that of the round before is small; and so is the one from the truth that the process itself
//     expects, half of the mean of sigma^2 over the surrogate.
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
//     GPry. JCAP, 2023. The acquisition function, the initial design, the bounds and the count of correct predictions.
//   - J. Torrado, N. Schöneberg, J. El Gammal: Parallelized acquisition for active learning using Monte Carlo sampling,
//     2023. The choice among particles.
//   - P. Del Moral, A. Doucet, A. Jasra: Sequential Monte Carlo samplers. J. R. Statist. Soc. B, 2006.
//   - C. J. F. ter Braak: A Markov chain Monte Carlo version of the genetic algorithm differential evolution. Statistics
//     and Computing, 2006.
package surrogate
