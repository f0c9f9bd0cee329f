"""Facility location."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _arrays, _options, _sparse
from .._base import Estimator
from .._docs import documented
from .._result import Result
from ._checks import as_row_numbers, as_vector, numbered, warn_of_recall

_PRECOMPUTED = {"precomputed": "distances", "precomputed_similarity": "similarities"}


@dataclass(frozen=True)
class FacilityPlan:
    """What a fit would do.

    Attributes
    ----------
    engine : str
        For the group that takes longest.
    bytes : float
        Memory besides the data, at most; exact engines take up to 64 MB more where `memory_limit` allows.
    seconds : float
        On one thread, within a factor of about three.
    """

    engine: str
    bytes: float
    seconds: float

    def __str__(self) -> str:
        return f"engine {self.engine}: {self.bytes / 1e6:.3g} MB besides the data, about {self.seconds:.2g} s on one thread"


@documented
class FacilityLocation(Estimator):
    """Weighted subset in which every row has a near representative, by greedy facility location.

    Rows S are selected one by one so that the loss, the sum over rows of their weight times the distance from the nearest
    row of S, falls most. Of what can be gained, greedy selection gets at least the share 1 - 1/e of the best. The weight
    of a selected row is the number (or weight) of the rows that it is nearest to; weights sum to that of all rows.

    Parameters
    ----------
    n_samples : int, default=None
        Rows to select. None: as many as `cover_loss` or `cost_limit` take.
    cover_loss : float, default=None
        Select until the loss is at most this, or `n_samples` are selected.
    cost_limit : float, default=None
        What the selected rows may cost together, with the `costs` of `fit`. Rows are then selected by gain, and by gain per
        cost, and the better selection is kept; of what can be gained it gets at least the share (1 - 1/e)/2. Exact engines
        and sparse graphs only.
    engine : str, default="auto"
        "decremental" and "lazy" are exact greedy selection, the first the faster. "stochastic", "threshold", "neighbors"
        (a graph of nearest neighbours), "partitioned" (random parts, then all) and "streaming" (one pass over the rows)
        take less time or memory for a slightly larger loss. "auto" is exact up to about a minute on one thread.
    metric : str, default="euclidean"
        "euclidean", "sqeuclidean", "cosine", "rbf" (1 - exp(-gamma |x - y|^2)) or "dot" (what x . y lacks of the largest squared
        norm; a product that is not above 0 represents nobody) of rows, which may be sparse; "precomputed": `X` has the
        distances; "precomputed_similarity": `X` has similarities, and the loss is what they lack of the largest. A sparse `X`
        of similarities is a graph: row i has those with the rows that may represent it.
    gamma : float, default=None
        Of "rbf". None: one over the number of features and their mean variance.
    n_neighbors : int, default=None
        Of engine "neighbors". None: 64, or 32 for more than 262,144 rows.
    n_partitions : int, default=None
        Of engine "partitioned". None: one for every 10,000 rows, at least 2.
    epsilon : float, default=0.01
        Of engines "stochastic" and "threshold".
    memory_limit : float, default=None
        Bytes that may be used besides the data. An engine that needs more is refused before it begins, and the message
        names one that would do. None: 4 GiB.
    random_state : int, RandomState, Generator or None, default=None
        An int in [0, 2**64) makes the result repeatable, for any number of threads. Exact engines have no random choices.
    {fit_run}

    Attributes
    ----------
    indices_ : ndarray of int64, shape (k,)
        Selected rows, in the order of selection, group after group.
    weights_ : ndarray of float64, shape (k,)
        Sum of the weights of the rows that each represents.
    gains_ : ndarray of float64, shape (k,)
        What the loss fell by with each.
    assignment_ : ndarray of int64, shape (n_samples,)
        For each row the position in `indices_` of its representative; -1 where there is none.
    loss_ : float
    loss_bound_ : float
        No subset of this size has a smaller loss; 0 where that is not known.
    bound_risk_ : float
        Probability that this is wrong: 0 for a proof, 1e-6 where the bound is from a sample of rows (engines "neighbors",
        "partitioned" and "streaming" with more than 16,384 rows; for each group of so many).
    certificate_ : float
        ``loss_bound_ / loss_``: 1 means that the subset is the best of its size.
    effective_size_ : float
        Square of the sum of weights over the sum of their squares.
    uncovered_ : int
        Rows without a representative: of similarities, sparse graphs, and groups beyond `n_samples`, which `loss_` leaves
        out.
    engine_ : str
    recall_ : float
        Share of the true nearest neighbours in the graph of engine "neighbors", measured on a sample; NaN for others.
    {fitted_on}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.coreset import FacilityLocation
    >>> X = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2], [5.3], [5.4]])
    >>> subset = FacilityLocation(n_samples=2).fit(X)
    >>> subset.indices_.tolist(), subset.weights_.tolist()
    ([3, 1], [5.0, 3.0])
    >>> round(subset.loss_, 6)
    1.2
    """

    _library_options = {
        "n_samples": _options.count, "cover_loss": _options.positive, "cost_limit": _options.positive,
        "engine": _options.word, "metric": _options.word,
        "gamma": _options.positive, "n_neighbors": _options.count, "n_partitions": _options.count,
        "epsilon": _options.positive, "memory_limit": _options.positive, "random_state": _options.seed,
    }
    _state = ("indices_", "weights_")

    def __init__(self, n_samples: int | None = None, *, cover_loss: float | None = None, cost_limit: float | None = None,
                 engine: str = "auto", metric: str = "euclidean", gamma: float | None = None, n_neighbors: int | None = None,
                 n_partitions: int | None = None, epsilon: float = 0.01, memory_limit: float | None = None,
                 random_state: Any = None, n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Any = None) -> None:
        self.n_samples = n_samples
        self.cover_loss = cover_loss
        self.cost_limit = cost_limit
        self.engine = engine
        self.metric = metric
        self.gamma = gamma
        self.n_neighbors = n_neighbors
        self.n_partitions = n_partitions
        self.epsilon = epsilon
        self.memory_limit = memory_limit
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, *, groups: Any = None, initial: Any = None,
            candidates: Any = None, costs: Any = None) -> FacilityLocation:
        """Select rows.

        Parameters
        ----------
        X : array-like or sparse of shape (n_samples, n_features), or (n_samples, n_samples)
            Rows, or what `metric` says. float32 is worked on as float32, everything else as float64. Not copied when
            its rows are contiguous, and never made dense.
        y : ignored
            For selection class by class pass the classes as `groups`.
        sample_weight : array-like of shape (n_samples,) or float, default=None
            Non-negative weights of the rows to be represented.
        groups : array-like of shape (n_samples,), default=None
            Labels of any kind. Rows are selected from each group in proportion to its size, by largest remainders and at
            least one where `n_samples` allows, and represent their own group only.
        initial : array-like of int or bool, default=None
            Rows, or a mask of rows, that are selected first, and count in `n_samples`.
        candidates : array-like of int or bool, default=None
            The only rows, or a mask of the only rows, that may be selected; None: all.
        costs : array-like of shape (n_samples,), default=None
            What selecting each row costs, positive. Not with `groups`.

        Returns
        -------
        self : FacilityLocation

        Raises
        ------
        ValueError
            For impossible parameters, more rows to select than there are, NaN or infinity, a matrix of distances or
            similarities that is not square or not symmetric, or too little memory.
        """
        kind, rows, names = self._data(X)
        if costs is None:
            found = self._run("lithe_coreset_facility_location", kind, rows, sample_weight, groups, initial, candidates)
        else:
            if groups is not None:
                raise ValueError("costs and groups cannot be combined: select from each group by itself.")
            found = self._run("lithe_coreset_facility_knapsack", kind, rows, sample_weight, groups, initial, candidates, costs)
        self._remember(rows.shape[1], names)
        for name in ("_rows", "_row_weights", "_row_ids", "_seen"):
            self.__dict__.pop(name, None)
        self._keep(found)
        warn_of_recall(self.recall_)
        if groups is not None and self.n_samples is not None:
            count = len(np.unique(np.asarray(groups)))
            if count > self.n_samples:
                warnings.warn(f"{count} groups share n_samples={self.n_samples}: {count - self.n_samples} of them get no row, and "
                              "loss_ and certificate_ leave their rows out (see uncovered_); select more rows.", UserWarning,
                              stacklevel=2)
        return self

    def explain(self, X: Any, y: Any = None, sample_weight: Any = None, *, groups: Any = None, initial: Any = None,
                candidates: Any = None) -> FacilityPlan:
        """Return what `fit` would do with the same arguments: engine, memory and time. Raises what it would raise."""
        kind, rows, _ = self._data(X)
        facts = self._run("lithe_coreset_facility_plan", kind, rows, sample_weight, groups, initial, candidates).facts
        return FacilityPlan(facts["engine"], facts["bytes"], facts["seconds"])

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> FacilityLocation:
        """Go on with more rows, of which 2 `n_samples` are kept with the weights of those that they represent.

        ``indices_`` counts rows from the first call on. ``assignment_``, ``loss_`` and what is made of it are about the
        weighted kept rows only, and ``loss_`` is smaller than that of all rows; ``weights_`` are about all rows. Selection is exact among the rows that are kept and those that come.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,) or float, default=None

        Returns
        -------
        self : FacilityLocation
        """
        if self.n_samples is None or self.metric in _PRECOMPUTED:
            raise ValueError("partial_fit needs n_samples, and rows to measure the distances of.")
        first = "_seen" not in self.__dict__
        if first:
            rows, names = self._fit_samples(X)
            seen = 0
        else:
            rows, seen = self._samples(X), self._seen
        weights = _arrays.as_sample_weight(sample_weight, len(rows))
        weights = np.ones(len(rows)) if weights is None else weights
        ids = np.arange(seen, seen + len(rows))
        seen += len(rows)
        if not first:
            rows = np.concatenate([self._rows, rows.astype(self._rows.dtype, copy=False)])
            weights, ids = np.concatenate([self._row_weights, weights]), np.concatenate([self._row_ids, ids])
        keep = min(2 * _options.count(type(self).__name__, "n_samples", self.n_samples), len(rows))
        kept = self._run("lithe_coreset_facility_location", "rows", rows, weights, None, None, None, n_samples=keep)
        at = kept["indices"]
        rows, weights, ids = rows[at], kept.vector("weights"), ids[at]
        size = min(self.n_samples, len(rows))
        found = self._run("lithe_coreset_facility_location", "rows", rows, weights, None, None, None, n_samples=size)
        if first:
            self._remember(rows.shape[1], names)
        self._rows, self._row_weights, self._row_ids = rows, np.array(weights), ids
        self._seen = seen
        self._keep(found)
        self.indices_ = ids[self.indices_]
        return self

    def _keep(self, found: Result) -> None:
        facts = found.facts
        self.indices_, self.assignment_ = found["indices"], found["assignment"]
        self.weights_, self.gains_ = np.array(found.vector("weights")), np.array(found.vector("gains"))
        self.loss_, self.loss_bound_, self.certificate_, self.bound_risk_, self.effective_size_, self.recall_ = (
            float(facts[name]) for name in ("loss", "loss_bound", "certificate", "bound_risk", "effective_size", "recall"))
        self.uncovered_, self.engine_ = int(facts["uncovered"]), str(facts["engine"])

    def _data(self, X: Any) -> tuple[str, Any, np.ndarray | None]:
        """Return the kind of the data, the data for the library, and the names of its columns if it has any."""
        if _sparse.is_sparse(X):
            return self._sparse_data(X)
        rows, names = self._fit_samples(X)
        if isinstance(self.n_samples, (int, np.integer)) and self.n_samples > len(rows):
            raise ValueError(f"Found array with {len(rows)} sample(s) (shape={rows.shape}), but {self.n_samples} are to be "
                             "selected.")
        return _PRECOMPUTED.get(self.metric, "rows"), rows, names

    def _sparse_data(self, X: Any) -> tuple[str, Any, None]:
        rows = _sparse.as_compressed(X, type(self).__name__).tocsr()
        if self.metric == "precomputed":
            raise ValueError("Sparse distances leave open how far all others are; pass similarities of what is near with "
                             "metric='precomputed_similarity'.")
        if self.metric != "precomputed_similarity":
            return "sparse_rows", _sparse.canonical(rows), None
        if rows.shape[0] != rows.shape[1]:
            raise ValueError(f"Sparse data of shape {rows.shape} was passed; with metric='precomputed_similarity' it must be the "
                             "square matrix of the similarities of rows.")
        return "graph", rows, None

    def _run(self, function: str, kind: str, rows: Any, sample_weight: Any, groups: Any, initial: Any, candidates: Any,
             costs: Any = None, **instead: Any) -> Result:
        n = rows.shape[0]
        absent = {name: None for name in ("n_samples", "cover_loss", "cost_limit", "gamma", "n_neighbors", "n_partitions", "memory_limit")
                  if getattr(self, name) is None}
        if self.metric in _PRECOMPUTED:
            absent["metric"] = None
        first, some = as_row_numbers(initial, "initial", n), as_row_numbers(candidates, "candidates", n)
        if candidates is not None and some is None:
            raise ValueError("candidates is empty: there is nothing to select from.")
        sparse = kind in ("graph", "sparse_rows")
        matrix = _sparse.view(rows) if sparse else _arrays.view(rows)
        of_rows = _labels(groups, n) if costs is None else _arrays.view(as_vector(costs, n, "costs"))
        return Result(function, kind, None if sparse else matrix, None, matrix if sparse else None,
                      _arrays.view(_arrays.as_sample_weight(sample_weight, n)), of_rows, first,
                      0 if first is None else len(first), some, 0 if some is None else len(some),
                      self._encode_options(**{**absent, **instead}), threads=self._thread_count(), monitor=self._monitor(),
                      work=float(n) * n * 10)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.pairwise = self.metric in _PRECOMPUTED
        return tags


def _labels(groups: Any, n: int) -> np.ndarray | None:
    """Return labels of any kind as numbers from 0 on, None for none given."""
    if groups is None:
        return None
    labels = np.asarray(groups)
    if labels.shape != (n,):
        raise ValueError(f"groups must have one label for each of the {n} rows, got shape {labels.shape}.")
    return numbered(labels, "groups")[1]
