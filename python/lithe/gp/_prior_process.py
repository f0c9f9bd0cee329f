"""A Gaussian process before it has seen data."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._arrays import as_samples, view
from .._run import LONG, RUN, call
from ._kernel import Kernel

_PART = 512  # points whose covariances are looked at together where their variances are needed


class PriorProcess:
    """Predictions and draws of the prior.

    Parameters
    ----------
    kernel : Kernel
    noise : float
        Variance of the noise of observations, `White` parts of the kernel not counted.
    outputs : int or None
        None for one output in arrays of one dimension.
    estimator : str
        Name for messages.
    threads : int
    """

    def __init__(self, kernel: Kernel, noise: float, outputs: int | None, estimator: str, threads: int) -> None:
        self._text = kernel.to_json()
        self._noise = noise
        self._outputs = outputs
        self._estimator = estimator
        self._threads = threads

    def predict(self, X: Any, return_std: bool, return_cov: bool, include_noise: bool) -> Any:
        """Return what `Regression.predict` does: a mean of 0, and standard deviations or covariances."""
        rows = as_samples(X, self._estimator)
        if not np.isfinite(rows).all():
            what = "NaN" if np.isnan(rows).any() else f"infinity or a value too large for {rows.dtype!r}"
            raise ValueError(f"Input X contains {what}.")
        mean = self._repeated(np.zeros(len(rows)))
        if return_cov:
            return mean, self._repeated(self._covariance(rows))
        if not return_std:
            return mean
        parts = [np.diagonal(self._covariance(rows[lo:lo + _PART])) for lo in range(0, len(rows), _PART)]
        variance = np.concatenate(parts) + (self._noise if include_noise else 0.0)
        return mean, self._repeated(np.sqrt(variance))

    def draw(self, X: Any, count: int, seed: int) -> np.ndarray:
        """Return what `Regression.sample_y` does."""
        rows = as_samples(X, self._estimator)
        outputs = self._outputs or 1
        values = np.empty((len(rows), count * outputs))
        call("lithe_gp_sample_prior", self._text, view(rows), seed, view(values), RUN, threads=self._threads, work=LONG)
        return values if self._outputs is None else values.reshape(len(rows), count, outputs).transpose(0, 2, 1)

    def _covariance(self, rows: np.ndarray) -> np.ndarray:
        out = np.empty((len(rows), len(rows)))
        call("lithe_gp_kernel_matrix", self._text, view(rows), view(rows), view(out), RUN, threads=self._threads, work=LONG)
        return out

    def _repeated(self, values: np.ndarray) -> np.ndarray:
        """Return the values once for each output, along a last axis."""
        return values if self._outputs is None else np.repeat(values[..., np.newaxis], self._outputs, axis=-1)
