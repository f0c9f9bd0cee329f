"""The functions of lithe.lowrank against NumPy and SciPy, their error statements, and trouble."""

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator
from scipy.spatial.distance import cdist

import lithe
from lithe.lowrank import (cur, diag, eigh, id, lstsq, norm, nystrom, qb, qrcp, range_finder, ridge, rpcholesky, svd,
                           trace)


def orthonormal(rows, cols, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(rows, cols)))[0]


def with_spectrum(m, n, s):
    """An m x n matrix with the singular values s."""
    return (orthonormal(m, len(s)) * s) @ orthonormal(n, len(s), 1).T


def symmetric(values):
    V = orthonormal(len(values), len(values))
    return (V * values) @ V.T


SPECTRA = {
    "1/i": 1 / np.arange(1.0, 61),
    "exponential": 0.7 ** np.arange(60),
    "flat": np.ones(60),
    "clusters": np.repeat([4.0, 1.0, 0.2], 20),
    "rank 7": np.r_[np.linspace(2, 1, 7), np.zeros(53)],
    "huge": 1e150 / np.arange(1.0, 61),
    "tiny": 1e-150 / np.arange(1.0, 61),
}
FORMS = {"array": np.asarray, "columns": np.asfortranarray, "sparse": sp.csr_array, "products": aslinearoperator,
         "blocks": lambda A: [A[:30], A[30:]]}
DTYPES = {np.float64: 1e-7, np.float32: 1e-3}


@pytest.fixture(params=SPECTRA)
def spectrum(request):
    return SPECTRA[request.param]


def tail(s, k):
    return np.linalg.norm(s[k:] / s[0]) * s[0]


# Bases and singular values.

@pytest.mark.parametrize("form", FORMS)
def test_range_finder(spectrum, form):
    A = with_spectrum(100, 80, spectrum)
    found = range_finder(FORMS[form](A), 10, random_state=0)
    Q = found.Q
    np.testing.assert_allclose(Q.T @ Q, np.eye(Q.shape[1]), atol=1e-12)
    scale = spectrum[0]
    left = np.linalg.norm(A / scale - Q @ (Q.T @ (A / scale))) * scale
    assert left <= 1.2 * tail(spectrum, 10) + 1e-12 * scale
    # The estimate is that of a basis of one column less.
    assert 0.7 * left - 1e-11 * scale <= found.error <= 2 * left + 1e-11 * scale
    assert found.relative_error == pytest.approx(found.error / tail(spectrum, 0), rel=0.2, abs=1e-11)
    assert found.error_method in ("leave-one-out", "sampled")
    (alone,) = found
    assert alone is Q


@pytest.mark.parametrize("form", ["array", "columns", "sparse", "blocks"])
@pytest.mark.parametrize("tol", [0.5, 0.1, 1e-3, 1e-6])
def test_qb_meets_the_tolerance(spectrum, form, tol):
    A = with_spectrum(100, 80, spectrum)
    found = qb(FORMS[form](A), tol, random_state=0)
    Q, B = found
    scale = spectrum[0]
    left = np.linalg.norm(A / scale - Q @ (B / scale)) * scale
    total = tail(spectrum, 0)
    assert left <= 1.01 * tol * total and found.relative_error <= tol
    assert found.error == pytest.approx(left, rel=1e-3, abs=1e-7 * total)
    fewest = next(k for k in range(61) if tail(spectrum, k) <= tol * total)
    assert max(1, fewest) <= len(B) <= max(1, 1.1 * fewest + 2)


def test_svd_of_a_tolerance(spectrum):
    A = with_spectrum(100, 80, spectrum)
    found = svd(A, tol=0.05, random_state=0)
    left = np.linalg.norm((A - (found.U * found.s) @ found.Vt) / spectrum[0]) * spectrum[0]
    assert left <= 1.01 * 0.05 * tail(spectrum, 0)
    assert found.error == pytest.approx(left, rel=1e-3, abs=1e-7 * tail(spectrum, 0)) and found.converged
    again = svd(A, len(found.s), tol=1e-9, random_state=0) if spectrum[0] == 1 else found
    np.testing.assert_allclose(found.s, again.s, rtol=0.3)


