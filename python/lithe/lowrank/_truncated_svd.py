"""Dimension reduction by the singular value decomposition of data as it is."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .._docs import documented
from .._progress import Progress
from ._compute import CHECKS
from ._decomposition import NORMALIZERS, Decomposition, one_of
from ._estimates import norm_about_means

_EXACT = 1e-10  # tolerance in place of 0 where scikit-learn's algorithm would go to the end


@documented
class TruncatedSVD(Decomposition):
    """Dimension reduction by the truncated singular value decomposition, without centring.

    With term counts or tf-idf weights this is latent semantic analysis. Parameters, methods and attributes are named
    and behave as in `sklearn.decomposition.TruncatedSVD`.

    Parameters
    ----------
    n_components : int, default=2
    algorithm : {"randomized", "arpack"}, default="randomized"
        With "arpack" a `tol` of 0 means 1e-10.
    n_iter : int or None, default=None
        scikit-learn's way to limit the passes, used where `max_passes` is 0: 2 * n_iter + 2 of them. None means no
        such limit.
    {solver}
    {normalizer}
    {random_state}
    {fit_run}

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        Right singular vectors, of the type of the data. In each the entry of largest magnitude is positive.
    explained_variance_ : ndarray of float64, shape (n_components,)
        Variance of the training data's coordinates, with divisor n_samples.
    explained_variance_ratio_ : ndarray of float64, shape (n_components,)
        The same as a fraction of the total variance of the features.
    singular_values_ : ndarray of float64, shape (n_components,)
    {about_fit}
    {fitted_on}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import TruncatedSVD
    >>> X = np.array([[3.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    >>> TruncatedSVD(2, random_state=0).fit(X).singular_values_.round(6)
    array([5., 2.])
    """

    def __init__(self, n_components: int = 2, *, algorithm: str = "randomized", n_iter: int | None = None,
                 method: str = "auto", tol: float = 0.0, n_oversamples: int = 0, max_passes: int = 0,
                 power_iteration_normalizer: str = "auto", random_state: Any = None, n_jobs: int | None = None,
                 verbose: int = 0, progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> None:
        super().__init__(n_components, method=method, tol=tol, n_oversamples=n_oversamples, max_passes=max_passes,
                         random_state=random_state, n_jobs=n_jobs, verbose=verbose, progress=progress,
                         callback=callback)
        self.algorithm = algorithm
        self.n_iter = n_iter
        self.power_iteration_normalizer = power_iteration_normalizer

    def fit(self, X: Any, y: Any = None) -> TruncatedSVD:
        """Find the leading right singular vectors.

        Parameters
        ----------
        {samples}
        y : ignored

        Returns
        -------
        self : TruncatedSVD

        Raises
        ------
        {fit_raises}

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
        {samples}

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
        data, names = self._training_data(X, minimum=1)
        exact = self.algorithm == "arpack" and self.tol == 0
        result = self._decompose(data, self._count(data), _EXACT if exact else self.tol, center=False, left=True)
        spread = norm_about_means(data, result.norm, self._thread_count(), self._monitor())
        self._keep(result, data, names)
        spreads = _variances(result.U)
        self.explained_variance_ = spreads * result.s**2
        shares = spreads * (result.s / spread) ** 2 if spread > 0 else np.zeros(len(result.s))
        self.explained_variance_ratio_ = shares * len(result.U)
        scores = result.U
        scores *= result.s.astype(scores.dtype)
        return scores

    def _method(self) -> str:
        one_of("TruncatedSVD", "algorithm", self.algorithm, ("arpack", "randomized"))
        one_of("TruncatedSVD", "power_iteration_normalizer", self.power_iteration_normalizer, NORMALIZERS)
        return self.method

    def _max_passes(self) -> int:
        if self.max_passes or self.n_iter is None:
            return self.max_passes
        return 2 * CHECKS["max_passes"]("TruncatedSVD", "n_iter", self.n_iter) + 2


def _variances(U: np.ndarray, block: int = 4096) -> np.ndarray:
    """Return the variance of each column, all of norm 1, in float64."""
    n, means = len(U), np.zeros(U.shape[1])
    for start in range(0, n, block):
        rows = U[start:start + block]
        means += np.ones(len(rows), dtype=U.dtype) @ rows
    means /= n
    variances = 1 / n - means**2
    for j in np.flatnonzero(variances < 0.1 / n):  # nearly constant columns, of whose digits the difference keeps few
        variances[j] = U[:, j].var(dtype=np.float64)
    return variances
