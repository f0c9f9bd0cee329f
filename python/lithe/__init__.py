"""lithe: big statistical models on small machines.

`lithe.mixture` holds Gaussian mixtures and k-means, `lithe.lowrank` singular value decompositions, principal components
and other low-rank factors, `lithe.gp` Gaussian processes, `lithe.softmix` softmax mixtures and choice models,
`lithe.coreset` weighted subsets that stand for all of the data. The compiled library loads at the first call that needs it,
and the submodules at the first use of their names.
"""

from __future__ import annotations

import importlib
from typing import Any

from ._errors import Cancelled, ModelFileError, NumericalError
from ._lib import get_include, get_library
from ._progress import Progress
from ._threads import get_num_threads, set_num_threads

__version__ = "0.1.0"

_SUBMODULES = ("coreset", "gp", "lowrank", "mixture", "softmix")
_FROM_SKLEARN = ("ConvergenceWarning", "NotFittedError")  # its own classes where it is installed

__all__ = ["Cancelled", "ConvergenceWarning", "ModelFileError", "NotFittedError", "NumericalError", "Progress",
           "coreset", "get_include", "get_library", "get_num_threads", "gp", "lowrank", "mixture", "set_num_threads", "softmix"]


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"lithe.{name}")
    if name in _FROM_SKLEARN:
        return getattr(importlib.import_module("lithe._sklearn"), name)
    raise AttributeError(f"module 'lithe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_SUBMODULES, *_FROM_SKLEARN])
