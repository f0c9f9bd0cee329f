"""Numbers about matrices that are only known by their products: trace, diagonal, log-determinant, norms."""

from __future__ import annotations

import math
from typing import Any, Callable, NamedTuple

import numpy as np

from .. import _options, _run
from .._as_operand import as_operand, as_square_operand
from .._docs import documented
from .._operand import Operand
from .._progress import Monitor, Progress
from ._compute import compute, options, running
from ._explained import Explained


class _Number(NamedTuple):
    value: float
    error: float


class Estimate(Explained, _Number):
    """A number found from random products, which unpacks as ``value, error``; ``float`` gives the value.

    Attributes
    ----------
    value : float
    error : float
        Standard error, 0 where the value is exact up to rounding. Three times the error covers the truth at least nine
        times in ten.
    products : int
        Products of A or its transpose with a vector.
    seed : int
        Pass it as `random_state` to repeat the result.
    """

    products: int
    seed: int

    def __float__(self) -> float:
        return self.value

    def _summary(self) -> str:
        return f"{self.value:.9g} with standard error {self.error:.3g}"

    def _quality(self) -> str:
        return "" if self.error else "exact up to rounding"


class _Numbers(NamedTuple):
    values: np.ndarray
    errors: np.ndarray


class DiagonalEstimate(Explained, _Numbers):
    """A diagonal found from random products, which unpacks as ``values, errors``.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
    errors : ndarray of float64, shape (n,)
        Standard error of each value, as in `Estimate`.
    products : int
        Products of A or its transpose with a vector.
    seed : int
        Pass it as `random_state` to repeat the result.
    """

    products: int
    seed: int

    def _summary(self) -> str:
        worst = float(np.max(self.errors, initial=0.0))
        return f"diagonal of {len(self.values)} elements with standard errors up to {worst:.3g}"


@documented
def trace(A: Any, *, n_products: int = 0, psd: bool = False, random_state: Any = None, n_jobs: int | None = None,
          verbose: int = 0, progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> Estimate:
    """Estimate the trace of a square matrix from products (XTrace; XNysTrace with `psd`).

    The error falls with the eigenvalues: for those of i^-2 and 100 products it is some 250 times smaller than that of
    the mean of ``x @ A @ x``. A matrix with at most 64 or `n_products` rows gives its trace exactly. O(n l^2)
    operations besides the l products and O(n l) memory.

    Parameters
    ----------
    {symmetric}
    n_products : int, default=0
        Products with a vector, at least 4; 0 means 100.
    psd : bool, default=False
        A is symmetric positive semidefinite: all products go into one pass, with a smaller error.
    {random_state}
    {run}

    Returns
    -------
    Estimate

    Raises
    ------
    {raises}
        A NumericalError also if `psd` shows to be wrong.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import trace
    >>> float(trace(np.diag([1.0, 2.0, 3.0]), random_state=0))
    6.0
    """
    operand = as_square_operand(A, "trace")
    text = options("trace", n_products=n_products, psd=psd or None, random_state=random_state)
    return estimate("trace", operand, (), text, n_products, running(n_jobs, verbose, progress, callback))


@documented
def diag(A: Any, *, n_products: int = 0, psd: bool = False, random_state: Any = None, n_jobs: int | None = None,
         verbose: int = 0, progress: bool = False,
         callback: Callable[[Progress], Any] | None = None) -> DiagonalEstimate:
    """Estimate the diagonal of a square matrix from products (XDiag).

    Limits and costs are those of `trace`.

    Parameters
    ----------
    {symmetric}
        Without `psd` products of the transpose are needed.
    n_products : int, default=0
        Products with a vector, at least 4; 0 means 100.
    psd : bool, default=False
        A is symmetric, so that products of the transpose are not needed.
    {random_state}
    {run}

    Returns
    -------
    DiagonalEstimate

    Raises
    ------
    {raises}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import diag
    >>> diag(np.diag([1.0, 2.0, 3.0]), random_state=0).values.round(6)
    array([1., 2., 3.])
    """
    operand = as_square_operand(A, "diag", transpose=not psd)
    text = options("diag", n_products=n_products, psd=psd or None, random_state=random_state)
    found = compute("diagonal", operand, options=text, width=n_products or 100,
                    **running(n_jobs, verbose, progress, callback))
    return DiagonalEstimate(found.vector("values"), found.vector("errors"))._knowing(found.facts)


@documented
def norm(A: Any, kind: str = "frobenius", *, n_products: int = 0, random_state: Any = None, n_jobs: int | None = None,
         verbose: int = 0, progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> Estimate:
    """Return the spectral or the Frobenius norm of a matrix.

    The spectral norm comes from block Krylov iteration and never exceeds the truth but for rounding; within its error
    there is a singular value. The Frobenius norm is exact, except for matrices that are only known by products.

    Parameters
    ----------
    {matrix}
    kind : {"spectral", "frobenius"} or {2, "fro"}, default="frobenius"
        The largest singular value, or the root of the sum of squares of the elements.
    n_products : int, default=0
        Products with a vector for the Frobenius norm of a matrix only known by products, at least 4; 0 means 100.
    {random_state}
    {run}

    Returns
    -------
    Estimate

    Raises
    ------
    {raises}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import norm
    >>> float(norm(np.diag([3.0, 4.0])))
    5.0
    >>> round(float(norm(np.diag([3.0, 4.0]), "spectral", random_state=0)), 9)
    4.0
    """
    operand = as_operand(A, "norm")
    word = {"fro": "frobenius", 2: "spectral"}.get(kind, kind)
    text = options("norm", n_products=n_products, random_state=random_state)
    return estimate("norm", operand, (_options.word("norm", "kind", word),), text, n_products,
                    running(n_jobs, verbose, progress, callback))


def estimate(function: str, operand: Operand, arguments: tuple[Any, ...], text: str, n_products: int,
             run: dict[str, Any], center: bool = False) -> Estimate:
    """Return a number that a function of the library estimates with checked options."""
    found = compute(function, operand, *arguments, options=text, width=n_products or 100, center=center, **run)
    facts = found.facts
    result = Estimate(facts.pop("value"), facts.pop("error"))._knowing(facts)
    return result


def norm_about_means(operand: Operand, norm: float, threads: int, monitor: Monitor | None) -> float:
    """Return the Frobenius norm of a matrix after its mean is subtracted from each column.

    Parameters
    ----------
    norm : float
        The norm before. Where means make up most of it, the elements are looked at once more.
    """
    (m, n), run = operand.shape, {"threads": threads, "monitor": monitor}
    means = np.empty(n)
    _run.call("lithe_lowrank_column_means", operand.struct(), means, _run.RUN, work=operand.work, **run)
    rest = norm**2 - m * float(means @ means)
    if rest > 0.1 * norm**2:
        return math.sqrt(rest)
    return estimate("norm", operand, ("frobenius",), options("norm", random_state=0), 0, run, center=True).value
