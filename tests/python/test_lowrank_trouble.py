"""Data of extreme sizes, and messages that say what to do."""

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import lithe
from lithe.lowrank import PCA, StreamingSVD, TruncatedSVD, lstsq, norm, qrcp, rpcholesky, svd


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_variances_of_tiny_and_huge_data(rng):
    X = rng.normal(size=(200, 12)) * np.arange(1, 13)
    for estimator in (PCA(3, random_state=0), TruncatedSVD(3, random_state=0)):
        want = estimator.fit(X).explained_variance_ratio_
        tiny = estimator.fit(X * 1e-300)
        np.testing.assert_allclose(tiny.explained_variance_ratio_, want, rtol=0.3)
        assert tiny.components_.any()
        with pytest.raises(lithe.NumericalError, match="variances of X leave the range of float64.*rescale X"):
            estimator.fit(X * 1e300)


def test_too_few_rows_so_far_are_no_fit():
    pca = PCA(3).partial_fit(np.ones((1, 4)))
    assert not hasattr(pca, "components_")
    with pytest.raises(ValueError, match="minimum of 2 rows, and partial_fit has seen 1"):
        pca.transform(np.ones((2, 4)))
    assert not hasattr(pca.partial_fit(np.eye(4)[:1]), "components_")  # 3 components need 3 rows
    assert pca.partial_fit(np.eye(4)).components_.shape == (3, 4)


def test_streams_say_how_to_number_rows(rng):
    parts = [StreamingSVD(2, random_state=0).partial_fit(rng.normal(size=(5, 4))) for _ in range(2)]
    with pytest.raises(ValueError, match="first="):
        parts[0].merge(parts[1])


def test_operators_without_a_transpose_are_refused():
    A = np.diag(np.arange(1.0, 9.0))
    with pytest.raises(TypeError, match="svd needs products with the transpose: give .* a method rmatmat or rmatvec"):
        svd(LinearOperator(A.shape, matvec=lambda x: A @ x, dtype=float), 2)
    for rest in ({"rmatvec": lambda x: A.T @ x}, {"rmatmat": lambda x: A.T @ x}):
        found = svd(LinearOperator(A.shape, matvec=lambda x: A @ x, dtype=float, **rest), 2, random_state=0)
        np.testing.assert_allclose(found.s, [8, 7], rtol=1e-3)


@pytest.mark.parametrize("function", [qrcp, lambda A: rpcholesky(A, 2)], ids=["qrcp", "rpcholesky"])
def test_functions_of_whole_arrays_say_so(function):
    A = np.eye(4)
    for given in ([A[:2], A[2:]], iter([A]), lambda: iter([A]), aslinearoperator(A)):
        with pytest.raises(TypeError, match="needs all elements in one array.*numpy.concatenate"):
            function(given)


def test_least_squares_say_where_a_matrix_is_not_finite(rng):
    A = np.asfortranarray(rng.normal(size=(60, 5)))
    A[7, 3] = np.nan
    for given in (A, [A[:20], A[20:]]):
        with pytest.raises(ValueError, match="NaN at row 7, column 3"):
            lstsq(given, np.ones(60))


@pytest.mark.parametrize("scale", [1e-160, 1e-300, 1e300])
def test_norms_of_tiny_and_huge_matrices(rng, scale):
    A = rng.normal(size=(40, 6))
    assert float(norm(A * scale)) / scale == pytest.approx(np.linalg.norm(A), rel=1e-12)
    assert float(norm([A[:9] * scale, A[9:] * scale])) / scale == pytest.approx(np.linalg.norm(A), rel=1e-12)
