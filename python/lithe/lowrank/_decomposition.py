"""What the estimators over the singular value decomposition share."""

from __future__ import annotations

from typing import Any, Callable, Collection

import numpy as np

from .. import _arrays
from .._as_operand import as_operand
from .._base import Estimator
from .._errors import NumericalError
from .._operand import Operand
from .._progress import Progress
from .._sklearn import TransformerMixin
from ._compute import CHECKS, options, warn_unconverged
from ._svd import SVDResult, decompose

OPTIONS = {name: CHECKS[name] for name in ("n_components", "tol", "method", "n_oversamples", "max_passes",
                                           "random_state")}
"""The library's options that are parameters of these estimators."""

_LARGEST = np.sqrt(np.finfo(np.float64).max)  # norm whose square is finite
NORMALIZERS = ("auto", "QR", "LU", "none")


def one_of(owner: str, name: str, value: Any, words: Collection[str]) -> None:
    """Raise ValueError, worded as scikit-learn words it, if a value is none of the words."""
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"The {name!r} parameter of {owner} must be a str among {sorted(words)}. Got {value!r} "
                         "instead.")


class Decomposition(TransformerMixin, Estimator):
    """Base of linear maps to the leading right singular vectors. Takes whatever `svd` does."""

    _library_options = OPTIONS
    _state = ("components_",)

    components_: np.ndarray

    def __init__(self, n_components: Any, *, method: str, tol: float, n_oversamples: int, max_passes: int,
                 random_state: Any, n_jobs: int | None, verbose: int, progress: bool,
                 callback: Callable[[Progress], Any] | None) -> None:
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

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _training_data(self, X: Any, minimum: int) -> tuple[Operand, np.ndarray | None]:
        """Return data to fit as an argument of the library, and the names of its columns."""
        return as_operand(X, type(self).__name__, minimum=minimum), _arrays.feature_names(X)

    def _decompose(self, data: Operand, k: int | None, tol: float, *, center: bool, left: bool) -> SVDResult:
        """Decompose training data; without k its rank is found from a relative error of `tol`.

        Without `left`, U has no columns.
        """
        me = type(self).__name__
        text = options(me, n_components=k, tol=tol, method=self._method(), n_oversamples=self.n_oversamples,
                       max_passes=self._max_passes(), random_state=self.random_state, right_only=None if left else True)
        result = decompose(data, text, k, center=center, threads=self._thread_count(), monitor=self._monitor())
        if result.norm > _LARGEST:
            raise NumericalError(f"the variances of X leave the range of float64, for its norm is {result.norm:.3g}; "
                                 "rescale X, or use svd, which knows no variances")
        return result

    def _method(self) -> str:
        """Return the library's method."""
        raise NotImplementedError

    def _max_passes(self) -> int:
        """Return the library's limit of passes."""
        raise NotImplementedError

    def _count(self, data: Operand) -> int:
        """Return `n_components` as a number of components that the data has."""
        n, d = data.shape
        k = min(n, d)
        if self.n_components is not None:
            k = CHECKS["n_components"](type(self).__name__, "n_components", self.n_components)
        if k > min(n, d):
            raise ValueError(f"n_components={k} must be between 1 and min(n_samples, n_features)={min(n, d)} with "
                             f"n_samples={n}, n_features={d}")
        return k

    def _keep(self, result: SVDResult, data: Operand, names: np.ndarray | None) -> None:
        """Note the components and what the result tells about itself."""
        self._remember(data.shape[1], names)
        # By columns, as the library has them, unless there are more than wanted.
        self.components_ = result.Vt if result.Vt.flags.f_contiguous else np.ascontiguousarray(result.Vt)
        self.singular_values_ = result.s
        self.relative_error_, self.error_method_ = result.relative_error, result.error_method
        self.method_, self.n_passes_, self.converged_ = result.method, result.passes, result.converged
        if self.tol > 0 and not result.converged:
            warn_unconverged(result.passes, stacklevel=4)

    def _rows(self, X: Any) -> Operand:
        """Return data to transform, checked against what the model was fitted on."""
        self._check_fitted()
        self._check_names(_arrays.feature_names(X))
        data = as_operand(X, type(self).__name__, transpose=False)
        if data.shape[1] != self._n_features():
            raise ValueError(f"X has {data.shape[1]} features, but {type(self).__name__} is expecting "
                             f"{self._n_features()} features as input.")
        return data

    def _project(self, data: Operand) -> np.ndarray:
        """Return checked data times the components, of its own type where it is the model's."""
        scores = data.matmat(self.components_.astype(data.dtype, copy=False).T)
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
