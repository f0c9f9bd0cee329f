"""What follows from the coefficients of a choice model: standard errors, willingness to pay, elasticities."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ._choice_survey import Survey
    from ._latent_class_logit import LatentClassLogit

_BLOCK = 1 << 20  # pairs of alternatives that elasticities look at together


@dataclass(frozen=True)
class WillingnessToPay:
    """Willingness to pay by class and attribute, with confidence intervals by the delta method.

    Attributes
    ----------
    names : list of str
        The attributes, without the cost.
    estimate, standard_error, lower, upper : ndarray of shape (n_classes, n_names)
        NaN where the coefficient of the cost is 0.
    mean : ndarray of shape (n_names,)
        Of the classes, weighted with their probabilities.
    level : float
        Of the intervals from lower to upper.
    """

    names: list[str]
    estimate: np.ndarray
    standard_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    mean: np.ndarray
    level: float


def standard_errors(covariance: np.ndarray) -> np.ndarray:
    """Return the roots of the diagonal: NaN where rounding has left a variance below 0."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(covariance.diagonal()))


def willingness_to_pay(model: LatentClassLogit, cost: int, level: float, robust: bool) -> WillingnessToPay:
    """Return minus the ratios of the coefficients to those of the cost."""
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), got {level}")
    others = [p for p in range(model.n_features_in_) if p != cost]
    covariance = model.robust_covariance_ if robust else model.covariance_
    shape = (len(model.coef_), len(others))
    estimate, error = np.full(shape, np.nan), np.full(shape, np.nan)
    for k, beta in enumerate(model.coef_):
        if beta[cost] == 0:
            continue
        for i, p in enumerate(others):
            estimate[k, i] = -beta[p] / beta[cost]
            slope = np.zeros(model.n_parameters_)
            for at, d in ((model._index[k, p], -1 / beta[cost]), (model._index[k, cost], beta[p] / beta[cost] ** 2)):
                if at >= 0:
                    slope[at] += d
            error[k, i] = np.sqrt(slope @ covariance @ slope)
    half = NormalDist().inv_cdf((1 + level) / 2) * error
    return WillingnessToPay([model.varnames_[p] for p in others], estimate, error, estimate - half, estimate + half,
                            model.class_probabilities_ @ estimate, level)


def elasticities(survey: Survey, by_class: np.ndarray, weights: np.ndarray, coef: np.ndarray, variable: int) -> np.ndarray:
    """Return the elasticities of `LatentClassLogit.elasticities`.

    With P_i = sum_k a_k P_ik, the derivative of P_i by attribute x_j is sum_k a_k beta_k P_ik (1{i = j} - P_jk).
    """
    if survey.alts is None:
        raise ValueError("elasticities need alts")
    labels, column = np.unique(survey.alts, return_inverse=True)
    keys = survey.ids if survey.panels is None else np.stack([survey.panels, survey.ids], axis=1)
    situation = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    n, size, classes = situation.max() + 1, len(labels), len(coef)
    p = np.zeros((n, size, classes))
    p[situation, column] = by_class
    x, a = np.zeros((n, size)), np.zeros((n, classes))
    x[situation, column] = survey.x[:, variable]
    a[situation] = weights
    numerator, denominator = np.zeros((size, size)), np.zeros((size, size))
    step = max(1, _BLOCK // size**2)
    for lo in range(0, n, step):
        top, weight = _block(*(block[lo:lo + step] for block in (p, x, a)), coef[:, variable])
        numerator += top
        denominator += weight
    with np.errstate(invalid="ignore"):
        return numerator / denominator


def _block(p: np.ndarray, x: np.ndarray, a: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return sums over situations of P_i times the elasticities, and of P_i, where both alternatives are there."""
    mixed = np.einsum("nik,nk->ni", p, a)
    slope = a * beta
    top = -np.einsum("nik,njk,nk->nij", p, p, slope)
    every = np.arange(p.shape[1])
    top[:, every, every] += np.einsum("nik,nk->ni", p, slope)
    both = (mixed[:, :, None] > 0) & (mixed[:, None, :] > 0)
    return np.sum(top * x[:, None, :] * both, axis=0), np.sum(mixed[:, :, None] * both, axis=0)
