"""Singular value decompositions against scikit-learn, SciPy and fbpca in one run, the accuracy next to every time.

The matrices are R1 (dense, float64, singular values 1/i), R5 (dense, float32, singular values 0.9^i over a floor), R7
(sparse, CSR, row and column counts of a power law) and the handwritten digits. Accuracy is measured against the true
singular values where the matrix is made from them, and against the best of all methods otherwise, in the last round:

- excess: Frobenius norm of A - U diag(s) V^T, computed and not estimated, above the best of that rank, in percent;
- sigma_k: relative error of the last singular value.

fbpca takes part where it is installed. `--quick` shrinks everything tenfold.
"""

from __future__ import annotations

import argparse
from importlib import metadata

import numpy as np
import scipy
import scipy.sparse as sp
import sklearn
import sklearn.decomposition
from scipy.sparse.linalg import svds
from sklearn.datasets import load_digits
from sklearn.utils.extmath import randomized_svd

import lithe
from lithe.lowrank import PCA, TruncatedSVD, svd

from report import table, timed

try:
    import fbpca
except ImportError:
    fbpca = None


def left_out(A, norm, U, s, Vt):
    """Return the Frobenius norm of A - U diag(s) V^T for orthonormal U and V, also for a sparse A."""
    U, Vt = U.astype(np.float64), Vt.astype(np.float64)
    if sp.issparse(A):
        inner = np.einsum("ij,ij->j", U, np.asarray(A @ Vt.T))
        return np.sqrt(max(0.0, norm**2 - 2 * (inner * s).sum() + (s**2).sum()))
    total = 0.0
    for i in range(0, len(A), 2000):
        total += np.square(A[i:i + 2000] - (U[i:i + 2000] * s) @ Vt).sum()
    return np.sqrt(total)


def compare(title, A, k, methods, rounds, true=None):
    """Time the methods round by round and print medians, accuracy and the speed relative to the first."""
    times, results = {name: [] for name in methods}, {}
    for seed in range(rounds):
        for name, run in methods.items():
            results[name], seconds = timed(lambda: run(seed))
            times[name].append(seconds)
    squares = A.data if sp.issparse(A) else A
    norm = np.sqrt(np.square(squares, dtype=np.float64).sum())
    errors = {}
    for name, (U, s, Vt) in results.items():
        order = np.argsort(s)[::-1]
        results[name] = U[:, order], np.asarray(s, dtype=np.float64)[order], Vt[order]
        errors[name] = left_out(A, norm, *results[name])
    if true is None:
        best, last = min(errors.values()), max(s[k - 1] for _, s, _ in results.values())
    else:
        best, last = np.sqrt(np.square(true[k:]).sum()), true[k - 1]
    base = np.median(times[next(iter(methods))])
    table(f"{title}, k = {k}: medians of {rounds} rounds", ["method", "seconds", "excess, %", "sigma_k", "speed"],
          [[name, float(np.median(t)), 100 * max(0.0, errors[name] / best - 1), abs(results[name][1][k - 1] / last - 1),
            f"{base / np.median(t):.2f}x"] for name, t in times.items()], digits=3)


def dense(m, n, values, dtype):
    """Return an m x n matrix with the given singular values."""
    rng = np.random.default_rng(0)
    U = np.linalg.qr(rng.normal(size=(m, n)).astype(dtype))[0]
    V = np.linalg.qr(rng.normal(size=(n, n)).astype(dtype))[0]
    return (U * values.astype(dtype)) @ V.T


def sparse(m, n, nnz):
    """Return a sparse matrix whose entries crowd in popular rows and columns, with values of a tf-idf kind."""
    rng = np.random.default_rng(0)
    rows = (m * rng.random(nnz) ** 1.5).astype(np.int32)
    columns = (n * rng.random(nnz) ** 3).astype(np.int32)
    A = sp.coo_array((rng.exponential(size=nnz), (rows, columns)), shape=(m, n)).tocsr()
    A.sum_duplicates()
    return A


