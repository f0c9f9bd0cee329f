"""Handwritten digits as a mixture of factor analyzers
====================================================

Fits scikit-learn's 1,797 handwritten digits (8 x 8 pixels), prints how well components match digits, and draws each
component's mean, the directions in which it varies, and images sampled from the model.

    python plot_mixture.py
"""

import argparse

import matplotlib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_mutual_info_score

from lithe.mixture import GaussianMixture

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--components", type=int, default=16)
    parser.add_argument("--output", default="digits.png")
    options = parser.parse_args()

    X, digit = load_digits(return_X_y=True)
    train, test = np.arange(len(X)) % 4 != 0, np.arange(len(X)) % 4 == 0
    model = GaussianMixture(options.components, n_factors=3, reg_covar=0.05, n_init=5, random_state=0).fit(X[train])
    found = model.predict(X[test])
    print(f"{model.n_iter_} iterations, {model.n_parameters_:,} parameters")
    print(f"held-out log-likelihood  {model.score(X[test]):.2f} nats per digit")
    print(f"mutual information of components and digits  {adjusted_mutual_info_score(digit[test], found):.2f}")

    samples, _ = model.sample(options.components)
    rows = [("mean", model.means_)]
    for h in range(model.n_factors_):
        loading = model.factor_loadings_[:, :, h]
        rows.append((f"mean + factor {h + 1}", model.means_ + 1.5 * loading))
    rows.append(("samples", samples))
    figure, axes = plt.subplots(len(rows), options.components, figsize=(options.components * 0.7, len(rows) * 0.85))
    for line, (label, images) in zip(axes, rows):
        for axis, image in zip(line, images):
            axis.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
            axis.set_xticks([])
            axis.set_yticks([])
        line[0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
    figure.savefig(options.output, dpi=110, bbox_inches="tight")
    print(f"picture  {options.output}")


if __name__ == "__main__":
    main()
