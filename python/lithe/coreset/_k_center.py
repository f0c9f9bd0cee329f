"""Farthest-first traversal."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _options
from .._base import Estimator
from .._docs import documented
from .._result import Result
from ._checks import as_points, as_row_numbers, optional_count, optional_positive, points_view


@documented
class KCenter(Estimator):
    """Rows that no other row is far from: farthest-first traversal.

    The next centre is the row farthest from all centres so far, and the first the row farthest from the mean. The largest
    distance to a centre is at most twice the least possible with as many, of cosine distances four times. Many distances are
    never evaluated, and the choice is exact all the same.

    Parameters
    ----------
    n_centers : int or None, default=8
        None means as many as `radius` needs.
    radius : float or None, default=None
        Stop once every row is within this distance of a centre.
    metric : {"euclidean", "cosine"}, default="euclidean"
        "cosine" is 1 less the cosine of the angle between rows; a row of zeros is at 1 from all others.
    initial : array-like of int or bool or None, default=None
        Rows, or a mask of rows, that are centres from the start.
    assign : bool, default=True
        Find the nearest centre of every row, and so the weights.
    {fit_run}

    Attributes
    ----------
    indices_ : ndarray of int64, shape (k,)
        The centres, in the order of choice.
    distances_ : ndarray of float64, shape (k,)
        Distance of each to those before it; infinite for the first.
    radius_ : float
        Largest distance of a row to its nearest centre.
    weights_ : ndarray of float64, shape (k,)
        Rows to which each is the nearest centre; only with `assign`.
    labels_ : ndarray of int64, shape (n_samples,)
        Number of the nearest centre of each row; only with `assign`.
    n_evaluations_ : int
        Distances evaluated.
    {fitted_on}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.coreset import KCenter
    >>> X = np.array([[0.0], [1.0], [10.0], [11.0], [5.0]])
    >>> KCenter(n_centers=3).fit(X).indices_.tolist()
    [3, 0, 4]
    """

    _library_options = {"n_centers": optional_count, "radius": optional_positive, "metric": _options.word, "assign": _options.flag}
    _state = ("indices_",)

    def __init__(self, n_centers: int | None = 8, *, radius: float | None = None, metric: str = "euclidean",
                 initial: Any = None, assign: bool = True, n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Any = None) -> None:
        self.n_centers = n_centers
        self.radius = radius
        self.metric = metric
        self.initial = initial
        self.assign = assign
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def fit(self, X: Any, y: Any = None) -> KCenter:
        """Choose the centres.

        Parameters
        ----------
        X : array-like or sparse of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self : KCenter
        """
        rows, names, kind = as_points(X, type(self).__name__)
        options = self._encode_options()
        if self.n_centers is not None and rows.shape[0] < self.n_centers:
            raise ValueError(f"n_samples={rows.shape[0]} should be >= n_centers={self.n_centers}.")
        initial = as_row_numbers(self.initial, "initial", rows.shape[0])
        found = Result(f"lithe_coreset_{kind}k_center", points_view(rows), initial, 0 if initial is None else len(initial), options,
                       threads=self._thread_count(), monitor=self._monitor(),
                       work=0.3 * rows.size * (self.n_centers or rows.shape[0]))
        self._remember(rows.shape[1], names)
        self.indices_, self.distances_ = found["indices"], found.vector("distances").copy()
        self.radius_, self.n_evaluations_ = float(found.facts["radius"]), int(found.facts["evaluations"])
        if self.assign:
            self.weights_, self.labels_ = found.vector("weights").copy(), found["assignment"]
        return self

    def fit_predict(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit and return ``labels_``. Parameters as for `fit`."""
        return self.fit(X, y).labels_
