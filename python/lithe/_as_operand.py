"""What users give as a matrix, in the form that the library takes."""

from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from . import _sparse
from ._arrays import as_rows, as_sample_weight, as_samples, refuse_mask
from ._callbacks import BlockOperand, ProductOperand
from ._operand import DenseOperand, Operand, SparseOperand, is_by_columns
from ._row_blocks import RowBlocks, in_pieces

_WHOLE = 1 << 26  # bytes up to which an array of another type is converted at once


def as_operand(A: Any, owner: str, *, minimum: int = 1, transpose: bool = True, once: bool = False) -> Operand:
    """Return a matrix as an argument for the library, not copied where possible.

    Parameters
    ----------
    A : array-like, frame, sparse matrix, object with products, RowBlocks, sequence of blocks or callable
        float32 and float64 arrays by rows or by columns, CSR and CSC matrices are read in place. An array of other
        numbers, or of another library, that takes more than 64 MiB as float64 is converted a block of rows at a time,
        in every pass; a smaller one at once.
    owner : str
        Name of the function or estimator, for messages.
    minimum : int
        Fewest rows that will do.
    transpose : bool
        Whether products of the transpose are needed.
    once : bool
        Whether A is read only once, so that an iterator will do.

    Raises
    ------
    ValueError, TypeError
        For anything that is no matrix of numbers, with scikit-learn's wording where it has one.
    """
    operand = _operand(A, owner, minimum, once)
    m, n = operand.shape
    if m < minimum:
        raise ValueError(f"Found array with {m} sample(s) (shape={operand.shape}) while a minimum of {minimum} is "
                         f"required by {owner}.")
    if n < 1:
        raise ValueError(f"Found array with 0 feature(s) (shape={operand.shape}) while a minimum of 1 is required by "
                         f"{owner}.")
    if transpose and isinstance(operand, ProductOperand) and not operand.has_transpose:
        raise TypeError(f"{owner} needs products with the transpose: give {type(A).__name__} a method rmatmat or "
                        "rmatvec, or an attribute T")
    return operand


def as_square_operand(A: Any, owner: str, *, transpose: bool = False) -> Operand:
    """Return a square matrix as an argument for the library; symmetric ones do without products of the transpose.

    Raises
    ------
    ValueError, TypeError
        As `as_operand`, and if the matrix is not square.
    """
    operand = as_operand(A, owner, transpose=transpose)
    if operand.shape[0] != operand.shape[1]:
        raise ValueError(f"{owner} needs a square matrix, got one of shape {operand.shape}")
    return operand


def as_array(A: Any, owner: str, minimum: int = 1) -> np.ndarray:
    """Return a dense matrix as a float array with rows or columns side by side, not copied where possible."""
    if isinstance(A, np.ndarray) and A.ndim == 2 and A.size and is_by_columns(A) and A.dtype.kind in "biuf":
        return DenseOperand(A).array
    if as_blocks(A) is not None or (hasattr(A, "shape") and not hasattr(A, "tocsr") and _has_products(A)
                                    and not isinstance(A, np.ndarray)):
        raise TypeError(f"{owner} needs all elements in one array, and got {type(A).__name__}: join blocks of rows by "
                        "numpy.concatenate, multiply an operator with the identity, or use svd or id, which take both")
    return as_samples(A, owner, minimum)


def as_blocks(A: Any) -> RowBlocks | None:
    """Return what is no single matrix, but blocks of rows one after the other; None for everything else."""
    if isinstance(A, RowBlocks):
        return A
    if isinstance(A, (np.ndarray, str, bytes, dict, set)) or hasattr(A, "shape") or hasattr(A, "__array__"):
        return None
    if isinstance(A, (list, tuple)):
        return RowBlocks(A) if len(A) and len(getattr(A[0], "shape", ())) == 2 else None
    if callable(A) or (hasattr(A, "__iter__") and not hasattr(A, "__dataframe__")):
        return RowBlocks(A)
    return None


def blocks_of_rows(X: Any, owner: str, weights: Any = None) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Yield rows that are read once, as dense arrays of float32 or float64 that the library can read, with weights.

    Parameters
    ----------
    X : matrix-like, or iterator of blocks of rows
        Anything but products.
    weights : array-like of shape (n_rows,) or None
        Only for rows that come in one piece.

    Raises
    ------
    ValueError, TypeError
        As `as_operand`.
    """
    blocks = as_blocks(X)
    if blocks is None:
        operand = as_operand(X, owner, transpose=False)
        given = as_sample_weight(weights, operand.shape[0])
        first = 0
        for rows in operand.pieces():
            yield as_rows(rows), None if given is None else given[first:first + len(rows)]
            first += len(rows)
        return
    if weights is not None:
        raise ValueError(f"{owner} takes weights of rows only where all rows are given at once")
    for block in blocks.as_they_come():
        for rows in as_operand(block, owner, minimum=0, transpose=False).pieces():
            yield as_rows(rows), None


def _operand(A: Any, owner: str, minimum: int, once: bool) -> Operand:
    refuse_mask(A, "A")
    if _sparse.is_sparse(A):
        return SparseOperand(_sparse.as_compressed(A, owner))
    blocks = as_blocks(A)
    if blocks is not None:
        if blocks.once and not once:
            raise TypeError(f"{owner} reads its matrix several times, and an iterator can be read only once. Pass a "
                            "list of blocks or a function that returns a new iterator each time, or use "
                            "lithe.lowrank.StreamingSVD, which reads once.")
        return BlockOperand(blocks)
    if not isinstance(A, np.ndarray) and len(getattr(A, "shape", ())) == 2 and _has_products(A):
        return ProductOperand(A)
    if _is_better_in_pieces(A):
        return BlockOperand(in_pieces(A))
    return DenseOperand(as_array(A, owner, minimum))


def _is_better_in_pieces(A: Any) -> bool:
    """Whether a big array has to be converted, or lies somewhere else, such as in a file of HDF5, and can be cut."""
    dtype = getattr(A, "dtype", None)
    if not isinstance(dtype, np.dtype) or dtype.kind not in "biuf" or len(getattr(A, "shape", ())) != 2:
        return False
    here = isinstance(A, np.ndarray) and dtype in (np.float32, np.float64)
    return not here and hasattr(A, "__getitem__") and 8 * A.shape[0] * A.shape[1] > _WHOLE


def _has_products(A: Any) -> bool:
    if hasattr(A, "matmat") or hasattr(A, "matvec"):
        return True
    return hasattr(A, "__matmul__") and not hasattr(A, "__array__") and not hasattr(A, "__dataframe__")
