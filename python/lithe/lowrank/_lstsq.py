"""Least squares and ridge regression with tall matrices."""

from __future__ import annotations

import warnings
from typing import Any, Callable, NamedTuple

import numpy as np

from .. import _options
from .._as_operand import as_operand
from .._docs import documented
from .._progress import Progress
from .._sklearn import ConvergenceWarning
from ._compute import compute, options, right_side, running
from ._explained import Explained


class _Answer(NamedTuple):
    x: np.ndarray
    residuals: np.ndarray
    rank: int
    condition: float


class SolveResult(Explained, _Answer):
    """Minimizers of ``|A @ x - b|^2 + mu |x|^2``, which unpacks as ``x, residuals, rank, condition``.

    Attributes
    ----------
    x : ndarray of shape (n,) or (n, k)
        One column for each one of b.
    residuals : ndarray of float64, shape (k,)
        Norms of ``A @ x - b``, not squared.
    rank : int
        Of A, with mu of A above sqrt(mu) I, up to rounding.
    condition : float
        Estimated ratio of the largest singular value to the one of that rank.
    method : {"direct", "iterative"}
    iterations : int
        0 for method direct.
    converged : bool
    seconds : float
    seed : int
        Pass it as `random_state` to repeat the result.
    """

    method: str
    iterations: int
    converged: bool
    seconds: float
    seed: int

    def _summary(self) -> str:
        return f"{len(self.x)} unknowns, rank {self.rank}, condition {self.condition:.3g}"


@documented
def lstsq(A: Any, b: Any, *, method: str = "auto", max_iter: int = 0, random_state: Any = None,
          n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
          callback: Callable[[Progress], Any] | None = None) -> SolveResult:
    """Return the x that minimize ``|A @ x - b|``, the shortest ones where A lacks rank.

    Up to some 700 columns (400 in float32), and where A has less than ten times as many rows, A is factored by Householder
    QR, in 2 m n^2 operations. Otherwise a random sketch of 5 n rows is factored, in 10 n^3 operations, and makes conjugate
    gradients converge in some 20 to 40 iterations, in two rounds, which is backward stable.

    Parameters
    ----------
    {matrix}
        m must be at least n.
    b : array-like of shape (m,) or (m, k)
    method : {"auto", "direct", "iterative"}, default="auto"
    max_iter : int, default=0
        Most iterations in each of the two rounds of method iterative; 0 means 100.
    {random_state}
    {run}

    Returns
    -------
    SolveResult

    Raises
    ------
    {raises}

    Warns
    -----
    ConvergenceWarning
        If a round ended at `max_iter`.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import lstsq
    >>> lstsq(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), [1.0, 3.0, 5.0]).x.round(6)
    array([1., 2.])
    """
    return _solve("lstsq", A, b, 0.0, method, max_iter, random_state, running(n_jobs, verbose, progress, callback))


@documented
def ridge(A: Any, b: Any, mu: float, *, method: str = "auto", max_iter: int = 0, random_state: Any = None,
          n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
          callback: Callable[[Progress], Any] | None = None) -> SolveResult:
    """Return the x that minimize ``|A @ x - b|^2 + mu |x|^2``, as `lstsq` does.

    Parameters
    ----------
    {matrix}
        m must be at least n.
    b : array-like of shape (m,) or (m, k)
    mu : float
        Above 0, in the units of A squared.
    method : {"auto", "direct", "iterative"}, default="auto"
    max_iter : int, default=0
        Most iterations in each of the two rounds of method iterative; 0 means 100.
    {random_state}
    {run}

    Returns
    -------
    SolveResult

    Raises
    ------
    {raises}

    Warns
    -----
    ConvergenceWarning
        If a round ended at `max_iter`.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import ridge
    >>> ridge(np.array([[1.0], [1.0]]), [2.0, 4.0], mu=1.0).x.round(6)
    array([2.])
    """
    mu = _options.positive("ridge", "mu", mu)
    return _solve("ridge", A, b, mu, method, max_iter, random_state, running(n_jobs, verbose, progress, callback))


def _solve(owner: str, A: Any, b: Any, mu: float, method: str, max_iter: int, random_state: Any,
           run: dict[str, Any]) -> SolveResult:
    operand = as_operand(A, owner)
    right, alone = right_side(b, operand, owner)
    text = options(owner, method=method, max_iter=max_iter, random_state=random_state)
    found = compute("lstsq", operand, right, mu, options=text, width=2 * operand.shape[1], **run)
    x = found["x"]
    facts = found.facts
    rank, condition = int(facts.pop("rank")), float(facts.pop("condition"))
    result = SolveResult(x[:, 0] if alone else x, found.vector("residuals"), rank, condition)
    result._knowing(facts)
    if not result.converged:
        warnings.warn(f"{owner} stopped after {result.iterations} iterations. Increase max_iter, or accept the result.",
                      ConvergenceWarning, stacklevel=3)
    return result
