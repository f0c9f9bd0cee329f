"""What the parameters of kernels can be.

Each function returns the value in its plain form, which repr, comparison and JSON are made of, or raises `Unfit` with
the words for what the value must be.
"""

from __future__ import annotations

import math
import operator
from typing import Any, Callable, Iterable

import numpy as np

Plain = Callable[[Any], Any]

DEFAULT_BOUNDS = (1e-5, 1e5)


class Unfit(ValueError):
    """A value that a parameter cannot have; the text says what it must be."""


def number(value: Any) -> float:
    """A finite number above 0."""
    wanted = "a positive number"
    if isinstance(value, (str, bytes, bool, np.bool_)) or getattr(value, "ndim", 0) > 0:
        raise Unfit(wanted)
    try:
        plain = float(value)
    except (TypeError, ValueError, OverflowError):
        raise Unfit(wanted) from None
    if not 0 < plain < math.inf:
        raise Unfit(wanted)
    return plain


def numbers(value: Any) -> float | list[float]:
    """A number for all features, or a list of more than one."""
    try:
        if np.ndim(value) == 0:
            return number(value)
        plain = [number(element) for element in _elements(value)]
    except ValueError:  # np.ndim raises one too
        plain = []
    if not plain:
        raise Unfit("a positive number or an array of them")
    return plain[0] if len(plain) == 1 else plain


def bounds(value: Any) -> str | tuple[float, float]:
    """Bounds of a parameter, or "fixed"."""
    if isinstance(value, str) and value == "fixed":
        return value
    try:
        low, high = (number(element) for element in _elements(value))
        if low <= high:
            return low, high
    except ValueError:
        pass
    raise Unfit('"fixed" or an array of two positive numbers in ascending order')


def features(value: Any) -> list[int] | None:
    """Columns, or None for all."""
    if value is None:
        return None
    wanted = "an array of integers of at least 0"
    plain = []
    try:
        for element in _elements(value):
            if isinstance(element, (bool, np.bool_)) or not 0 <= element < 2**63:  # an int in every language
                raise Unfit(wanted)
            plain.append(operator.index(element))
    except TypeError:
        raise Unfit(wanted) from None
    if not plain:
        raise Unfit(wanted)
    for column in plain:
        if plain.count(column) > 1:
            raise Unfit(f"{wanted}; it names feature {column} twice")
    return plain


def smoothness(value: Any) -> float:
    """The nu of a Matern kernel."""
    try:
        plain = number(value)
    except Unfit:
        plain = 0.0
    if plain not in (0.5, 1.5, 2.5):
        raise Unfit("0.5, 1.5 or 2.5, and for very smooth functions there is RBF")
    return plain


def _elements(value: Any) -> Iterable[Any]:
    if isinstance(value, (str, bytes, dict, set)):
        raise Unfit("an array")
    try:
        return list(value)
    except TypeError:
        raise Unfit("an array") from None