def test_svd_needs_a_rank_or_a_tolerance():
    with pytest.raises(ValueError, match="svd needs a rank k or, to find one, a relative error tol > 0"):
        svd(np.ones((3, 3)))


def test_truncated_results_state_their_error():
    s = SPECTRA["1/i"]
    A = with_spectrum(100, 80, s)
    less = svd(A, 20, tol=1e-9, random_state=0).truncated(5)
    assert less.error == pytest.approx(np.linalg.norm(A - (less.U * less.s) @ less.Vt), rel=1e-9)
    assert less.relative_error == pytest.approx(less.error / np.linalg.norm(A), rel=1e-9)
    for k in (0, 6):
        with pytest.raises(ValueError, match="k must be between 1 and 5"):
            less.truncated(k)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", FORMS)
def test_eigh(form, dtype):
    values = np.r_[5.0, -4.0, 3.0, -2.5, 2.0, np.linspace(1, -1, 55)]
    A = symmetric(values).astype(dtype)
    found = eigh(FORMS[form](A), 4, tol=DTYPES[dtype], random_state=0)
    np.testing.assert_allclose(found.values, values[:4], rtol=DTYPES[dtype])
    assert found.V.dtype == dtype and found.values.dtype == np.float64
    np.testing.assert_allclose(A @ found.V, found.V * found.values.astype(dtype), atol=30 * DTYPES[dtype])
    left = np.linalg.norm(A - (found.V * found.values) @ found.V.T)
    assert found.error == pytest.approx(left, rel=0.01 if found.error_method == "identity" else 0.6)
    assert len(found.residuals) == 4 and found.residuals.max() < 30 * DTYPES[dtype]


def test_eigh_of_clusters_and_ranks():
    for values in (np.repeat([3.0, -3.0, 1.0], 20), np.r_[1.0, np.zeros(59)], np.zeros(60), -np.ones(60)):
        found = eigh(symmetric(values), 10, random_state=0)
        np.testing.assert_allclose(np.abs(found.values), np.sort(np.abs(values))[::-1][:10], atol=1e-10)
        np.testing.assert_allclose(found.V.T @ found.V, np.eye(10), atol=1e-10)


def test_eigh_of_what_is_not_symmetric():
    with pytest.raises(ValueError, match="symmetric"):
        eigh(np.random.default_rng(0).normal(size=(60, 60)), 5)
    with pytest.raises(ValueError, match="symmetric"):
        nystrom(np.random.default_rng(0).normal(size=(60, 60)), 5)


@pytest.mark.parametrize("form", FORMS)
def test_nystrom(form):
    values = np.abs(SPECTRA["exponential"])
    A = symmetric(values)
    found = nystrom(FORMS[form](A), 10, random_state=0)
    np.testing.assert_allclose(found.values, values[:10], rtol=0.02)
    left = A - (found.V * found.values) @ found.V.T
    assert np.linalg.eigvalsh(left).min() > -1e-9
    assert found.error == pytest.approx(np.linalg.norm(left), rel=0.6)


def test_indefinite_matrices_are_refused():
    A = symmetric(np.r_[np.ones(30), -np.ones(30)])
    with pytest.raises(lithe.NumericalError, match="semidefinite|indefinite"):
        nystrom(A, 5)
    with pytest.raises(lithe.NumericalError, match="semidefinite|indefinite|negative"):
        rpcholesky(-symmetric(np.ones(20)), 3)
    with pytest.raises(lithe.NumericalError, match="semidefinite|indefinite"):
        trace(symmetric(np.r_[np.ones(150), -np.ones(150)]), psd=True, n_products=20)


# Columns and rows of the matrix itself.

@pytest.mark.parametrize("strong", [False, True])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("form", FORMS)
def test_id(spectrum, form, axis, strong):
    A = with_spectrum(100, 80, spectrum)
    found = id(FORMS[form](A), 9, axis=axis, strong=strong, random_state=0)
    scale, k = spectrum[0], len(found.indices)
    assert k == min(9, np.count_nonzero(spectrum)) and len(set(found.indices)) == k
    chosen, P = (A[:, found.indices], found.P) if axis else (A[found.indices].T, found.P.T)
    np.testing.assert_allclose(found.C if axis else found.C.T, chosen, rtol=1e-12, atol=1e-12 * scale)
    np.testing.assert_array_equal(P[:, found.indices], np.eye(k))
    left = np.linalg.norm((A - found.approximation) / scale) * scale
    assert left <= 3 * tail(spectrum, k) + 1e-10 * scale
    assert found.error == pytest.approx(left, rel=0.6, abs=1e-9 * scale)
    assert found.axis == axis


