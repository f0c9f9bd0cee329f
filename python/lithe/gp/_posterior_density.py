"""Surrogates of expensive posterior densities."""

from __future__ import annotations

import json
import multiprocessing
import time
from contextlib import suppress
from typing import Any, Callable, Iterable, NamedTuple

import numpy as np

from .. import _options, _threads
from .._arrays import view
from .._handle import Handle
from .._lib import load
from .._progress import Monitor, Progress
from .._result import Result
from .._run import LONG, RUN, call, text
from ._diagnostics import warn


class PosteriorSamples(NamedTuple):
    """Draws from the surrogate of a density.

    Attributes
    ----------
    samples : ndarray of float64, shape (n_samples, d)
        Equally weighted points.
    log_density : ndarray of float64, shape (n_samples,)
        Logarithm of the surrogate there, in nats.
    mean : ndarray of float64, shape (d,)
    cov : ndarray of float64, shape (d, d)
        Of at least 2,000 draws, also if fewer are returned.
    log_evidence : float
        Logarithm of the integral of the surrogate over the box.
    """

    samples: np.ndarray
    log_density: np.ndarray
    mean: np.ndarray
    cov: np.ndarray
    log_evidence: float


class PosteriorSurrogate:
    """Surrogate of an expensive density that says where to evaluate it next.

    `sample_posterior_density` runs the loop that this class is made for::

        surrogate = PosteriorSurrogate(bounds)
        while len(X := surrogate.ask()):
            surrogate.tell(X, [logp(x) for x in X])
        draws = surrogate.sample(2000)

    Use it yourself where evaluations happen elsewhere: in a queue, on a cluster, by hand. Points may be told in any order,
    more or fewer than were asked for, and such as nobody asked for. Objects can be pickled and copied; a copy knows all
    values, and its `history` begins anew.

    Parameters
    ----------
    bounds : array-like of shape (d, 2)
        Lower and upper bound of each parameter. The density counts as zero outside. A box of some ten standard deviations
        is good; ten times wider costs a few more evaluations.
    n_initial : int, default=0
        Finite values to begin with, from a Latin hypercube. 0: 3 d. Take more where several modes are far apart.
    max_evaluations : int, default=0
        Most evaluations. 0: 70 d**1.5.
    max_initial : int, default=0
        Most evaluations in search of `n_initial` finite values. 0: 30 d**1.5.
    batch_size : int, default=0
        Points that `ask` returns at once. 0: d. Larger batches choose a little worse, and can be evaluated in parallel.
    tol : float, default=0.02
        Kullback-Leibler divergence, in nats, below which two surrogates are the same.
    noise : float, default=0.01
        Standard deviation of the error of a value of logp, in nats. Raise it where logp is not smooth.
    random_state : int, RandomState, Generator or None, default=None
        An int in [0, 2**64) makes results repeatable, for any number of threads and in every language of lithe.
    n_jobs : int, default=None
        Threads of the surrogate's own work; None means `lithe.get_num_threads`, -1 every processor. Never changes a result.
    """

    def __init__(self, bounds: Any, *, n_initial: int = 0, max_evaluations: int = 0, max_initial: int = 0, batch_size: int = 0,
                 tol: float = 0.02, noise: float = 0.01, random_state: Any = None, n_jobs: int | None = None) -> None:
        me = type(self).__name__
        box = np.array(bounds, dtype=np.float64)
        if box.ndim != 2 or box.shape[1] != 2 or not len(box):
            raise ValueError(f"bounds must be of shape (d, 2), a lower and an upper bound per parameter, got {box.shape}")
        self._bounds = box
        self._options: dict[str, Any] = {
            name: _options.count_or_auto(me, name, value) for name, value in (
                ("n_initial", n_initial), ("max_evaluations", max_evaluations), ("max_initial", max_initial),
                ("batch_size", batch_size))}
        self._options |= {"tol": _options.positive(me, "tol", tol), "noise": _options.positive(me, "noise", noise),
                          "random_state": _options.seed(me, "random_state", random_state)}
        self._n_jobs = n_jobs
        self._open()

    def _open(self, **more: Any) -> None:
        self._handle = Handle()
        call("lithe_gp_surrogate_new", view(self._bounds), json.dumps(self._options | more), RUN, self._handle.out,
             threads=_threads.resolve(self._n_jobs))

    def _id(self) -> int:
        """Return the number of the library's object."""
        if self._handle.lib is not load():
            raise RuntimeError("a surrogate does not follow a fork: send it to other processes as an argument, which pickles it")
        return self._handle.id

    def ask(self, n_points: int = 0) -> np.ndarray:
        """Return points to evaluate next.

        Parameters
        ----------
        n_points : int, default=0
            How many. 0: as many as suit the state of the search, none once it has converged or run out of evaluations.

        Returns
        -------
        X : ndarray of float64, shape (m, d)
            The best point comes first.
        """
        count = _options.count_or_auto(type(self).__name__, "n_points", n_points)
        return Result("lithe_gp_surrogate_ask", self._id(), count, work=LONG)["x"]

    def tell(self, X: Any, y: Any) -> PosteriorSurrogate:
        """Add values of the density.

        Parameters
        ----------
        X : array-like of shape (m, d) or (d,)
        y : array-like of shape (m,) or float
            Logarithm of the density, in nats, to a constant; -inf where it vanishes.

        Returns
        -------
        self : PosteriorSurrogate

        Raises
        ------
        ValueError
            For NaN, +inf, and points outside of the bounds. Nothing is added then.
        """
        points = np.ascontiguousarray(X, dtype=np.float64)
        points = points.reshape(1, -1) if points.ndim == 1 else points
        values = np.ascontiguousarray(y, dtype=np.float64).reshape(-1, 1)
        if points.ndim != 2 or points.shape != (len(values), len(self._bounds)):
            raise ValueError(f"X must be of shape ({len(values)}, {len(self._bounds)}), one row per value, got {points.shape}")
        call("lithe_gp_surrogate_tell", self._id(), view(points), view(values), RUN)
        return self

    def sample(self, n_samples: int = 2000, random_state: Any = 0) -> PosteriorSamples:
        """Draw from the surrogate.

        Parameters
        ----------
        n_samples : int, default=2000
        random_state : int, RandomState, Generator or None, default=0
            Of these draws alone.

        Returns
        -------
        draws : PosteriorSamples

        Raises
        ------
        ValueError
            While fewer than `n_initial` values are finite.
        """
        me = type(self).__name__
        found = Result("lithe_gp_surrogate_sample", self._id(), _options.count(me, "n_samples", n_samples),
                       int(_options.seed(me, "random_state", random_state)), work=LONG)
        return PosteriorSamples(found["x"], found.vector("log_density"), found.vector("mean"), found["covariance"],
                                found.facts["log_evidence"])

    def logp(self, X: Any) -> np.ndarray:
        """Return the logarithm of the surrogate at points of shape (m, d), -inf where the density is taken to vanish."""
        return self._evaluate(X)[0]

    def std(self, X: Any) -> np.ndarray:
        """Return how uncertain that is at points of shape (m, d): a standard deviation, in nats."""
        return self._evaluate(X)[1]

    def _evaluate(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        points = np.ascontiguousarray(X, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != len(self._bounds):
            raise ValueError(f"X must be of shape (m, {len(self._bounds)}), got {points.shape}")
        mean, std = np.empty((len(points), 1)), np.empty((len(points), 1))
        call("lithe_gp_surrogate_evaluate", self._id(), view(points), view(mean), view(std), RUN, work=LONG)
        return mean[:, 0], std[:, 0]

    def _info(self) -> dict[str, Any]:
        return json.loads(text("lithe_gp_surrogate_info", self._id()))

    @property
    def bounds(self) -> np.ndarray:
        """The box, of shape (d, 2)."""
        return self._bounds.copy()

    @property
    def converged(self) -> bool:
        """Whether all criteria agreed at the last `ask` or `sample` that there is nothing left to learn."""
        return bool(self._info()["converged"])

    @property
    def n_evaluations(self) -> int:
        """Number of values told."""
        return int(self._info()["n_evaluations"])

    @property
    def evaluations(self) -> tuple[np.ndarray, np.ndarray]:
        """All points told, of shape (n, d), and their values, of shape (n,)."""
        n = self.n_evaluations
        X, y = np.empty((n, len(self._bounds))), np.empty((n, 1))
        call("lithe_gp_surrogate_evaluations", self._id(), view(X), view(y), RUN)
        return X, y[:, 0]

    @property
    def history(self) -> list[dict[str, Any]]:
        """What was known after each round.

        ``n_evaluations``; ``best``, the largest value; ``correct``, how many values in a row had been predicted; ``change``,
        the divergence of the surrogate from that of the round before, None at first; ``expected``, its divergence from the
        truth as it expects it; ``log_evidence``. Divergences are in nats.
        """
        return list(self._info()["history"])

    @property
    def diagnostics(self) -> list[dict[str, Any]]:
        """What is worth knowing: code, value, message, and the action that it suggests."""
        return list(self._info()["diagnostics"])

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name != "_handle"}
        return state | {"evaluations": self.evaluations, "theta": self._info()["theta"]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        X, y = state.pop("evaluations")
        theta = state.pop("theta")
        self.__dict__.update(state)
        self._open(theta=theta)
        self.tell(X, y)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._bounds)} parameters, {self.n_evaluations} evaluations>"


