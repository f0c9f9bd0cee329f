"""scikit-learn's bases where it is installed, and otherwise just enough of them that lithe works with NumPy alone."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

try:
    from sklearn.base import (BaseEstimator, ClassifierMixin, ClusterMixin, DensityMixin, MultiOutputMixin, RegressorMixin,
                              TransformerMixin)
    from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
except ImportError:

    class NotFittedError(ValueError, AttributeError):  # type: ignore[no-redef]
        """An estimator was used before it was fitted."""

    class ConvergenceWarning(UserWarning):  # type: ignore[no-redef]
        """A fit ended before it converged."""

    class DataConversionWarning(UserWarning):  # type: ignore[no-redef]
        """Data came in another shape than expected."""

    class BaseEstimator:  # type: ignore[no-redef]
        """Parameters are the arguments of the constructor, stored under their own names."""

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            """Return the constructor's arguments by name; `deep` makes no difference here."""
            return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

        def set_params(self, **params: Any) -> Any:
            """Change arguments of the constructor and return self."""
            known = list(inspect.signature(type(self)).parameters)
            for name, value in params.items():
                if name not in known:
                    raise ValueError(f"Invalid parameter {name!r} for estimator {self!r}. Valid parameters are: "
                                     f"{known}.")
                setattr(self, name, value)
            return self

        def __repr__(self) -> str:
            defaults = inspect.signature(type(self)).parameters
            changed = [f"{name}={value!r}" for name, value in self.get_params().items()
                       if value is not defaults[name].default]
            return f"{type(self).__name__}({', '.join(changed)})"

    class ClassifierMixin:  # type: ignore[no-redef]
        """What classifiers share."""

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
            """Return the part of the rows whose label is predicted."""
            return float(np.average(self.predict(X) == np.asarray(y), weights=sample_weight))  # type: ignore[attr-defined]

    class ClusterMixin:  # type: ignore[no-redef]
        """Marks clusterers."""

    class DensityMixin:  # type: ignore[no-redef]
        """Marks density estimators."""

    class MultiOutputMixin:  # type: ignore[no-redef]
        """Marks estimators of several outputs."""

    class RegressorMixin:  # type: ignore[no-redef]
        """What regressors share."""

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
            """Return R^2, 1 minus the squared error over the squared deviation from the mean."""
            y = np.asarray(y, dtype=np.float64)
            weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
            error = weight @ (y - self.predict(X)) ** 2  # type: ignore[attr-defined]
            around = weight @ (y - np.average(y, weights=weight)) ** 2
            return float(1 - error / around) if around else float(error == 0)

    class TransformerMixin:  # type: ignore[no-redef]
        """What transformers share."""

        def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
            """Fit, then transform the same rows."""
            return self.fit(X, y, **fit_params).transform(X)  # type: ignore[attr-defined]

        def set_output(self, *, transform: str | None = None) -> Any:
            """Choose the container of `transform`'s result; without scikit-learn only "default", NumPy arrays."""
            if transform not in (None, "default"):
                raise ImportError(f"set_output(transform={transform!r}) needs scikit-learn: pip install scikit-learn")
            return self


__all__ = ["BaseEstimator", "ClassifierMixin", "ClusterMixin", "ConvergenceWarning", "DataConversionWarning", "DensityMixin",
           "MultiOutputMixin", "NotFittedError", "RegressorMixin", "TransformerMixin"]
