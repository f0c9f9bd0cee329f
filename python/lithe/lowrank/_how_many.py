"""How many principal components to keep."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._compute import CHECKS
from ._minka import dimension


class HowMany:
    """The wish of a user for a number of components, which may depend on the data.

    Parameters
    ----------
    n_components : int, float in (0, 1), "mle" or None
        As for `PCA`.

    Attributes
    ----------
    count : int or None
        The number, None where it follows from the data.
    fraction : float or None
        The fraction of the variance to explain, None where that is not the wish.

    Raises
    ------
    ValueError
        For any other wish.
    """

    def __init__(self, n_components: Any) -> None:
        self._mle = isinstance(n_components, str) and n_components == "mle"
        self.fraction: float | None = None
        self.count: int | None = None
        if isinstance(n_components, (float, np.floating)) and 0 < n_components < 1:
            self.fraction = float(n_components)
        elif n_components is not None and not self._mle:
            try:
                self.count = CHECKS["n_components"]("PCA", "n_components", n_components)
            except ValueError:
                raise ValueError("The 'n_components' parameter of PCA must be an int in the range [1, inf), a float in "
                                 f"the range (0.0, 1.0), 'mle' or None. Got {n_components!r} instead.") from None

    def largest(self, n: int, d: int) -> int:
        """Return the largest number that n rows of d features allow.

        Raises
        ------
        ValueError
            If they do not allow what is wished.
        """
        if self.count is not None and self.count > min(n, d):
            raise ValueError(f"n_components={self.count} must be between 1 and min(n_samples, n_features)={min(n, d)} "
                             f"with n_samples={n}, n_features={d}")
        if self._mle and n < d:
            raise ValueError("n_components='mle' is only supported if n_samples >= n_features")
        return min(n, d)

    def among(self, variances: np.ndarray, total: float, n: int) -> int:
        """Return how many of the leading components of n rows to keep, whose variances sum up to total with all others.

        The variances may be in any unit.
        """
        if self._mle:
            return dimension(variances, n)
        if self.fraction is None:
            return len(variances)
        explained = np.cumsum(variances)
        return min(int(np.searchsorted(explained, self.fraction * total, side="right")) + 1, len(explained))
