"""Gaussian processes.

`GaussianProcessRegressor` and `GaussianProcessClassifier` fit them to data, `LeastSquaresSVC` is classification by the same
linear systems, and `BasisFunctionGP` fits sums of functions of continuous and categorical columns, for any number of rows.
`sample_posterior_density` draws from a density that is expensive to evaluate.
`lithe.gp.kernels` holds covariance functions: expressions of kernels and numbers, with the names and parameters of
scikit-learn's.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import kernels, priors

if TYPE_CHECKING:
    from ._basis import BasisFunctionGP, Effects
    from ._classifier import GaussianProcessClassifier
    from ._display import GaussianProcessDisplay
    from ._posterior_density import PosteriorDensity, PosteriorSamples, PosteriorSurrogate, sample_posterior_density
    from ._regressor import GaussianProcessRegressor, HeldOut
    from ._svc import LeastSquaresSVC

__all__ = ["BasisFunctionGP", "Effects", "GaussianProcessClassifier", "GaussianProcessDisplay", "GaussianProcessRegressor",
           "HeldOut", "LeastSquaresSVC", "PosteriorDensity", "PosteriorSamples", "PosteriorSurrogate", "kernels", "priors",
           "sample_posterior_density"]

_MODULES = {"BasisFunctionGP": "_basis", "Effects": "_basis", "GaussianProcessClassifier": "_classifier",
            "GaussianProcessDisplay": "_display", "GaussianProcessRegressor": "_regressor", "HeldOut": "_regressor",
            "LeastSquaresSVC": "_svc", "PosteriorDensity": "_posterior_density", "PosteriorSamples": "_posterior_density",
            "PosteriorSurrogate": "_posterior_density", "sample_posterior_density": "_posterior_density"}


def __getattr__(name: str) -> Any:
    # Estimators bring scikit-learn along where it is installed; kernels alone do without.
    if name not in _MODULES:
        raise AttributeError(f"module 'lithe.gp' has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
