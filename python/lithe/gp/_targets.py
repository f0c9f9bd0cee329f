"""Targets and variances given by a user."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .._arrays import as_numbers
from .._sklearn import DataConversionWarning


def as_targets(y: Any, n_samples: int, estimator: str, several: bool = False) -> np.ndarray:
    """Return float64 targets of shape (n_samples,) or, where several outputs will do, (n_samples, n_outputs).

    Raises
    ------
    ValueError
        If there are none, too few, or NaN or infinity among them, with scikit-learn's wording.
    """
    if y is None:
        raise ValueError(f"{estimator} requires y to be passed, but the target y is None.")
    array = as_numbers(y, "y").astype(np.float64)
    if array.ndim == 2 and array.shape[1] == 1:
        if not several:
            warnings.warn("A column-vector y was passed when a 1d array was expected. Please change the shape of y to "
                          "(n_samples,), for example using ravel().", DataConversionWarning, stacklevel=3)
        array = array.ravel()
    if not (array.ndim == 1 or several and array.ndim == 2 and array.shape[1] > 0):
        wanted = "a 1d or 2d array" if several else "a 1d array"
        hint = "" if several else " Fit a model for each target."
        raise ValueError(f"y should be {wanted}, got an array of shape {array.shape} instead.{hint}")
    if len(array) != n_samples:
        raise ValueError(f"Found input variables with inconsistent numbers of samples: [{n_samples}, {len(array)}]")
    if not np.isfinite(array).all():
        what = "NaN" if np.isnan(array).any() else "infinity or a value too large for dtype('float64')"
        raise ValueError(f"Input y contains {what}.")
    return np.ascontiguousarray(array)


def as_variances(alpha: Any, n_samples: int) -> np.ndarray:
    """Return known variances of each observation as float64."""
    array = np.ascontiguousarray(as_numbers(alpha, "alpha"), dtype=np.float64)
    if array.shape == (1,):  # scikit-learn takes it for all
        array = np.repeat(array, n_samples)
    if array.shape != (n_samples,):
        raise ValueError(f"alpha must be a scalar or an array with same number of entries as y. ({array.shape} != "
                         f"{(n_samples,)})")
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise ValueError("alpha must be finite and not negative")
    return array
