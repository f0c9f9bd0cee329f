"""Gaussian mixtures against scikit-learn, in one run, with the quality next to every time.

Data: a mixture of factor analyzers with 100 components of 5 factors in 32 dimensions, 20,000 rows to train and 5,000
held out (the same draw every time). Quality is the exact negative log-likelihood of the held-out rows in nats per row;
lower is better, and that of the generating mixture is 19.49.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
import sklearn
from sklearn.cluster import KMeans as SklearnKMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as SklearnMixture

import lithe
from lithe.mixture import GaussianMixture, KMeans

from report import table, timed

warnings.simplefilter("ignore", ConvergenceWarning)


def draw(n, d, c, h, held_out=5000):
    """Return (train, test) of a random mixture of factor analyzers."""
    rng = np.random.default_rng(0)
    means = rng.normal(size=(c, d)) * np.sqrt(2)
    loadings = rng.normal(size=(c, d, h)) * 0.7 / np.sqrt(h)
    noise = 0.09 * rng.uniform(0.5, 1.5, size=(c, d))
    weights = rng.dirichlet(np.full(c, 5.0))
    labels = rng.choice(c, size=n + held_out, p=weights)
    X = np.empty((n + held_out, d))
    for k in range(c):
        rows = np.flatnonzero(labels == k)
        factors = rng.normal(size=(len(rows), h)) @ loadings[k].T
        X[rows] = means[k] + factors + rng.normal(size=(len(rows), d)) * np.sqrt(noise[k])
    return X[:n], X[n:]


def peer(X, test, c, seed, covariance):
    """Fit scikit-learn; return (seconds, seconds per iteration, iterations, held-out NLL)."""
    def fit(limit):
        return SklearnMixture(c, covariance_type=covariance, random_state=seed, max_iter=limit).fit(X)
    _, short = timed(lambda: fit(1))
    model, total = timed(lambda: fit(100))
    each = (total - short) / max(1, model.n_iter_ - 1)
    return total, each, model.n_iter_, -model.score(test)


def ours(X, test, c, seed, h, algorithm="auto"):
    """Fit lithe; return the same, with the iterations timed by the fit's own history."""
    model, total = timed(lambda: GaussianMixture(c, n_factors=h, random_state=seed, algorithm=algorithm).fit(X))
    seconds = model.history_["seconds"]
    return total, (seconds[-1] - seconds[0]) / model.n_iter_, model.n_iter_, -model.score(test)


def mixtures(seeds):
    """Compare whole fits."""
    n, d, c, h = 20000, 32, 100, 5
    X, test = draw(n, d, c, h)
    singles = X.astype(np.float32), test.astype(np.float32)
    runs = {
        "scikit-learn full, float64": lambda s: peer(X, test, c, s, "full"),
        "scikit-learn full, float32": lambda s: peer(*singles, c, s, "full"),
        "scikit-learn diag, float64": lambda s: peer(X, test, c, s, "diag"),
        "lithe exact, float64": lambda s: ours(X, test, c, s, h, "exact"),
        "lithe, float64": lambda s: ours(X, test, c, s, h),
        "lithe, float32": lambda s: ours(*singles, c, s, h),
    }
    results = {name: [] for name in runs}
    for seed in range(seeds):
        for name, run in runs.items():
            results[name].append(run(seed))
    base = np.median(results["scikit-learn full, float64"], axis=0)
    rows = []
    for name, values in results.items():
        total, each, iterations, _ = np.median(values, axis=0)
        nll = [v[3] for v in values]
        rows.append([name, total, 1e3 * each, int(iterations), f"{np.median(nll):.2f} ({min(nll):.2f} to {max(nll):.2f})",
                     f"{base[0] / total:.1f}x", f"{base[1] / each:.1f}x"])
    table(f"Mixtures, {n:,} x {d}, C = {c}, H = {h}: medians of {seeds} seeds; held-out NLL in nats per row",
          ["method", "fit, s", "iteration, ms", "iterations", "held-out NLL", "fit", "iteration"], rows)


def clusterings(seeds):
    """Compare k-means from k-means++ seeds."""
    n, d, c = 100_000, 64, 1000
    X, _ = draw(n, d, c, 5, held_out=0)
    X = X.astype(np.float32)
    rows, times = [], {"scikit-learn KMeans": [], "lithe KMeans": []}
    for seed in range(seeds):
        for name, make in [("scikit-learn KMeans", lambda: SklearnKMeans(c, n_init=1, max_iter=20, random_state=seed)),
                           ("lithe KMeans", lambda: KMeans(c, max_iter=20, random_state=seed))]:
            model, seconds = timed(lambda: make().fit(X))
            times[name].append((seconds, model.inertia_, model.n_iter_))
    base = np.median([t[0] for t in times["scikit-learn KMeans"]])
    for name, values in times.items():
        seconds, inertia, iterations = np.median(values, axis=0)
        rows.append([name, seconds, inertia, int(iterations), f"{base / seconds:.1f}x"])
    table(f"k-means, {n:,} x {d} float32, C = {c}, at most 20 iterations: medians of {seeds} seeds",
          ["method", "fit, s", "inertia", "iterations", "fit"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    print(f"lithe {lithe.__version__}, scikit-learn {sklearn.__version__}, NumPy {np.__version__}, "
          f"{lithe.get_num_threads()} threads")
    mixtures(options.seeds)
    clusterings(options.seeds)


if __name__ == "__main__":
    main()