def kahan(n, angle=1.2):
    """Upper triangular, and pivoting finds no reason to move a column although the last ones hardly matter."""
    s, c = np.sin(angle), np.cos(angle)
    R = np.triu(np.full((n, n), -c), 1) + np.eye(n)
    return s ** np.arange(n)[:, None] * R


def test_strong_id_bounds_the_coefficients():
    A = kahan(60)
    strong = id(A, 40, strong=True, random_state=0)
    best = np.linalg.svd(A, compute_uv=False)
    assert strong.error <= 10 * np.linalg.norm(best[40:])
    assert np.abs(strong.P).max() < 10


@pytest.mark.parametrize("form", FORMS)
def test_cur(form):
    s = SPECTRA["exponential"]
    A = with_spectrum(100, 80, s)
    found = cur(FORMS[form](A), 10, random_state=0)
    C, U, R = found
    np.testing.assert_allclose(C, A[:, found.column_indices], atol=1e-14)
    np.testing.assert_allclose(R, A[found.row_indices], atol=1e-14)
    left = np.linalg.norm(A - C @ U @ R)
    assert left <= 4 * tail(s, 10) and found.error == pytest.approx(left, rel=0.6)


@pytest.mark.parametrize("dtype", DTYPES)
def test_qrcp(dtype):
    A = with_spectrum(200, 50, 0.7 ** np.arange(50)).astype(dtype)
    Q, R, perm = found = qrcp(A, random_state=0)
    eps = np.finfo(dtype).eps
    assert Q.dtype == R.dtype == dtype and sorted(perm) == list(range(50))
    np.testing.assert_allclose(Q.T @ Q, np.eye(len(R)), atol=100 * eps)
    np.testing.assert_allclose(Q @ R, A[:, perm], atol=100 * eps)
    np.testing.assert_array_equal(np.tril(R[:, :len(R)], -1), 0)
    theirs = np.abs(np.diag(scipy.linalg.qr(A.astype(float), mode="economic", pivoting=True)[1]))
    lead = theirs > 1e3 * eps
    ratio = np.abs(np.diag(R))[lead[:len(R)]] / theirs[lead][:len(R)]
    assert 0.2 < ratio.min() and ratio.max() < 5
    assert "rank" in found.explain()


def test_qrcp_finds_ranks():
    A = with_spectrum(100, 40, np.r_[np.ones(7), 1e-3 * np.ones(5), np.zeros(28)])
    assert len(qrcp(A, random_state=0).R) == 12
    assert len(qrcp(A, tol=0.05, random_state=0).R) == 7
    assert len(qrcp(A, 3, random_state=0).R) == 3
    with pytest.raises(ValueError, match="100|wide|rows|m >= n"):
        qrcp(A.T)
    with pytest.raises(TypeError, match="dense"):
        qrcp(sp.csr_array(A))


# Kernels.

def rbf(x, y, gamma=0.05):
    return np.exp(-gamma * cdist(x, y, "sqeuclidean"))


