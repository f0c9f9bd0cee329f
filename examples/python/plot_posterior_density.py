"""An expensive posterior density from a few dozen evaluations
============================================================

Samples the curved posterior of a model with two parameters, first by a surrogate that chooses where to evaluate the density,
then by a Markov chain, and compares both with the density on a grid.

    python plot_posterior_density.py
"""

import argparse

import matplotlib
import numpy as np

from lithe.gp import sample_posterior_density

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

TIMES = np.linspace(0.2, 4, 12)
BOUNDS = np.array([[0.0, 8.0], [0.0, 3.0]])


class Posterior:
    """Amplitude and rate of a decay, of which the amount that has gone is observed: rates and amplitudes trade off."""

    def __init__(self):
        rng = np.random.default_rng(4)
        self.observed = self.model(np.array([3.0, 0.35])) + 0.15 * rng.normal(size=TIMES.size)
        self.evaluations = 0

    @staticmethod
    def model(parameters):
        return parameters[..., 0, np.newaxis] * -np.expm1(-parameters[..., 1, np.newaxis] * TIMES)

    def __call__(self, parameters):
        self.evaluations += 1
        return self.on_grid(parameters)

    def on_grid(self, parameters):
        return -0.5 * np.sum(((self.observed - self.model(parameters)) / 0.15) ** 2, axis=-1)


def metropolis(logp, start, step, n, rng):
    """A random walk of n steps: one evaluation each."""
    chain = np.empty((n, len(start)))
    here, level = start, logp(start)
    for i in range(n):
        there = here + step @ rng.normal(size=len(start))
        inside = np.all((there >= BOUNDS[:, 0]) & (there <= BOUNDS[:, 1]))
        proposed = logp(there) if inside else -np.inf
        if np.log(rng.uniform()) < proposed - level:
            here, level = there, proposed
        chain[i] = here
    return chain


def effective(chain):
    """The number of independent draws that estimate the means of the chain as well, for the worse one."""
    sizes = []
    for x in (chain - chain.mean(axis=0)).T:
        spectrum = np.abs(np.fft.rfft(x, 2 * len(x))) ** 2
        correlation = np.fft.irfft(spectrum)[:len(x)]
        correlation /= correlation[0]
        stop = np.argmax(correlation < 0.02)
        sizes.append(len(x) / (2 * correlation[:stop].sum() - 1))
    return min(sizes)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default="posterior_density.png")
    options = parser.parse_args()

    logp = Posterior()
    found = sample_posterior_density(logp, BOUNDS, n_samples=4000, random_state=0)
    assert found.converged and logp.evaluations == found.n_evaluations

    side = [np.linspace(*bound, 400) for bound in BOUNDS]
    grid = np.stack(np.meshgrid(*side, indexing="ij"), axis=-1)
    level = logp.on_grid(grid)
    weight = np.exp(level - level.max())
    weight /= weight.sum()
    mean = np.einsum("ij,ijk->k", weight, grid)
    cov = np.einsum("ij,ijk,ijl->kl", weight, grid - mean, grid - mean)

    chain_logp = Posterior()
    chain = metropolis(chain_logp, found.mean, 1.7 * np.linalg.cholesky(cov), 20000, np.random.default_rng(1))
    size = effective(chain)
    std = np.sqrt(np.diag(cov))
    print(f"truth       mean {mean.round(3)}  standard deviations {std.round(3)}")
    print(f"surrogate   mean {found.mean.round(3)}  standard deviations {np.sqrt(np.diag(found.cov)).round(3)}"
          f"  after {found.n_evaluations} evaluations")
    print(f"Metropolis  mean {chain.mean(axis=0).round(3)}  standard deviations {chain.std(axis=0).round(3)}"
          f"  after {chain_logp.evaluations} evaluations, worth {size:.0f} independent draws")
    print(f"a chain as good as 400 independent draws takes {400 / size * len(chain):.0f} evaluations,"
          f" {400 / size * len(chain) / found.n_evaluations:.0f} times as many as the surrogate")
    assert np.all(np.abs(found.mean - mean) < 0.15 * std)

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    heights = level.max() - np.array([4.5, 2.0, 0.5])  # three, two and one standard deviations of a normal density
    for axes in (left, right):
        axes.contour(*side, level.T, levels=heights, colors="k", linewidths=0.8, linestyles="solid")
        axes.set_xlabel("amplitude")
        axes.set_ylabel("rate")
    X, _ = found.evaluations
    points = left.scatter(*X.T, c=np.arange(len(X)), s=22, cmap="viridis")
    figure.colorbar(points, ax=left, label="order of evaluation")
    left.set_title(f"{len(X)} evaluations and contours of the density")
    right.plot(*found.samples.T, ".", ms=2, alpha=0.4)
    right.set_ylim(0, 0.8)
    right.set_title(f"{len(found.samples)} draws from the surrogate")
    figure.savefig(options.output, dpi=120)
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
