"""Gaussian processes.

`GaussianProcessRegressor` fits them to data. `lithe.gp.kernels` holds covariance functions: expressions of kernels and
numbers, with the names and parameters of scikit-learn's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import kernels

if TYPE_CHECKING:
    from ._regressor import GaussianProcessRegressor, HeldOut

__all__ = ["GaussianProcessRegressor", "HeldOut", "kernels"]


def __getattr__(name: str) -> Any:
    # Estimators bring scikit-learn along where it is installed; kernels alone do without.
    if name not in __all__:
        raise AttributeError(f"module 'lithe.gp' has no attribute {name!r}")
    from . import _regressor

    return getattr(_regressor, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