@pytest.mark.parametrize("given", ["matrix", "callable"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_rpcholesky(given, dtype):
    X = np.random.default_rng(0).normal(size=(300, 3)).astype(dtype)
    K = rbf(X, X)
    found = (rpcholesky(K.astype(dtype), 40, random_state=0) if given == "matrix" else
             rpcholesky(X, 40, kernel=rbf, random_state=0))
    F, pivots = found
    assert F.shape == (40, 300) and F.dtype == dtype and len(set(pivots)) == 40
    left = K - F.T @ F
    tiny = 100 * np.finfo(dtype).eps
    assert found.error == pytest.approx(np.trace(left), rel=0.05, abs=float(300 * tiny))
    assert found.relative_error == pytest.approx(found.error / 300)
    assert np.linalg.eigvalsh(left).min() > -10 * tiny
    np.testing.assert_allclose(left[:, pivots], 0, atol=10 * tiny)
    np.testing.assert_allclose(np.tril(F[:, pivots], -1), 0, atol=tiny)
    best = np.linalg.eigvalsh(K)[::-1]
    assert found.error < 10 * best[30:].sum()


def test_kernels_of_points():
    X = np.random.default_rng(0).normal(size=(200, 3))
    far = cdist(X, X)
    kernels = {("rbf", "gamma"): lambda p: np.exp(-p * far**2),
               ("matern32", "length_scale"): lambda p: (1 + 3**0.5 * far / p) * np.exp(-(3**0.5) * far / p),
               ("matern52", "length_scale"): lambda p: (1 + 5**0.5 * far / p + 5 * far**2 / p**2 / 3)
               * np.exp(-(5**0.5) * far / p)}
    for (kernel, name), matrix in kernels.items():
        for value in (0.5, 2.0):
            found = rpcholesky(X, 200, kernel=kernel, **{name: value}, random_state=0)
            np.testing.assert_allclose(found.F.T @ found.F, matrix(value), atol=1e-9)
        with pytest.raises(ValueError, match=f"'{name}' parameter of rpcholesky"):
            rpcholesky(X, 5, kernel=kernel, **{name: -1.0})
    np.testing.assert_array_equal(rpcholesky(X, 5, kernel="rbf", random_state=0).F,
                                  rpcholesky(X, 5, kernel="rbf", gamma=1 / 3, random_state=0).F)


def test_rpcholesky_of_a_tolerance():
    X = np.random.default_rng(0).normal(size=(300, 3))
    found = rpcholesky(X, kernel=rbf, tol=1e-4, random_state=0)
    assert found.converged and found.relative_error <= 1e-4 < 1 and len(found.F) < 100
    with pytest.raises(ValueError, match="needs a rank k or, to find one, a relative error of the trace"):
        rpcholesky(X, kernel=rbf)
    np.testing.assert_allclose(rpcholesky(np.zeros((4, 4)), 2).relative_error, 0)


# Systems.

@pytest.mark.parametrize("method", ["auto", "direct", "iterative"])
@pytest.mark.parametrize("form", FORMS)
def test_lstsq(form, method):
    rng = np.random.default_rng(0)
    A, B = with_spectrum(100, 20, 0.8 ** np.arange(20)), rng.normal(size=(100, 3))
    found = lstsq(FORMS[form](A), B, method=method, random_state=0)
    expected, _, rank, s = scipy.linalg.lstsq(A, B)
    np.testing.assert_allclose(found.x, expected, rtol=1e-8)
    np.testing.assert_allclose(found.residuals, np.linalg.norm(A @ expected - B, axis=0), rtol=1e-10)
    assert found.rank == rank and s[0] / s[-1] / 3 < found.condition < 3 * s[0] / s[-1]
    assert method in ("auto", found.method)
    x, residuals, *_ = lstsq(FORMS[form](A), B[:, 0], method=method, random_state=0)
    assert x.shape == (20,) and residuals.shape == (1,)
    np.testing.assert_allclose(x, expected[:, 0], rtol=1e-8)


@pytest.mark.parametrize("method", ["direct", "iterative"])
def test_lstsq_of_a_matrix_that_lacks_rank(method):
    A = with_spectrum(100, 20, np.r_[np.ones(8), np.zeros(12)])
    b = np.random.default_rng(0).normal(size=100)
    found = lstsq(A, b, method=method, random_state=0)
    assert found.rank == 8
    np.testing.assert_allclose(found.x, np.linalg.lstsq(A, b)[0], atol=1e-9)


@pytest.mark.parametrize("method", ["direct", "iterative"])
@pytest.mark.parametrize("mu", [1e-4, 1.0, 100.0])
def test_ridge(method, mu):
    A, b = with_spectrum(100, 20, 0.8 ** np.arange(20)), np.random.default_rng(0).normal(size=100)
    expected = np.linalg.solve(A.T @ A + mu * np.eye(20), A.T @ b)
    np.testing.assert_allclose(ridge(A, b, mu, method=method, random_state=0).x, expected, rtol=1e-8, atol=1e-12)


def test_impossible_systems():
    A = np.ones((5, 2))
    for b in (np.ones(4), np.ones((4, 2))):
        with pytest.raises(ValueError, match="A has 5 rows, b has 4"):
            lstsq(A, b)
    for b in (np.ones((5, 1, 1)), np.ones(5) * 1j, np.float64(3)):
        with pytest.raises(ValueError, match=r"right-hand sides of shape \(m,\) or \(m, k\) with real elements"):
            lstsq(A, b)
    with pytest.raises(ValueError, match="rows|m >= n|tall"):
        lstsq(np.ones((2, 5)), np.ones(2))
    with pytest.raises(ValueError, match="NaN"):
        lstsq(A, np.full(5, np.nan))
    for mu in (0, -1, np.nan, "x"):
        with pytest.raises(ValueError, match="'mu' parameter of ridge"):
            ridge(A, np.ones(5), mu)


# Numbers.

@pytest.mark.parametrize("psd", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_trace_and_diag(form, psd):
    values = 1 / np.arange(1.0, 401) ** 2
    A = symmetric(values)
    found = trace(FORMS[form](A), psd=psd, random_state=0)
    assert abs(found.value - values.sum()) <= 3 * found.error < 0.05
    assert found.products <= 100 and float(found) == found.value
    value, error = found
    assert (value, error) == (found.value, found.error)
    values, errors = diag(FORMS[form](A), psd=psd, n_products=150, random_state=0)
    assert np.mean(np.abs(values - np.diag(A)) <= 3 * errors) > 0.8
    assert np.abs(values - np.diag(A)).max() < 0.02


def test_small_traces_are_exact():
    A = np.random.default_rng(0).normal(size=(40, 40))
    found = trace(A, random_state=0)
    assert found.error == 0 and found.value == pytest.approx(np.trace(A), rel=1e-12)
    assert "exact" in found.explain()
    np.testing.assert_allclose(diag(A, random_state=0).values, np.diag(A), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_norm(spectrum, form):
    A = with_spectrum(100, 80, spectrum)
    spectral, frobenius = norm(FORMS[form](A), 2, random_state=0), norm(FORMS[form](A), "fro", random_state=0)
    assert spectral.value == pytest.approx(spectrum[0], rel=1e-6)
    assert spectral.value <= spectrum[0] * (1 + 1e-12)
    true = tail(spectrum, 0)
    assert abs(frobenius.value - true) <= max(3 * frobenius.error, 1e-12 * true)
    assert form == "products" or frobenius.error == 0


@pytest.mark.parametrize("form", FORMS)
def test_single_precision_is_close_to_double(form):
    A = with_spectrum(100, 80, SPECTRA["1/i"])
    B, S = A.astype(np.float32), symmetric(np.abs(SPECTRA["1/i"]))
    T, make = S.astype(np.float32), FORMS[form]
    for one, two in ((range_finder(make(A), 9, random_state=0), range_finder(make(B), 9, random_state=0)),
                     (id(make(A), 9, random_state=0), id(make(B), 9, random_state=0)),
                     (cur(make(A), 9, random_state=0), cur(make(B), 9, random_state=0)),
                     (nystrom(make(S), 9, random_state=0), nystrom(make(T), 9, random_state=0))):
        assert two[0].dtype in (np.float32, np.float64, np.int64) and two[1 if len(two) > 1 else 0].dtype == np.float32
        assert two.error == pytest.approx(one.error, rel=0.02)
    tall, right = A[:, :20], A[:, 30]
    for one, two in ((norm(make(A), 2, random_state=0), norm(make(B), 2, random_state=0)),
                     (trace(make(S), random_state=0), trace(make(T), random_state=0)),
                     (lstsq(make(tall), right, random_state=0), lstsq(make(B[:, :20]), right, random_state=0))):
        np.testing.assert_allclose(one[0], two[0], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("function", [
    lambda A: svd(A, 2), lambda A: range_finder(A, 2), lambda A: qb(A, 0.5), lambda A: eigh(A, 2),
    lambda A: nystrom(A, 2), lambda A: id(A, 2), lambda A: id(A, 2, axis=0), lambda A: cur(A, 2), lambda A: qrcp(A),
    trace, diag, norm, lambda A: norm(A, 2)])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_found(function, bad):
    A = np.eye(6) + 1
    A[3, 2] = A[2, 3] = bad
    for B in (A, np.asfortranarray(A), A.astype(np.float32)):
        with pytest.raises(ValueError, match="NaN|inf"):
            function(B)


@pytest.mark.parametrize("function", [lambda A: rpcholesky(A, 2), lambda A: lstsq(A, np.ones(6)),
                                      lambda A: ridge(A, np.ones(6), 1.0)])
def test_what_is_not_finite_is_refused(function):
    A = np.eye(6) + 1
    A[3, 2] = A[2, 3] = A[3, 3] = np.nan
    with pytest.raises((ValueError, lithe.NumericalError), match="NaN"):
        function(A)


@pytest.mark.parametrize("A", [np.zeros((6, 4)), np.ones((6, 4)), np.ones((1, 4)), np.ones((6, 1)), np.ones((1, 1)),
                               np.eye(6, 4) * 1e-300, np.eye(6, 4) * 1e300],
                         ids=["zero", "rank 1", "one row", "one column", "one element", "tiny", "huge"])
def test_small_and_odd(A):
    """Zero, rank 1, one row, one column, k = min(m, n), far from 1: everything comes out finite and consistent."""
    m, n = A.shape
    k, scale = min(m, n), max(np.abs(A).max(), 1e-300)
    np.testing.assert_allclose(svd(A, k, random_state=0).s / scale, np.linalg.svd(A / scale, compute_uv=False),
                               atol=1e-12)
    Q = range_finder(A, k, random_state=0).Q
    np.testing.assert_allclose(Q @ (Q.T @ (A / scale)), A / scale, atol=1e-12)
    if 1e-100 < scale < 1e100 or not A.any():
        Q, B = qb(A, 0.1, random_state=0)
        assert np.linalg.norm(A / scale - Q @ (B / scale)) <= 0.1 * np.linalg.norm(A / scale)
    else:
        with pytest.raises(lithe.NumericalError, match="sum of squares of A leaves the range of float64; rescale A"):
            qb(A, 0.1)
    for axis in (0, 1):
        found = id(A, k, axis=axis, random_state=0)
        np.testing.assert_allclose(found.approximation / scale, A / scale, atol=1e-9)
        assert len(found.indices) >= 1
    C, U, R = cur(A, k, random_state=0)
    np.testing.assert_allclose((C / scale) @ (U * scale) @ (R / scale), A / scale, atol=1e-9)
    if m >= n:
        Q, R, perm = qrcp(A, random_state=0)
        np.testing.assert_allclose(Q @ (R / scale), A[:, perm] / scale, atol=1e-12)
        x = lstsq(A, A.sum(axis=1), random_state=0).x
        np.testing.assert_allclose(A / scale @ x, A.sum(axis=1) / scale, atol=1e-9)
    gram = (A / scale).T @ (A / scale)
    for function in (eigh, nystrom):
        found = function(gram, n, random_state=0)
        np.testing.assert_allclose((found.V * found.values) @ found.V.T, gram, atol=1e-6)
    F, _ = rpcholesky(gram, n, random_state=0)
    np.testing.assert_allclose(F.T @ F, gram, atol=1e-6)


@pytest.mark.parametrize("k", [0, -1, 5, 2.0, True, "3"])
@pytest.mark.parametrize("function", [svd, range_finder, eigh, nystrom, id, cur, rpcholesky])
def test_impossible_ranks(function, k):
    with pytest.raises(ValueError, match=rf"'k' parameter of {function.__name__} must be an int|k=5 must be between 1"):
        function(np.eye(4), k)


@pytest.mark.parametrize("tol", [0, 1, -0.1, np.nan, "x"])
def test_impossible_tolerances(tol):
    with pytest.raises(ValueError, match="tol"):
        qb(np.eye(4), tol)


def test_impossible_words():
    with pytest.raises(ValueError, match="'axis' parameter of id must be 0 for rows or 1 for columns. Got 2 instead"):
        id(np.eye(4), 2, axis=2)
    with pytest.raises(ValueError, match="'strong' parameter of id must be a bool"):
        id(np.eye(4), 2, strong="very")
    with pytest.raises(ValueError, match="spectral"):
        norm(np.eye(4), "nuclear")
    with pytest.raises(ValueError, match="method must be .* got .magic"):
        lstsq(np.eye(4), np.ones(4), method="magic")
