"""The k-means estimator."""

from __future__ import annotations

import ctypes
from typing import Any, Callable

import numpy as np

from .. import _options
from .._arrays import as_parameter, as_sample_weight, view
from .._base import Estimator
from .._progress import Progress
from .._run import RUN, call
from .._sklearn import ClusterMixin


class KMeans(ClusterMixin, Estimator):
    """K-means clustering by Lloyd's algorithm.

    Parameters
    ----------
    n_clusters : int, default=8
    init : {"k-means++", "random"} or array-like of shape (n_clusters, n_features), default="k-means++"
        How to choose the first centres: greedy k-means++ (on a subsample of large data), distinct rows, or these.
    n_init : int, default=1
        Starts; the one with the lowest inertia is kept. Initial centres given as an array allow one.
    max_iter : int, default=300
        Most iterations of each start.
    tol : float, default=1e-4
        Stop when the squared movement of the centres falls below this fraction of the mean variance of the features.
        0 means only when no label changes.
    random_state : int, RandomState, Generator or None, default=None
        An int in [0, 2**64) makes the result repeatable, for any number of threads.
    n_jobs : int, default=None
        Threads; None means `lithe.get_num_threads`, -1 every processor. Never changes the result.
    verbose : int, default=0
        1 prints progress every second, 2 every iteration seen.
    progress : bool, default=False
        Show a tqdm bar; without tqdm the same as ``verbose=1``.
    callback : callable, default=None
        Called now and then during `fit` with a `lithe.Progress`. If it returns True, `fit` raises `lithe.Cancelled`.

    Attributes
    ----------
    cluster_centers_ : ndarray of float64, shape (n_clusters, n_features)
    labels_ : ndarray of int64, shape (n_samples,)
        Nearest centre of each training row.
    inertia_ : float
        Weighted sum of squared distances from the training rows to their nearest centres.
    n_iter_ : int
        Iterations of the kept start.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Only when fitted on a frame whose column names are all strings.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.mixture import KMeans
    >>> X = np.array([[1.0, 2.0], [1.0, 4.0], [10.0, 2.0], [10.0, 4.0]])
    >>> km = KMeans(n_clusters=2, random_state=0).fit(X)
    >>> sorted(km.cluster_centers_.tolist())
    [[1.0, 3.0], [10.0, 3.0]]
    >>> km.inertia_
    4.0
    """

    _library_options = {
        "n_clusters": _options.count, "init": _options.word, "n_init": _options.count, "max_iter": _options.count,
        "tol": _options.tolerance, "random_state": _options.seed,
    }
    _state = ("cluster_centers_",)

    def __init__(self, n_clusters: int = 8, *, init: Any = "k-means++", n_init: int = 1, max_iter: int = 300,
                 tol: float = 1e-4, random_state: Any = None, n_jobs: int | None = None, verbose: int = 0,
                 progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> KMeans:
        """Cluster the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            float32 is worked on as float32, everything else as float64. Not copied when its rows are contiguous.
        y : ignored
        sample_weight : array-like of shape (n_samples,) or float, default=None
            Non-negative weights; 0 is the same as leaving the row out.

        Returns
        -------
        self : KMeans

        Raises
        ------
        ValueError
            For impossible parameters, fewer rows than clusters, NaN or infinity.
        """
        rows, names = self._fit_samples(X)
        own = not isinstance(self.init, str)
        options = self._encode_options(**({"init": None, "n_init": 1} if own else {}))
        n, features = rows.shape
        if n < self.n_clusters:
            raise ValueError(f"n_samples={n} should be >= n_clusters={self.n_clusters}.")
        start = as_parameter(self.init, (self.n_clusters, features), "init") if own else None
        centers = np.empty((self.n_clusters, features))
        labels = np.empty(n, dtype=np.int64)
        inertia, n_iter = ctypes.c_double(), ctypes.c_int64()
        call("lithe_kmeans_fit", view(rows), view(as_sample_weight(sample_weight, n)), view(start), options,
             view(centers), labels, inertia, n_iter, RUN, threads=self._thread_count(), monitor=self._monitor(),
             work=n * features * self.n_clusters * 10)
        self._remember(features, names)
        self.cluster_centers_, self.labels_ = centers, labels
        self.inertia_, self.n_iter_ = inertia.value, n_iter.value
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the nearest centre of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        labels : ndarray of int64, shape (n_samples,)
        """
        rows = self._samples(X)
        labels = np.empty(len(rows), dtype=np.int64)
        self._assign(rows, labels, None)
        return labels

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> np.ndarray:
        """Fit and return ``labels_``. Parameters as for `fit`."""
        return self.fit(X, y, sample_weight).labels_

    def score(self, X: Any, y: Any = None) -> float:
        """Return minus the sum of squared distances from the rows of `X` to their nearest centres."""
        rows = self._samples(X)
        squared = np.empty(len(rows))
        self._assign(rows, None, squared)
        return -float(squared.sum())

    def _assign(self, rows: np.ndarray, labels: np.ndarray | None, squared: np.ndarray | None) -> None:
        centers = np.ascontiguousarray(self.cluster_centers_, dtype=np.float64)
        call("lithe_kmeans_assign", view(centers), view(rows), labels, squared, RUN, threads=self._thread_count(),
             work=rows.size * len(centers))
