"""Least-squares support vector machines beside LIBSVM, scikit-learn's SVC: S11, at equal accuracy and for n = 20,000.

Overlapping clusters of two classes, 20,000 x 20, and letters, of which 16,000 x 16 train 26 classes. Each method is trained
with some values of C, and the time that counts is that of the smallest C whose accuracy is within 0.2 % of the best of SVC.
LIBSVM works on one thread; processor seconds stand beside wall seconds. Letters need the folder of data (--data).
"""

from __future__ import annotations

import numpy as np
from accuracy import stored
from isolated import Meter, Rows
from regression import options_of
from report import table

SLACK = 0.002


def clusters(n):
    """Return overlapping clusters of two classes, and as many as a quarter of them for tests."""
    from sklearn.datasets import make_classification
    X, y = make_classification(n + n // 4, 20, n_informative=12, n_redundant=4, n_clusters_per_class=6, class_sep=0.8,
                               flip_y=0.05, random_state=0)
    return X, y, n


def letters(folder, n):
    """Return the letters in a random order, of which those behind the first n are for tests."""
    file = stored(folder, "clf_letter")
    order = np.random.default_rng(0).permutation(len(file["y"]))
    return file["X"][order].astype(np.float64), file["y"][order], n


def trained(make, arguments, method, C):
    """Train on standardised features and count right decisions."""
    X, y, n = make(*arguments)
    X = (X - X[:n].mean(axis=0)) / X[:n].std(axis=0)
    if method == "SVC":
        from sklearn.svm import SVC
        model = SVC(C=C)
    else:
        from lithe.gp import LeastSquaresSVC
        model = LeastSquaresSVC(C=C, random_state=0)
        LeastSquaresSVC().fit(X[:50], y[:50])  # loads the library
    with Meter() as fit:
        model.fit(X[:n], y[:n])
    rest = slice(n, n + 5000)
    with Meter() as predict:
        accuracy = float((model.predict(X[rest]) == y[rest]).mean())
    return {"fit": fit.facts(), "predict": predict.facts(), "accuracy": accuracy,
            "iterations": int(np.max(model.n_iter_))}


def compare(run, title, make, arguments, values):
    """Print a row for each method and C, and the ratio of times at equal accuracy."""
    rows, found = [], {"SVC": [], "lithe": []}
    for C in values:
        for method, list_of in found.items():
            facts = run(f"svm / {title} / {method} / {C}", trained, make, arguments, method, C)
            if facts is not None:
                list_of.append(facts)
                rows.append([method, C, facts["fit"]["seconds"], facts["fit"]["cpu"], facts["predict"]["seconds"],
                             facts["fit"]["peak"], facts["accuracy"], facts["iterations"]])
    if not rows:
        return
    table(title, ["method", "C", "fit, s", "fit, CPU s", "predict, s", "peak MB", "accuracy", "iterations"], rows)
    if all(found.values()):
        wanted = max(facts["accuracy"] for facts in found["SVC"]) - SLACK
        theirs, ours = (next((facts for facts in list_of if facts["accuracy"] >= wanted), None) for list_of in found.values())
        if ours is not None:
            print(f"\nS11, {title}: {theirs['fit']['seconds'] / ours['fit']['seconds']:.1f} times as fast as SVC at accuracy "
                  f"{ours['accuracy']:.4f} against {theirs['accuracy']:.4f} ({theirs['fit']['cpu'] / ours['fit']['cpu']:.1f} times in "
                  f"processor seconds)", flush=True)


def main():
    options = options_of(__doc__)
    run = Rows(options.results, options.pick)
    n = 3000 if options.quick else 20_000
    compare(run, f"clusters, {n} x 20, 2 classes", clusters, (n,), (1.0, 10.0))
    if stored(options.data, "clf_letter") is not None:
        n = 3000 if options.quick else 16_000
        compare(run, f"letters, {n} x 16, 26 classes", letters, (options.data, n), (1.0, 10.0, 20.0, 100.0))


if __name__ == "__main__":
    main()
