"""How many threads a call may use."""

from __future__ import annotations

import operator
import os
from typing import Any

_limit: int | None = None
_registered = False


def set_num_threads(n: int | None) -> None:
    """Set the number of threads of every call whose estimator has ``n_jobs=None``.

    Parameters
    ----------
    n : int or None
        At least 1; None goes back to the environment variables. The number of threads never changes a result.

    Examples
    --------
    >>> import lithe
    >>> lithe.set_num_threads(2)
    >>> lithe.get_num_threads()
    2
    >>> lithe.set_num_threads(None)
    """
    global _limit
    if n is not None and operator.index(n) < 1:
        raise ValueError(f"n must be at least 1 or None, got {n}")
    _limit = None if n is None else operator.index(n)


def get_num_threads() -> int:
    """Return the number of threads of a call whose estimator has ``n_jobs=None``.

    `set_num_threads` decides, then ``LITHE_NUM_THREADS``, then ``OMP_NUM_THREADS``, then the processors that this
    process may use.
    """
    return _limit or _unlimited()


def _unlimited() -> int:
    return _from_environment() or _processors()


def resolve(n_jobs: Any) -> int:
    """Return the thread count for `n_jobs` in joblib's convention; -1 is every processor, -2 all but one.

    Raises
    ------
    ValueError
        For 0 and for anything that is not an integer.
    """
    if n_jobs is None:
        return get_num_threads()
    try:
        n = operator.index(n_jobs)
    except TypeError:
        n = 0
    if n == 0:
        raise ValueError(f"n_jobs must be None or a non-zero int, got {n_jobs!r}")
    return n if n > 0 else max(1, _processors() + 1 + n)


def _from_environment() -> int:
    for name in ("LITHE_NUM_THREADS", "OMP_NUM_THREADS"):
        value = os.environ.get(name, "").split(",")[0].strip()  # OpenMP allows a list, one number per nesting level
        if value.isdigit() and int(value) > 0:
            return int(value)
    return 0


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def register_with_threadpoolctl() -> None:
    """Let threadpoolctl, if installed, see and limit lithe's threads like those of a BLAS."""
    global _registered
    if _registered:
        return
    _registered = True
    try:
        from threadpoolctl import LibController, register
    except ImportError:  # missing, or older than 3.2
        return

    class LitheController(LibController):
        user_api = "lithe"
        internal_api = "lithe"
        filename_prefixes = ("liblithe",)
        check_symbols = ("lithe_abi_version",)

        def get_num_threads(self) -> int:
            return get_num_threads()

        def set_num_threads(self, num_threads: int) -> None:
            # Also called to put back what was there before, which need not have been a limit.
            set_num_threads(None if num_threads == _unlimited() else num_threads)

        def get_version(self) -> str:
            from . import __version__

            return __version__

    register(LitheController)
