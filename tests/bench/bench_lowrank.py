"""Singular value decompositions of dense matrices against scikit-learn and fbpca, in one run.

R1 (float64, singular values 1/i; R2 asks for a thirtieth of scikit-learn's error, R3 for a fiftieth of fbpca's), the
same kept by columns, R5 (float32, k = 10, singular values 0.9^i over a floor) and the handwritten digits. With --data
also R4, PCA of Fashion-MNIST (img_fashion_mnist.npz: X), and the photograph of svd_tiger.npz (X).

"auto" of scikit-learn is n_iter = 7 for k below a tenth of the shorter side, and 4 otherwise. fbpca takes part where it
is installed.
"""

from __future__ import annotations

import numpy as np
import sklearn.decomposition
from sklearn.datasets import load_digits

from lithe.lowrank import PCA

from accuracy import arguments, compare, dense, in_turn, ours, peers, stored
from report import table


def pca(title, X, k, solvers, rounds):
    """Fit estimators with each of scikit-learn's solvers and with lithe's."""
    methods = {f"scikit-learn PCA, {solver}":
               lambda seed, s=solver: sklearn.decomposition.PCA(k, svd_solver=s, random_state=seed).fit(X)
               for solver in solvers}
    methods["lithe PCA"] = lambda seed: PCA(k, random_state=seed).fit(X)
    times, models = in_turn(methods, rounds)
    Z = X - X.mean(axis=0)
    true = np.sqrt(np.linalg.eigvalsh(Z.T @ Z)[::-1][:k])
    base = np.median(next(iter(times.values())))
    table(f"{title}, {X.shape[0]:,} x {X.shape[1]}, k = {k}: medians of {rounds} rounds",
          ["method", "ms", "largest error of a singular value", "time"],
          [[name, 1e3 * float(np.median(t)), float(np.abs(models[name].singular_values_ / true - 1).max()),
            f"{np.median(t) / base:.2f}x"] for name, t in times.items()], digits=3)


def main():
    options = arguments(__doc__)
    rounds, part = options.rounds, options.part
    pca("PCA of the digits", load_digits(return_X_y=True)[0], 20, ["auto", "full", "covariance_eigh"], 10 * rounds)

    m, n = 20_000 // part, 2000
    values = 1 / np.arange(1.0, n + 1)
    A = dense(max(m, n), n, values, np.float64)
    compare(f"R1-R3, dense float64, {len(A):,} x {n:,}, singular values 1/i", A, 50,
            peers(A, 50, (2, 4, 7)) | ours(A, 50, {}, {"tol": 1e-2}, {"max_passes": 6}), rounds, values)
    columns = np.asfortranarray(A)
    compare(f"The same kept by columns, {len(A):,} x {n:,}", columns, 50,
            peers(columns, 50, (7,)) | ours(columns, 50, {}), rounds, values)
    del A, columns

    values = np.maximum(0.9 ** np.arange(n), 1e-3)
    A = dense(50_000 // part, n, values, np.float32)
    compare(f"R5, dense float32, {len(A):,} x {n:,}, singular values 0.9^i over 0.001", A, 10,
            peers(A, 10, (2, 4, 7)) | ours(A, 10, {}), rounds, values)
    del A

    photograph = stored(options.data, "svd_tiger")
    if photograph is not None:
        A = photograph["X"].astype(np.float64)
        compare(f"Photograph of a tiger, {len(A):,} x {A.shape[1]:,}", A, 100,
                peers(A, 100, (4, 7)) | ours(A, 100, {}, {"max_passes": 6}), rounds, np.linalg.svd(A, compute_uv=False))
    clothes = stored(options.data, "img_fashion_mnist")
    if clothes is not None:
        X = clothes["X"][:60_000 // part].reshape(-1, 784).astype(np.float64)
        pca("R4, PCA of Fashion-MNIST", X, 50, ["randomized", "covariance_eigh"], rounds)


if __name__ == "__main__":
    main()
