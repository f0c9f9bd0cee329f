"""Models whose fit can be interrupted and gone on with."""

from __future__ import annotations

from .._library_model import FileModel, LibraryModel
from .._sklearn import NotFittedError


class Interruptible(LibraryModel, FileModel):
    """A model that has `kernel_` and no weights after an interrupted fit."""

    def _is_untouched(self) -> bool:
        """Whether nothing has been fitted, not even in part."""
        return "kernel_" not in self.__dict__

    def _check_fitted(self) -> None:
        if not self._is_fitted() and not self._is_untouched():
            raise NotFittedError(f"The fit of this {type(self).__name__} instance was interrupted: it has kernel_ and no "
                                 "weights. Call 'fit' again, with warm_start=True to go on from there.")
        super()._check_fitted()

    def _forget(self, *more: str) -> None:
        """Drop what belongs to an earlier fit."""
        for name in (*self._state, "_cache", "_model", *more):
            self.__dict__.pop(name, None)
