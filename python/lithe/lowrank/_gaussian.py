"""The Gaussian density that principal components stand for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._errors import NumericalError
from .._operand import Operand


class GaussianModel:
    """Mixin of principal components: the Gaussian with their variances, and one variance in all other directions.

    This is the maximum likelihood of probabilistic principal component analysis (Tipping and Bishop, 1999).
    """

    components_: np.ndarray
    explained_variance_: np.ndarray
    noise_variance_: float
    mean_: np.ndarray

    def _check_fitted(self) -> None:
        raise NotImplementedError

    def _rows(self, X: Any) -> Operand:
        raise NotImplementedError

    def get_covariance(self) -> np.ndarray:
        """Return the covariance matrix of the model, which has `noise_variance_` along all directions left out.

        Returns
        -------
        covariance : ndarray of float64, shape (n_features, n_features)
        """
        self._check_fitted()
        V = self.components_.astype(np.float64)
        above = np.maximum(self.explained_variance_ - self.noise_variance_, 0)
        covariance = (V.T * above) @ V
        covariance.flat[::len(covariance) + 1] += self.noise_variance_
        return covariance

    def get_precision(self) -> np.ndarray:
        """Return the inverse of `get_covariance`.

        Returns
        -------
        precision : ndarray of float64, shape (n_features, n_features)

        Raises
        ------
        NumericalError
            If the model has directions without variance.
        """
        self._check_fitted()
        rest, along = self._inverse_variances()
        V = self.components_.astype(np.float64)
        precision = (V.T * (along - rest)) @ V
        precision.flat[::len(precision) + 1] += rest
        return precision

    def score_samples(self, X: Any) -> np.ndarray:
        """Return the log-density of each row under the model, a Gaussian with the covariance of `get_covariance`.

        Parameters
        ----------
        X : array-like, SciPy sparse matrix or blocks of rows, of shape (n_samples, n_features)

        Returns
        -------
        log_density : ndarray of float64, shape (n_samples,)
            In nats.

        Raises
        ------
        NumericalError
            If the model has directions without variance.
        """
        data = self._rows(X)
        rest, along = self._inverse_variances()
        V = self.components_.astype(np.float64)
        d, k = V.shape[1], len(V)
        constant = d * math.log(2 * math.pi) - np.log(along).sum() - (d - k) * (math.log(rest) if k < d else 0.0)
        squares = []
        for rows in data.pieces():
            centred = rows - self.mean_
            squares.append((centred**2).sum(axis=1) * rest + (centred @ V.T) ** 2 @ (along - rest))
        log_density: np.ndarray = -0.5 * (constant + np.concatenate(squares))
        return log_density

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean of `score_samples`, in nats per row."""
        return float(self.score_samples(X).mean())

    def _inverse_variances(self) -> tuple[float, np.ndarray]:
        """Return the inverse variance of all directions left out, 0 if there are none, and those of the components."""
        k, d = self.components_.shape
        nothing = d * np.finfo(self.components_.dtype).eps * self.explained_variance_[0]
        if self.explained_variance_[-1] <= nothing or (k < d and self.noise_variance_ <= nothing):
            raise NumericalError("the model has directions without variance, and so neither a density nor a precision; "
                                 "fit fewer components")
        return 1 / self.noise_variance_ if k < d else 0.0, 1 / self.explained_variance_
