"""Partial Cholesky factors of kernel matrices."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np

from .._docs import documented
from .._progress import Progress
from ._compute import check_rank, compute, options, running
from ._kernel import KernelOperand
from ._explained import Explained


class _Pivots(NamedTuple):
    F: np.ndarray
    pivots: np.ndarray


class CholeskyResult(Explained, _Pivots):
    """A partial Cholesky factorization ``A ~ F.T @ F``, which unpacks as ``F, pivots``.

    Attributes
    ----------
    F : ndarray of shape (r, n)
        ``F[:, pivots]`` is upper triangular.
    pivots : ndarray of int64, shape (r,)
        The columns of A that the factors reproduce, in the order in which they were chosen.
    error : float
        Trace of ``A - F.T @ F``, which is positive semidefinite: a bound of its Frobenius norm.
    relative_error : float
        The same as a fraction of the trace of A.
    converged : bool
        Whether the tolerance was met.
    columns : int
        Columns of A that were asked for.
    seconds : float
    seed : int
        Pass it as `random_state` to repeat the result.
    """

    error: float
    relative_error: float
    converged: bool
    columns: int
    seconds: float
    seed: int

    def _summary(self) -> str:
        return f"rank {len(self.F)} of a positive semidefinite matrix of {self.F.shape[1]} rows"

    def _quality(self) -> str:
        return f"error {self.error:.6g} ({100 * self.relative_error:.4g} % of the trace; exact up to rounding)"


@documented
def rpcholesky(A: Any, k: int | None = None, *, tol: float = 0.0, kernel: Any = None, gamma: float | None = None,
               length_scale: float = 1.0, random_state: Any = None, n_jobs: int | None = None, verbose: int = 0,
               progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> CholeskyResult:
    """Factor a positive semidefinite matrix by randomly pivoted Cholesky, from a few of its columns.

    The next pivot is drawn with probabilities proportional to the diagonal of what is left, which guards against
    outliers as well as clusters. Of A the diagonal and little more than r columns are looked at. O(n r^2) operations
    and O(n r) memory.

    Parameters
    ----------
    A : array-like of shape (n, n) or (n, d)
        The matrix itself, or with `kernel` the points that it is about, one per row. float32 is worked on as float32,
        everything else as float64.
    k : int, default=None
        Largest rank; None means n, so that `tol` decides.
    tol : float, default=0.0
        Stop when the trace of what is left is at most this fraction of that of A. One of `k` and `tol` must be given.
    kernel : {"rbf", "matern32", "matern52"} or callable, default=None
        "rbf" is ``exp(-gamma |x - y|^2)``, "matern32" ``(1 + s) exp(-s)`` with ``s = sqrt(3) |x - y| / length_scale``,
        "matern52" ``(1 + s + s^2 / 3) exp(-s)`` with ``s = sqrt(5) |x - y| / length_scale``. A callable is given points
        x of shape (p, d) and y of shape (q, d) and returns the values between them, of shape (p, q), as those of
        `sklearn.metrics.pairwise` do. None means that A is the matrix itself.
    gamma : float, default=None
        Parameter of kernel "rbf"; None means 1 / d.
    length_scale : float, default=1.0
        Parameter of the Matern kernels.
    {random_state}
    {run}

    Returns
    -------
    CholeskyResult

    Raises
    ------
    ValueError
        For impossible parameters, and for NaN or infinity in the diagonal and the columns that are looked at.
    NumericalError
        If A shows not to be positive semidefinite.
    BaseException
        Whatever `kernel` raises, unchanged.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import rpcholesky
    >>> points = np.linspace(0.0, 1.0, 200)[:, None]
    >>> found = rpcholesky(points, tol=1e-6, kernel="rbf", gamma=10.0, random_state=0)
    >>> K = np.exp(-10.0 * (points - points.T) ** 2)
    >>> bool(np.allclose(found.F.T @ found.F, K, atol=1e-3)), len(found.pivots) < 20
    (True, True)
    """
    operand = KernelOperand(A, kernel, gamma, length_scale)
    n = operand.shape[0]
    text = options("rpcholesky", n_components=n if k is None else k, tol=tol, random_state=random_state)
    if k is not None:
        check_rank(k, operand.shape)
    elif not tol:
        raise ValueError("rpcholesky needs a rank k or, to find one, a relative error of the trace tol > 0")
    found = compute("rpcholesky", operand, options=text, width=k or 100,
                    **running(n_jobs, verbose, progress, callback))
    return CholeskyResult(found["f"], found.vector("pivots"))._knowing(found.facts)
