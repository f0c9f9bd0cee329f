"""What the estimators over the singular value decomposition share."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _arrays
from .._base import Estimator
from .._sklearn import TransformerMixin
from ._svd import OPTIONS, SVDResult, as_matrix, decompose, warn_unconverged


class Decomposition(TransformerMixin, Estimator):
    """Base of linear maps to the leading right singular vectors. Takes sparse matrices everywhere."""

    _library_options = OPTIONS
    _state = ("components_",)

    n_components: Any
    components_: np.ndarray

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _decompose(self, X: Any, *, center: bool, minimum: int, left: bool) -> tuple[SVDResult, float]:
        """Decompose training data, note what it tells about itself, and return the result and the norm about means."""
        me = type(self).__name__
        names = _arrays.feature_names(X)
        data = as_matrix(X, me, minimum)
        n, d = data.shape
        k = min(n, d) if self.n_components is None else OPTIONS["n_components"](me, "n_components", self.n_components)
        if k > min(n, d):
            raise ValueError(f"n_components={k} must be between 1 and min(n_samples, n_features)={min(n, d)} with "
                             f"n_samples={n}, n_features={d}")
        options = {name: check(me, name, k if name == "n_components" else getattr(self, name))
                   for name, check in OPTIONS.items()}
        result, spread = decompose(data, options, center=center, threads=self._thread_count(),
                                   monitor=self._monitor(), left=left)
        self._remember(d, names)
        self.components_, self.singular_values_ = np.ascontiguousarray(result.Vt), result.s
        self.relative_error_, self.error_method_ = result.relative_error, result.error_method
        self.method_, self.n_passes_, self.converged_ = result.method, result.passes, result.converged
        if self.tol > 0 and not result.converged:
            warn_unconverged(result, stacklevel=4)
        return result, spread

    def _rows(self, X: Any) -> Any:
        """Return data to transform, checked against what the model was fitted on."""
        self._check_fitted()
        self._check_names(_arrays.feature_names(X))
        data = as_matrix(X, type(self).__name__)
        if data.shape[1] != self._n_features():
            raise ValueError(f"X has {data.shape[1]} features, but {type(self).__name__} is expecting "
                             f"{self._n_features()} features as input.")
        return data

    def _project(self, X: Any) -> np.ndarray:
        """Return checked data times the components, of its own type where it is the model's."""
        scores = np.asarray(X @ self.components_.astype(X.dtype, copy=False).T)
        if not np.isfinite(scores).all():
            raise ValueError("Input X contains NaN, infinity or a value too large for its dtype.")
        return scores

    def _scores(self, Z: Any) -> np.ndarray:
        """Return coordinates given by a user, one column per component."""
        self._check_fitted()
        Z = _arrays.as_samples(Z, type(self).__name__)
        if Z.shape[1] != len(self.components_):
            raise ValueError(f"X has {Z.shape[1]} features, but {type(self).__name__} has {len(self.components_)} "
                             "components.")
        return Z

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of `transform`'s columns: the lower-case class name and a number.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Checked against the names seen in `fit`; otherwise without effect.

        Returns
        -------
        names : ndarray of str, shape (n_components,)
        """
        self._check_fitted()
        return self._prefixed_names(len(self.components_), input_features)
