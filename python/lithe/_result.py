"""Results that live inside the library until they are read: named arrays and a report."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from . import _run
from ._arrays import view
from ._handle import Handle
from ._progress import Monitor


class Result:
    """What a function of the library returns through a ``lithe_handle`` that is a result.

    Parameters
    ----------
    function : str
        As in ``lithe.h``; its last arguments are ``run, result``.
    *arguments : object
        The arguments before these two, as `lithe._run.call` takes them.
    threads, work, monitor
        As for `lithe._run.call`.

    Attributes
    ----------
    facts : dict
        The report; null is NaN.
    converged : bool
        False for a result that is short of its tolerance.
    """

    def __init__(self, function: str, *arguments: Any, threads: int = 0, work: float = 0,
                 monitor: Monitor | None = None) -> None:
        self._handle = Handle()
        self.converged = _run.call(function, *arguments, _run.RUN, self._handle.out, threads=threads, work=work,
                                   monitor=monitor)
        report = json.loads(_run.text("lithe_result_report", self._handle.id))
        self._shapes: dict[str, dict[str, Any]] = report.pop("arrays")
        self.facts = {name: float("nan") if value is None else value for name, value in report.items()}

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a matrix, or positions as int64 in one dimension."""
        shape = self._shapes[name]
        rows, cols = shape["rows"], shape["cols"]
        if shape["type"] == "int64":
            positions = np.empty(rows, dtype=np.int64)
            _run.call("lithe_result_read_indices", self._handle.id, name, positions, rows, _run.RUN)
            return positions
        values = np.empty((rows, cols), dtype=shape["type"])
        _run.call("lithe_result_read", self._handle.id, name, view(values), _run.RUN)
        return values

    def vector(self, name: str) -> np.ndarray:
        """Return a matrix of one column as one dimension."""
        return self[name].reshape(-1)
