"""How many components a mixture should have."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import numpy as np

from .._arrays import as_sample_weight, as_samples, view
from .._handle import Handle
from .._run import RUN, call
from ._gaussian_mixture import GaussianMixture

PATH = np.dtype([("n_components", np.int64), ("criterion", np.float64), ("log_likelihood", np.float64), ("aic", np.float64),
                 ("bic", np.float64), ("icl", np.float64), ("held_out", np.float64), ("seconds", np.float64),
                 ("converged", np.bool_)])


class Selection(NamedTuple):
    """What `select_components` found."""

    best: GaussianMixture
    path: np.ndarray


def select_components(model: GaussianMixture, X: Any, candidates: Any, criterion: str = "bic", X_held_out: Any = None,
                      sample_weight: Any = None, warm: bool = False) -> Selection:
    """Fit a mixture for each number of components and choose one.

    Parameters
    ----------
    model : GaussianMixture
        Its arguments are those of every fit, but for `n_components`; it is left as it is. Initial values
        (``weights_init`` and the like, labels in `init_params`, ``warm_start``) are not possible.
    X : array-like of shape (n_samples, n_features)
    candidates : array-like of int
        Numbers of components.
    criterion : {"bic", "icl", "aic", "held_out"}, default="bic"
        What is to be lowest: the Bayesian criterion, the integrated complete-data likelihood (BIC plus twice the entropy of
        the posteriors, which asks for components apart from each other), Akaike's, or minus `score` of `X_held_out`.
    X_held_out : array-like of shape (n_held_out, n_features), default=None
    sample_weight : array-like of shape (n_samples,) or float, default=None
        Counted in the criteria as repeated rows would be.
    warm : bool, default=False
        Fit the candidates in increasing number, each but the first from the one before, by splitting the components that gain
        most; otherwise each fit starts anew. It needs ``m_step="em"``.

    Returns
    -------
    Selection
        A named tuple: best, a fitted GaussianMixture, and path, a structured array with a row for each candidate:
        n_components, criterion, log_likelihood (of all rows, in nats), aic, bic, icl, held_out, seconds, converged.

    Raises
    ------
    ValueError
        As `GaussianMixture.fit`; for an unknown criterion; for initial values.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.mixture import GaussianMixture, select_components
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(-5, 1, size=(300, 2)), rng.normal(5, 1, size=(300, 2))])
    >>> select_components(GaussianMixture(covariance_type="diag", random_state=0), X, [1, 2, 3]).best.n_components
    2
    """
    given = [name for name in ("weights_init", "means_init", "factor_loadings_init", "noise_variance_init")
             if getattr(model, name) is not None]
    if given or not isinstance(model.init_params, str) or model.warm_start:
        raise ValueError(f"{(given + ['init_params as labels, or warm_start,'])[0]} fits one number of components only")
    counts = np.asarray(candidates)
    if counts.ndim != 1 or not counts.size or counts.dtype.kind not in "iu":
        raise ValueError(f"candidates must be a list of numbers of components, got {candidates!r}")
    counts = np.ascontiguousarray(counts, dtype=np.int64)
    best = GaussianMixture(**copy.deepcopy(model.get_params(deep=False)))
    rows, names = best._fit_samples(X, minimum=2)
    held = None if X_held_out is None else np.asarray(as_samples(X_held_out, "select_components"), dtype=rows.dtype)
    if held is not None and held.shape[1] != rows.shape[1]:
        raise ValueError(f"X_held_out has {held.shape[1]} features, but X has {rows.shape[1]}")
    factors = best._factors_for(rows.shape[1])
    instead: dict[str, Any] = {"n_components": int(counts.max()), "n_factors": factors or None}
    if factors == 0 and best.covariance_type == "factor":
        instead["covariance_type"] = "diag"
    table, handle = np.empty((len(counts), 9)), Handle()
    call("lithe_mixture_select_warm" if warm else "lithe_mixture_select", view(rows),
         view(as_sample_weight(sample_weight, len(rows))), counts, len(counts), criterion, view(held),
         best._encode_options(**instead), view(table), RUN, handle.out, threads=best._thread_count(), monitor=best._monitor(),
         work=1e12)
    best._adopt_history(handle, best._adopt(handle))
    best.n_components = len(best.weights_)
    best._remember(rows.shape[1], names)
    path = np.empty(len(counts), dtype=PATH)
    for name, column in zip(PATH.names or (), table.T):
        path[name] = column
    return Selection(best, path)
