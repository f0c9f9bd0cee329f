"""Matrices in the forms that the library's low-rank functions take."""

from __future__ import annotations

import ctypes
from typing import Any, Iterator

import numpy as np

from . import _abi, _sparse
from ._arrays import as_rows, view

_PIECE = 1 << 23  # bytes of a dense piece in float64


class Operand:
    """A matrix A of shape (m, n) as an argument of the library.

    Attributes
    ----------
    shape : (int, int)
    dtype : dtype
        float32 or float64, the type of the work.
    nbytes : int or None
        Bytes that one pass over A reads, None if only its products are known.
    work : float
        Operations per column of a product, infinite for Python code that has to stay interruptible.
    failure : BaseException or None
        What a callback raised. It is raised to the caller once the library has returned.
    """

    shape: tuple[int, int]
    dtype: np.dtype
    nbytes: int | None
    work: float
    failure: BaseException | None = None

    def struct(self, center: bool = False) -> _abi.Operator:
        """Return the ``lithe_operator``, which keeps this object alive.

        Parameters
        ----------
        center : bool
            Subtract its mean from each column.
        """
        struct = _abi.Operator(center=int(center))
        struct.owner = self
        self._fill(struct)
        return struct

    def matmat(self, V: np.ndarray) -> np.ndarray:
        """Return A @ V for V of shape (n, any)."""
        raise NotImplementedError

    def rmatmat(self, V: np.ndarray) -> np.ndarray:
        """Return A.T @ V for V of shape (m, any)."""
        raise NotImplementedError

    def pieces(self) -> Iterator[np.ndarray]:
        """Yield dense blocks of rows, from the first row to the last."""
        raise NotImplementedError

    def _fill(self, struct: _abi.Operator) -> None:
        raise NotImplementedError


class DenseOperand(Operand):
    """An array, read in place by rows or by columns, whichever lie side by side; other layouts are copied.

    Parameters
    ----------
    A : ndarray of float32 or float64, shape (m, n)
    """

    def __init__(self, A: np.ndarray) -> None:
        self.shape = A.shape[0], A.shape[1]
        self._flip = is_by_columns(A)
        self._rows = as_rows(A.T if self._flip else A)
        self.array = self._rows.T if self._flip else self._rows
        self.dtype, self.nbytes, self.work = self._rows.dtype, self._rows.nbytes, 2.0 * A.size

    def matmat(self, V: np.ndarray) -> np.ndarray:
        return self.array @ V

    def rmatmat(self, V: np.ndarray) -> np.ndarray:
        return self.array.T @ V

    def pieces(self) -> Iterator[np.ndarray]:
        step = _rows_per_piece(self.shape[1])
        return (self.array[i:i + step] for i in range(0, self.shape[0], step))

    def _fill(self, struct: _abi.Operator) -> None:
        struct.kind = _abi.DENSE_TRANSPOSED if self._flip else _abi.DENSE
        struct.dense = ctypes.pointer(view(self._rows))


class SparseOperand(Operand):
    """A compressed sparse matrix, read in place.

    Parameters
    ----------
    A : CSR or CSC matrix of float32 or float64, as `_sparse.as_compressed` returns it
    """

    def __init__(self, A: Any) -> None:
        self.shape, self.matrix = tuple(A.shape), A
        self.dtype, self.work = A.dtype, 4.0 * A.nnz
        self.nbytes = A.data.nbytes + A.indices.nbytes + A.indptr.nbytes

    def matmat(self, V: np.ndarray) -> np.ndarray:
        return np.asarray(self.matrix @ V)

    def rmatmat(self, V: np.ndarray) -> np.ndarray:
        return np.asarray(self.matrix.T @ V)

    def pieces(self) -> Iterator[np.ndarray]:
        step, rows = _rows_per_piece(self.shape[1]), self.matrix.tocsr()
        return (rows[i:i + step].toarray() for i in range(0, self.shape[0], step))

    def _fill(self, struct: _abi.Operator) -> None:
        struct.kind = _abi.COMPRESSED
        struct.sparse = ctypes.pointer(_sparse.view(self.matrix))


def _rows_per_piece(cols: int) -> int:
    return max(1, _PIECE // (8 * cols))


def is_by_columns(A: np.ndarray) -> bool:
    """Whether the columns of a matrix, and not its rows, lie side by side."""
    return A.size > 0 and A.shape[0] > 1 and A.strides[0] == A.itemsize and not A.flags.c_contiguous
