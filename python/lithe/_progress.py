"""What a long call tells while it runs: printed lines, a tqdm bar, a callback."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Callable

from ._errors import Cancelled


@dataclass(frozen=True)
class Progress:
    """A look at a running call.

    Attributes
    ----------
    phase : str
        What is being done, such as "kmeans" or "em".
    iteration, max_iterations : int
        Iterations finished in this phase, and the most there can be, 0 where that is not known.
    objective : float
        Current value of the objective, NaN while there is none. For mixtures: nats per row.
    evaluations : int
        Evaluations, such as (row, component) pairs, so far.
    seconds : float
        Since the call began.
    """

    phase: str
    iteration: int
    max_iterations: int
    objective: float
    evaluations: int
    seconds: float

    def __str__(self) -> str:
        objective = "" if math.isnan(self.objective) else f"  objective {self.objective:.6g}"
        most = f"/{self.max_iterations}" if self.max_iterations else ""
        return f"[lithe] {self.phase} {self.iteration}{most}{objective}  {self.seconds:.1f} s"


class Monitor:
    """Passes progress on to printed lines, a bar and a callback, all on the thread that made the call.

    Parameters
    ----------
    verbose : int
        0 prints nothing, 1 at most one line per second, 2 and above every iteration seen (about 20 per second at most).
    progress : bool
        Show a tqdm bar if tqdm is installed, and otherwise print as for verbose=1.
    callback : callable, optional
        Called with a `Progress`. True stops the call, which then raises `Cancelled`; an exception stops it as well
        and is raised to the caller.
    """

    def __init__(self, verbose: int, progress: bool, callback: Callable[[Progress], Any] | None) -> None:
        tqdm = _tqdm() if progress else None
        if progress and tqdm is None:
            verbose = max(int(verbose), 1)
        self._bar = _Bar(tqdm) if tqdm is not None else None
        self._every = {0: None, 1: 1.0}.get(int(verbose), 0.0)
        self._printed = float("-inf")
        self._callback = callback

    @classmethod
    def wanted(cls, verbose: int, progress: bool, callback: Callable[[Progress], Any] | None) -> Monitor | None:
        """Return a monitor, or None when there is nobody to tell."""
        return cls(verbose, progress, callback) if verbose or progress or callback is not None else None

    def update(self, progress: Progress) -> None:
        """Tell everybody. Raises what the callback raises, and `Cancelled` if it returns True."""
        now = time.monotonic()
        if self._every is not None and now - self._printed >= self._every:
            self._printed = now
            print(progress, flush=True)
        if self._bar is not None:
            self._bar.update(progress)
        if self._callback is not None and self._callback(progress):
            raise Cancelled(f"the callback stopped the call in iteration {progress.iteration} of phase "
                            f"{progress.phase!r}")

    def close(self) -> None:
        """Finish the bar, if there is one."""
        if self._bar is not None:
            self._bar.close()


def row_counter(monitor: Monitor | None, most: int) -> Callable[[int], None]:
    """Return a function that tells a monitor how many rows have passed by, of `most`, or 0 where that is not known."""
    began = time.monotonic()

    def tell(rows: int) -> None:
        if monitor is not None:
            monitor.update(Progress("rows", rows, most, math.nan, rows, time.monotonic() - began))

    return tell


def _tqdm() -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm


class _Bar:
    """One tqdm bar per phase."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None
        self._phase = ""

    def update(self, progress: Progress) -> None:
        if self._bar is None or self._phase != progress.phase:
            self.close()
            self._phase = progress.phase
            self._bar = self._tqdm(total=progress.max_iterations or None, desc=progress.phase)
        if not math.isnan(progress.objective):
            self._bar.set_postfix(objective=f"{progress.objective:.6g}", refresh=False)
        self._bar.update(progress.iteration - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
