"""The fitted state of Gaussian process regressions, and what can be asked of it."""

from __future__ import annotations

import json
from typing import Any, ClassVar, NamedTuple

import numpy as np

from .. import _options
from .._arrays import view
from .._handle import Handle
from .._result import Result
from .._run import LONG, RUN, call
from ._diagnostics import warn
from ._interruptible import Interruptible
from ._kernel import Kernel
from ._kernel_json import from_json
from ._prior_process import PriorProcess

_MODEL = ("noise", "solver", "precision", "storage", "format", "policy", "n_actions", "predict_tol", "max_solve_iter",
          "preconditioner", "rank", "random_state")

SERIOUS = ("training_stopped", "not_converged", "stagnated", "indefinite", "excess_variance",
           "parameter_at_bound")
"""Codes of diagnostics that a user should act on."""


class HeldOut(NamedTuple):
    """Predictions of each training observation from all others.

    Attributes
    ----------
    mean, std : ndarray of float64, shape (n_samples,) or (n_samples, n_outputs)
        Of the observation, noise included, in units of y.
    log_density : ndarray of float64, of the same shape
        Of the observation, in nats.
    """

    mean: np.ndarray
    std: np.ndarray
    log_density: np.ndarray


class Regression(Interruptible):
    """A Gaussian process conditioned on data: arrays under names that end in an underscore, and `_model`."""

    _state: ClassVar[tuple[str, ...]] = ("X_train_", "y_train_", "alpha_", "known_noise_", "scaling_", "y_scaling_",
                                         "directions_")
    _functions = "lithe_gp"
    kernel_: Kernel
    variance: str
    n_neighbors: int

    def predict(self, X: Any, return_std: bool = False, return_cov: bool = False, include_noise: bool = False,
                uncertainty: str = "auto") -> Any:
        """Predict at the rows of X. Before `fit`, from the prior, as scikit-learn does.

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
        uncertainty : {"auto", "mathematical", "combined", "computational"}, default="auto"
            "mathematical": what the data leave open, the standard deviation of the exact posterior. "combined": what
            data and computation leave open together, after a number of actions; never less. "computational": their
            difference, as variances; 0 with Cholesky. "auto": combined for ``solver_ == "itergp"``, else mathematical.
            For other matrix-free solvers "combined" takes `n_actions` actions at first use, and means are theirs.

        Returns
        -------
        mean : ndarray of float64, shape (m,) or (m, n_outputs)
        std : ndarray of float64, of the same shape
            Only with `return_std`.
        covariance : ndarray of float64, shape (m, m) or (m, m, n_outputs)
            Only with `return_cov`.
        """
        if return_std and return_cov:
            raise RuntimeError("At most one of return_std or return_cov can be requested.")
        me = type(self).__name__
        kind = _options.word(me, "uncertainty", uncertainty)
        if self._is_untouched():
            return self._prior(X).predict(X, return_std, return_cov, include_noise)
        rows = self._samples(X)
        options = {"variance": _options.word(me, "variance", self.variance) if return_std else "none", "uncertainty": kind,
                   "with_noise": bool(include_noise), "n_neighbors": _options.count(me, "n_neighbors", self.n_neighbors)}
        handle = self._handle()
        found = Result("lithe_gp_predict", handle.id, view(rows), json.dumps(options),
                       work=len(rows) * len(self.y_train_) * (len(self.y_train_) if return_std else 50.0))
        mean = self._shaped(found["mean"])
        warn(found.facts["diagnostics"], SERIOUS)
        if return_std:
            return mean, np.sqrt(self._shaped(found["variance"]))
        if not return_cov:
            return mean
        covariance = np.empty((len(rows), len(rows)))
        call("lithe_gp_covariance", handle.id, view(rows), json.dumps({"uncertainty": kind}), view(covariance), RUN, work=LONG)
        if self.y_train_.ndim == 2:
            units = np.ones(self.y_train_.shape[1]) if self.y_scaling_ is None else self.y_scaling_[1]
            covariance = covariance[:, :, np.newaxis] * units ** 2
        return mean, covariance

    def sample_y(self, X: Any, n_samples: int = 1, random_state: Any = 0) -> np.ndarray:
        """Draw functions from the posterior, or before `fit` from the prior, and evaluate them at the rows of X.

        Parameters
        ----------
        X : array-like of shape (m, n_features)
        n_samples : int, default=1
        random_state : int, RandomState, Generator or None, default=0
            The same int and `n_samples` give the same functions at any X.

        Returns
        -------
        values : ndarray of float64, shape (m, n_samples) or (m, n_outputs, n_samples)
        """
        me = type(self).__name__
        count = _options.count(me, "n_samples", n_samples)
        seed = int(_options.seed(me, "random_state", random_state))
        if self._is_untouched():
            return self._prior(X).draw(X, count, seed)
        rows = self._samples(X)
        outputs = self.y_train_.shape[1] if self.y_train_.ndim == 2 else 1
        values = np.empty((len(rows), count * outputs))
        call("lithe_gp_sample", self._handle().id, view(rows), seed, view(values), RUN, work=LONG)
        return values if self.y_train_.ndim == 1 else values.reshape(len(rows), count, outputs).transpose(0, 2, 1)

    def leave_one_out(self) -> HeldOut:
        """Predict each training observation from all others, without fitting anew.

        Exact with Cholesky. With other solvers, from the `n_neighbors` most correlated points: standard deviations are
        never too small.
        """
        self._check_fitted()
        count = _options.count(type(self).__name__, "n_neighbors", self.n_neighbors)
        found = Result("lithe_gp_leave_one_out", self._handle().id, count, work=LONG)
        mean, variance, density = (self._shaped(found[name]) for name in ("mean", "variance", "log_density"))
        return HeldOut(mean, np.sqrt(variance), density)

    def log_marginal_likelihood(self, theta: Any = None, eval_gradient: bool = False, clone_kernel: bool = True) -> Any:
        """Return the log marginal likelihood of the training data for parameters of the kernel.

        The noise stays `noise_`. Exact with Cholesky; with other solvers an estimate, for other parameters than
        `kernel_.theta` as expensive as conditioning the model anew.

        Parameters
        ----------
        theta : array-like of shape (n_dims,), default=None
            Logarithms of the parameters that are not fixed, as `kernel_.theta`; None gives
            `log_marginal_likelihood_value_`.
        eval_gradient : bool, default=False
            Return the gradient by `theta` as well.
        clone_kernel : bool, default=True
            False gives `kernel_` these parameters. Predictions stay those of the fit.

        Returns
        -------
        value : float
            In nats, of `y_train_`, summed over outputs.
        gradient : ndarray of float64, shape (n_dims,)
            Only with `eval_gradient`.
        """
        if theta is None:
            if eval_gradient:
                raise ValueError("Gradient can only be evaluated for theta!=None")
            self._check_fitted()
            return self.log_marginal_likelihood_value_
        self._check_fitted()
        at = np.ascontiguousarray(theta, dtype=np.float64)
        kernel = self.kernel_.clone_with_theta(at)
        value, gradient = np.empty(1), np.empty(len(at))
        call("lithe_gp_likelihood", self._handle().id, view(at), value, view(gradient) if eval_gradient else None, RUN,
             work=LONG)
        if not clone_kernel:
            self.kernel_ = kernel
        return (float(value[0]), gradient) if eval_gradient else float(value[0])

    def _prior(self, X: Any) -> PriorProcess:
        raise NotImplementedError

    def _shaped(self, values: np.ndarray) -> np.ndarray:
        return values if self.y_train_.ndim == 2 else values.reshape(-1)

    def _adopt(self, handle: Handle, threads: int) -> None:
        """Take over what the library's object knows, arrays read-only."""
        info = self._info(handle)
        n, features, outputs = info["n_samples"], info["n_features"], info["n_outputs"]
        targets = (n,) if outputs == 1 else (n, outputs)
        shapes: dict[str, tuple[int, ...]] = {
            "x": (n, features), "y": targets, "weights": targets, "known_noise": (n,), "scaling": (2, features),
            "y_scaling": (2, outputs), "directions": (info["n_directions"], n)}
        for attribute, (name, shape) in zip(self._state, shapes.items()):
            setattr(self, attribute, self._array(handle, name, shape) if name in info["arrays"] else None)
        self._model = {name: info[name] for name in _MODEL}
        self._adopt_facts(info)
        self._conditioned = self.kernel_.to_json()  # what alpha_ belongs to; users may change kernel_
        self._keep(handle, threads)

    def _adopt_facts(self, info: dict[str, Any]) -> None:
        self.kernel_ = from_json(json.dumps(info["kernel"]))
        self.noise_, self.solver_, self.storage_ = info["noise"], info["solver"], info["storage"]
        self.diagnostics_, self.converged_, self.n_iter_ = info["diagnostics"], info["converged"], info["n_iter"]
        self.n_solve_iter_, self.n_evaluations_ = info["n_solve_iter"], info["n_evaluations"]
        self.preconditioner_, self.rank_ = info["preconditioner"], info["preconditioner_rank"]
        self.memory_, self.storage_error_ = info["memory"], info["storage_error"]
        number = {name: float("nan") if info[name] is None else info[name]
                  for name in ("log_likelihood", "lower", "upper", "residual", "quadrature_bias")}
        self.log_marginal_likelihood_value_, self.residual_ = number["log_likelihood"], number["residual"]
        self.log_marginal_likelihood_bounds_ = (number["lower"], number["upper"])
        self.quadrature_bias_ = number["quadrature_bias"]

    def _adopt_interrupted(self, handle: Handle) -> None:
        """Take over the parameters that an interrupted training has reached."""
        self._forget("_conditioned")
        self._adopt_facts(self._info(handle))

    def _build(self) -> Handle:
        plain = [None if a is None else np.ascontiguousarray(a, dtype=np.float64) for a in self._arrays()]
        handle = Handle()
        call("lithe_gp_new", *map(view, plain), self._conditioned, json.dumps(self._model), RUN, handle.out,
             threads=self._thread_count())
        return handle
