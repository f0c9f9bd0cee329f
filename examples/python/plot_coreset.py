"""What a weighted subset is worth
===============================

Three questions about subsets. How near do selected rows come to all rows, beside as many random ones and beside the least
loss that any subset of the size can have? How well does a network learn from a part of the data, by the way that part was
chosen? And what does the same loss cost in gradient evaluations?

Every way of choosing stands beside the baselines that are easily forgotten: a fresh random subset for each epoch, and all of
the data for as many steps. The images are scikit-learn's digits. A folder of real data may hold img_fashion_mnist.npz, of
which the first 5,000 images are taken instead.

    python plot_coreset.py
"""

import argparse
import os
import time
from pathlib import Path

import matplotlib
import numpy as np
from sklearn.datasets import load_digits

from lithe.coreset import FacilityLocation, train_mlp

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

WAYS = {"random": "random, one for all epochs", "stratified": "random by class, every 5 epochs", "fresh": "random, every epoch",
        "craig": "CRAIG, every 5 epochs", "adacore": "AdaCore, every 5 epochs"}
STYLES = {"random": "C7o:", "stratified": "C1v:", "fresh": "C2s--", "craig": "C0^-", "adacore": "C3D-"}


def images(folder):
    """Training and test images as rows, scaled, with their classes."""
    path = folder / "img_fashion_mnist.npz"
    if path.exists():
        with np.load(path) as data:
            X, y, test = data["X"].reshape(len(data["X"]), -1), data["y"].astype(np.int64), data["is_test"]
        train, held = np.flatnonzero(~test)[:5000], np.flatnonzero(test)[:4000]
        what = "Fashion-MNIST"
    else:
        X, y = load_digits(return_X_y=True)
        order = np.random.default_rng(0).permutation(len(X))
        train, held, what = order[:1280], order[1280:], "digits"
    X = X.astype(np.float32)
    X = (X - X[train].mean(axis=0)) / X[train].std()
    return X[train], y[train], X[held], y[held], what


def representatives(ax, rng):
    """Clusters in the plane, and the rows that stand for them."""
    X = np.concatenate([c + s * rng.normal(size=(n, 2)) for c, s, n in
                        (((0, 0), 1.0, 2500), ((5, 1), 0.5, 1000), ((2, 5), 0.8, 1000), ((6, 5), 0.25, 400), ((9, 3), 0.2, 100))])
    subset = FacilityLocation(40).fit(X)
    print(f"plane: {len(subset.indices_)} of {len(X)} rows by engine {subset.engine_}, loss {subset.loss_:.0f}; "
          f"no 40 rows have less than {subset.loss_bound_:.0f}")
    ax.plot(*X.T, ".", color="C7", ms=2, alpha=0.5)
    ax.scatter(*X[subset.indices_].T, s=subset.weights_, color="C3", alpha=0.7, edgecolor="white", zorder=3)
    ax.set(title=f"{len(X)} points and 40 that stand for them;\narea: points that each stands for", aspect="equal")
    return X


def losses(ax, X, rng):
    """L(S) over the size of S: greedy, stochastic greedy, random, and what no subset can be below."""
    sizes = [10, 20, 40, 80, 160, 320, 640]
    greedy = [FacilityLocation(k).fit(X) for k in sizes]
    quick = [FacilityLocation(k, engine="stochastic", epsilon=0.1, random_state=0).fit(X).loss_ for k in sizes]
    chance = [np.mean([FacilityLocation(k).fit(X, initial=rng.choice(len(X), k, replace=False)).loss_ for _ in range(3)])
              for k in sizes]
    exact, bound = [g.loss_ for g in greedy], [g.loss_bound_ for g in greedy]
    print(f"{'rows':>5}  {'random':>8}  {'stochastic':>10}  {'greedy':>8}  {'bound':>8}  {'certificate':>11}")
    for k, g, r, q in zip(sizes, greedy, chance, quick):
        print(f"{k:>5}  {r:>8.1f}  {q:>10.1f}  {g.loss_:>8.1f}  {g.loss_bound_:>8.1f}  {g.certificate_:>11.3f}")
    assert all(b <= e < r for b, e, r in zip(bound, exact, chance))
    ax.loglog(sizes, chance, "C7o:", label="random")
    ax.loglog(sizes, quick, "C2s--", label="stochastic, epsilon = 0.1")
    ax.loglog(sizes, exact, "C0^-", label="exact greedy")
    ax.fill_between(sizes, bound, exact, color="C0", alpha=0.2, label="where the best subset is")
    ax.set(title="how near all are to the nearest of k", xlabel="k", ylabel="sum of distances L(S)")
    ax.legend()


