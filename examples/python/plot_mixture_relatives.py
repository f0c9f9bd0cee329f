"""Outliers, anomalies, hidden clusters and unknown distributions
==================================================================

Six pictures of what mixtures can do besides clustering: ellipses with and without outliers, a density, anomaly scores, means
of surplus components on their way, and a mixing distribution with its certificate.

    python plot_mixture_relatives.py

With the environment variable LITHE_DATA naming a folder that holds clf_kddcup99_10pct.npz (the ten percent of KDD Cup 1999: X with
a number for each category, feature_names, y and class_names), anomalies are its attacks; otherwise they are generated.
"""

import argparse
import os
from pathlib import Path

import matplotlib
import numpy as np
from sklearn.metrics import roc_auc_score

from lithe.mixture import GaussianMixture, GaussianNPMLE, MixtureDisplay

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def clouds(rng):
    """Three clouds, and a tenth of outliers."""
    mixing = rng.normal(size=(3, 2, 2))
    clean = np.concatenate([rng.normal(size=(300, 2)) @ m + c for m, c in zip(mixing, ([-6, 0], [6, 0], [0, 7]))])
    return np.concatenate([clean, rng.uniform(-25, 25, size=(100, 2))])


def traffic(rng):
    """Rows, and whether each is an anomaly."""
    file = Path(os.environ.get("LITHE_DATA", "")) / "clf_kddcup99_10pct.npz"
    if os.environ.get("LITHE_DATA") and file.exists():
        with np.load(file) as table:
            X = table["X"][:, ~np.isin(table["feature_names"], ["protocol_type", "service", "flag"])].astype(np.float32)
            normal = np.char.rstrip(table["class_names"].astype(str), ".")[table["y"]] == "normal"
        counts = X.max(axis=0) > 1
        X[:, counts] = np.log1p(X[:, counts])
        return X, ~normal
    usual = rng.normal(size=(4000, 3)) @ rng.normal(size=(3, 12)) + 0.3 * rng.normal(size=(4000, 12))
    odd = 0.8 * rng.normal(size=(200, 12))
    return np.concatenate([usual, odd]).astype(np.float32), np.arange(4200) >= 4000


def surplus(weight, steps, tied):
    """Distance of two components on one Gaussian after each EM step; tied to -theta and theta, or free."""
    x = np.random.default_rng(1).normal(size=(20_000, 1))
    x = np.concatenate([x, -x]) / x.std()
    apart, means = [], np.array([[-1.0], [1.0]])
    for _ in range(steps):
        model = GaussianMixture.from_parameters([1 - weight, weight], means, noise_variance=[1.0, 1.0])
        q = model.predict_proba(x)
        if tied:
            theta = np.mean(x[:, 0] * (q[:, 1] - q[:, 0]))
            means = np.array([[-theta], [theta]])
        else:
            means = (q.T @ x) / q.sum(axis=0)[:, np.newaxis]
        apart.append(abs(means[1, 0] - means[0, 0]))
    return apart


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default="mixture_relatives.png")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    figure, axes = plt.subplots(2, 3, figsize=(14, 8.5), layout="constrained")

    X = clouds(rng)
    for ax, family in zip(axes[0], ("gaussian", "t")):
        model = GaussianMixture(3, family=family, n_factors=1, random_state=0).fit(X)
        MixtureDisplay.from_estimator(model, X, ax=ax)
        ax.set(title=f'family="{family}"', xlim=(-26, 26), ylim=(-26, 26))
        print(f"{family:9s} means {np.round(model.means_.tolist(), 1).tolist()}")
    side = np.linspace(-14, 14, 120)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    axes[0, 2].contourf(side, side, model.score_samples(grid).reshape(120, 120), levels=30)
    axes[0, 2].set_title("log-density of the t mixture")

    rows, odd = traffic(rng)
    known = ~odd & (np.arange(len(rows)) % 2 == 0)  # half of the normal rows; the others tell how well attacks stand out
    scorer = GaussianMixture(len(rows) // 400, n_factors=3, random_state=0, reg_covar=1e-3, tol=1e-2).fit(rows[known])
    odd, scores = odd[~known], -scorer.score_samples(rows[~known])
    print(f"anomalies  area under the ROC curve {roc_auc_score(odd, scores):.3f}, {scorer.n_components} components")
    bins = np.linspace(*np.quantile(scores, [0, 0.995]), 60)
    for chosen, label in ((~odd, "normal"), (odd, "anomalies")):
        axes[1, 0].hist(np.clip(scores[chosen], bins[0], bins[-1]), bins, alpha=0.6, density=True, label=label)
    axes[1, 0].set(title="anomaly scores", xlabel="minus log-density, nats")
    axes[1, 0].legend()

    for weight, tied in ((0.5, True), (0.8, True), (0.8, False)):
        axes[1, 1].semilogy(surplus(weight, 60, tied), label=f"weights {1 - weight:.1f}, {weight}, {'tied' if tied else 'free'}")
    axes[1, 1].set(title="two components on one Gaussian", xlabel="EM steps", ylabel="distance of the means")
    axes[1, 1].legend()

    theta = np.where(rng.random(2000) < 0.3, 4.0, rng.uniform(-3, 0, 2000))
    y = (theta + rng.normal(size=2000))[:, np.newaxis]
    estimate = GaussianNPMLE().fit(y)
    better = np.mean((estimate.posterior_mean(y)[:, 0] - theta) ** 2)
    print(f"mixing distribution  {len(estimate.weights_)} atoms, certificate {estimate.certificate_:.1e} nats, "
          f"squared error {better:.2f} (rows themselves {np.mean((y[:, 0] - theta) ** 2):.2f})")
    axes[1, 2].hist(y[:, 0], 60, density=True, alpha=0.3, label="rows")
    axes[1, 2].vlines(estimate.means_[:, 0], 0, estimate.weights_, label="atoms")
    line = np.linspace(y.min(), y.max(), 300)[:, np.newaxis]
    axes[1, 2].plot(line[:, 0], np.exp(estimate.score_samples(line)), label="density")
    axes[1, 2].set_title("GaussianNPMLE")
    axes[1, 2].legend()

    figure.savefig(options.output, dpi=90)
    print(f"picture  {options.output}")


if __name__ == "__main__":
    main()
