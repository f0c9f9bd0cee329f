"""Models whose files the library writes from a result made for the purpose."""

from __future__ import annotations

import os
from typing import ClassVar

from .._base import Estimator
from .._handle import Handle
from .._run import RUN, call


class Saved(Estimator):
    """An estimator that the library saves."""

    _room: ClassVar[str]
    """What the library's functions for these models are called up to their last word: ..._new and ..._save."""

    def _made(self) -> Handle:
        """Return a result of the library with all that is known of the fit."""
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model, with all that is known of its fit, to a file that Python, C, C++ and Go read.

        The rows of `X` are not in it. An existing file is replaced in one step.

        Parameters
        ----------
        path : str or path-like

        Raises
        ------
        ModelFileError
            If the file cannot be written.
        """
        self._check_fitted()
        made = self._made()
        call(f"{self._room}_save", made.id, os.fspath(path), RUN)
