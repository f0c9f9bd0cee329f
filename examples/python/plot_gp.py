"""A function with its uncertainty, and a landscape of 6,000 points
================================================================

Fits a function of one variable exactly, and draws its mean, its uncertainty and functions that the data allow. Then fits
a landscape by conjugate gradients, without a kernel matrix, and compares its errors with those that it predicts.

    python plot_gp.py
"""

import argparse
import time

import matplotlib
import numpy as np

from lithe.gp import GaussianProcessRegressor
from lithe.gp.kernels import RBF, Matern

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def curve(rng):
    """Forty noisy observations of a function, with a gap in the middle."""
    x = np.concatenate([rng.uniform(0, 4, 25), rng.uniform(7, 10, 15)])
    return x[:, np.newaxis], np.sin(x) + 0.3 * x + 0.15 * rng.normal(size=x.size)


def height(points):
    """A landscape: a ridge, two hills and ripples."""
    x, y = points.T
    return (np.exp(-((x - y) ** 2) * 4) + 0.8 * np.exp(-((x - 2) ** 2 + (y - 1) ** 2) * 3)
            - 0.6 * np.exp(-((x - 1) ** 2 + (y - 2.2) ** 2) * 5) + 0.1 * np.sin(9 * x) * np.cos(7 * y))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=6000)
    parser.add_argument("--output", default="gp.png")
    options = parser.parse_args()
    rng = np.random.default_rng(0)

    x, y = curve(rng)
    gpr = GaussianProcessRegressor(1.0 * RBF(1.0), normalize_y=True, random_state=0).fit(x, y)
    grid = np.linspace(-1, 11, 300)[:, np.newaxis]
    mean, std = gpr.predict(grid, return_std=True)
    draws = gpr.sample_y(grid, 5, random_state=1)
    held_out = gpr.leave_one_out()
    inside = np.abs(y - held_out.mean) < 2 * held_out.std
    print(f"one variable: {gpr.kernel_}")
    print(f"  noise {gpr.noise_ ** 0.5 * y.std():.3f} (true 0.15), log-likelihood {gpr.log_marginal_likelihood_value_:.2f}")
    print(f"  {inside.mean():.0%} of the observations are within two standard deviations of what the others predict")

    points = rng.uniform(0, 3, (options.points, 2))
    observed = height(points) + 0.05 * rng.normal(size=len(points))
    began = time.perf_counter()
    landscape = GaussianProcessRegressor(1.0 * Matern([0.5, 0.5], nu=2.5), normalize_y=True, random_state=0)
    landscape.fit(points, observed)
    seconds = time.perf_counter() - began
    tests = rng.uniform(0, 3, (1000, 2))
    predicted, spread = landscape.predict(tests, return_std=True)
    error = predicted - height(tests)
    low, high = landscape.log_marginal_likelihood_bounds_
    print(f"a landscape of {len(points)} points, solver {landscape.solver_}: {seconds:.1f} s")
    print(f"  noise {landscape.noise_ ** 0.5 * observed.std():.4f} (true 0.05), log-likelihood in [{low:.0f}, {high:.0f}]")
    print(f"  error {np.sqrt(np.mean(error ** 2)):.4f}, predicted {np.sqrt(np.mean(spread ** 2)):.4f}")
    assert np.sqrt(np.mean(error ** 2)) < 0.02

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    left.fill_between(grid[:, 0], mean - 2 * std, mean + 2 * std, alpha=0.25, label="two standard deviations")
    left.plot(grid, draws, lw=0.8, color="0.5", label=["draws", *[None] * 4])
    left.plot(grid, mean, label="mean")
    left.plot(x, y, "k.", label="observations")
    left.legend(loc="upper left")
    side = np.linspace(0, 3, 60)
    mesh = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    image = right.pcolormesh(side, side, landscape.predict(mesh).reshape(60, 60), shading="nearest")
    right.set_title(f"{len(points)} points, {seconds:.1f} s")
    figure.colorbar(image, ax=right)
    figure.savefig(options.output, dpi=120)
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
