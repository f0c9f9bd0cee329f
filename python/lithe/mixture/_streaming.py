"""Fits of mixtures to rows that are not in memory all at once."""

from __future__ import annotations

import mmap
import warnings
from typing import TYPE_CHECKING, Any, Iterator

import numpy as np

from .._arrays import as_sample_weight, feature_names, refuse_mask, view
from .._callbacks import BlockOperand
from .._handle import Handle
from .._row_blocks import RowBlocks
from .._run import RUN, call
from .._sklearn import ConvergenceWarning

if TYPE_CHECKING:
    from ._gaussian_mixture import GaussianMixture

_WINDOW = 1 << 29  # bytes of a window of rows, in the type of the work


class StreamingFits:
    """What `GaussianMixture` does with rows that come piece by piece."""

    def fit_blocks(self: GaussianMixture, X: Any, y: Any = None, sample_weight: Any = None,
                   block_size: int | None = None) -> GaussianMixture:
        """Fit the mixture to rows that do not fit in memory, in several passes over them.

        Parameters
        ----------
        X : array of shape (n_samples, n_features), memory-mapped or not, RowBlocks, sequence of blocks or callable
            A large array of any type of numbers is read a window of rows at a time, in float32 if it is float32 or of at
            most 16 bits, and otherwise in float64. A sequence holds blocks of shape (any, n_features); a callable
            returns a new iterator over such blocks for each pass. See `lithe.lowrank.RowBlocks`, which can also say the
            shape, so that no pass is needed to find it.
        y : ignored
        sample_weight : array-like of shape (n_samples,) or float, default=None
            Non-negative weights; 0 is the same as leaving the row out.
        block_size : int, default=None
            Rows of a window of an array; None means 512 MiB of them. Many rows for each component make a pass faster.

        Returns
        -------
        self : GaussianMixture

        Raises
        ------
        ValueError, NumericalError, Cancelled
            As for `fit`, and for blocks that do not fit together.
        BaseException
            Whatever reading a block raises.

        Warns
        -----
        ConvergenceWarning
            If the last iteration still gained more than `tol`.

        Notes
        -----
        One pass finds the scale of the features and draws a sample, from which the starting values come; each iteration
        is one pass, and one more evaluates the last. Splits and merges (`split_merge`) take place in a fit to the sample, of up to
        64 MiB, from which the passes go on; there are none if it has fewer than ``6 * (n_factors + 2)`` rows for each component.
        `n_init` must be 1. In memory are ``4 * n_candidates`` bytes for each
        row, a window, and 8 to 12 bytes for each parameter during the passes (8 more with missing values).

        When reading fails half-way, the callback asks for an end, or on Ctrl-C, the estimator holds the parameters of the
        last complete iteration, if there is one, and the exception is raised.

        Examples
        --------
        >>> import numpy as np
        >>> from lithe.mixture import GaussianMixture
        >>> rng = np.random.default_rng(0)
        >>> blocks = [rng.normal(size=(500, 3)), rng.normal(9, 1, size=(500, 3))]
        >>> gm = GaussianMixture(2, covariance_type="diag", random_state=0).fit_blocks(blocks)
        >>> gm.weights_.round(3)
        array([0.5, 0.5])
        """
        blocks = X if isinstance(X, RowBlocks) else _windows(X, block_size) if hasattr(X, "__array__") else RowBlocks(X)
        operand = BlockOperand(blocks)
        n, features = operand.shape
        if features < 1 or n < self.n_components:
            raise ValueError(f"Expected n_samples >= n_components and n_features >= 1 but got n_components = "
                             f"{self.n_components}, n_samples = {n}, n_features = {features}")
        if not isinstance(self.init_params, str):
            raise ValueError("fit_blocks takes no labels as init_params; give means_init")
        factors = self._factors_for(features)
        instead: dict[str, Any] = {"n_factors": factors or None}
        if factors == 0 and self.covariance_type == "factor":
            instead["covariance_type"] = "diag"
        options = self._encode_options(**instead)
        start = self._start(features, factors, None, self.warm_start and self._is_fitted())
        handle = Handle()
        try:
            converged = call("lithe_mixture_fit_blocks", operand.struct(), view(as_sample_weight(sample_weight, n)), start,
                             options, RUN, handle.out, threads=self._thread_count(), monitor=self._monitor(),
                             work=float("inf"))
        finally:
            if handle.id:
                self._forget_batches()
                self._adopt_history(handle, self._adopt(handle))
                self._remember(features, None)
        if not converged:
            warnings.warn("The fit did not converge. Increase max_iter or tol, or go on with warm_start=True.",
                          ConvergenceWarning, stacklevel=2)
        return self


    def partial_fit(self: GaussianMixture, X: Any, y: Any = None, sample_weight: Any = None) -> GaussianMixture:
        """Learn from another batch of rows, by stepwise EM.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The first batch needs at least ``n_components`` rows, better many more: the starting values come from it.
        y : ignored
        sample_weight : array-like of shape (n_samples,) or float, default=None
            Non-negative weights within the batch.

        Returns
        -------
        self : GaussianMixture
            With the number of batches as ``n_iter_``, and as ``lower_bound_`` the mean log-density of the batch under the
            parameters before it.

        Raises
        ------
        ValueError
            As `fit`, and if a batch does not have the features of those before it.

        Notes
        -----
        A running mean of expected statistics gives batch t + 1 the weight ``(t + 2) ** -learning_decay``. Pickles and
        copies keep that mean and go on where they were; files from `save` hold the parameters only. After `fit`,
        `fit_blocks` or `load`, this starts anew; with ``warm_start=True`` it starts from the present parameters. Every
        component is evaluated for every row. With ``missing="nan"`` rows may lack values, but every feature needs one in the
        first batch, and every batch needs a row with a value.

        Examples
        --------
        >>> import numpy as np
        >>> from lithe.mixture import GaussianMixture
        >>> rng = np.random.default_rng(0)
        >>> gm = GaussianMixture(2, covariance_type="diag", random_state=0)
        >>> for _ in range(20):
        ...     gm = gm.partial_fit(rng.normal(size=(100, 3)) + rng.integers(0, 2, size=(100, 1)) * 9)
        >>> gm.n_iter_, int(gm.means_[:, 0].max().round())
        (20, 9)
        """
        batches = self.__dict__.get("_batches", 0)
        names = feature_names(X)
        rows = self._samples(X) if batches else self._fit_samples(X)[0]
        features = rows.shape[1]
        factors = self._factors_for(features)
        instead: dict[str, Any] = {"n_factors": factors or None}
        if factors == 0 and self.covariance_type == "factor":
            instead["covariance_type"] = "diag"
        if not isinstance(self.init_params, str):
            raise ValueError("partial_fit takes no labels as init_params; give means_init")
        options = self._encode_options(**instead)
        if batches:
            statistics, start = self._statistics.copy(), None
        else:
            if len(rows) < self.n_components:
                raise ValueError(f"The first batch of partial_fit must have n_samples >= n_components but got n_components = "
                                 f"{self.n_components}, n_samples = {len(rows)}; collect more rows for it")
            tails = 0 if self.family == "gaussian" else 2
            statistics = np.empty((self.n_components, 1 + tails + factors + factors**2 + features * (3 + factors)))
            start = self._start(features, factors, None, self.warm_start and self._is_fitted())
        handle = Handle()
        call("lithe_mixture_partial_fit", self._handle().id if batches else 0, batches, view(statistics), view(rows),
             view(as_sample_weight(sample_weight, len(rows))), start, options, RUN, handle.out,
             threads=self._thread_count(), monitor=self._monitor(),
             work=rows.size * self.n_components * (factors + 1) * (1 if batches else 10))
        self._adopt_history(handle, self._adopt(handle))
        self._batches, self._statistics = batches + 1, statistics
        if not batches:
            self._remember(features, names)
        return self

    def _forget_batches(self) -> None:
        """Make the next `partial_fit` the first."""
        self.__dict__.pop("_batches", None)
        self.__dict__.pop("_statistics", None)


