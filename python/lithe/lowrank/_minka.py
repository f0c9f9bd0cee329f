"""How many principal components are more than noise, by Minka's criterion."""

from __future__ import annotations

import math

import numpy as np


def dimension(variances: np.ndarray, n_samples: int) -> int:
    """Return the number of components with the largest evidence in a probabilistic principal component analysis.

    Laplace's approximation of the evidence, from T. P. Minka: Automatic choice of dimensionality for PCA, NeurIPS 2000.
    O(d^3) operations.

    Parameters
    ----------
    variances : ndarray of shape (d,)
        All eigenvalues of the covariance matrix, decreasing.
    n_samples : int

    Returns
    -------
    k : int
        Below d, except for d = 1. Where some variances are nothing but rounding the number of the others.
    """
    d = len(variances)
    found = int(np.count_nonzero(variances > d * np.finfo(np.float64).eps * variances[0]))
    if found < d or d == 1:
        return max(1, found)
    v, k = variances / variances[0], np.arange(1, d)
    noise = np.cumsum(v[::-1])[::-1][1:] / (d - k)
    halves = (d - k + 1) / 2
    log_volume = np.cumsum([math.lgamma(h) - h * math.log(math.pi) for h in halves]) - k * math.log(2)
    # The curvature has a factor for each i < k and j > i; those with j < k do not change when k grows.
    gaps = np.triu(_log(v[:, None] - v[None, :]), 1)
    within = np.cumsum([0.0] + [gaps[:j, j].sum() + _log(1 / v[j] - 1 / v[:j]).sum() for j in range(1, d - 1)])
    beyond = np.array([gaps[:i, i:].sum() + (d - i) * _log(1 / s - 1 / v[:i]).sum() for i, s in zip(k, noise)])
    pairs = d * k - k * (k + 1) / 2
    evidence = (log_volume - n_samples / 2 * (np.cumsum(np.log(v))[:-1] + (d - k) * np.log(noise))
                + (pairs + k) / 2 * math.log(2 * math.pi) - (within + beyond) / 2
                - (pairs + k) / 2 * math.log(n_samples))
    return int(k[np.argmax(evidence)])


def _log(differences: np.ndarray) -> np.ndarray:
    """Return logarithms of differences, of equal numbers too."""
    logs: np.ndarray = np.log(np.maximum(differences, np.finfo(np.float64).tiny))
    return logs
