"""Log-determinants of positive semidefinite matrices."""

from __future__ import annotations

import json
from typing import Any, Callable

from .. import _options
from .._as_operand import as_square_operand
from .._docs import documented
from .._progress import Progress
from ._compute import options, running
from ._estimates import Estimate, estimate


@documented
def logdet(A: Any, mu: float = 0.0, *, n_probes: int = 0, max_steps: int = 0, rank: int = 50, random_state: Any = None,
           n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
           callback: Callable[[Progress], Any] | None = None) -> Estimate:
    """Estimate ``log(det(A + mu * I))`` of a positive semidefinite matrix from products.

    Stochastic Lanczos quadrature, preconditioned by a Nystrom approximation. Up to 300 rows the value is exact. The
    products of the preconditioner, some 60, and one per probe and step, of which there are 20 to 50; O(n rank) memory.

    Parameters
    ----------
    {symmetric}
    mu : float, default=0.0
        At least 0.
    n_probes : int, default=0
        Random vectors, at least 2; 0 means 16.
    max_steps : int, default=0
        Most steps of Lanczos; they end when more do not matter beside the standard error. 0 means 100.
    rank : int, default=50
        Rank of the preconditioner, 0 for none.
    {random_state}
    {run}

    Returns
    -------
    Estimate
        In nats.

    Raises
    ------
    {raises}
        A NumericalError also if ``A + mu * I`` shows not to be positive definite.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.lowrank import logdet
    >>> round(np.exp(float(logdet(np.diag([1.0, 2.0, 3.0]), mu=1.0))).item(), 9)
    24.0
    """
    operand = as_square_operand(A, "logdet")
    values = json.loads(options("logdet", mu=mu, n_probes=n_probes, max_steps=max_steps, random_state=random_state))
    text = json.dumps(values | {"n_components": _options.count_or_none("logdet", "rank", rank)})
    return estimate("logdet", operand, (), text, 16 * 30, running(n_jobs, verbose, progress, callback))
