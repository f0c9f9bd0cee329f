"""The singular value decomposition of a matrix that passes by once."""

from __future__ import annotations

import bisect
import json
from typing import Any, Callable, Iterator

import numpy as np

from .. import _abi, _arrays, _options, _run
from .._arrays import view
from .._as_operand import as_blocks, as_operand
from .._base import Estimator
from .._callbacks import ProductOperand
from .._docs import documented
from .._errors import Cancelled
from .._operand import Operand
from .._progress import Progress, row_counter
from .._result import Result
from .._sklearn import TransformerMixin
from ._compute import CHECKS, options


@documented
class StreamingSVD(TransformerMixin, Estimator):
    """The truncated singular value decomposition of rows that are seen only once, with its error stated.

    Rows come in blocks of any size and in any order, on one machine or on several. What is kept of them are random
    sketches, in arrays of this object: 4 n_components + 1 numbers per row and 4 n_components + 11 per column. They add
    up, so that states of different rows can be merged. The error is some 20 % above the best of that rank for singular
    values of 1 / i, and less where they fall faster. Everything is float64.

    Parameters
    ----------
    n_components : int, default=2
        Rank of the factors, at most the number of features.
    tol : float, default=0.0
        Take the smallest rank up to `n_components` whose estimated relative error is at most this; 0 means
        `n_components`.
    sketch_size : int, default=0
        Width of the sketches, at least `n_components`; more is more accurate. 0 means 4 n_components + 1.
    random_state : int, RandomState, Generator or None, default=None
        States to be merged need one and the same int in [0, 2**64), which also makes the result repeatable, for any
        number of threads and in every language of lithe.
    {fit_run}

    Attributes
    ----------
    components_ : ndarray of float64, shape (n_components_, n_features)
        Right singular vectors. In each the entry of largest magnitude is positive. Like all that follows from the
        factors it is computed at its first use after new rows, in O((n_samples + n_features) sketch_size^2) operations.
    singular_values_ : ndarray of float64, shape (n_components_,)
    left_singular_vectors_ : ndarray of float64, shape (n_samples_seen_, n_components_)
        One row per row seen, ordered by their numbers.
    n_components_ : int
    error_, relative_error_ : float
        Estimated Frobenius norm of what the factors leave, within some 20 %, and the same as a fraction of the norm.
    scree_ : ndarray of float64, shape (sketch_size + 1,)
        Estimated relative error at rank 0, 1, and so on.
    n_samples_seen_ : int
    seed_ : int
    co_range_, core_, check_ : ndarray of float64
    squared_norm_ : float
    range_ : list of (int, ndarray of float64)
        The state: sketches of all rows together, the sum of squares of all elements, and for each block the number of
        its first row and the sketch of its rows.
    {fitted_on}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import StreamingSVD
    >>> rng = np.random.default_rng(0)
    >>> right = rng.normal(size=(3, 50))
    >>> stream = StreamingSVD(3, random_state=0)
    >>> for _ in range(10):
    ...     stream = stream.partial_fit(rng.normal(size=(100, 3)) @ right)
    >>> stream.components_.shape, stream.n_samples_seen_, stream.relative_error_ < 1e-7
    ((3, 50), 1000, True)
    """

    _library_options = {name: CHECKS[name] for name in ("n_components", "tol", "sketch_size", "random_state")}
    _state = ("co_range_",)

    def __init__(self, n_components: int = 2, *, tol: float = 0.0, sketch_size: int = 0, random_state: Any = None,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Callable[[Progress], Any] | None = None) -> None:
        self.n_components = n_components
        self.tol = tol
        self.sketch_size = sketch_size
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64"]
        return tags

    def fit(self, X: Any, y: Any = None) -> StreamingSVD:
        """Forget everything, then see rows.

        Parameters
        ----------
        X : matrix-like of shape (n_samples, n_features), or iterator of blocks of rows
            Anything but products: an array, a SciPy sparse matrix, or blocks of rows, which are read once.
        y : ignored

        Returns
        -------
        self : StreamingSVD

        Raises
        ------
        {fit_raises}
        """
        blocks, monitor = as_blocks(X), self._monitor()
        self._forget()
        try:
            self._see_all(X, 0, row_counter(monitor, 0 if blocks is None else blocks.known_rows))
        except Cancelled:
            self._forget()
            raise
        finally:
            if monitor is not None:
                monitor.close()
        return self

    def partial_fit(self, X: Any, y: Any = None, first: int | None = None) -> StreamingSVD:
        """See more rows. If it fails, blocks before the one that is to blame have been seen.

        Parameters
        ----------
        X : matrix-like of shape (n_rows, n_features), or iterator of blocks of rows
            As for `fit`.
        y : ignored
        first : int, default=None
            Number of the first of these rows in the whole matrix; None means that they follow the last ones seen. Where
            several machines see parts of one matrix each has to say which.

        Returns
        -------
        self : StreamingSVD

        Raises
        ------
        {fit_raises}
            A ValueError also if some rows were seen before.
        """
        self._see_all(X, self._next_row() if first is None else _options.count_or_auto("partial_fit", "first", first))
        return self

    def merge(self, other: StreamingSVD) -> StreamingSVD:
        """Add what another one has seen: other rows of the same matrix, with the same parameters and random_state.

        Parameters
        ----------
        other : StreamingSVD
            Not changed.

        Returns
        -------
        self : StreamingSVD

        Raises
        ------
        ValueError
            If the parts do not belong together, or have rows in common.
        """
        self._check_fitted()
        other._check_fitted()
        for first, rows in other.range_:
            self._check_new(first, len(rows))
        mine = self._struct()
        try:
            _run.call("lithe_lowrank_stream_merge", mine, other._struct(), _run.RUN)
        finally:
            self._accept(mine, other.range_)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the coordinates of rows along the components.

        Parameters
        ----------
        {samples}

        Returns
        -------
        scores : ndarray of shape (n_samples, n_components_)
        """
        self._check_fitted()
        self._check_names(_arrays.feature_names(X))
        data = as_operand(X, "StreamingSVD", transpose=False)
        self._check_width(data.shape[1])
        scores = data.matmat(self.components_.T)
        if not np.isfinite(scores).all():
            raise ValueError("Input X contains NaN, infinity or a value too large for its dtype.")
        return scores

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit and return the coordinates of the rows, from the left singular vectors. Parameters as for `fit`."""
        self.fit(X)
        return self.left_singular_vectors_ * self.singular_values_

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Return the points that have given coordinates.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components_)

        Returns
        -------
        points : ndarray of shape (n_samples, n_features)
        """
        self._check_fitted()
        scores = _arrays.as_samples(X, "StreamingSVD")
        if scores.shape[1] != len(self.components_):
            raise ValueError(f"X has {scores.shape[1]} features, but StreamingSVD has {len(self.components_)} "
                             "components.")
        return scores @ self.components_

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of `transform`'s columns: the lower-case class name and a number.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Checked against the names seen in `fit`; otherwise without effect.

        Returns
        -------
        names : ndarray of str, shape (n_components_,)
        """
        self._check_fitted()
        return self._prefixed_names(self.n_components_, input_features)

    @property
    def components_(self) -> np.ndarray:
        return self._factors()["components_"]

    @property
    def singular_values_(self) -> np.ndarray:
        return self._factors()["singular_values_"]

    @property
    def left_singular_vectors_(self) -> np.ndarray:
        return self._factors()["left_singular_vectors_"]

    @property
    def scree_(self) -> np.ndarray:
        return self._factors()["scree_"]

    @property
    def error_(self) -> float:
        return self._factors()["error_"]

    @property
    def relative_error_(self) -> float:
        return self._factors()["relative_error_"]

    @property
    def n_components_(self) -> int:
        return len(self.singular_values_)

    def _forget(self) -> None:
        """Forget all rows."""
        for name in ("co_range_", "core_", "check_", "range_"):
            self.__dict__.pop(name, None)

    def _see_all(self, X: Any, place: int, tell: Callable[[int], None] = lambda rows: None) -> None:
        """Add rows from a place on, block by block, and tell how many there are."""
        names = _arrays.feature_names(X)
        for block in self._blocks(X):
            if not self._is_fitted():
                self._start(block.shape[1], names)
            self._see(block, place)
            place += block.shape[0]
            tell(self.n_samples_seen_)
        if not self._is_fitted():
            raise ValueError("there are no blocks of rows")

    def _blocks(self, X: Any) -> Iterator[Operand]:
        """Yield what was given as operands, block by block; sparse blocks stay sparse."""
        blocks = as_blocks(X)
        for block in [X] if blocks is None else blocks.as_they_come():
            operand = as_operand(block, "StreamingSVD", minimum=1 if blocks is None else 0, transpose=False)
            if isinstance(operand, ProductOperand):
                raise TypeError("StreamingSVD needs rows, and of this matrix only products are known; use svd or "
                                "TruncatedSVD")
            if operand.shape[0]:
                yield operand

    def _start(self, n: int, names: np.ndarray | None) -> None:
        text = options("StreamingSVD", n_components=self.n_components, tol=self.tol, sketch_size=self.sketch_size,
                       random_state=self.random_state)
        rank = json.loads(text)["n_components"]
        if rank > n:
            raise ValueError(f"n_components={rank} must be between 1 and n_features={n}")
        sizes = np.empty(3, dtype=np.int64)
        _run.call("lithe_lowrank_stream_sizes", n, text, sizes, _run.RUN)
        k, s, q = (int(size) for size in sizes)
        self._remember(n, names)
        self.seed_ = int(json.loads(text)["random_state"])
        self.co_range_, self.core_, self.check_ = np.zeros((k, n)), np.zeros((s, s)), np.zeros((q, n))
        self.squared_norm_, self.n_samples_seen_ = 0.0, 0
        self.range_: list[tuple[int, np.ndarray]] = []
        self._finished: dict[str, Any] = {}

    def _see(self, block: Operand, first: int) -> None:
        b, n = block.shape
        self._check_width(n)
        self._check_new(first, b)
        struct, rows = self._struct(), np.empty((b, len(self.co_range_)))
        try:
            _run.call("lithe_lowrank_stream_update", struct, first, block.struct(), view(rows), _run.RUN,
                      threads=self._thread_count(), work=block.work * len(self.co_range_))
        finally:
            self._accept(struct, [(first, rows)])

    def _struct(self) -> _abi.Stream:
        """Return the state for the library, which may change the arrays."""
        arrays = [np.require(array, requirements=["C", "W"]) for array in (self.co_range_, self.core_, self.check_)]
        struct = _abi.Stream(*map(view, arrays), squared_norm=self.squared_norm_, rows=self.n_samples_seen_,
                             seed=self.seed_)
        struct.arrays = arrays
        return struct

    def _accept(self, struct: _abi.Stream, blocks: list[tuple[int, np.ndarray]]) -> None:
        """Take over a state if it has more rows in it, be it that Ctrl-C came when they were there already."""
        if struct.rows == self.n_samples_seen_:
            return
        self.co_range_, self.core_, self.check_ = struct.arrays
        self.squared_norm_, self.n_samples_seen_ = struct.squared_norm, struct.rows
        for block in blocks:
            bisect.insort(self.range_, block, key=_first)
        self._finished = {}

    def _next_row(self) -> int:
        if not self._is_fitted() or not self.range_:
            return 0
        first, rows = self.range_[-1]
        return first + len(rows)

    def _check_new(self, first: int, count: int) -> None:
        place = bisect.bisect(self.range_, first, key=_first)
        for start, rows in self.range_[max(0, place - 1):place + 1]:
            if first < start + len(rows) and start < first + count:
                raise ValueError(f"rows {max(first, start)} to {min(first + count, start + len(rows)) - 1} have been "
                                 "seen before; every row of a matrix counts once: tell partial_fit the number of the "
                                 "first of its rows, first=, where they are not the next ones")

    def _check_width(self, n: int) -> None:
        if n != self._n_features():
            raise ValueError(f"X has {n} features, but StreamingSVD is expecting {self._n_features()} features as "
                             "input.")

    def _factors(self) -> dict[str, Any]:
        """Return what the factors tell, computed once for each state."""
        self._check_fitted()
        if not self._finished:
            self._finished.update(self._finish())
        return self._finished

    def _finish(self) -> dict[str, Any]:
        k = min(CHECKS["n_components"]("StreamingSVD", "n_components", self.n_components), self.n_samples_seen_)
        text = options("StreamingSVD", n_components=k, tol=self.tol, random_state=self.seed_)
        rows = np.concatenate([rows for _, rows in self.range_])
        found = Result("lithe_lowrank_stream_svd", self._struct(), view(rows), text, threads=self._thread_count(),
                       work=4.0 * (len(rows) + self._n_features()) * rows.shape[1] ** 2)
        return {"components_": np.ascontiguousarray(found["v"].T), "singular_values_": found.vector("s"),
                "left_singular_vectors_": found["u"], "scree_": found.vector("scree"),
                "error_": float(found.facts["error"]), "relative_error_": float(found.facts["relative_error"])}


def _first(block: tuple[int, np.ndarray]) -> int:
    return block[0]
