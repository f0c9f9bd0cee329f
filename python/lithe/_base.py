"""What every estimator of lithe shares."""

from __future__ import annotations

import json
import warnings
from typing import Any, ClassVar

import numpy as np

from . import _arrays, _threads
from ._options import Option
from ._progress import Monitor
from ._sklearn import BaseEstimator, NotFittedError


class Estimator(BaseEstimator):
    """Base of all estimators. Fitted state lives in NumPy arrays under names that end in an underscore.

    A subclass names the options that go to the library and the attributes that make it fitted.
    """

    _library_options: ClassVar[dict[str, Option]]
    _state: ClassVar[tuple[str, ...]]

    random_state: Any
    n_jobs: Any
    verbose: int

    def _is_fitted(self) -> bool:
        return all(name in self.__dict__ for name in self._state)

    def __sklearn_is_fitted__(self) -> bool:
        return self._is_fitted()

    def _check_fitted(self) -> None:
        if not self._is_fitted():
            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate "
                                 "arguments before using this estimator.")

    def _encode_options(self, **instead: Any) -> str:
        """Return the options as JSON; keyword arguments replace attributes, None leaves an option at its default."""
        return json.dumps(self._options(**instead))

    def _options(self, **instead: Any) -> dict[str, Any]:
        """Return what `_encode_options` encodes."""
        values = {name: getattr(self, name) for name in self._library_options} | instead
        me = type(self).__name__
        return {name: self._library_options[name](me, name, value) for name, value in values.items()
                if not (name in instead and value is None)}

    def _thread_count(self) -> int:
        return _threads.resolve(self.n_jobs)

    def _monitor(self) -> Monitor | None:
        return Monitor.wanted(self.verbose, getattr(self, "progress", False), getattr(self, "callback", None))

    def _fit_samples(self, X: Any, minimum: int = 1) -> tuple[np.ndarray, np.ndarray | None]:
        """Return training data as rows for the library, and the names of its columns if it has any."""
        names = _arrays.feature_names(X)
        return _arrays.as_samples(X, type(self).__name__, minimum), names

    def _remember(self, n_features: int, names: np.ndarray | None) -> None:
        """Note what the model was fitted on."""
        self.n_features_in_ = n_features
        if names is not None:
            self.feature_names_in_ = names
        elif "feature_names_in_" in self.__dict__:
            del self.feature_names_in_

    def _samples(self, X: Any) -> np.ndarray:
        """Return rows to apply the fitted model to, checked against what it was fitted on."""
        self._check_fitted()
        self._check_names(_arrays.feature_names(X))
        rows = self._sample_rows(X)
        expected = self._n_features()
        if rows.shape[1] != expected:
            raise ValueError(f"X has {rows.shape[1]} features, but {type(self).__name__} is expecting {expected} "
                             "features as input.")
        return rows

    def _sample_rows(self, X: Any) -> np.ndarray:
        """Return X as rows for the library."""
        return _arrays.as_samples(X, type(self).__name__)

    def _n_features(self) -> int:
        return int(self.n_features_in_)

    def _check_names(self, names: np.ndarray | None) -> None:
        fitted = getattr(self, "feature_names_in_", None)
        me = type(self).__name__
        if names is None and fitted is None:
            return
        if fitted is None:
            warnings.warn(f"X has feature names, but {me} was fitted without feature names", stacklevel=4)
        elif names is None:
            warnings.warn(f"X does not have valid feature names, but {me} was fitted with feature names", stacklevel=4)
        elif list(names) != list(fitted):
            raise ValueError("The feature names should match those that were passed during fit.\n"
                             + _difference(list(names), list(fitted)))

    def _prefixed_names(self, n: int, input_features: Any) -> np.ndarray:
        """Return n output names, the lower-case class name and a number, as scikit-learn's decompositions do."""
        if input_features is not None:
            given = np.asarray(input_features, dtype=object)
            fitted = getattr(self, "feature_names_in_", None)
            if fitted is not None and list(given) != list(fitted):
                raise ValueError("input_features is not equal to feature_names_in_")
            if len(given) != self._n_features():
                raise ValueError("input_features should have length equal to number of features "
                                 f"({self._n_features()}), got {len(given)}")
        return np.asarray([f"{type(self).__name__.lower()}{i}" for i in range(n)], dtype=object)


def _difference(names: list[str], fitted: list[str]) -> str:
    unseen, missing = sorted(set(names) - set(fitted)), sorted(set(fitted) - set(names))
    if not unseen and not missing:
        return "Feature names must be in the same order as they were in fit.\n"
    text = ""
    for title, some in (("unseen at fit time", unseen), ("seen at fit time, yet now missing", missing)):
        if some:
            shown = [f"- {name}\n" for name in some[:5]] + (["- ...\n"] if len(some) > 5 else [])
            text += f"Feature names {title}:\n" + "".join(shown)
    return text
