"""The Gaussian process regressor."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Mapping

import numpy as np

from .. import _options
from .._arrays import view
from .._handle import Handle
from .._library_model import readable
from .._progress import Progress
from .._run import RUN, call
from .._sklearn import MultiOutputMixin, RegressorMixin
from ._diagnostics import warn
from ._kernel import Constant, Kernel, Product, Sum
from ._kernel_sklearn import from_sklearn
from ._kernel_types import Matern, White
from ._prior_process import PriorProcess
from ._regression import SERIOUS, HeldOut, Regression
from ._targets import as_targets, as_variances
from .priors import Prior, as_records

__all__ = ["GaussianProcessRegressor", "HeldOut"]

_OPTIMIZERS = {"lbfgs": "lbfgs", "fmin_l_bfgs_b": "lbfgs", "adam": "adam", None: "none"}


class GaussianProcessRegressor(MultiOutputMixin, RegressorMixin, Regression):
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
        More starts, from parameters drawn log-uniformly within their bounds.
    priors : dict or None, default=None
        Densities of `lithe.gp.priors` of parameters, by their names, such as ``{"length_scale": priors.Gamma(3, 6)}``.
        Training then looks for the largest posterior density.
    normalize_y : bool, default=False
        Subtract the mean of y and divide by its standard deviation. Without, the mean of the process is 0.
    normalize_X : bool, default=False
        Do so with every feature.
    solver : {"auto", "cholesky", "cg", "low_precision_cg", "alternating_projection", "dual_descent", "itergp"}, \
            default="auto"
        "cholesky": exact, with a matrix of n_samples x n_samples in memory. "cg": preconditioned conjugate gradients,
        matrix-free; the next three are other matrix-free ways to the same solution. "itergp": a number of actions in
        place of a solution, whose computational uncertainty is part of all standard deviations, so that they are never
        too small, however few actions there were. "auto": Cholesky up to 4000 samples, "cg" beyond.
    precision : {"auto", "float32", "float64"}, default="auto"
        Arithmetic of kernel elements; "auto": float64 with Cholesky; with conjugate gradients float32, until that is
        too coarse for so little noise or so short length scales.
    variance : {"auto", "exact", "neighbors", "lanczos", "pathwise"}, default="auto"
        How `predict` finds standard deviations. "auto": exact with Cholesky; else from the 512 most correlated points
        alone, never too small and by a percent or so too large. What "itergp" combines is always exact.
    n_neighbors : int, default=512
        Most points that variance "neighbors" and `leave_one_out` condition on; fewer where all would hardly change the
        variance. Test points close together share theirs, so that a variance depends a little on which are predicted with it.
    policy : {"mixed", "cg", "cholesky", "inducing"}, default="mixed"
        Actions of "itergp", and of the combined uncertainty of other solvers: residuals until `predict_tol` and then
        kernel columns of random pivots ("mixed"), residuals alone, single points, or kernel columns alone.
    n_actions : int, default=0
        Most actions. 0: an eighth of the samples, but from 100 to 500. Memory is 16 n_samples n_actions bytes.
    storage : {"none", "float32", "float16", "bfloat16"}, default="none"
        Keep the elements of the kernel matrix after training, for the systems of weights and predictions: faster
        there, with 2 or 1 bytes for each of n_samples x n_samples elements. For matrix-free solvers in float32. 16 bits
        are not used where they could make the matrix indefinite; `diagnostics_` and `storage_` then say so.
    format : {"float16", "bfloat16", "float32"}, default="float16"
        Of the vectors of "low_precision_cg".
    tol : float, default=0.01
        Relative residual of the systems of training, for "cg".
    predict_tol : float, default=1e-3
        Relative residual of the final system and of those of predictions, for "cg".
    preconditioner : {"auto", "vecchia", "rpcholesky", "greedy", "nystrom"}, default="auto"
        "vecchia": each sample given its nearest ones. Partial Cholesky with random or with the largest pivots, or products
        with a random block. "auto": "vecchia", but "rpcholesky" where `rank` is set, the kernel has periodic or linear
        terms, or few columns leave less than ten times the noise.
    rank : int, default=0
        Rank of the preconditioner, with "vecchia" the samples that each one depends on. 0: as many as pay, at most 3000 and
        1.5 GB; of samples 63.
    max_solve_iter : int, default=1000
        Most iterations of a system of the weights or of predictions.
    max_iter : int, default=0
        Most iterations of the optimizer over all samples. 0: 200 with Cholesky, 40 with "cg", 100 with "adam". Beyond
        25,000 samples "cg" and "lbfgs" take up to 15 iterations over 12,000 of them, half random ones, half in eight dense
        patches, and then 2 over all, beyond 300,000 none; what is given here takes the place of these.
    probes : {"matched", "variance_reduced", "preconditioned", "pathwise"}, default="matched"
        Law of the random vectors behind gradients of "cg": normal with the covariance that the preconditioner and what it
        leaves of the diagonal stand for; these, with the exact traces of that covariance as control variates, for the least
        variance; normal with the covariance of the preconditioner; or draws of y.
    profile : bool, default=False
        Find noise and scale inside training, by one Lanczos process for each step of the other parameters. For "cg", one
        output, and kernels that a trained constant multiplies.
    warm_start : bool, default=False
        Start `fit` from the parameters of the last one, if there was one, also if it was interrupted.
    copy_X_train : bool, default=True
        For scikit-learn's sake: the library always has a copy of its own.
    n_targets : int or None, default=None
        Outputs to predict and to draw before `fit`; None means one. `fit` holds y against it.
    random_state : int, RandomState, Generator or None, default=None
        An int in [0, 2**64) makes results repeatable, for any number of threads and in every language of lithe.
    n_jobs : int, default=None
        Threads; None means `lithe.get_num_threads`, -1 every processor. Never changes a result.
    verbose : int, default=0
        1 prints progress every second, 2 every iteration seen.
    progress : bool, default=False
        Show a tqdm bar; without tqdm the same as ``verbose=1``.
    callback : callable, default=None
        Called now and then during `fit` with a `lithe.Progress`. If it returns True, `fit` raises `lithe.Cancelled`,
        and what training has found is kept as after Ctrl-C.

    Attributes
    ----------
    kernel_ : kernel of `lithe.gp.kernels`
        With its trained parameters.
    noise_ : float
        Variance of the noise common to all observations, in units of `y_train_`.
    known_noise_ : ndarray of float64, shape (n_samples,), or None
        `alpha`, if it was an array.
    X_train_ : ndarray of float64, shape (n_samples, n_features)
    y_train_ : ndarray of float64, shape (n_samples,) or (n_samples, n_outputs)
    alpha_ : ndarray of float64, of the same shape
        The data as they are used, after normalization, and their weights in the mean of a prediction. These arrays are
        read-only after `fit`.
    scaling_ : ndarray of float64, shape (2, n_features), or None
    y_scaling_ : ndarray of float64, shape (2, n_outputs), or None
        What `normalize_X` and `normalize_y` have subtracted and divided by.
    directions_ : ndarray of float64, shape (n_directions, n_samples), or None
        D of "itergp", which knows D.T @ D in the place of the inverse of the kernel matrix with its noise.
    log_marginal_likelihood_value_ : float
        In nats, of `y_train_`, summed over outputs; an estimate but for Cholesky.
    log_marginal_likelihood_bounds_ : tuple of two floats
        Where it lies, at 95 %; twice the same with Cholesky.
    solver_, storage_ : str
        What was used.
    converged_ : bool
        Training ended because there was nothing left to gain.
    n_iter_ : int
        Iterations of the optimizer.
    n_evaluations_ : int
        Of the likelihood or its gradient.
    n_solve_iter_ : int
        Iterations of conjugate gradients in training.
    residual_ : float
        Relative residual of the system behind `alpha_`.
    preconditioner_ : str
        What "auto" has chosen, where there is one.
    rank_ : int
        Of the preconditioner.
    quadrature_bias_ : float
        Bound of what too few Lanczos steps add to the error of `log_marginal_likelihood_value_`.
    storage_error_ : float
        Estimate of the largest change of an eigenvalue of the kernel matrix by storage in 16 bits.
    memory_ : int
        Bytes of the arrays that grow with the number of samples.
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
        "normalize_y": _options.flag, "solver": _options.word, "precision": _options.word, "policy": _options.word,
        "n_actions": _options.count_or_auto, "storage": _options.word, "format": _options.word, "tol": _options.positive,
        "predict_tol": _options.positive, "preconditioner": _options.word, "rank": _options.count_or_auto,
        "max_iter": _options.count_or_auto, "probes": _options.word, "profile": _options.flag,
        "max_solve_iter": _options.count, "random_state": _options.seed,
    }

    def __init__(self, kernel: Any = None, *, alpha: Any = "fit", optimizer: str | None = "lbfgs",
                 n_restarts_optimizer: int = 0, priors: Mapping[str, Prior] | None = None, normalize_y: bool = False,
                 normalize_X: bool = False, solver: str = "auto", precision: str = "auto", variance: str = "auto",
                 n_neighbors: int = 512, policy: str = "mixed", n_actions: int = 0, storage: str = "none",
                 format: str = "float16", tol: float = 0.01, predict_tol: float = 1e-3, preconditioner: str = "auto",
                 rank: int = 0, max_iter: int = 0, max_solve_iter: int = 1000, probes: str = "matched",
                 profile: bool = False, warm_start: bool = False,
                 copy_X_train: bool = True, n_targets: int | None = None, random_state: Any = None,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Callable[[Progress], Any] | None = None) -> None:
        self.kernel = kernel
        self.alpha = alpha
        self.optimizer = optimizer
        self.n_restarts_optimizer = n_restarts_optimizer
        self.priors = priors
        self.normalize_y = normalize_y
        self.normalize_X = normalize_X
        self.solver = solver
        self.precision = precision
        self.variance = variance
        self.n_neighbors = n_neighbors
        self.policy = policy
        self.n_actions = n_actions
        self.storage = storage
        self.format = format
        self.tol = tol
        self.predict_tol = predict_tol
        self.preconditioner = preconditioner
        self.rank = rank
        self.max_iter = max_iter
        self.max_solve_iter = max_solve_iter
        self.probes = probes
        self.profile = profile
        self.warm_start = warm_start
        self.copy_X_train = copy_X_train
        self.n_targets = n_targets
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags

    def fit(self, X: Any, y: Any) -> GaussianProcessRegressor:
        """Train the parameters of the kernel by the largest marginal likelihood, and condition the process on the data.

        If training is interrupted, by Ctrl-C or a callback, `kernel_` and `noise_` hold the best parameters so far, there
        are no weights to predict with, and another `fit` with ``warm_start=True`` goes on from there.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Outputs share kernel and noise, and are independent given these.

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
        targets = as_targets(y, len(rows), type(self).__name__, several=True)
        seen = 1 if targets.ndim == 1 else targets.shape[1]
        if self.n_targets is not None and self.n_targets != seen:
            raise ValueError("The number of targets seen in `y` is different from the parameter `n_targets`. "
                             f"Got {seen} != {self.n_targets}.")
        n, features = rows.shape
        warm = self.warm_start and not self._is_untouched()
        kernel = self._start(features, warm)
        options, known = self._fit_options(kernel, n, self.noise_ if warm else 0.0)
        handle = Handle()
        threads = self._thread_count()
        try:
            call("lithe_gp_fit", view(rows), view(targets), kernel.to_json(), view(known), options, RUN, handle.out,
                 threads=threads, monitor=self._monitor(), work=100.0 * n * n)
        except BaseException:
            if handle.id:
                self._adopt_interrupted(handle)
                self._remember(features, names)
            raise
        self._adopt(handle, threads)
        self._remember(features, names)
        warn(self.diagnostics_, SERIOUS)
        return self

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> GaussianProcessRegressor:
        """Return the model that `save`, or another language, wrote to a file. It predicts the same, bit for bit,
        with `variance` and `n_neighbors` as they were.

        Parameters
        ----------
        path : str or path-like

        Returns
        -------
        GaussianProcessRegressor
            With all fitted attributes but ``feature_names_in_``; constructor arguments that the file does not tell are
            at their defaults, and `kernel` is what was trained.

        Raises
        ------
        FileNotFoundError
        ModelFileError
            If the file is truncated, corrupted, no regression of lithe, or from a newer version.
        """
        model = cls()
        handle = Handle()
        threads = model._thread_count()
        call("lithe_gp_load", readable(path), RUN, handle.out, threads=threads)
        model._adopt(handle, threads)
        model.kernel = model.kernel_
        for name in ("solver", "precision", "storage", "format", "policy", "n_actions", "predict_tol", "max_solve_iter",
                     "preconditioner", "rank"):
            setattr(model, name, model._model[name])
        model.random_state = int(model._model["random_state"])
        model.normalize_X, model.normalize_y = model.scaling_ is not None, model.y_scaling_ is not None
        if model.known_noise_ is not None:
            model.alpha = model.known_noise_
        model._remember(model.X_train_.shape[1], None)
        return model

    def _prior(self, X: Any) -> PriorProcess:
        kernel = self._start(np.shape(X)[1] if np.ndim(X) == 2 else 1, False)
        noise = 0.0 if isinstance(self.alpha, str) or np.ndim(self.alpha) else float(self.alpha)
        me = type(self).__name__
        outputs = None if self.n_targets in (None, 1) else _options.count(me, "n_targets", self.n_targets)
        return PriorProcess(kernel, noise + _white(kernel), outputs, me, self._thread_count())

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
        more: dict[str, Any] = {"optimizer": _OPTIMIZERS[self.optimizer], "priors": as_records(me, self.priors),
                                "n_restarts": _options.count_or_auto(me, "n_restarts_optimizer", self.n_restarts_optimizer),
                                "normalize_x": _options.flag(me, "normalize_X", self.normalize_X)}
        if self.optimizer is None and more["priors"]:
            raise ValueError(f"{me} with optimizer=None trains nothing, so that priors have no effect; leave them out.")
        known = None
        if isinstance(self.alpha, str):
            if self.alpha != "fit":
                raise ValueError(f"The 'alpha' parameter of {me} must be 'fit', a float or an array of floats. "
                                 f"Got {self.alpha!r} instead.")
            if self.optimizer is None or _white(kernel) > 0:
                more |= {"noise": 1e-10, "noise_fixed": True}
            else:
                more["noise"] = noise
        elif np.ndim(self.alpha) == 0:
            more |= {"noise": _options.not_negative(me, "alpha", self.alpha), "noise_fixed": True}
        else:
            known = as_variances(self.alpha, n)
            more["noise_fixed"] = True
        return json.dumps(json.loads(self._encode_options()) | more), known


def _white(kernel: Kernel) -> float:
    """Return the variance of the `White` terms of a kernel."""
    if isinstance(kernel, White):
        return float(kernel.noise_level)
    if isinstance(kernel, Sum):
        return _white(kernel.k1) + _white(kernel.k2)
    if isinstance(kernel, Product):
        return _white(kernel.k1) * _factor(kernel.k2) + _white(kernel.k2) * _factor(kernel.k1)
    return 0.0


def _factor(kernel: Kernel) -> float:
    """Return what a kernel multiplies the noise with, 1 for those that are 1 for a point with itself."""
    if isinstance(kernel, Product):
        return _factor(kernel.k1) * _factor(kernel.k2)
    return float(kernel.constant_value) if isinstance(kernel, Constant) else 1.0
