"""Results that live inside the library until they are read: named arrays and a report."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from . import _abi, _run
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
        """Return a matrix where the library has it, in memory that is the array's own, or positions in one dimension."""
        shape = self._shapes[name]
        rows, cols = shape["rows"], shape["cols"]
        if shape["type"] == "int64":
            positions = np.empty(rows, dtype=np.int64)
            _run.call("lithe_result_read_indices", self._handle.id, name, positions, rows, _run.RUN)
            return positions
        if rows * cols == 0:
            return np.empty((rows, cols), dtype=shape["type"])
        found, owner = _abi.Matrix(), Handle()
        _run.call("lithe_result_view", self._handle.id, name, found, _run.RUN, owner.out)
        return np.asarray(_Place(found, np.dtype(shape["type"]), owner))

    def copied(self, name: str) -> np.ndarray:
        """Return a copy of a matrix, which for a small one takes less time than being lent it."""
        shape = self._shapes[name]
        copy = np.empty((shape["rows"], shape["cols"]), dtype=shape["type"])
        if copy.size:
            _run.call("lithe_result_read", self._handle.id, name, view(copy), _run.RUN)
        return copy

    def vector(self, name: str) -> np.ndarray:
        """Return a matrix of one column as one dimension."""
        return self[name].reshape(-1)


class _Place:
    """Memory of the library for NumPy, whose arrays keep this object and by it the memory."""

    def __init__(self, matrix: _abi.Matrix, dtype: np.dtype, owner: Handle) -> None:
        self._owner = owner
        self.__array_interface__ = {
            "version": 3, "typestr": dtype.str, "data": (matrix.data, False), "shape": (matrix.rows, matrix.cols),
            "strides": (matrix.stride * dtype.itemsize, dtype.itemsize)}
