"""Surveys of choices as users have them, as the library reads them."""

from __future__ import annotations

import re
from typing import Any, Callable

import numpy as np

from .._arrays import as_numbers, as_rows, as_samples, feature_names, refuse_mask, view

_FORMATS = ("X must be of shape (n_rows, n_columns), one row per situation and alternative, or of shape (n_situations, "
            "n_alternatives, n_columns)")


class Survey:
    """The arguments of a survey, converted.

    Labels of any kind become integers, and appear again in messages. Arguments given as a string are columns of the frame
    `X`. See `LatentClassLogit.fit` for what they mean.

    Attributes
    ----------
    x : ndarray of shape (n_rows, n_columns)
    names : list of str
        Of the columns of x.
    frame_names : ndarray of str or None
        The same where X was a frame.
    wide : tuple of int or None
        Situations and alternatives, where X came in three dimensions.
    """

    def __init__(self, X: Any, choice: Any, *, ids: Any = None, alts: Any = None, avail: Any = None, panels: Any = None,
                 weights: Any = None, situation_weights: Any = None, membership: Any = None, varnames: Any = None,
                 owner: str = "LatentClassLogit") -> None:
        self.wide: tuple[int, int] | None = None
        chosen = found = None
        if getattr(X, "ndim", 2) == 3:
            per_row = self._unfold(as_numbers(X, "X"), varnames)
            ids = np.arange(self.wide[0]) if ids is None else ids
            alts = labels = np.arange(self.wide[1]) if alts is None else np.asarray(alts)
            if labels.shape != (self.wide[1],):
                raise ValueError(f"alts must name the {self.wide[1]} alternatives, got shape {labels.shape}")
            if choice is not None and np.ndim(choice) == 1 and len(choice) == self.wide[0]:
                one = np.asarray(choice)
                if labels.dtype.kind not in "iuf" and one.dtype.kind in "iu":
                    one = labels[one]
                chosen = _named(one[:, None], labels, self.wide)
            elif choice is not None:
                choice = per_row(choice, "choice")
                chosen = _chosen(choice, np.tile(labels, self.wide[0]), np.repeat(np.arange(self.wide[0]), self.wide[1]), len(self.x))
            avail = per_row(avail, "avail")
            weights, situation_weights = per_row(weights, "weights"), per_row(situation_weights, "situation_weights")
            membership = per_row(membership, "membership")
        else:
            column = _columns_of(X)
            roles = [v for v in (choice, ids, alts, avail, panels, weights, situation_weights) if isinstance(v, str)]
            if _names_columns(membership):
                roles, membership = [*roles, *membership], _select(X, membership)
            choice, ids, alts, avail = column(choice), column(ids), column(alts), column(avail)
            panels, weights, situation_weights = column(panels), column(weights), column(situation_weights)
            found = feature_names(X)
            if varnames is None and found is not None and roles:
                varnames = [name for name in found if name not in roles]
            if varnames is not None and found is not None:
                X, found = _select(X, list(varnames)), np.asarray(list(varnames), dtype=object)
            self.x = _attributes(X, found, owner)
            self.names = _names(found if found is not None else varnames, self.x.shape[1])
        self.frame_names = found
        n = len(self.x)
        self._labels: dict[str, np.ndarray] = {}
        if ids is None:
            ids = _consecutive(alts, n)
        self.ids = self._code_rows(ids, "case", "ids", n)
        self._sets = None  # codes of the alternatives of every situation, where X came in three dimensions
        self._alts = None
        if self.wide is not None:
            self._sets = self._code(alts, "alternative")
        elif alts is not None:
            self._alts = self._code_rows(alts, "alternative", "alts", n)
        self.panels = None if panels is None else self._code_rows(panels, "person", "panels", n)
        self.avail = None if avail is None else _integers(avail, "avail", n)
        self.choice = _chosen(choice, alts, self.ids, n) if chosen is None and choice is not None else chosen
        self.weights, self.situation_weights = _weights(weights, "weights", n), _weights(situation_weights, "situation_weights", n)
        self.membership, self.membership_names = self._covariates(membership, n)

    def _unfold(self, X: np.ndarray, varnames: Any) -> Callable[[Any, str], Any]:
        """Turn X of three dimensions into rows, and return what does the same to another argument."""
        situations, alternatives, columns = X.shape
        self.wide = (situations, alternatives)
        self.x = as_rows(X.reshape(-1, columns))
        self.names = _names(varnames, columns)

        def per_row(values: Any, name: str) -> Any:
            if values is None:
                return None
            refuse_mask(values, name)
            array = np.asarray(values)
            if array.shape[:2] == (situations, alternatives):
                return array.reshape(situations * alternatives, *array.shape[2:])
            if len(array) != situations:
                raise ValueError(f"{name} must have one element for each of the {situations} situations, got shape {array.shape}")
            each = np.broadcast_to(array[:, None], (situations, alternatives, *array.shape[1:]))
            return each.reshape(situations * alternatives, *array.shape[1:])

        return per_row

    @property
    def alts(self) -> np.ndarray | None:
        """The alternative of every row, as an integer."""
        return self._alts if self._sets is None else np.tile(self._sets, self.wide[0])

    def _code_rows(self, values: Any, what: str, name: str, n: int) -> np.ndarray:
        """Return labels of rows, or of situations where X came in three dimensions, as integers of rows."""
        refuse_mask(values, name)
        array = np.asarray(values)
        _refuse_missing(array, name)
        if self.wide is not None and array.shape != self.wide:
            if array.shape != self.wide[:1]:
                raise ValueError(f"{name} must have one element for each of the {self.wide[0]} situations, got shape {array.shape}")
            return np.broadcast_to(self._code(array, what)[:, None], self.wide).reshape(-1)
        array = array.reshape(-1) if self.wide is not None else array
        if array.shape != (n,):
            raise ValueError(f"{name} must have one element for each of the {n} rows of X, got shape {array.shape}")
        return self._code(array, what)

    def _code(self, array: np.ndarray, what: str) -> np.ndarray:
        """Return labels as integers, the same ones where they are integers already."""
        if array.dtype.kind in "iu":
            return np.ascontiguousarray(array, dtype=np.int64)
        if array.dtype.kind == "f" and np.all(array == np.floor(array)) and np.all(np.abs(array) < 2**53):
            return array.astype(np.int64)
        if array.dtype.kind == "O":
            array = array.astype(str)
        self._labels[what], codes = np.unique(array, return_inverse=True)
        return codes.astype(np.int64)

    def labels(self, what: str, codes: np.ndarray) -> np.ndarray:
        """Return the user's labels ("case", "alternative" or "person") of integers."""
        if what == "person" and self.panels is None:
            what = "case"
        return self._labels[what][codes] if what in self._labels else codes

    def codes(self, what: str, labels: np.ndarray) -> np.ndarray:
        """Return the integers of the user's labels."""
        return np.searchsorted(self._labels[what], labels) if what in self._labels else np.asarray(labels)

    def _covariates(self, membership: Any, n: int) -> tuple[np.ndarray | None, list[str]]:
        if membership is None:
            return None, []
        names = feature_names(membership)
        array = membership if hasattr(membership, "dtypes") else np.asarray(membership)
        if getattr(array, "ndim", 2) == 1:
            array = np.asarray(array).reshape(-1, 1)
        z = as_samples(array, "membership")
        if len(z) != n:
            raise ValueError(f"membership must have one row for each of the {n} rows of X, got {len(z)}")
        if z.dtype != self.x.dtype:
            self.x, z = self.x.astype(np.float64), z.astype(np.float64)
        return np.ascontiguousarray(z), _names(names, z.shape[1], "membership")

    def arguments(self, *names: str) -> list[Any]:
        """Return arguments for the library, by the names of attributes."""
        # Alternatives that are all there and in order are told apart by their places.
        plain = self._sets is not None and self.avail is None and bool(np.all(self._sets[1:] > self._sets[:-1]))
        values = [None if name == "alts" and plain else getattr(self, name) for name in names]
        matrices = ("x", "weights", "situation_weights", "membership")
        return [view(v) if name in matrices else v for name, v in zip(names, values)]

    def explain(self, error: Exception) -> Exception:
        """Return the error with the user's labels in place of integers."""

        def label(found: re.Match[str]) -> str:
            names, code = self._labels.get(found[1]), int(found[2])
            return found[0] if names is None or code >= len(names) else f"{found[1]} {names[code]!s}"

        return type(error)(re.sub(r"\b(case|alternative|person) (\d+)", label, str(error)))


