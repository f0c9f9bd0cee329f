"""Principal component analysis."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .._progress import Progress
from ._decomposition import Decomposition


class PCA(Decomposition):
    """Principal component analysis, without a centred copy of the data, dense or sparse.

    Parameters, methods and attributes are named and behave as in `sklearn.decomposition.PCA`.

    Parameters
    ----------
    n_components : int or None, default=None
        Number of components; None means min(n_samples, n_features).
    whiten : bool, default=False
        Scale the coordinates to variance 1.
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
        Orthonormal directions of most variance, of the type of the data. In each the entry of largest magnitude is
        positive.
    explained_variance_ : ndarray of float64, shape (n_components,)
        Variance of the data along each component, with divisor n_samples - 1.
    explained_variance_ratio_ : ndarray of float64, shape (n_components,)
        The same as a fraction of the total.
    singular_values_ : ndarray of float64, shape (n_components,)
        Those of the centred data.
    mean_ : ndarray of float64, shape (n_features,)
    noise_variance_ : float
        Mean variance of the directions left out, 0 if there are none.
    n_components_ : int
    n_samples_ : int
    relative_error_ : float
    error_method_ : {"identity", "sampled"}
    method_ : {"krylov", "subspace", "gram"}
    n_passes_ : int
    converged_ : bool
        What `SVDResult` says about the fit.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Only when fitted on a frame whose column names are all strings.

    Notes
    -----
    The mean is subtracted from products with the data, not from the data. Where it is c times as large as the standard
    deviation, about log10(c) digits are lost: subtract a rough mean first if c is 1000 and the data float32.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import PCA
    >>> X = np.array([[-1.0, -1.0], [-2.0, -1.0], [-3.0, -2.0], [1.0, 1.0], [2.0, 1.0], [3.0, 2.0]])
    >>> pca = PCA(n_components=2, random_state=0).fit(X)
    >>> pca.explained_variance_ratio_.round(4)
    array([0.9924, 0.0076])
    >>> pca.singular_values_.round(4)
    array([6.3006, 0.5498])
    """

    def __init__(self, n_components: int | None = None, *, whiten: bool = False, method: str = "auto",
                 tol: float = 0.0, n_oversamples: int = 0, max_passes: int = 0, random_state: Any = None,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Callable[[Progress], Any] | None = None) -> None:
        self.n_components = n_components
        self.whiten = whiten
        self.method = method
        self.tol = tol
        self.n_oversamples = n_oversamples
        self.max_passes = max_passes
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any = None) -> PCA:
        """Find the components of the rows.

        Parameters
        ----------
        X : array-like or SciPy sparse matrix of shape (n_samples, n_features)
            float32 is worked on as float32, everything else as float64. Arrays in C and Fortran order, memory-mapped
            ones, CSR and CSC matrices are read in place.
        y : ignored

        Returns
        -------
        self : PCA

        Raises
        ------
        ValueError
            For impossible parameters, fewer than two rows, NaN or infinity.
        NumericalError
            If the computation breaks down.
        Cancelled
            If the callback asks for it.

        Warns
        -----
        ConvergenceWarning
            If `tol` was given and not met.
        """
        self._fit(X, left=False)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit and return the coordinates of the rows, from the left singular vectors. Parameters as for `fit`."""
        U = self._fit(X, left=True)
        scale = np.sqrt(self.n_samples_ - 1) if self.whiten else self.singular_values_
        return U * np.asarray(scale, dtype=U.dtype)

    def transform(self, X: Any) -> np.ndarray:
        """Return the coordinates of rows along the components.

        Parameters
        ----------
        X : array-like or SciPy sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        scores : ndarray of shape (n_samples, n_components)
        """
        data = self._rows(X)
        scores = self._project(data)
        scores -= (self.mean_ @ self.components_.T).astype(scores.dtype)
        if self.whiten:
            scores /= self._scale().astype(scores.dtype)
        return scores

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
        if self.whiten:
            scores = scores * self._scale().astype(scores.dtype)
        points = scores @ self.components_.astype(scores.dtype, copy=False)
        points += self.mean_.astype(points.dtype)
        return points

    def _fit(self, X: Any, left: bool) -> np.ndarray:
        result, spread = self._decompose(X, center=True, minimum=2, left=left)
        n, d, k = len(result.U), self.n_features_in_, len(result.s)
        self.n_samples_, self.n_components_ = n, k
        self.mean_ = result.mean
        self.explained_variance_ = result.s**2 / (n - 1)
        total = spread**2 / (n - 1)
        self.explained_variance_ratio_ = self.explained_variance_ / total if total > 0 else np.zeros(k)
        left_out = min(n, d) - k
        self.noise_variance_ = result.error**2 / (n - 1) / left_out if left_out else 0.0
        return result.U

    def _scale(self) -> np.ndarray:
        """Return the standard deviation along each component, kept above 0."""
        scale = np.sqrt(self.explained_variance_)
        return np.maximum(scale, np.finfo(scale.dtype).eps)
