"""The singular value decomposition as a function."""

from __future__ import annotations

import json
import warnings
from typing import Any, Callable, NamedTuple

import numpy as np

from .. import _options, _sparse, _threads
from .._arrays import as_rows, as_samples
from .._progress import Monitor, Progress
from .._result import Result
from .._sklearn import ConvergenceWarning
from ._operator import by_columns, operator

OPTIONS = {
    "n_components": _options.count, "tol": _options.fraction, "method": _options.word,
    "n_oversamples": _options.count_or_auto, "max_passes": _options.count_or_auto, "random_state": _options.seed,
}
"""The library's options with the checks of their values."""


class _Triplets(NamedTuple):
    U: np.ndarray
    s: np.ndarray
    Vt: np.ndarray


class SVDResult(_Triplets):
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
    passes, columns : int
        Multiplications of A or its transpose with a block, and columns of these blocks together.
    flops : float
        Operations of these multiplications, counting A as dense.
    residuals : ndarray of float64, shape (k,) or (0,)
        Norms of ``A @ v_i - s_i * u_i``, or empty where the method does not know them.
    seconds : float
    seed : int
        Pass it as `random_state` to repeat the result.
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
    residuals: np.ndarray
    seconds: float
    seed: int

    def explain(self) -> str:
        """Return a few lines about how the result was found and how good it is."""
        how = {"identity": "from the norm, exact up to rounding", "sampled": "sampled, within about 25 %"}
        rank = len(self.s)
        largest = f", singular values {self.s[0]:.6g} to {self.s[-1]:.6g}" if rank else ""
        state = "converged" if self.converged else "stopped short of the tolerance"
        return (f"rank {rank} of a {self.U.shape[0]} x {self.Vt.shape[1]} matrix{largest}\n"
                f"error {self.error:.6g} ({100 * self.relative_error:.4g} % of the norm; "
                f"{how.get(self.error_method, self.error_method)})\n"
                f"method {self.method}, {self.passes} passes over {self.columns} columns in {self.seconds:.3g} s, "
                f"{state}, seed {self.seed}")