class PosteriorDensity(PosteriorSamples):
    """What `sample_posterior_density` has found.

    Attributes
    ----------
    samples, log_density, mean, cov, log_evidence
        As in `PosteriorSamples`.
    surrogate : PosteriorSurrogate
        For more draws (`sample`), densities at other points (`logp`, `std`) and more evaluations (`ask`, `tell`).
    evaluations : tuple of ndarray, shapes (n, d) and (n,)
        All points and values; ``initial=`` of another call goes on from them.
    n_evaluations : int
        Without those that were given as `initial`, if any, n.
    converged : bool
    history, diagnostics : list of dict
        As in `PosteriorSurrogate`, at the end of the call.
    """

    surrogate: PosteriorSurrogate
    n_evaluations: int
    converged: bool
    history: list[dict[str, Any]]
    diagnostics: list[dict[str, Any]]

    def __new__(cls, draws: PosteriorSamples, surrogate: PosteriorSurrogate, n_evaluations: int) -> PosteriorDensity:
        self = super().__new__(cls, *draws)
        self.surrogate, self.n_evaluations = surrogate, n_evaluations
        self.converged, self.history, self.diagnostics = surrogate.converged, surrogate.history, surrogate.diagnostics
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (PosteriorSamples(*self), self.surrogate, self.n_evaluations), self.__dict__

    @property
    def evaluations(self) -> tuple[np.ndarray, np.ndarray]:
        return self.surrogate.evaluations


