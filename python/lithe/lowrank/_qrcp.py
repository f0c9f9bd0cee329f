"""QR factorization of tall matrices with column pivoting."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

import numpy as np

from .._as_operand import as_array
from .._docs import documented
from .._operand import DenseOperand
from .._progress import Progress
from ._compute import compute, options, running
from ._explained import Explained


class _Triangle(NamedTuple):
    Q: np.ndarray
    R: np.ndarray
    perm: np.ndarray


class QRResult(Explained, _Triangle):
    """A QR factorization with column pivoting, ``A[:, perm] ~ Q @ R``, which unpacks as ``Q, R, perm``.

    Attributes
    ----------
    Q : ndarray of shape (m, r)
        Orthonormal columns; r is the rank.
    R : ndarray of shape (r, n)
        Upper trapezoidal.
    perm : ndarray of int64, shape (n,)
        The column of A in each place.
    seconds : float
    seed : int
        Pass it as `random_state` to repeat the result.
    """

    seconds: float
    seed: int

    def _summary(self) -> str:
        return f"rank {len(self.R)} of a {len(self.Q)} x {self.R.shape[1]} matrix"


@documented
def qrcp(A: Any, k: int | None = None, *, tol: float = 0.0, random_state: Any = None, n_jobs: int | None = None,
         verbose: int = 0, progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> QRResult:
    """Factor a tall matrix with column pivoting, in about the time of products of matrices.

    A random sketch chooses the pivots, which are good, though not those of the classical greedy rule; Cholesky-QR does
    the rest, safely whatever the condition of A. Some 4 m n r operations, and m r + 2 n^2 numbers of memory.

    Parameters
    ----------
    A : array-like of shape (m, n), m >= n
        float32 is worked on as float32, everything else as float64.
    k : int, default=None
        Largest rank; None means n.
    tol : float, default=0.0
        A pivot counts if its column has more left than this fraction of the norm of the largest, or than rounding.
    {random_state}
    {run}

    Returns
    -------
    QRResult

    Raises
    ------
    {raises}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import qrcp
    >>> A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> Q, R, perm = qrcp(A, random_state=0)
    >>> bool(np.allclose(Q @ R, A[:, perm]))
    True
    """
    operand = DenseOperand(np.ascontiguousarray(as_array(A, "qrcp")))
    text = options("qrcp", n_components=k, tol=tol, random_state=random_state)
    found = compute("qrcp", operand, options=text, width=2 * operand.shape[1],
                    **running(n_jobs, verbose, progress, callback))
    return QRResult(found["q"], found["r"], found.vector("perm"))._knowing(found.facts)
