"""Mixtures of softmax distributions over known cells."""

from __future__ import annotations

import json
import os
import warnings
from typing import Any, Callable

import numpy as np

from .. import _options
from .._arrays import as_numbers, as_parameter, as_rows, view
from .._docs import documented
from .._handle import Handle
from .._library_model import FileModel, readable
from .._progress import Progress
from .._result import Result
from .._run import RUN, call
from .._sklearn import ConvergenceWarning


@documented
class SoftmaxMixture(FileModel):
    """Mixture of softmax distributions over cells with known features.

    A draw is of class k with probability ``weights_[k]``, and then is cell j, row j of `X`, with probability proportional to
    ``exp(X[j] @ coef_[k])``. The data are counts of the draws of each cell: words that follow a context, products that were
    bought, places that were visited. The time of a fit does not depend on how many draws there are.

    The likelihood is maximised from several starts, found by moments of the data and at random: a few steps of EM from each,
    and from the best ones quasi-Newton and Newton iterations to the maximum.

    Parameters
    ----------
    n_components : int, default=2
        Classes K.
    n_init : int, default=12
        Starts.
    init : {{"portfolio", "random", "moments"}}, default="portfolio"
        A mix of all kinds of starts, random ones only, or the method of moments followed by random ones.
    em_iter : int, default=25
        Steps of EM from every start; one at most from a single start with many parameters, where L-BFGS is faster.
    n_finish : int, default=3
        Best starts that are followed to the maximum.
    max_iter : int, default=1000
        Most quasi-Newton iterations of each of them.
    tol : float, default=1e-8
        Stop when the next iteration promises to raise the log-likelihood of all draws by less than this.
    ridge : float, default=0.0
        Subtract ``ridge / 2`` times the sum of the squared distances of the classes from the fit with one class, and of that
        one from zero, in units in which utilities ``X @ coef_[k]`` vary by 1. 1 makes coefficients finite where classes sit on a few cells.
    covariance : {{"observed", "expected", "robust", "none"}}, default="observed"
        Of the estimates: inverse of the observed or the expected information, or the sandwich of both kinds of information,
        which holds also where the model does not.
    normalizer : {{"auto", "exact", "sampled"}}, default="auto"
        On the way to the maximum, which is itself exact: "sampled" estimates sums over all cells from those with counts and a random
        part of the others; "auto" does so where that leaves no more than a quarter of the cells and there are 20 draws for each
        parameter, as where large vocabularies are hardly used, and takes up to a quarter of the memory of `X` for them.
    n_sampled : int, default=0
        Cells without counts that are taken for that; 0: 16 for each feature, and at least 8192.
    n_certificate : int, default=32
        Starts of the search for the class that would raise the likelihood most; 0: no search.
    {random_state}
    warm_start : bool, default=False
        Start `fit` from the present classes if there are any, and from nowhere else.
    {fit_run}

    Attributes
    ----------
    coef_ : ndarray of shape (n_components, n_features_in_)
        Most probable class first. Columns of `X` that are shifted leave them as they are.
    weights_ : ndarray of shape (n_components,)
    standard_errors_ : ndarray of shape (n_components, n_features_in_)
    weights_standard_errors_ : ndarray of shape (n_components,)
    covariance_ : ndarray of shape (K * L + K, K * L + K) or None
        Of ``coef_.ravel()`` and ``weights_``. None, with standard errors that are NaN, where the information is singular, there
        are more than 1500 parameters, or none was asked for.
    log_likelihood_ : float
        Of all draws, in nats. It leaves out the multinomial coefficient.
    aic_, bic_, caic_, adjusted_bic_, icl_ : float
        Criteria, lower for better models; each draw is an observation.
    entropy_r2_ : float
        How surely draws can be told apart by class: 1 surely, 0 not at all.
    certificate_ : float
        What mixtures of any number of classes can gain at most, in nats per draw, as far as the search has found: a lower
        estimate of the bound. NaN without a search.
    candidate_ : ndarray of shape (n_features_in_,) or None
        The class that would raise the likelihood most.
    effective_support_ : ndarray of shape (n_components,)
        Number of equally probable cells that are as concentrated as each class.
    diagnostics_ : list of str
        What is doubtful about the fit, in words.
    log_normalizers_ : ndarray of shape (n_components,)
        ``log(sum(exp(X @ coef_[k])))``.
    pooled_coef_ : ndarray of shape (n_features_in_,)
        The best fit with one class.
    n_draws_ : float
        Sum of the counts.
    n_cells_, n_parameters_, n_iter_, n_evaluations_ : int
    n_sampled_ : int
        Cells without counts that the way to the maximum was found with; 0: all.
    hits_, n_finished_ : int
        Starts that ended at the best log-likelihood, of those that were followed to the maximum.
    converged_ : bool
    counts_ : ndarray of shape (n_cells_,)
        What the classes were fitted to; `partial_fit` adds to it.
    {fitted_on}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.softmix import SoftmaxMixture
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(500, 2))
    >>> p = np.exp(X @ [[2.0, -1.0], [0.0, 1.0]])
    >>> counts = rng.multinomial(20000, (p / p.sum(0)) @ [0.6, 0.4])
    >>> sm = SoftmaxMixture(2, random_state=0).fit(X, counts)
    >>> bool(np.abs(sm.weights_ - [0.6, 0.4]).max() < 0.05)
    True
    >>> bool((np.abs(sm.coef_ - [[2, 0], [-1, 1]]) < 5 * sm.standard_errors_).all())
    True
    """

    _library_options = {
        "n_components": _options.count, "n_init": _options.count, "init": _options.word, "em_iter": _options.count,
        "n_finish": _options.count, "max_iter": _options.count, "tol": _options.positive, "ridge": _options.not_negative,
        "covariance": _options.word, "normalizer": _options.word, "n_sampled": _options.count_or_auto,
        "n_certificate": _options.count_or_none, "random_state": _options.seed,
    }
    _state = ("coef_", "weights_", "log_normalizers_")
    _functions = "lithe_softmix"

    def __init__(self, n_components: int = 2, *, n_init: int = 12, init: str = "portfolio", em_iter: int = 25, n_finish: int = 3,
                 max_iter: int = 1000, tol: float = 1e-8, ridge: float = 0.0, covariance: str = "observed",
                 normalizer: str = "auto", n_sampled: int = 0, n_certificate: int = 32, random_state: Any = None, warm_start: bool = False, n_jobs: int | None = None,
                 verbose: int = 0, progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> None:
        self.n_components = n_components
        self.n_init = n_init
        self.init = init
        self.em_iter = em_iter
        self.n_finish = n_finish
        self.max_iter = max_iter
        self.tol = tol
        self.ridge = ridge
        self.covariance = covariance
        self.normalizer = normalizer
        self.n_sampled = n_sampled
        self.n_certificate = n_certificate
        self.random_state = random_state
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, counts: Any = None) -> SoftmaxMixture:
        """Fit the classes to counts.

        Parameters
        ----------
        X : array-like of shape (n_cells, n_features)
            Features of all cells that could have been drawn, also of those that never were. float32 is worked on as float32
            where that does no harm, everything else as float64. Not copied when its rows are contiguous.
        counts : array-like of shape (n_cells,), default=None
            Draws of each cell, or other non-negative weights; a row of a sparse matrix will do. None: one of each.

        Returns
        -------
        self : SoftmaxMixture

        Raises
        ------
        ValueError
            For impossible parameters, NaN or infinity, columns that are constant or depend on others, and more classes than the
            cells can tell apart.
        NumericalError
            If the computation breaks down.
        Cancelled
            If the callback asks for it.

        Warns
        -----
        ConvergenceWarning
            If the maximum was not reached in `max_iter` iterations, or a class has none.
        """
        rows, names = self._fit_samples(X, minimum=2)
        start = (self.coef_, self.weights_) if self.warm_start and self._is_fitted() else None
        return self._fit(rows, names, as_counts(counts, len(rows)), start)

    def partial_fit(self, X: Any, counts: Any = None) -> SoftmaxMixture:
        """Add counts to those of the fits before, and fit again, from the present classes if there are any.

        Parameters
        ----------
        X : array-like of shape (n_cells, n_features)
            The same cells in every call.
        counts : array-like of shape (n_cells,), default=None
            New draws of each cell.

        Returns
        -------
        self : SoftmaxMixture
        """
        fitted = self._is_fitted()
        if fitted:
            self._samples(X)  # checks what `_fit_samples` does not know
        rows, names = self._fit_samples(X, minimum=2)
        more = as_counts(counts, len(rows))
        if not fitted:
            return self._fit(rows, names, more, None)
        if len(rows) != self.n_cells_:
            raise ValueError(f"X must hold the {self.n_cells_} cells that were fitted before, got {len(rows)}")
        return self._fit(rows, names, self.counts_ + more, (self.coef_, self.weights_))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of the classes given a draw of each cell, of shape (n_cells, n_components).

        `X` holds cells of the fit, or others that are to be thought of as having been among them.
        """
        rows = self._samples(X)
        proba = np.empty((len(rows), len(self.weights_)), dtype=rows.dtype)
        self._posterior(rows, proba, None)
        return proba

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class given a draw of each cell, of shape (n_cells,)."""
        return self.predict_proba(X).argmax(axis=1)

    def score_samples(self, X: Any) -> np.ndarray:
        """Return the logarithm of the probability of each cell, of shape (n_cells,)."""
        rows = self._samples(X)
        logs = np.empty(len(rows))
        self._posterior(rows, None, logs)
        return logs

    def score(self, X: Any, counts: Any = None) -> float:
        """Return the mean log-likelihood of draws, in nats per draw.

        Parameters
        ----------
        X : array-like of shape (n_cells, n_features)
            Cells of the fit, all or some.
        counts : array-like of shape (n_cells,), default=None
            Draws of each; None: one of each.
        """
        logs = self.score_samples(X)
        weights = as_counts(counts, len(logs))
        seen = weights > 0
        return float(np.average(logs[seen], weights=weights[seen]))

    def sample(self, n_samples: int, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Draw cells; `random_state` says which.

        Parameters
        ----------
        n_samples : int
        X : array-like of shape (n_cells, n_features)
            The cells.

        Returns
        -------
        cells : ndarray of int64, shape (n_samples,)
            Rows of `X`. ``np.bincount(cells, minlength=len(X))`` counts them.
        classes : ndarray of int64, shape (n_samples,)
            The class that each came from.
        """
        rows = self._samples(X)
        me = type(self).__name__
        n = _options.count(me, "n_samples", n_samples)
        cells, classes = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        call("lithe_softmix_sample", *self._parameters(), view(rows), int(_options.seed(me, "random_state", self.random_state)), n,
             cells, classes, RUN, threads=self._thread_count(), work=rows.size * len(self.weights_) + 200 * n)
        return cells, classes

    def parameter_covariance(self, X: Any, counts: Any = None, kind: str = "robust") -> np.ndarray:
        """Return a covariance of ``coef_.ravel()`` and ``weights_`` other than ``covariance_``.

        Parameters
        ----------
        X : array-like of shape (n_cells, n_features)
            The cells of the fit.
        counts : array-like of shape (n_cells,), default=None
            None: those of the fit.
        kind : {{"observed", "expected", "robust"}}, default="robust"

        Returns
        -------
        covariance : ndarray of shape (K * L + K, K * L + K)

        Raises
        ------
        NumericalError
            If the information is singular.
        """
        rows = self._samples(X)
        weights = self.counts_ if counts is None else as_counts(counts, len(rows))
        d = self.coef_.size + self.weights_.size
        out = np.empty((d, d))
        call("lithe_softmix_covariance", *self._parameters(), view(rows), view(weights), kind, float(self.ridge), RUN, view(out),
             threads=self._thread_count(), work=rows.size * d * d)
        return out

    def _handle(self) -> Handle:
        arrays = [self.coef_, self.weights_, self.log_normalizers_, self.pooled_coef_, self.candidate_, self.covariance_,
                  self.effective_support_, self.counts_]
        report = json.dumps({name: None if value != value else value for name, value in self._facts.items()})
        made = Handle()
        call("lithe_softmix_new", *(view(None if a is None else np.ascontiguousarray(a)) for a in arrays), report, RUN, made.out)
        return made

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> SoftmaxMixture:
        """Return the model that `save`, or another language, wrote to a file. It predicts the same, bit for bit.

        Parameters
        ----------
        path : str or path-like

        Returns
        -------
        SoftmaxMixture
            With all fitted attributes but ``feature_names_in_``; constructor arguments other than `n_components` and `ridge` are at
            their defaults.

        Raises
        ------
        FileNotFoundError
        ModelFileError
            If the file is truncated, corrupted, no softmax mixture, or from a newer version.
        """
        found = Result("lithe_softmix_load", readable(path))
        model = cls(len(found.vector("alpha")), ridge=found.facts["ridge"])
        model._take(found)
        model._remember(model.coef_.shape[1], None)
        return model

    def _fit(self, rows: np.ndarray, names: np.ndarray | None, counts: np.ndarray,
             start: tuple[np.ndarray, np.ndarray] | None, alone: bool = True) -> SoftmaxMixture:
        options = self._encode_options(n_init=1 if start is not None and alone else self.n_init)
        theta, alpha = start if start is not None else (None, None)
        theta = as_parameter(theta, (self.n_components, rows.shape[1]), "coef_")
        alpha = as_parameter(alpha, (self.n_components,), "weights_")
        found = Result("lithe_softmix_fit", view(rows), view(counts), view(theta), view(alpha), options,
                       threads=self._thread_count(), monitor=self._monitor(),
                       work=rows.size * self.n_components * self.n_init * 100)
        self._take(found)
        self._remember(rows.shape[1], names)
        if not self.converged_:
            warnings.warn(self._stopped(found), ConvergenceWarning, stacklevel=3)
        return self

    def _take(self, found: Result) -> None:
        """Set the fitted attributes."""
        facts = found.facts
        self.coef_, self.weights_ = np.array(found["theta"]), found.vector("alpha").copy()
        self.log_normalizers_, self.pooled_coef_ = found.vector("normalizers").copy(), found.vector("pooled").copy()
        self.candidate_ = found.vector("candidate").copy() if found["candidate"].size else None
        self.effective_support_ = found.vector("effective_support").copy()
        covariance, size = np.array(found["covariance"]), self.coef_.size
        self.covariance_ = covariance if covariance.size else None
        errors = found.vector("standard_errors") if covariance.size else np.full(size + self.weights_.size, np.nan)
        self.standard_errors_ = errors[:size].reshape(self.coef_.shape).copy()
        self.weights_standard_errors_ = errors[size:].copy()
        for name in ("log_likelihood", "aic", "bic", "caic", "adjusted_bic", "icl", "entropy_r2", "certificate", "hits", "converged"):
            setattr(self, f"{name}_", facts[name])
        self.n_draws_, self.n_cells_, self.n_parameters_ = facts["draws"], facts["cells"], facts["parameters"]
        self.n_sampled_ = facts["sampled"]
        self.n_iter_, self.n_evaluations_, self.n_finished_ = facts["iterations"], facts["evaluations"], facts["finished"]
        self.counts_ = found.vector("counts").copy()
        self._facts = {**facts, "empty": found["empty"].tolist(), "at_edge": found["at_edge"].tolist()}
        self.diagnostics_ = self._doubts(found)

    def _stopped(self, found: Result) -> str:
        """Return why the best start did not converge."""
        edge = ", ".join(str(k) for k in found["at_edge"])
        if edge:
            return (f"The best start did not converge: class {edge} has gone to the edge of the cells and has no finite maximum; "
                    "set ridge to 1, or lower n_components")
        if self.n_iter_ >= self.max_iter:
            return f"The best start did not converge in {self.n_iter_} iterations; raise max_iter"
        return (f"The best start stopped after {self.n_iter_} iterations, where no step raises the log-likelihood although "
                f"{found.facts['decrement']:.2g} nats are promised: the maximum is flat; set ridge to 1, or lower n_components")

    def _doubts(self, found: Result) -> list[str]:
        doubts = [f"class {k} explains less than one draw: fewer classes describe these counts" for k in found["empty"]]
        doubts += [f"class {k} has gone to the edge of the cells: it has no finite maximum; set ridge to 1" for k in found["at_edge"]]
        few = np.flatnonzero(self.effective_support_ < self.coef_.shape[1])
        doubts += [f"class {k} rests on {self.effective_support_[k]:.1f} cells, fewer than there are features: local maxima are "
                   "likely, and its coefficients can be meaningless" for k in few]
        if found.facts["singular"]:
            doubts.append("the information is singular, so that there are no standard errors: fewer classes or a ridge may help")
        if found.facts["finished"] > 1 and found.facts["hits"] == 1:
            doubts.append("one start alone reached the best log-likelihood: raise n_init and n_finish to see if there is a better one")
        return doubts

    def _parameters(self) -> tuple[Any, Any]:
        return view(as_rows(self.coef_)), view(np.ascontiguousarray(self.weights_))

    def _posterior(self, rows: np.ndarray, proba: np.ndarray | None, logs: np.ndarray | None) -> None:
        call("lithe_softmix_posterior", *self._parameters(), view(np.ascontiguousarray(self.log_normalizers_)), view(rows),
             view(proba), logs, RUN, threads=self._thread_count(), work=rows.size * len(self.weights_))


def as_counts(counts: Any, cells: int) -> np.ndarray:
    """Return one float64 count per cell."""
    if counts is None:
        return np.ones(cells)
    if hasattr(counts, "toarray"):  # a row or a column of a sparse matrix
        counts = counts.toarray().reshape(-1)
    array = np.ascontiguousarray(as_numbers(counts, "counts"), dtype=np.float64)
    if array.ndim != 1 or len(array) != cells:
        raise ValueError(f"counts must have one entry for each of the {cells} rows of X, got an array of shape {array.shape}")
    return array.copy() if array is counts else array
