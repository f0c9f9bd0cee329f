"""Singular value decompositions of sparse matrices against scikit-learn, SciPy and fbpca, in one run.

R7 and R8 (CSR, entries that crowd in popular rows and columns), the same in float32, and with --data R9, the weighted
word counts of words_reuters_train.npz. True singular values are unknown here: accuracy is that against the best.

Tolerances mean different things: SciPy's is relative to eigenvalues, lithe's to squares of singular values, relative to
the first one left out. Those here make residuals comparable, or lithe's smaller; the column says which.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
import sklearn.decomposition
from scipy.sparse.linalg import svds
from sklearn.feature_extraction.text import TfidfTransformer

from lithe.lowrank import TruncatedSVD

from accuracy import arguments, compare, ours, peers, stored


def popular(m, n, nnz):
    """Return a sparse matrix whose entries crowd in popular rows and columns, with values of a tf-idf kind."""
    rng = np.random.default_rng(0)
    rows = (m * rng.random(nnz) ** 1.5).astype(np.int32)
    columns = (n * rng.random(nnz) ** 3).astype(np.int32)
    A = sp.coo_array((rng.exponential(size=nnz), (rows, columns)), shape=(m, n)).tocsr()
    A.sum_duplicates()
    return A


def attributes(model, A):
    """Fit a TruncatedSVD, and return its scores, which are left singular vectors of other lengths, and its attributes."""
    scores = model.fit_transform(A)
    return scores, model.singular_values_, model.components_


def main():
    options = arguments(__doc__)
    rounds, part = options.rounds, options.part
    A = popular(200_000 // part, 50_000 // part, 4_000_000 // part)
    estimators = {
        "scikit-learn TruncatedSVD":
            lambda seed: attributes(sklearn.decomposition.TruncatedSVD(50, random_state=seed), A),
        "lithe TruncatedSVD": lambda seed: attributes(TruncatedSVD(50, random_state=seed), A),
        "SciPy svds": lambda seed: svds(A, 50, rng=seed),
        "SciPy svds, tol = 1e-6": lambda seed: svds(A, 50, tol=1e-6, rng=seed),
    }
    compare(f"R7, R8, sparse float64, {A.shape[0]:,} x {A.shape[1]:,}, {A.nnz:,} entries", A, 50,
            estimators | ours(A, 50, {}, {"tol": 5e-11}), rounds)
    single = A.astype(np.float32)
    compare("The same in float32", single, 50, peers(single, 50, (5,)) | ours(single, 50, {}), rounds)

    words = stored(options.data, "words_reuters_train")
    if words is not None:
        counts = sp.csr_array((words["dtm_data"], words["dtm_indices"], words["dtm_indptr"]))
        A = TfidfTransformer().fit_transform(counts).astype(np.float64)
        compare(f"R9, Reuters tf-idf, {A.shape[0]:,} x {A.shape[1]:,}, {A.nnz:,} entries", A, 100,
                {"SciPy svds": lambda seed: svds(A, 100, rng=seed),
                 "SciPy svds, tol = 1e-8": lambda seed: svds(A, 100, tol=1e-8, rng=seed)}
                | peers(A, 100, (5,)) | ours(A, 100, {}, {"tol": 1e-14}), rounds)


if __name__ == "__main__":
    main()
