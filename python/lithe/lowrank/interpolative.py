"""The functions of `scipy.linalg.interpolative`, under its names and with its arguments.

``import lithe.lowrank.interpolative as sli`` in place of ``import scipy.linalg.interpolative as sli`` is all that
programs have to change. Matrices may be whatever `lithe.lowrank` takes. `lithe.lowrank.id` is the same decomposition
with the error stated, of columns or of rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._as_operand import as_operand
from .._callbacks import Product
from . import _estimates, _id, _svd

__all__ = ["estimate_rank", "estimate_spectral_norm", "estimate_spectral_norm_diff", "id_to_svd", "interp_decomp",
           "reconstruct_interp_matrix", "reconstruct_matrix_from_id", "reconstruct_skel_matrix", "svd"]

_FOUND = 1e-6  # smallest relative error for which a rank is looked for without all singular values


def interp_decomp(A: Any, eps_or_k: float, rand: bool = True, rng: Any = None) -> Any:
    """Choose columns of a matrix that all others are combinations of.

    Parameters
    ----------
    A : matrix-like of shape (m, n)
    eps_or_k : float or int
        Below 1 the relative error in the Frobenius norm to reach, and otherwise the number of columns.
    rand : ignored
        The columns are always pivots of a random sketch.
    rng : int, RandomState, Generator or None, default=None

    Returns
    -------
    k : int
        Number of columns; only if `eps_or_k` is an error.
    idx : ndarray of int64, shape (n,)
        All columns, the chosen ones first.
    proj : ndarray of shape (k, n - k)
        Coefficients of the other columns in the chosen ones.

    Examples
    --------
    >>> import numpy as np
    >>> import lithe.lowrank.interpolative as sli
    >>> A = np.outer([1.0, 2.0, 3.0], [2.0, 0.0, 4.0, 1.0])
    >>> k, idx, proj = sli.interp_decomp(A, 1e-3, rng=0)
    >>> k
    1
    >>> bool(np.allclose(sli.reconstruct_matrix_from_id(A[:, idx[:k]], idx, proj), A))
    True
    """
    if eps_or_k >= 1:
        return _columns(_id.id(A, int(eps_or_k), random_state=rng), int(eps_or_k))
    largest = min(as_operand(A, "interp_decomp").shape)
    k = estimate_rank(A, eps_or_k, rng)
    found = _id.id(A, k, random_state=rng)
    while found.relative_error > eps_or_k and k < largest:
        k = min(largest, k + max(1, k // 8))
        found = _id.id(A, k, random_state=rng)
    k = len(found.indices)
    return k, *_columns(found, k)


def reconstruct_interp_matrix(idx: np.ndarray, proj: np.ndarray) -> np.ndarray:
    """Return the coefficients of all columns in the chosen ones, of shape (k, n): ``A ~ A[:, idx[:k]] @ P``."""
    k = len(proj)
    P = np.empty((k, len(idx)), dtype=proj.dtype)
    P[:, idx[:k]], P[:, idx[k:]] = np.eye(k, dtype=proj.dtype), proj
    return P


def reconstruct_matrix_from_id(B: np.ndarray, idx: np.ndarray, proj: np.ndarray) -> np.ndarray:
    """Return the matrix, of shape (m, n), that an interpolative decomposition with the chosen columns B stands for."""
    product: np.ndarray = B @ reconstruct_interp_matrix(idx, proj)
    return product


def reconstruct_skel_matrix(A: Any, k: int, idx: np.ndarray) -> Any:
    """Return the chosen columns of a matrix, of shape (m, k)."""
    return A[:, idx[:k]]


def id_to_svd(B: np.ndarray, idx: np.ndarray, proj: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the singular value decomposition ``(U * S) @ V.T`` of what an interpolative decomposition stands for.

    Returns
    -------
    U : ndarray of shape (m, k)
    S : ndarray of shape (k,)
    V : ndarray of shape (n, k)
    """
    Q, R = np.linalg.qr(B)
    W, T = np.linalg.qr(reconstruct_interp_matrix(idx, proj).T)
    U, S, Vt = np.linalg.svd(R @ T.T)
    return Q @ U, S, W @ Vt.T


def svd(A: Any, eps_or_k: float, rand: bool = True, rng: Any = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return U, S and V with ``A ~ (U * S) @ V.T``, of a given rank or relative error; see `lithe.lowrank.svd`."""
    k = int(eps_or_k) if eps_or_k >= 1 else estimate_rank(A, eps_or_k, rng)
    found = _svd.svd(A, k, random_state=rng)
    return found.U, found.s, found.Vt.T


def estimate_spectral_norm(A: Any, its: int = 20, rng: Any = None) -> float:
    """Return the largest singular value of a matrix; `its` is ignored. See `lithe.lowrank.norm`."""
    return float(_estimates.norm(A, "spectral", random_state=rng))


def estimate_spectral_norm_diff(A: Any, B: Any, its: int = 20, rng: Any = None) -> float:
    """Return the largest singular value of A - B; `its` is ignored."""
    return estimate_spectral_norm(_Difference(A, B), rng=rng)


def estimate_rank(A: Any, eps: float, rng: Any = None) -> int:
    """Return about the smallest rank of an approximation to A with a relative error of at most `eps`.

    The error is that of the Frobenius norm. Below 1e-6 all singular values are computed.
    """
    if eps >= _FOUND:
        return len(_svd.svd(A, tol=eps, random_state=rng).s)
    found = _svd.svd(A, min(as_operand(A, "estimate_rank").shape), random_state=rng)
    left = np.sqrt(np.cumsum(found.s[::-1] ** 2))[::-1]
    return max(1, int(np.count_nonzero(left > eps * found.norm)))


def _columns(found: _id.IDResult, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return `idx` and `proj` for k columns, of which some may be chosen at will where fewer were enough."""
    others = np.setdiff1d(np.arange(found.P.shape[1]), found.indices)
    idx = np.concatenate([found.indices, others])
    proj = np.zeros((k, len(idx) - k), dtype=found.P.dtype)
    proj[:len(found.indices)] = found.P[:, idx[k:]]
    return idx, proj


class _Difference:
    """A - B by its products."""

    def __init__(self, A: Any, B: Any) -> None:
        self._A, self._B = as_operand(A, "A - B"), as_operand(B, "A - B")
        if self._A.shape != self._B.shape:
            raise ValueError(f"A and B must have one shape, got {self._A.shape} and {self._B.shape}")
        self.shape = self._A.shape
        self.matmat: Product = lambda x: self._A.matmat(x) - self._B.matmat(x)
        self.rmatmat: Product = lambda x: self._A.rmatmat(x) - self._B.rmatmat(x)
