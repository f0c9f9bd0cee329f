"""Principal component analysis."""

from __future__ import annotations

import math
import time
import warnings
from typing import Any, Callable

import numpy as np

from .. import _arrays
from .._as_operand import as_blocks, blocks_of_rows
from .._callbacks import BlockOperand
from .._docs import documented
from .._operand import Operand
from .._progress import Progress
from .._row_blocks import RowBlocks
from ._compute import CHECKS
from ._decomposition import NORMALIZERS, Decomposition, one_of
from ._gaussian import GaussianModel
from ._minka import dimension
from ._statistics import PCAStatistics

_METHODS = {"auto": "auto", "full": "auto", "covariance_eigh": "gram", "arpack": "krylov", "randomized": "krylov"}
_FROM_STATISTICS = ("components_", "explained_variance_", "explained_variance_ratio_", "singular_values_", "mean_",
                    "noise_variance_", "n_components_", "n_samples_", "n_samples_seen_", "variance_bound_",
                    "relative_error_", "error_method_", "method_", "n_passes_", "converged_")
_NARROW = 1000  # features up to which blocks of rows are read once for their covariances
_EXACT = 1e-10  # tolerance in place of 0 where scikit-learn's solver would go to the end


@documented
class PCA(Decomposition, GaussianModel):
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

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> PCA:
        """See more rows, of which only statistics are kept: all covariances, which makes the result exact, or a sketch.

        Attributes of the fit are computed when they are first used after new rows, in O(n_features^2 n_components)
        operations where covariances are kept. If it fails, blocks before the one that is to blame have been seen.

        Parameters
        ----------
        X : matrix-like of shape (n_rows, n_features), or iterator of blocks of rows
            Anything but products. Sparse rows become dense block by block. Sums are float64.
        y : ignored
        sample_weight : array-like of shape (n_rows,), default=None
            Non-negative; only with rows in one piece.

        Returns
        -------
        self : PCA

        Raises
        ------
        {fit_raises}

        Warns
        -----
        UserWarning
            After `fit`, which keeps no statistics, so that this starts anew.
        """
        names = _arrays.feature_names(X)
        if "statistics_" in self.__dict__:
            self._check_names(names)
        elif self._is_fitted():
            warnings.warn("fit keeps no statistics that partial_fit could add to, so that it starts anew. Call "
                          "partial_fit from the start.", stacklevel=2)
        self._see(X, names, sample_weight)
        return self

    def merge(self, other: PCA) -> PCA:
        """Add the rows that another one has seen by `partial_fit`.

        Parameters
        ----------
        other : PCA
            With as many features. Not changed.

        Returns
        -------
        self : PCA

        Raises
        ------
        ValueError
            If one of them was not fitted by `partial_fit`, or they keep different things.
        """
        for one in (self, other):
            one._check_fitted()
            if "statistics_" not in one.__dict__:
                raise ValueError("only principal components from partial_fit can be merged; fit keeps no statistics")
        self.statistics_.merge(other.statistics_, self._thread_count())
        self._renew()
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit and return the coordinates of the rows, from the left singular vectors. Parameters as for `fit`."""
        data, names = self._training_data(X, minimum=2)
        if isinstance(data, BlockOperand) and self._fits_once(data):
            return self._fit_once(data.blocks).transform(X)
        U = self._fit(data, names, left=True)
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

    def _fits_once(self, data: BlockOperand) -> bool:
        """Whether one look at all covariances is better than many passes."""
        return self._method() == "auto" and data.shape[1] <= _NARROW

    def _fit_once(self, blocks: RowBlocks) -> PCA:
        self._forget()
        monitor, began = self._monitor(), time.monotonic()
        most = 0 if blocks.once else blocks.shape[0]

        def tell(rows: int) -> None:
            if monitor is not None:
                monitor.update(Progress("rows", rows, most, math.nan, rows, time.monotonic() - began))

        try:
            self._see(blocks, None, None, tell)
            self._solve()
        except BaseException:
            self._forget()
            raise
        finally:
            if monitor is not None:
                monitor.close()
        return self

    def _see(self, X: Any, names: np.ndarray | None, sample_weight: Any,
             tell: Callable[[int], None] = lambda rows: None) -> None:
        """Add rows to the statistics, block by block, and tell how many there are."""
        statistics = self.__dict__.get("statistics_")
        for rows, weights in blocks_of_rows(X, "PCA", sample_weight):
            d = rows.shape[1]
            if statistics is None:
                statistics = PCAStatistics(d, self._components_wanted(), self.sketch_size)
            elif d != len(statistics.mean):
                raise ValueError(f"X has {d} features, but PCA is expecting {len(statistics.mean)} features as input.")
            statistics.update(rows, weights, self._thread_count())
            if "statistics_" not in self.__dict__:
                self.statistics_ = statistics
                self._remember(d, names)
            self._renew()
            tell(statistics.rows)
        if statistics is None:
            raise ValueError("there are no blocks of rows")

    def _fit(self, data: Operand, names: np.ndarray | None, left: bool) -> np.ndarray:
        self._forget()
        n, d = data.shape
        k, tol = self._components_wanted() or None, self._tolerance()
        if isinstance(self.n_components, (float, np.floating)):
            tol = math.sqrt(1 - self.n_components)
        elif k is None or k > min(n, d):
            k = self._all(n, d, k)
        result = self._decompose(data, k, tol, center=True, left=left)
        result = result.truncated(self._enough(result.s**2, result.norm**2, n))
        self._keep(result, data, names)
        self._describe(result.s, result.norm, result.error, data)
        assert result.mean is not None
        self.mean_ = result.mean
        return result.U

    def __getattr__(self, name: str) -> Any:
        """Compute what follows from the statistics of `partial_fit` when it is first asked for."""
        if name in _FROM_STATISTICS and "statistics_" in self.__dict__:
            self._solve()
            return self.__dict__[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _is_fitted(self) -> bool:
        return "components_" in self.__dict__ or "statistics_" in self.__dict__

    def _forget(self) -> None:
        """Forget what was seen."""
        self.__dict__.pop("statistics_", None)
        self._renew()

    def _renew(self) -> None:
        """Forget what was computed from statistics."""
        for name in _FROM_STATISTICS:
            self.__dict__.pop(name, None)

    def _solve(self) -> None:
        """Compute the attributes of the fit from statistics."""
        n, d = self.statistics_.rows, self._n_features()
        if n < 2:
            raise ValueError(f"PCA needs a minimum of 2 rows, and partial_fit has seen {n}")
        k = self._components_wanted()
        most = self._all(n, d, k or None)
        found = self.statistics_.components(k, self._thread_count())
        variances, total = found.vector("variances"), float(found.facts["total_variance"])
        keep = self._enough(variances, total, n)
        noise = variances[keep:].sum() + float(found.facts["noise_variance"]) * (most - len(variances))
        self.components_, self.explained_variance_ = found["components"][:keep], variances[:keep]
        self.singular_values_ = np.sqrt(np.maximum(self.explained_variance_, 0) * (n - 1))
        self.explained_variance_ratio_ = self.explained_variance_ / total if total > 0 else np.zeros(keep)
        self.mean_, self.noise_variance_ = found.vector("mean"), float(noise / (most - keep)) if keep < most else 0.0
        self.n_components_, self.n_samples_, self.n_samples_seen_ = keep, n, n
        self.variance_bound_ = float(found.facts["bound"])
        self.relative_error_ = math.sqrt(max(0.0, 1.0 - float(self.explained_variance_ratio_.sum())))
        self.error_method_, self.method_, self.n_passes_, self.converged_ = "identity", "statistics", 1, True

    def _components_wanted(self) -> int:
        """Return the number of components, 0 where it follows from the data."""
        wanted = self.n_components
        if wanted is None or isinstance(wanted, str) and wanted == "mle":
            return 0
        if isinstance(wanted, (float, np.floating)) and 0 < wanted < 1:
            return 0
        try:
            return int(CHECKS["n_components"]("PCA", "n_components", wanted))
        except ValueError:
            raise ValueError("The 'n_components' parameter of PCA must be an int in the range [1, inf), a float in the "
                             f"range (0.0, 1.0), 'mle' or None. Got {wanted!r} instead.") from None

    def _all(self, n: int, d: int, k: int | None) -> int:
        """Return the largest number of components of n rows and d features, which k must not exceed."""
        if k is not None and k > min(n, d):
            raise ValueError(f"n_components={k} must be between 1 and min(n_samples, n_features)={min(n, d)} with "
                             f"n_samples={n}, n_features={d}")
        if n < d and isinstance(self.n_components, str):
            raise ValueError("n_components='mle' is only supported if n_samples >= n_features")
        return min(n, d)

    def _enough(self, variances: np.ndarray, total: float, n: int) -> int:
        """Return how many of the leading components to keep."""
        if isinstance(self.n_components, str):
            return dimension(variances, n)
        if isinstance(self.n_components, (float, np.floating)):
            explained = np.cumsum(variances)
            return min(int(np.searchsorted(explained, self.n_components * total, side="right")) + 1, len(explained))
        return len(variances)

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
        total = norm**2 / (n - 1)
        self.explained_variance_ratio_ = self.explained_variance_ / total if total > 0 else np.zeros(k)
        left_out = min(n, d) - k
        self.noise_variance_ = error**2 / (n - 1) / left_out if left_out else 0.0

    def _scale(self) -> np.ndarray:
        """Return the standard deviation along each component, kept above 0."""
        scale = np.sqrt(self.explained_variance_)
        return np.maximum(scale, np.finfo(scale.dtype).eps)
