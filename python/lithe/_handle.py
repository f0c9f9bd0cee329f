"""Ownership of what lives inside the library."""

from __future__ import annotations

import ctypes
import os
import weakref

from ._lib import Library, load


class Handle:
    """One object of the library, freed with this one.

    Attributes
    ----------
    lib : Library
        The library it lives in; after a fork it is another one than `load` returns.
    out : ctypes.c_int64
        Pass this to the function that makes the object.
    """

    def __init__(self) -> None:
        self.lib = load()
        self.out = ctypes.c_int64()
        # Not at exit: the process takes the memory with it, and the library may be busy on another thread.
        weakref.finalize(self, _free, self.lib, self.out, os.getpid()).atexit = False

    @property
    def id(self) -> int:
        """The handle's number, for functions that use the object."""
        return self.out.value


def _free(library: Library, out: ctypes.c_int64, owner: int) -> None:
    if out.value and os.getpid() == owner:
        library.lithe_free(out.value)
