"""Orthonormal bases of the range of a matrix: of a given width, or wide enough for a given error."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np

from .._as_operand import as_operand
from .._docs import documented
from .._progress import Progress
from ._compute import check_rank, compute, options, running
from ._explained import Explained


class _Basis(NamedTuple):
    Q: np.ndarray


@documented
class RangeResult(Explained, _Basis):
    """An orthonormal basis of nearly all of the range of a matrix, ``A ~ Q @ (Q.T @ A)``; unpacks as ``Q,``.

    Attributes
    ----------
    Q : ndarray of shape (m, l)
        Orthonormal columns.
    error : float
        Estimated Frobenius norm of ``A - Q @ Q.T @ A``.
    relative_error : float
        The same as a fraction of the Frobenius norm of A.
    error_method : {"leave-one-out", "sampled"}
        From the products that made Q, at no cost; or from fresh random vectors, where Q holds all up to rounding.
    {effort}
    """

    error: float
    relative_error: float
    error_method: str
    passes: int
    columns: int
    flops: float
    bytes_read: float | None
    seconds: float
    seed: int

    def _summary(self) -> str:
        return f"basis of {self.Q.shape[1]} columns for the range of a matrix of {self.Q.shape[0]} rows"


@documented
def range_finder(A: Any, k: int, *, n_oversamples: int = 0, max_passes: int = 0, random_state: Any = None,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Callable[[Progress], Any] | None = None) -> RangeResult:
    """Return an orthonormal basis Q of k + n_oversamples columns such that ``Q @ (Q.T @ A)`` is close to A.

    O(m n l) operations per pass and O((m + n) l) memory for l columns.

    Parameters
    ----------
    {matrix}
    k : int
        Rank that Q is to be good for, in [1, min(m, n)].
    n_oversamples : int, default=0
        Columns beyond k; 0 means max(10, k / 5), within min(m, n).
    max_passes : int, default=0
        Most multiplications of the matrix with a block, of which each two beyond the first are a power step; 0 means 3.
    {random_state}
    {run}

    Returns
    -------
    RangeResult

    Raises
    ------
    {raises}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import range_finder
    >>> A = np.random.default_rng(0).normal(size=(50, 3)) @ np.random.default_rng(1).normal(size=(3, 40))
    >>> found = range_finder(A, 3, random_state=0)
    >>> bool(np.allclose(found.Q @ (found.Q.T @ A), A))
    True
    """
    operand = as_operand(A, "range_finder")
    text = options("range_finder", n_components=k, n_oversamples=n_oversamples, max_passes=max_passes,
                   random_state=random_state)
    check_rank(k, operand.shape)
    found = compute("range_finder", operand, options=text, width=2 * k,
                    **running(n_jobs, verbose, progress, callback))
    return RangeResult(found["q"])._knowing(found.facts)


class _Factors(NamedTuple):
    Q: np.ndarray
    B: np.ndarray


@documented
class QBResult(Explained, _Factors):
    """A factorization ``A ~ Q @ B`` with ``B = Q.T @ A``, which unpacks as ``Q, B``.

    Attributes
    ----------
    Q : ndarray of shape (m, r)
        Orthonormal columns.
    B : ndarray of shape (r, n)
        Orthogonal rows, whose norms, decreasing, approximate the singular values.
    error : float
        Frobenius norm of ``A - Q @ B``, exact up to rounding.
    relative_error : float
        The same as a fraction of the Frobenius norm of A.
    {effort}
    """

    error: float
    relative_error: float
    passes: int
    columns: int
    flops: float
    bytes_read: float | None
    seconds: float
    seed: int

    def _summary(self) -> str:
        return f"rank {len(self.B)} of a {len(self.Q)} x {self.B.shape[1]} matrix"


@documented
def qb(A: Any, tol: float, *, random_state: Any = None, n_jobs: int | None = None, verbose: int = 0,
       progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> QBResult:
    """Return Q and B with ``|A - Q @ B| <= tol * |A|`` in the Frobenius norm, of about the smallest rank there is.

    The rank r exceeds the smallest possible one by a few per cent at most, and is at least 1. Some 4 m n w operations
    and (m + n) w numbers of memory, w being of the order of 2 r.

    Parameters
    ----------
    {matrix}
        Its norm has to be known, so that products alone are not enough.
    tol : float
        Relative error, below 1. Rounding limits it to 2e-7, and 1e-3 for float32.
    {random_state}
    {run}

    Returns
    -------
    QBResult

    Raises
    ------
    {raises}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import qb
    >>> A = np.diag([8.0, 4.0, 2.0, 1.0, 0.5])
    >>> found = qb(A, 0.2, random_state=0)
    >>> found.B.shape
    (3, 5)
    >>> found.relative_error <= 0.2
    True
    """
    operand = as_operand(A, "qb")
    found = compute("qb", operand, options=options("qb", tol=tol, random_state=random_state),
                    width=min(operand.shape), **running(n_jobs, verbose, progress, callback))
    return QBResult(found["q"], found["b"])._knowing(found.facts)
