"""What is kept of rows for their principal components."""

from __future__ import annotations

import json

import numpy as np

from .. import _abi, _options, _run
from .._arrays import view
from .._result import Result


class PCAStatistics:
    """Statistics of rows that add up: what `PCA.partial_fit` keeps, in arrays whose size does not depend on the rows.

    Parameters
    ----------
    n_features : int
    n_components : int
        Components that will be asked for, 0 for all.
    sketch_size : int
        Rows to keep in place of all covariances, 0 for what `PCA` says.

    Attributes
    ----------
    mean : ndarray of float64, shape (n_features,)
    gram : ndarray of float64, shape (n_features, n_features), or None
        Sum of the outer products of the rows minus their mean, of which the upper triangle is used.
    sketch : ndarray of float64, shape (any, n_features), or None
        Fewer rows that stand for those seen (frequent directions), where `gram` is not kept.
    weight : float
        Sum of the weights of the rows.
    squared_norm : float
        Weighted sum of the squared distances of the rows from the mean.
    lost : float
        What the sketch may lack of the gram matrix in any direction.
    rows : int
        Rows of positive weight.
    """

    def __init__(self, n_features: int, n_components: int, sketch_size: int) -> None:
        size = _options.count_or_auto("PCA", "sketch_size", sketch_size)
        self._options = {"n_components": n_components, "sketch_size": size}
        sketch_rows = np.empty(1, dtype=np.int64)
        _run.call("lithe_lowrank_pca_sizes", n_features, json.dumps(self._options), sketch_rows, _run.RUN)
        rows = int(sketch_rows[0])
        self.mean = np.zeros(n_features)
        self.gram = None if rows else np.zeros((n_features, n_features))
        self.sketch = np.zeros((rows, n_features)) if rows else None
        self.weight, self.squared_norm, self.lost, self.rows = 0.0, 0.0, 0.0, 0

    def update(self, rows: np.ndarray, weights: np.ndarray | None, threads: int) -> None:
        """Add rows of shape (any, n_features), with their weights if they have any. All or nothing."""
        struct = self._struct()
        width = len(self.mean) if self.sketch is None else 8 * len(self.sketch)
        try:
            _run.call("lithe_lowrank_pca_update", struct, view(rows), view(weights), _run.RUN, threads=threads,
                      work=float(rows.size) * width)
        finally:
            self._accept(struct)

    def merge(self, other: PCAStatistics, threads: int) -> None:
        """Add the rows that another has seen, which is not changed. All or nothing."""
        struct = self._struct()
        try:
            _run.call("lithe_lowrank_pca_merge", struct, other._struct(), _run.RUN, threads=threads)
        finally:
            self._accept(struct)

    def components(self, k: int, threads: int) -> Result:
        """Return the k leading principal components, 0 for all, as the library's result."""
        n = len(self.mean)
        return Result("lithe_lowrank_pca_components", self._struct(), json.dumps(self._options | {"n_components": k}),
                      threads=threads, work=10.0 * n * n * (k or n) if self.sketch is None else 10.0 * self.sketch.size)

    def _struct(self) -> _abi.PCA:
        """Return the state for the library, which may change the arrays."""
        mean = np.require(self.mean, requirements=["C", "W"])
        gram, sketch = (None if array is None else np.require(array, requirements=["C", "W"])
                        for array in (self.gram, self.sketch))
        struct = _abi.PCA(mean.ctypes.data, len(mean), view(gram) or _abi.Matrix(), view(sketch) or _abi.Matrix(),
                          self.weight, self.squared_norm, self.lost, self.rows)
        struct.arrays = mean, gram, sketch
        return struct

    def _accept(self, struct: _abi.PCA) -> None:
        """Take over a state, which the library changes whole or not at all."""
        self.mean, self.gram, self.sketch = struct.arrays
        self.weight, self.squared_norm = struct.weight, struct.squared_norm
        self.lost, self.rows = struct.lost, struct.rows
