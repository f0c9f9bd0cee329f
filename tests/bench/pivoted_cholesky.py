"""Accelerated, randomly pivoted Cholesky in plain NumPy: what lithe's is measured against."""

from __future__ import annotations

import numpy as np
import scipy.linalg


def trace_left(X, k, kernel, rng):
    """Return the part of the trace that k pivots leave of ``kernel(X, X)``, whose diagonal is 1.

    ``kernel(rows, X)`` gives the elements of some rows. Pivots are proposed many at a time and accepted so that they have
    the law of single draws (Epperly, Tropp and Webber, 2025).
    """
    n = len(X)
    F, left, rank = np.zeros((k, n)), np.ones(n), 0
    while rank < k:
        block = min(max(k // 10, 10), k - rank)
        ids = np.unique(rng.choice(n, block, p=left / left.sum()))
        rng.shuffle(ids)
        rows = kernel(X[ids], X)
        rows -= F[:rank, ids].T @ F[:rank]
        H, chances, kept = rows[:, ids].copy(), left[ids].copy(), []
        for j in range(len(ids)):
            if H[j, j] > 0 and rng.random() * chances[j] < H[j, j]:
                kept.append(j)
                H -= np.outer(H[:, j], H[j]) / H[j, j]
        L = np.linalg.cholesky(rows[np.ix_(kept, ids[kept])] + 1e-14 * np.eye(len(kept)))
        F[rank:rank + len(kept)] = scipy.linalg.solve_triangular(L, rows[kept], lower=True, check_finite=False)
        left = np.maximum(left - np.square(F[rank:rank + len(kept)]).sum(0), 0)
        rank += len(kept)
    return float(left.sum() / n)


def squares(rows, X):
    """Return squared distances of some points to all."""
    S = np.square(rows).sum(1)[:, None] + np.square(X).sum(1) - 2 * rows @ X.T
    return np.maximum(S, 0, out=S)
