"""Trainers that show what a subset is worth."""

from __future__ import annotations

import json
from typing import Any, Callable, NamedTuple, Sequence

import numpy as np

from .. import _options, _threads
from .._arrays import as_samples, view
from .._docs import documented
from .._progress import Monitor, Progress
from .._result import Result
from ._checks import as_classes, limit, optional_positive, share

_CHECKS = {
    "subset": _options.word, "fraction": share, "correction": _options.flag, "refresh": _options.count, "warm_up": _options.count,
    "pool": share, "trust": _options.positive, "validation_fraction": _options.fraction,
    "proxy": _options.word, "engine": _options.word, "max_weight": limit,
    "max_iter": _options.count, "batch_size": _options.count, "learning_rate": _options.positive,
    "schedule": _options.word, "momentum": _options.fraction,
    "alpha": _options.not_negative, "target_loss": optional_positive, "random_state": _options.seed,
}


class Trace(NamedTuple):
    """What training cost, and where it stood, after each epoch.

    Attributes
    ----------
    gradients : ndarray of int64, shape (epochs,)
        Samples whose gradient was evaluated in steps so far, and for the correction.
    forwards : ndarray of int64, shape (epochs,)
        Samples that were passed forward to select subsets alone so far.
    seconds, selection_seconds : ndarray of float64, shape (epochs,)
        Spent so far, selections included; and those on selections. The scores below are not counted.
    loss : ndarray of float64, shape (epochs,)
        Mean loss over all training data, without the penalty.
    accuracy, test_accuracy : ndarray of float64, shape (epochs,)
        On the training data, and on the test data (NaN without).
    """

    gradients: np.ndarray
    forwards: np.ndarray
    seconds: np.ndarray
    selection_seconds: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    test_accuracy: np.ndarray


class TrainedNetwork:
    """A classifier trained on a subset.

    Attributes
    ----------
    coefs_, intercepts_ : list of ndarray
        Weights (inputs, outputs) and biases of each layer.
    classes_ : ndarray, shape (n_classes,)
    trace_ : Trace
    subset_size_ : int
    n_selections_ : int
    """

    def __init__(self, coefs: list[np.ndarray], intercepts: list[np.ndarray], classes: np.ndarray, trace: Trace,
                 subset_size: int, n_selections: int) -> None:
        self.coefs_ = coefs
        self.intercepts_ = intercepts
        self.classes_ = classes
        self.trace_ = trace
        self.subset_size_ = subset_size
        self.n_selections_ = n_selections

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the logits of each row."""
        a = as_samples(X, type(self).__name__)
        if a.shape[1] != len(self.coefs_[0]):
            raise ValueError(f"X has {a.shape[1]} features, but {type(self).__name__} is expecting {len(self.coefs_[0])} "
                             "features as input.")
        for layer, (w, b) in enumerate(zip(self.coefs_, self.intercepts_)):
            a = (np.maximum(a, 0) if layer else a) @ w + b
        return a

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each row."""
        return self.classes_[self.decision_function(X).argmax(axis=1)]

    def score(self, X: Any, y: Any) -> float:
        """Return the part of the rows whose class is predicted."""
        return float(np.mean(self.predict(X) == np.asarray(y)))


