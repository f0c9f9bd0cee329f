"""What the benchmarks of the room `gp` share: data with their splits and published parameters, and scores."""

from __future__ import annotations

import json
import pathlib
from typing import Any, NamedTuple

import numpy as np

from accuracy import arguments, stored
from pivoted_cholesky import squares

PEERS = ("scikit-learn", "scipy", "numpy", "torch", "gpytorch", "pykeops")
"""What is named in the head of every log, if installed."""


class Data(NamedTuple):
    """A split of a set of data in units in which the training part has mean 0 and standard deviation 1."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray

    def first(self, n):
        """Return the same with n training points drawn at random."""
        rows = np.random.default_rng(0).permutation(len(self.X))[:n]
        return self._replace(X=self.X[rows], y=self.y[rows])


def options_of(doc):
    """Return the command line of a benchmark of Gaussian processes."""
    return arguments(doc, PEERS, results=True)


def load(folder, name, split=0):
    """Return the split of a set that tests on ``fold == split``, or None where there is no such file."""
    file = stored(folder, f"gp_{name}")
    if file is None:
        return None
    X, y, test = file["X"].astype(np.float64), file["y"].astype(np.float64), file["fold"] == split
    mean, scale = X[~test].mean(axis=0), X[~test].std(axis=0)
    X = (X - mean) / np.where(scale == 0, 1, scale)
    y = (y - y[~test].mean()) / y[~test].std()
    return Data(X[~test], y[~test], X[test], y[test])


def smooth(n, d, noise=0.1, tests=2000):
    """Return generated data: a smooth function of d normal variables, the later ones mattering less, with noise.

    RMSE cannot be below `noise`, nor NLL below log(noise) + 1.419, in the units of the target, whose deviation is about 1.
    """
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n + tests, d))
    Z = X / np.arange(2, d + 2)**0.7
    W = rng.normal(size=(d, 12))
    f = np.sin(Z @ W).sum(axis=1) / np.sqrt(6) + 0.3 * Z[:, 0] * Z[:, -1]
    y = f / f.std() + noise * rng.normal(size=len(f))
    return Data(X[:n], y[:n], X[n:], y[n:])


def published(folder, name, split=0) -> dict[str, Any]:
    """Return noise_scale, signal_scale and length_scale of the Matern-3/2 kernel that others have published for a split."""
    text = (pathlib.Path(folder) / "gp_hyperparameters.json").read_text(encoding="utf-8")
    return json.loads(text)["sets"][name][str(split)]


def matern(signal_scale, length_scale, **_):
    """Return the kernel of published parameters."""
    from lithe.gp.kernels import Matern

    return signal_scale**2 * Matern(np.asarray(length_scale), nu=1.5)


def elements(A, B, values):
    """Return the same kernel's matrix between rows of A and of B, in float64 NumPy."""
    scale = np.asarray(values["length_scale"])
    r = np.sqrt(3 * squares(A / scale, B / scale))
    return values["signal_scale"]**2 * (1 + r) * np.exp(-r)


def scores(y, mean, std):
    """Return RMSE, and NLL: the mean of -log of the predictive density of an observation, in nats."""
    return {"rmse": float(np.sqrt(np.mean((y - mean)**2))),
            "nll": float(np.mean(0.5 * ((y - mean) / std)**2 + np.log(std) + 0.5 * np.log(2 * np.pi)))}
