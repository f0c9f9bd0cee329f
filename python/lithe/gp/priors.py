"""Prior densities of the parameters of kernels and of the noise, for training by the largest posterior density.

Estimators take them as a dict. A key is the name of a parameter as `Kernel.hyperparameters` gives it, one such as
"length_scale" for all parameters of that kind, or "noise". Densities are those of the parameters in their natural units,
not of their logarithms:

>>> from lithe.gp import GaussianProcessRegressor, priors
>>> gpr = GaussianProcessRegressor(priors={"length_scale": priors.Gamma(3, 6), "noise": priors.LogNormal(-4, 1)})
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any, ClassVar, Mapping

__all__ = ["DimensionScaled", "Gamma", "HalfCauchy", "LogNormal", "Prior"]


class Prior:
    """What all priors have in common."""

    _kind: ClassVar[str]

    def to_dict(self, parameter: str) -> dict[str, Any]:
        """Return the prior of a parameter as the options of every language write it."""
        a, b, *_ = *(float(value) for value in astuple(self)), 0.0, 0.0  # type: ignore[call-overload]
        return {"parameter": parameter, "kind": self._kind, "a": a, "b": b}


@dataclass(frozen=True)
class Gamma(Prior):
    """The gamma density, of mean ``shape / rate``.

    Parameters
    ----------
    shape, rate : float > 0
    """

    _kind = "gamma"
    shape: float
    rate: float


@dataclass(frozen=True)
class LogNormal(Prior):
    """The density of a number whose logarithm is normal.

    Parameters
    ----------
    mean : float
        Of the logarithm.
    std : float > 0
        Standard deviation of the logarithm.
    """

    _kind = "log_normal"
    mean: float
    std: float


@dataclass(frozen=True)
class HalfCauchy(Prior):
    """The density of the absolute value of a Cauchy variable: half of it below `scale`, with a heavy tail.

    Parameters
    ----------
    scale : float > 0
    """

    _kind = "half_cauchy"
    scale: float


@dataclass(frozen=True)
class DimensionScaled(Prior):
    """A log-normal density for length scales that grows with the number d of features.

    The logarithm has mean ``sqrt(2) + log(d) / 2`` and standard deviation ``sqrt(3)``; for data of unit scale.

    References
    ----------
    C. Hvarfner, E. O. Hellsten, L. Nardi: Vanilla Bayesian optimization performs great in high dimensions. ICML, 2024.
    """

    _kind = "dimension_scaled"


def as_records(owner: str, priors: Mapping[str, Prior] | None) -> list[dict[str, Any]]:
    """Return priors as the library takes them, one record for each; it checks names and numbers.

    Raises
    ------
    ValueError
        If it is no mapping from names to priors of this module.
    """
    if priors is None:
        return []
    if not isinstance(priors, Mapping) or not all(isinstance(name, str) and isinstance(prior, Prior)
                                                  for name, prior in priors.items()):
        raise ValueError(f"The 'priors' parameter of {owner} must be None or a dict from names of parameters to priors of "
                         f"lithe.gp.priors, such as {{'noise': priors.Gamma(1.1, 0.05)}}. Got {priors!r} instead.")
    return [prior.to_dict(name) for name, prior in priors.items()]
