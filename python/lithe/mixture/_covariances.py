"""The covariances of a mixture in the form in which scikit-learn has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ._model import MixtureModel


class Covariances:
    """Covariances and precisions made of ``factor_loadings_`` and ``noise_variance_`` whenever they are asked for."""

    @property
    def covariances_(self: MixtureModel) -> np.ndarray:
        """Covariance of each component; of families "t" and "tyler" the scale matrix.

        Shape (n_components, n_features, n_features) with factors, otherwise (n_components, n_features), or (n_components,)
        for covariance type "spherical": as scikit-learn's types "full", "diag" and "spherical".
        """
        loadings, noise = np.asarray(self.factor_loadings_), np.asarray(self.noise_variance_)
        if not loadings.shape[2]:
            return noise[:, 0].copy() if self.covariance_type == "spherical" else noise.copy()
        full = loadings @ loadings.transpose(0, 2, 1)
        np.einsum("cdd->cd", full)[...] += noise
        return full

    @property
    def precisions_(self: MixtureModel) -> np.ndarray:
        """Inverses of ``covariances_``, of the same shape, without inverting a matrix of more than the factors."""
        loadings, noise = np.asarray(self.factor_loadings_), np.asarray(self.noise_variance_)
        if not loadings.shape[2]:
            return 1 / self.covariances_
        scaled = loadings / noise[:, :, np.newaxis]
        small = np.eye(loadings.shape[2]) + loadings.transpose(0, 2, 1) @ scaled
        full = -scaled @ np.linalg.solve(small, scaled.transpose(0, 2, 1))
        np.einsum("cdd->cd", full)[...] += 1 / noise
        return (full + full.transpose(0, 2, 1)) / 2
