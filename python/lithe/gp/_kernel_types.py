"""The kernels that others are made of."""

from __future__ import annotations

from typing import Any, Sequence

from . import _kernel_values as values
from ._kernel import _Elementary
from ._kernel_values import DEFAULT_BOUNDS

_Scales = float | Sequence[float]
_Dims = Sequence[int] | None


class RBF(_Elementary):
    """The squared exponential kernel, exp(-r^2 / 2), for very smooth functions.

    r is the distance of two points in units of the length scales.

    Parameters
    ----------
    length_scale : float or array-like of shape (n_dims,), default=1.0
        One for all features, or one for each, in their units.
    length_scale_bounds : pair of floats > 0 or "fixed", default=(1e-5, 1e5)
        Bounds in training, the same for all length scales, or "fixed" to keep them.
    dims : array-like of int or None, default=None
        The features it looks at; None for all.

    Examples
    --------
    >>> from lithe.gp.kernels import RBF
    >>> RBF([1.0, 0.5], dims=[0, 2])
    RBF(length_scale=[1.0, 0.5], dims=[0, 2])
    """

    _fields = {"length_scale": values.numbers, "length_scale_bounds": values.bounds, "dims": values.features}

    def __init__(self, length_scale: _Scales = 1.0, length_scale_bounds: Any = DEFAULT_BOUNDS, *,
                 dims: _Dims = None) -> None:
        self.length_scale = length_scale
        self.length_scale_bounds = length_scale_bounds
        self.dims = dims
        self._check_counts()


class Matern(_Elementary):
    """The Matern kernel of smoothness 1/2, 3/2 or 5/2.

    exp(-r), (1 + sqrt(3) r) exp(-sqrt(3) r) or (1 + sqrt(5) r + 5/3 r^2) exp(-sqrt(5) r), where r is the distance of
    two points in units of the length scales: functions that are continuous, or have one or two derivatives.

    Parameters
    ----------
    length_scale : float or array-like of shape (n_dims,), default=1.0
        One for all features, or one for each, in their units.
    length_scale_bounds : pair of floats > 0 or "fixed", default=(1e-5, 1e5)
        Bounds in training, the same for all length scales, or "fixed" to keep them.
    nu : {0.5, 1.5, 2.5}, default=1.5
        The smoothness, which is not trained.
    dims : array-like of int or None, default=None
        The features it looks at; None for all.

    Examples
    --------
    >>> from lithe.gp.kernels import Matern
    >>> Matern(2, nu=2.5).theta
    array([0.69314718])
    """

    _fields = {"length_scale": values.numbers, "length_scale_bounds": values.bounds, "nu": values.smoothness,
               "dims": values.features}

    def __init__(self, length_scale: _Scales = 1.0, length_scale_bounds: Any = DEFAULT_BOUNDS, nu: float = 1.5, *,
                 dims: _Dims = None) -> None:
        self.length_scale = length_scale
        self.length_scale_bounds = length_scale_bounds
        self.nu = nu
        self.dims = dims
        self._check_counts()


class RationalQuadratic(_Elementary):
    """A mixture of RBF kernels of many length scales, (1 + r^2 / (2 alpha))^-alpha.

    r is the distance of two points in units of the length scales. scikit-learn's has one length scale.

    Parameters
    ----------
    length_scale : float or array-like of shape (n_dims,), default=1.0
        One for all features, or one for each, in their units.
    alpha : float, default=1.0
        The smaller, the wider the mixture.
    length_scale_bounds, alpha_bounds : pair of floats > 0 or "fixed", default=(1e-5, 1e5)
        Bounds in training, or "fixed" to keep the parameter.
    dims : array-like of int or None, default=None
        The features it looks at; None for all.

    Examples
    --------
    >>> from lithe.gp.kernels import RationalQuadratic
    >>> [p.name for p in RationalQuadratic().hyperparameters]
    ['alpha', 'length_scale']
    """

    _fields = {"length_scale": values.numbers, "alpha": values.number, "length_scale_bounds": values.bounds,
               "alpha_bounds": values.bounds, "dims": values.features}

    def __init__(self, length_scale: _Scales = 1.0, alpha: float = 1.0, length_scale_bounds: Any = DEFAULT_BOUNDS,
                 alpha_bounds: Any = DEFAULT_BOUNDS, *, dims: _Dims = None) -> None:
        self.length_scale = length_scale
        self.alpha = alpha
        self.length_scale_bounds = length_scale_bounds
        self.alpha_bounds = alpha_bounds
        self.dims = dims
        self._check_counts()


