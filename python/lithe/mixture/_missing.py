"""What a mixture knows about values that were not observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _options
from .._arrays import view
from .._run import RUN, call

if TYPE_CHECKING:
    from ._model import MixtureModel


class MissingValues:
    """Imputation, for mixtures."""

    def impute(self: MixtureModel, X: Any, draw: bool = False) -> np.ndarray:
        """Return the rows with what is missing filled in.

        NaN means missing here, whatever the argument `missing` of the constructor.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        draw : bool, default=False
            Fill in a draw from the distribution of what is missing given the rest of its row, with the seed
            `random_state`, instead of its mean. Several draws are multiple imputations.

        Returns
        -------
        full : ndarray of shape (n_samples, n_features)
            Of the type of `X`, float32 or float64. Observed values are as they were. A row without a single one gets
            the mean of the mixture.

        Examples
        --------
        >>> import numpy as np
        >>> from lithe.mixture import GaussianMixture
        >>> gm = GaussianMixture.from_parameters([0.5, 0.5], [[0.0, 1.0], [9.0, 5.0]], noise_variance=[1.0, 1.0])
        >>> gm.impute([[0.2, np.nan], [9.5, np.nan]]).round(3)
        array([[0.2, 1. ],
               [9.5, 5. ]])
        """
        rows = self._samples(X)
        full = np.empty(rows.shape, dtype=rows.dtype)
        if draw:
            seed = int(_options.seed(type(self).__name__, "random_state", self.random_state))
            self._ask("impute_draw", rows, seed, view(full))
        else:
            self._ask("impute", rows, view(full))
        return full
