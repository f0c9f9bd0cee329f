"""Finds and loads the shared library: at the first call, never at import, and again in a forked child."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import sysconfig
import threading
from pathlib import Path
from typing import Any, Callable

from . import _abi, _header, _threads

_SUFFIX = {"darwin": "dylib", "win32": "dll"}.get(sys.platform, "so")
_HERE = Path(__file__).resolve().parent


class Library:
    """The loaded library. ``library.lithe_xyz`` is a ctypes function with the types that the header declares.

    Parameters
    ----------
    path : str
        The file to load.
    header : str
        Text of ``lithe.h``.
    """

    def __init__(self, path: str, header: str) -> None:
        self.path = path
        self._prototypes = _header.prototypes(header)
        try:
            self._dll = ctypes.CDLL(path)
        except OSError as error:
            raise ImportError(f"lithe cannot load its library {path}: {error}.{_libc_hint()}") from error
        _check_abi(self, header)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        prototype = self._prototypes.get(name)
        if prototype is None:
            raise AttributeError(f"lithe.h declares no function {name}")
        try:
            function: Callable[..., Any] = getattr(self._dll, name)
        except AttributeError:
            raise ImportError(f"{self.path} lacks {name}, which lithe.h declares: the two come from different "
                              "versions of lithe; reinstall it") from None
        function.restype, function.argtypes = prototype.result, prototype.arguments  # type: ignore[attr-defined]
        setattr(self, name, function)
        return function


def _check_abi(library: Library, header: str) -> None:
    found = {"library": library.lithe_abi_version(), "header": _header.macros(header).get("LITHE_ABI_VERSION")}
    wrong = {what: version for what, version in found.items() if version != _abi.ABI_VERSION}
    if wrong:
        what, version = next(iter(wrong.items()))
        raise ImportError(
            f"the {what} that lithe found speaks ABI {version}, but this Python package needs ABI {_abi.ABI_VERSION} "
            f"(library: {library.path}). Usually two installations are mixed, say one by pip and one by conda, or "
            "LITHE_LIBRARY points to an old build. Reinstall lithe, or unset LITHE_LIBRARY.")


def _libc_hint() -> str:
    if "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or ""):
        return (" This Python uses musl (Alpine), whose loader cannot open Go libraries;"
                " use a Python built on glibc, such as a Debian-based image.")
    return ""


def get_library() -> str:
    """Return the path of the shared library, for programs that link against it.

    The first of these that exists: ``$LITHE_LIBRARY``, the package's own copy, ``lib`` of the Python environment.

    Raises
    ------
    ImportError
        If there is none, which lists the places.

    Examples
    --------
    >>> import lithe
    >>> "liblithe" in lithe.get_library()
    True
    """
    chosen = os.environ.get("LITHE_LIBRARY")
    if chosen:
        if not os.path.isfile(chosen):
            raise ImportError(f"LITHE_LIBRARY is {chosen!r}, which is not a file; unset it or correct it")
        return os.path.abspath(chosen)
    return str(_first("library", [_HERE / "lib" / f"liblithe.{_SUFFIX}",
                                  Path(sys.prefix) / "lib" / f"liblithe.{_SUFFIX}"]))


def get_include() -> str:
    """Return the folder with ``lithe.h`` and ``lithe.hpp``, for compilers' ``-I``.

    Examples
    --------
    >>> import lithe, os
    >>> "lithe.h" in os.listdir(lithe.get_include())
    True
    """
    return str(_first("header", [_HERE / "include" / "lithe.h", Path(sys.prefix) / "include" / "lithe.h"]).parent)


def _first(what: str, places: list[Path]) -> Path:
    for place in places:
        if place.is_file():
            return place
    raise ImportError(f"lithe's {what} is missing: none of {', '.join(map(str, places))} exists. "
                      "Install the package with pip; a source tree needs pip install -e .")


_lock = threading.Lock()
_library: Library | None = None
_forked = False  # some ancestor of this process had the library loaded when it forked


def load() -> Library:
    """Return the library, loading it at the first call in this process.

    Raises
    ------
    ImportError
        If it is missing, cannot be loaded or speaks another ABI.
    RuntimeError
        In a forked child of a process that had loaded it, where it cannot be loaded afresh.
    """
    global _library
    with _lock:
        if _library is None:
            path = get_library()
            header = (Path(get_include()) / "lithe.h").read_text(encoding="utf-8")
            _library = Library(_fresh_copy(path) if _forked else path, header)
            _threads.register_with_threadpoolctl()
        return _library


def _fresh_copy(path: str) -> str:
    """Return another path to the same library, which the loader takes for a different one.

    The copy that the parent loaded is of no use after a fork: its threads exist in the parent only, so a call could
    wait for them forever. A copy in an anonymous file gets a runtime of its own.
    """
    if os.environ.get("LITHE_FORK") == "error" or not hasattr(os, "memfd_create"):
        raise RuntimeError(
            "lithe was used before this process was forked, and its threads did not come along. Start workers with "
            "multiprocessing's 'spawn' or 'forkserver' method or with joblib's loky, or use lithe in the children only"
            + (" (LITHE_FORK=error forbids loading a fresh copy)" if hasattr(os, "memfd_create") else ""))
    fd = os.memfd_create("liblithe")
    with open(path, "rb") as source, os.fdopen(fd, "wb", closefd=False) as copy:
        shutil.copyfileobj(source, copy)
    # The descriptor stays open: were its number used again, the loader would take the next copy for this one.
    return f"/proc/self/fd/{fd}"


def _after_fork_in_child() -> None:
    global _library, _forked, _lock
    _forked = _forked or _library is not None
    _library = None
    _lock = threading.Lock()  # a thread of the parent may have held the old one


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
