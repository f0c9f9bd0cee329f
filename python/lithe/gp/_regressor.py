"""The Gaussian process regressor."""

from __future__ import annotations

import json
import warnings
from typing import Any, Callable, NamedTuple

import numpy as np

from .. import _options
from .._arrays import view
from .._base import Estimator
from .._handle import Handle
from .._lib import load
from .._progress import Progress
from .._result import Result
from .._run import LONG, RUN, call, text
from .._sklearn import ConvergenceWarning, RegressorMixin
from ._kernel import Constant, Kernel, Product, Sum
from ._kernel_json import from_json
from ._kernel_sklearn import from_sklearn
from ._kernel_types import Matern, White
from ._targets import as_targets, as_variances

_OPTIMIZERS = {"lbfgs": "lbfgs", "fmin_l_bfgs_b": "lbfgs", "adam": "adam", None: "none"}
_MODEL = ("noise", "solver", "precision", "storage", "format", "policy", "n_actions", "predict_tol", "max_solve_iter", "rank",
          "random_state")


class HeldOut(NamedTuple):
    """Predictions of each training observation from all others.

    Attributes
    ----------
    mean, std : ndarray of float64, shape (n_samples,)
        Of the observation, noise included, in units of y.
    log_density : ndarray of float64, shape (n_samples,)
        Of the observation, in nats.
    """

    mean: np.ndarray
    std: np.ndarray
    log_density: np.ndarray


class _Cache(NamedTuple):
    handle: Handle
    arrays: tuple[np.ndarray | None, ...]
    threads: int


