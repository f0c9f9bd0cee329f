"""Samples by scores and by classes."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np

from .. import _options
from .._arrays import as_sample_weight, view
from .._docs import documented
from .._result import Result
from ._checks import as_classes, as_vector


class Sample(NamedTuple):
    """A weighted random subset of rows.

    Attributes
    ----------
    indices : ndarray of int64, shape (k,)
        Distinct rows, ascending.
    weights : ndarray of float64, shape (k,)
        Weighted sums over these rows estimate sums over all without bias.
    effective_size : float
        ``weights.sum()**2 / (weights**2).sum()``.
    """

    indices: np.ndarray
    weights: np.ndarray
    effective_size: float


def _sample(found: Result) -> Sample:
    return Sample(found["indices"], found.vector("weights").copy(), float(found.facts["effective_size"]))


@documented
def importance_sample(scores: Any, n_samples: int, *, sample_weight: Any = None, random_state: Any = None) -> Sample:
    """Draw rows with probabilities proportional to their scores, with replacement.

    Parameters
    ----------
    scores : array-like of shape (n,)
        Non-negative. A row with score 0 is never drawn, so it must contribute nothing to the sums of interest.
    n_samples : int
        Draws; a row drawn twice is listed once, with the sum of the weights.
    sample_weight : array-like of shape (n,) or float, default=None
        What each row counts for.
    {random_state}

    Returns
    -------
    Sample

    Examples
    --------
    >>> from lithe.coreset import importance_sample
    >>> importance_sample([0.0, 1.0, 0.0], 5, random_state=0)[:2]
    (array([1]), array([1.]))
    """
    values = as_vector(scores, None, "scores")
    assert values is not None
    owner = "importance_sample"
    options = json.dumps({"n_samples": _options.count(owner, "n_samples", n_samples),
                          "random_state": _options.seed(owner, "random_state", random_state)})
    weight = as_sample_weight(sample_weight, len(values))
    return _sample(Result("lithe_coreset_importance", view(values), view(weight), options))


@documented
def stratified_sample(y: Any, n_samples: int, *, random_state: Any = None) -> Sample:
    """Draw distinct rows such that every class gets its share of them.

    Shares are proportional to the sizes of the classes, rounded by largest remainders, and at least 1 where `n_samples`
    allows. Each drawn row weighs the size of its class over the number drawn from it.

    Parameters
    ----------
    y : array-like of shape (n,)
        Class labels. All equal they give a plain random subset.
    n_samples : int
    {random_state}

    Returns
    -------
    Sample

    Examples
    --------
    >>> from lithe.coreset import stratified_sample
    >>> stratified_sample(["a"] * 90 + ["b"] * 10, 10, random_state=0).weights.tolist()
    [10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0]
    """
    owner = "stratified_sample"
    _, labels = as_classes(y, len(np.asarray(y)), owner)
    options = json.dumps({"n_samples": _options.count(owner, "n_samples", n_samples),
                          "random_state": _options.seed(owner, "random_state", random_state)})
    return _sample(Result("lithe_coreset_stratified", labels, len(labels), options))