def _columns_of(X: Any) -> Callable[[Any], Any]:
    def column(values: Any) -> Any:
        return np.asarray(_select(X, [values])[values]) if isinstance(values, str) else values

    return column


def _attributes(X: Any, names: np.ndarray | None, owner: str) -> np.ndarray:
    """Return the attributes of rows; a column of a frame that holds no numbers is named."""
    try:
        return as_samples(X, owner)
    except (ValueError, TypeError) as error:
        for name in names if names is not None else ():
            try:
                np.asarray(X[name]).astype(np.float64)
            except (ValueError, TypeError):
                raise ValueError(f"column {name!r} of X holds something else than numbers ({error}); leave it out of varnames, or "
                                 "code it as columns of 0 and 1") from None
        raise


def _refuse_missing(array: np.ndarray, name: str) -> None:
    """Raise ValueError where a label is missing: NaN, None, or what a frame has in their place."""
    if array.dtype.kind == "f":
        missing = np.isnan(array).reshape(-1)
    elif array.dtype.kind == "O":
        missing = np.fromiter(map(_is_missing, array.flat), dtype=bool, count=array.size)
    else:
        return
    if missing.any():
        raise ValueError(f"{name} is missing in element {int(missing.argmax())}; impute it or drop the case")


def _is_missing(label: Any) -> bool:
    try:
        return label is None or not bool(label == label)
    except TypeError:  # pandas.NA is neither equal nor different
        return True


