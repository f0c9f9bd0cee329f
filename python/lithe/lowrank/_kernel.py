"""Positive semidefinite matrices that are known by their elements."""

from __future__ import annotations

import ctypes
import math
from typing import Any, Callable

import numpy as np

from .. import _abi, _options
from .._arrays import as_rows, number, view
from .._as_operand import as_array
from .._callbacks import array_at, guarded
from .._operand import Operand

_DIAGONAL_ROWS = 64  # points whose kernel values with each other give a piece of the diagonal

KINDS = {"rbf": _abi.KERNEL_RBF, "matern32": _abi.KERNEL_MATERN32, "matern52": _abi.KERNEL_MATERN52}
"""Kernels that the library knows, by name."""


class KernelOperand(Operand):
    """A kernel matrix as an argument of the library.

    Parameters
    ----------
    A : array-like
        The matrix itself of shape (n, n), or the n points, one per row.
    kernel : None, str or callable
        None for the matrix itself, the name of a kernel, or a function of two sets of points.
    gamma : float or None
        Parameter of kernel "rbf".
    length_scale : float
        Parameter of the others.
    """

    nbytes = None

    def __init__(self, A: Any, kernel: Any, gamma: Any, length_scale: Any) -> None:
        owner = "rpcholesky"
        self._data = as_rows(as_array(A, owner))
        n, d = self._data.shape
        self.shape, self.dtype = (n, n), self._data.dtype
        self._function: Callable[..., Any] | None = None
        self._parameter, self.work = 0.0, 2.0 * n * d
        if kernel is None:
            if n != d:
                raise ValueError(f"{owner} needs a square matrix, got one of shape {(n, d)}; for points name a kernel")
            self._kind, self.work = _abi.KERNEL_DENSE, float(n)
        elif callable(kernel):
            self._kind, self._function, self.work = _abi.KERNEL_CALLBACK, kernel, math.inf
        elif isinstance(kernel, str) and kernel in KINDS:
            self._kind = KINDS[kernel]
            if kernel == "rbf":
                self._parameter = 1.0 / d if gamma is None else _options.positive(owner, "gamma", gamma)
            else:
                self._parameter = _options.positive(owner, "length_scale", length_scale)
        else:
            raise ValueError(f"The 'kernel' parameter of {owner} must be None, a callable or one of {sorted(KINDS)}. "
                             f"Got {kernel!r} instead.")

    def struct(self, center: bool = False) -> Any:
        struct = _abi.Kernel(kind=self._kind, dtype=number(self.dtype), parameter=self._parameter)
        struct.owner = self
        if self._function is None:
            struct.data = ctypes.pointer(view(self._data))
        else:
            struct.size = self.shape[0]
            struct.diagonal = _abi.KERNEL_DIAGONAL(guarded(self, self._write_diagonal))
            struct.columns = _abi.KERNEL_COLUMNS(guarded(self, self._write_columns))
        return struct

    def _write_diagonal(self, _: Any, diagonal: Any) -> None:
        place = array_at(diagonal[0])
        for start in range(0, len(self._data), _DIAGONAL_ROWS):
            points = self._data[start:start + _DIAGONAL_ROWS]
            place[start:start + len(points), 0] = np.diagonal(self._between(points, points))

    def _write_columns(self, _: Any, ids: Any, count: int, columns: Any) -> None:
        chosen = np.ctypeslib.as_array(ids, shape=(count,))
        array_at(columns[0])[...] = self._between(self._data[chosen], self._data)

    def _between(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        assert self._function is not None
        values = np.asarray(self._function(x, y))
        if values.shape != (len(x), len(y)):
            raise ValueError(f"the kernel returned shape {values.shape} for {len(x)} and {len(y)} points, expected "
                             f"{(len(x), len(y))}")
        return values