def _windows(X: Any, block_size: int | None) -> RowBlocks:
    """Return an array as blocks of rows, of which the system reads the next while one is worked on."""
    refuse_mask(X, "X")
    array = X if isinstance(X, np.ndarray) else np.asarray(X)
    if array.ndim != 2:
        raise ValueError(f"Expected 2D array, got an array of shape {array.shape}")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"fit_blocks takes arrays of numbers, got {array.dtype}")
    small = array.dtype == np.float32 or array.dtype.itemsize <= 2
    dtype = np.dtype(np.float32 if small else np.float64)
    rows = max(1, _WINDOW // max(1, dtype.itemsize * array.shape[1])) if block_size is None else block_size
    if rows < 1:
        raise ValueError(f"block_size must be at least 1, got {block_size}")

    def windows() -> Iterator[np.ndarray]:
        for first in range(0, len(array), rows):
            _advise(array[first + rows:first + 2 * rows], "MADV_WILLNEED")
            yield np.asarray(array[first:first + rows], dtype=dtype)
            _advise(array[first:first + rows], "MADV_DONTNEED")

    return RowBlocks(windows, shape=array.shape, dtype=dtype)


def _advise(rows: np.ndarray, advice: str) -> None:
    """Tell the system what will become of rows of a memory-mapped array that is only read; others are left alone."""
    source: Any = rows
    while isinstance(source, np.ndarray):
        if source.flags.writeable:
            return
        source = source.base
    if not isinstance(source, mmap.mmap) or not hasattr(mmap, advice) or not rows.flags.c_contiguous or not rows.size:
        return
    start = rows.__array_interface__["data"][0] - np.frombuffer(source, np.uint8).__array_interface__["data"][0]
    first = start // mmap.PAGESIZE * mmap.PAGESIZE
    source.madvise(getattr(mmap, advice), first, start + rows.nbytes - first)
