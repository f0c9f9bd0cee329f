"""The nonparametric maximum likelihood estimator of a mixing distribution."""

from __future__ import annotations

import ctypes
import warnings
from typing import Any, Callable

import numpy as np

from .. import _options
from .._arrays import as_sample_weight, view
from .._handle import Handle
from .._progress import Progress
from .._run import RUN, call
from .._sklearn import ConvergenceWarning
from ._model import MixtureModel


class GaussianNPMLE(MixtureModel):
    """Nonparametric maximum likelihood for rows that are something unknown plus Gaussian noise of known variance.

    Row n is ``theta_n + e_n`` with noise of variance `noise_variance`; the ``theta_n`` come from one distribution, about
    which nothing is assumed. Its maximum likelihood estimate is discrete. Its atoms follow the Wasserstein-Fisher-Rao
    gradient flow of the likelihood, and a certificate tells how far from the best of all distributions they may be. The
    fitted model is a mixture, with densities, posteriors and draws, and `posterior_mean` is the empirical Bayes estimate
    of ``theta``.

    Parameters
    ----------
    noise_variance : float or array-like of shape (n_features,), default=1.0
        Known variance of the noise. For a known covariance matrix, whiten the rows first.
    n_atoms : int, default=0
        Atoms at the start; 0 means ``4 log(n_samples)`` for one feature and ``20 log(n_samples)`` for more. They merge,
        and others are added where the certificate asks for them.
    flow : {"joint", "weights", "places"}, default="joint"
        What moves: both weights and places, certified in the end, or one of them only, for comparison.
    tol : float, default=1e-4
        Largest certificate with which `fit` is content, in nats per row.
    max_iter : int, default=500
        Most steps of the flow.
    random_state : int, RandomState, Generator or None, default=None
        As in `GaussianMixture`. A single feature needs no random numbers.
    n_jobs : int, default=None
    verbose : int, default=0
    progress : bool, default=False
    callback : callable, default=None
        As in `GaussianMixture`.

    Attributes
    ----------
    means_ : ndarray of float64, shape (n_atoms, n_features)
    weights_ : ndarray of float64, shape (n_atoms,)
        The atoms and their probabilities.
    certificate_ : float
        No distribution has a mean log-likelihood above ``lower_bound_ + certificate_``, as far as a search on a grid (one
        feature) or from rows and atoms can tell.
    lower_bound_ : float
        Mean log-likelihood, in nats per row.
    n_iter_ : int
    converged_ : bool
        Whether the certificate is at most `tol`.
    history_ : structured ndarray
        As in `GaussianMixture`.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Only when fitted on a frame whose column names are all strings.

    References
    ----------
    .. [1] Y. Yan, K. Wang, P. Rigollet, "Learning Gaussian mixtures using the Wasserstein-Fisher-Rao gradient flow",
       Annals of Statistics, 2024.
    .. [2] Y. Polyanskiy, Y. Wu, "Self-regularizing property of nonparametric maximum likelihood estimator in mixture
       models", arXiv:2008.08244.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.mixture import GaussianNPMLE
    >>> theta = np.repeat([-3.0, 2.0], 500)
    >>> X = (theta + np.random.default_rng(0).normal(size=1000))[:, np.newaxis]
    >>> model = GaussianNPMLE().fit(X)
    >>> bool(model.certificate_ <= 1e-4)
    True
    >>> bool(np.mean((model.posterior_mean(X)[:, 0] - theta) ** 2) < 0.2)
    True
    """

    _library_options = {
        "n_atoms": _options.count_or_auto, "flow": _options.word, "tol": _options.positive, "max_iter": _options.count,
        "random_state": _options.seed,
    }
    covariance_type = "diag"
    family = "gaussian"
    missing = "error"
    n_candidates = 3
    inference = "exact"

    def __init__(self, noise_variance: Any = 1.0, *, n_atoms: int = 0, flow: str = "joint", tol: float = 1e-4,
                 max_iter: int = 500, random_state: Any = None, n_jobs: int | None = None, verbose: int = 0,
                 progress: bool = False, callback: Callable[[Progress], Any] | None = None) -> None:
        self.noise_variance = noise_variance
        self.n_atoms = n_atoms
        self.flow = flow
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> GaussianNPMLE:
        """Estimate the mixing distribution.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,) or float, default=None
            Non-negative weights.

        Returns
        -------
        self : GaussianNPMLE

        Raises
        ------
        ValueError
            For impossible parameters, NaN or infinity.

        Warns
        -----
        ConvergenceWarning
            If the certificate is above `tol`.
        """
        rows, names = self._fit_samples(X)
        n, features = rows.shape
        noise = np.array(np.broadcast_to(np.asarray(self.noise_variance, dtype=np.float64), (features,)))
        handle, certificate = Handle(), ctypes.c_double()
        converged = call("lithe_npmle_fit", view(rows), view(noise), view(as_sample_weight(sample_weight, n)),
                         self._encode_options(), RUN, handle.out, certificate, threads=self._thread_count(),
                         monitor=self._monitor(), work=n * features * 1000)
        self._adopt_history(handle, self._adopt(handle))
        self.certificate_ = certificate.value
        self._remember(features, names)
        if not converged:
            warnings.warn(f"The certificate is {self.certificate_:.2g}, above tol={self.tol}; raise max_iter or tol, or "
                          "accept the result.", ConvergenceWarning, stacklevel=2)
        return self

    def posterior_mean(self, X: Any) -> np.ndarray:
        """Return the expectation of ``theta`` given each row: the empirical Bayes estimate.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        theta : ndarray of shape (n_samples, n_features)
            Of the type of `X`, float32 or float64.
        """
        return self.denoise(X)
