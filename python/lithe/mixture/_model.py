"""A fitted mixture: its parameters as arrays, and everything that can be asked of them."""

from __future__ import annotations

import json
import math
from types import MethodType
from typing import Any, Callable, ClassVar, NamedTuple

import numpy as np

from .. import _options
from .._arrays import as_rows, view
from .._handle import Handle
from .._library_model import FileModel, LibraryModel
from .._run import RUN, call
from .._sklearn import DensityMixin, TransformerMixin
from ._covariances import Covariances
from ._missing import MissingValues


class SearchReport(NamedTuple):
    """What `check_search` found."""

    rows: int
    gap: float
    worst_gap: float
    agreement: float
    evaluations: float


HISTORY = np.dtype([("objective", np.float64), ("seconds", np.float64), ("evaluations", np.int64)])


class _WithFactors:
    """A method that only mixtures with factors have, as ``hasattr`` can tell."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self._method = method

    def __get__(self, model: MixtureModel | None, owner: type) -> Any:
        if model is None:
            return self._method
        if not model._has_factors():
            raise AttributeError(f"this {owner.__name__} has no {self._method.__name__}: it needs factors, that is "
                                 "covariance_type='factor' and at least two features")
        return MethodType(self._method, model)


class MixtureModel(MissingValues, Covariances, DensityMixin, TransformerMixin, LibraryModel, FileModel):
    """What can be asked of a mixture's parameters ``weights_``, ``means_``, ``factor_loadings_``, ``noise_variance_``."""

    _state: ClassVar[tuple[str, ...]] = ("weights_", "means_", "factor_loadings_", "noise_variance_")
    _functions = "lithe_mixture"

    n_components: int
    covariance_type: str
    family: str
    n_candidates: int
    missing: str
    inference: str

    def score_samples(self, X: Any) -> np.ndarray:
        """Return the exact log-density of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        log_density : ndarray of float64, shape (n_samples,)
            In nats.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If `X` has another number of features than the model, infinity, or NaN unless ``missing="nan"``.
        """
        rows = self._samples(X)
        out = np.empty(len(rows))
        self._ask("score_samples", rows, out)
        return out

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean log-density of the rows, in nats; higher is better.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        """
        return self._criteria(X)[0]

    def aic(self, X: Any) -> float:
        """Return Akaike's information criterion on `X`, shape (n_samples, n_features); lower is better."""
        return self._criteria(X)[1]

    def bic(self, X: Any) -> float:
        """Return the Bayesian information criterion on `X`, shape (n_samples, n_features); lower is better."""
        return self._criteria(X)[2]

    def icl(self, X: Any) -> float:
        """Return the integrated complete-data likelihood criterion on `X`; lower is better.

        BIC plus twice the entropy of the posteriors: it also asks for components apart from each other.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        """
        rows = self._samples(X)
        entropies = np.empty(len(rows))
        self._ask("entropies", rows, entropies)
        return self._criteria(X)[2] + 2 * float(entropies.sum())

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable component of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        labels : ndarray of int64, shape (n_samples,)
        """
        rows = self._samples(X)
        labels = np.empty(len(rows), dtype=np.int64)
        self._ask("predict", rows, labels)
        return labels

    def predict_proba(self, X: Any, sparse: bool = False, n_top: int | None = None) -> Any:
        """Return the posterior probability of each component for each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        sparse : bool, default=False
            Return only the `n_top` most probable components of each row, in memory proportional to
            ``n_samples * n_top``. Needs SciPy.
        n_top : int, default=None
            Entries per row of the sparse result; None means ``n_candidates``, at most ``n_components``.

        Returns
        -------
        probabilities : ndarray or scipy.sparse.csr_array of shape (n_samples, n_components)
            Of the type of `X`, float32 or float64. Rows of the dense result sum to 1; entries of the sparse one equal
            those of the dense one.
        """
        rows = self._samples(X)
        components = len(self.weights_)
        if not sparse:
            dense = np.empty((len(rows), components), dtype=rows.dtype)
            self._ask("posterior", rows, view(dense))
            return dense
        from scipy.sparse import csr_array

        name, wanted = ("n_candidates", self.n_candidates) if n_top is None else ("n_top", n_top)
        top = min(_options.count(type(self).__name__, name, wanted), components)
        ids = np.empty((len(rows), top), dtype=np.int32)
        values = np.empty((len(rows), top), dtype=rows.dtype)
        self._ask("top_posterior", rows, top, ids, view(values))
        ends = np.arange(0, ids.size + 1, top)
        result = csr_array((values.ravel(), ids.ravel(), ends), shape=(len(rows), components))
        result.sort_indices()
        return result

    def transform(self, X: Any) -> np.ndarray:
        """Return the posterior mean of each row's factors under its most probable component.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        factors : ndarray of shape (n_samples, n_factors_)
            Of the type of `X`, float32 or float64. Each component has axes of its own, so compare rows with the same
            label. Mixtures without factors lack this method.
        """
        rows = self._samples(X)
        out = np.empty((len(rows), self.factor_loadings_.shape[2]), dtype=rows.dtype)
        self._ask("transform", rows, view(out))
        return out

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of `transform`'s columns: the class name in lower case and a number.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Only checked against what the model was fitted on.
        """
        self._check_fitted()
        return self._prefixed_names(self.factor_loadings_.shape[2], input_features)

    def denoise(self, X: Any, noise_variance: float | None = None) -> np.ndarray:
        """Return the posterior mean of each row without its noise.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        noise_variance : float, default=None
            Variance of white noise on top of what the model describes, in squared units of the features: the rows are
            taken as a noise-free row plus that noise, and the model as one of such noisy rows. None takes the model's
            own ``noise_variance_`` as the noise.

        Returns
        -------
        clean : ndarray of shape (n_samples, n_features)
            Of the type of `X`, float32 or float64.
        """
        rows = self._samples(X)
        variance = -1.0 if noise_variance is None else float(noise_variance)
        if noise_variance is not None and not 0 <= variance < math.inf:
            raise ValueError(f"noise_variance must be None or a finite number of at least 0, got {noise_variance!r}")
        out = np.empty(rows.shape, dtype=rows.dtype)
        self._ask("denoise", rows, variance, view(out))
        return out

    def check_search(self, X: Any) -> SearchReport:
        """Compare answers of ``inference="search"`` with exact ones.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At most 2,000 evenly spaced rows are compared, each looked up alone.

        Returns
        -------
        SearchReport
            A named tuple: rows compared, gap (mean of the exact log-density minus that found, in nats), worst_gap (the
            largest such difference), agreement (part of the rows whose most probable component was found), evaluations
            (components evaluated per row, instead of all).

        Raises
        ------
        ValueError
            If the model has no component graph: it was not fitted, or not with a truncated algorithm.
        """
        rows = self._samples(X)
        handle = self._handle()
        out = np.empty(5)
        call("lithe_mixture_check_search", handle.id, view(rows), out, RUN, threads=self._thread_count(), work=1e9)
        return SearchReport(int(out[0]), *out[1:].tolist())

    def sample(self, n_samples: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Draw rows from the mixture.

        Parameters
        ----------
        n_samples : int, default=1

        Returns
        -------
        X : ndarray of float64, shape (n_samples, n_features)
        labels : ndarray of int64, shape (n_samples,)
            The component each row was drawn from. An int as ``random_state`` gives the same rows at every call.
        """
        self._check_fitted()
        if n_samples < 1:
            raise ValueError(f"Invalid value for 'n_samples': {n_samples}. The sampling requires at least one sample.")
        X = np.empty((n_samples, self._n_features()))
        labels = np.empty(n_samples, dtype=np.int64)
        seed = int(_options.seed(type(self).__name__, "random_state", self.random_state))
        handle = self._handle()
        call("lithe_mixture_sample", handle.id, seed, view(X), labels, RUN, threads=self._thread_count())
        return X, labels

    def _ask(self, what: str, rows: np.ndarray, *arguments: Any) -> None:
        handle = self._handle()
        components, features, factors = self.factor_loadings_.shape
        call(f"lithe_mixture_{what}", handle.id, view(rows), *arguments, RUN, threads=self._thread_count(),
             work=len(rows) * components * features * (factors + 1))

    def _criteria(self, X: Any) -> tuple[float, float, float]:
        rows = self._samples(X)
        out = np.empty(3)
        self._ask("criteria", rows, out)
        return float(out[0]) / len(rows), float(out[1]), float(out[2])

    def _n_features(self) -> int:
        return int(np.shape(self.means_)[1])

    def _has_factors(self) -> bool:
        if self._is_fitted():
            return bool(np.shape(self.factor_loadings_)[2])
        return self.covariance_type == "factor"

    def _setting(self) -> str:
        """Return how the library's copy answers questions about rows; threads are told at each call."""
        me = type(self).__name__
        return json.dumps({"missing": _options.word(me, "missing", self.missing),
                           "algorithm": _options.word(me, "inference", self.inference)})

    def _arrays(self) -> tuple[np.ndarray | None, ...]:
        return (*super()._arrays(), self.__dict__.get("dof_"))  # parameters set by hand may go without

    def _build(self) -> Handle:
        arrays = [None if a is None else np.asarray(a, dtype=np.float64) for a in self._arrays()]
        model = build(self.covariance_type, self.family, *arrays)
        facts, history, graph = self._facts(arrays[2].shape[2])
        handle = Handle()
        call("lithe_mixture_with_facts", model.id, json.dumps(facts), view(history), view(graph), RUN, handle.out)
        return self._as_told(handle)

    def _facts(self, factors: int) -> tuple[dict[str, Any], np.ndarray | None, np.ndarray | None]:
        """Return what is known of the fit as the library is told it: facts, history and graph."""
        graph = self._graph()
        facts: dict[str, Any] = {"noise_type": getattr(self, "noise_type", "diag")}
        if factors:
            facts["loadings_type"] = getattr(self, "loadings_type", "own")
        history = self.__dict__.get("history_")
        if history is not None:  # of a fit, not made from parameters
            facts |= {name: getattr(self, f"{name}_") for name in ("n_iter", "converged", "lower_bound", "coverage_gap")}
            facts["dof_estimated"] = self.family == "t" and not self.dof
            history = np.column_stack([history[name].astype(np.float64) for name in HISTORY.names or ()]) if len(history) else None
        return facts, history, None if graph is None else np.asarray(graph, dtype=np.float64)

    def _graph(self) -> np.ndarray | None:
        """Return the graph of the components, if there is one."""
        graph = getattr(self, "neighbors_", None)
        return graph if graph is not None and graph.size and len(graph) == len(self.weights_) else None

    def _as_told(self, model: Handle) -> Handle:
        handle = Handle()
        call("lithe_mixture_with", model.id, self._setting(), RUN, handle.out)
        return handle

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "dof_" in state:
            self.dof_.flags.writeable = False

    def _adopt(self, handle: Handle) -> dict[str, Any]:
        """Take over the parameters of the library's object, read-only, and return what it says about itself."""
        info = self._info(handle)
        components, features, factors = info["n_components"], info["n_features"], info["n_factors"]
        self.weights_ = self._array(handle, "weights", (components,))
        self.means_ = self._array(handle, "means", (components, features))
        loadings = self._array(handle, "loadings", (components * features, factors))
        self.factor_loadings_ = loadings.reshape(components, features, factors)
        self.noise_variance_ = self._array(handle, "noise_variance", (components, features))
        self.dof_ = self._array(handle, "dof", (components,))
        self._keep(handle, self._setting())
        self.n_factors_ = factors
        self.n_parameters_ = info["n_parameters"]
        return info

    def _adopt_history(self, handle: Handle, info: dict[str, Any]) -> None:
        """Take over what the library's object says about its fit."""
        self.n_iter_ = info["n_iter"]
        self.converged_ = info["converged"]
        self.lower_bound_ = info["lower_bound"]
        self.coverage_gap_ = info["coverage_gap"]
        self.history_ = np.empty(info["n_history"], dtype=HISTORY)
        for name, column in zip(HISTORY.names or (), self._array(handle, "history", (info["n_history"], 3)).T):
            self.history_[name] = column
        neighbors = self._array(handle, "neighbors", (info["n_components"], info["n_neighbors"]))
        self.neighbors_ = neighbors.astype(np.int32)
        if self.inference != "exact":
            self._keep(self._as_told(handle), self._setting())


# Out here, after scikit-learn's set_output has put its own wrapper around them.
MixtureModel.transform = _WithFactors(MixtureModel.transform)  # type: ignore[method-assign, assignment]
MixtureModel.fit_transform = _WithFactors(MixtureModel.fit_transform)


def build(covariance_type: str, family: str, weights: np.ndarray, means: np.ndarray, loadings: np.ndarray,
          noise_variance: np.ndarray, dof: np.ndarray | None) -> Handle:
    """Return a mixture inside the library with these float64 parameters, shaped as the attributes of the same names."""
    if means.ndim != 2 or loadings.ndim != 3 or loadings.shape[:2] != means.shape:
        raise ValueError("means_ must have shape (n_components, n_features) and factor_loadings_ (n_components, "
                         f"n_features, n_factors), got {means.shape} and {loadings.shape}")
    factors = loadings.shape[2]
    kind = "factor" if factors else "spherical" if covariance_type == "spherical" else "diag"
    handle = Handle()
    call("lithe_mixture_new", kind, view(np.ascontiguousarray(weights)), view(as_rows(means)),
         view(np.ascontiguousarray(loadings).reshape(-1, factors)) if factors else None,
         view(np.ascontiguousarray(noise_variance)), RUN, handle.out)
    if family == "gaussian":
        return handle
    if dof is None:
        raise ValueError(f"dof_ is missing: a mixture of family {family!r} needs one number per component")
    tailed = Handle()
    call("lithe_mixture_with_tails", handle.id, family, view(np.ascontiguousarray(dof)), RUN, tailed.out)
    return tailed
