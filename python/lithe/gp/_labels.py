"""Class labels given by a user."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .._arrays import refuse_mask
from .._sklearn import DataConversionWarning


def as_labels(y: Any, n_samples: int, estimator: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes in ascending order, and the place of each row's label among them.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Numbers that are integers, strings, booleans, or anything else that can be sorted.
    n_samples : int
    estimator : str
        Name for the messages.

    Returns
    -------
    classes : ndarray, shape (n_classes,)
    positions : ndarray of int64, shape (n_samples,)

    Raises
    ------
    ValueError
        If there are no labels, too few, NaN or infinity or fractions among them, or if all are the same, with
        scikit-learn's wording.
    """
    if y is None:
        raise ValueError(f"{estimator} requires y to be passed, but the target y is None.")
    refuse_mask(y, "y")
    array = np.asarray(y)
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported\n{array}\n")
    if array.ndim == 2 and array.shape[1] == 1:
        warnings.warn("A column-vector y was passed when a 1d array was expected. Please change the shape of y to "
                      "(n_samples,), for example using ravel().", DataConversionWarning, stacklevel=3)
        array = array.ravel()
    if array.ndim != 1:
        raise ValueError(f"y should be a 1d array, got an array of shape {array.shape} instead.")
    if len(array) != n_samples:
        raise ValueError(f"Found input variables with inconsistent numbers of samples: [{n_samples}, {len(array)}]")
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            what = "NaN" if np.isnan(array).any() else "infinity or a value too large for dtype('float64')"
            raise ValueError(f"Input y contains {what}.")
        if (array != np.rint(array)).any():
            raise ValueError("Unknown label type: continuous. Maybe you are trying to fit a classifier, which expects "
                             "discrete classes on a regression target with continuous values.")
    if array.dtype.kind == "O" and any(_is_missing(label) for label in array):
        raise ValueError("Input y contains NaN.")
    try:
        classes, positions = np.unique(array, return_inverse=True)
    except TypeError:
        raise ValueError(f"the labels in y are of types that cannot be sorted together: "
                         f"{sorted({type(label).__name__ for label in array})}") from None
    if len(classes) < 2:
        raise ValueError(f"{estimator} requires 2 or more classes; got {len(classes)} class")
    return classes, np.ascontiguousarray(positions.reshape(-1), dtype=np.int64)


def _is_missing(label: Any) -> bool:
    try:
        return label is None or bool(label != label)
    except TypeError:  # pandas.NA is neither equal to itself nor different
        return True
