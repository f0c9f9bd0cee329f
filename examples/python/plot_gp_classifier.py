"""Three classes in a plane: probabilities, and where nothing is known
====================================================================

Fits a Gaussian process classifier with a softmax of three latent functions, draws the probability of the most probable
class, and compares its log loss with one against the rest.

    python plot_gp_classifier.py
"""

import argparse

import matplotlib
import numpy as np

from lithe.gp import GaussianProcessClassifier
from lithe.gp.kernels import RBF

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def spirals(rng, n):
    """Three arms of a spiral, with noise."""
    arm = rng.integers(0, 3, n)
    turn = rng.uniform(0.3, 1.4, n)
    angle = 2.4 * turn + 2 * np.pi / 3 * arm + 0.45 * rng.normal(size=n)
    return turn[:, np.newaxis] * np.c_[np.cos(angle), np.sin(angle)], np.array(["red", "green", "blue"])[arm]


def log_loss(model, X, y):
    """Mean of minus the logarithm of the probability of what came."""
    p = model.predict_proba(X)
    return -np.log(p[np.arange(len(y)), np.searchsorted(model.classes_, y)]).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=240)
    parser.add_argument("--output", default="gp_classifier.png")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    X, y = spirals(rng, options.points)
    tests, labels = spirals(rng, 1000)

    models = {}
    for multi_class in ("softmax", "one_vs_rest"):
        model = GaussianProcessClassifier(1.0 * RBF([1.0, 1.0]), multi_class=multi_class, random_state=0).fit(X, y)
        print(f"{multi_class}: log loss {log_loss(model, tests, labels):.3f}, {model.score(tests, labels):.1%} right, "
              f"{model.n_iter_} iterations")
        models[multi_class] = model
    softmax = models["softmax"]
    print(f"  {softmax.kernel_}, log-likelihood {softmax.log_marginal_likelihood_value_:.1f}")
    assert softmax.score(tests, labels) > 0.9

    axis = np.linspace(-3, 3, 60)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    figure, panels = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained", sharey=True)
    for panel, (name, model) in zip(panels, models.items()):
        p = model.predict_proba(grid)
        shade = panel.pcolormesh(axis, axis, p.max(axis=1).reshape(60, 60), vmin=1 / 3, vmax=1, cmap="Greys", alpha=0.7)
        for k, color in enumerate(model.classes_):
            panel.contour(axis, axis, p[:, k].reshape(60, 60), levels=[0.5], colors=[color])
            panel.scatter(*X[y == color].T, s=9, color=color)
        panel.set_title(f"{name}: probability of the most probable class")
        panel.set_aspect("equal")
    figure.colorbar(shade, ax=panels)
    figure.savefig(options.output, dpi=110)
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
