"""Low-rank factors of big matrices, dense or sparse, with their error stated.

`svd` computes leading singular triplets; `PCA` and `TruncatedSVD` wrap it as scikit-learn's classes of these names.
"""

from ._pca import PCA
from ._svd import SVDResult, svd
from ._truncated_svd import TruncatedSVD

__all__ = ["PCA", "SVDResult", "TruncatedSVD", "svd"]
