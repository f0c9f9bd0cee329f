"""Principal component analysis."""

from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np

from .._docs import documented
from .._errors import NumericalError
from .._operand import Operand
from .._progress import Progress
from ._compute import CHECKS
from ._decomposition import NORMALIZERS, Decomposition, one_of

_METHODS = {"auto": "auto", "full": "auto", "covariance_eigh": "gram", "arpack": "krylov", "randomized": "krylov"}
_EXACT = 1e-10  # tolerance in place of 0 where scikit-learn's solver would go to the end


@documented
class PCA(Decomposition):
    """Principal component analysis, without a centred copy of the data, dense or sparse.

    Parameters, methods and attributes are named and behave as in `sklearn.decomposition.PCA`.

    Parameters
    ----------
    n_components : int, float or None, default=None
        Number of components; None means min(n_samples, n_features). A float in (0, 1) asks for as many as explain more
        than this fraction of the variance.
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
    n_samples_ : int
    {about_fit}
    {fitted_on}

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

    def __init__(self, n_components: Any = None, *, copy: bool = True, whiten: bool = False, svd_solver: str = "auto",
                 method: str = "auto", tol: float = 0.0, n_oversamples: int = 0, max_passes: int = 0,
                 iterated_power: Any = "auto", power_iteration_normalizer: str = "auto", random_state: Any = None,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Callable[[Progress], Any] | None = None) -> None:
        super().__init__(n_components, method=method, tol=tol, n_oversamples=n_oversamples, max_passes=max_passes,
                         random_state=random_state, n_jobs=n_jobs, verbose=verbose, progress=progress,
                         callback=callback)
        self.copy = copy
        self.whiten = whiten
        self.svd_solver = svd_solver
        self.iterated_power = iterated_power
        self.power_iteration_normalizer = power_iteration_normalizer

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

    def get_covariance(self) -> np.ndarray:
        """Return the covariance matrix of the model, which has `noise_variance_` along all directions left out.

        Returns
        -------
        covariance : ndarray of float64, shape (n_features, n_features)
        """
        self._check_fitted()
        V = self.components_.astype(np.float64)
        above = np.maximum(self.explained_variance_ - self.noise_variance_, 0)
        covariance = (V.T * above) @ V
        covariance.flat[::len(covariance) + 1] += self.noise_variance_
        return covariance

    def get_precision(self) -> np.ndarray:
        """Return the inverse of `get_covariance`.

        Returns
        -------
        precision : ndarray of float64, shape (n_features, n_features)

        Raises
        ------
        NumericalError
            If the model has directions without variance.
        """
        self._check_fitted()
        rest, along = self._inverse_variances()
        V = self.components_.astype(np.float64)
        precision = (V.T * (along - rest)) @ V
        precision.flat[::len(precision) + 1] += rest
        return precision

    def score_samples(self, X: Any) -> np.ndarray:
        """Return the log-density of each row under the model, a Gaussian with the covariance of `get_covariance`.

        Parameters
        ----------
        X : array-like, SciPy sparse matrix or blocks of rows, of shape (n_samples, n_features)

        Returns
        -------
        log_density : ndarray of float64, shape (n_samples,)
            In nats.

        Raises
        ------
        NumericalError
            If the model has directions without variance.
        """
        data = self._rows(X)
        rest, along = self._inverse_variances()
        V = self.components_.astype(np.float64)
        d, k = V.shape[1], len(V)
        constant = d * math.log(2 * math.pi) - np.log(along).sum() - (d - k) * (math.log(rest) if k < d else 0.0)
        squares = []
        for rows in data.pieces():
            centred = rows - self.mean_
            squares.append((centred**2).sum(axis=1) * rest + (centred @ V.T) ** 2 @ (along - rest))
        log_density: np.ndarray = -0.5 * (constant + np.concatenate(squares))
        return log_density

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean of `score_samples`, in nats per row."""
        return float(self.score_samples(X).mean())

    def _inverse_variances(self) -> tuple[float, np.ndarray]:
        """Return the inverse variance of all directions left out, 0 if there are none, and those of the components."""
        k, d = self.components_.shape
        if self.explained_variance_.min() <= 0 or (k < d and self.noise_variance_ <= 0):
            raise NumericalError("the model has directions without variance, and so neither a density nor a precision; "
                                 "fit fewer components")
        return 1 / self.noise_variance_ if k < d else 0.0, 1 / self.explained_variance_

    def _fit(self, X: Any, left: bool) -> np.ndarray:
        data, names = self._training_data(X, minimum=2)
        fraction = self._fraction()
        if fraction is None:
            k, tol = self._count(data), self._tolerance()
        else:
            k, tol = None, math.sqrt(1 - fraction)
        result = self._decompose(data, k, tol, center=True, left=left)
        if fraction is not None:
            explained = np.cumsum(result.s**2)
            enough = np.searchsorted(explained, fraction * result.norm**2, side="right") + 1
            result = result.truncated(int(min(enough, len(explained))))
        self._keep(result, data, names)
        self._describe(result.s, result.norm, result.error, data)
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

    def _fraction(self) -> float | None:
        """Return the fraction of the variance that the components have to explain, None where their number is given."""
        if self.n_components is None or isinstance(self.n_components, (int, np.integer)):
            return None
        if not (isinstance(self.n_components, (float, np.floating)) and 0 < self.n_components < 1):
            raise ValueError("The 'n_components' parameter of PCA must be an int in the range [1, inf), a float in the "
                             f"range (0.0, 1.0) or None. Got {self.n_components!r} instead.")
        return float(self.n_components)

    def _describe(self, s: np.ndarray, norm: float, error: float, data: Operand) -> None:
        """Note the variances that singular values stand for."""
        (n, d), k = data.shape, len(s)
        self.n_samples_, self.n_components_ = n, k
        self.explained_variance_ = s**2 / (n - 1)
        total = norm**2 / (n - 1)
        self.explained_variance_ratio_ = self.explained_variance_ / total if total > 0 else np.zeros(k)
        left_out = min(n, d) - k
        self.noise_variance_ = error**2 / (n - 1) / left_out if left_out else 0.0

    def _scale(self) -> np.ndarray:
        """Return the standard deviation along each component, kept above 0."""
        scale = np.sqrt(self.explained_variance_)
        return np.maximum(scale, np.finfo(scale.dtype).eps)
