"""Batch active learning."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _options
from .._base import Estimator
from .._docs import documented
from .._result import Result
from ._checks import as_points, as_row_numbers, at_least_one, points_view


@documented
class BatchSelector(Estimator):
    """Rows whose labels are worth asking for together.

    Parameters
    ----------
    n_samples : int, default=10
        Rows to select.
    method : {"lcmd", "maxdet", "bait", "maxdist", "k-means++", "frank-wolfe"}, default="lcmd"
        "lcmd": the cluster, by nearest labelled or selected row, with the largest sum of squared distances, and of it the
        farthest row. "maxdet": the row most uncertain given the others. "bait": the row that lowers the uncertainty of all
        rows most. "maxdist": the farthest row. "k-means++": at random, in proportion to squared distances. "frank-wolfe": a
        sparse combination close to the sum of all rows.
    kernel : {"linear", "precomputed"}, default="linear"
        X holds features, such as the last layer of a network or a sketch of its gradients, or the kernel between all rows.
    noise : float, default=1e-6
        Of "maxdet" and "bait": variance of the noise as a fraction of the mean of the kernel's diagonal.
    surplus : float, default=1.0
        Of "bait": select so many times the rows first, then give up those that matter least.
    {random_state}
    {fit_run}

    Attributes
    ----------
    indices_ : ndarray of int64, shape (n_samples,)
        Rows that were not observed, in the order of selection.
    scores_ : ndarray of float64, shape (n_samples,)
        Why each was selected: posterior variance, fall of the sum of variances, squared distance, or correlation.
    weights_ : ndarray of float64, shape (n_samples,)
        Of the combination; only for "frank-wolfe".
    {fitted_on}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.coreset import BatchSelector
    >>> X = np.array([[0.0], [1.0], [2.0], [10.0], [11.0]])
    >>> BatchSelector(2).fit(X, observed=[0]).indices_.tolist()
    [4, 2]
    """

    _library_options = {"n_samples": _options.count, "method": _options.word, "noise": _options.positive,
                        "surplus": at_least_one, "random_state": _options.seed}
    _state = ("indices_",)

    def __init__(self, n_samples: int = 10, *, method: str = "lcmd", kernel: str = "linear", noise: float = 1e-6,
                 surplus: float = 1.0, random_state: Any = None, n_jobs: int | None = None, verbose: int = 0,
                 progress: bool = False, callback: Any = None) -> None:
        self.n_samples = n_samples
        self.method = method
        self.kernel = kernel
        self.noise = noise
        self.surplus = surplus
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def fit(self, X: Any, y: Any = None, *, observed: Any = None) -> BatchSelector:
        """Select rows.

        Parameters
        ----------
        X : array-like or sparse of shape (n_rows, n_features), or array-like of shape (n_rows, n_rows)
            All rows, observed ones included. A kernel must be dense.
        y : ignored
        observed : array-like of int or bool, default=None
            Rows, or a mask of rows, whose labels are known already.

        Returns
        -------
        self : BatchSelector
        """
        rows, names, kind = as_points(X, type(self).__name__)
        if self.kernel not in ("linear", "precomputed"):
            raise ValueError(f"The 'kernel' parameter of BatchSelector must be a str among ['linear', 'precomputed']. "
                             f"Got {self.kernel!r} instead.")
        if self.n_samples > rows.shape[0]:
            raise ValueError(f"Found array with {rows.shape[0]} sample(s) (shape={rows.shape}), but {self.n_samples} are to be selected.")
        options, known = self._encode_options(), as_row_numbers(observed, "observed", rows.shape[0])
        if kind and self.kernel == "precomputed":
            raise TypeError("Sparse data was passed, but dense data is required of a precomputed kernel. Use '.toarray()' to convert "
                            "to a dense numpy array.")
        found = Result(f"lithe_coreset_{kind}batch", points_view(rows), *([] if kind else [int(self.kernel == "precomputed")]), known,
                       0 if known is None else len(known), options, threads=self._thread_count(), monitor=self._monitor(),
                       work=float(rows.size) * self.n_samples)
        self._remember(rows.shape[1], names)
        self.indices_, self.scores_ = found["indices"], found.vector("scores").copy()
        self.__dict__.pop("weights_", None)
        if self.method == "frank-wolfe":
            self.weights_ = found.vector("weights").copy()
        return self
