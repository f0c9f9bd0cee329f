"""From checked arguments to a call of the library, and from its result to arrays and facts."""

from __future__ import annotations

import json
import warnings
from typing import Any, Callable

import numpy as np

from .. import _options, _threads
from .._abi import Matrix
from .._arrays import refuse_mask, view
from .._operand import Operand
from .._progress import Monitor, Progress
from .._result import Result
from .._sklearn import ConvergenceWarning

CHECKS: dict[str, _options.Option] = {
    "n_components": _options.count, "tol": _options.fraction, "method": _options.word,
    "n_oversamples": _options.count_or_auto, "max_passes": _options.count_or_auto, "random_state": _options.seed,
    "strong": _options.flag, "right_only": _options.flag, "max_iter": _options.count_or_auto,
    "n_products": _options.count_or_auto, "psd": _options.flag, "mu": _options.not_negative,
    "n_probes": _options.count_or_auto, "max_steps": _options.count_or_auto, "kind": _options.word,
    "size": _options.count, "nonzeros": _options.count_or_auto, "sketch_size": _options.count_or_auto,
}
"""The options of the library's functions with the checks of their values."""

_COUNTS = ("passes", "columns", "rank", "iterations", "products")
_SPOKEN = {"n_components": "k"}  # what the functions of this package call an option


def options(owner: str, **values: Any) -> str:
    """Return options as JSON after checking their values; None leaves one at its default.

    Parameters
    ----------
    owner : str
        The function or, with a capital, the estimator that the messages name.
    """
    spoken = {} if owner[0].isupper() else _SPOKEN
    return json.dumps({name: CHECKS[name](owner, spoken.get(name, name), value) for name, value in values.items()
                       if value is not None or name == "random_state"})


def running(n_jobs: int | None, verbose: int, progress: bool,
            callback: Callable[[Progress], Any] | None) -> dict[str, Any]:
    """Return the keywords of `compute` that say how a call runs."""
    return {"threads": _threads.resolve(n_jobs), "monitor": Monitor.wanted(verbose, progress, callback)}


def compute(function: str, operand: Operand, *arguments: Any, options: str, width: int, threads: int = 0,
            monitor: Monitor | None = None, center: bool = False) -> Result:
    """Call a function of the library that makes a result of a matrix.

    Parameters
    ----------
    function : str
        Its name behind ``lithe_lowrank_``.
    *arguments : object
        What goes between the matrix and the options.
    options : str
        JSON text.
    width : int
        Columns of a product, to tell a long call from a short one.
    center : bool
        Subtract its mean from each column.

    Returns
    -------
    Result
        Its facts have the seed as an int, and also the operations and the bytes that the passes took.
    """
    result = Result(f"lithe_lowrank_{function}", operand.struct(center), *arguments, options, threads=threads,
                    work=operand.work * width, monitor=monitor)
    facts = result.facts
    for name, value in facts.items():
        if type(value) is int and name not in _COUNTS:
            facts[name] = float(value)  # JSON does not tell 5.0 from 5
    if "seed" in facts:
        facts["seed"] = int(facts["seed"])
    if "passes" in facts:
        m, n = operand.shape
        facts.setdefault("flops", 2.0 * m * n * facts["columns"])
        facts["bytes_read"] = None if operand.nbytes is None else float(operand.nbytes) * facts["passes"]
    return result


def right_side(b: Any, operand: Operand, owner: str) -> tuple[Matrix | None, bool]:
    """Return the right-hand sides of a system as a matrix, and whether it was one vector.

    Raises
    ------
    ValueError
        If their length is not that of the columns of the matrix.
    """
    refuse_mask(b, "b")
    array = np.asarray(b)
    if array.dtype.kind not in "biuf" or array.ndim not in (1, 2):
        raise ValueError(f"{owner} needs right-hand sides of shape (m,) or (m, k) with real elements, got shape "
                         f"{array.shape} and type {array.dtype}")
    if len(array) != operand.shape[0]:
        raise ValueError(f"{owner} needs one element of b per row: A has {operand.shape[0]} rows, b has {len(array)}")
    alone = array.ndim == 1
    return view(np.ascontiguousarray(array.reshape(len(array), -1), dtype=operand.dtype)), alone


def warn_unconverged(passes: int, stacklevel: int) -> None:
    """Warn that a result falls short of its tolerance."""
    warnings.warn(f"The tolerance was not met in {passes} passes. Increase max_passes or tol, or accept the result.",
                  ConvergenceWarning, stacklevel=stacklevel + 1)


def check_rank(k: int, shape: tuple[int, int]) -> None:
    """Raise ValueError if a rank is larger than a matrix allows."""
    if k > min(shape):
        raise ValueError(f"k={k} must be between 1 and min(m, n)={min(shape)} for a matrix of shape {shape}")