def peers(A, k, iterations):
    """Return what scikit-learn and fbpca make of the matrix, by name."""
    found = {f"scikit-learn randomized_svd, n_iter = {q}":
             lambda seed, q=q: randomized_svd(A, k, n_iter=q, random_state=seed) for q in iterations}
    if fbpca is not None:
        found["fbpca, n_iter = 2"] = lambda seed: fbpca.pca(A, k, raw=True, n_iter=2)
    return found


def ours(A, k, *settings):
    """Return lithe's runs by name."""
    return {"lithe" + "".join(f", {name} = {value}" for name, value in s.items()):
            lambda seed, s=s: svd(A, k, random_state=seed, **s) for s in settings}


def pca(rounds):
    """PCA of the digits, 1,797 x 64: estimators against estimators."""
    X = load_digits(return_X_y=True)[0]
    full = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    rows, base = [], 0.0
    for name, make in {"scikit-learn PCA": lambda seed: sklearn.decomposition.PCA(20, random_state=seed),
                       "lithe PCA": lambda seed: PCA(20, random_state=seed)}.items():
        times = []
        for seed in range(10 * rounds):
            model, seconds = timed(lambda: make(seed).fit(X))
            times.append(seconds)
        base = base or np.median(times)
        wrong = np.abs(model.singular_values_ / full[:20] - 1).max()
        rows.append([name, 1e3 * float(np.median(times)), float(wrong), f"{base / np.median(times):.2f}x"])
    table(f"PCA of the digits, {X.shape[0]} x {X.shape[1]}, k = 20: medians of {10 * rounds} rounds",
          ["method", "ms", "largest error of a singular value", "speed"], rows, digits=3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="matrices a tenth as long")
    options = parser.parse_args()
    part = 10 if options.quick else 1
    fb = f"fbpca {metadata.version('fbpca')}" if fbpca is not None else "no fbpca"
    print(f"lithe {lithe.__version__}, scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}, "
          f"NumPy {np.__version__}, {fb}, {lithe.get_num_threads()} threads")

    pca(options.rounds)
    m, n = 20_000 // part, 2000
    n = min(n, m)
    values = 1 / np.arange(1.0, n + 1)
    A = dense(m, n, values, np.float64)
    compare(f"R1, dense float64, {m:,} x {n:,}, singular values 1/i", A, 50,
            peers(A, 50, (2, 4)) | ours(A, 50, {}, {"tol": 1e-2}, {"max_passes": 6}), options.rounds, values)
    columns = np.asfortranarray(A)
    compare(f"R2, the same kept by columns, {m:,} x {n:,}", columns, 50,
            peers(columns, 50, (4,)) | ours(columns, 50, {}), options.rounds, values)
    del A, columns

    m = 50_000 // part
    values = np.maximum(0.9 ** np.arange(n), 1e-3)
    A = dense(m, n, values, np.float32)
    compare(f"R5, dense float32, {m:,} x {n:,}, singular values 0.9^i over 0.001", A, 10,
            peers(A, 10, (2, 4)) | ours(A, 10, {}), options.rounds, values)
    del A

    A = sparse(200_000 // part, 50_000 // part, 4_000_000 // part)
    single = A.astype(np.float32)
    estimators = {
        "scikit-learn TruncatedSVD":
            lambda seed: attributes(sklearn.decomposition.TruncatedSVD(50, random_state=seed), A),
        "lithe TruncatedSVD": lambda seed: attributes(TruncatedSVD(50, random_state=seed), A),
        "SciPy svds": lambda seed: svds(A, 50, random_state=seed),
    }
    compare(f"R7, sparse float64, {A.shape[0]:,} x {A.shape[1]:,}, {A.nnz:,} entries", A, 50,
            estimators | ours(A, 50, {}), options.rounds)
    compare("R8, the same in float32", single, 50,
            peers(single, 50, (5,)) | ours(single, 50, {}), options.rounds)


def attributes(model, A):
    """Fit a TruncatedSVD with its scores, and return its triplets."""
    scores = model.fit_transform(A)
    return scores / model.singular_values_, model.singular_values_, model.components_


if __name__ == "__main__":
    main()
