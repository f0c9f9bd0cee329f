"""Estimators whose fitted state the library has a copy of."""

from __future__ import annotations

import json
import os
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ._arrays import view
from ._base import Estimator
from ._handle import Handle
from ._lib import load
from ._run import RUN, call, text


class _Cache(NamedTuple):
    handle: Handle
    arrays: tuple[np.ndarray | None, ...]
    setting: Any


def readable(path: str | os.PathLike[str]) -> str:
    """Return a path that the library is to read, or raise Python's own exceptions for files that are missing or may not be read."""
    path = os.fspath(path)
    with open(path, "rb"):
        return path


class FileModel(Estimator):
    """A model that the library writes to files."""

    _functions: ClassVar[str]
    """What the library's functions for these models are called up to their last word: ..._save, ..._info, ..._get."""

    def _handle(self) -> Handle:
        """Return a copy of the fitted model in the library, with all that a file holds."""
        raise NotImplementedError

    def _beside(self) -> tuple[str, ...]:
        """Return what a file holds that the library's copy does not: further arguments of ..._save."""
        return ()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file that Python, C, C++ and Go read.

        With it goes what is known of the fit, and its data if predictions need them. An existing file is replaced in one step.

        Parameters
        ----------
        path : str or path-like

        Raises
        ------
        ModelFileError
            If the file cannot be written.
        TypeError
            If the classes of a classifier are neither text nor numbers nor truth values.
        """
        self._check_fitted()
        handle = self._handle()  # which lives as long as it is held
        call(f"{self._functions}_save", handle.id, os.fspath(path), *self._beside(), RUN)


class LibraryModel(Estimator):
    """An estimator whose arrays under the names of `_state` the library has a copy of.

    The copy is a cache, which pickles and copies go without. It is made anew whenever one of the attributes holds another
    array than when it was made, at every call while one of them is writable, after a fork, and when `_setting` has changed.
    Arrays that come out of the library or a pickle are read-only.
    """

    _functions: ClassVar[str]
    """What the library's functions for these models are called up to their last word: ..._info and ..._get."""

    def _build(self) -> Handle:
        """Return a copy made of the attributes."""
        raise NotImplementedError

    def _arrays(self) -> tuple[np.ndarray | None, ...]:
        return tuple(getattr(self, name) for name in self._state)

    def _setting(self) -> Any:
        """Return what else the copy is held against, by ==."""
        return self._thread_count()

    def _handle(self) -> Handle:
        """Return the library's copy, making it anew if it may be out of date."""
        self._check_fitted()
        arrays, setting = self._arrays(), self._setting()
        cache: _Cache | None = self.__dict__.get("_cache")
        if (cache is not None and cache.handle.lib is load() and cache.setting == setting
                and all(new is old and (new is None or not new.flags.writeable) for new, old in zip(arrays, cache.arrays))):
            return cache.handle
        handle = self._build()
        self._cache = _Cache(handle, arrays, setting)
        return handle

    def _keep(self, handle: Handle, setting: Any) -> None:
        """Remember the copy that the attributes have come from."""
        self._cache = _Cache(handle, self._arrays(), setting)

    def _info(self, handle: Handle) -> dict[str, Any]:
        """Return what the library says about its copy."""
        info: dict[str, Any] = json.loads(text(f"{self._functions}_info", handle.id))
        return info

    def _array(self, handle: Handle, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """Return an array of the library's copy, read-only."""
        array = np.empty(shape)
        if array.size:
            call(f"{self._functions}_get", handle.id, name, view(array), RUN)
        array.flags.writeable = False
        return array

    def __getstate__(self) -> dict[str, Any]:
        state = dict(getattr(super(), "__getstate__", lambda: self.__dict__)() or {})
        state.pop("_cache", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in self._state:
            if isinstance(state.get(name), np.ndarray):
                state[name].flags.writeable = False
