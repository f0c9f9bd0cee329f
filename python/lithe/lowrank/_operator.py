"""Matrices of any kind as operators for the library."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from .. import _abi, _sparse
from .._arrays import as_rows, view


def by_columns(A: np.ndarray) -> bool:
    """Whether the columns of a matrix, and not its rows, lie side by side."""
    return A.size > 0 and A.shape[0] > 1 and A.strides[0] == A.itemsize and not A.flags.c_contiguous


def operator(A: Any, center: bool = False) -> _abi.Operator:
    """Return a ``lithe_operator`` over a matrix as `as_matrix` returns it, which it keeps alive.

    Parameters
    ----------
    A : ndarray, or CSR or CSC matrix
    center : bool
        Let the library subtract its mean from each column.
    """
    made = _abi.Operator(center=int(center))
    if _sparse.is_sparse(A):
        made.kind, made.view = _abi.COMPRESSED, _sparse.view(A)
        made.sparse = ctypes.pointer(made.view)
    else:
        flip = by_columns(A)
        made.kind = _abi.DENSE_TRANSPOSED if flip else _abi.DENSE
        made.view = view(as_rows(A.T if flip else A))
        made.dense = ctypes.pointer(made.view)
    return made