def _names_columns(values: Any) -> bool:
    return isinstance(values, (list, tuple)) and len(values) > 0 and all(isinstance(v, str) for v in values)


def _select(X: Any, columns: list[str]) -> Any:
    """Return columns of a frame."""
    if not hasattr(X, "columns"):
        raise ValueError(f"{columns[0]!r} can be a column only where X is a frame; pass the values")
    missing = [name for name in columns if name not in list(X.columns)]
    if missing:
        raise ValueError(f"X has no column {missing[0]!r}; its columns are {list(X.columns)}")
    return X[list(columns)]


def _names(names: Any, n: int, prefix: str = "x") -> list[str]:
    if names is None:
        return [f"{prefix}{i}" for i in range(n)]
    names = [str(name) for name in names]
    if len(names) != n:
        raise ValueError(f"{n} names of columns are needed, varnames has {len(names)}")
    if len(set(names)) < n:
        raise ValueError(f"varnames must differ, got {names}")
    return names


def _consecutive(alts: Any, n: int) -> np.ndarray:
    """Number situations that all have the same alternatives, one after the other."""
    if alts is None:
        raise ValueError(f"{_FORMATS}; long format needs ids, or alts where every situation has all alternatives")
    size = len(np.unique(np.asarray(alts)))
    if n % size:
        raise ValueError(f"without ids every situation must have all {size} alternatives, but {n} rows are not a multiple of that; pass ids")
    return np.repeat(np.arange(n // size), size)


def _integers(values: Any, name: str, n: int) -> np.ndarray:
    array = np.asarray(values)
    if array.shape != (n,):
        raise ValueError(f"{name} must have one element for each of the {n} rows of X, got shape {array.shape}")
    if array.dtype.kind not in "biuf" or (array.dtype.kind == "f" and not np.all(array == np.floor(array))):
        raise ValueError(f"{name} must be 0 or 1 in every row")
    return np.ascontiguousarray(array, dtype=np.int64)


def _chosen(choice: Any, alts: Any, ids: np.ndarray, n: int) -> np.ndarray:
    """Return 1 for the rows chosen: choice holds that already, or the label of the alternative in all rows of its case."""
    refuse_mask(choice, "choice")
    _refuse_missing(np.asarray(choice), "choice")
    array = np.asarray(choice)
    if array.shape != (n,):
        raise ValueError(f"choice must have one element for each of the {n} rows of X, got shape {array.shape}")
    if array.dtype.kind in "biuf" and np.all((array == 0) | (array == 1)):
        if alts is None or not _same_within(array, ids):
            return array.astype(np.int64)
    if alts is None:
        raise ValueError("choice must be 0 or 1 in every row, or name the alternative, which needs alts")
    return _named(array, np.asarray(alts), (n,))


def _named(choice: np.ndarray, labels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return 1 for the rows whose label is that of the alternative chosen."""
    found = np.asarray(choice == labels)
    if found.shape != shape or not found.any():
        raise ValueError(f"choice must be 0 or 1 in every row or one of alts, got {str(choice.flat[0])!r} and the like")
    if len(shape) == 2 and np.count_nonzero(found) < shape[0]:
        row = int(np.argmin(found.any(axis=1)))
        raise ValueError(f"choice is {str(choice.flat[row])!r} in situation {row}, which is none of the alternatives {labels.tolist()}")
    return found.reshape(-1).astype(np.int64)


def _same_within(values: np.ndarray, ids: np.ndarray) -> bool:
    first = values[ids == ids[0]]
    if np.any(first != first[0]):
        return False
    order = np.argsort(ids, kind="stable")
    i, v = ids[order], values[order]
    return bool(np.all(v[1:][i[1:] == i[:-1]] == v[:-1][i[1:] == i[:-1]]))


def _weights(values: Any, name: str, n: int) -> np.ndarray | None:
    if values is None:
        return None
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.shape != (n,):
        raise ValueError(f"{name} must have one element for each of the {n} rows of X, got shape {array.shape}")
    return array
