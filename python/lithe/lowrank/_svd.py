"""The singular value decomposition as a function."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np

from .._as_operand import as_operand
from .._docs import documented
from .._operand import Operand
from .._progress import Monitor, Progress
from ._compute import check_rank, compute, options, running, warn_unconverged
from ._explained import Explained


class _Triplets(NamedTuple):
    U: np.ndarray
    s: np.ndarray
    Vt: np.ndarray


@documented
class SVDResult(Explained, _Triplets):
    """A truncated singular value decomposition ``A ~ (U * s) @ Vt``, which unpacks as ``U, s, Vt``.

    Attributes
    ----------
    U : ndarray of shape (m, k)
    s : ndarray of float64, shape (k,)
        Singular values, decreasing.
    Vt : ndarray of shape (k, n)
        In each row the entry of largest magnitude is positive.
    mean : ndarray of float64, shape (n,), or None
        Mean of each column of A, which ``center=True`` has subtracted; None without.
    error : float
        Estimated Frobenius norm of what ``(U * s) @ Vt`` leaves of A (of A minus `mean` if centred).
    relative_error : float
        The same as a fraction of the Frobenius norm of A.
    error_method : {"identity", "sampled"}
        From the norm of A, exact up to rounding; or from random vectors, within about 25 %, when so little is left
        that rounding hides it.
    norm : float
        Frobenius norm of A (of A minus `mean` if centred).
    converged : bool
        Whether the tolerance was met.
    method : {"krylov", "subspace", "gram"}
    residuals : ndarray of float64, shape (k,) or (0,)
        Norms of ``A @ v_i - s_i * u_i``, or empty where the method does not know them.
    {effort}
    """

    mean: np.ndarray | None
    error: float
    relative_error: float
    error_method: str
    norm: float
    converged: bool
    method: str
    passes: int
    columns: int
    flops: float
    bytes_read: float | None
    residuals: np.ndarray
    seconds: float
    seed: int

    def truncated(self, k: int) -> SVDResult:
        """Return the k leading triplets, with their error."""
        if not 1 <= k <= len(self.s):
            raise ValueError(f"k must be between 1 and {len(self.s)}, got {k}")
        if k == len(self.s):
            return self
        error = float(np.hypot(self.error, np.linalg.norm(self.s[k:])))
        less = SVDResult(self.U[:, :k], self.s[:k], self.Vt[:k])
        vars(less).update(vars(self), error=error, relative_error=error / self.norm if self.norm > 0 else 0.0,
                          residuals=self.residuals[:k])
        return less

    def _summary(self) -> str:
        largest = f", singular values {self.s[0]:.6g} to {self.s[-1]:.6g}" if len(self.s) else ""
        return f"rank {len(self.s)} of a {self.U.shape[0]} x {self.Vt.shape[1]} matrix{largest}"


@documented
def svd(A: Any, k: int | None = None, *, tol: float = 0.0, method: str = "auto", n_oversamples: int = 0,
        max_passes: int = 0, center: bool = False, random_state: Any = None, n_jobs: int | None = None,
        verbose: int = 0, progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> SVDResult:
    """Return the leading singular triplets of a matrix, with a statement of their error.

    A pass takes O(m n (k + n_oversamples)) operations, or O(nnz (k + n_oversamples)) for a sparse matrix; memory is at
    most five times that of U and V, or O(min(m, n)^2) for method "gram".

    Parameters
    ----------
    {matrix}
    k : int, default=None
        Rank, in [1, min(m, n)]. None means about the smallest whose relative error is at most `tol`, which then has to
        be given; this needs more of A than products.
    tol : float, default=0.0
        With `k`: stop when no singular value is further from its final value than this fraction (squares, relative to
        the first one left out); 0 means 1e-4 for sparse and tall float64 matrices and 1e-3 for
        others, within 12 passes. Without `k`: the relative error in the Frobenius norm,
        from 2e-7 (1e-3 in float32) to 1.
    method : {"auto", "krylov", "subspace", "gram"}, default="auto"
        Block Krylov; subspace iteration, which needs less memory and more passes; eigenvectors of the Gram matrix, for
        a matrix with a short side; or whichever of the first and last suits the shape.
    n_oversamples : int, default=0
        Columns of a block beyond k; 0 means max(10, k / 5).
    max_passes : int, default=0
        Most multiplications of the matrix with a block; 0 means 12 without a tolerance, and enough with one.
    center : bool, default=False
        Subtract its mean from each column, without a copy of A, sparse or not.
    {random_state}
    {run}

    Returns
    -------
    SVDResult

    Raises
    ------
    {raises}

    Warns
    -----
    ConvergenceWarning
        If `tol` was given and not met.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import svd
    >>> A = np.outer([3.0, 4.0, 0.0], [0.0, 1.0]) + np.outer([0.0, 0.0, 2.0], [1.0, 0.0])
    >>> U, s, Vt = svd(A, 2, random_state=0)
    >>> s.round(6)
    array([5., 2.])
    >>> svd(A, 1, random_state=0).relative_error.__round__(4)
    0.3714
    >>> len(svd(A, tol=0.1, random_state=0).s)
    2
    """
    operand = as_operand(A, "svd")
    text = options("svd", n_components=k, tol=tol, method=method, n_oversamples=n_oversamples, max_passes=max_passes,
                   random_state=random_state)
    if k is not None:
        check_rank(k, operand.shape)
    elif not tol:
        raise ValueError("svd needs a rank k or, to find one, a relative error tol > 0")
    result = decompose(operand, text, k, center=bool(center), **running(n_jobs, verbose, progress, callback))
    if tol > 0 and not result.converged:
        warn_unconverged(result.passes, stacklevel=2)
    return result


def decompose(operand: Operand, options: str, k: int | None, *, center: bool, threads: int = 0,
              monitor: Monitor | None = None) -> SVDResult:
    """Decompose a matrix with checked options."""
    width = max(2 * (k or 0), min(operand.shape))
    found = compute("svd", operand, options=options, width=width, threads=threads, monitor=monitor, center=center)
    result = SVDResult(found["u"], found.vector("s"), found["v"].T)._knowing(found.facts)
    return result._knowing({"residuals": found.vector("residuals"), "mean": found.vector("mean") if center else None})
