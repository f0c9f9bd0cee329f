"""The depth of the sea, from ships, with all of its uncertainty
=============================================================

Ships sound the depth along their tracks. A Gaussian process fills in the sea floor between them, and says how sure it is:
near a track, sure; far from all of them, not. A few actions stand in for the solution of the linear system, and the
combined uncertainty counts what they leave open as well, so that it is never too small.

The folder LITHE_DATA may hold gp_baja_bathymetry.npz, soundings off Baja California; otherwise a sea floor is made up.

    python plot_gp.py
"""

import argparse
import os
import time
from pathlib import Path

import matplotlib
import numpy as np

from lithe.gp import GaussianProcessDisplay, GaussianProcessRegressor
from lithe.gp.kernels import RBF, Matern

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def curve(rng):
    """Forty noisy observations of a function, with a gap in the middle."""
    x = np.concatenate([rng.uniform(0, 4, 25), rng.uniform(7, 10, 15)])
    return x[:, np.newaxis], np.sin(x) + 0.3 * x + 0.15 * rng.normal(size=x.size)


def made_up(rng, count):
    """Soundings along straight tracks over a floor with a ridge, a trench and sea mounts, in degrees and metres."""
    angles, offsets = rng.uniform(0, np.pi, 30), rng.uniform(-2.2, 2.2, 30)
    track = rng.integers(0, 30, 6 * count)
    along = rng.uniform(-4, 4, 6 * count)
    normal = np.stack([np.cos(angles), np.sin(angles)], axis=1)[track]
    points = offsets[track, np.newaxis] * normal + along[:, np.newaxis] * normal[:, ::-1] * [-1, 1]
    points = points[(np.abs(points) < 2.5).all(axis=1)][:count]
    x, y = points.T
    floor = (-3200 + 1100 * np.exp(-((x - 0.6 * y) ** 2) * 2) - 1500 * np.exp(-((x + 1.4 + 0.2 * y) ** 2) * 8)
             + 900 * np.exp(-((x - 1.6) ** 2 + (y + 1.2) ** 2) * 6) + 120 * np.sin(5 * x) * np.cos(4 * y))
    return points, floor + 30 * rng.normal(size=len(points))


def soundings(rng, count):
    """Points (longitude, latitude) and depths."""
    path = Path(os.environ.get("LITHE_DATA", ".")) / "gp_baja_bathymetry.npz"
    if not path.exists():
        return made_up(rng, count)
    with np.load(path) as data:
        points, depth = data["X"].astype(np.float64), data["y"].astype(np.float64)
    inside = ((points > points.mean(axis=0) - 2) & (points < points.mean(axis=0) + 2)).all(axis=1)
    points, depth = points[inside], depth[inside]
    some = rng.permutation(len(points))[:count]
    return points[some], depth[some]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--actions", type=int, default=150)
    parser.add_argument("--output", default="gp.png")
    options = parser.parse_args()
    rng = np.random.default_rng(0)

    figure = plt.figure(figsize=(15, 8.4), layout="constrained")
    axes = figure.subplots(2, 3)

    # Of one feature: all of the solution, and four actions of it.
    x, y = curve(rng)
    exact = GaussianProcessRegressor(1.0 * RBF(1.0), normalize_y=True, random_state=0).fit(x, y)
    few = GaussianProcessRegressor(exact.kernel_, alpha=exact.noise_, optimizer=None, normalize_y=True, solver="itergp",
                                   policy="cholesky", n_actions=4, random_state=0).fit(x, y)
    GaussianProcessDisplay.from_estimator(exact, n_samples=5, ax=axes[0, 0])
    GaussianProcessDisplay.from_estimator(few, ax=axes[0, 1])
    axes[0, 0].set_title("the solution")
    axes[0, 1].set_title("four points are all that was looked at")
    held_out = exact.leave_one_out()
    inside = np.abs(y - held_out.mean) < 2 * held_out.std
    print(f"one feature: noise {exact.noise_ ** 0.5 * y.std():.3f} (true 0.15), log-likelihood "
          f"{exact.log_marginal_likelihood_value_:.2f}")
    print(f"  {inside.mean():.0%} of the observations are within two standard deviations of what the others predict")

    # The sea floor.
    points, depth = soundings(rng, options.points)
    held = np.arange(len(points)) % 10 == 0
    began = time.perf_counter()
    floor = GaussianProcessRegressor(1.0 * Matern([0.5, 0.5], nu=1.5), normalize_y=True, solver="itergp",
                                     n_actions=options.actions, n_neighbors=64, random_state=0)
    floor.fit(points[~held], depth[~held])
    seconds = time.perf_counter() - began
    predicted, std = floor.predict(points[held], return_std=True, include_noise=True)
    error = predicted - depth[held]
    covered = np.mean(np.abs(error) < 2 * std)
    print(f"sea floor: {np.sum(~held)} soundings, {len(floor.directions_)} actions, {seconds:.1f} s; {floor.kernel_}")
    print(f"  soundings left out: error {np.sqrt(np.mean(error ** 2)):.0f} m of {depth.std():.0f} m, "
          f"{covered:.0%} within two combined standard deviations")
    assert np.sqrt(np.mean(error ** 2)) < 0.5 * depth.std() and covered > 0.9

    side = [np.linspace(a, b, 50) for a, b in zip(points.min(axis=0), points.max(axis=0))]
    mesh = np.stack(np.meshgrid(*side), axis=-1).reshape(-1, 2)
    mean, combined = floor.predict(mesh, return_std=True, uncertainty="combined")
    mathematical = floor.predict(mesh, return_std=True, uncertainty="mathematical")[1]
    assert (combined >= mathematical).all()
    top = combined.max()
    for ax, values, title in ((axes[1, 0], mean, "depth in metres"), (axes[1, 1], mathematical, "mathematical: more data would help"),
                              (axes[1, 2], combined, "combined: more computation would help as well")):
        limits = {} if values is mean else {"vmin": 0, "vmax": top, "cmap": "magma"}
        image = ax.pcolormesh(*side, values.reshape(50, 50), shading="nearest", **limits)
        ax.plot(*points[~held].T, "w.", ms=0.6, alpha=0.5)
        ax.set(title=title, xlabel="longitude", ylabel="latitude")
        figure.colorbar(image, ax=ax)
    image = axes[0, 2].pcolormesh(*side, np.sqrt(combined ** 2 - mathematical ** 2).reshape(50, 50), shading="nearest", cmap="magma")
    axes[0, 2].set_title("computational: their difference, as variances")
    figure.colorbar(image, ax=axes[0, 2])
    figure.savefig(options.output, dpi=110)
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
