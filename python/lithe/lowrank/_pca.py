"""Principal component analysis."""

from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np

from .._as_operand import as_blocks
from .._callbacks import BlockOperand
from .._docs import documented
from .._operand import Operand
from .._progress import Progress
from ._compute import CHECKS
from ._decomposition import NORMALIZERS, one_of
from ._gaussian import GaussianModel
from ._how_many import HowMany
from ._incremental import IncrementalComponents

_METHODS = {"auto": "auto", "full": "auto", "covariance_eigh": "gram", "arpack": "krylov", "randomized": "krylov"}
_NARROW = 1000  # features up to which blocks of rows are read once for their covariances
_EXACT = 1e-10  # tolerance in place of 0 where scikit-learn's solver would go to the end


@documented
class PCA(IncrementalComponents, GaussianModel):
    """Principal component analysis, without a centred copy of the data, dense or sparse.

    Parameters, methods and attributes are named and behave as in `sklearn.decomposition.PCA`.

    Parameters
    ----------
    n_components : int, float, "mle" or None, default=None
        Number of components; None means min(n_samples, n_features). A float in (0, 1) asks for as many as explain more
        than this fraction of the variance, "mle" for as many as Minka's criterion tells from noise.
    copy : bool, default=True
        Taken for scikit-learn's sake: data is never changed.
    whiten : bool, default=False
        Scale the coordinates to variance 1.
    svd_solver : {"auto", "full", "covariance_eigh", "arpack", "randomized"}, default="auto"
        scikit-learn's name for the way to the components, used where `method` is "auto": "covariance_eigh" means
        method "gram"; "arpack" and "randomized" mean "krylov". With "full" and "arpack" a `tol` of 0 means 1e-10.
    {solver}
    iterated_power : int or "auto", default="auto"
        scikit-learn's way to limit the passes, used where `max_passes` is 0: 2 * iterated_power + 2 of them.
    {normalizer}
    sketch_size : int, default=0
        Rows that `partial_fit` keeps in place of the covariances of all pairs of features, more than `n_components`; 0
        means covariances up to 4000 features, and otherwise 2 n_components + 20 rows.
    {random_state}
    {fit_run}

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
    n_samples_, n_samples_seen_ : int
    variance_bound_ : float
        Bound of the error of each of `explained_variance_`, where `partial_fit` has not kept all covariances; else 0.
    statistics_ : PCAStatistics
        What `partial_fit` keeps.
    {about_fit}
    {fitted_on}

    Notes
    -----
    The mean is subtracted from products with the data, not from the data. Where it is c times as large as the standard
    deviation, about log10(c) digits are lost: subtract a rough mean first if c is 1000 and the data float32.

    Blocks of rows with up to 1000 features are read once by `fit`, which then keeps their covariances as `partial_fit`
    does, unless `method` or `svd_solver` say otherwise. So are the blocks of an iterator, which cannot be read again.

    Covariances and densities are those of the data also with ``whiten=True``, where scikit-learn scales them once more.

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

    def __init__(self, n_components: Any = None, *, copy: bool = True, whiten: bool = False, svd_solver: str = "auto",
                 method: str = "auto", tol: float = 0.0, n_oversamples: int = 0, max_passes: int = 0,
                 iterated_power: Any = "auto", power_iteration_normalizer: str = "auto", sketch_size: int = 0,
                 random_state: Any = None, n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Callable[[Progress], Any] | None = None) -> None:
        super().__init__(n_components, method=method, tol=tol, n_oversamples=n_oversamples, max_passes=max_passes,
                         random_state=random_state, n_jobs=n_jobs, verbose=verbose, progress=progress,
                         callback=callback)
        self.copy = copy
        self.whiten = whiten
        self.svd_solver = svd_solver
        self.iterated_power = iterated_power
        self.power_iteration_normalizer = power_iteration_normalizer
        self.sketch_size = sketch_size

    def fit(self, X: Any, y: Any = None) -> PCA:
        """Find the components of the rows.

        Parameters
        ----------
        {samples}
        y : ignored

        Returns
        -------
        self : PCA

        Raises
        ------
        {fit_raises}

        Warns
        -----
        ConvergenceWarning
            If `tol` was given and not met.
        """
        blocks = as_blocks(X)
        if blocks is not None and blocks.once:
            return self._fit_once(blocks)
        data, names = self._training_data(X, minimum=2)
        if isinstance(data, BlockOperand) and self._fits_once(data):
            return self._fit_once(data.blocks)
        self._fit(data, names, left=False)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit and return the coordinates of the rows, from the left singular vectors. Parameters as for `fit`."""
        data, names = self._training_data(X, minimum=2)
        if isinstance(data, BlockOperand) and self._fits_once(data):
            return self._fit_once(data.blocks).transform(X)
        U = self._fit(data, names, left=True)
        scale = np.sqrt(self.n_samples_ - 1) if self.whiten else self.singular_values_
        U *= np.asarray(scale, dtype=U.dtype)
        return U

    def transform(self, X: Any) -> np.ndarray:
        """Return the coordinates of rows along the components.

        Parameters
        ----------
        {samples}

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

    def _fits_once(self, data: BlockOperand) -> bool:
        """Whether one look at all covariances is better than many passes."""
        return self._method() == "auto" and data.shape[1] <= _NARROW

    def _fit(self, data: Operand, names: np.ndarray | None, left: bool) -> np.ndarray:
        self._forget()
        n, d = data.shape
        wish = HowMany(self.n_components)
        most = wish.largest(n, d)
        if wish.fraction is None:
            result = self._decompose(data, wish.count or most, self._tolerance(), center=True, left=left)
        else:
            result = self._decompose(data, None, math.sqrt(1 - wish.fraction), center=True, left=left)
        result = result.truncated(wish.among(result.s**2, result.norm**2, n))
        self._keep(result, data, names)
        self._describe(result.s, result.norm, result.error, data)
        assert result.mean is not None
        self.mean_ = result.mean
        return result.U

    def _method(self) -> str:
        one_of("PCA", "svd_solver", self.svd_solver, _METHODS)
        one_of("PCA", "power_iteration_normalizer", self.power_iteration_normalizer, NORMALIZERS)
        return _METHODS[self.svd_solver] if self.method == "auto" else self.method

    def _max_passes(self) -> int:
        if self.max_passes or self.iterated_power == "auto":
            return self.max_passes
        return 2 * CHECKS["max_passes"]("PCA", "iterated_power", self.iterated_power) + 2

    def _tolerance(self) -> float:
        exact = self.svd_solver in ("full", "arpack") and self.method == "auto" and self.tol == 0
        return _EXACT if exact else self.tol

    def _describe(self, s: np.ndarray, norm: float, error: float, data: Operand) -> None:
        """Note the variances that singular values stand for."""
        (n, d), k = data.shape, len(s)
        self.n_samples_, self.n_samples_seen_, self.n_components_ = n, n, k
        self.variance_bound_ = 0.0
        self.explained_variance_ = s**2 / (n - 1)
        self.explained_variance_ratio_ = (s / norm) ** 2 if norm > 0 else np.zeros(k)
        left_out = min(n, d) - k
        self.noise_variance_ = error**2 / (n - 1) / left_out if left_out else 0.0

    def _scale(self) -> np.ndarray:
        """Return the standard deviation along each component, kept above 0."""
        scale = np.sqrt(self.explained_variance_)
        return np.maximum(scale, np.finfo(scale.dtype).eps)
