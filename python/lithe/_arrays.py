"""Arrays and frames of any brand as views for the library, copied only when they have to be."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _abi

_RESHAPE = ("Reshape your data either using array.reshape(-1, 1) if your data has a single feature or "
            "array.reshape(1, -1) if it contains a single sample.")


def view(array: np.ndarray | None) -> _abi.Matrix | None:
    """Return a ``lithe_matrix`` over an array of one or two dimensions, which it keeps alive; None stays None.

    Parameters
    ----------
    array : ndarray of float32 or float64, shape (rows, cols) or (rows,), or None
        The elements of a row must lie side by side, as `as_rows` leaves them. One dimension means one column.
    """
    if array is None:
        return None
    rows, cols = array.shape if array.ndim == 2 else (len(array), 1)
    stride = array.strides[0] // array.itemsize if rows > 1 else cols
    matrix = _abi.Matrix(array.ctypes.data, rows, cols, max(stride, cols), number(array.dtype), 0)
    matrix.array = array
    return matrix


def number(dtype: np.dtype) -> int:
    """Return the ``lithe_dtype`` of float32 or float64."""
    return _abi.FLOAT32 if dtype == np.float32 else _abi.FLOAT64


def as_rows(array: np.ndarray) -> np.ndarray:
    """Return the array itself if the library can read its rows in place, and otherwise a copy that it can.

    float32 stays float32; every other type becomes float64. Rows may lie any distance apart, so slices of rows and of
    leading columns are read in place.
    """
    dtype = np.float32 if array.dtype == np.float32 else np.float64
    array = np.asarray(array, dtype=dtype)
    rows, cols = array.shape
    between, within = array.strides
    row_ok = cols <= 1 or within == array.itemsize
    step_ok = rows <= 1 or (between >= cols * array.itemsize and between % array.itemsize == 0)
    return array if row_ok and step_ok and array.flags.aligned else np.array(array, order="C")


def as_samples(X: Any, estimator: str, minimum: int = 1) -> np.ndarray:
    """Return data given by a user as a float array of shape (n_samples, n_features) that the library can read.

    Parameters
    ----------
    X : array-like or frame of shape (n_samples, n_features)
        Anything NumPy can see as an array of numbers. Values are not looked at: the library reports NaN and infinity.
    estimator : str
        Name for the messages.
    minimum : int
        Fewest rows that will do.

    Raises
    ------
    ValueError, TypeError
        With scikit-learn's wording.
    """
    if hasattr(X, "tocsr"):
        raise TypeError("Sparse data was passed, but dense data is required. Use '.toarray()' to convert to a dense "
                        "numpy array.")
    array = as_numbers(X, "X")
    if array.ndim < 2:
        kind = "1D" if array.ndim == 1 else "scalar"
        raise ValueError(f"Expected 2D array, got {kind} array instead:\narray={array}.\n{_RESHAPE}")
    if array.ndim > 2:
        raise ValueError(f"Found array with dim {array.ndim}, while dim <= 2 is required by {estimator}.")
    if array.shape[0] < minimum:
        raise ValueError(f"Found array with {array.shape[0]} sample(s) (shape={array.shape}) while a minimum of "
                         f"{minimum} is required by {estimator}.")
    if array.shape[1] < 1:
        raise ValueError(f"Found array with 0 feature(s) (shape={array.shape}) while a minimum of 1 is required by "
                         f"{estimator}.")
    return as_rows(array)


def as_numbers(values: Any, name: str) -> np.ndarray:
    """Return real numbers given by a user as an array: its own type if that is one of integers or floats, else float64.

    Raises
    ------
    ValueError, TypeError
        For what is no real number, such as text, complex numbers and dates, or would lose its meaning, such as masks.
    """
    refuse_mask(values, name)
    array = np.asarray(values)
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported\n{array}\n")
    if array.dtype.kind in "mM":
        raise TypeError(f"{name} has dtype {array.dtype}, which has no scale: convert dates and durations to numbers, such as "
                        "days by (t - t.min()) / np.timedelta64(1, 'D')")
    if array.dtype.kind in "biuf":
        return array
    if array.dtype.kind == "O" and hasattr(values, "dtypes") and hasattr(values, "to_numpy"):
        # Frames with nullable columns become arrays of objects unless they are told what a missing value is.
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise ValueError(f"Input {name} contains infinity or a value too large for dtype('float64').") from None


def refuse_mask(values: Any, name: str) -> None:
    """Raise ValueError for a masked array in which something is masked, which NumPy would forget without a word."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ValueError(f"{name} is a masked array with masked values. Fill them, for example by .filled(np.nan), which "
                         "mixtures with missing='nan' take, or leave these rows out.")


def feature_names(X: Any) -> np.ndarray | None:
    """Return the column names of a frame, or None for anything else and for frames with names other than strings.

    Raises
    ------
    TypeError
        If strings and other types are mixed, as in scikit-learn.
    """
    columns = getattr(X, "column_names", None)
    if columns is None:
        columns = getattr(X, "columns", None)
    if columns is None or isinstance(X, np.ndarray):
        return None
    names = np.asarray(list(columns), dtype=object)
    strings = [isinstance(name, str) for name in names]
    if any(strings) and not all(strings):
        types = sorted({type(name).__qualname__ for name in names})
        raise TypeError("Feature names are only supported if all input features have string names, but your input has "
                        f"{types} as feature name / column name types. If you want feature names to be stored and "
                        "validated, you must convert them all to strings, by using X.columns = X.columns.astype(str) "
                        "for example.")
    return names if len(names) and all(strings) else None


def as_sample_weight(sample_weight: Any, n_samples: int) -> np.ndarray | None:
    """Return one float64 weight per row, or None for none given; a number means that weight for every row.

    Raises
    ------
    ValueError
        If the shape does not fit. The library reports negative, non-finite and all-zero weights.
    """
    if sample_weight is None:
        return None
    weights = as_numbers(sample_weight, "sample_weight").astype(np.float64, copy=False)
    if weights.ndim == 0:
        return np.full(n_samples, float(weights))
    if weights.ndim != 1:
        raise ValueError(f"Sample weights must be 1D array or scalar, got {weights.ndim}D array. Expected either a "
                         f"scalar value or a 1D array of length {n_samples}.")
    if weights.shape != (n_samples,):
        raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(n_samples,)}!")
    return np.ascontiguousarray(weights)


def as_parameter(value: Any, shape: tuple[int, ...], name: str) -> np.ndarray | None:
    """Return an initial value given by a user as a C-contiguous float64 array of the shape, None for None.

    Raises
    ------
    ValueError
        If the shape differs, with scikit-learn's wording.
    """
    if value is None:
        return None
    array = np.ascontiguousarray(as_numbers(value, name), dtype=np.float64)
    if array.shape != shape:
        raise ValueError(f"The parameter '{name}' should have the shape of {shape}, but got {array.shape}")
    return array
