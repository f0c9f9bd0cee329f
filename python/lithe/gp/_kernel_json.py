"""Kernels from text."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ._kernel import MOST_NESTED, Constant, Kernel, Product, Sum, _Elementary, too_deep
from ._kernel_types import RBF, Linear, Matern, Periodic, RationalQuadratic, White
from ._kernel_values import Unfit

_ELEMENTARY: dict[str, type[_Elementary]] = {
    kind.__name__: kind for kind in (Constant, RBF, Matern, RationalQuadratic, Periodic, Linear, White)}
_PAIRS: dict[str, type[Sum] | type[Product]] = {"Sum": Sum, "Product": Product}
_LONGEST = 60  # characters of a value in a message


def from_json(text: str | bytes) -> Kernel:
    """Return the kernel that a text describes.

    Parameters
    ----------
    text : str or bytes
        A JSON object, as `Kernel.to_json` and the library's other languages write it: "type", the name of the class,
        and its parameters, or "k1" and "k2" of a "Sum" or "Product". Parameters that are absent have their defaults,
        except constant_value, sigma_0 and noise_level, which must be there.

    Returns
    -------
    Kernel

    Raises
    ------
    ValueError
        If the text is no kernel. The message names what is wrong, and in which part.

    Examples
    --------
    >>> from lithe.gp.kernels import from_json
    >>> from_json('{"type": "Sum", "k1": {"type": "RBF"}, "k2": {"type": "White", "noise_level": 0.1}}')
    RBF(length_scale=1.0) + White(noise_level=0.1)
    """
    try:
        members = json.loads(text, parse_constant=_not_json)
    except RecursionError:
        raise too_deep() from None
    except ValueError as error:
        raise ValueError(f"malformed JSON: {error}") from None
    return _kernel(members, ())


def _not_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number of JSON")


def _kernel(members: Any, place: tuple[str, ...]) -> Kernel:
    if len(place) > MOST_NESTED:
        raise too_deep()
    kinds = [*_ELEMENTARY, *_PAIRS]
    if not isinstance(members, dict):
        raise _error(place, f'a kernel must be an object such as {{"type": "RBF"}}, got {_excerpt(members)}')
    name = members.get("type")
    if not isinstance(name, str):
        raise _error(place, f"a kernel needs a type, one of {', '.join(kinds)}")
    if name not in kinds:
        raise _error(place, f"unknown kernel type {json.dumps(name)}, known are {', '.join(kinds)}")
    fields = list(_ELEMENTARY[name]._fields) if name in _ELEMENTARY else ["k1", "k2"]
    for member in sorted(members):
        if member != "type" and member not in fields:
            raise _error(place, f"{name} has no field {json.dumps(member)}, known are {', '.join(fields)}")
    for field in _ELEMENTARY[name]._required if name in _ELEMENTARY else fields:
        if field not in members:
            raise _error(place, f"{name} needs the field {field}")
    if name in _PAIRS:
        return _PAIRS[name](*(_kernel(members[part], (*place, part)) for part in fields))
    return _elementary(_ELEMENTARY[name], {field: members[field] for field in fields if field in members}, place)


def _elementary(kind: type[_Elementary], members: dict[str, Any], place: tuple[str, ...]) -> Kernel:
    for field, value in members.items():
        try:
            # null is what dims=None is in Python; in text it is nothing.
            kind._fields[field]([] if value is None else value)
        except Unfit as unfit:
            raise _error(place, f"{field} of {kind.__name__} must be {unfit}, got {_excerpt(value)}") from None
    try:
        return kind(**members)
    except ValueError as error:
        raise _error(place, str(error)) from None


def _error(place: tuple[str, ...], message: str) -> ValueError:
    return ValueError(message + (f" (in part {'__'.join(place)})" if place else ""))


def _excerpt(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
