"""Random matrices that keep lengths, and their products with others."""

from __future__ import annotations

import json
from typing import Any, Callable

import numpy as np

from .._as_operand import as_operand
from .._docs import documented
from .._progress import Progress
from ._compute import compute, options, running


@documented
class Sketch:
    """A random matrix S with ``E[S.T @ S] = I`` that can be applied to several matrices.

    ``S @ A`` keeps the lengths of vectors in any subspace of k dimensions up to a factor in [1 - e, 1 + e] where `size`
    is some k / e^2. S is never formed: its elements are functions of the seed, their place and the number of its
    columns, which is the number of rows of what it is applied to.

    Parameters
    ----------
    size : int
        Rows of S.
    kind : {"sparse_sign", "gaussian", "srtt"}, default="sparse_sign"
        A few entries 1 and -1 per column, scaled; independent normal elements; random signs, a Hadamard transform, and
        a choice of its rows.
    nonzeros : int, default=0
        Entries per column for kind "sparse_sign"; 0 means 8.
    {random_state}

    Attributes
    ----------
    seed : int
        Pass it as `random_state` to get the same S.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import Sketch
    >>> rng = np.random.default_rng(0)
    >>> A, b = rng.normal(size=(5000, 3)), rng.normal(size=5000)
    >>> S = Sketch(400, random_state=0)
    >>> (S @ A).shape, (S @ b).shape
    ((400, 3), (400,))
    >>> x = np.linalg.lstsq(S @ A, S @ b)[0]
    >>> bool(np.linalg.norm(A @ x - b) < 1.02 * np.linalg.norm(A @ np.linalg.lstsq(A, b)[0] - b))
    True
    """

    def __init__(self, size: int, *, kind: str = "sparse_sign", nonzeros: int = 0, random_state: Any = None) -> None:
        self._options = options("Sketch", size=size, kind=kind, nonzeros=nonzeros, random_state=random_state)
        self.size, self.kind, self.nonzeros = size, kind, nonzeros
        self.seed = int(json.loads(self._options)["random_state"])

    def __repr__(self) -> str:
        return f"Sketch({self.size}, kind={self.kind!r}, random_state={self.seed})"

    def __matmul__(self, A: Any) -> np.ndarray:
        return self.apply(A)

    def apply(self, A: Any, *, n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
              callback: Callable[[Progress], Any] | None = None) -> np.ndarray:
        """Return ``S @ A``.

        Of a dense matrix, or row blocks, "sparse_sign" takes 2 `nonzeros` operations per element, "srtt" some
        2 log2(4 size), "gaussian" 2 size; of a sparse one "sparse_sign" takes 2 `nonzeros` per entry. Otherwise it is
        `size` products of the transpose with a vector.

        Parameters
        ----------
        A : matrix-like of shape (m, n), or array of shape (m,)
            Whatever the functions of `lithe.lowrank` take. Blocks of rows are read once, so that an iterator will do in
            a `RowBlocks` that knows its shape.
        {run}

        Returns
        -------
        product : ndarray of shape (size, n) or (size,)

        Raises
        ------
        {raises}
        """
        if isinstance(A, np.ndarray) and A.ndim == 1:
            return self.apply(A[:, None], n_jobs=n_jobs, verbose=verbose, progress=progress, callback=callback)[:, 0]
        operand = as_operand(A, "Sketch", once=True)
        found = compute("sketch", operand, options=self._options, width=max(8, self.size // 8),
                        **running(n_jobs, verbose, progress, callback))
        return found["sketch"]


@documented
def sketch(A: Any, size: int, *, kind: str = "sparse_sign", nonzeros: int = 0, random_state: Any = None,
           n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
           callback: Callable[[Progress], Any] | None = None) -> np.ndarray:
    """Return ``S @ A`` for a random S of shape (size, m) that keeps lengths.

    `Sketch` is such an S that can be applied to several matrices.

    Parameters
    ----------
    {matrix}
        Blocks of rows are read once, so that an iterator will do in a `RowBlocks` that knows its shape.
    size : int
        Rows of S, some k / e^2 to keep lengths in subspaces of k dimensions up to a factor in [1 - e, 1 + e].
    kind : {"sparse_sign", "gaussian", "srtt"}, default="sparse_sign"
    nonzeros : int, default=0
        As for `Sketch`.
    {random_state}
    {run}

    Returns
    -------
    product : ndarray of shape (size, n)

    Raises
    ------
    {raises}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import sketch
    >>> A = np.random.default_rng(0).normal(size=(4000, 2))
    >>> ratio = np.linalg.norm(sketch(A, 300, random_state=0), axis=0) / np.linalg.norm(A, axis=0)
    >>> bool((abs(ratio - 1) < 0.2).all())
    True
    """
    S = Sketch(size, kind=kind, nonzeros=nonzeros, random_state=random_state)
    return S.apply(A, n_jobs=n_jobs, verbose=verbose, progress=progress, callback=callback)
