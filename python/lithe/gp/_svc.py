"""Least-squares support vector classification."""

from __future__ import annotations

import json
from typing import Any, Callable, Mapping

import numpy as np

from .. import _options
from .._arrays import as_sample_weight, view
from .._docs import documented
from .._handle import Handle
from .._library_model import LibraryModel
from .._progress import Progress
from .._run import RUN, call
from .._sklearn import ClassifierMixin
from ._diagnostics import warn
from ._kernel import Kernel
from ._kernel_json import from_json
from ._kernel_sklearn import from_sklearn
from ._labels import as_labels

_NAMED = ("rbf", "linear", "poly")
_UNLIMITED = 2**31 - 1


@documented
class LeastSquaresSVC(ClassifierMixin, LibraryModel):
    """Support vector classification with squared errors, by one linear solve without the kernel matrix.

    Minimises ``|f|^2 / 2 + C / 2 * sum(w * (y - f(X))^2)`` over functions ``f`` with a kernel and an intercept, y being 1
    for a class and -1 for the others: one function for two classes, one per class for more. All functions are columns of the
    same linear system, which is solved exactly for some thousand samples, and beyond by preconditioned conjugate gradients
    whose memory grows linearly with the number of samples. Parameters and attributes are named as in `sklearn.svm.SVC`,
    whose place it takes; every sample is a support vector, though.

    Parameters
    ----------
    C : float, default=1.0
        Weight of the errors; small values make smoother functions. The best C is often smaller than that of `SVC`.
    kernel : {"rbf", "linear", "poly"} or kernel of `lithe.gp.kernels` or scikit-learn, default="rbf"
        ``exp(-gamma |x - x'|^2)``, ``x . x'``, ``(gamma x . x' + coef0)^degree``, or any expression of kernels, which is
        used as it is.
    degree : int, default=3
        Of "poly", at most 12.
    gamma : {"scale", "auto"} or float, default="scale"
        Of "rbf" and "poly". "scale" is ``1 / (n_features * X.var())``, with `sample_weight` in the variance; "auto" is
        ``1 / n_features``.
    coef0 : float, default=0.0
        Of "poly", not negative.
    tol : float, default=0.03
        Relative residual of the linear system, for solver "cg"; smaller ones hardly move a decision.
    max_iter : int, default=1000
        Most iterations of "cg"; -1 for no limit.
    class_weight : dict, "balanced" or None, default=None
        Factors of the weights of samples by their class; classes that are not named have 1. "balanced":
        ``n_samples / (n_classes * np.bincount(y))``, with `sample_weight` in both counts.
    solver : {"auto", "cholesky", "cg"}, default="auto"
        Exact, with a matrix of n_samples x n_samples in memory; matrix-free; or Cholesky up to 2000 samples.
    precision : {"auto", "float32", "float64"}, default="auto"
        Arithmetic of kernel elements; "auto": float64 with Cholesky, float32 with conjugate gradients.
    rank : int, default=0
        Rank of the preconditioner of "cg". 0: an eighth of the samples, at most 1000, or 500 where C is at most 3.
    leave_one_out : bool, default=False
        Find the decision about each sample by the machine of all others, without training it: `loo_decision_function_` and
        `loo_score_`, by which to choose C and kernels. Needs Cholesky, and takes as long again.
    random_state : int, RandomState, Generator or None, default=None
        An int in [0, 2**64) makes results repeatable, for any number of threads and in every language of lithe.
    {fit_run}

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
    support_ : ndarray of int64, shape (n_support,)
        The samples of positive weight.
    support_vectors_ : ndarray of float64, shape (n_support, n_features)
    n_support_ : ndarray of int64, shape (n_classes,)
    dual_coef_ : ndarray of float64, shape (n_functions, n_support)
        Coefficients of the samples; ``n_functions`` is 1 for two classes. They are read-only after `fit`, as are the
        samples.
    intercept_ : ndarray of float64, shape (n_functions,)
    kernel_ : kernel of `lithe.gp.kernels`
        The kernel in use.
    solver_ : {"cholesky", "cg"}
    n_iter_ : int
        Iterations of "cg"; 1 with Cholesky.
    residual_ : float
        Relative residual of the linear system, the largest of its columns.
    loo_decision_function_ : ndarray of float64, shape (n_support,) or (n_support, n_classes)
        Values at each sample of the functions that all others make; only with `leave_one_out`.
    loo_score_ : float
        The part of the samples that these decide rightly about, counted with their weights.
    diagnostics_ : list of dict
        What is worth knowing about the fit: code, column, value, message, and the action that it suggests.
    {fitted_on}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.gp import LeastSquaresSVC
    >>> angle = np.linspace(0, 6, 60)
    >>> X = np.c_[np.cos(angle), np.sin(angle)] * np.where(np.arange(60) % 2, 1.0, 2.0)[:, np.newaxis]
    >>> svc = LeastSquaresSVC(C=10.0).fit(X, np.where(np.arange(60) % 2, "inner", "outer"))
    >>> svc.predict([[0.9, 0.1], [0.0, -2.1]]).tolist()
    ['inner', 'outer']
    """

    _library_options = {
        "C": _options.positive, "degree": _options.count, "coef0": _options.not_negative, "tol": _options.positive,
        "solver": _options.word, "precision": _options.word, "rank": _options.count_or_auto, "leave_one_out": _options.flag,
        "random_state": _options.seed,
    }
    _state = ("support_vectors_", "dual_coef_", "intercept_")
    _functions = "lithe_gp_svm"

    def __init__(self, C: float = 1.0, *, kernel: Any = "rbf", degree: int = 3, gamma: str | float = "scale",
                 coef0: float = 0.0, tol: float = 0.03, max_iter: int = 1000,
                 class_weight: Mapping[Any, float] | str | None = None, solver: str = "auto", precision: str = "auto",
                 rank: int = 0, leave_one_out: bool = False, random_state: Any = None, n_jobs: int | None = None, verbose: int = 0,
                 progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> None:
        self.C = C
        self.kernel = kernel
        self.degree = degree
        self.gamma = gamma
        self.coef0 = coef0
        self.tol = tol
        self.max_iter = max_iter
        self.class_weight = class_weight
        self.solver = solver
        self.precision = precision
        self.rank = rank
        self.leave_one_out = leave_one_out
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LeastSquaresSVC:
        """Find the functions that separate the classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Labels of two or more classes, of any type that can be sorted.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the samples' errors, not negative; a weight of 2 is the sample twice, one of 0 leaves it out.

        Returns
        -------
        self : LeastSquaresSVC

        Raises
        ------
        ValueError
            For impossible parameters, NaN or infinity, or labels that are all the same.
        NumericalError
            If the kernel makes a matrix that is not positive definite to rounding.
        Cancelled
            If the callback asks for it.

        Warns
        -----
        ConvergenceWarning
            If the solve ended early; the message says what to do.
        """
        rows, names = self._fit_samples(X)
        classes, positions = as_labels(y, len(rows), type(self).__name__)
        n, features = rows.shape
        weights = self._weights(classes, positions, as_sample_weight(sample_weight, n))
        expression, options = self._fit_options(features)
        handle = Handle()
        threads = self._thread_count()
        call("lithe_gp_svm_fit", view(rows), positions, view(weights), expression, options, RUN, handle.out, threads=threads,
             monitor=self._monitor(), work=1000.0 * n * n)
        self._adopt(handle, threads)
        self.classes_ = classes
        self.support_ = np.arange(n) if weights is None else np.flatnonzero(weights > 0)
        self.n_support_ = np.bincount(positions[self.support_], minlength=len(classes))
        if self.leave_one_out:
            self._judge(positions[self.support_], None if weights is None else weights[self.support_])
        self._remember(features, names)
        warn(self.diagnostics_, ("not_converged", "stagnated", "indefinite"))
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the values of the functions at the rows of X, which are worked on in chunks.

        Parameters
        ----------
        X : array-like of shape (m, n_features)

        Returns
        -------
        values : ndarray of float64, shape (m,) for two classes and (m, n_classes) for more
            Of two classes the second is meant by a positive value.
        """
        rows = self._samples(X)
        values = np.empty((len(rows), len(self.intercept_)))
        call("lithe_gp_svm_decide", self._handle().id, view(rows), view(values), RUN, threads=self._thread_count(),
             work=50.0 * len(rows) * self.dual_coef_.shape[1])
        return values[:, 0] if len(self.classes_) == 2 else values

    def _judge(self, positions: np.ndarray, weights: np.ndarray | None) -> None:
        """Set what leaving samples out tells."""
        values = np.array(self._array(self._handle(), "left_out", self.dual_coef_.shape[::-1]))
        self.loo_decision_function_ = values[:, 0] if len(self.classes_) == 2 else values
        self.loo_score_ = float(np.average(_decided(self.loo_decision_function_) == positions, weights=weights))

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each row of X: the one of the largest function.

        Parameters
        ----------
        X : array-like of shape (m, n_features)

        Returns
        -------
        labels : ndarray, shape (m,)
        """
        values = self.decision_function(X)
        return self.classes_[_decided(values)]

    @property
    def coef_(self) -> np.ndarray:
        """Weights of the features, shape (n_functions, n_features), with ``kernel="linear"``."""
        if not isinstance(self.kernel, str) or self.kernel != "linear":
            raise AttributeError("coef_ is only available when using a linear kernel")
        self._check_fitted()
        return self.dual_coef_ @ self.support_vectors_

    def _fit_options(self, features: int) -> tuple[str | None, str]:
        """Return the kernel as an expression, None for a named one, and the options as JSON."""
        me = type(self).__name__
        more: dict[str, Any] = {}
        expression = None
        if isinstance(self.kernel, str):
            if self.kernel not in _NAMED:
                raise ValueError(f"The 'kernel' parameter of {me} must be one of {list(_NAMED)} or a kernel of lithe.gp.kernels "
                                 f"or scikit-learn. Got {self.kernel!r} instead.")
            more["kernel"] = self.kernel
        else:
            expression = from_sklearn(self.kernel, features).to_json()
        if isinstance(self.gamma, str):
            if self.gamma not in ("scale", "auto"):
                raise ValueError(f"The 'gamma' parameter of {me} must be 'scale', 'auto' or a float in the range (0.0, inf). "
                                 f"Got {self.gamma!r} instead.")
            more["gamma"] = 1.0 / features if self.gamma == "auto" else 0.0
        else:
            more["gamma"] = _options.positive(me, "gamma", self.gamma)
        unlimited = isinstance(self.max_iter, (int, np.integer)) and self.max_iter == -1
        more["max_iter"] = _UNLIMITED if unlimited else _options.count(me, "max_iter", self.max_iter)
        return expression, json.dumps(json.loads(self._encode_options()) | more)

    def _weights(self, classes: np.ndarray, positions: np.ndarray, weights: np.ndarray | None) -> np.ndarray | None:
        """Return the weights of samples with those of their classes."""
        if self.class_weight is None:
            return weights
        me = type(self).__name__
        factors = np.ones(len(classes))
        if isinstance(self.class_weight, str):
            if self.class_weight != "balanced":
                raise ValueError(f"The 'class_weight' parameter of {me} must be a dict, 'balanced' or None. "
                                 f"Got {self.class_weight!r} instead.")
            sums = np.bincount(positions, weights, len(classes))
            factors = np.divide(sums.sum(), len(classes) * sums, out=factors, where=sums > 0)
        elif isinstance(self.class_weight, Mapping):
            labels = classes.tolist()
            for label, factor in self.class_weight.items():
                if label not in labels:
                    raise ValueError(f"class_weight has a weight for {label!r}, which is not among the classes {labels}")
                factors[labels.index(label)] = _options.not_negative(me, f"class_weight[{label!r}]", factor)
        else:
            raise ValueError(f"The 'class_weight' parameter of {me} must be a dict, 'balanced' or None. "
                             f"Got {self.class_weight!r} instead.")
        return factors[positions] if weights is None else weights * factors[positions]

    def _adopt(self, handle: Handle, threads: int) -> None:
        """Take over what the library's object knows, arrays read-only."""
        info = self._info(handle)
        n, functions = info["n_samples"], info["n_functions"]
        self.support_vectors_ = self._array(handle, "x", (n, info["n_features"]))
        self.dual_coef_ = self._array(handle, "dual_coef", (n, functions)).T
        self.intercept_ = self._array(handle, "intercept", (functions,))
        self.kernel_: Kernel = from_json(json.dumps(info["kernel"]))
        self.solver_, self.n_iter_, self.diagnostics_ = info["solver"], info["n_iter"], info["diagnostics"]
        self.residual_ = float("nan") if info["residual"] is None else info["residual"]
        self._model = {"precision": info["precision"]}
        self._keep(handle, threads)

    def _build(self) -> Handle:
        x, dual, intercept = (np.ascontiguousarray(a, dtype=np.float64) for a in
                              (self.support_vectors_, np.transpose(self.dual_coef_), self.intercept_))
        handle = Handle()
        call("lithe_gp_svm_new", view(x), view(dual), view(intercept), self.kernel_.to_json(), json.dumps(self._model), RUN,
             handle.out, threads=self._thread_count())
        return handle


def _decided(values: np.ndarray) -> np.ndarray:
    """Return the positions of the classes that the values of functions decide for."""
    return (values > 0).astype(np.intp) if values.ndim == 1 else values.argmax(axis=1)
