"""Softmax mixtures of one class more each, and the choice among them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import _options
from ._softmax_mixture import SoftmaxMixture, as_counts


class MixturePath(NamedTuple):
    """Softmax mixtures of 1, 2, ... classes, as `softmax_mixture_path` returns them.

    Attributes
    ----------
    models : list of SoftmaxMixture
        Entry i has i + 1 classes.
    criteria : dict of str to ndarray
        For each number of classes: log_likelihood, aic, bic, caic, adjusted_bic, icl, entropy_r2, certificate,
        smallest_weight and hits.
    """

    models: list[SoftmaxMixture]
    criteria: dict[str, np.ndarray]

    def best(self, criterion: str = "bic") -> SoftmaxMixture:
        """Return the model for which a criterion is lowest."""
        return self.models[int(np.argmin(self.criteria[criterion]))]


def softmax_mixture_path(X: Any, counts: Any = None, *, max_components: int = 8, **params: Any) -> MixturePath:
    """Fit softmax mixtures of 1 to max_components classes, each starting from the one before with a class added.

    Parameters
    ----------
    X, counts
        As for `SoftmaxMixture.fit`.
    max_components : int, default=8
    **params : object
        Arguments of `SoftmaxMixture` for all of them.

    Returns
    -------
    path : MixturePath

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.softmix import softmax_mixture_path
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(500, 2))
    >>> p = np.exp(X @ [[2.0, -1.0], [0.0, 1.0]])
    >>> counts = rng.multinomial(20000, (p / p.sum(0)) @ [0.6, 0.4])
    >>> path = softmax_mixture_path(X, counts, max_components=3, random_state=0)
    >>> path.best("bic").n_components
    2
    """
    most = _options.count("softmax_mixture_path", "max_components", max_components)
    models: list[SoftmaxMixture] = []
    for k in range(1, most + 1):
        model = SoftmaxMixture(k, **params)
        rows, names = model._fit_samples(X, minimum=2)
        models.append(model._fit(rows, names, as_counts(counts, len(rows)), _grown(models[-1]) if models else None, alone=False))
    fields = ("log_likelihood", "aic", "bic", "caic", "adjusted_bic", "icl", "entropy_r2", "certificate", "hits")
    criteria = {name: np.array([getattr(m, f"{name}_") for m in models]) for name in fields}
    criteria["smallest_weight"] = np.array([m.weights_.min() for m in models])
    return MixturePath(models, criteria)


def _grown(model: SoftmaxMixture) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes of a model and its candidate, with probabilities."""
    added = model.pooled_coef_ if model.candidate_ is None else model.candidate_
    return np.vstack([model.coef_, added]), np.append(0.9 * model.weights_, 0.1)
