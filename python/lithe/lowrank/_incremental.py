"""Principal components of rows that come bit by bit."""

from __future__ import annotations

import math
import warnings
from typing import Any, Callable

import numpy as np

from .. import _arrays
from .._as_operand import blocks_of_rows
from .._docs import documented
from .._progress import row_counter
from .._row_blocks import RowBlocks
from .._sklearn import NotFittedError
from ._decomposition import Decomposition
from ._how_many import HowMany
from ._statistics import PCAStatistics

_FROM_STATISTICS = ("components_", "explained_variance_", "explained_variance_ratio_", "singular_values_", "mean_",
                    "noise_variance_", "n_components_", "n_samples_", "n_samples_seen_", "variance_bound_",
                    "relative_error_", "error_method_", "method_", "n_passes_", "converged_")


@documented
class IncrementalComponents(Decomposition):
    """Base of principal components that can be computed from statistics of rows, which add up."""

    sketch_size: int
    statistics_: PCAStatistics

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
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
        self

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

    def merge(self, other: Any) -> Any:
        """Add the rows that another one has seen by `partial_fit`.

        Parameters
        ----------
        other : estimator of the same class
            With as many features. Not changed.

        Returns
        -------
        self

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

    def __getattr__(self, name: str) -> Any:
        """Compute what follows from the statistics of `partial_fit` when it is first asked for."""
        if name in _FROM_STATISTICS and "statistics_" in self.__dict__:
            try:
                self._solve()
            except ValueError as unfit:  # which is an AttributeError too, as hasattr and scikit-learn expect
                raise NotFittedError(str(unfit)) from None
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
        wish = HowMany(self.n_components)
        most = wish.largest(n, d)
        found = self.statistics_.components(wish.count or 0, self._thread_count())
        variances, total = found.vector("variances"), float(found.facts["total_variance"])
        keep = wish.among(variances, total, n)
        noise = variances[keep:].sum() + float(found.facts["noise_variance"]) * (most - len(variances))
        self.components_, self.explained_variance_ = found["components"][:keep], variances[:keep]
        self.singular_values_ = np.sqrt(np.maximum(self.explained_variance_, 0) * (n - 1))
        self.explained_variance_ratio_ = self.explained_variance_ / total if total > 0 else np.zeros(keep)
        self.mean_, self.noise_variance_ = found.vector("mean"), float(noise / (most - keep)) if keep < most else 0.0
        self.n_components_, self.n_samples_, self.n_samples_seen_ = keep, n, n
        self.variance_bound_ = float(found.facts["bound"])
        self.relative_error_ = math.sqrt(max(0.0, 1.0 - float(self.explained_variance_ratio_.sum())))
        self.error_method_, self.method_, self.n_passes_, self.converged_ = "identity", "statistics", 1, True

    def _fit_once(self, blocks: RowBlocks) -> Any:
        self._forget()
        monitor = self._monitor()
        try:
            self._see(blocks, None, None, row_counter(monitor, blocks.known_rows))
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
                statistics = PCAStatistics(d, HowMany(self.n_components).count or 0, self.sketch_size)
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