def svd(A: Any, k: int, *, tol: float = 0.0, method: str = "auto", n_oversamples: int = 0, max_passes: int = 0,
        center: bool = False, random_state: Any = None, n_jobs: int | None = None, verbose: int = 0,
        progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> SVDResult:
    """Return the k leading singular triplets of a matrix, dense or sparse, with a statement of their error.

    Parameters
    ----------
    A : array-like or SciPy sparse matrix of shape (m, n)
        float32 is worked on as float32, everything else as float64. Arrays in C and in Fortran order, memory-mapped
        ones, CSR and CSC matrices are read in place; other layouts are copied.
    k : int
        Rank, in [1, min(m, n)].
    tol : float, default=0.0
        Stop when no singular value is further from its final value than this fraction (squares, relative to the first
        one left out). 0 means 1e-3, within 12 passes.
    method : {"auto", "krylov", "subspace", "gram"}, default="auto"
        Block Krylov; subspace iteration, which needs less memory and more passes; eigenvectors of the Gram matrix, for
        a matrix with a short side; or whichever of the first and last suits the shape.
    n_oversamples : int, default=0
        Columns of a block beyond k; 0 means max(10, k / 5).
    max_passes : int, default=0
        Most multiplications of the matrix with a block; 0 means 12 without a tolerance, and enough with one.
    center : bool, default=False
        Subtract its mean from each column, without a copy of A, sparse or not.
    random_state : int, RandomState, Generator or None, default=None
        An int in [0, 2**64) makes the result repeatable, for any number of threads and in every language of lithe.
    n_jobs : int, default=None
        Threads; None means `lithe.get_num_threads`, -1 every processor. Never changes the result.
    verbose : int, default=0
        1 prints progress every second, 2 every pass seen.
    progress : bool, default=False
        Show a tqdm bar; without tqdm the same as ``verbose=1``.
    callback : callable, default=None
        Called now and then with a `lithe.Progress`. If it returns True, `svd` raises `lithe.Cancelled`.

    Returns
    -------
    SVDResult

    Raises
    ------
    ValueError
        For impossible parameters, an empty matrix, NaN or infinity.
    NumericalError
        If the computation breaks down.

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
    """
    values = {"n_components": k, "tol": tol, "method": method, "n_oversamples": n_oversamples,
              "max_passes": max_passes, "random_state": random_state}
    options = {name: check("svd", "k" if name == "n_components" else name, values[name])
               for name, check in OPTIONS.items()}
    data = as_matrix(A, "svd")
    if options["n_components"] > min(data.shape):
        raise ValueError(f"k={k} must be between 1 and min(m, n)={min(data.shape)} for a matrix of shape {data.shape}")
    result = decompose(data, options, center=bool(center), threads=_threads.resolve(n_jobs),
                       monitor=Monitor.wanted(verbose, progress, callback), mean=False)[0]
    if tol > 0 and not result.converged:
        warn_unconverged(result, stacklevel=2)
    return result


def warn_unconverged(result: SVDResult, stacklevel: int) -> None:
    """Warn that a result falls short of its tolerance."""
    warnings.warn(f"The tolerance was not met in {result.passes} passes. Increase max_passes or tol, or accept the "
                  "result.", ConvergenceWarning, stacklevel=stacklevel + 1)


def as_matrix(A: Any, owner: str, minimum: int = 1) -> Any:
    """Return what `decompose` takes: a float array, or a CSR or CSC matrix; not copied where possible.

    Parameters
    ----------
    A : array-like, frame or sparse matrix of shape (m, n)
    owner : str
        Name for the messages.
    minimum : int
        Fewest rows that will do.
    """
    if not _sparse.is_sparse(A):
        array = np.asarray(A)
        if array.ndim == 2 and array.dtype.kind in "biuf" and len(array) >= minimum and by_columns(array):
            return as_rows(array.T).T
        return as_samples(A, owner, minimum)
    matrix = _sparse.as_compressed(A, owner)
    if matrix.shape[0] < minimum:
        raise ValueError(f"Found array with {matrix.shape[0]} sample(s) (shape={matrix.shape}) while a minimum of "
                         f"{minimum} is required by {owner}.")
    if matrix.shape[1] < 1:
        raise ValueError(f"Found array with 0 feature(s) (shape={matrix.shape}) while a minimum of 1 is required by "
                         f"{owner}.")
    return matrix


def decompose(A: Any, options: dict[str, Any], *, center: bool, threads: int, monitor: Monitor | None,
              left: bool = True, mean: bool = True) -> tuple[SVDResult, float]:
    """Decompose a matrix as `as_matrix` returns it.

    Parameters
    ----------
    options : dict
        Checked options of the library; ``n_components`` is in [1, min(m, n)].
    left : bool
        Return U; otherwise it has no columns.
    mean : bool
        Find the means of the columns, and the norm about them, also without centring.

    Returns
    -------
    result : SVDResult
    centered_norm : float
        Frobenius norm of A minus its means, NaN if they were not found.
    """
    m, n = A.shape
    k = options["n_components"]
    width = k + (options["n_oversamples"] or max(10, k // 5))
    work = 8.0 * (A.nnz if _sparse.is_sparse(A) else m * n)
    found = Result("lithe_lowrank_svd", operator(A, center), json.dumps(options), threads=threads, monitor=monitor,
                   work=work * width)
    result = SVDResult(found["u"] if left else np.empty((m, 0), dtype=A.dtype), found["s"][:, 0], found["v"].T)
    about, means = found, None
    if mean and not center:
        about = Result("lithe_lowrank_norm", operator(A, True), "frobenius", None, threads=threads, work=work)
    if mean or center:
        means = about["mean"][:, 0]
    centered_norm = about.facts["norm" if center else "value"] if mean or center else float("nan")
    facts = {**found.facts, "residuals": found["residuals"][:, 0], "seed": int(found.facts["seed"])}
    vars(result).update(facts, mean=means)
    return result, centered_norm
