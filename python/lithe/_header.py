"""Reads ``lithe.h``: what ctypes has to know about each function comes from the header and from nowhere else."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from typing import Any

_SCALARS: dict[str, Any] = {
    "void": None,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "double": ctypes.c_double,
    "lithe_handle": ctypes.c_int64,
}


@dataclass(frozen=True)
class Prototype:
    """One function of the header.

    Attributes
    ----------
    result : ctypes type or None
        Type of the returned value.
    arguments : tuple of ctypes types
        Types of the arguments in order. ``const char *`` is ``c_char_p``; every other pointer is ``c_void_p``, which
        takes an address, an array's ``ctypes.data`` or the result of ``ctypes.byref``.
    """

    result: Any
    arguments: tuple[Any, ...]


def strip(text: str) -> str:
    """Return C source without comments, preprocessor lines and ``extern "C"``."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", " ", text, flags=re.M)
    return re.sub(r'extern\s+"C"\s*\{?', " ", text)


def macros(text: str) -> dict[str, int]:
    """Return the integers that the header defines by ``#define LITHE_X 1`` and, in enums, ``LITHE_X = 1``."""
    found = re.findall(r"#\s*define\s+(LITHE_\w+)\s+\(?(-?\d+)\b", text)
    found += re.findall(r"\b(LITHE_\w+)\s*=\s*(-?\d+)\b", strip(text))
    return {name: int(value) for name, value in found}


def prototypes(text: str) -> dict[str, Prototype]:
    """Return every function ``lithe_*`` that the header declares, by name.

    Raises
    ------
    ValueError
        If a declaration uses a type that this parser does not know, which names the function and the type.
    """
    declared = re.findall(r"([\w\s*]*?[\s*])(lithe_\w+)\s*\(([^()]*)\)\s*;", strip(text))
    return {
        name: Prototype(_ctype(result, name), tuple(_arguments(arguments, name)))
        for result, name, arguments in declared
        if not result.lstrip().startswith("typedef")
    }


def _arguments(text: str, function: str) -> list[Any]:
    if text.strip() in ("", "void"):
        return []
    return [_ctype(re.sub(r"\w+\s*(?:\[\d*\]\s*)?$", "*" if "[" in arg else "", arg.strip()), function)
            for arg in text.split(",")]


def _ctype(declaration: str, function: str) -> Any:
    words = [w for w in re.findall(r"\w+|\*", declaration) if w not in ("const", "struct", "LITHE_API", "extern")]
    if words == ["char", "*"]:
        return ctypes.c_char_p
    if "*" in words:
        return ctypes.c_void_p
    if len(words) == 1 and words[0] in _SCALARS:
        return _SCALARS[words[0]]
    raise ValueError(f"lithe.h: {function} uses the type {' '.join(words)!r}, which the Python package does not know")