def learn(data, seeds, **options):
    """Networks trained with several seeds, all with the same step size; large weights would ask for a smaller one."""
    X, y, X_test, y_test, _ = data
    shape = {"hidden_layer_sizes": (32,), "batch_size": 16, "learning_rate": 0.05}
    if X.shape[1] > 100:
        shape = {"hidden_layer_sizes": (128,), "batch_size": 25, "learning_rate": 0.02}
    return [train_mlp(X, y, X_test, y_test, max_weight=4, random_state=s, **shape, **options) for s in range(seeds)]


def mean_of(networks, column):
    return np.mean([getattr(n.trace_, column) for n in networks], axis=0)


def accuracies(ax, data, fractions, epochs, seeds):
    """Accuracy over the size of the subset, and the networks of the size in the middle."""
    middle = fractions[len(fractions) // 2]
    full = learn(data, seeds, subset="full", max_iter=epochs)
    best = mean_of(full, "test_accuracy")[-1]
    short = [mean_of(learn(data, seeds, subset="full", max_iter=max(1, round(f * epochs))), "test_accuracy")[-1] for f in fractions]
    print(f"\n{data[4]}: {len(data[0])} images, {epochs} epochs, mean of {seeds} seeds; all data {best:.1%}, forwards not counted")
    print(f"{'':34}" + "".join(f"  {f:>6.0%}" for f in fractions) + "  seconds, of which selection")
    print(f"{'all of the data, as many steps':34}" + "".join(f"  {a:>6.1%}" for a in short))
    kept = {"full": full}
    for way, name in WAYS.items():
        runs = [learn(data, seeds, subset=way, fraction=f, max_iter=epochs) for f in fractions]
        scores = [mean_of(r, "test_accuracy")[-1] for r in runs]
        spent = [np.sum([mean_of(r, c)[-1] for r in runs]) for c in ("seconds", "selection_seconds")]
        print(f"{name:34}" + "".join(f"  {a:>6.1%}" for a in scores) + f"  {spent[0]:>7.2f}  {spent[1]:.2f}", flush=True)
        ax.semilogx(fractions, scores, STYLES[way], label=name)
        kept[way] = runs[fractions.index(middle)]
    ax.semilogx(fractions, short, "kx-.", label="all data, as many steps", lw=0.8)
    ax.axhline(best, color="k", lw=0.8, label="all data, all epochs")
    ax.set(title=f"{data[4]}: a network after {epochs} epochs on a subset", xlabel="part of the data in the subset",
           ylabel="accuracy on test data", xticks=fractions, xticklabels=[f"{f:.0%}" for f in fractions])
    ax.minorticks_off()
    ax.legend(fontsize=8)
    return kept, middle


def costs(ax, kept, fraction):
    """Loss on all of the data over gradient evaluations."""
    for way, networks in kept.items():
        style = STYLES.get(way, "k-")
        ax.loglog(mean_of(networks, "gradients"), mean_of(networks, "loss"), style[:2] + style[-1], lw=1.5,
                  label="all data" if way == "full" else WAYS[way])
    ax.set(title=f"the same loss by how many gradients, subsets of {fraction:.0%}", xlabel="gradients evaluated in steps",
           ylabel="loss on all of the training data")
    ax.legend(fontsize=8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LITHE_DATA", ".")), help="folder of real data")
    parser.add_argument("--fractions", type=float, nargs="+", default=[0.02, 0.05, 0.1, 0.2, 0.5])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--output", default="coreset.png")
    options = parser.parse_args()
    rng, began = np.random.default_rng(0), time.perf_counter()
    data = images(options.data)

    figure, axes = plt.subplots(2, 2, figsize=(13, 9.5), layout="constrained")
    X = representatives(axes[0, 0], rng)
    losses(axes[0, 1], X, rng)
    kept, middle = accuracies(axes[1, 0], data, options.fractions, options.epochs, options.seeds)
    costs(axes[1, 1], kept, middle)
    figure.savefig(options.output, dpi=90)
    print(f"{time.perf_counter() - began:.1f} s; picture  {options.output}")


if __name__ == "__main__":
    main()
