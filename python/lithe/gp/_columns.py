"""Tables of continuous and categorical columns as numbers for the library."""

from __future__ import annotations

import operator
from typing import Any, Iterable

import numpy as np

from .._arrays import as_samples, refuse_mask

_CATEGORICAL = {"category", "Categorical", "Enum", "String", "Utf8", "string", "str", "object", "bool", "boolean", "Boolean"}


class Columns:
    """How the columns of a table become numbers: continuous ones are kept, categories are counted from 0.

    Attributes
    ----------
    categories : list of ndarray or None
        The categories of each column in the order of their numbers, None for a continuous one.
    """

    def __init__(self, categories: list[np.ndarray | None]) -> None:
        self.categories = categories

    @classmethod
    def of(cls, X: Any, chosen: Any, estimator: str) -> Columns:
        """Find out which columns of training data are categorical, and their categories.

        Parameters
        ----------
        X : array-like or frame of shape (n_samples, n_features)
        chosen : {"from_dtype"}, None, or array-like of bool, int or str
            As in scikit-learn's gradient boosting.
        estimator : str
            Name for the messages.
        """
        table = _table(X)
        if table is None:  # not two-dimensional: as_samples has the words for it
            as_samples(X, estimator)
            table = []
        marked = _marked(chosen, table, _names(X), estimator)
        return cls([_categories(column, place) if mark else None
                    for (place, column), mark in zip(_placed(table, X), marked)])

    def counts(self) -> list[int]:
        """Return the number of categories of each column, 0 for a continuous one."""
        return [0 if known is None else len(known) for known in self.categories]

    def numbers(self, X: Any, estimator: str) -> np.ndarray:
        """Return the table as an array that the library can read.

        Raises
        ------
        ValueError
            If a category is missing or was not there in training.
        """
        if all(known is None for known in self.categories):
            return as_samples(X, estimator)
        table = _table(X)
        if table is None or len(table) != len(self.categories):
            count = "no" if table is None else len(table)
            raise ValueError(f"X has {count} features, but {estimator} is expecting {len(self.categories)} features as input.")
        rows = np.empty((len(table[0]), len(table)))
        if len(rows) == 0:
            raise ValueError(f"Found array with 0 sample(s) (shape={rows.shape}) while a minimum of 1 is required by {estimator}.")
        for q, ((place, column), known) in enumerate(zip(_placed(table, X), self.categories)):
            rows[:, q] = _floats(column, place) if known is None else _codes(column, known, place)
        return rows


def _names(X: Any) -> list[Any] | None:
    """Return the names of the columns of a frame, of any type."""
    names = getattr(X, "column_names", None)
    if names is None and not isinstance(X, np.ndarray):
        names = getattr(X, "columns", None)
    return None if names is None else list(names)


def _table(X: Any) -> list[Any] | None:
    """Return the columns, or None for what has none."""
    names = _names(X)
    if names is not None:
        if len(set(names)) < len(names):
            raise ValueError(f"the columns of X have names that occur twice: {sorted({str(n) for n in names if names.count(n) > 1})}")
        return [X[name] for name in names]
    refuse_mask(X, "X")
    array = np.asarray(X)
    return list(array.T) if array.ndim == 2 else None


def _placed(table: list[Any], X: Any) -> Iterable[tuple[str, Any]]:
    names = _names(X)
    return [(f"column {q}" if names is None else f"column {names[q]!r}", column) for q, column in enumerate(table)]


def _marked(chosen: Any, table: list[Any], names: list[Any] | None, estimator: str) -> np.ndarray:
    """Return for each column whether it is categorical."""
    count = len(table)
    marked = np.zeros(count, dtype=bool)
    if chosen is None:
        return marked
    if isinstance(chosen, str):
        if chosen != "from_dtype":
            raise ValueError(f"The 'categorical_features' parameter of {estimator} must be 'from_dtype', None or an array of bool, int "
                             f"or str. Got {chosen!r} instead.")
        if names is not None:
            marked[:] = [_looks_categorical(column) for column in table]
        return marked
    given = np.asarray(chosen)
    if given.dtype == bool:
        if given.shape != (count,):
            raise ValueError(f"categorical_features set as a boolean mask should have shape (n_features,), got: {given.shape}")
        return given
    for one in given.ravel().tolist():
        marked[position(one, names, count, "categorical_features")] = True
    return marked


def position(one: Any, names: list[Any] | None, count: int, owner: str) -> int:
    """Return the index of a column given by its name or index.

    Raises
    ------
    ValueError
        If there is no such column; `owner` is the parameter that names it.
    """
    if names is not None and one in names:
        return names.index(one)
    if isinstance(one, str):
        known = "X has no column names" if names is None else f"the columns are {names}"
        raise ValueError(f"{owner} names the column {one!r}, but {known}")
    index = operator.index(one)
    if not 0 <= index < count:
        raise ValueError(f"{owner} names the column {one!r}, but X has {count} columns, 0 to {count - 1}")
    return index


def _looks_categorical(column: Any) -> bool:
    kind = getattr(column, "dtype", None)
    return str(kind).split("(")[0] in _CATEGORICAL or getattr(kind, "name", None) == "category"


def _values(column: Any, place: str) -> np.ndarray:
    """Return the values of a categorical column, none of them missing."""
    for name in ("isna", "is_null"):
        if hasattr(column, name):
            missing = np.asarray(getattr(column, name)())
            break
    else:
        array = np.asarray(column)
        missing = np.array([v is None or v != v for v in array.tolist()], dtype=bool)
    if missing.any():
        raise ValueError(f"{place} has a missing category at row {int(missing.argmax())}; give missing categories a category of "
                         f"their own")
    array = column.to_numpy() if hasattr(column, "to_numpy") else np.asarray(column)
    return array.astype(object) if array.dtype.kind not in "biufUS" else array


def _categories(column: Any, place: str) -> np.ndarray:
    declared = getattr(getattr(column, "cat", None), "categories", None)  # pandas, also those that do not occur
    if declared is not None:
        return np.asarray(declared)
    try:
        return np.unique(_values(column, place))
    except TypeError:
        raise ValueError(f"{place} has categories of types that cannot be sorted together") from None


def _codes(column: Any, known: np.ndarray, place: str) -> np.ndarray:
    numbers = {value: code for code, value in enumerate(known.tolist())}
    values = _values(column, place)
    try:
        unique, inverse = np.unique(values, return_inverse=True)
    except TypeError:
        unique, inverse = values, np.arange(len(values))
    codes = np.array([numbers.get(value, -1) for value in unique.tolist()])[inverse.reshape(-1)]
    if (codes < 0).any():
        row = int((codes < 0).argmax())
        unknown = values[row : row + 1].tolist()[0]
        shown = ", ".join(map(repr, known.tolist()[:10])) + (", ..." if len(known) > 10 else "")
        raise ValueError(f"{place} has the unknown category {unknown!r} at row {row}; the model was fitted on {shown}")
    return codes


def _floats(column: Any, place: str) -> np.ndarray:
    try:
        if hasattr(column, "to_numpy") and str(getattr(column, "dtype", ""))[:1].isupper() and hasattr(column, "isna"):
            return column.to_numpy(dtype=np.float64, na_value=np.nan)  # pandas' nullable numbers
        return np.asarray(column).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place} is not numeric ({error}); name it in categorical_features if it holds categories") from None
