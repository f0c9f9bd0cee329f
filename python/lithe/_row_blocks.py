"""Matrices that come as blocks of rows, one after the other."""

from __future__ import annotations

import operator
from typing import Any, Iterator

import numpy as np

from . import _sparse
from ._arrays import as_samples

_PIECE = 1 << 23  # bytes of a block made from rows of an array that has to be converted


class RowBlocks:
    """A matrix of shape (m, n) given as blocks of rows, from the first row to the last.

    Functions wrap lists of blocks and callables by themselves. Wrap them yourself to say the shape, which otherwise
    takes a look at every block, or to use the same blocks several times.

    Parameters
    ----------
    source : sequence of array-like, callable, or iterable
        Blocks of shape (any, n): arrays, memory-mapped ones, frames, or SciPy sparse matrices, which become dense
        block by block. Every pass over the matrix goes through all of them in order. A callable takes no arguments and
        returns a new iterator of blocks for each pass. An iterator, such as a generator, can be read only once, which
        is enough for `StreamingSVD`, `PCA.partial_fit` and `sketch`.
    shape : (int, int), default=None
        m and n, if known.
    dtype : {float32, float64}, default=None
        Type of the work; blocks of other types are converted one at a time. None means float32 if all blocks are
        float32, and float64 otherwise; it is float64 if only the shape is given.

    Raises
    ------
    ValueError, TypeError
        For impossible arguments. Blocks that do not fit together are reported when they are read.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import RowBlocks, svd
    >>> blocks = [np.ones((3, 4)), np.ones((5, 4))]
    >>> svd(RowBlocks(lambda: iter(blocks), shape=(8, 4)), 1, random_state=0).s.round(6)
    array([5.656854])
    """

    def __init__(self, source: Any, shape: tuple[int, int] | None = None, dtype: Any = None) -> None:
        if not callable(source) and not hasattr(source, "__iter__"):
            raise TypeError("blocks of rows must come from a sequence, an iterable or a function that returns an "
                            f"iterator; got {type(source).__name__}")
        self._source = source
        self._shape = None if shape is None else _pair(shape)
        self._dtype = None if dtype is None else np.dtype(dtype)
        if self._dtype is not None and self._dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, got {self._dtype}")
        self._started = False

    @property
    def once(self) -> bool:
        """Whether the blocks can be read only once."""
        return hasattr(self._source, "__next__")

    @property
    def shape(self) -> tuple[int, int]:
        """m and n. Where they were not given, the blocks tell: without being read if all of them have a shape."""
        if self._shape is None:
            self._measure()
        assert self._shape is not None
        return self._shape

    @property
    def dtype(self) -> np.dtype:
        """Type of the work."""
        if self._dtype is None:
            if self._shape is not None:
                return np.dtype(np.float64)
            self._measure()
        assert self._dtype is not None
        return self._dtype

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield the blocks as arrays of `dtype` that the library can read, without those that have no rows.

        Raises
        ------
        ValueError
            If a block has another number of columns, or together they have another number of rows.
        """
        (m, n), dtype = self.shape, self.dtype
        read = 0
        for number, block in enumerate(self.as_they_come()):
            rows = _rows(block, number)
            if rows.shape[1] != n:
                raise ValueError(f"block {number} of rows has {rows.shape[1]} columns, expected {n}")
            read += len(rows)
            if read > m:
                raise ValueError(f"the blocks of rows have {read} rows or more, expected {m}; block {number} is one "
                                 "too many")
            if len(rows):
                yield rows.astype(dtype, copy=False)
        if read < m:
            advice = "; a callable must return a new iterator each time it is called" if callable(self._source) else ""
            raise ValueError(f"the blocks of rows ended after {read} of {m} rows{advice}")

    def as_they_come(self) -> Iterator[Any]:
        """Return an iterator over the blocks themselves, for one reading of them all."""
        if callable(self._source):
            return iter(self._source())
        if self.once:
            if self._started:
                raise ValueError("the blocks of rows come from an iterator, which has been read already; pass a list, "
                                 "or a function that returns a new iterator each time")
            self._started = True
        return iter(self._source)

    @property
    def known_rows(self) -> int:
        """m, or 0 where only reading the blocks would tell."""
        return self.shape[0] if self._shape is not None or self._blocks_tell() else 0

    def _blocks_tell(self) -> bool:
        """Whether the blocks say their shapes and types without being read."""
        return isinstance(self._source, (list, tuple)) and all(
            len(getattr(block, "shape", ())) == 2 and isinstance(getattr(block, "dtype", None), np.dtype)
            for block in self._source)

    def _measure(self) -> None:
        """Find shape and type, from what the blocks say about themselves or by reading them once."""
        if self.once:
            raise ValueError("an iterator of blocks needs its shape: RowBlocks(iterator, shape=(m, n))")
        known = self._blocks_tell()
        rows, width, single = 0, None, True
        for number, block in enumerate(self.as_they_come()):
            block = block if known else _rows(block, number)
            if width is not None and block.shape[1] != width:
                raise ValueError(f"block {number} of rows has {block.shape[1]} columns, but the one before has {width}")
            rows, width, single = rows + block.shape[0], block.shape[1], single and block.dtype == np.float32
        if width is None:
            raise ValueError("there are no blocks of rows")
        self._shape = rows, width
        if self._dtype is None:
            self._dtype = np.dtype(np.float32 if single else np.float64)


def in_pieces(A: Any) -> RowBlocks:
    """Return an array as blocks of its rows, each converted when read; float32 stays float32."""
    (m, n), dtype = A.shape, np.float32 if A.dtype == np.float32 else np.float64
    step = max(1, _PIECE // (8 * n)) if n else 1
    return RowBlocks(lambda: (A[i:i + step] for i in range(0, m, step)), shape=(m, n), dtype=dtype)


def _rows(block: Any, number: int) -> np.ndarray:
    if _sparse.is_sparse(block):
        block = block.toarray()
    return as_samples(block, f"block {number} of rows", 0)


def _pair(shape: Any) -> tuple[int, int]:
    try:
        m, n = (operator.index(length) for length in shape)
    except (TypeError, ValueError):
        m = n = -1
    if min(m, n) < 0:
        raise ValueError(f"shape must be two numbers of at least 0, got {shape!r}")
    return m, n
