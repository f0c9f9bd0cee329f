"""What the benchmarks of the room `lowrank` share: matrices of known spectra, methods in turn, accuracy beside time."""

from __future__ import annotations

import argparse
import os
import pathlib
from importlib import metadata

import numpy as np
import scipy.sparse as sp
from sklearn.utils.extmath import randomized_svd

import lithe
from lithe.lowrank import svd

from report import table, timed

try:
    import fbpca
except ImportError:
    fbpca = None


def arguments(doc, names=("scikit-learn", "scipy", "numpy", "fbpca"), results=False):
    """Return the command line, and print the versions of everything installed that takes part.

    `results` is for benchmarks whose rows take minutes: it adds what `isolated.Rows` needs.
    """
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="matrices a tenth as long")
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("LITHE_DATA"),
                        help="folder of the real matrices, see the file's head; default: $LITHE_DATA")
    if results:
        parser.add_argument("--results", type=pathlib.Path, help="file of finished rows, which are not run again")
        parser.add_argument("--pick", default="", help="run only rows whose name contains this")
        parser.add_argument("--splits", type=int, default=1, help="splits of real sets to fit")
    options = parser.parse_args()
    options.part = 10 if options.quick else 1
    print(f"lithe {lithe.__version__}, " + ", ".join(f"{name} {version(name)}" for name in names if version(name))
          + f", {lithe.get_num_threads()} threads")
    return options


def version(name):
    """Return the version of a distribution, or None if it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def stored(folder, name):
    """Return the arrays of a file of real data, or None where there is none."""
    path = pathlib.Path(folder) / f"{name}.npz" if folder else None
    if path is None or not path.exists():
        print(f"\n{name}: left out, no such file (--data)")
        return None
    return np.load(path)


def dense(m, n, values, dtype):
    """Return an m x n matrix with the given singular values."""
    rng = np.random.default_rng(0)
    U = np.linalg.qr(rng.normal(size=(m, n)).astype(dtype))[0]
    V = np.linalg.qr(rng.normal(size=(n, n)).astype(dtype))[0]
    return (U * values.astype(dtype)) @ V.T


def norm_of(A):
    """Return the Frobenius norm, summed in float64."""
    return float(np.sqrt(np.square(A.data if sp.issparse(A) else A, dtype=np.float64).sum()))


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


def in_turn(methods, rounds):
    """Run the methods round by round; return the times of each, and what each gave in the last round."""
    times, results = {name: [] for name in methods}, {}
    for seed in range(rounds):
        for name, run in methods.items():
            results[name], seconds = timed(lambda: run(seed))
            times[name].append(seconds)
    return times, results


def compare(title, A, k, methods, rounds, true=None):
    """Time methods that return (U, s, Vt) and print medians, accuracy and the time relative to the first.

    Columns of U may have any length. Accuracy is that of the last round, against the true singular values, or else against the best of the methods:
    excess (Frobenius norm of what is left, computed and not estimated, above the best, in percent), sigma_k (relative
    error of the last singular value) and residual (largest of |A^T u - s v| and |A v - s u|, relative to s_1).
    """
    times, results = in_turn(methods, rounds)
    norm, errors = norm_of(A), {}
    for name, (U, s, Vt) in results.items():
        order = np.argsort(s)[::-1]
        results[name] = (U / np.linalg.norm(U, axis=0))[:, order], np.asarray(s, dtype=np.float64)[order], Vt[order]
        errors[name] = left_out(A, norm, *results[name])
    if true is None:
        best, last = min(errors.values()), max(s[k - 1] for _, s, _ in results.values())
    else:
        best, last = np.sqrt(np.square(true[k:]).sum()), true[k - 1]
    base = np.median(times[next(iter(methods))])
    rows = []
    for name, t in times.items():
        U, s, Vt = results[name]
        rows.append([name, float(np.median(t)), 100 * max(0.0, errors[name] / best - 1), abs(s[k - 1] / last - 1),
                     residual(A, U, s, Vt), f"{np.median(t) / base:.2f}x"])
    table(f"{title}, k = {k}: medians of {rounds} rounds",
          ["method", "seconds", "excess, %", "sigma_k", "residual", "time"], rows, digits=3)


def residual(A, U, s, Vt):
    """Return the largest residual of a triplet, relative to the largest singular value."""
    right = np.linalg.norm(np.asarray(A @ Vt.T) - U * s.astype(U.dtype), axis=0)
    left = np.linalg.norm(np.asarray(A.T @ U) - Vt.T * s.astype(U.dtype), axis=0)
    return float(max(right.max(), left.max()) / s[0])


def peers(A, k, iterations):
    """Return what scikit-learn, for each number of iterations, and fbpca make of the matrix, by name."""
    found = {f"scikit-learn randomized_svd, n_iter = {q}":
             lambda seed, q=q: randomized_svd(A, k, n_iter=q, random_state=seed) for q in iterations}
    if fbpca is not None:
        found["fbpca, n_iter = 2"] = lambda seed: fbpca.pca(A, k, raw=True, n_iter=2)
    return found


def ours(A, k, *settings):
    """Return lithe's runs by name."""
    return {"lithe" + "".join(f", {name} = {value}" for name, value in s.items()):
            lambda seed, s=s: svd(A, k, random_state=seed, **s) for s in settings}