class Periodic(_Elementary):
    """Functions that repeat themselves: exp(-2 sin^2(pi (x - x') / p) / l^2), multiplied over features.

    For one feature it is scikit-learn's ExpSineSquared, which is another name for it.

    Parameters
    ----------
    length_scale : float or array-like of shape (n_dims,), default=1.0
        l, a pure number, for all features or one for each.
    periodicity : float or array-like of shape (n_dims,), default=1.0
        The period p, for all features or one for each, in their units.
    length_scale_bounds, periodicity_bounds : pair of floats > 0 or "fixed", default=(1e-5, 1e5)
        Bounds in training, or "fixed" to keep the parameter.
    dims : array-like of int or None, default=None
        The features it looks at; None for all.

    Examples
    --------
    >>> from lithe.gp.kernels import Periodic
    >>> Periodic(periodicity=12.0, periodicity_bounds="fixed").n_dims
    1
    """

    _fields = {"length_scale": values.numbers, "periodicity": values.numbers, "length_scale_bounds": values.bounds,
               "periodicity_bounds": values.bounds, "dims": values.features}

    def __init__(self, length_scale: _Scales = 1.0, periodicity: _Scales = 1.0,
                 length_scale_bounds: Any = DEFAULT_BOUNDS, periodicity_bounds: Any = DEFAULT_BOUNDS, *,
                 dims: _Dims = None) -> None:
        self.length_scale = length_scale
        self.periodicity = periodicity
        self.length_scale_bounds = length_scale_bounds
        self.periodicity_bounds = periodicity_bounds
        self.dims = dims
        self._check_counts()


class Linear(_Elementary):
    """Linear functions, sigma_0^2 + x . x'. scikit-learn's DotProduct is another name for it.

    Parameters
    ----------
    sigma_0 : float, default=1.0
        Standard deviation of the function at the origin.
    sigma_0_bounds : pair of floats > 0 or "fixed", default=(1e-5, 1e5)
        Bounds in training, or "fixed" to keep it.
    dims : array-like of int or None, default=None
        The features it looks at; None for all.

    Examples
    --------
    >>> from lithe.gp.kernels import DotProduct
    >>> DotProduct(0.5)
    Linear(sigma_0=0.5)
    """

    _fields = {"sigma_0": values.number, "sigma_0_bounds": values.bounds, "dims": values.features}
    _required = ("sigma_0",)

    def __init__(self, sigma_0: float = 1.0, sigma_0_bounds: Any = DEFAULT_BOUNDS, *, dims: _Dims = None) -> None:
        self.sigma_0 = sigma_0
        self.sigma_0_bounds = sigma_0_bounds
        self.dims = dims


class White(_Elementary):
    """Noise: noise_level for a point with itself, 0 for any two points of a data set, even equal ones.

    `WhiteKernel` is scikit-learn's name for it.

    Parameters
    ----------
    noise_level : float, default=1.0
        The variance of the noise.
    noise_level_bounds : pair of floats > 0 or "fixed", default=(1e-5, 1e5)
        Bounds in training, or "fixed" to keep it.

    Examples
    --------
    >>> from lithe.gp.kernels import RBF, WhiteKernel
    >>> RBF() + WhiteKernel(0.1)
    RBF(length_scale=1.0) + White(noise_level=0.1)
    """

    _fields = {"noise_level": values.number, "noise_level_bounds": values.bounds}
    _required = ("noise_level",)

    def __init__(self, noise_level: float = 1.0, noise_level_bounds: Any = DEFAULT_BOUNDS) -> None:
        self.noise_level = noise_level
        self.noise_level_bounds = noise_level_bounds
