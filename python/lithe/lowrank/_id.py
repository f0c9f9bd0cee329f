"""Factors made of columns and rows of the matrix itself: interpolative decompositions and CUR."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np

from .._as_operand import as_operand
from .._docs import documented
from .._progress import Progress
from ._compute import check_rank, compute, options, running
from ._explained import Explained


class _Interpolation(NamedTuple):
    indices: np.ndarray
    C: np.ndarray
    P: np.ndarray


@documented
class IDResult(Explained, _Interpolation):
    """An interpolative decomposition, which unpacks as ``indices, C, P``: A is close to its `approximation`.

    Attributes
    ----------
    indices : ndarray of int64, shape (k,)
        The chosen columns (rows) of A, the most important first.
    C : ndarray of shape (m, k), or (k, n)
        These columns, or these rows.
    P : ndarray of shape (k, n), or (m, k)
        ``A ~ C @ P`` from columns, ``A ~ P @ C`` from rows. ``P[:, indices]``, or ``P[indices]``, is the identity.
    axis : {0, 1}
        1 for columns, 0 for rows.
    {error}
    {effort}
    """

    axis: int
    error: float
    relative_error: float
    error_method: str
    passes: int
    columns: int
    flops: float
    bytes_read: float | None
    seconds: float
    seed: int

    @property
    def approximation(self) -> np.ndarray:
        """The matrix of shape (m, n) that the factors multiply to."""
        return self.C @ self.P if self.axis else self.P @ self.C

    def _summary(self) -> str:
        m, n = (len(self.C), self.P.shape[1]) if self.axis else (len(self.P), self.C.shape[1])
        return f"{len(self.indices)} {'columns' if self.axis else 'rows'} of a {m} x {n} matrix"


@documented
def id(A: Any, k: int, *, axis: int = 1, strong: bool = False, n_oversamples: int = 0, max_passes: int = 0,
       random_state: Any = None, n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
       callback: Callable[[Progress], Any] | None = None) -> IDResult:
    """Choose k columns or rows of a matrix, and express all others by them.

    The chosen ones are the first pivots of a QR factorization of a random sketch; the coefficients are the best there
    are for them. Fewer than k come back where they are dependent to rounding, but always one. O(m n k) operations.

    Parameters
    ----------
    {matrix}
    k : int
        Columns or rows to choose, in [1, min(m, n)].
    axis : {0, 1}, default=1
        1 chooses columns, 0 rows.
    strong : bool, default=False
        Exchange columns until no coefficient of the sketch is larger than 2, which guards against matrices on which
        pivoting fails.
    n_oversamples : int, default=0
        Rows of the sketch beyond k; 0 means max(10, k / 5).
    max_passes : int, default=0
        Most multiplications of the matrix with a block, of which all beyond 3 go in pairs into power steps for the
        sketch; 0 means 5.
    {random_state}
    {run}

    Returns
    -------
    IDResult

    Raises
    ------
    {raises}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe import lowrank
    >>> A = np.array([[1.0, 2.0, 0.0, 3.0], [0.0, 0.0, 4.0, 4.0], [1.0, 2.0, 0.0, 3.0]])
    >>> found = lowrank.id(A, 2, random_state=0)
    >>> bool(np.allclose(A, A[:, found.indices] @ found.P))
    True
    """
    operand = as_operand(A, "id")
    if axis not in (0, 1) or isinstance(axis, bool):
        raise ValueError(f"The 'axis' parameter of id must be 0 for rows or 1 for columns. Got {axis!r} instead.")
    text = options("id", n_components=k, strong=strong or None, n_oversamples=n_oversamples, max_passes=max_passes,
                   random_state=random_state)
    check_rank(k, operand.shape)
    found = compute("column_id" if axis else "row_id", operand, options=text, width=2 * k,
                    **running(n_jobs, verbose, progress, callback))
    result = IDResult(found.vector("indices"), found["c"], found["p"])._knowing(found.facts)
    return result._knowing({"axis": axis})


class _Crossing(NamedTuple):
    C: np.ndarray
    U: np.ndarray
    R: np.ndarray


@documented
class CURResult(Explained, _Crossing):
    """``A ~ C @ U @ R`` with columns C and rows R of A, which unpacks as ``C, U, R``.

    Attributes
    ----------
    C : ndarray of shape (m, k)
        Columns of A.
    U : ndarray of shape (k, k)
    R : ndarray of shape (k, n)
        Rows of A.
    column_indices, row_indices : ndarray of int64, shape (k,)
        Which, the most important first.
    {error}
    {effort}
    """

    column_indices: np.ndarray
    row_indices: np.ndarray
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
        return (f"{self.C.shape[1]} columns and {len(self.R)} rows of a {len(self.C)} x {self.R.shape[1]} matrix")


@documented
def cur(A: Any, k: int, *, strong: bool = False, n_oversamples: int = 0, max_passes: int = 0, random_state: Any = None,
        n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
        callback: Callable[[Progress], Any] | None = None) -> CURResult:
    """Choose k columns C and as many rows R of a matrix, and the best U for ``A ~ C @ U @ R``.

    U is as ill-conditioned as the part of A that it reproduces: where digits matter, multiply with C and R first. Fewer
    than k columns or rows come back where they are dependent to rounding, but always one. O(m n k) operations.

    Parameters
    ----------
    {matrix}
    k : int
        Columns and rows to choose, in [1, min(m, n)].
    strong : bool, default=False
        As for `id`.
    n_oversamples : int, default=0
        Rows of the sketch beyond k; 0 means max(10, k / 5).
    max_passes : int, default=0
        As for `id`.
    {random_state}
    {run}

    Returns
    -------
    CURResult

    Raises
    ------
    {raises}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import cur
    >>> A = np.outer([1.0, 2.0, 3.0], [1.0, 0.0, 2.0, 1.0])
    >>> C, U, R = cur(A, 1, random_state=0)
    >>> bool(np.allclose(C @ U @ R, A))
    True
    """
    operand = as_operand(A, "cur")
    text = options("cur", n_components=k, strong=strong or None, n_oversamples=n_oversamples, max_passes=max_passes,
                   random_state=random_state)
    check_rank(k, operand.shape)
    found = compute("cur", operand, options=text, width=2 * k, **running(n_jobs, verbose, progress, callback))
    result = CURResult(found["c"], found["u"], found["r"])._knowing(found.facts)
    return result._knowing({name: found.vector(name) for name in ("column_indices", "row_indices")})
