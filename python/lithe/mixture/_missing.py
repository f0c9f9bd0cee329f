"""What a mixture knows about values that were not observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _options
from .._arrays import as_samples, view
from .._handle import Handle
from .._run import RUN, call

if TYPE_CHECKING:
    from ._model import MixtureModel


class MissingValues:
    """Imputation and conditional distributions, for mixtures."""

    def impute(self: MixtureModel, X: Any, draw: bool = False) -> np.ndarray:
        """Return the rows with what is missing filled in.

        NaN means missing here, whatever the argument `missing` of the constructor.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        draw : bool, default=False
            Fill in a draw from the distribution of what is missing given the rest of its row, with the seed
            `random_state`, instead of its mean. Several draws are multiple imputations.

        Returns
        -------
        full : ndarray of shape (n_samples, n_features)
            Of the type of `X`, float32 or float64. Observed values are as they were. A row without a single one gets
            the mean of the mixture (of the centres, where components have too heavy tails for a mean).

        Examples
        --------
        >>> import numpy as np
        >>> from lithe.mixture import GaussianMixture
        >>> gm = GaussianMixture.from_parameters([0.5, 0.5], [[0.0, 1.0], [9.0, 5.0]], noise_variance=[1.0, 1.0])
        >>> gm.impute([[0.2, np.nan], [9.5, np.nan]]).round(3)
        array([[0.2, 1. ],
               [9.5, 5. ]])
        """
        rows = self._samples(X)
        full = np.empty(rows.shape, dtype=rows.dtype)
        if draw:
            seed = int(_options.seed(type(self).__name__, "random_state", self.random_state))
            self._ask("impute_draw", rows, seed, view(full))
        else:
            self._ask("impute", rows, view(full))
        return full

    def marginal(self: MixtureModel, features: Any) -> Any:
        """Return the mixture of some features alone.

        Parameters
        ----------
        features : array-like of int or str
            Columns by number or, if the model was fitted on a frame, by name; in the order they are to have.

        Returns
        -------
        GaussianMixture
            Of the same family and, for t components, with the same degrees of freedom.
        """
        columns = self._columns(features, "features")
        handle = Handle()
        call("lithe_mixture_marginal", self._handle().id, columns, len(columns), RUN, handle.out)
        return self._of_features(handle, columns)

    def conditional(self: MixtureModel, x: Any) -> Any:
        """Return the distribution of what a row lacks, given what it holds.

        Parameters
        ----------
        x : array-like of shape (n_features,)
            NaN marks the features to be predicted.

        Returns
        -------
        GaussianMixture
            Of the features that are NaN, in their order: a mixture of conditional Gaussians, weighted by the posterior of
            the row. Its `sample`, `score_samples`, ... are about those features. Components of family "t" and "tyler" give
            t components, with one more degree of freedom for each feature that the row holds.

        Examples
        --------
        >>> import numpy as np
        >>> from lithe.mixture import GaussianMixture
        >>> gm = GaussianMixture.from_parameters([1.0], [[0.0, 1.0]], [[[1.0], [1.0]]], [[1.0, 0.5]])
        >>> given = gm.conditional([2.0, np.nan])
        >>> given.means_
        array([[2.]])
        """
        self._check_fitted()
        row = np.array(x, dtype=np.float64)
        if row.shape != (self._n_features(),):
            raise ValueError(f"x must have shape ({self._n_features()},), one entry per feature, got {row.shape}")
        handle = Handle()
        call("lithe_mixture_conditional", self._handle().id, view(row[np.newaxis]), RUN, handle.out)
        return self._of_features(handle, np.flatnonzero(np.isnan(row)))

    def conditional_mean(self: MixtureModel, X: Any, observed: Any, targets: Any = None, return_cov: bool = False) -> Any:
        """Return the mean of some features given others: mixture regression.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_observed)
            Values of the observed features alone; NaN where a row lacks one.
        observed : array-like of int or str, of length n_observed
            Which features the columns of `X` are, by number or by name.
        targets : array-like of int or str, of length n_targets, default=None
            Features to predict; None means all that are not observed, in their order.
        return_cov : bool, default=False
            Return the conditional covariances as well.

        Returns
        -------
        mean : ndarray of shape (n_samples, n_targets)
            Of the type of `X`, float32 or float64.
        covariance : ndarray of shape (n_samples, n_targets, n_targets)
            Only with `return_cov`. Infinite where degrees of freedom and observed features of a t component are 2 at most.

        Examples
        --------
        >>> from lithe.mixture import GaussianMixture
        >>> gm = GaussianMixture.from_parameters([1.0], [[0.0, 1.0]], [[[1.0], [1.0]]], [[1.0, 0.5]])
        >>> gm.conditional_mean([[2.0], [0.0]], observed=[0])
        array([[2.],
               [1.]])
        """
        self._check_fitted()
        given = self._columns(observed, "observed")
        wanted = np.setdiff1d(np.arange(self._n_features()), given) if targets is None else self._columns(targets, "targets")
        rows = as_samples(X, type(self).__name__)
        if rows.shape[1] != len(given):
            raise ValueError(f"X has {rows.shape[1]} columns, but {len(given)} features are named as observed")
        full = np.full((len(rows), self._n_features()), np.nan, dtype=rows.dtype)
        full[:, given] = rows
        wanted = np.ascontiguousarray(wanted, dtype=np.int64)
        mean = np.empty((len(rows), len(wanted)), dtype=rows.dtype)
        covariance = np.empty((len(rows), len(wanted), len(wanted)), dtype=rows.dtype) if return_cov else None
        blocks = None if covariance is None else view(covariance.reshape(-1, len(wanted)))
        self._ask("conditional_moments", full, wanted, len(wanted), view(mean), blocks)
        return mean if covariance is None else (mean, covariance)

    def _columns(self: MixtureModel, features: Any, name: str) -> np.ndarray:
        """Return features given by number or name as numbers."""
        self._check_fitted()
        columns = np.atleast_1d(np.asarray(features))
        if columns.dtype.kind in "UO":
            names = list(getattr(self, "feature_names_in_", []))
            unknown = [column for column in columns.tolist() if column not in names]
            if unknown:
                raise ValueError(f"{name} holds {unknown[0]!r}, which is no feature that this {type(self).__name__} was "
                                 "fitted with")
            columns = np.array([names.index(column) for column in columns.tolist()])
        if columns.ndim != 1 or (columns.size and columns.dtype.kind not in "iu"):
            raise ValueError(f"{name} must be a list of feature numbers or names, got {features!r}")
        return np.ascontiguousarray(columns, dtype=np.int64)

    def _of_features(self: MixtureModel, handle: Handle, columns: np.ndarray) -> Any:
        """Return an estimator of the library's mixture of some features, with this one's arguments."""
        from ._gaussian_mixture import GaussianMixture

        model = GaussianMixture(missing=self.missing, random_state=self.random_state, n_jobs=self.n_jobs)
        info = model._adopt(model._as_told(handle))
        model.n_components, model.covariance_type, model.family = info["n_components"], info["covariance_type"], info["family"]
        if info["n_factors"]:
            model.n_factors = info["n_factors"]
        names = getattr(self, "feature_names_in_", None)
        model._remember(info["n_features"], None if names is None else names[columns])
        return model
