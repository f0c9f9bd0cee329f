"""Sums of functions of continuous and categorical features."""

from __future__ import annotations

import json
from typing import Any, Callable, Mapping, NamedTuple, Sequence

import numpy as np

from .. import _arrays, _options
from .._arrays import view
from .._docs import documented
from .._handle import Handle
from .._library_model import LibraryModel
from .._progress import Progress
from .._result import Result
from .._run import RUN, call
from .._sklearn import RegressorMixin
from ._columns import Columns, position
from ._diagnostics import warn
from ._targets import as_targets
from .priors import as_records

_STATE = ("n_samples", "sum", "squares", "offset")


class Effects(NamedTuple):
    """The functions of a sum at some points.

    Attributes
    ----------
    terms : list of str
        Their names, such as ``"age"`` and ``"age:group"``.
    mean, std : ndarray of float64, shape (m, n_terms)
        In units of y. The mean of a prediction is the mean of y plus the sum over terms.
    """

    terms: list[str]
    mean: np.ndarray
    std: np.ndarray


@documented
class BasisFunctionGP(RegressorMixin, LibraryModel):
    """Additive Gaussian process regression on continuous and categorical features, for any number of samples.

    The model is ``y = mean + f_1 + ... + f_J + noise`` with a Gaussian process for each term: a smooth function of a feature,
    an offset for each category, or an interaction, such as a function of age for each group. Each function is a sum of
    some tens of basis functions with normal weights. One pass over the data collects what training needs; after it neither
    time nor memory depends on the number of samples, so that millions of rows are no trouble and `partial_fit` adds more.

    Parameters
    ----------
    terms : list of terms or None, default=None
        A term is a column, by name or index, or a tuple of columns whose interaction it is: ``["age", ("age", "group")]``;
        "age:group" means the same. A dict gives more detail: ``{"features": ("age", "group"), "n_basis": 40,
        "category_kernel": "identity"}``. None means one term for each column.
    n_basis : int, default=24
        Basis functions per continuous feature of a term. Rougher functions need more; `diagnostics_` tells. A term of
        several features has the product of their numbers, and training takes the cube of the number for all terms.
    boundary : float, default=2.0
        Where basis functions end, in half ranges from the middle of a feature. Smoother functions need more room.
    kernel : {"rbf", "matern12", "matern32", "matern52"}, default="rbf"
        Of continuous features.
    category_kernel : {"zerosum", "identity", "hamming"}, array-like of shape (n_categories, n_categories), or dict of them \
by column, default="zerosum"
        How the functions of two categories are correlated: they add to zero, so that an interaction is what sets a category
        apart from the common function; not at all; by a number that is trained; or as a matrix says.
    categorical_features : {"from_dtype"}, array-like of bool, int or str, or None, default="from_dtype"
        Columns that hold categories, as in scikit-learn's gradient boosting: a mask, indices, or names. "from_dtype": those
        of a frame that are categorical, strings, booleans or objects; none of an array.
    ranges : dict of pairs by column, or None, default=None
        Lower and upper end of continuous columns, where the data of the first `partial_fit` do not show them.
    priors : mapping of str to prior, or None, default=None
        Priors of `lithe.gp.priors` for "magnitude", "length_scale", "correlation" and "noise", where y has variance 1 and
        features go from -1 to 1. Training then finds the largest posterior density.
    n_restarts_optimizer : int, default=2
        More starts, from random parameters.
    max_iter : int, default=200
        Most iterations from each start.
    random_state : int, RandomState, Generator or None, default=None
        An int in [0, 2**64) makes results repeatable, for any number of threads and in every language of lithe.
    {fit_run}

    Attributes
    ----------
    terms_ : list of dict
        What is known about each term: label, features, n_columns (basis functions), magnitude (standard deviation of the
        function, in units of y), length_scales and correlations (for each of its features, 0 where there is none) and
        kernel_error (of the basis, as part of the function's variance).
    magnitudes_ : ndarray of float64, shape (n_terms,)
    noise_ : float
        Variance of the noise, in squared units of y.
    y_mean_ : float
    categories_ : list of ndarray or None
        The categories of each column, None for a continuous one.
    log_marginal_likelihood_value_ : float
        In nats, of y.
    gram_, moments_, theta_ : ndarray of float64
        Sums over the samples, and logarithms of the parameters, as ``lithe_gp_basis_get`` describes them; read-only.
    n_samples_seen_ : int
    converged_ : bool
    n_iter_ : int
        Iterations of all starts.
    diagnostics_ : list of dict
        What is worth knowing about the fit: code, column (the term), value, message, and the action that it suggests.
    {fitted_on}

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.gp import BasisFunctionGP
    >>> rng = np.random.default_rng(0)
    >>> age, group = rng.uniform(20, 80, 500), rng.integers(0, 2, 500)
    >>> y = np.sin(age / 10) + np.where(group == 1, 0.02, -0.02) * age + 0.1 * rng.normal(size=500)
    >>> gp = BasisFunctionGP([0, (0, 1)], categorical_features=[1], random_state=0).fit(np.c_[age, group], y)
    >>> effects = gp.effects([[30.0, 0], [30.0, 1]])
    >>> effects.terms
    ['x0', 'x0:x1']
    >>> effects.mean[:, 1].round(1).tolist()
    [-0.6, 0.6]
    """

    _library_options = {"n_basis": _options.count, "boundary": _options.positive, "kernel": _options.word,
                        "max_iter": _options.count, "random_state": _options.seed}
    _state = ("gram_", "moments_", "theta_")
    _functions = "lithe_gp_basis"

    def __init__(self, terms: Sequence[Any] | None = None, *, n_basis: int = 24, boundary: float = 2.0, kernel: str = "rbf",
                 category_kernel: Any = "zerosum", categorical_features: Any = "from_dtype",
                 ranges: Mapping[Any, Any] | None = None, priors: Mapping[str, Any] | None = None,
                 n_restarts_optimizer: int = 2, max_iter: int = 200, random_state: Any = None, n_jobs: int | None = None,
                 verbose: int = 0, progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> None:
        self.terms = terms
        self.n_basis = n_basis
        self.boundary = boundary
        self.kernel = kernel
        self.category_kernel = category_kernel
        self.categorical_features = categorical_features
        self.ranges = ranges
        self.priors = priors
        self.n_restarts_optimizer = n_restarts_optimizer
        self.max_iter = max_iter
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any) -> BasisFunctionGP:
        """Fit the functions by the largest marginal likelihood.

        Parameters
        ----------
        X : array-like or frame of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)

        Returns
        -------
        self : BasisFunctionGP

        Raises
        ------
        ValueError
            For impossible parameters, NaN, infinity, or missing categories.
        Cancelled
            If the callback asks for it.

        Warns
        -----
        ConvergenceWarning
            If training ended early; the message says what to do.
        """
        me = type(self).__name__
        names = _arrays.feature_names(X)
        columns = Columns.of(X, self.categorical_features, me)
        rows = columns.numbers(X, me)
        targets = as_targets(y, len(rows), me)
        labels = None if names is None else list(names)
        options = self._fit_options(columns, labels, rows.shape[1])
        handle = Handle()
        threads = self._thread_count()
        call("lithe_gp_basis_fit", view(rows), view(targets), options, RUN, handle.out, threads=threads, monitor=self._monitor(),
             work=1e9)
        self.categories_ = columns.categories
        self._remember(rows.shape[1], names)
        self._adopt(handle, threads)
        return self

    def partial_fit(self, X: Any, y: Any) -> BasisFunctionGP:
        """Add samples to those that the model knows, and train on all of them from the parameters reached.

        The first call, without `fit` before it, decides about categories and, unless `ranges` does, the ranges of features,
        which later samples must not exceed by more than a quarter with the default `boundary`.

        Parameters
        ----------
        X : array-like or frame of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)

        Returns
        -------
        self : BasisFunctionGP
        """
        if not self._is_fitted():
            return self.fit(X, y)
        rows = self._samples(X)
        targets = as_targets(y, len(rows), type(self).__name__)
        handle = Handle()
        threads = self._thread_count()
        options = json.dumps(json.loads(self._encode_options()) | {"n_restarts": -1, "priors": self._prior_list()})
        call("lithe_gp_basis_update", self._handle().id, view(rows), view(targets), options, RUN, handle.out, threads=threads,
             monitor=self._monitor(), work=1e9)
        self._adopt(handle, threads)
        return self

    def predict(self, X: Any, return_std: bool = False, include_noise: bool = False) -> Any:
        """Predict at the rows of X.

        Parameters
        ----------
        X : array-like or frame of shape (m, n_features)
        return_std : bool, default=False
            Return the standard deviation as well. Beyond the ends of the basis it is that of the prior.
        include_noise : bool, default=False
            Standard deviations of an observation, rather than of the sum of functions.

        Returns
        -------
        mean : ndarray of float64, shape (m,)
        std : ndarray of float64, shape (m,)
            Only with `return_std`.
        """
        found = self._predict(X, {"skip_variance": not return_std, "with_noise": bool(include_noise)})
        mean = found.vector("mean")
        return (mean, np.sqrt(found.vector("variance"))) if return_std else mean

    def effects(self, X: Any) -> Effects:
        """Return mean and standard deviation of the function of each term at the rows of X.

        Parameters
        ----------
        X : array-like or frame of shape (m, n_features)

        Returns
        -------
        effects : Effects
        """
        found = self._predict(X, {"effects": True})
        return Effects([term["label"] for term in self.terms_], np.array(found["effects"]), np.sqrt(found["effect_variances"]))

    def _predict(self, X: Any, options: dict[str, Any]) -> Result:
        rows = self._samples(X)
        return Result("lithe_gp_basis_predict", self._handle().id, view(rows), json.dumps(options),
                      work=len(rows) * len(self.gram_) * (1 if options.get("skip_variance") else len(self.gram_)))

    def _sample_rows(self, X: Any) -> np.ndarray:
        return Columns(self.categories_).numbers(X, type(self).__name__)

    def _fit_options(self, columns: Columns, names: list[str] | None, features: int) -> str:
        me = type(self).__name__
        restarts = _options.count_or_auto(me, "n_restarts_optimizer", self.n_restarts_optimizer)
        more: dict[str, Any] = {"categories": columns.counts(), "n_restarts": restarts or -1, "priors": self._prior_list()}
        if self.ranges is not None:
            more["ranges"] = [[0.0, 0.0] for _ in range(features)]
            for column, ends in self._given_ranges().items():
                more["ranges"][position(column, names, features, "ranges")] = ends
        terms = range(features) if self.terms is None else self.terms
        if isinstance(terms, (str, Mapping)) or len(terms) == 0:
            raise ValueError(f"The 'terms' parameter of {me} must be a list of terms or None. Got {self.terms!r} instead.")
        more["terms"] = [self._term(term, columns, names, features) for term in terms]
        return json.dumps(json.loads(self._encode_options()) | more)

    def _given_ranges(self) -> dict[Any, list[float]]:
        try:
            ranges = {column: [float(low), float(high)] for column, (low, high) in self.ranges.items()}  # type: ignore[union-attr]
        except (AttributeError, TypeError, ValueError):
            ranges = {None: [np.nan, np.nan]}
        if not np.isfinite(list(ranges.values())).all():
            raise ValueError(f"The 'ranges' parameter of {type(self).__name__} must be a dict of columns to pairs of finite numbers or "
                             f"None. Got {self.ranges!r} instead.")
        return ranges

    def _term(self, term: Any, columns: Columns, names: list[str] | None, features: int) -> dict[str, Any]:
        """Return a term as the library takes it."""
        detail: dict[str, Any] = {}
        if isinstance(term, Mapping):
            detail = dict(term)
            unknown = set(detail) - {"features", "n_basis", "category_kernel"}
            if unknown or "features" not in detail:
                raise ValueError(f"a term that is a dict has features and, if you like, n_basis and category_kernel; got {term!r}")
            term = detail.pop("features")
        if isinstance(term, str):
            term = (term,) if names is not None and term in names else tuple(part.strip() for part in term.split(":"))
        elif not isinstance(term, (tuple, list)):
            term = (term,)
        used = [position(one, names, features, "terms") for one in term]
        out: dict[str, Any] = {"features": used}
        if "n_basis" in detail:
            out["n_basis"] = _options.count(type(self).__name__, "n_basis", detail["n_basis"])
        categorical = [q for q in used if columns.categories[q] is not None]
        if not categorical:
            return out
        kernels = [detail.get("category_kernel", self._category_kernel(q, names, features)) for q in categorical]
        if all(isinstance(kernel, str) for kernel in kernels):
            if len(set(kernels)) > 1:
                raise ValueError(f"the term {term!r} has columns with the category kernels {kernels}; a term takes one, which a dict of "
                                 "the term can name")
            out["category_kernel"] = kernels[0]
        elif len(categorical) > 1:
            raise ValueError(f"the term {term!r} has {len(categorical)} categorical columns; a matrix goes with one")
        else:
            out["category_matrix"] = np.asarray(kernels[0], dtype=np.float64).tolist()
        return out

    def _category_kernel(self, q: int, names: list[str] | None, features: int) -> Any:
        if not isinstance(self.category_kernel, Mapping):
            return self.category_kernel
        by_column = {position(column, names, features, "category_kernel"): kernel
                     for column, kernel in self.category_kernel.items()}
        return by_column.get(q, "zerosum")

    def _prior_list(self) -> list[dict[str, Any]]:
        return as_records(type(self).__name__, self.priors)

    def _adopt(self, handle: Handle, threads: int) -> None:
        """Take over what the library's object knows, arrays read-only."""
        info = self._info(handle)
        columns = info["n_columns"]
        self.gram_ = self._array(handle, "gram", (columns, columns))
        self.moments_ = self._array(handle, "moments", (2, columns))
        self.theta_ = self._array(handle, "theta", (len(info["parameters"]),))
        names = getattr(self, "feature_names_in_", None)
        self.terms_ = info["terms"]
        for term in self.terms_:
            if names is not None:
                term["features"] = [str(names[q]) for q in term["features"]]
                term["label"] = ":".join(term["features"]) or term["label"]
        self._model = {name: info[name] for name in _STATE}
        self._design = json.dumps(info["design"])
        self.magnitudes_ = np.array([term["magnitude"] for term in self.terms_])
        self.noise_, self.y_mean_, self.n_samples_seen_ = info["noise"], info["center"], info["n_samples"]
        self.log_marginal_likelihood_value_ = float("nan") if info["log_likelihood"] is None else info["log_likelihood"]
        self.converged_, self.n_iter_, self.diagnostics_ = info["converged"], info["n_iter"], info["diagnostics"]
        self._keep(handle, threads)
        warn(self.diagnostics_, level=4)

    def _build(self) -> Handle:
        plain = [np.ascontiguousarray(a, dtype=np.float64) for a in self._arrays()]
        handle = Handle()
        call("lithe_gp_basis_new", *map(view, plain), self._design, json.dumps(self._model), RUN, handle.out,
             threads=self._thread_count())
        return handle
