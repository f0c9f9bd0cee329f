"""The Gaussian mixture estimator."""

from __future__ import annotations

import os
import warnings
from typing import Any, Callable

import numpy as np

from .. import _abi, _options
from .._arrays import as_parameter, as_sample_weight, view
from .._handle import Handle
from .._library_model import readable
from .._progress import Progress
from .._run import RUN, call
from .._sklearn import ConvergenceWarning
from ._model import MixtureModel, build
from ._streaming import StreamingFits

_UNCONVERGED = ("Best performing initialization did not converge. Try different init parameters, or increase max_iter, "
                "tol, or check for degenerate data.")


class GaussianMixture(StreamingFits, MixtureModel):
    """Gaussian mixture with factor-analytic covariances, for many rows and many components.

    The covariance of component c is ``L_c @ L_c.T + diag(D_c)`` with loadings ``L_c`` of a few columns, so memory and
    time grow linearly with the number of features. Fits with many components are sublinear in their number: each row
    keeps its few best components and looks for better ones among those components' neighbours. Methods are named and
    behave as in `sklearn.mixture.GaussianMixture`.

    Parameters
    ----------
    n_components : int, default=1
    covariance_type : {"factor", "diag", "spherical"}, default="factor"
        Low rank plus diagonal, diagonal, or one variance per component. With a single feature "factor" is "diag".
    family : {"gaussian", "t", "tyler"}, default="gaussian"
        Distribution of a component. Rows far from a component count less in Student's "t", and hardly at all in "tyler",
        the limit of heaviest tails: outliers then move no component. The covariance above is their scale matrix.
    dof : float, default=0.0
        Degrees of freedom of family "t", at most 1000; the fewer, the heavier the tails. 0 estimates them for each
        component.
    n_factors : int, default=5
        Columns of each loading matrix, at most: ``min(n_factors, n_features - 1)`` are used. Ignored unless
        ``covariance_type="factor"``.
    tol : float, default=1e-3
        Stop when an iteration raises the mean log-likelihood bound by less than this, in nats per row. 0: never.
    reg_covar : float, default=1e-6
        Smallest noise variance, as a fraction of the variance of its feature over the data. Unlike scikit-learn's, it
        is not added to anything and does not depend on units.
    max_iter : int, default=100
        Most EM iterations of each start.
    n_init : int, default=1
        Starts; all take up to ten iterations, and the one with the best bound goes on to convergence.
    init_params : str or array-like of int, shape (n_samples,), default="kmeans"
        How to find the initial components: "kmeans", "k-means++" (its seeding only), "whitened" (clusters that share one
        covariance, which may hide them from k-means), "random_from_data" (random rows), "random" (random
        responsibilities), or labels of the rows, where -1 leaves a row out of the start.
    algorithm : {"auto", "truncated", "exact"}, default="auto"
        Sublinear search, every component for every row, or whichever suits the number of components.
    n_candidates : int, default=3
        Components kept in each row's truncated posterior.
    n_neighbors : int, default=15
        Length of each component's neighbour list, itself included.
    n_explore : int, default=1
        Random components tried by each panel of rows in every iteration; 0: none.
    m_step : {"em", "means", "gradient"}, default="em"
        What an iteration updates: every parameter; the means alone, while weights and covariances keep their starting
        values; or the means alone, by a gradient step.
    learning_rate : float, default=1.0
        Length of those gradient steps, in the metric of each component's covariance; at most 1 never lowers the bound.
    split_merge : {"auto", "on", "off"}, default="auto"
        Whether components move once EM has converged: two that describe one cluster are merged, and one that describes
        two is split, as long as the bound rises. That leads to much better fits where there are clusters, and soon ends
        where there are none. "auto" is "on" for Gaussian components unless `means_init`, labels or `warm_start` say
        where they belong.
    missing : {"error", "nan"}, default="error"
        What NaN means. With "nan" it is a missing value: `fit` maximises the likelihood of what was observed (rows without
        a single value are left out), and `score_samples`, `predict`, `predict_proba`, `transform` and `denoise` condition
        on it. May be changed after `fit`.
    learning_decay : float, default=0.6
        Exponent in (0.5, 1] of `partial_fit`: batch t + 1 counts with weight ``(t + 2) ** -learning_decay``.
    inference : {"exact", "search", "auto"}, default="exact"
        How methods look at rows. With "search" a row meets only components near it, found through ``neighbors_``:
        log-densities are then at most the exact ones, and `check_search` tells how far below. "auto" searches where a
        sample of the rows loses less than 0.001 nats. Models without a graph, and rows with missing values, always
        get exact answers. May be changed after `fit`.
    noise_type : {"diag", "isotropic", "tied", "tied_isotropic"}, default="diag"
        Noise variances: one for each component and feature; one for each component (with factors: mixtures of
        probabilistic PCA); one for each feature, the same for all components; one in all.
    loadings_type : {"own", "tied", "common"}, default="own"
        Loadings of covariance_type "factor": one matrix for each component; one for all; or factors common to all, whose
        mean and covariance are those of the component (with ``noise_type="tied"``: MCFA), which also holds the means in
        an affine space of `n_factors` dimensions. `partial_fit` needs "own".
    weight_concentration_prior : float, default=1.0
        Of a Dirichlet prior of the weights, at least 1; each component counts as if it had that much weight minus 1 more.
    mean_precision_prior : float, default=0.0
        Each mean is drawn to the mean of the data as if by so many rows there.
    degrees_of_freedom_prior : float, default=0.0
        Each noise variance is drawn to `covariance_prior` as if by so many rows. A few keep components of few rows from
        collapsing.
    covariance_prior : float, default=1.0
        A fraction of the variance of each feature over the data. With any of these priors the fit finds the mode of the
        posterior, and the bound includes the log prior, divided by the number of rows.
    weights_init : array-like of shape (n_components,), default=None
    means_init : array-like of shape (n_components, n_features), default=None
    factor_loadings_init : array-like of shape (n_components, n_features, n_factors), default=None
    noise_variance_init : array-like of shape (n_components, n_features), default=None
        Initial parameters; those left at None come from `init_params`.
    random_state : int, RandomState, Generator or None, default=None
        An int in [0, 2**64) makes results repeatable, for any number of threads and in every language of lithe.
    warm_start : bool, default=False
        Start `fit` from the present parameters if there are any. `n_init` is then 1.
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
    weights_ : ndarray of float64, shape (n_components,)
    means_ : ndarray of float64, shape (n_components, n_features)
    factor_loadings_ : ndarray of float64, shape (n_components, n_features, n_factors_)
    noise_variance_ : ndarray of float64, shape (n_components, n_features)
    dof_ : ndarray of float64, shape (n_components,)
        The parameters, read-only after `fit`; assign a new array to change one.
        ``dof_`` is infinite for family "gaussian".
    covariances_, precisions_ : ndarray of float64
        Made of these in the shapes of scikit-learn's types "full", "diag" and "spherical", whenever they are asked for.
    n_factors_ : int
        Columns of each loading matrix, 0 for "diag" and "spherical".
    n_parameters_ : int
        Free parameters, as `aic` and `bic` count them.
    n_iter_ : int
        EM iterations of the kept start.
    converged_ : bool
        Whether the last of them gained less than `tol`.
    lower_bound_ : float
        Final bound of the mean log-likelihood, in nats per row.
    coverage_gap_ : float
        How far the exact mean log-likelihood lies above the bound, measured on a sample of the rows; 0 if "exact".
    history_ : structured ndarray of shape (n_iter_ + 1,)
        Entry i is about the parameters after i iterations: objective (the bound, in nats per row), seconds (since the
        fit began), evaluations ((row, component) pairs that finding the bound took).
    neighbors_ : ndarray of int32, shape (n_components, n_neighbors)
        Graph of the components, nearest first, itself at 0; of shape (n_components, 0) if "exact".
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Only when fitted on a frame whose column names are all strings.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.mixture import GaussianMixture
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(-5, 1, size=(300, 4)), rng.normal(5, 1, size=(100, 4))])
    >>> gm = GaussianMixture(n_components=2, n_factors=1, random_state=0).fit(X)
    >>> np.sort(gm.weights_).round(3)
    array([0.25, 0.75])
    >>> gm.predict_proba(X[:1]).max(axis=1).round(6)
    array([1.])
    """

    _library_options = {
        "n_components": _options.count, "covariance_type": _options.word, "family": _options.word,
        "dof": _options.not_negative, "n_factors": _options.count,
        "tol": _options.tolerance, "reg_covar": _options.positive, "max_iter": _options.count,
        "n_init": _options.count, "init_params": _options.word, "algorithm": _options.word,
        "n_candidates": _options.count, "n_neighbors": _options.count, "n_explore": _options.count_or_none,
        "m_step": _options.word, "learning_rate": _options.positive,
        "split_merge": _options.word, "missing": _options.word, "learning_decay": _options.positive,
        "noise_type": _options.word, "loadings_type": _options.word, "weight_concentration_prior": _options.positive,
        "mean_precision_prior": _options.not_negative, "degrees_of_freedom_prior": _options.not_negative,
        "covariance_prior": _options.positive,
        "random_state": _options.seed,
    }

    def __init__(self, n_components: int = 1, *, covariance_type: str = "factor",
                 family: str = "gaussian", dof: float = 0.0, n_factors: int = 5, tol: float = 1e-3,
                 reg_covar: float = 1e-6, max_iter: int = 100, n_init: int = 1, init_params: Any = "kmeans",
                 algorithm: str = "auto", n_candidates: int = 3, n_neighbors: int = 15, n_explore: int = 1,
                 m_step: str = "em", learning_rate: float = 1.0,
                 split_merge: str = "auto", missing: str = "error", learning_decay: float = 0.6,
                 inference: str = "exact",
                 noise_type: str = "diag", loadings_type: str = "own",
                 weight_concentration_prior: float = 1.0, mean_precision_prior: float = 0.0,
                 degrees_of_freedom_prior: float = 0.0, covariance_prior: float = 1.0,
                 weights_init: Any = None, means_init: Any = None, factor_loadings_init: Any = None,
                 noise_variance_init: Any = None, random_state: Any = None, warm_start: bool = False,
                 n_jobs: int | None = None, verbose: int = 0, progress: bool = False,
                 callback: Callable[[Progress], Any] | None = None) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.family = family
        self.dof = dof
        self.n_factors = n_factors
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.algorithm = algorithm
        self.n_candidates = n_candidates
        self.n_neighbors = n_neighbors
        self.n_explore = n_explore
        self.m_step = m_step
        self.learning_rate = learning_rate
        self.split_merge = split_merge
        self.learning_decay = learning_decay
        self.noise_type = noise_type
        self.loadings_type = loadings_type
        self.weight_concentration_prior = weight_concentration_prior
        self.mean_precision_prior = mean_precision_prior
        self.degrees_of_freedom_prior = degrees_of_freedom_prior
        self.covariance_prior = covariance_prior
        self.missing = missing
        self.inference = inference
        self.weights_init = weights_init
        self.means_init = means_init
        self.factor_loadings_init = factor_loadings_init
        self.noise_variance_init = noise_variance_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> GaussianMixture:
        """Fit the mixture by variational EM.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            float32 is worked on as float32, everything else as float64. Not copied when its rows are contiguous; a
            memory-mapped array works as it is.
        y : ignored
        sample_weight : array-like of shape (n_samples,) or float, default=None
            Non-negative weights; 0 is the same as leaving the row out.

        Returns
        -------
        self : GaussianMixture

        Raises
        ------
        ValueError
            For impossible parameters, fewer rows than components, infinity, NaN unless ``missing="nan"``, and a column
            of nothing but NaN.
        NumericalError
            If the computation breaks down.
        Cancelled
            If the callback asks for it.

        Warns
        -----
        ConvergenceWarning
            If the last iteration still gained more than `tol`.

        Notes
        -----
        Ctrl-C stops a fit within one tile of work; the estimator is then as it was before.
        """
        rows, names = self._fit_samples(X, minimum=2)
        n, features = rows.shape
        factors = self._factors_for(features)
        warm = self.warm_start and self._is_fitted()
        own_labels = not isinstance(self.init_params, str)
        instead: dict[str, Any] = {"n_factors": factors or None}
        if factors == 0 and self.covariance_type == "factor":
            instead["covariance_type"] = "diag"
        if own_labels:
            instead["init_params"] = None
        if warm:
            instead["n_init"] = 1
        options = self._encode_options(**instead)
        if n < self.n_components:
            raise ValueError(f"Expected n_samples >= n_components but got n_components = {self.n_components}, "
                             f"n_samples = {n}")
        labels = self._labels(n) if own_labels and not warm else None
        start = self._start(features, factors, labels, warm)
        handle = Handle()
        converged = call("lithe_mixture_fit", view(rows), view(as_sample_weight(sample_weight, n)), start, options, RUN,
                         handle.out, threads=self._thread_count(), monitor=self._monitor(),
                         work=n * features * self.n_components * (factors + 1) * 10)
        self._forget_batches()
        self._adopt_history(handle, self._adopt(handle))
        self._remember(features, names)
        if not converged:
            warnings.warn(_UNCONVERGED, ConvergenceWarning, stacklevel=2)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing == "nan"
        return tags

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> np.ndarray:
        """Fit and return the most probable component of each row. Parameters as for `fit`."""
        return self.fit(X, y, sample_weight).predict(X)

    @classmethod
    def from_parameters(cls, weights: Any, means: Any, factor_loadings: Any = None, noise_variance: Any = None,
                        dof: Any = None, **params: Any) -> GaussianMixture:
        """Return a mixture with given parameters, ready for everything but its fit's diagnostics.

        Parameters
        ----------
        weights : array-like of shape (n_components,)
            Non-negative, summing to 1.
        means : array-like of shape (n_components, n_features)
        factor_loadings : array-like of shape (n_components, n_features, n_factors), default=None
            None means none: a diagonal or spherical model.
        noise_variance : array-like of shape (n_components, n_features) or (n_components,)
            Positive. One number per component makes every feature's noise the same, and the model spherical if there
            are no loadings.
        dof : array-like of shape (n_components,) or float, default=None
            Degrees of freedom, for a mixture of t distributions; None makes the components Gaussian.
        **params : object
            Arguments of the constructor.

        Raises
        ------
        ValueError
            If the parameters do not fit together or are not those of a density.

        Examples
        --------
        >>> from lithe.mixture import GaussianMixture
        >>> gm = GaussianMixture.from_parameters([0.5, 0.5], [[0.0], [9.0]], noise_variance=[1.0, 1.0])
        >>> gm.predict([[0.1], [8.0]])
        array([0, 1])
        """
        means = np.array(means, dtype=np.float64, ndmin=2)
        shape = means.shape
        if noise_variance is None:
            raise ValueError("noise_variance is missing: give an array of shape (n_components, n_features) or "
                             "(n_components,)")
        noise = np.asarray(noise_variance, dtype=np.float64)
        single = noise.ndim == 1
        if single and noise.shape == shape[:1]:
            noise = np.repeat(noise[:, np.newaxis], shape[1], axis=1)
        loadings = np.zeros((*shape, 0)) if factor_loadings is None else np.asarray(factor_loadings, dtype=np.float64)
        kind = "factor" if loadings.size else "spherical" if single else "diag"
        settled = {"n_components": shape[0], "covariance_type": kind}
        if loadings.size:
            settled["n_factors"] = loadings.shape[-1]
        if dof is not None:
            settled["family"] = "t"
        model = cls(**(settled | params))
        tails = np.broadcast_to(np.asarray(np.inf if dof is None else dof, dtype=np.float64), shape[:1])
        handle = build(kind, model.family, np.asarray(weights, dtype=np.float64), means, loadings, noise, tails)
        model._adopt(model._as_told(handle))
        model._remember(shape[1], None)
        return model

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> GaussianMixture:
        """Return the mixture that `save`, or another language, wrote to a file.

        Parameters
        ----------
        path : str or path-like

        Returns
        -------
        GaussianMixture
            With all fitted attributes but ``feature_names_in_``; constructor arguments other than `n_components`,
            `covariance_type`, `n_factors`, `family`, `dof`, `noise_type`, `loadings_type` and `missing` are at their defaults.

        Raises
        ------
        FileNotFoundError
        ModelFileError
            If the file is truncated, corrupted, no mixture of lithe, or from a newer version.
        """
        handle = Handle()
        call("lithe_mixture_load", readable(path), RUN, handle.out)
        model = cls()
        info = model._info(handle)
        model.missing = info["missing"]
        model._adopt(handle)
        model._adopt_history(handle, info)
        model.n_components, model.covariance_type = info["n_components"], info["covariance_type"]
        model.family, model.loadings_type = info["family"], info["loadings_type"]
        model.noise_type = info["noise_type"]
        if model.family == "t" and not info["dof_estimated"]:
            model.dof = float(model.dof_[0])
        if info["n_factors"]:
            model.n_factors = info["n_factors"]
        model._remember(info["n_features"], None)
        return model

    def _factors_for(self, features: int) -> int:
        if self.covariance_type != "factor":
            return 0
        return min(_options.count(type(self).__name__, "n_factors", self.n_factors), features - 1)

    def _labels(self, n: int) -> np.ndarray:
        labels = np.asarray(self.init_params)
        if labels.dtype.kind not in "iu":
            raise ValueError("init_params must be a str or an array of integer labels, got an array of "
                             f"{labels.dtype}")
        if labels.shape != (n,):
            raise ValueError(f"The parameter 'init_params' should have the shape of {(n,)}, but got {labels.shape}")
        return np.ascontiguousarray(labels, dtype=np.int64)

    def _start(self, features: int, factors: int, labels: np.ndarray | None, warm: bool) -> _abi.MixtureStart | None:
        """Return the initial values that are given, or None if there are none."""
        components = self.n_components
        shapes = {"weights": (components,), "means": (components, features),
                  "factor_loadings": (components, features, factors), "noise_variance": (components, features)}
        given = {name: getattr(self, f"{name}_" if warm else f"{name}_init") for name in shapes}
        if warm and any(np.shape(given[name]) != shape for name, shape in shapes.items()):
            raise ValueError(
                f"warm_start needs {components} components, {features} features and {factors} factors as before, but "
                f"the fitted factor_loadings_ has shape {np.shape(given['factor_loadings'])}; use warm_start=False")
        arrays = {name: as_parameter(given[name], shape, name) for name, shape in shapes.items()}
        if factors == 0:
            arrays["factor_loadings"] = None
        if labels is None and all(array is None for array in arrays.values()):
            return None
        start = _abi.MixtureStart()
        dof = self._warm_dof() if warm else None
        for field, array in zip(("weights", "means", "loadings", "noise_variance"), arrays.values()):
            if array is not None:
                setattr(start, field, view(array.reshape(-1, factors) if array.ndim == 3 else array))
        if labels is not None:
            start.labels, start.n_labels = labels.ctypes.data, len(labels)
        if dof is not None:
            start.dof, start.n_dof = dof.ctypes.data, len(dof)
        start.arrays = [*arrays.values(), labels, dof]  # kept alive with the struct that points to them
        return start

    def _warm_dof(self) -> np.ndarray | None:
        """Return the present degrees of freedom if they are where the estimates of a fit can start."""
        if self.family != "t" or self.dof or not np.all(np.isfinite(self.dof_)):
            return None
        return np.ascontiguousarray(self.dof_, dtype=np.float64)