def sample_posterior_density(logp: Callable[[np.ndarray], float], bounds: Any, *, n_samples: int = 2000, initial: Any = None,
                             n_initial: int = 0, max_evaluations: int = 0, batch_size: int = 0, tol: float = 0.02,
                             noise: float = 0.01, workers: Any = 1, random_state: Any = None, n_jobs: int | None = None,
                             verbose: int = 0, progress: bool = False,
                             callback: Callable[[Progress], Any] | None = None) -> PosteriorDensity:
    """Sample an expensive posterior density by few evaluations: tens or hundreds, where a Markov chain takes ten thousands.

    A Gaussian process learns logp from evaluations that it chooses itself, where the density is high and the process does
    not know it. Draws come from the process. Meant for smooth densities of at most some twenty parameters whose evaluation
    takes longer than a tenth of a second; for cheaper ones a Markov chain is as fast and needs no trust. Modes that are far
    apart and small can be missed: raise `n_initial` if there may be such.

    Parameters
    ----------
    logp : callable
        ``logp(x)`` with x of shape (d,) returns the logarithm of the density, to a constant, in nats; -inf where it
        vanishes.
    bounds : array-like of shape (d, 2)
        Lower and upper bound of each parameter; the density counts as zero outside.
    n_samples : int, default=2000
        Draws to return.
    initial : tuple of array-like, shapes (n, d) and (n,), or PosteriorSurrogate, default=None
        Points and values that are known already: those of a chain, of an optimizer, or of a call that was interrupted. They
        do not count as evaluations of `max_evaluations`.
    n_initial, max_evaluations, batch_size, tol, noise, random_state, n_jobs
        As in `PosteriorSurrogate`.
    workers : int or map-like callable, default=1
        Processes that evaluate the points of a batch in parallel, which logp must be sent to by pickle, or something like
        ``pool.map`` that is called as ``workers(logp, points)`` and returns values in order.
    verbose : int, default=0
        1 prints a line per round.
    progress : bool, default=False
        Show a tqdm bar of evaluations if tqdm is installed, and otherwise print at most one line per second.
    callback : callable, default=None
        Called with a `lithe.Progress` after every evaluation, whose objective is the largest value of logp so far. True stops
        the search, which then raises `lithe.Cancelled`; an exception stops it as well and is raised to the caller.

    Returns
    -------
    density : PosteriorDensity

    Raises
    ------
    ValueError
        For NaN or +inf, with the point in the message, and where too few values are finite.
    BaseException
        What logp raises, Ctrl-C included. Nothing that was evaluated is lost: the attribute ``surrogate`` of the exception
        holds it, and ``initial=error.surrogate`` goes on from there.

    Warns
    -----
    ConvergenceWarning
        If the evaluations did not suffice; the message says what to do.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.gp import sample_posterior_density
    >>> def logp(x):
    ...     return -0.5 * ((x[0] - 1) ** 2 + (x[1] - x[0]) ** 2 / 0.25)
    >>> found = sample_posterior_density(logp, [[-5, 5], [-5, 5]], random_state=0)
    >>> found.converged, found.n_evaluations < 40
    (True, True)
    >>> np.abs(found.mean - 1).max() < 0.1
    np.True_
    """
    surrogate, known = _begin(bounds, initial, n_initial=n_initial, max_evaluations=max_evaluations, batch_size=batch_size,
                              tol=tol, noise=noise, random_state=random_state, n_jobs=n_jobs)
    _options.count("sample_posterior_density", "n_samples", n_samples)
    told = _Told(surrogate, Monitor.wanted(0, progress, callback))
    pool = None
    evaluate: Callable[..., Iterable[Any]] = map
    if callable(workers):
        evaluate = workers
    elif (processes := _options.count("sample_posterior_density", "workers", workers)) > 1:
        pool = multiprocessing.get_context().Pool(processes)
        evaluate = pool.imap
    try:
        while len(X := surrogate.ask()):
            values = iter(evaluate(logp, X.copy()))  # a logp that works in place changes points of its own
            for x in X:
                told.value(x, _number(x, next(values, None)))
            if verbose:
                print(_line(surrogate), flush=True)
        draws = surrogate.sample(n_samples, int(surrogate._options["random_state"]))
    except BaseException as error:
        with suppress(AttributeError, TypeError):
            error.surrogate = surrogate  # type: ignore[attr-defined]
        raise
    finally:
        told.close()
        if pool is not None:
            pool.terminate()
    warn(surrogate.diagnostics)
    return PosteriorDensity(draws, surrogate, surrogate.n_evaluations - known)


