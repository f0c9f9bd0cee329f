"""Kernels of scikit-learn, known by their names, so that it need not be installed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._kernel import Constant, Kernel, Product, Sum, _Elementary
from ._kernel_types import RBF, Linear, Matern, Periodic, RationalQuadratic, White

_COUNTERPARTS: dict[str, type[_Elementary]] = {
    "ConstantKernel": Constant, "WhiteKernel": White, "RBF": RBF, "Matern": Matern,
    "RationalQuadratic": RationalQuadratic, "ExpSineSquared": Periodic, "DotProduct": Linear}
_PAIRS: dict[str, type[Sum] | type[Product]] = {"Sum": Sum, "Product": Product}
_INSTEAD = {
    "Exponentiation": "write the power as a product",
    "CompoundKernel": "fit a model for each of its kernels",
    "PairwiseKernel": "RBF and Linear are its kernels of kinds 'rbf' and 'linear'",
}


def from_sklearn(kernel: Any, n_features: int | None = None) -> Kernel:
    """Return the counterpart of a kernel of scikit-learn.

    Parameters
    ----------
    kernel : object
        A kernel of `sklearn.gaussian_process.kernels`: ConstantKernel, WhiteKernel, RBF, Matern, RationalQuadratic,
        ExpSineSquared, DotProduct, and sums and products of them. A kernel of `lithe.gp.kernels` is returned as it is.
    n_features : int or None, default=None
        The number of features of the data. ExpSineSquared, which has a counterpart for one feature only, is refused
        for more; None leaves that to you.

    Returns
    -------
    Kernel
        A kernel with the same parameters, bounds and `theta`.

    Raises
    ------
    ValueError
        If a part has no counterpart, which the message names. That is so for Exponentiation, PairwiseKernel,
        CompoundKernel and kernels of your own, for Matern with a `nu` other than 1/2, 3/2, 5/2 and infinity, and for
        bounds that differ between the length scales of one kernel.
    TypeError
        If it is no kernel at all.

    Examples
    --------
    >>> from sklearn.gaussian_process.kernels import DotProduct, Matern
    >>> from lithe.gp.kernels import from_sklearn
    >>> from_sklearn(3 * Matern(nu=0.5) + DotProduct())
    Constant(constant_value=3.0) * Matern(length_scale=1.0, nu=0.5) + Linear(sigma_0=1.0)
    """
    return _converted(kernel, n_features, ())


def _converted(kernel: Any, n_features: int | None, place: tuple[str, ...]) -> Kernel:
    if isinstance(kernel, Kernel):
        return kernel
    if isinstance(kernel, type) or not callable(getattr(kernel, "get_params", None)):
        raise TypeError(f"expected a kernel of lithe.gp.kernels or scikit-learn, got {kernel!r}{_where(place)}")
    name, params = type(kernel).__name__, kernel.get_params(deep=False)
    if name in _PAIRS and set(params) == {"k1", "k2"}:
        return _PAIRS[name](*(_converted(params[part], n_features, (*place, part)) for part in ("k1", "k2")))
    kind = _COUNTERPARTS.get(name)
    if kind is None or not set(params) <= set(kind._fields):
        known = ", ".join([*_COUNTERPARTS, *_PAIRS])
        instead = f"; {_INSTEAD[name]}" if name in _INSTEAD else ""
        raise ValueError(f"{name} has no counterpart in lithe.gp.kernels{_where(place)}{instead}. "
                         f"Those of {known} exist.")
    if name == "ExpSineSquared" and n_features is not None and n_features != 1:
        raise ValueError(f"ExpSineSquared{_where(place)} is a covariance for one feature, the data have {n_features}; "
                         f"use lithe.gp.kernels.Periodic, a product over features, and name them with dims")
    if name == "Matern" and params["nu"] == np.inf:
        kind = RBF
        del params["nu"]
    try:
        for field in params:
            if field.endswith("_bounds"):
                params[field] = _common(name, field, params[field])
        return kind(**params)
    except ValueError as error:
        raise ValueError(f"{error}{_where(place)}") from None


def _common(name: str, field: str, bounds: Any) -> Any:
    """Return the bounds as one pair where there is a row for each length scale."""
    if isinstance(bounds, str) or np.ndim(bounds) != 2:
        return bounds
    rows = np.asarray(bounds)
    if len(rows) == 0 or np.any(rows != rows[0]):
        raise ValueError(f"{field} of {name} differ from feature to feature; lithe has one pair for all of them, and a "
                         f"product of kernels with dims where that is not enough")
    return tuple(rows[0].tolist())


def _where(place: tuple[str, ...]) -> str:
    return f" (in part {'__'.join(place)})" if place else ""
