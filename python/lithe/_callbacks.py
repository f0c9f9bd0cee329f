"""Matrices that Python code supplies while the library works: as products, or as blocks of rows."""

from __future__ import annotations

import math
from typing import Any, Callable, Iterator

import numpy as np

from . import _abi
from ._arrays import number, view
from ._operand import Operand
from ._row_blocks import RowBlocks

Product = Callable[[np.ndarray], Any]


class ProductOperand(Operand):
    """A matrix of which only the products with blocks of columns are known.

    Parameters
    ----------
    A : object
        With `shape`, products by `matmat`, ``@`` or `matvec`, those of the transpose by `rmatmat`, `rmatvec` or ``.T``.
        A `dtype` of float32 makes the work float32.
    """

    nbytes = None
    work = math.inf

    def __init__(self, A: Any) -> None:
        m, n = A.shape
        self.shape = int(m), int(n)
        dtype = np.dtype(np.float64 if getattr(A, "dtype", None) is None else A.dtype)
        if dtype.kind == "c":
            raise ValueError(f"Complex data not supported\n{A}\n")
        self.dtype = dtype if dtype == np.float32 else np.dtype(np.float64)
        self._product, self._transposed = _product(A), _transposed_product(A)

    @property
    def has_transpose(self) -> bool:
        """Whether products of the transpose are known."""
        return self._transposed is not None

    def matmat(self, V: np.ndarray) -> np.ndarray:
        return np.asarray(self._product(V))

    def rmatmat(self, V: np.ndarray) -> np.ndarray:
        assert self._transposed is not None
        return np.asarray(self._transposed(V))

    def pieces(self) -> Iterator[np.ndarray]:
        raise TypeError("the rows of a matrix are needed here, of which only products are known")

    def _fill(self, struct: _abi.Operator) -> None:
        struct.kind = _abi.PRODUCTS
        struct.rows, struct.cols = self.shape
        struct.dtype = number(self.dtype)
        struct.product = _abi.PRODUCT(guarded(self, _writer(self._product, "A x")))
        if self._transposed is not None:
            struct.product_transposed = _abi.PRODUCT(guarded(self, _writer(self._transposed, "A^T x")))


class BlockOperand(Operand):
    """A matrix that comes as blocks of rows.

    Parameters
    ----------
    blocks : RowBlocks
    """

    work = math.inf

    def __init__(self, blocks: RowBlocks) -> None:
        self.blocks, self.shape, self.dtype = blocks, blocks.shape, blocks.dtype
        self.nbytes = self.shape[0] * self.shape[1] * self.dtype.itemsize

    def matmat(self, V: np.ndarray) -> np.ndarray:
        return np.concatenate([block @ V for block in self.blocks])

    def rmatmat(self, V: np.ndarray) -> np.ndarray:
        product, start = np.zeros((self.shape[1], V.shape[1]), dtype=V.dtype), 0
        for block in self.blocks:
            product += block.T @ V[start:start + len(block)]
            start += len(block)
        return product

    def pieces(self) -> Iterator[np.ndarray]:
        return iter(self.blocks)

    def _fill(self, struct: _abi.Operator) -> None:
        struct.kind = _abi.ROW_BLOCKS
        struct.rows, struct.cols = self.shape
        struct.dtype = number(self.dtype)
        struct.next_rows = _abi.NEXT_ROWS(guarded(self, _Sweep(self.blocks)))


class _Sweep:
    """Hands out blocks of rows in order and keeps each alive until the next is asked for."""

    def __init__(self, blocks: RowBlocks) -> None:
        self._blocks = blocks
        self._left: Iterator[np.ndarray] = iter(())
        self._block: np.ndarray | None = None

    def __call__(self, _: Any, first: int, block: Any) -> None:
        if first:
            self._left = iter(self._blocks)
        self._block = next(self._left, None)
        if self._block is None:
            block[0] = _abi.Matrix()
        else:
            block[0] = view(self._block)


def guarded(owner: Any, body: Callable[..., None]) -> Callable[..., int]:
    """Return a function for C that runs the body; what it raises goes to ``owner.failure`` and C is told to stop."""

    def run(*arguments: Any) -> int:
        try:
            body(*arguments)
        except BaseException as failure:
            owner.failure = failure
            return 1
        return 0

    return run


def array_at(matrix: _abi.Matrix) -> np.ndarray:
    """Return a view of memory of the library as an array; it is valid only as long as the library says."""
    return np.asarray(_Memory(matrix))


class _Memory:
    def __init__(self, matrix: _abi.Matrix) -> None:
        kind = np.dtype(np.float32 if matrix.dtype == _abi.FLOAT32 else np.float64)
        self.__array_interface__ = {
            "version": 3, "shape": (matrix.rows, matrix.cols), "typestr": kind.str, "data": (matrix.data or 0, False),
            "strides": (matrix.stride * kind.itemsize, kind.itemsize)}


def _writer(product: Product, name: str) -> Callable[..., None]:
    def write(_: Any, x: Any, y: Any) -> None:
        # A copy, because the code of a user may keep what it is given.
        given, place = array_at(x[0]).copy(), array_at(y[0])
        found = np.asarray(product(given))
        if found.shape != place.shape:
            raise ValueError(f"the product {name} has shape {found.shape} for x of shape {given.shape}, expected "
                             f"{place.shape}")
        if found.dtype.kind not in "biuf":
            raise ValueError(f"the product {name} has elements of type {found.dtype}, expected real numbers")
        place[...] = found

    return write


def _product(A: Any) -> Product:
    if hasattr(A, "matmat"):
        return A.matmat
    if hasattr(A, "__matmul__"):
        return lambda x: A @ x
    return _by_columns(A.matvec)


def _transposed_product(A: Any) -> Product | None:
    # SciPy's LinearOperator has its methods also where it was given no function for them, and fails when they are called.
    missing = "_CustomLinearOperator__{}_impl"
    if all(getattr(A, missing.format(name), A) is None for name in ("rmatvec", "rmatmat")):
        return None
    if hasattr(A, "rmatmat"):
        return A.rmatmat
    if hasattr(A, "rmatvec"):
        return _by_columns(A.rmatvec)
    transpose = getattr(A, "T", None)
    return None if transpose is None else _product(transpose)


def _by_columns(matvec: Callable[[np.ndarray], Any]) -> Product:
    return lambda x: np.stack([np.asarray(matvec(column)).reshape(-1) for column in x.T], axis=1)
