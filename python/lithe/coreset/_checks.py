"""Values of parameters and arrays that several of this package's estimators check alike."""

from __future__ import annotations

import math
import sys
import warnings
from typing import Any

import numpy as np

from .. import _options, _sparse
from .._arrays import as_numbers, as_samples, feature_names, refuse_mask, view


def optional_count(owner: str, name: str, value: Any) -> int:
    """An integer of at least 1, or None, which leaves the choice to the library."""
    return 0 if value is None else _options.count(owner, name, value)


def optional_positive(owner: str, name: str, value: Any) -> float:
    """A finite number above 0, or None, which leaves the choice to the library."""
    return 0.0 if value is None else _options.positive(owner, name, value)


def at_least_one(owner: str, name: str, value: Any) -> float:
    """A finite number of at least 1."""
    if not isinstance(value, (int, float, np.number)) or isinstance(value, bool) or not 1 <= value < math.inf:
        raise ValueError(f"The {name!r} parameter of {owner} must be a float in the range [1.0, inf). "
                         f"Got {value!r} instead.")
    return float(value)


def optional_at_least_one(owner: str, name: str, value: Any) -> float:
    """A finite number of at least 1, or None for no limit."""
    return 0.0 if value is None else at_least_one(owner, name, value)


def limit(owner: str, name: str, value: Any) -> float:
    """A finite number of at least 1, or None for no limit, where the library's default is one."""
    return sys.float_info.max if value is None else at_least_one(owner, name, value)


def share(owner: str, name: str, value: Any) -> float:
    """A number in (0, 1]."""
    if not isinstance(value, (int, float, np.number)) or isinstance(value, bool) or not 0 < value <= 1:
        raise ValueError(f"The {name!r} parameter of {owner} must be a float in the range (0.0, 1.0]. "
                         f"Got {value!r} instead.")
    return float(value)


def as_classes(y: Any, n_samples: int, owner: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct labels, sorted, and the place of each row's label among them.

    Raises
    ------
    ValueError
        If the number of labels does not fit, or there are NaN among them.
    """
    refuse_mask(y, "y")
    labels = np.asarray(y)
    if labels.ndim != 1:
        raise ValueError(f"y should be a 1d array, got an array of shape {labels.shape} instead.")
    if len(labels) != n_samples:
        raise ValueError(f"Found input variables with inconsistent numbers of samples: [{n_samples}, {len(labels)}]")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError(f"Input y of {owner} contains NaN or infinity.")
    return numbered(labels, "y")


def numbered(labels: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct labels, sorted, and the place of each label among them.

    Raises
    ------
    ValueError
        If one is missing (None, NaN, NaT or NA).
    TypeError
        If they cannot be put in order.
    """
    missing = np.fromiter((_missing(value) for value in labels), dtype=bool, count=len(labels)) if labels.dtype.kind == "O" else (
        labels != labels)
    if missing.any():
        raise ValueError(f"{name} has a missing label at row {int(missing.argmax())}; every row needs one.")
    try:
        classes, places = np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise TypeError(f"{name} has labels of types that cannot be compared; make them all strings or all numbers ({error})") from None
    return classes, np.ascontiguousarray(places.reshape(-1), dtype=np.int64)


def _missing(value: Any) -> bool:
    if value is None:
        return True
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA is neither
        return True


def as_groups(groups: Any, n_samples: int, owner: str) -> np.ndarray | None:
    """Return the number of each row's class, or None for no classes."""
    return None if groups is None else as_classes(groups, n_samples, owner)[1]


def as_points(X: Any, owner: str, minimum: int = 1) -> tuple[Any, np.ndarray | None, str]:
    """Return rows, dense or sparse, the names of their columns, and what functions of the library that work on them have in front.

    Raises
    ------
    ValueError, TypeError
        With scikit-learn's wording.
    """
    if not _sparse.is_sparse(X):
        return as_samples(X, owner, minimum), feature_names(X), ""
    rows = _sparse.canonical(_sparse.as_compressed(X, owner).tocsr())
    for count, least, what in ((rows.shape[0], minimum, "sample"), (rows.shape[1], 1, "feature")):
        if count < least:
            raise ValueError(f"Found array with {count} {what}(s) (shape={rows.shape}) while a minimum of {least} is required by {owner}.")
    return rows, None, "sparse_"


def points_view(rows: Any) -> Any:
    """Return a view for the library over a result of `as_points`."""
    return _sparse.view(rows) if _sparse.is_sparse(rows) else view(rows)


def warn_of_recall(recall: float) -> None:
    """Warn where a graph of nearest neighbours has too few of them for a good selection; NaN is no graph."""
    if recall < 0.9:
        warnings.warn(f"engine 'neighbors' found {100 * recall:.0f} % of the nearest neighbours only, because they hardly differ from "
                      "the others (see recall_): engine='partitioned' may lose less. loss_, weights_ and certificate_ hold anyway.",
                      UserWarning, stacklevel=4)


def as_gradients(gradients: Any, activations: Any, owner: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Return gradients and activations in one precision: float32 if both are."""
    rows = as_samples(gradients, owner)
    if activations is None:
        return rows, None
    inputs = as_samples(activations, owner)
    if rows.dtype != inputs.dtype:
        rows, inputs = rows.astype(np.float64), inputs.astype(np.float64)
    if len(rows) != len(inputs):
        raise ValueError(f"Found input variables with inconsistent numbers of samples: [{len(rows)}, {len(inputs)}]")
    return rows, inputs


def as_vector(values: Any, size: int | None, name: str) -> np.ndarray | None:
    """Return a contiguous float64 vector of the given size, None for None."""
    if values is None:
        return None
    vector = np.ascontiguousarray(as_numbers(values, name), dtype=np.float64).reshape(-1)
    if size is not None and len(vector) != size:
        raise ValueError(f"{name} has {len(vector)} entries, expected {size}")
    return vector


def as_row_numbers(rows: Any, name: str, n: int) -> np.ndarray | None:
    """Return numbers of some of n rows as int64, None for None; a mask is turned into the numbers of its rows."""
    if rows is None:
        return None
    array = np.asarray(rows)
    if array.dtype == bool:
        if array.shape != (n,):
            raise ValueError(f"{name} is a mask of shape {array.shape}; it must have one entry for each of the {n} rows")
        array = np.flatnonzero(array)
    if array.size == 0:
        return None
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be row numbers or a mask of rows, got an array of shape {array.shape} and type "
                         f"{array.dtype}")
    return np.ascontiguousarray(array, dtype=np.int64)


def as_ids(ids: Any, n_samples: int) -> np.ndarray:
    """Return different integers, one for each sample, as int64."""
    array = np.asarray(ids)
    if array.shape != (n_samples,) or array.dtype.kind not in "iu":
        raise ValueError(f"ids must be {n_samples} integers, one for each row, got an array of shape {array.shape} and type "
                         f"{array.dtype}.")
    values, counts = np.unique(array, return_counts=True)
    if len(values) < n_samples:
        raise ValueError(f"ids holds {values[counts > 1][0]} {counts.max()} times; every sample may come once in a call.")
    return np.ascontiguousarray(array, dtype=np.int64)


def parameters(rows: Any, inputs: np.ndarray | None) -> int:
    """Return the number of parameters that gradients are with respect to."""
    return rows.shape[1] if inputs is None else rows.shape[1] * (inputs.shape[1] + 1)
