"""Leading eigenpairs of symmetric matrices."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np

from .._as_operand import as_square_operand
from .._docs import documented
from .._progress import Progress
from .._result import Result
from ._compute import check_rank, compute, options, running, warn_unconverged
from ._explained import Explained


class _Pairs(NamedTuple):
    values: np.ndarray
    V: np.ndarray


@documented
class EigenResult(Explained, _Pairs):
    """A truncated eigendecomposition ``A ~ (V * values) @ V.T``, which unpacks as ``values, V``.

    Attributes
    ----------
    values : ndarray of float64, shape (k,)
        Eigenvalues, of decreasing magnitude.
    V : ndarray of shape (n, k)
        Orthonormal columns; in each the entry of largest magnitude is positive.
    {error}
    residuals : ndarray of float64, shape (k,) or (0,)
        Norms of ``A @ v_i - values_i * v_i``; empty from `nystrom`.
    converged : bool
        Whether the tolerance was met; always true from `nystrom`, which has none.
    {effort}
    """

    error: float
    relative_error: float
    error_method: str
    residuals: np.ndarray
    converged: bool
    passes: int
    columns: int
    flops: float
    bytes_read: float | None
    seconds: float
    seed: int

    def _summary(self) -> str:
        largest = f", eigenvalues {self.values[0]:.6g} to {self.values[-1]:.6g}" if len(self.values) else ""
        return f"rank {len(self.values)} of a symmetric {len(self.V)} x {len(self.V)} matrix{largest}"


@documented
def eigh(A: Any, k: int, *, tol: float = 0.0, n_oversamples: int = 0, max_passes: int = 0, random_state: Any = None,
         n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
         callback: Callable[[Progress], Any] | None = None) -> EigenResult:
    """Return the eigenpairs of largest magnitude of a symmetric matrix, which need not be definite.

    Rayleigh and Ritz in a block Krylov basis of at most five blocks, restarted when it is full: O(n^2 (k +
    n_oversamples)) operations per pass and O(n k) memory.

    Parameters
    ----------
    {symmetric}
    k : int
        Number of eigenpairs, in [1, n].
    tol : float, default=0.0
        Stop when no eigenvalue is further from its final value than this fraction (squares, relative to the first one
        left out). 0 means 1e-3, within 12 passes.
    n_oversamples : int, default=0
        Columns of a block beyond k; 0 means max(10, k / 5).
    max_passes : int, default=0
        Most multiplications of the matrix with a block; 0 means 12 without a tolerance, and enough with one.
    {random_state}
    {run}

    Returns
    -------
    EigenResult

    Raises
    ------
    {raises}
        A ValueError also if products betray that A is not symmetric.

    Warns
    -----
    ConvergenceWarning
        If `tol` was given and not met.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import eigh
    >>> values, V = eigh(np.diag([1.0, -5.0, 3.0]), 2, random_state=0)
    >>> values.round(6)
    array([-5.,  3.])
    """
    operand = as_square_operand(A, "eigh")
    text = options("eigh", n_components=k, tol=tol, n_oversamples=n_oversamples, max_passes=max_passes,
                   random_state=random_state)
    check_rank(k, operand.shape)
    result = _eigen(compute("eigh", operand, options=text, width=2 * k,
                            **running(n_jobs, verbose, progress, callback)))
    if tol > 0 and not result.converged:
        warn_unconverged(result.passes, stacklevel=2)
    return result


@documented
def nystrom(A: Any, k: int, *, n_oversamples: int = 0, max_passes: int = 0, random_state: Any = None,
            n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
            callback: Callable[[Progress], Any] | None = None) -> EigenResult:
    """Return a Nystrom approximation of a positive semidefinite matrix as eigenpairs.

    What it leaves of A is positive semidefinite again. O(n^2 (k + n_oversamples)) operations per pass and O(n k)
    memory.

    Parameters
    ----------
    {symmetric}
    k : int
        Rank, in [1, n].
    n_oversamples : int, default=0
        Columns of a block beyond k; 0 means max(10, k / 5).
    max_passes : int, default=0
        Multiplications of the matrix with a block, of which all but the last improve the basis; 0 means 2.
    {random_state}
    {run}

    Returns
    -------
    EigenResult

    Raises
    ------
    {raises}
        A NumericalError also if A shows to be indefinite beyond rounding, a ValueError if it is not symmetric.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import nystrom
    >>> nystrom(np.diag([4.0, 3.0, 0.0]), 2, random_state=0).values.round(6)
    array([4., 3.])
    """
    operand = as_square_operand(A, "nystrom")
    text = options("nystrom", n_components=k, n_oversamples=n_oversamples, max_passes=max_passes,
                   random_state=random_state)
    check_rank(k, operand.shape)
    return _eigen(compute("nystrom", operand, options=text, width=2 * k,
                          **running(n_jobs, verbose, progress, callback)))


def _eigen(found: Result) -> EigenResult:
    result = EigenResult(found.vector("values"), found["v"])._knowing(found.facts)
    return result._knowing({"residuals": found.vector("residuals")})