def _train(owner: str, hidden: Sequence[int] | int, X: Any, y: Any, X_test: Any, y_test: Any, n_jobs: int | None, verbose: int,
           progress: bool, callback: Callable[[Progress], Any] | None, values: dict[str, Any]) -> TrainedNetwork:
    rows = as_samples(X, owner)
    classes, labels = as_classes(y, len(rows), owner)
    if len(classes) < 2:
        raise ValueError(f"{owner} needs at least two classes, got one: {classes.tolist()[0]!r}")
    test, test_labels = None, None
    if (X_test is None) != (y_test is None):
        raise ValueError(f"{owner} needs X_test and y_test together; {'X_test' if X_test is None else 'y_test'} is missing.")
    if X_test is not None:
        test = as_samples(X_test, owner).astype(rows.dtype, copy=False)
        own = np.asarray(y_test)
        if own.shape != (len(test),):
            raise ValueError(f"Found input variables with inconsistent numbers of samples: [{len(test)}, {own.size}]")
        unknown = np.setdiff1d(own, classes)
        if len(unknown):
            raise ValueError(f"y_test has classes that y does not have: {unknown.tolist()[:5]}")
        test_labels = np.searchsorted(classes, own).astype(np.int64)
    text = {name: _CHECKS[name](owner, name, value) for name, value in values.items()}
    text["hidden_layer_sizes"] = [_options.count(owner, "hidden_layer_sizes", size)
                                  for size in np.atleast_1d(hidden).tolist()]
    found = Result("lithe_coreset_train", view(rows), labels, view(test), test_labels, json.dumps(text),
                   threads=_threads.resolve(n_jobs), monitor=Monitor.wanted(verbose, progress, callback), work=float("inf"))
    sizes = [rows.shape[1], *text["hidden_layer_sizes"], int(found.facts["classes"])]
    flat, coefs, intercepts, at = found.vector("parameters"), [], [], 0
    for a, b in zip(sizes, sizes[1:]):
        coefs.append(flat[at:at + a * b].reshape(a, b).copy())
        intercepts.append(flat[at + a * b:at + a * b + b].copy())
        at += a * b + b
    columns = [column.copy() for column in found["trace"].T]
    trace = Trace(columns[0].astype(np.int64), columns[1].astype(np.int64), *columns[2:])
    return TrainedNetwork(coefs, intercepts, classes, trace, int(found.facts["subset_size"]), int(found.facts["selections"]))


@documented
def train_softmax(X: Any, y: Any, X_test: Any = None, y_test: Any = None, *, subset: str = "adacore", fraction: float = 0.1,
                  correction: bool = False, refresh: int = 5, warm_up: int = 1, proxy: str = "logits", engine: str = "auto",
                  max_weight: float | None = 4.0, pool: float = 0.01, trust: float = 0.1,
                  validation_fraction: float = 0.1, max_iter: int = 30, batch_size: int = 128,
                  learning_rate: float = 0.1, schedule: str = "cosine", momentum: float = 0.9, alpha: float = 1e-4,
                  target_loss: float | None = None, random_state: Any = None, n_jobs: int | None = None,
                  verbose: int = 0, progress: bool = False,
                  callback: Callable[[Progress], Any] | None = None) -> TrainedNetwork:
    """Train softmax regression by stochastic gradient descent on a subset of the samples.

    The trace tells gradient evaluations, time and loss after every epoch, so that subsets can be compared at equal cost.

    Parameters
    ----------
    {train}
    {random_state}
    {run}

    Returns
    -------
    TrainedNetwork

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.coreset import train_softmax
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(3, size=3000)
    >>> X = rng.normal(size=(3000, 4)) + 3 * np.eye(4)[y]
    >>> train_softmax(X, y, random_state=0).trace_.accuracy[-1] > 0.9
    np.True_
    """
    values = {name: value for name, value in locals().items() if name in _CHECKS}
    return _train("train_softmax", (), X, y, X_test, y_test, n_jobs, verbose, progress, callback, values)


@documented
def train_mlp(X: Any, y: Any, X_test: Any = None, y_test: Any = None, *, hidden_layer_sizes: Sequence[int] | int = (128,),
              subset: str = "adacore", fraction: float = 0.1, correction: bool = False, refresh: int = 5, warm_up: int = 1,
              proxy: str = "logits", engine: str = "auto", max_weight: float | None = 4.0, pool: float = 0.01, trust: float = 0.1,
              validation_fraction: float = 0.1, max_iter: int = 30, batch_size: int = 128,
              learning_rate: float = 0.1, schedule: str = "cosine", momentum: float = 0.9, alpha: float = 1e-4,
              target_loss: float | None = None, random_state: Any = None, n_jobs: int | None = None,
              verbose: int = 0, progress: bool = False,
              callback: Callable[[Progress], Any] | None = None) -> TrainedNetwork:
    """Train a network of rectified linear units by stochastic gradient descent on a subset of the samples.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(128,)
    {train}
    {random_state}
    {run}

    Returns
    -------
    TrainedNetwork
    """
    values = {name: value for name, value in locals().items() if name in _CHECKS}
    return _train("train_mlp", hidden_layer_sizes, X, y, X_test, y_test, n_jobs, verbose, progress, callback, values)
