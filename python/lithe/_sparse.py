"""SciPy's sparse matrices as views for the library, without importing SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _abi


def is_sparse(X: Any) -> bool:
    """Return whether `X` is a sparse matrix or array of SciPy, or behaves like one."""
    return hasattr(X, "tocsr") and hasattr(X, "nnz")


def as_compressed(X: Any, owner: str) -> Any:
    """Return a sparse matrix as CSR or CSC with float32 or float64 values, itself if it is that already.

    float32 stays float32; every other type becomes float64. Values are not looked at: the library reports NaN and
    infinity.

    Raises
    ------
    ValueError
        If it is not two-dimensional, has no rows or columns, or is complex.
    """
    if len(X.shape) != 2:
        raise ValueError(f"Expected 2D array, got {len(X.shape)}D array instead: {owner} needs a sparse matrix with "
                         "rows and columns.")
    if X.dtype.kind == "c":
        raise ValueError(f"Complex data not supported\n{X}\n")
    if getattr(X, "format", None) not in ("csr", "csc"):
        X = X.tocsr()
    return X if X.dtype in (np.float32, np.float64) else X.astype(np.float64)


def canonical(X: Any) -> Any:
    """Return a matrix in CSR with ascending columns and no place twice, itself if it is that already."""
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    return X


def view(X: Any) -> _abi.Sparse:
    """Return a ``lithe_sparse`` over a result of `as_compressed`, whose arrays it keeps alive."""
    wide = X.indices.dtype.itemsize > 4 or X.indptr.dtype.itemsize > 4
    index = np.int64 if wide else np.int32
    values, indices, indptr = (np.ascontiguousarray(a) for a in (X.data, X.indices.astype(index, copy=False),
                                                                  X.indptr.astype(index, copy=False)))
    dtype = _abi.FLOAT32 if values.dtype == np.float32 else _abi.FLOAT64
    sparse = _abi.Sparse(values.ctypes.data, indices.ctypes.data, indptr.ctypes.data, *X.shape,
                         min(len(values), len(indices)), dtype, _abi.INT64 if wide else _abi.INT32,
                         _abi.CSR if X.format == "csr" else _abi.CSC)
    sparse.arrays = values, indices, indptr
    return sparse
