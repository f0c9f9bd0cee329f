"""Constructor arguments as the library's JSON options.

In the library's options a zero means "the default", so that a zero given by the user is dealt with here: it is either
impossible or has another spelling there.
"""

from __future__ import annotations

import math
import operator
from typing import Any, Callable

import numpy as np

Option = Callable[[str, str, Any], Any]
"""Turns the value of an estimator's named argument into what JSON can carry, or raises ValueError."""


def count(owner: str, name: str, value: Any) -> int:
    """An integer of at least 1."""
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, (bool, np.bool_)):
        raise _invalid(owner, name, "an int in the range [1, inf)", value)
    return number


def count_or_none(owner: str, name: str, value: Any) -> int:
    """An integer of at least 0, where 0 means none; the library spells that -1."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value == 0:
        return -1
    try:
        return count(owner, name, value)
    except ValueError:
        raise _invalid(owner, name, "an int in the range [0, inf)", value) from None


def count_or_auto(owner: str, name: str, value: Any) -> int:
    """An integer of at least 0, where 0 leaves the choice to the library."""
    return max(0, count_or_none(owner, name, value))


def fraction(owner: str, name: str, value: Any) -> float:
    """A number in [0, 1), where 0 leaves the choice to the library."""
    return _number(owner, name, value, "a float in the range [0.0, 1.0)", lambda v: 0 <= v < 1)


def positive(owner: str, name: str, value: Any) -> float:
    """A finite number above 0."""
    return _number(owner, name, value, "a float in the range (0.0, inf)", lambda v: v > 0)


def not_negative(owner: str, name: str, value: Any) -> float:
    """A finite number of at least 0."""
    return _number(owner, name, value, "a float in the range [0.0, inf)", lambda v: v >= 0)


def tolerance(owner: str, name: str, value: Any) -> float:
    """A finite number of at least 0, where 0 means that nothing is small enough; the library spells that -1."""
    return _number(owner, name, value, "a float in the range [0.0, inf)", lambda v: v >= 0) or -1.0


def flag(owner: str, name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise _invalid(owner, name, "a bool", value)
    return bool(value)


def word(owner: str, name: str, value: Any) -> str:
    """A string; the library knows which ones, and its message lists them."""
    if not isinstance(value, str) or not value:
        raise _invalid(owner, name, "a str", value)
    return value


def seed(owner: str, name: str, random_state: Any) -> str:
    """Return the seed of every random choice, an unsigned 64-bit integer in decimal digits.

    An int is the seed itself, so that the other languages can repeat the result. None draws one from NumPy's global
    generator, as scikit-learn does; a RandomState or Generator is asked for one and moves on.
    """
    if isinstance(random_state, (int, np.integer)) and not isinstance(random_state, bool):
        if not 0 <= random_state < 2**64:
            raise _invalid(owner, name, "in the range [0, 2**64)", random_state)
        return str(int(random_state))
    top = 2**64 - 1
    if random_state is None or random_state is np.random:
        return str(np.random.randint(0, top, dtype=np.uint64))
    if isinstance(random_state, np.random.RandomState):
        return str(random_state.randint(0, top, dtype=np.uint64))
    if isinstance(random_state, np.random.Generator):
        return str(random_state.integers(0, top, dtype=np.uint64))
    raise _invalid(owner, name, "None, an int, a RandomState or a Generator", random_state)


def _invalid(owner: str, name: str, wanted: str, value: Any) -> ValueError:
    return ValueError(f"The {name!r} parameter of {owner} must be {wanted}. Got {value!r} instead.")


def _number(owner: str, name: str, value: Any, wanted: str, ok: Callable[[float], bool]) -> float:
    try:
        number = math.nan if isinstance(value, (str, bytes)) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and ok(number)):
        raise _invalid(owner, name, wanted, value)
    return number
