"""Calls into the library: stopped by Ctrl-C, watched while they run, turned into exceptions when they fail."""

from __future__ import annotations

import ctypes
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, Callable

import numpy as np

from . import _abi, _errors
from ._lib import load
from ._progress import Monitor, Progress

RUN = object()
"""Stands for the run block among the arguments of `call`."""

LONG = 2e7
"""Elementary operations from which a call is worth a helper thread (about 0.1 ms) to stay interruptible."""

_POLL = 0.05  # seconds between looks at the run block


def call(name: str, *arguments: Any, threads: int = 0, work: float = 0, monitor: Monitor | None = None) -> bool:
    """Call a function of the library.

    A long call runs on a helper thread while this one waits, so that Ctrl-C, progress and callbacks work; what they
    raise is raised here, after the call has been cancelled and has returned.

    Parameters
    ----------
    name : str
        The function, as in ``lithe.h``.
    *arguments : object
        `RUN` where the run block goes; arrays go as the address of their data, structs and ctypes numbers by
        reference, text as UTF-8, None as NULL.
    threads : int
        Threads for the call; 0 means one per processor.
    work : float
        Rough count of elementary operations, compared with `LONG`.
    monitor : Monitor, optional
        Told about the progress.

    Returns
    -------
    converged : bool
        False for a result that is short of its tolerance.

    Raises
    ------
    ValueError, NumericalError, ModelFileError, MemoryError, RuntimeError
        As the status says.
    BaseException
        What a callback of an argument raised, unchanged.
    """
    function = getattr(load(), name)
    run = _abi.Run(ctypes.sizeof(_abi.Run), threads, objective=float("nan"))

    def finish() -> int:
        return int(function(*[_argument(run if a is RUN else a) for a in arguments]))

    if monitor is not None or (work >= LONG and threading.current_thread() is threading.main_thread()):
        status = _watched(finish, run, monitor)
    else:
        status = finish()
    if status in (_errors.OK, _errors.ENOCONV):
        return status == _errors.OK
    if status == _errors.ECALLBACK:
        _raise_failure(arguments)
    raise _errors.exception(status, run.message.decode("utf-8", "replace"))


def text(name: str, *arguments: Any) -> str:
    """Return what a function writes whose last arguments are ``out, capacity, needed, run``."""
    needed = ctypes.c_int64()
    capacity = 4096
    while True:
        buffer = ctypes.create_string_buffer(capacity)
        try:
            call(name, *arguments, buffer, capacity, needed, RUN)
        except ValueError:
            if needed.value <= capacity:
                raise
            capacity = needed.value
            continue
        return buffer.value.decode("utf-8")


def _argument(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.ctypes.data
    if isinstance(value, (ctypes.Structure, ctypes._SimpleCData)):
        return ctypes.byref(value)
    if isinstance(value, str):
        return value.encode("utf-8")
    return value


def _raise_failure(arguments: tuple[Any, ...]) -> None:
    """Raise what the Python code behind an argument raised while the library used it."""
    for owner in (getattr(argument, "owner", None) for argument in arguments):
        if owner is not None and owner.failure is not None:
            failure, owner.failure = owner.failure, None
            try:
                raise failure
            finally:
                del failure  # whose traceback leads to this frame


def _watched(finish: Callable[[], int], run: _abi.Run, monitor: Monitor | None) -> int:
    seen = (b"", 0)
    # Leaving the block waits for the call. Should a second Ctrl-C cut that short, finish keeps the arrays alive.
    with ThreadPoolExecutor(1, "lithe") as helper:
        try:
            status = helper.submit(finish)
            finished = False
            while not finished:
                finished = bool(wait([status], _POLL).done)
                stage = (run.phase, run.iteration)
                if monitor is not None and stage != seen:
                    seen = stage
                    monitor.update(_progress(run))
        except BaseException:
            run.cancel = 1
            raise
        finally:
            if monitor is not None:
                monitor.close()
    return status.result()


def _progress(run: _abi.Run) -> Progress:
    return Progress(run.phase.decode("utf-8", "replace"), run.iteration, run.max_iterations, run.objective,
                    run.evaluations, run.seconds)
