"""Subsets whose weighted gradients add up to nearly the sum of all gradients."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from .. import _options, _sparse, _threads
from .._arrays import as_sample_weight, view
from .._base import Estimator
from .._docs import documented
from .._result import Result
from .._run import RUN, call
from ._checks import (as_gradients, as_groups, as_row_numbers, as_vector, optional_at_least_one, optional_positive,
                      parameters, warn_of_recall)

SELECTION = {
    "n_samples": _options.count, "weights": _options.word, "ridge": _options.positive, "max_weight": optional_at_least_one,
    "engine": _options.word, "epsilon": _options.positive, "memory_limit": optional_positive, "random_state": _options.seed,
}


class FromGradients(Estimator):
    """What works on gradients, dense or sparse."""

    def _rows(self, gradients: Any, activations: Any) -> tuple[Any, np.ndarray | None, str, list[Any]]:
        return _given(gradients, activations, type(self).__name__)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _given(gradients: Any, activations: Any, owner: str) -> tuple[Any, np.ndarray | None, str, list[Any]]:
    """Return gradients, activations, what names of functions have before them, and their arguments."""
    if not _sparse.is_sparse(gradients):
        rows, inputs = as_gradients(gradients, activations, owner)
        return rows, inputs, "", [view(rows), view(inputs)]
    if activations is not None:
        raise ValueError(f"{owner} needs dense residuals with activations, got sparse ones.")
    rows = _sparse.canonical(_sparse.as_compressed(gradients, owner).tocsr())
    return rows, None, "sparse_", [_sparse.view(rows)]


class GradientSubset(FromGradients):
    """What selects samples by facility location between gradients."""

    _state = ("indices_", "weights_")

    def _select(self, gradients: Any, activations: Any, curvature: np.ndarray | None, y: Any, sample_weight: Any) -> None:
        me = type(self).__name__
        rows, inputs, kind, data = self._rows(gradients, activations)
        n = rows.shape[0]
        options = self._encode_options()
        if n < self.n_samples:  # type: ignore[attr-defined]
            raise ValueError(f"Found array with {n} sample(s) (shape={rows.shape}), but {self.n_samples} "  # type: ignore[attr-defined]
                             "are to be selected.")
        m = parameters(rows, inputs)
        found = Result(f"lithe_coreset_{kind}adacore", *data, view(as_vector(curvature, m, "the curvature")),
                       as_groups(y, n, me), view(as_sample_weight(sample_weight, n)), options, threads=self._thread_count(),
                       monitor=self._monitor(), work=float(n) * n)
        self.indices_, self.assignment_ = found["indices"], found["assignment"]
        self.weights_, self.gains_ = found.vector("weights").copy(), found.vector("gains").copy()
        self.residual_gradient_ = found.vector("residual").copy()
        facts = found.facts
        self.loss_, self.certificate_ = float(facts["loss"]), _certificate(facts["loss_bound"], facts["loss"])
        self.error_, self.preconditioned_error_ = float(facts["error"]), float(facts["preconditioned_error"])
        self.effective_size_, self.engine_ = float(facts["effective_size"]), str(facts["engine"])
        self.bound_risk_, self.recall_ = float(facts["bound_risk"]), float(facts["recall"])
        self.n_features_in_ = rows.shape[1]
        warn_of_recall(self.recall_)


def _certificate(bound: float, loss: float) -> float:
    return 1.0 if loss <= 0 else float(bound / loss)


@documented
class CRAIG(GradientSubset):
    """Samples that stand for all in a gradient step: facility location between gradients.

    Every sample is represented by the selected one whose gradient is nearest, and the weight of a selected sample is the
    number of those that it represents, by which `loss_` bounds the error of the weighted sum of gradients, or what least squares
    say. With labels, samples are selected within classes.

    Parameters
    ----------
    n_samples : int, default=100
        Samples to select, all classes together.
    {representing}
    {random_state}
    {fit_run}

    Attributes
    ----------
    indices_ : ndarray of int64, shape (k,)
        In the order of selection, class after class.
    weights_ : ndarray of float64, shape (k,)
        Samples that each stands for, or weights of least squares.
    residual_gradient_ : ndarray of float64, shape (m,)
        Sum of all gradients less the weighted sum of the selected ones: added to the gradients of the subset it makes their sum
        exact for the parameters at which it was selected. With `activations` the parameter of output c and input j is
        c (h + 1) + j, and j = h the bias.
    gains_ : ndarray of float64, shape (k,)
        What `loss_` fell by with each.
    assignment_ : ndarray of int64, shape (n_samples,)
        Position in `indices_` of the sample that stands for each.
    loss_ : float
        Sum over samples of the distance between their gradient and the one that stands for it.
    certificate_ : float
        No subset of this size has a loss below `certificate_` times `loss_`.
    bound_risk_ : float
        Probability that this is wrong: 0 for a proof, 1e-6 where it is from a sample of gradients (engines "neighbors",
        "partitioned" and "streaming" with more than 16,384 of them; for each class of so many).
    recall_ : float
        Share of the true nearest gradients in the graph of engine "neighbors", measured on a sample; NaN for others.
    error_, preconditioned_error_ : float
        Norm of the difference between the weighted sum of gradients and the sum of all, relative to that; and the same of
        gradients divided by the curvature.
    effective_size_ : float
        ``weights_.sum()**2 / (weights_**2).sum()``.
    engine_ : str
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.coreset import CRAIG
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(1000, 5)), rng.integers(2, size=1000)
    >>> craig = CRAIG(50, random_state=0).fit(X, y)
    >>> craig.weights_.sum(), len(np.unique(craig.indices_))
    (np.float64(1000.0), 50)
    """

    _library_options = SELECTION

    def __init__(self, n_samples: int = 100, *, weights: str = "counts", ridge: float = 0.01, max_weight: float | None = None,
                 engine: str = "auto", epsilon: float = 0.01, memory_limit: float | None = None, random_state: Any = None,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False, callback: Any = None) -> None:
        self.n_samples = n_samples
        self.weights = weights
        self.ridge = ridge
        self.max_weight = max_weight
        self.engine = engine
        self.epsilon = epsilon
        self.memory_limit = memory_limit
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, gradients: Any, y: Any = None, *, activations: Any = None, sample_weight: Any = None) -> CRAIG:
        """Select samples.

        Parameters
        ----------
        gradients : array-like or sparse of shape (n_samples, m)
            A gradient, or a proxy of it, per sample: with respect to the logits, of all parameters, of a random projection;
            for a linear model the rows of X themselves.
        y : array-like of shape (n_samples,), default=None
            Class labels.
        activations : array-like of shape (n_samples, h), default=None
            Inputs of the last layer. `gradients` are then the residuals, shape (n_samples, n_classes), and the gradients
            those of the weights and biases of that layer, which are never formed.
        sample_weight : array-like of shape (n_samples,) or float, default=None
            What each gradient counts for in the sum.

        Returns
        -------
        self : CRAIG
        """
        self._select(gradients, activations, None, y, sample_weight)
        return self


@documented
class GradMatch(FromGradients):
    """Samples and weights that match a sum of gradients, by orthogonal matching pursuit.

    The gradient that alone brings the sum nearest to the target joins the subset, and all weights, which are never negative, are
    solved for anew. Gradients with respect to C logits have rank C - 1 within a class, so that few picks match all there is:
    give the activations of the last layer too.

    Parameters
    ----------
    n_samples : int, default=100
        Most samples with a positive weight.
    alpha : float, default=0.0
        Ridge on the weights, relative to the mean squared norm of the gradients; evens the weights out.
    tol : float, default=1e-6
        Stop when the error is at most this fraction of the norm of the target.
    {fit_run}

    Attributes
    ----------
    indices_ : ndarray of int64, shape (k,)
        In the order they were chosen, class after class.
    weights_ : ndarray of float64, shape (k,)
    residual_gradient_ : ndarray of float64, shape (m,)
        The target less the weighted sum.
    error_ : float
        Norm of the difference between target and weighted sum, relative to that of the target.
    effective_size_ : float
        ``weights_.sum()**2 / (weights_**2).sum()``.
    n_picks_ : int
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.coreset import GradMatch
    >>> G = np.random.default_rng(0).normal(size=(1000, 20)) + 0.3
    >>> GradMatch(20).fit(G).error_ < 0.2
    True
    """

    _library_options = {"n_samples": _options.count, "alpha": _options.not_negative, "tol": _options.fraction}
    _state = ("indices_", "weights_")

    def __init__(self, n_samples: int = 100, *, alpha: float = 0.0, tol: float = 1e-6, n_jobs: int | None = None,
                 verbose: int = 0, progress: bool = False, callback: Any = None) -> None:
        self.n_samples = n_samples
        self.alpha = alpha
        self.tol = tol
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, gradients: Any, y: Any = None, *, activations: Any = None, target: Any = None,
            sample_weight: Any = None) -> GradMatch:
        """Match the target.

        Parameters
        ----------
        gradients, y, activations
            As for `CRAIG.fit`. With labels each class matches its own sum.
        target : array-like of shape (m,), default=None
            What to match; None means the sum of all gradients. Not with `y`.
        sample_weight : array-like of shape (n_samples,) or float, default=None
            What each gradient counts for in that sum.

        Returns
        -------
        self : GradMatch
        """
        me = type(self).__name__
        rows, inputs, kind, data = self._rows(gradients, activations)
        n, m, options = rows.shape[0], parameters(rows, inputs), self._encode_options()
        if n < self.n_samples:
            raise ValueError(f"Found array with {n} sample(s) (shape={rows.shape}), but {self.n_samples} are to be selected.")
        found = Result(f"lithe_coreset_{kind}gradmatch", *data, as_groups(y, n, me),
                       view(as_vector(target, m, "target")), view(as_sample_weight(sample_weight, n)),
                       options, threads=self._thread_count(), monitor=self._monitor(),
                       work=float(rows.size) * self.n_samples)
        self.indices_, self.weights_ = found["indices"], found.vector("weights").copy()
        self.residual_gradient_ = found.vector("residual").copy()
        self.error_, self.effective_size_ = float(found.facts["relative_error"]), float(found.facts["effective_size"])
        self.n_picks_ = int(found.facts["picks"])
        self.n_features_in_ = rows.shape[1]
        return self


def gradient_error(gradients: Any, indices: Any, weights: Any, *, activations: Any = None, curvature: Any = None,
                   sample_weight: Any = None, n_jobs: int | None = None) -> tuple[float, float]:
    """Return how far a weighted sum of some gradients is from the sum of all.

    Parameters
    ----------
    gradients, activations, sample_weight
        As for `CRAIG.fit`.
    indices : array-like of int, shape (k,)
    weights : array-like of shape (k,)
    curvature : array-like of shape (m,), default=None
        What gradients are divided by for the second number; None means 1.
    n_jobs : int, default=None
        Threads; None means `lithe.get_num_threads`, -1 every processor.

    Returns
    -------
    plain, preconditioned : float
        Norms of the difference relative to that of the sum.
    """
    rows, inputs, kind, data = _given(gradients, activations, "gradient_error")
    chosen = as_row_numbers(indices, "indices", rows.shape[0])
    chosen = np.empty(0, dtype=np.int64) if chosen is None else chosen
    plain, preconditioned = ctypes.c_double(), ctypes.c_double()
    call(f"lithe_coreset_{kind}gradient_error", *data, chosen, len(chosen),
         view(as_vector(weights, len(chosen), "weights")), view(as_vector(curvature, parameters(rows, inputs), "curvature")),
         view(as_sample_weight(sample_weight, rows.shape[0])), plain, preconditioned, RUN, threads=_threads.resolve(n_jobs),
         work=rows.size)
    return plain.value, preconditioned.value
