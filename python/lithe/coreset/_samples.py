"""Weighted random subsets of rows."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .. import _options
from .._arrays import as_sample_weight, view
from .._base import Estimator
from .._docs import documented
from .._result import Result
from ._checks import as_classes, as_points, optional_count, points_view, share


class _Sampler(Estimator):
    """What draws a sample of rows."""

    _state = ("indices_", "weights_")
    _function: ClassVar[str]
    n_samples: int

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _draw(self, rows: Any, kind: str, *arguments: Any, options: str, cost: float) -> None:
        found = Result(f"lithe_coreset_{kind}{self._function}", points_view(rows), *arguments, options, threads=self._thread_count(),
                       monitor=self._monitor(), work=rows.size * cost)
        self.indices_, self.weights_ = found["indices"], found.vector("weights").copy()
        self.effective_size_ = float(found.facts["effective_size"])
        self.random_state_ = int(found.facts["seed"])


@documented
class LightweightCoreset(_Sampler):
    """A weighted sample for k-means and its relatives, in two passes over the data.

    Rows are drawn half evenly and half in proportion to their squared distance to the mean. Samples of parts of the data,
    put together with their weights, are a sample of the whole, and can be sampled again.

    Parameters
    ----------
    n_samples : int, default=100
        Draws; a row drawn twice is listed once, with the sum of the weights.
    {random_state}
    {fit_run}

    Attributes
    ----------
    {drawn}
    {fitted_on}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.coreset import LightweightCoreset
    >>> from lithe.mixture import GaussianMixture
    >>> X = np.random.default_rng(0).normal(size=(20000, 3))
    >>> sample = LightweightCoreset(2000, random_state=0).fit(X)
    >>> gm = GaussianMixture(2, random_state=0).fit(X[sample.indices_], sample_weight=sample.weights_)
    >>> bool(abs(sample.weights_.sum() / 20000 - 1) < 0.1)
    True
    """

    _function = "lightweight"
    _library_options = {"n_samples": _options.count, "random_state": _options.seed}

    def __init__(self, n_samples: int = 100, *, random_state: Any = None, n_jobs: int | None = None, verbose: int = 0,
                 progress: bool = False, callback: Any = None) -> None:
        self.n_samples = n_samples
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> LightweightCoreset:
        """Draw the sample.

        Parameters
        ----------
        X : array-like or sparse of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,) or float, default=None
            What each row counts for, non-negative.

        Returns
        -------
        self : LightweightCoreset
        """
        rows, names, kind = as_points(X, type(self).__name__)
        self._draw(rows, kind, view(as_sample_weight(sample_weight, rows.shape[0])), options=self._encode_options(), cost=4)
        self._remember(rows.shape[1], names)
        return self


@documented
class SensitivityCoreset(_Sampler):
    """A weighted sample for k-means and Gaussian mixtures of a given number of clusters.

    Rows are drawn in proportion to a bound of what each can matter to any solution, found from a rough one.

    Parameters
    ----------
    n_samples : int, default=100
        Draws; a row drawn twice is listed once, with the sum of the weights.
    n_clusters : int, default=8
        As many as will be fitted to the sample.
    n_init : int, default=3
        Rough solutions by k-means++, of which the best is used.
    {random_state}
    {fit_run}

    Attributes
    ----------
    {drawn}
    {fitted_on}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.coreset import SensitivityCoreset
    >>> from lithe.mixture import KMeans
    >>> X = np.random.default_rng(0).normal(size=(20000, 3))
    >>> sample = SensitivityCoreset(2000, n_clusters=4, random_state=0).fit(X)
    >>> small = KMeans(4, random_state=0).fit(X[sample.indices_], sample_weight=sample.weights_)
    >>> bool(-small.score(X) < 1.1 * KMeans(4, random_state=0).fit(X).inertia_)
    True
    """

    _function = "sensitivity"
    _library_options = {"n_samples": _options.count, "n_clusters": _options.count, "n_init": _options.count,
                        "random_state": _options.seed}

    def __init__(self, n_samples: int = 100, *, n_clusters: int = 8, n_init: int = 3, random_state: Any = None,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False, callback: Any = None) -> None:
        self.n_samples = n_samples
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> SensitivityCoreset:
        """Draw the sample. Parameters as for `LightweightCoreset.fit`."""
        rows, names, kind = as_points(X, type(self).__name__)
        options = self._encode_options()
        if rows.shape[0] < self.n_clusters:
            raise ValueError(f"n_samples={rows.shape[0]} should be >= n_clusters={self.n_clusters}.")
        self._draw(rows, kind, view(as_sample_weight(sample_weight, rows.shape[0])), options=options,
                   cost=self.n_clusters * self.n_init)
        self._remember(rows.shape[1], names)
        return self


@documented
class LogisticCoreset(_Sampler):
    """A weighted sample on which logistic regression comes close to that on all rows.

    A sparse X may have up to 4,096 columns, because a matrix of all pairs of columns is needed.

    Parameters
    ----------
    n_samples : int, default=100
        Draws, those for the pilot fit included; a row drawn twice is listed once, with the sum of the weights.
    method : {"osmac", "leverage", "lewis"}, default="osmac"
        Two-step sampling by the errors of a pilot fit, square roots of leverage scores, or Lewis weights. Only the first
        looks at the labels, and it is the best of the three for the labels at hand.
    criterion : {"loss", "A", "L"}, default="loss"
        Of "osmac", what is made small: the loss over all rows, the variances of the coefficients, or those of the
        information matrix times the coefficients.
    n_pilot : int or None, default=None
        Of "osmac": draws for the pilot fit; None means a fifth of all, or twenty for each coefficient if that is more, but
        at most half.
    uniform : float, default=0.1
        Part of the probability that is spread evenly over all rows.
    alpha : float, default=1e-3
        Ridge of the pilot fit and of Gram matrices, relative to their mean diagonal: against columns that are rarely other
        than zero.
    fit_intercept : bool, default=True
        Whether the model has an intercept.
    {random_state}
    {fit_run}

    Attributes
    ----------
    {drawn}
    classes_ : ndarray, shape (2,)
        The labels; only if there are any.
    {fitted_on}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.coreset import LogisticCoreset
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(5000, 4))
    >>> y = X[:, 0] + rng.logistic(size=5000) > 2
    >>> sample = LogisticCoreset(500, random_state=0).fit(X, y)
    >>> bool(abs(sample.weights_.sum() / 5000 - 1) < 0.3)
    True
    """

    _function = "logistic"
    _library_options = {"n_samples": _options.count, "method": _options.word, "criterion": _options.word,
                        "n_pilot": optional_count, "uniform": share, "alpha": _options.positive,
                        "no_intercept": _options.flag, "random_state": _options.seed}

    def __init__(self, n_samples: int = 100, *, method: str = "osmac", criterion: str = "loss", n_pilot: int | None = None,
                 uniform: float = 0.1, alpha: float = 1e-3, fit_intercept: bool = True, random_state: Any = None,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False, callback: Any = None) -> None:
        self.n_samples = n_samples
        self.method = method
        self.criterion = criterion
        self.n_pilot = n_pilot
        self.uniform = uniform
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    @property
    def no_intercept(self) -> bool:
        """`fit_intercept` as the library has it."""
        return not _options.flag(type(self).__name__, "fit_intercept", self.fit_intercept)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags
        tags = super().__sklearn_tags__()
        tags.classifier_tags = ClassifierTags(multi_class=False)
        tags.target_tags.required = self.method == "osmac"
        return tags

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> LogisticCoreset:
        """Draw the sample.

        Parameters
        ----------
        X : array-like or sparse of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), default=None
            Labels of two classes. "leverage" and "lewis" do without.
        sample_weight : array-like of shape (n_samples,) or float, default=None
            What each row counts for, non-negative.

        Returns
        -------
        self : LogisticCoreset
        """
        rows, names, kind = as_points(X, type(self).__name__)
        labels = None
        if y is not None:
            classes, labels = as_classes(y, rows.shape[0], type(self).__name__)
            if len(classes) != 2:
                raise ValueError(f"Only binary classification is supported. y has {len(classes)} classes.")
            self.classes_ = classes
        elif self.method == "osmac":
            raise ValueError("LogisticCoreset requires y to be passed, but the target y is None.")
        self._draw(rows, kind, labels, view(as_sample_weight(sample_weight, rows.shape[0])), options=self._encode_options(),
                   cost=rows.shape[1] * (10 if self.method == "lewis" else 1))
        self._remember(rows.shape[1], names)
        return self
