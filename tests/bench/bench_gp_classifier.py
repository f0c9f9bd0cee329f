"""Gaussian process classification beside scikit-learn's: time and memory of a complete fit, accuracy, log loss, likelihood.

Random parts of spambase (two classes), optdigits (ten) and covtype (seven), features standardised; the rest, at most 2,000
rows, are for testing. Kernels are a constant times RBF with one length scale, trained from 1 and the root of the number of
features. "At the mode" means probabilities without variances. Needs the folder of data (--data). With --results a broken run
goes on where it ended.
"""

from __future__ import annotations

import numpy as np
from accuracy import stored
from isolated import Meter, Rows
from regression import options_of
from report import table

TESTED = 2000


def part(folder, name, n):
    """Return n random rows to train on and others to test, with their labels."""
    file = stored(folder, f"clf_{name}")
    X, y = file["X"].astype(np.float64), file["y"]
    order = np.random.default_rng(0).permutation(len(y))
    train, test = order[:n], order[n:n + TESTED]
    mean, std = X[train].mean(axis=0), X[train].std(axis=0)
    X = (X - mean) / np.where(std > 0, std, 1.0)
    return X[train], y[train], X[test], y[test]


def fitted(folder, name, n, method, settings):
    """Fit with a library, and judge the probabilities of the test rows."""
    from sklearn.metrics import log_loss

    if method == "scikit-learn":
        from sklearn.gaussian_process import GaussianProcessClassifier
        from sklearn.gaussian_process.kernels import RBF
        model = GaussianProcessClassifier(random_state=0)
    else:
        from lithe.gp import GaussianProcessClassifier
        from lithe.gp.kernels import RBF
        model = GaussianProcessClassifier(random_state=0, **settings)
    X, y, Z, labels = part(folder, name, n)
    model.set_params(kernel=1.0 * RBF(np.sqrt(X.shape[1])))
    with Meter() as fit:
        model.fit(X, y)
    with Meter() as predict:
        p = model.predict_proba(Z)
    return {"fit": fit.facts(), "predict": predict.facts(), "accuracy": float((model.classes_[p.argmax(axis=1)] == labels).mean()),
            "loss": float(log_loss(labels, p, labels=model.classes_)), "mll": float(model.log_marginal_likelihood_value_) / n}


def compare(run, folder, title, name, cases, limit=900.0):
    """Print a row for each (method, n, settings) that takes less than a limit, in seconds."""
    rows = []
    for method, n, settings in cases:
        facts = run(f"classifier / {name} / {method} / {n}", fitted, folder, name, n, method, settings, limit=limit)
        if facts is not None:
            rows.append([method, n, facts["fit"]["seconds"], facts["fit"]["cpu"], facts["predict"]["seconds"], facts["fit"]["peak"],
                         facts["accuracy"], facts["loss"], facts["mll"]])
    if rows:
        table(title, ["method", "n", "fit, s", "fit, CPU s", "predict, s", "peak MB", "accuracy", "log loss", "MLL / n"], rows)


def main():
    options = options_of(__doc__)
    folder, run = options.data, Rows(options.results, options.pick)
    if stored(folder, "clf_spambase") is None:
        return
    sizes = [300] if options.quick else [1000, 2000]
    large = 600 if options.quick else 10_000
    compare(run, folder, "Two classes: spambase", "spambase", [
        (method, n, {}) for n in sizes for method in ("scikit-learn", "lithe")] + [("lithe, cg", max(sizes), {"solver": "cg"})])
    compare(run, folder, "Ten classes: optdigits", "optdigits", [
        ("scikit-learn", sizes[0], {}), ("lithe, one_vs_rest", sizes[0], {}),
        ("lithe, one_vs_rest, at the mode", sizes[0], {"variance": "none"}),
        ("lithe, softmax", sizes[0], {"multi_class": "softmax"}),
        ("lithe, softmax, at the mode", sizes[0], {"multi_class": "softmax", "variance": "none"})])
    compare(run, folder, "Seven classes, many points: covtype", "covtype15k", [
        ("lithe, one_vs_rest, cg", large, {"solver": "cg"}),
        ("lithe, softmax, cg", large, {"multi_class": "softmax", "solver": "cg"})])


if __name__ == "__main__":
    main()