class GaussianProcessRegressor(RegressorMixin, Estimator):
    """Gaussian process regression, exact or by conjugate gradients without the kernel matrix.

    Up to some thousand points everything is exact, by Cholesky. Beyond, training and prediction take products with a
    kernel matrix that is never stored, and memory grows linearly with the number of points. Methods are named and behave
    as in `sklearn.gaussian_process.GaussianProcessRegressor`.

    Parameters
    ----------
    kernel : kernel of `lithe.gp.kernels` or scikit-learn, default=None
        Where training starts. None means ``1.0 * Matern(length_scale=[1.0] * n_features, nu=1.5)``, which is trained;
        scikit-learn's default is not. Kernels of scikit-learn are converted by `lithe.gp.kernels.from_sklearn`.
    alpha : {"fit"}, float or array-like of shape (n_samples,), default="fit"
        Variance of the noise of the observations, in squared units of y (of its standard deviation with `normalize_y`).
        "fit" trains one for all, unless the kernel has a `White` part to do so or `optimizer` is None, when it is
        1e-10, scikit-learn's default. A number is kept, and so is one for each observation.
    optimizer : {"lbfgs", "fmin_l_bfgs_b", "adam"} or None, default="lbfgs"
        Quasi-Newton steps within the bounds, by either name, or small steps of fixed size; None keeps the parameters.
    n_restarts_optimizer : int, default=0
        More starts, from parameters drawn log-uniformly within their bounds; for ``solver_ == "cholesky"`` only.
    normalize_y : bool, default=False
        Subtract the mean of y and divide by its standard deviation. Without, the mean of the process is 0.
    normalize_X : bool, default=False
        Do so with every feature.
    solver : {"auto", "cholesky", "cg"}, default="auto"
        Exact, with a matrix of n_samples x n_samples in memory; matrix-free; or Cholesky up to 4000 samples.
    precision : {"auto", "float32", "float64"}, default="auto"
        Arithmetic of kernel elements; "auto": float64 with Cholesky, float32 with conjugate gradients.
    variance : {"auto", "exact", "neighbors", "lanczos", "pathwise"}, default="auto"
        How `predict` finds standard deviations. "auto": exact with Cholesky; else from the 512 most correlated points
        alone, never too small and by a percent or so too large.
    tol : float, default=0.01
        Relative residual of the systems of training, for "cg".
    predict_tol : float, default=1e-3
        Relative residual of the final system and of those of predictions, for "cg".
    rank : int, default=0
        Rank of the preconditioner, for "cg". 0: an eighth of the samples, at most 1000.
    max_iter : int, default=0
        Most iterations of the optimizer. 0: 200 with Cholesky, 40 with "cg", 100 with "adam".
    warm_start : bool, default=False
        Start `fit` from the parameters of the last one, if there was one.
    random_state : int, RandomState, Generator or None, default=None
        An int in [0, 2**64) makes results repeatable, for any number of threads and in every language of lithe.
    n_jobs : int, default=None
        Threads; None means `lithe.get_num_threads`, -1 every processor. Never changes a result.
    verbose : int, default=0
        1 prints progress every second, 2 every iteration seen.
    progress : bool, default=False
        Show a tqdm bar; without tqdm the same as ``verbose=1``.
    callback : callable, default=None
        Called now and then during `fit` with a `lithe.Progress`. If it returns True, `fit` raises `lithe.Cancelled`.

    Attributes
    ----------
    kernel_ : kernel of `lithe.gp.kernels`
        With its trained parameters.
    noise_ : float
        Variance of the noise common to all observations, in units of `y_train_`.
    known_noise_ : ndarray of float64, shape (n_samples,), or None
        `alpha`, if it was an array.
    X_train_ : ndarray of float64, shape (n_samples, n_features)
    y_train_ : ndarray of float64, shape (n_samples,)
    alpha_ : ndarray of float64, shape (n_samples,)
        The data as they are used, after normalization, and their weights in the mean of a prediction. These arrays are
        read-only after `fit`.
    scaling_ : ndarray of float64, shape (2, n_features), or None
        What `normalize_X` has subtracted and divided by.
    log_marginal_likelihood_value_ : float
        In nats, of `y_train_`; an estimate with "cg".
    log_marginal_likelihood_bounds_ : tuple of two floats
        Where it lies, at 95 %; twice the same with Cholesky.
    solver_ : {"cholesky", "cg"}
    converged_ : bool
        Training ended because there was nothing left to gain.
    n_iter_ : int
        Iterations of the optimizer.
    residual_ : float
        Relative residual of the system behind `alpha_`.
    diagnostics_ : list of dict
        What is worth knowing about the fit: code, column, value, message, and the action that it suggests.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Only when fitted on a frame whose column names are all strings.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.gp import GaussianProcessRegressor
    >>> from lithe.gp.kernels import RBF
    >>> X = np.linspace(0, 6, 25)[:, np.newaxis]
    >>> gpr = GaussianProcessRegressor(1.0 * RBF(), random_state=0).fit(X, np.sin(X[:, 0]))
    >>> mean, std = gpr.predict([[1.6], [20.0]], return_std=True)
    >>> round(float(mean[0]), 3), bool(std[0] < 0.01), bool(std[1] > 0.3)
    (1.0, True, True)
    """

    _library_options = {
        "normalize_y": _options.flag, "solver": _options.word, "precision": _options.word, "tol": _options.positive,
        "predict_tol": _options.positive, "rank": _options.count_or_auto, "max_iter": _options.count_or_auto,
        "random_state": _options.seed,
    }
    _state = ("X_train_", "y_train_", "alpha_", "known_noise_", "scaling_", "y_scaling_", "directions_")

    def __init__(self, kernel: Any = None, *, alpha: Any = "fit", optimizer: str | None = "lbfgs",
                 n_restarts_optimizer: int = 0, normalize_y: bool = False, normalize_X: bool = False, solver: str = "auto",
                 precision: str = "auto", variance: str = "auto", tol: float = 0.01, predict_tol: float = 1e-3,
                 rank: int = 0, max_iter: int = 0, warm_start: bool = False, random_state: Any = None,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Callable[[Progress], Any] | None = None) -> None:
        self.kernel = kernel
        self.alpha = alpha
        self.optimizer = optimizer
        self.n_restarts_optimizer = n_restarts_optimizer
        self.normalize_y = normalize_y
        self.normalize_X = normalize_X
        self.solver = solver
        self.precision = precision
        self.variance = variance
        self.tol = tol
        self.predict_tol = predict_tol
        self.rank = rank
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any) -> GaussianProcessRegressor:
        """Train the parameters of the kernel by the largest marginal likelihood, and condition the process on the data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)

        Returns
        -------
        self : GaussianProcessRegressor

        Raises
        ------
        ValueError
            For impossible parameters, NaN or infinity.
        NumericalError
            If the kernel matrix with its noise is not positive definite.
        Cancelled
            If the callback asks for it.

        Warns
        -----
        ConvergenceWarning
            If training or a solve ended early; the message says what to do.
        """
        rows, names = self._fit_samples(X)
        targets = as_targets(y, len(rows), type(self).__name__)
        n, features = rows.shape
        warm = self.warm_start and self._is_fitted()
        kernel = self._start(features, warm)
        options, known = self._fit_options(kernel, n, self.noise_ if warm else 0.0)
        handle = Handle()
        threads = self._thread_count()
        call("lithe_gp_fit", view(rows), view(targets), kernel.to_json(), view(known), options, RUN, handle.out,
             threads=threads, monitor=self._monitor(), work=100.0 * n * n)
        self._adopt(handle, threads)
        self._remember(features, names)
        for note in self.diagnostics_:
            if note["code"] in ("training_stopped", "not_converged"):
                warnings.warn(f"{note['message']}; {note['action']}", ConvergenceWarning, stacklevel=2)
        return self

    def predict(self, X: Any, return_std: bool = False, return_cov: bool = False, include_noise: bool = False) -> Any:
        """Predict at the rows of X.

        Parameters
        ----------
        X : array-like of shape (m, n_features)
        return_std : bool, default=False
            Return the standard deviation as well.
        return_cov : bool, default=False
            Return the covariance matrix as well; needs memory for n_samples x m numbers.
        include_noise : bool, default=False
            Standard deviations of an observation, rather than of the function: with `noise_` and the kernel's `White`
            parts. scikit-learn counts the latter always and the former never; covariances and draws are of the function
            here.

        Returns
        -------
        mean : ndarray of float64, shape (m,)
        std : ndarray of float64, shape (m,)
            Only with `return_std`.
        covariance : ndarray of float64, shape (m, m)
            Only with `return_cov`.
        """
        if return_std and return_cov:
            raise RuntimeError("At most one of return_std or return_cov can be requested.")
        rows = self._samples(X)
        options = {"variance": _options.word(type(self).__name__, "variance", self.variance) if return_std else "none",
                   "with_noise": bool(include_noise)}
        handle = self._handle()
        found = Result("lithe_gp_predict", handle.id, view(rows), json.dumps(options),
                       work=len(rows) * len(self.y_train_) * (len(self.y_train_) if return_std else 50.0))
        mean = found.vector("mean")
        for note in found.facts["diagnostics"]:
            warnings.warn(f"{note['message']}; {note['action']}", ConvergenceWarning, stacklevel=2)
        if return_std:
            return mean, np.sqrt(found.vector("variance"))
        if not return_cov:
            return mean
        covariance = np.empty((len(rows), len(rows)))
        call("lithe_gp_covariance", handle.id, view(rows), None, view(covariance), RUN, work=LONG)
        return mean, covariance

    def sample_y(self, X: Any, n_samples: int = 1, random_state: Any = 0) -> np.ndarray:
        """Draw functions from the posterior and evaluate them at the rows of X.

        Parameters
        ----------
        X : array-like of shape (m, n_features)
        n_samples : int, default=1
        random_state : int, RandomState, Generator or None, default=0
            The same int and `n_samples` give the same functions at any X.

        Returns
        -------
        values : ndarray of float64, shape (m, n_samples)
        """
        rows = self._samples(X)
        me = type(self).__name__
        values = np.empty((len(rows), _options.count(me, "n_samples", n_samples)))
        call("lithe_gp_sample", self._handle().id, view(rows), int(_options.seed(me, "random_state", random_state)),
             view(values), RUN, work=LONG)
        return values

    def leave_one_out(self) -> HeldOut:
        """Predict each training observation from all others, without fitting anew.

        Exact with Cholesky. With "cg", from the 512 most correlated points: standard deviations are never too small.
        """
        self._check_fitted()
        found = Result("lithe_gp_leave_one_out", self._handle().id, 0, work=LONG)
        return HeldOut(found.vector("mean"), np.sqrt(found.vector("variance")), found.vector("log_density"))

    def _start(self, features: int, warm: bool) -> Kernel:
        if warm:
            return self.kernel_
        if self.kernel is None:
            return Product(Constant(1.0), Matern(np.ones(features), nu=1.5))
        return from_sklearn(self.kernel, features)

    def _fit_options(self, kernel: Kernel, n: int, noise: float) -> tuple[str, np.ndarray | None]:
        """Return the options as JSON, and variances of each observation if there are any."""
        me = type(self).__name__
        if not (self.optimizer is None or isinstance(self.optimizer, str)) or self.optimizer not in _OPTIMIZERS:
            raise ValueError(f"The 'optimizer' parameter of {me} must be one of {list(_OPTIMIZERS)}. "
                             f"Got {self.optimizer!r} instead.")
        more: dict[str, Any] = {"optimizer": _OPTIMIZERS[self.optimizer],
                                "n_restarts": _options.count_or_auto(me, "n_restarts_optimizer", self.n_restarts_optimizer),
                                "normalize_x": _options.flag(me, "normalize_X", self.normalize_X)}
        known = None
        if isinstance(self.alpha, str):
            if self.alpha != "fit":
                raise ValueError(f"The 'alpha' parameter of {me} must be 'fit', a float or an array of floats. "
                                 f"Got {self.alpha!r} instead.")
            if self.optimizer is None or _has_white(kernel):
                more |= {"noise": 1e-10, "noise_fixed": True}
            else:
                more["noise"] = noise
        elif np.ndim(self.alpha) == 0:
            more |= {"noise": _options.not_negative(me, "alpha", self.alpha), "noise_fixed": True}
        else:
            known = as_variances(self.alpha, n)
            more["noise_fixed"] = True
        return json.dumps(json.loads(self._encode_options()) | more), known

    def _adopt(self, handle: Handle, threads: int) -> None:
        """Take over what the library's object knows, arrays read-only."""
        info: dict[str, Any] = json.loads(text("lithe_gp_info", handle.id))
        n, features = info["n_samples"], info["n_features"]
        shapes = {"x": (n, features), "y": (n,), "weights": (n,), "known_noise": (n,), "scaling": (2, features),
                  "y_scaling": (2, info["n_outputs"]), "directions": (info["n_directions"], n)}
        arrays: list[np.ndarray | None] = []
        for attribute, (name, shape) in zip(self._state, shapes.items()):
            array = None
            if name in info["arrays"]:
                array = np.empty(shape)
                call("lithe_gp_get", handle.id, name, view(array), RUN)
                array.flags.writeable = False
            setattr(self, attribute, array)
            arrays.append(array)
        self._model = {name: info[name] for name in _MODEL}
        self.kernel_ = from_json(json.dumps(info["kernel"]))
        self.noise_, self.solver_, self.diagnostics_ = info["noise"], info["solver"], info["diagnostics"]
        self.converged_, self.n_iter_ = info["converged"], info["n_iter"]
        number = {name: float("nan") if info[name] is None else info[name]
                  for name in ("log_likelihood", "lower", "upper", "residual")}
        self.log_marginal_likelihood_value_, self.residual_ = number["log_likelihood"], number["residual"]
        self.log_marginal_likelihood_bounds_ = (number["lower"], number["upper"])
        self._cache = _Cache(handle, tuple(arrays), threads)

    def _handle(self) -> Handle:
        """Return the library's model, making it anew if it may be out of date."""
        arrays = tuple(getattr(self, name) for name in self._state)
        threads = self._thread_count()
        cache: _Cache | None = self.__dict__.get("_cache")
        if (cache is not None and cache.handle.lib is load() and cache.threads == threads
                and all(new is old and (new is None or not new.flags.writeable) for new, old in zip(arrays, cache.arrays))):
            return cache.handle
        plain = [None if a is None else np.ascontiguousarray(a, dtype=np.float64) for a in arrays]
        handle = Handle()
        call("lithe_gp_new", *map(view, plain), self.kernel_.to_json(), json.dumps(self._model), RUN, handle.out,
             threads=threads)
        self._cache = _Cache(handle, arrays, threads)
        return handle

    def __getstate__(self) -> dict[str, Any]:
        state = dict(getattr(super(), "__getstate__", lambda: self.__dict__)() or {})
        state.pop("_cache", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in self._state:
            if isinstance(state.get(name), np.ndarray):
                state[name].flags.writeable = False


def _has_white(kernel: Kernel) -> bool:
    if isinstance(kernel, (Sum, Product)):
        return _has_white(kernel.k1) or _has_white(kernel.k2)
    return isinstance(kernel, White)
