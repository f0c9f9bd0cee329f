"""`svds` and `eigsh` under the names and with the arguments of `scipy.sparse.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._eigh import eigh
from ._svd import svd

_EXACT = 1e-10  # tolerance of these functions where the caller leaves it to them


def svds(A: Any, k: int = 6, ncv: int | None = None, tol: float = 0, which: str = "LM", v0: Any = None,
         maxiter: int | None = None, return_singular_vectors: Any = True, solver: str = "arpack",
         rng: Any = None, options: Any = None, *, random_state: Any = None) -> Any:
    """Return the k largest singular values and vectors of a matrix, as `scipy.sparse.linalg.svds` does.

    `svd` is the same with the error stated.

    Parameters
    ----------
    A : matrix-like of shape (m, n)
        Whatever `svd` takes.
    k : int, default=6
        In [1, min(m, n)], the last of which SciPy's ARPACK cannot do.
    tol : float, default=0
        As for `svd`; 0 means 1e-10.
    which : {"LM"}, default="LM"
        The largest; others are not available.
    return_singular_vectors : bool or {"u", "vh"}, default=True
        False returns the singular values only; with "u" the third result is None, with "vh" the first.
    rng, random_state : int, RandomState, Generator or None, default=None
        Of the random start; give at most one.
    ncv, v0, maxiter, solver, options : ignored
        They concern algorithms that are not used here.

    Returns
    -------
    u : ndarray of shape (m, k)
    s : ndarray of float64, shape (k,)
        Increasing, as ARPACK's.
    vh : ndarray of shape (k, n)

    Raises
    ------
    ValueError, TypeError, NumericalError
        As `svd`.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import svds
    >>> svds(np.diag([1.0, 4.0, 2.0]), k=2, rng=0)[1].round(6)
    array([2., 4.])
    """
    _largest("svds", which)
    found = svd(A, k, tol=tol or _EXACT, random_state=_generator("svds", rng, random_state))
    s = found.s[::-1]
    if return_singular_vectors is False:
        return s
    u, vh = found.U[:, ::-1], found.Vt[::-1]
    return u if return_singular_vectors != "vh" else None, s, vh if return_singular_vectors != "u" else None


def eigsh(A: Any, k: int = 6, M: Any = None, sigma: float | None = None, which: str = "LM", v0: Any = None,
          ncv: int | None = None, maxiter: int | None = None, tol: float = 0, return_eigenvectors: bool = True,
          Minv: Any = None, OPinv: Any = None, mode: str = "normal", rng: Any = None) -> Any:
    """Return the k eigenpairs of largest magnitude of a symmetric matrix, as `scipy.sparse.linalg.eigsh` does.

    `eigh` is the same with the error stated.

    Parameters
    ----------
    A : matrix-like of shape (n, n)
        Whatever `eigh` takes.
    k : int, default=6
    which : {"LM"}, default="LM"
        The largest in magnitude; others are not available.
    tol : float, default=0
        As for `eigh`; 0 means 1e-10.
    return_eigenvectors : bool, default=True
    rng : int, RandomState, Generator or None, default=None
        Of the random start.
    M, sigma, Minv, OPinv : None
        Generalized problems and inner eigenvalues are not available.
    v0, ncv, maxiter, mode : ignored
        They concern algorithms that are not used here.

    Returns
    -------
    w : ndarray of float64, shape (k,)
        Increasing.
    v : ndarray of shape (n, k)
        Only with `return_eigenvectors`.

    Raises
    ------
    ValueError, TypeError, NumericalError
        As `eigh`.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import eigsh
    >>> eigsh(np.diag([1.0, -5.0, 3.0]), k=2, rng=0)[0].round(6)
    array([-5.,  3.])
    """
    _largest("eigsh", which)
    if not (M is None and sigma is None and Minv is None and OPinv is None):
        raise ValueError("eigsh of lithe solves A v = w v for the largest w only; use SciPy's for M, sigma, Minv and "
                         "OPinv")
    found = eigh(A, k, tol=tol or _EXACT, random_state=rng)
    order = np.argsort(found.values)
    return (found.values[order], found.V[:, order]) if return_eigenvectors else found.values[order]


def _largest(owner: str, which: str) -> None:
    if which != "LM":
        raise ValueError(f"{owner} of lithe finds the largest ones only, which='LM'; got {which!r}. Use SciPy's for "
                         "others.")


def _generator(owner: str, rng: Any, random_state: Any) -> Any:
    if rng is not None and random_state is not None:
        raise ValueError(f"{owner} takes rng or random_state, not both")
    return random_state if rng is None else rng
