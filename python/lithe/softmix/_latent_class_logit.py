"""The latent-class conditional logit."""

from __future__ import annotations

import json
import os
import warnings
from typing import Any, Mapping

import numpy as np

from .. import _options
from .._arrays import view
from .._docs import documented
from .._handle import Handle
from .._library_model import FileModel, readable
from .._result import Result
from .._run import RUN, call
from .._sklearn import ConvergenceWarning
from ._choice_effects import WillingnessToPay, elasticities, standard_errors, willingness_to_pay
from ._choice_summary import summary
from ._choice_survey import Survey

_ROWS = ("x", "choice", "ids", "alts", "avail", "panels", "weights", "situation_weights", "membership")


@documented
class LatentClassLogit(FileModel):
    """Latent-class conditional logit; with one class the multinomial (conditional) logit.

    Person n belongs to class k with probability softmax(z_n delta)_k and then chooses, in each situation, alternative j
    with probability softmax(x_j beta_k) among those available. Choices of a person in a panel share the class. The maximum
    is found by EM from several starts and Newton's method with the exact Hessian, whose inverse gives the standard errors.

    Parameters
    ----------
    n_classes : int, default=1
        Classes K; 1 is the multinomial logit.
    n_init : int, default=20
        Starts, of four kinds in turn. One class needs none.
    em_iter : int, default=15
        EM iterations of every start, after which only the best go on.
    n_finish : int, default=0
        Starts that go on to the end; 0 means a third, at least three.
    max_iter : int, default=200
        Most Newton iterations of a start.
    tol : float, default=1e-8
        End where the log-likelihood still to be gained, half the Newton decrement, is below this.
    ridge : float, default=0.0
        Subtract ``ridge / 2`` times the sum of squared coefficients, in units in which columns vary by 1 within choice
        sets. Makes coefficients finite where choices are separated.
    shared : sequence of str or int, default=()
        Columns whose coefficient is the same in all classes.
    fixed : mapping, default=None
        Coefficients that are not estimated: ``{class: {column: value}}``; class "all" stands for every class. Classes are
        counted from 0, columns are names or positions. An offset, a known part of utility, is a column with the coefficient 1:
        ``{"all": {"offset": 1.0}}``.
    {random_state}
    {fit_run}

    Attributes
    ----------
    coef_ : ndarray of shape (n_classes, n_features_in_)
    class_probabilities_ : ndarray of shape (n_classes,)
        Mean over the persons. Where no class is told from another by `shared`, `fixed`, the largest comes first.
    membership_coef_ : ndarray of shape (n_classes, 1 + n_covariates)
        Constant first; the last class is the base and has zeros.
    standard_errors_, robust_standard_errors_ : ndarray of shape (n_classes, n_features_in_)
        From the inverse of the observed information, and from the sandwich clustered by person. 0 where fixed.
    parameters_ : ndarray of shape (n_parameters_,)
        Free coefficients, class by class, then those of membership.
    parameter_names_ : list of str
    covariance_, robust_covariance_ : ndarray of shape (n_parameters_, n_parameters_)
        Of the parameters. NaN where the information is singular.
    log_likelihood_, null_log_likelihood_ : float
        At the maximum, and for equal probabilities of all available alternatives.
    rho_squared_, adjusted_rho_squared_ : float
        1 - L / L0 and 1 - (L - n_parameters_) / L0.
    aic_, bic_, bic_situations_ : float
        Criteria, lower for better models; `bic_` counts persons, `bic_situations_` situations.
    posterior_ : ndarray of shape (n_persons_, n_classes)
        Probabilities of the classes given the choices.
    persons_ : ndarray of shape (n_persons_,)
        Labels of the persons, in the order of `posterior_`.
    person_log_likelihoods_ : ndarray of shape (n_persons_,)
    n_persons_, n_situations_, n_rows_, n_parameters_, n_iter_ : int
    converged_ : bool
    hits_, n_finished_ : int
        Starts that ended at the best log-likelihood, of those that were followed to the end.
    start_log_likelihoods_ : ndarray of shape (n_init,)
        Where each start ended, with the penalty; not the maximum for starts that were given up.
    n_features_in_ : int
    varnames_ : list of str
        Names of the columns.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        The same, only when fitted on a frame.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.softmix import LatentClassLogit
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(400, 3, 2))                       # situations, alternatives, attributes
    >>> person = np.repeat(np.arange(50), 8)
    >>> beta = np.where(person[:, None] < 25, [2.0, -1.0], [-2.0, -1.0])
    >>> choice = (np.einsum("sap,sp->sa", X, beta) + rng.gumbel(size=(400, 3))).argmax(1)
    >>> m = LatentClassLogit(2, random_state=0).fit(X, choice, panels=person, varnames=["speed", "price"])
    >>> np.sort(np.round(m.coef_[:, 0])).tolist()
    [-2.0, 2.0]
    """

    _library_options = {
        "n_classes": _options.count, "n_init": _options.count, "em_iter": _options.count, "n_finish": _options.count_or_auto,
        "max_iter": _options.count, "tol": _options.positive, "ridge": _options.not_negative, "random_state": _options.seed,
    }
    _state = ("coef_", "membership_coef_")
    _functions = "lithe_choice"

    def __init__(self, n_classes: int = 1, *, n_init: int = 20, em_iter: int = 15, n_finish: int = 0, max_iter: int = 200,
                 tol: float = 1e-8, ridge: float = 0.0, shared: Any = (), fixed: Mapping[Any, Mapping[Any, float]] | None = None,
                 random_state: Any = None, n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Any = None) -> None:
        self.n_classes = n_classes
        self.n_init = n_init
        self.em_iter = em_iter
        self.n_finish = n_finish
        self.max_iter = max_iter
        self.tol = tol
        self.ridge = ridge
        self.shared = shared
        self.fixed = fixed
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, choice: Any, *, ids: Any = None, alts: Any = None, avail: Any = None, panels: Any = None,
            weights: Any = None, situation_weights: Any = None, membership: Any = None, varnames: Any = None) -> LatentClassLogit:
        """Estimate the model.

        Arguments that follow X may be names of columns where X is a frame; then `varnames` says which columns are
        attributes.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_columns) or (n_situations, n_alternatives, n_columns)
            Attributes of the alternatives. In long format one row per situation and alternative, in any order; choice sets
            may differ in size. Constants of alternatives are columns like others.
        choice : array-like of shape (n_rows,) or (n_situations,)
            1 in the row of the alternative chosen and 0 in the others, or the label of the chosen alternative in all rows
            of its situation. For X of three dimensions the position or label of the alternative, one per situation.
        ids : array-like of shape (n_rows,), default=None
            The situation of each row. Not needed where every situation has all of `alts`, one after the other.
        alts : array-like of shape (n_rows,), default=None
            The alternative of each row.
        avail : array-like of shape (n_rows,), default=None
            0 for alternatives that could not be chosen.
        panels : array-like of shape (n_rows,), default=None
            The person of each row. None: each situation has a person of its own.
        weights : array-like of shape (n_rows,), default=None
            Weight of the person, in all its rows.
        situation_weights : array-like of shape (n_rows,), default=None
            Weight of the situation in the log-likelihood of its person, in all its rows.
        membership : array-like or frame of shape (n_rows, n_covariates), or list of names, default=None
            Covariates of the person, the same in all its rows, that explain the class. A constant is added.
        varnames : list of str, default=None
            Names of the columns, or which columns of the frame X are attributes; by default all that no other argument names.

        Returns
        -------
        self : LatentClassLogit

        Raises
        ------
        ValueError
            For impossible parameters and data that make no sense; the message names the case and the column.
        NumericalError
            If the multinomial logit has no finite maximum: choices are separated.
        Cancelled
            If the callback asks for it.
        """
        survey = self._survey(X, choice, ids=ids, alts=alts, avail=avail, panels=panels, weights=weights,
                              situation_weights=situation_weights, membership=membership, varnames=varnames)
        options = self._options() | {
            "shared": [_position(c, survey.names) for c in self.shared], "fixed": self._fixed(survey.names),
            "columns": survey.names, "membership_columns": survey.membership_names}
        n, p = survey.x.shape
        try:
            found = Result("lithe_choice_fit", *survey.arguments(*_ROWS), json.dumps(options), threads=self._thread_count(),
                           monitor=self._monitor(), work=n * p * (p + 10) * (8 if self.n_classes == 1 else 20 * self.n_classes * self.n_init))
        except (ValueError, ArithmeticError) as error:
            raise survey.explain(error) from None
        self._take(found, survey.labels("person", found["person"]))
        self._remember(p, survey.frame_names)
        self._warn()
        return self

    def _handle(self) -> Handle:
        matrices = {name: np.ascontiguousarray(value, dtype=np.float64) for name, value in (
            ("coefficients", self.coef_), ("membership", self.membership_coef_), ("shares", self.class_probabilities_),
            ("covariance", self.covariance_), ("robust", self.robust_covariance_), ("information", self._information),
            ("gradient", self._gradient), ("posterior", self.posterior_), ("likelihoods", self.person_log_likelihoods_),
            ("starts", self.start_log_likelihoods_))}
        report = {name: None if value != value else value for name, value in self._facts.items()}
        persons = np.arange(self.n_persons_)
        if self.persons_.dtype.kind in "iu":
            persons = self.persons_.astype(np.int64)
        else:
            report["person_labels"] = [str(label) for label in self.persons_]
        m = {name: view(value) for name, value in matrices.items()}
        made = Handle()
        call("lithe_choice_new", m["coefficients"], m["membership"], m["shares"], np.ascontiguousarray(self._index, dtype=np.int64),
             m["covariance"], m["robust"], m["information"], m["gradient"], m["posterior"], persons, m["likelihoods"], m["starts"],
             json.dumps(report), RUN, made.out)
        return made

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> LatentClassLogit:
        """Return the model that `save`, or another language, wrote to a file. It predicts the same, bit for bit.

        Parameters
        ----------
        path : str or path-like

        Returns
        -------
        LatentClassLogit
            With all fitted attributes but ``feature_names_in_``; constructor arguments other than `n_classes`, `shared` and `fixed`
            are at their defaults. Persons who had no whole numbers have text in `persons_`.

        Raises
        ------
        FileNotFoundError
        ModelFileError
            If the file is truncated, corrupted, no choice model, or from a newer version.
        """
        found = Result("lithe_choice_load", readable(path))
        facts = found.facts
        for names, prefix, n in (("column_names", "x", facts["columns"]), ("membership_names", "membership", facts["covariates"] - 1)):
            facts[names] = facts[names] or [f"{prefix}{i}" for i in range(n)]
        model = cls(facts["classes"])
        model._take(found, np.array(facts["person_labels"]) if facts["person_labels"] else found["person"])
        names, index = model.varnames_, model._index
        free = [column[column >= 0].tolist() for column in index.T]
        model.shared = [name for name, at in zip(names, free) if len(set(at)) < len(at)]
        fixed: dict[int, dict[str, float]] = {}
        for k, p in np.argwhere(index < 0).tolist():
            fixed.setdefault(k, {})[names[p]] = float(model.coef_[k, p])
        model.fixed = fixed or None
        return model

    def _survey(self, *arguments: Any, **named: Any) -> Survey:
        return Survey(*arguments, owner=type(self).__name__, **named)

    def _fixed(self, names: list[str]) -> list[dict[str, Any]]:
        entries = []
        for k, values in (self.fixed or {}).items():
            if k != "all" and not (isinstance(k, (int, np.integer)) and 0 <= k < self.n_classes):
                raise ValueError(f"The 'fixed' parameter names class {k!r}; classes are 0 to {self.n_classes - 1}, or 'all'")
            for column, value in values.items():
                entries.append({"class": -1 if k == "all" else int(k), "column": _position(column, names), "value": float(value)})
        return entries

    def _take(self, found: Result, persons: np.ndarray) -> None:
        """Set the fitted attributes."""
        facts = found.facts
        self._remember(facts["columns"], None)
        self.varnames_, self._membership_names = facts["column_names"], facts["membership_names"]
        self.coef_, self.membership_coef_ = found.copied("coefficients"), found.copied("membership")
        self.class_probabilities_ = found.copied("shares").reshape(-1)
        self._index = found["index"].reshape(self.coef_.shape)
        self.covariance_, self.robust_covariance_ = found.copied("covariance"), found.copied("robust")
        self.posterior_ = found.copied("posterior")
        self.person_log_likelihoods_ = found.copied("likelihoods").reshape(-1)
        self.persons_ = persons
        self.start_log_likelihoods_ = found.copied("starts").reshape(-1)
        self.log_likelihood_, self.null_log_likelihood_ = facts["log_likelihood"], facts["null"]
        self.n_persons_, self.n_situations_, self.n_rows_ = facts["persons"], facts["situations"], facts["rows"]
        self.n_parameters_, self.n_iter_, self.converged_ = facts["parameters"], facts["iterations"], facts["converged"]
        self.hits_, self.n_finished_, self._singular = facts["hits"], facts["finished"], facts["singular"]
        self._unbounded = facts["unbounded"]
        self._facts, self._information, self._gradient = facts, found.copied("information"), found.copied("gradient").reshape(-1)
        self.parameters_, self.parameter_names_ = self._parameters(self.varnames_)
        self.standard_errors_ = self._errors(self.covariance_)
        self.robust_standard_errors_ = self._errors(self.robust_covariance_)
        log, n = self.log_likelihood_, self.n_parameters_
        self.rho_squared_ = 1 - log / self.null_log_likelihood_
        self.adjusted_rho_squared_ = 1 - (log - n) / self.null_log_likelihood_
        self.aic_ = -2 * log + 2 * n
        self.bic_ = -2 * log + n * np.log(self.n_persons_)
        self.bic_situations_ = -2 * log + n * np.log(self.n_situations_)

    def _parameters(self, names: list[str]) -> tuple[np.ndarray, list[str]]:
        """Return the vector of parameters and their names."""
        free = self._index.max() + 1
        values, labels = np.zeros(self.n_parameters_), [""] * self.n_parameters_
        estimated = self._index >= 0
        values[self._index[estimated]] = self.coef_[estimated]
        index = self._index.tolist()
        for p, name in enumerate(names):
            column = [row[p] for row in index]
            for k, at in enumerate(column):
                if at >= 0:
                    labels[at] = name if column.count(at) == self.n_classes else f"class {k}: {name}"
        values[free:] = self.membership_coef_[:-1].ravel()
        covariates = ["constant", *self._membership_names]
        labels[free:] = [f"membership of class {k}: {z}" for k in range(self.n_classes - 1) for z in covariates]
        return values, labels

    def _errors(self, covariance: np.ndarray) -> np.ndarray:
        return np.where(self._index >= 0, standard_errors(covariance)[self._index], 0.0)

    def _warn(self) -> None:
        if not self.converged_:
            warnings.warn(f"The best start did not converge in {self.n_iter_} Newton iterations; raise max_iter, or tol, or set ridge",
                          ConvergenceWarning, stacklevel=3)
        elif self._singular:
            warnings.warn("The information matrix is singular, so there are no standard errors: fewer classes, a ridge or more "
                          "starts may help", ConvergenceWarning, stacklevel=3)
        if self._unbounded >= 0:
            warnings.warn(f"the coefficient of {self.parameter_names_[self._unbounded]} grows for ever: choices of a class are "
                          "separated; set ridge, such as 0.1", ConvergenceWarning, stacklevel=3)
        small = np.flatnonzero(self.class_probabilities_ * self.n_persons_ < 1)
        if small.size:
            warnings.warn(f"class {small[0]} has less than one person; fewer classes describe these data", stacklevel=3)

    def predict_proba(self, X: Any, choice: Any, *, ids: Any = None, alts: Any = None, avail: Any = None, panels: Any = None,
                      situation_weights: Any = None, membership: Any = None) -> np.ndarray:
        """Return the probabilities of the classes given the choices of persons, who need not be those of the fit.

        Parameters are those of `fit`.

        Returns
        -------
        probabilities : ndarray of shape (n_persons, n_classes)
            In increasing order of the labels of `panels`.
        """
        return self._told(X, choice, ids=ids, alts=alts, avail=avail, panels=panels, situation_weights=situation_weights,
                          membership=membership).copied("posterior")

    def score(self, X: Any, choice: Any, *, ids: Any = None, alts: Any = None, avail: Any = None, panels: Any = None,
              situation_weights: Any = None, membership: Any = None) -> float:
        """Return the log-likelihood of the choices of persons, who need not be those of the fit: the mean over persons.

        Of persons that were left out of the fit it tells how many classes predict best. Parameters are those of `fit`.
        """
        return float(self._told(X, choice, ids=ids, alts=alts, avail=avail, panels=panels, situation_weights=situation_weights,
                                membership=membership).copied("likelihoods").mean())

    def predict_choice(self, X: Any, *, ids: Any = None, alts: Any = None, avail: Any = None, panels: Any = None,
                       membership: Any = None, given: Any = None) -> np.ndarray:
        """Return the probability of each alternative in its situation.

        Parameters
        ----------
        X, ids, alts, avail, panels, membership
            As for `fit`.
        given : "past" or array-like of shape (n_classes,) or (n_rows, n_classes), default=None
            Probabilities of the classes. None: those before any choice is seen. "past": those given the choices of the fit,
            for the persons of `panels`; persons who were not there get those before any choice.

        Returns
        -------
        probabilities : ndarray of shape (n_rows,), or (n_situations, n_alternatives) for X of three dimensions
        """
        self._check_fitted()
        survey = self._known(X, None, ids=ids, alts=alts, avail=avail, panels=panels, membership=membership)
        found = np.sum(self._by_class(survey) * self._class_weights(survey, given), axis=1)
        return found if survey.wide is None else found.reshape(survey.wide)

    def individual_coefficients(self) -> np.ndarray:
        """Return the posterior mean of the coefficients of each person of the fit, of shape (n_persons_, n_features_in_)."""
        self._check_fitted()
        return self.posterior_ @ self.coef_

    def elasticities(self, X: Any, variable: Any, *, ids: Any = None, alts: Any = None, avail: Any = None, panels: Any = None,
                     membership: Any = None, given: Any = None) -> np.ndarray:
        """Return elasticities of the choice probabilities of alternatives in an attribute.

        Parameters
        ----------
        X, ids, alts, avail, panels, membership, given
            As for `predict_choice`. alts is needed.
        variable : str or int
            The attribute.

        Returns
        -------
        elasticities : ndarray of shape (n_alternatives, n_alternatives)
            Element (i, j): change of the probability of alternative i, in percent, if the attribute of alternative j grows by one
            percent; the mean over situations that have both, weighted with the probability of i. Alternatives are in
            increasing order of their labels.
        """
        self._check_fitted()
        survey = self._known(X, None, ids=ids, alts=alts, avail=avail, panels=panels, membership=membership)
        return elasticities(survey, self._by_class(survey), self._class_weights(survey, given), self.coef_,
                            _position(variable, self.varnames_))

    def willingness_to_pay(self, cost: Any, *, level: float = 0.95, robust: bool = False) -> WillingnessToPay:
        """Return what one unit of each attribute is worth in units of the cost: minus the ratio of the coefficients.

        Parameters
        ----------
        cost : str or int
            The attribute that is paid.
        level : float, default=0.95
            Of the confidence intervals, by the delta method.
        robust : bool, default=False
            From the robust covariance.

        Returns
        -------
        found : WillingnessToPay
        """
        self._check_fitted()
        return willingness_to_pay(self, _position(cost, self.varnames_), level, robust)

    def summary(self, *, robust: bool = False) -> str:
        """Return the table of the fit: coefficients with standard errors by class, membership, and criteria."""
        self._check_fitted()
        return summary(self, robust)

    def _told(self, X: Any, choice: Any, **named: Any) -> Result:
        """Return what choices tell about persons."""
        self._check_fitted()
        survey = self._known(X, choice, **named)
        rows = [name for name in _ROWS if name != "weights"]
        try:
            return Result("lithe_choice_posterior", view(self.coef_), view(self.membership_coef_), *survey.arguments(*rows),
                          threads=self._thread_count(), work=survey.x.size * self.n_classes * 10)
        except ValueError as error:
            raise survey.explain(error) from None

    def _known(self, X: Any, choice: Any, **named: Any) -> Survey:
        """Return a survey to apply the model to."""
        by_name = hasattr(X, "columns") and all(name in list(X.columns) for name in self.varnames_)
        survey = self._survey(X, choice, varnames=self.varnames_ if by_name else None, **named)
        if survey.x.shape[1] != self.n_features_in_:
            raise ValueError(f"X has {survey.x.shape[1]} features, but {type(self).__name__} is expecting {self.n_features_in_} "
                             "features as input.")
        expected = self.membership_coef_.shape[1] - 1
        given = 0 if survey.membership is None else survey.membership.shape[1]
        if given != expected:
            raise ValueError(f"membership has {given} columns, but {type(self).__name__} is expecting {expected}.")
        return survey

    def _by_class(self, survey: Survey) -> np.ndarray:
        """Return the probability of every row by class."""
        out = np.empty((len(survey.x), len(self.coef_)))
        try:
            call("lithe_choice_probabilities", view(self.coef_), *survey.arguments("x", "ids", "avail", "panels"), view(out), RUN,
                 threads=self._thread_count(), work=survey.x.size * len(self.coef_) * 4)
        except ValueError as error:
            raise survey.explain(error) from None
        return out

    def _class_weights(self, survey: Survey, given: Any) -> np.ndarray:
        """Return the probabilities of the classes in every row."""
        n = len(survey.x)
        if given is not None and not isinstance(given, str):
            weights = np.asarray(given, dtype=np.float64)
            if weights.shape not in ((len(self.coef_),), (n, len(self.coef_))):
                raise ValueError(f"given must have the shape {(len(self.coef_),)} or {(n, len(self.coef_))}, got {weights.shape}")
            return np.broadcast_to(weights, (n, len(self.coef_)))
        z = survey.membership if survey.membership is not None else np.empty((n, 0))
        prior = np.empty((n, len(self.coef_)))
        call("lithe_choice_memberships", view(self.membership_coef_), view(z), view(prior), RUN)
        if given is None:
            return prior
        if given != "past":
            raise ValueError(f"given must be None, 'past' or an array, got {given!r}")
        people = survey.labels("person", survey.panels if survey.panels is not None else survey.ids)
        order = np.argsort(self.persons_)
        at = order[np.searchsorted(self.persons_, people, sorter=order).clip(max=len(order) - 1)]
        seen = self.persons_[at] == people
        return np.where(seen[:, None], self.posterior_[at], prior)


def _position(column: Any, names: list[str]) -> int:
    """Return the position of a column given by its name or position."""
    if isinstance(column, str):
        if column not in names:
            raise ValueError(f"there is no column {column!r}; the columns are {names}")
        return names.index(column)
    if not -len(names) <= column < len(names):
        raise ValueError(f"there is no column {column}; there are {len(names)}")
    return int(column) % len(names)
