"""Mixture models: density, clustering and denoising of many rows under many components.

`GaussianMixture` fits factor-analytic (low rank plus diagonal), diagonal and spherical components by a variational EM
that evaluates only a few components per row; `KMeans` is the quantizer it starts from, useful by itself. `GaussianNPMLE`
estimates a mixing distribution of any shape under Gaussian noise of known variance. `select_components` chooses a number of
components.
"""

from ._display import MixtureDisplay
from ._gaussian_mixture import GaussianMixture
from ._kmeans import KMeans
from ._npmle import GaussianNPMLE
from ._selection import select_components

__all__ = ["GaussianMixture", "GaussianNPMLE", "KMeans", "MixtureDisplay", "select_components"]
