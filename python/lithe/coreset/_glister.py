"""Samples that bring the loss on validation data down."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _options
from .._arrays import as_samples, view
from .._base import Estimator
from .._docs import documented
from .._result import Result
from ._checks import as_gradients


@documented
class Glister(Estimator):
    """Samples whose gradient steps bring the loss on validation data down most (GLISTER).

    Those are selected whose gradients have the largest inner products with the gradient of the validation loss, some at a time;
    after each time the logits of the validation data follow the step that the subset would take so far. Samples with wrong labels
    are left out, if those of the validation data are right. All weights are 1.

    Parameters
    ----------
    n_samples : int, default=100
    rounds : int, default=15
        How many times the gradient of the validation loss is brought up to date.
    learning_rate : float, default=0.1
        Size of the step with the mean gradient of the subset.
    {fit_run}

    Attributes
    ----------
    indices_ : ndarray of int64, shape (n_samples,)
        In the order of selection.
    scores_ : ndarray of float64, shape (n_samples,)
        Inner product of each gradient with that of the validation loss.
    losses_ : ndarray of float64, shape (rounds + 1,)
        Mean validation loss before the first round and after each, as far as the last layer alone tells.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.coreset import Glister
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(3, size=600)
    >>> A = rng.normal(size=(600, 4)) + 3 * np.eye(4)[y]
    >>> R = np.full((600, 3), 1 / 3) - np.eye(3)[y]       # a network that knows nothing yet
    >>> model = Glister(50).fit(R[:500], np.zeros((100, 3)), y[500:], activations=A[:500], inputs=A[500:])
    >>> bool(model.losses_[-1] < model.losses_[0])
    True
    """

    _library_options = {"n_samples": _options.count, "rounds": _options.count, "learning_rate": _options.positive}
    _state = ("indices_", "scores_")

    def __init__(self, n_samples: int = 100, *, rounds: int = 15, learning_rate: float = 0.1, n_jobs: int | None = None,
                 verbose: int = 0, progress: bool = False, callback: Any = None) -> None:
        self.n_samples = n_samples
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, gradients: Any, logits: Any, labels: Any, *, activations: Any = None, inputs: Any = None) -> Glister:
        """Select samples.

        Parameters
        ----------
        gradients : array-like of shape (n, n_classes)
            Residuals of a softmax: probabilities less 1 at the class of the sample.
        logits : array-like of shape (n_validation, n_classes)
            Of the validation data, before the softmax.
        labels : array-like of int, shape (n_validation,)
            Their classes, as numbers of columns.
        activations, inputs : array-like of shape (n, h) and (n_validation, h), default=None
            What enters the last layer. Better given: gradients with respect to the logits are much the same for all samples of a
            class.

        Returns
        -------
        self : Glister
        """
        me = type(self).__name__
        rows, own = as_gradients(gradients, activations, me)
        scores, others = as_gradients(logits, inputs, me)
        if (own is None) != (others is None):
            raise ValueError(f"{me}.fit needs activations and inputs together.")
        if rows.dtype != scores.dtype:
            rows, own, scores, others = (None if a is None else as_samples(a, me).astype(np.float64)
                                         for a in (rows, own, scores, others))
        classes = np.asarray(labels)
        if classes.shape != (len(scores),):
            raise ValueError(f"Found input variables with inconsistent numbers of samples: [{len(scores)}, {classes.size}]")
        if classes.dtype.kind not in "biu":
            raise ValueError(f"labels must be numbers of columns of logits, got type {classes.dtype}.")
        classes = np.ascontiguousarray(classes, dtype=np.int64)
        found = Result("lithe_coreset_glister", view(rows), view(own), view(scores), view(others), classes, self._encode_options(),
                       threads=self._thread_count(), monitor=self._monitor(), work=float(rows.size) * self.rounds)
        self.indices_, self.scores_ = found["indices"], found.vector("scores").copy()
        self.losses_ = found.vector("losses").copy()
        self.n_features_in_ = rows.shape[1]
        return self
