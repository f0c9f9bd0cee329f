"""The table of a choice model."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from ._choice_effects import standard_errors

if TYPE_CHECKING:
    from ._latent_class_logit import LatentClassLogit

_COLUMNS = ("estimate", "std. error", "z", "P>|z|")


def summary(model: LatentClassLogit, robust: bool) -> str:
    """Return the text of `LatentClassLogit.summary`."""
    errors = model.robust_standard_errors_ if robust else model.standard_errors_
    covariance = model.robust_covariance_ if robust else model.covariance_
    classes = len(model.coef_)
    title = "Multinomial logit" if classes == 1 else f"Latent-class logit, {classes} classes"
    width = max(20, *(len(name) + 2 for name in [*model.varnames_, *model._membership_names]))
    lines = [title, "=" * (width + 50)]
    lines += [f"{left:<32}{right}" for left, right in _facts(model)]
    head = f"{'':<{width}}" + "".join(f"{name:>12}" for name in _COLUMNS)
    for k in range(classes):
        lines.append("-" * (width + 50))
        if classes > 1:
            lines.append(f"class {k}: probability {model.class_probabilities_[k]:.4f}")
        lines.append(head)
        lines += [_line(name, b, e, width, model._index[k, p] < 0)
                  for p, (name, b, e) in enumerate(zip(model.varnames_, model.coef_[k], errors[k]))]
    if classes > 1:
        covariates = ["constant", *model._membership_names]
        membership = standard_errors(covariance)[model.n_parameters_ - (classes - 1) * len(covariates):]
        for k, row in enumerate(membership.reshape(classes - 1, -1)):
            lines += ["-" * (width + 50), f"membership of class {k} against class {classes - 1}", head]
            lines += [_line(name, d, e, width, False) for name, d, e in zip(covariates, model.membership_coef_[k], row)]
    lines.append("=" * (width + 50))
    lines.append("Standard errors: " + ("sandwich, clustered by person" if robust else "inverse of the observed information"))
    return "\n".join(lines)


def _facts(model: LatentClassLogit) -> list[tuple[str, str]]:
    starts = "" if len(model.coef_) == 1 else f" ({model.hits_} of {model.n_finished_} finished starts ended here)"
    return [("Log-likelihood", f"{model.log_likelihood_:.4f}{starts}"),
            ("Log-likelihood, equal shares", f"{model.null_log_likelihood_:.4f}"),
            ("Rho squared (adjusted)", f"{model.rho_squared_:.4f} ({model.adjusted_rho_squared_:.4f})"),
            ("Parameters", f"{model.n_parameters_}"),
            ("Persons, situations", f"{model.n_persons_}, {model.n_situations_}"),
            ("AIC", f"{model.aic_:.2f}"),
            ("BIC by persons, by situations", f"{model.bic_:.2f}, {model.bic_situations_:.2f}")]


def _line(name: str, estimate: float, error: float, width: int, fixed: bool) -> str:
    if fixed:
        return f"  {name:<{width - 2}}{estimate:>12.5g}{'fixed':>12}"
    z = estimate / error if error > 0 else np.nan
    p = 2 * NormalDist().cdf(-abs(z)) if np.isfinite(z) else np.nan
    return f"  {name:<{width - 2}}{estimate:>12.5g}{error:>12.4g}{z:>12.2f}{p:>12.4f}"
