"""Factorizations other than the SVD against SciPy, scikit-learn and plain NumPy, in one run, with their errors.

R10 and R11 (rank from a tolerance and stated errors, over many seeds), R12 (one pass over blocks of rows, against
IncrementalPCA), R13 (column ID), R14 (QR with column pivoting) and R16 (pivoted Cholesky of a kernel matrix).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.linalg.interpolative
from sklearn.decomposition import IncrementalPCA

from lithe.lowrank import StreamingSVD, id, qb, qrcp, range_finder, rpcholesky, svd

from accuracy import arguments, dense, in_turn, norm_of
from pivoted_cholesky import squares, trace_left
from report import table

SPECTRA = {"1/i": (lambda i: 1 / i, 0.1), "i^-0.7": (lambda i: i**-0.7, 0.3), "i^-1.5": (lambda i: i**-1.5, 0.01),
           "exp(-i/20)": (lambda i: np.exp(-i / 20), 0.01)}
"""Singular values and the relative errors that are asked for."""


def seconds(times, rows, header, title, digits=3):
    """Print medians and what each method reached, with the time relative to the first."""
    base = np.median(next(iter(times.values())))
    table(title, ["method", "seconds", *header, "time"],
          [[name, float(np.median(t)), *rows[name], f"{np.median(t) / base:.2f}x"] for name, t in times.items()], digits)


def tolerances(seeds):
    """R10: true errors and ranks of `qb`; R11: the estimate of `range_finder` against the truth."""
    found, estimates = [], []
    for name, (law, tol) in SPECTRA.items():
        values = law(np.arange(1.0, 401))
        tails = np.sqrt(np.cumsum(np.square(values)[::-1])[::-1])
        best = max(1, int(np.argmax(np.append(tails, 0) <= tol * tails[0])))
        A = dense(800, 400, values, np.float64)
        errors, ranks, ratios = [], [], []
        for seed in range(seeds):
            Q, B = qb(A, tol, random_state=seed)
            errors.append(norm_of(A - Q @ B) / tails[0])
            ranks.append(len(B))
            basis = range_finder(A, 50, n_oversamples=10, random_state=seed)
            ratios.append(basis.error / norm_of(A - basis.Q @ (basis.Q.T @ A)))
        found.append([name, tol, best, float(np.mean(ranks)), max(ranks) / best, max(errors), sum(e > tol for e in errors)])
        estimates.append([name, *np.quantile(ratios, [0.025, 0.5, 0.975]),
                          float(np.mean([0.9 <= r <= 1.1 for r in ratios]))])
    table(f"R10, qb of 800 x 400 matrices, {seeds} seeds",
          ["singular values", "tol", "best rank", "mean rank", "largest / best", "largest error", "violations"], found)
    table(f"R11, estimated over true error of range_finder, l = 60, {seeds} seeds",
          ["singular values", "2.5 %", "median", "97.5 %", "within 10 %"], estimates)


def streams(m, rounds):
    """R12: rows come in blocks and are seen once."""
    n, r = 1000, 20
    A = dense(m, n, 1 / np.arange(1.0, n + 1), np.float64)
    best = np.sqrt(np.square(1 / np.arange(r + 1.0, n + 1)).sum())

    def stream(model):
        for i in range(0, m, 1000):
            model.partial_fit(A[i:i + 1000])
        return model.components_

    times, found = in_turn({"scikit-learn IncrementalPCA": lambda seed: stream(IncrementalPCA(r)),
                            "lithe StreamingSVD": lambda seed: stream(StreamingSVD(r, random_state=seed))}, rounds)
    rows = {name: [norm_of(A - (A @ V.T) @ V) / best] for name, V in found.items()}
    seconds(times, rows, ["error / best"], f"R12, {m:,} x {n} in blocks of 1,000 rows, rank {r}: medians of {rounds} rounds")


def columns(m, n, rounds):
    """R13: column ID."""
    k = 100
    values = 1 / np.arange(1.0, n + 1)
    A, best = dense(m, n, values, np.float64), np.sqrt(np.square(values[k:]).sum())

    def peer(seed):
        index, proj = scipy.linalg.interpolative.interp_decomp(A, k, rng=seed)
        return A[:, index[:k]], scipy.linalg.interpolative.reconstruct_interp_matrix(index, proj)

    times, found = in_turn({"SciPy interp_decomp": peer, "lithe id": lambda seed: id(A, k, random_state=seed)[1:],
                            "lithe id, strong": lambda seed: id(A, k, strong=True, random_state=seed)[1:]}, rounds)
    rows = {name: [norm_of(A - C @ P) / best] for name, (C, P) in found.items()}
    seconds(times, rows, ["error / best"], f"R13, column ID of {m:,} x {n:,}, k = {k}: medians of {rounds} rounds")


def pivoted(m, n, rounds):
    """R14: QR with column pivoting."""
    A = dense(m, n, np.logspace(0, -10, n), np.float64)
    times, found = in_turn({
        "SciPy qr, pivoting": lambda seed: scipy.linalg.qr(A, mode="economic", pivoting=True, check_finite=False),
        "lithe qrcp": lambda seed: qrcp(A, random_state=seed)[:3]}, rounds)
    rows = {name: [float(np.abs(Q.T @ Q - np.eye(Q.shape[1])).max()), norm_of(A[:, p] - Q @ R) / norm_of(A)]
            for name, (Q, R, p) in found.items()}
    seconds(times, rows, ["orthogonality", "residual"],
            f"R14, QR with column pivoting, {m:,} x {n}, condition 1e10: medians of {rounds} rounds")


def kernel(n, k, rounds):
    """R16: randomly pivoted Cholesky of the Gaussian kernel matrix of n points."""
    X, gamma = np.random.default_rng(0).normal(size=(n, 10)), 0.05

    def gaussian(rows, X):
        return np.exp(-gamma * squares(rows, X))

    times, found = in_turn({
        "NumPy, accelerated": lambda seed: trace_left(X, k, gaussian, np.random.default_rng(seed)),
        "lithe rpcholesky": lambda seed: rpcholesky(X, k, kernel="rbf", gamma=gamma, random_state=seed).relative_error,
        "lithe rpcholesky, float32": lambda seed: rpcholesky(X.astype(np.float32), k, kernel="rbf", gamma=gamma,
                                                             random_state=seed).relative_error}, rounds)
    seconds(times, {name: [value] for name, value in found.items()}, ["relative trace left"],
            f"R16, pivoted Cholesky of a Gaussian kernel, n = {n:,}, rank {k}: medians of {rounds} rounds", 4)


def compact(rounds):
    """The photograph's way: the rank for an error, against the rank given."""
    A = dense(4000, 1000, 1 / np.arange(1.0, 1001), np.float64)
    times, found = in_turn({"svd, k = 61": lambda seed: svd(A, 61, random_state=seed).relative_error,
                            "svd, tol = 0.1": lambda seed: svd(A, tol=0.1, random_state=seed).relative_error}, rounds)
    seconds(times, {name: [value] for name, value in found.items()}, ["relative error"],
            f"A rank found, 4,000 x 1,000, singular values 1/i: medians of {rounds} rounds")


def main():
    options = arguments(__doc__)
    rounds, part = options.rounds, options.part
    tolerances(200 // part)
    compact(rounds)
    streams(100_000 // part, 1 if part == 1 else rounds)
    columns(4000 // part, 2000 // part, rounds)
    pivoted(20_000 // part, 500, rounds)
    kernel(100_000 // part, 1000 // part, rounds)


if __name__ == "__main__":
    main()
