"""Dimension reduction by the singular value decomposition of data as it is."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .._progress import Progress
from ._decomposition import Decomposition


class TruncatedSVD(Decomposition):
    """Dimension reduction by the truncated singular value decomposition, without centring.

    With term counts or tf-idf weights this is latent semantic analysis. Methods and attributes are named and behave as
    in `sklearn.decomposition.TruncatedSVD`.

    Parameters
    ----------
    n_components : int, default=2
    method : {"auto", "krylov", "subspace", "gram"}, default="auto"
    tol : float, default=0.0
    n_oversamples : int, default=0
    max_passes : int, default=0
        As for `svd`.
    random_state : int, RandomState, Generator or None, default=None
        An int in [0, 2**64) makes results repeatable, for any number of threads and in every language of lithe.
    n_jobs : int, default=None
        Threads of `fit`; None means `lithe.get_num_threads`, -1 every processor. Never changes a result.
    verbose : int, default=0
        1 prints progress every second, 2 every pass seen.
    progress : bool, default=False
        Show a tqdm bar; without tqdm the same as ``verbose=1``.
    callback : callable, default=None
        Called now and then during `fit` with a `lithe.Progress`. If it returns True, `fit` raises `lithe.Cancelled`.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        Right singular vectors, of the type of the data. In each the entry of largest magnitude is positive.
    explained_variance_ : ndarray of float64, shape (n_components,)
        Variance of the training data's coordinates, with divisor n_samples.
    explained_variance_ratio_ : ndarray of float64, shape (n_components,)
        The same as a fraction of the total variance of the features.
    singular_values_ : ndarray of float64, shape (n_components,)
    relative_error_ : float
    error_method_ : {"identity", "sampled"}
    method_ : {"krylov", "subspace", "gram"}
    n_passes_ : int
    converged_ : bool
        What `SVDResult` says about the fit.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Only when fitted on a frame whose column names are all strings.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import TruncatedSVD
    >>> X = np.array([[3.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    >>> TruncatedSVD(2, random_state=0).fit(X).singular_values_.round(6)
    array([5., 2.])
    """

    def __init__(self, n_components: int = 2, *, method: str = "auto",
                 tol: float = 0.0, n_oversamples: int = 0, max_passes: int = 0, random_state: Any = None,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Callable[[Progress], Any] | None = None) -> None:
        self.n_components = n_components
        self.method = method
        self.tol = tol
        self.n_oversamples = n_oversamples
        self.max_passes = max_passes
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any = None) -> TruncatedSVD:
        """Find the leading right singular vectors.

        Parameters
        ----------
        X : array-like or SciPy sparse matrix of shape (n_samples, n_features)
            float32 is worked on as float32, everything else as float64. Arrays in C and Fortran order, memory-mapped
            ones, CSR and CSC matrices are read in place.
        y : ignored

        Returns
        -------
        self : TruncatedSVD

        Raises
        ------
        ValueError
            For impossible parameters, NaN or infinity.
        NumericalError
            If the computation breaks down.
        Cancelled
            If the callback asks for it.

        Warns
        -----
        ConvergenceWarning
            If `tol` was given and not met.
        """
        self._fit(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit and return the coordinates of the rows, from the left singular vectors. Parameters as for `fit`."""
        return self._fit(X)

    def transform(self, X: Any) -> np.ndarray:
        """Return the coordinates of rows along the components.

        Parameters
        ----------
        X : array-like or SciPy sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        scores : ndarray of shape (n_samples, n_components)
        """
        return self._project(self._rows(X))

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Return the points that have given coordinates.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)

        Returns
        -------
        points : ndarray of shape (n_samples, n_features)
        """
        scores = self._scores(X)
        return scores @ self.components_.astype(scores.dtype, copy=False)

    def _fit(self, X: Any) -> np.ndarray:
        result, spread = self._decompose(X, center=False, minimum=1, left=True)
        scores = result.U * result.s.astype(result.U.dtype)
        self.explained_variance_ = np.var(scores, axis=0, dtype=np.float64)
        total = spread**2 / len(scores)
        self.explained_variance_ratio_ = self.explained_variance_ / total if total > 0 else np.zeros(len(result.s))
        return scores
