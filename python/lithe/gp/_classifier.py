"""The Gaussian process classifier."""

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
from .._result import Result
from .._run import LONG, RUN, call
from .._sklearn import ClassifierMixin
from ._diagnostics import warn
from ._interruptible import Interruptible
from ._kernel import Constant, Kernel, Product
from ._kernel_json import from_json
from ._kernel_sklearn import from_sklearn
from ._kernel_types import Matern
from ._labels import as_labels
from .priors import Prior, as_records

_OPTIMIZERS = {"lbfgs": "lbfgs", "fmin_l_bfgs_b": "lbfgs", None: "none"}
_MODEL = ("multi_class", "solver", "precision", "predict_tol", "max_solve_iter", "rank", "random_state")


class GaussianProcessClassifier(ClassifierMixin, Interruptible):
    """Gaussian process classification by Laplace's approximation, exact or by conjugate gradients without the kernel matrix.

    Latent functions are Gaussian processes, and what is known of them after the labels have been seen is normal around
    the mode of their posterior. Parameters of the kernel are those of the largest marginal likelihood. Methods are named
    and behave as in `sklearn.gaussian_process.GaussianProcessClassifier`, and for two classes values are the same.

    Parameters
    ----------
    kernel : kernel of `lithe.gp.kernels` or scikit-learn, default=None
        Where training starts. None means ``1.0 * Matern(length_scale=[1.0] * n_features, nu=1.5)``, which is trained;
        scikit-learn's default is not. Kernels of scikit-learn are converted by `lithe.gp.kernels.from_sklearn`.
    optimizer : {"lbfgs", "fmin_l_bfgs_b"} or None, default="lbfgs"
        Quasi-Newton steps within the bounds, by either name; None keeps the parameters.
    n_restarts_optimizer : int, default=0
        More starts, from parameters drawn log-uniformly within their bounds.
    max_iter_predict : int, default=100
        Most Newton steps to the mode.
    warm_start : bool, default=False
        Start `fit` from the parameters of the last one, if there was one and it had one kernel, also if it was interrupted.
    multi_class : {"one_vs_rest", "one_vs_one", "softmax"}, default="one_vs_rest"
        Of three and more classes. "one_vs_rest", scikit-learn's default, fits each class against all others, with
        parameters of its own, and scales their probabilities to a sum of 1; "one_vs_one" fits pairs of classes, which
        vote and have no probabilities; "softmax" is one model with a latent function for each class and common
        parameters, whose likelihood is that of all labels.
    priors : dict or None, default=None
        Densities of `lithe.gp.priors` of parameters, by their names, such as ``{"length_scale": priors.Gamma(3, 6)}``.
        Training then finds the largest posterior density instead of the largest likelihood.
    solver : {"auto", "cholesky", "cg"}, default="auto"
        Exact, with matrices of n_samples x n_samples in memory; matrix-free; or Cholesky up to 4000 samples, with
        "softmax" up to ``4000 / n_classes ** (1 / 3)``.
    precision : {"auto", "float32", "float64"}, default="auto"
        Arithmetic of kernel elements; "auto": float64 with Cholesky, float32 with conjugate gradients.
    train_size : int, default=1500
        Samples that parameters are trained on with "cg", a random part with all classes in proportion. The mode and the
        likelihood are those of all samples.
    variance : {"auto", "exact", "columns", "neighbors", "lanczos", "none"}, default="auto"
        How `predict_proba` finds variances of latent functions. "auto": exact with Cholesky; else from columns of the kernel
        matrix where these explain it, and from the 512 most correlated points alone (200 with "softmax") where not: never
        too small and by a percent or so too large. "none" leaves them out: probabilities at the mode, the better ones where
        classes hardly overlap.
    softmax_integral : {"mean_field", "monte_carlo"}, default="mean_field"
        Probabilities of "softmax": a formula, right to some 0.02 and rather too even, or the mean over 1000 draws.
    predict_tol : float, default=1e-3
        Relative residual of the systems of predictions, for "cg".
    rank : int, default=0
        Rank of the preconditioner, for "cg". 0: an eighth of the latent values, at most 400.
    max_iter : int, default=200
        Most iterations of the optimizer.
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
    classes_ : ndarray, shape (n_classes_,)
        Labels in ascending order.
    n_classes_ : int
    kernel_ : kernel of `lithe.gp.kernels`, or list of kernels
        With its trained parameters; with "one_vs_rest" and "one_vs_one" of three and more classes one for each problem:
        for each class, or for the pairs (0, 1), (0, 2), ..., (1, 2), ...
    X_train_ : ndarray of float64, shape (n_samples, n_features)
    y_train_ : ndarray of int64, shape (n_samples,)
        The place of each label among `classes_`.
    weights_ : ndarray of float64, shape (n_samples, n_latent)
        Label, 0 or 1, minus probability at the mode, for each latent function; 0 for samples that a pair leaves out.
        The mean of a latent function at x is the sum of weights times k(x, samples).
    latent_ : ndarray of float64, shape (n_samples, n_latent)
        The mode. These arrays are read-only after `fit`.
    log_marginal_likelihood_value_ : float
        In nats, the mean over problems; an estimate with "cg".
    log_marginal_likelihood_bounds_ : ndarray of float64, shape (n_problems, 2)
        Where that of each problem lies, at 95 %; twice the same with Cholesky.
    solver_ : {"cholesky", "cg"}
    converged_ : bool
        Training and the searches for modes ended because there was nothing left to gain.
    n_iter_ : int
        Iterations of the optimizer, all problems together.
    diagnostics_ : list of dict
        What is worth knowing about the fit: code, column (the problem), value, message, and the action that it suggests.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Only when fitted on a frame whose column names are all strings.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.gp import GaussianProcessClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.uniform(-3, 3, (60, 1))
    >>> y = np.where(np.abs(X[:, 0]) + 0.3 * rng.normal(size=60) < 1.5, "near", "far")
    >>> gpc = GaussianProcessClassifier(random_state=0).fit(X, y)
    >>> gpc.predict([[0.2], [2.5]]).tolist()
    ['near', 'far']
    >>> gpc.predict_proba([[0.2], [2.5]]).round(1).tolist()
    [[0.1, 0.9], [0.9, 0.1]]
    """

    _library_options = {
        "multi_class": _options.word, "solver": _options.word, "precision": _options.word, "train_size": _options.count,
        "predict_tol": _options.positive, "rank": _options.count_or_auto, "max_iter": _options.count,
        "random_state": _options.seed,
    }
    _state = ("X_train_", "y_train_", "weights_", "latent_")
    _functions = "lithe_gp_classifier"

    def __init__(self, kernel: Any = None, *, optimizer: str | None = "lbfgs", n_restarts_optimizer: int = 0,
                 max_iter_predict: int = 100, warm_start: bool = False, multi_class: str = "one_vs_rest",
                 priors: Mapping[str, Prior] | None = None, solver: str = "auto", precision: str = "auto",
                 train_size: int = 1500, variance: str = "auto", softmax_integral: str = "mean_field",
                 predict_tol: float = 1e-3, rank: int = 0, max_iter: int = 200, random_state: Any = None,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Callable[[Progress], Any] | None = None) -> None:
        self.kernel = kernel
        self.optimizer = optimizer
        self.n_restarts_optimizer = n_restarts_optimizer
        self.max_iter_predict = max_iter_predict
        self.warm_start = warm_start
        self.multi_class = multi_class
        self.priors = priors
        self.solver = solver
        self.precision = precision
        self.train_size = train_size
        self.variance = variance
        self.softmax_integral = softmax_integral
        self.predict_tol = predict_tol
        self.rank = rank
        self.max_iter = max_iter
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any) -> GaussianProcessClassifier:
        """Train the parameters of the kernel by the largest marginal likelihood, and find the mode of the latent functions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Labels of two or more classes, of any type that can be sorted.

        Returns
        -------
        self : GaussianProcessClassifier

        Raises
        ------
        ValueError
            For impossible parameters, NaN or infinity, or labels that are all the same.
        NumericalError
            If the kernel makes matrices that are not positive definite to rounding.
        Cancelled
            If the callback asks for it.

        Notes
        -----
        If training is interrupted, by Ctrl-C or a callback, `kernel_` holds the best parameters so far, of the problems that
        training has come to, there are no weights, and ``warm_start=True`` goes on from there where it is one kernel.

        Warns
        -----
        ConvergenceWarning
            If training or the search for a mode ended early; the message says what to do.
        """
        rows, names = self._fit_samples(X)
        classes, positions = as_labels(y, len(rows), type(self).__name__)
        n, features = rows.shape
        kernel, options = self._start(features), self._fit_options()
        handle = Handle()
        threads = self._thread_count()
        try:
            call("lithe_gp_classifier_fit", view(rows), positions, kernel.to_json(), options, RUN, handle.out, threads=threads,
                 monitor=self._monitor(), work=1000.0 * n * n)
        except BaseException:
            if handle.id:
                self._forget()
                self._adopt_facts(self._info(handle))
                self._name(classes)
                self._remember(features, names)
            raise
        self._adopt(handle, positions, threads)
        self._name(classes)
        self._remember(features, names)
        warn(self.diagnostics_, ("training_stopped", "mode_not_reached", "parameter_at_bound"))
        return self

    def _beside(self) -> tuple[str, ...]:
        try:
            return (json.dumps(self.classes_.tolist()),)
        except TypeError:
            raise TypeError(f"Classes of dtype {self.classes_.dtype} cannot be written to a file; train on text, numbers or truth "
                            "values instead.") from None

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> GaussianProcessClassifier:
        """Return the model that `save`, or another language, wrote to a file. It predicts the same, bit for bit.

        Parameters
        ----------
        path : str or path-like

        Returns
        -------
        GaussianProcessClassifier
            With all fitted attributes but ``feature_names_in_``; constructor arguments that the file does not tell are
            at their defaults, and `kernel` is that of the first problem. Classes without names are numbers.

        Raises
        ------
        FileNotFoundError
        ModelFileError
            If the file is truncated, corrupted, no classifier of lithe, or from a newer version.
        """
        model = cls()
        handle = Handle()
        threads = model._thread_count()
        call("lithe_gp_classifier_load", readable(path), RUN, handle.out, threads=threads)
        info = model._info(handle)
        positions = model._array(handle, "labels", (info["n_samples"], 1)).ravel().astype(np.int64)
        model._adopt(handle, positions, threads)
        for name in ("multi_class", "solver", "precision", "predict_tol", "rank"):
            setattr(model, name, model._model[name])
        model.random_state = int(model._model["random_state"])
        model.kernel = model.kernel_ if isinstance(model.kernel_, Kernel) else model.kernel_[0]
        model._name(np.array(info["names"]) if info["names"] else np.arange(info["n_classes"]))
        model._remember(info["n_features"], None)
        return model

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row of X, or with "one_vs_one" the one that most pairs vote for.

        Parameters
        ----------
        X : array-like of shape (m, n_features)

        Returns
        -------
        labels : ndarray, shape (m,)
        """
        rows = self._samples(X)
        # Of two classes the sign of the mean decides.
        return self.classes_[self._predict(rows, None if self.n_classes_ > 2 else "none")["labels"]]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class at the rows of X.

        Parameters
        ----------
        X : array-like of shape (m, n_features)

        Returns
        -------
        probabilities : ndarray of float64, shape (m, n_classes)
            Columns are in the order of `classes_`.
        """
        rows = self._samples(X)
        if self.n_classes_ > 2 and self._model["multi_class"] == "one_vs_one":
            raise ValueError("one_vs_one multi-class mode does not support predicting probability estimates. Use one_vs_rest "
                             "mode instead.")
        return np.array(self._predict(rows, None)["probabilities"])

    def latent_mean_and_variance(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of the latent functions at the rows of X.

        Parameters
        ----------
        X : array-like of shape (m, n_features)

        Returns
        -------
        mean, variance : ndarray of float64, shape (m,) for two classes and (m, n_latent) for more
        """
        found = self._predict(self._samples(X), None)
        mean, variance = np.array(found["mean"]), np.array(found["variance"])
        return (mean[:, 0], variance[:, 0]) if self.n_classes_ == 2 else (mean, variance)

    def log_marginal_likelihood(self, theta: Any = None, eval_gradient: bool = False, clone_kernel: bool = True) -> Any:
        """Return Laplace's approximation of the log marginal likelihood, in nats, the mean over problems.

        Parameters
        ----------
        theta : array-like of float, shape (n_parameters,), or None, default=None
            Logarithms of the free parameters of the kernels: of each problem one after the other or, if there are only
            so many, the same for all. None means those of `kernel_`, whose value is known.
        eval_gradient : bool, default=False
            Return the gradient by theta as well.
        clone_kernel : bool, default=True
            Of no effect; `kernel_` is never changed.

        Returns
        -------
        value : float
            Exact for any solver, which takes memory for three numbers per pair of samples, unless theta is None.
        gradient : ndarray of float64, shape (n_parameters,)
            Only with `eval_gradient`.
        """
        self._check_fitted()
        if theta is None:
            if eval_gradient:
                raise ValueError("Gradient can only be evaluated for theta!=None")
            return self.log_marginal_likelihood_value_
        at = np.ascontiguousarray(theta, dtype=np.float64).reshape(-1)
        value, gradient = np.empty(1), np.empty(len(at)) if eval_gradient else None
        call("lithe_gp_classifier_likelihood", self._handle().id, view(at), value, view(gradient), RUN, work=LONG,
             threads=self._thread_count())
        return (float(value[0]), gradient) if eval_gradient else float(value[0])

    def _start(self, features: int) -> Kernel:
        if self.warm_start and not self._is_untouched() and isinstance(self.kernel_, Kernel):
            return self.kernel_
        if self.kernel is None:
            return Product(Constant(1.0), Matern(np.ones(features), nu=1.5))
        return from_sklearn(self.kernel, features)

    def _fit_options(self) -> str:
        me = type(self).__name__
        if not (self.optimizer is None or isinstance(self.optimizer, str)) or self.optimizer not in _OPTIMIZERS:
            raise ValueError(f"The 'optimizer' parameter of {me} must be one of {list(_OPTIMIZERS)}. "
                             f"Got {self.optimizer!r} instead.")
        more: dict[str, Any] = {"optimizer": _OPTIMIZERS[self.optimizer],
                                "n_restarts": _options.count_or_auto(me, "n_restarts_optimizer", self.n_restarts_optimizer),
                                "max_newton": _options.count(me, "max_iter_predict", self.max_iter_predict),
                                "priors": as_records(me, self.priors)}
        if self.optimizer is None and more["priors"]:
            raise ValueError(f"{me} with optimizer=None trains nothing, so that priors have no effect; leave them out.")
        return json.dumps(json.loads(self._encode_options()) | more)

    def _predict(self, rows: np.ndarray, variance: str | None) -> Result:
        me = type(self).__name__
        options = {"variance": variance or _options.word(me, "variance", self.variance),
                   "softmax_integral": _options.word(me, "softmax_integral", self.softmax_integral)}
        n = len(self.y_train_)
        found = Result("lithe_gp_classifier_predict", self._handle().id, view(rows), json.dumps(options),
                       work=len(rows) * n * (50.0 if variance else n) * self.weights_.shape[1])
        warn(found.facts["diagnostics"], level=4)
        return found

    def _adopt(self, handle: Handle, positions: np.ndarray, threads: int) -> None:
        """Take over what the library's object knows, arrays read-only."""
        info = self._info(handle)
        n, latent = info["n_samples"], info["n_latent"]
        self.X_train_ = self._array(handle, "x", (n, info["n_features"]))
        self.y_train_ = positions.copy()
        self.y_train_.flags.writeable = False
        self.weights_ = self._array(handle, "weights", (n, latent))
        self.latent_ = self._array(handle, "latent", (n, latent))
        self._model = {name: info[name] for name in _MODEL}
        self._keep(handle, (threads, self._adopt_facts(info)))

    def _name(self, classes: np.ndarray) -> None:
        self.classes_, self.n_classes_ = classes, len(classes)

    def _adopt_facts(self, info: dict[str, Any]) -> tuple[Kernel, ...]:
        """Take over what does not need weights, and return the kernels."""
        kernels = [from_json(json.dumps(kernel)) for kernel in info["kernels"]]
        self.kernel_: Kernel | list[Kernel] = kernels[0] if len(kernels) == 1 else kernels
        self.solver_, self.diagnostics_ = info["solver"], info["diagnostics"]
        self.converged_, self.n_iter_ = info["converged"], info["n_iter"]
        value = info["log_likelihood"]
        self.log_marginal_likelihood_value_ = float("nan") if value is None else value
        self.log_marginal_likelihood_bounds_ = np.array([info["lower"], info["upper"]], dtype=np.float64).T
        return tuple(kernels)

    def _setting(self) -> tuple[int, tuple[Kernel, ...]]:
        return self._thread_count(), tuple([self.kernel_] if isinstance(self.kernel_, Kernel) else self.kernel_)

    def _build(self) -> Handle:
        x, labels, weights, latent = (np.ascontiguousarray(a, dtype=t) for a, t in
                                      zip(self._arrays(), (np.float64, np.int64, np.float64, np.float64)))
        threads, kernels = self._setting()
        handle = Handle()
        call("lithe_gp_classifier_new", view(x), labels, view(weights), view(latent),
             f"[{', '.join(kernel.to_json() for kernel in kernels)}]", json.dumps(self._model), RUN, handle.out, threads=threads)
        return handle