def _begin(bounds: Any, initial: Any, **options: Any) -> tuple[PosteriorSurrogate, int]:
    """Return a surrogate that knows what is known, and how many values that is."""
    if isinstance(initial, PosteriorSurrogate):
        initial = initial.evaluations
    if initial is None:
        return PosteriorSurrogate(bounds, **options), 0
    try:
        X, y = initial
    except (TypeError, ValueError):
        raise ValueError("initial must be a pair of points and values, or a PosteriorSurrogate") from None
    y = np.asarray(y, dtype=np.float64).ravel()
    d = len(np.atleast_2d(bounds))
    if not options["max_evaluations"]:
        options["max_evaluations"] = int(np.ceil(70 * d**1.5))
    options["max_evaluations"] = _options.count("sample_posterior_density", "max_evaluations", options["max_evaluations"]) + len(y)
    surrogate = PosteriorSurrogate(bounds, **options)
    return (surrogate.tell(X, y) if len(y) else surrogate), len(y)


class _Told:
    """Tells a surrogate and a monitor about values, one by one."""

    def __init__(self, surrogate: PosteriorSurrogate, monitor: Monitor | None) -> None:
        self._surrogate, self._monitor = surrogate, monitor
        self._most = int(surrogate._options["max_evaluations"]) or int(np.ceil(70 * len(surrogate._bounds) ** 1.5))
        y = surrogate.evaluations[1]
        self._count, self._best, self._began = len(y), max(y, default=-np.inf), time.monotonic()

    def value(self, x: np.ndarray, y: float) -> None:
        self._surrogate.tell(x, y)
        self._count, self._best = self._count + 1, max(self._best, y)
        if self._monitor is not None:
            self._monitor.update(Progress("evaluations", self._count, self._most, float(self._best), self._count,
                                          time.monotonic() - self._began))

    def close(self) -> None:
        if self._monitor is not None:
            self._monitor.close()


def _number(x: np.ndarray, value: Any) -> float:
    try:
        return float(np.asarray(value).item())
    except (TypeError, ValueError):
        raise TypeError(f"logp must return one number, got {value!r} at x = {x.tolist()}") from None


def _line(surrogate: PosteriorSurrogate) -> str:
    info = surrogate._info()
    line = f"[lithe] {info['n_evaluations']} evaluations"
    if not info["history"]:
        return line
    last = info["history"][-1]
    change = "" if last["change"] is None else f"  change {last['change']:.2g}"
    return f"{line}  best {last['best']:.6g}{change}  expected {last['expected']:.2g}  predicted {last['correct']} in a row"
