"""Diagnostics of the library as warnings."""

from __future__ import annotations

import warnings
from typing import Any, Collection

from .._sklearn import ConvergenceWarning


def warn(diagnostics: list[dict[str, Any]], codes: Collection[str] | None = None, level: int = 3) -> None:
    """Warn of the diagnostics that have one of the codes, None for all of them.

    Parameters
    ----------
    diagnostics : list of dict
    codes : collection of str or None, default=None
    level : int, default=3
        Whose line the warnings name: 3 means the caller of the function that calls this one.
    """
    for note in diagnostics:
        if codes is None or note["code"] in codes:
            warnings.warn(f"{note['message']}; {note['action']}", ConvergenceWarning, stacklevel=level)
