"""Singular value decompositions: against NumPy, SciPy and scikit-learn, and what happens with bad input."""

import inspect
import json
import pickle
import re

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.decomposition
from scipy.sparse.linalg import svds
from sklearn.datasets import load_digits
from sklearn.utils.estimator_checks import parametrize_with_checks

import lithe
from lithe import _run
from lithe.lowrank import PCA, SVDResult, TruncatedSVD, svd

LAYOUTS = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "strided": lambda A: np.repeat(A, 2, axis=1)[:, ::2],
    "leading columns": lambda A: np.hstack([A, A])[:, :A.shape[1]],
    "reversed columns": lambda A: np.asfortranarray(A[:, ::-1])[:, ::-1],
    "csr": sp.csr_array,
    "csc": sp.csc_array,
    "csr_matrix": sp.csr_matrix,
    "coo": sp.coo_array,
    "csr64": lambda A: _wide(sp.csr_array(A)),
    "csc64": lambda A: _wide(sp.csc_array(A)),
}


def _wide(A):
    A.indices, A.indptr = A.indices.astype(np.int64), A.indptr.astype(np.int64)
    return A


@pytest.fixture(scope="module")
def matrix():
    """120 x 40, singular values 1, 0.7, 0.49, ... , about a third of the elements zero, means away from zero."""
    rng = np.random.default_rng(0)
    U, V = (np.linalg.qr(rng.normal(size=(n, 40)))[0] for n in (120, 40))
    A = (U * 0.7 ** np.arange(40)) @ V.T + 0.02
    A[np.abs(A) < 0.01] = 0
    A.flags.writeable = False
    return A


def assert_same_up_to_sign(a, b, tol):
    """Columns a and b are unit vectors with |cos| = 1."""
    np.testing.assert_allclose(np.abs((a * b).sum(axis=0)), 1, atol=tol)


@pytest.mark.parametrize("method", ["auto", "krylov", "subspace", "gram"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_agrees_with_numpy(matrix, layout, method):
    U, s, Vt = np.linalg.svd(matrix, full_matrices=False)
    result = svd(LAYOUTS[layout](matrix), 6, tol=1e-8, method=method, random_state=0)
    assert isinstance(result, SVDResult) and result.converged
    np.testing.assert_allclose(result.s, s[:6], rtol=1e-7)
    assert_same_up_to_sign(result.U, U[:, :6], 1e-6)
    assert_same_up_to_sign(result.Vt.T, Vt[:6].T, 1e-6)
    assert result.error == pytest.approx(np.sqrt((s[6:] ** 2).sum()), rel=1e-6)
    assert result.relative_error == pytest.approx(result.error / np.linalg.norm(matrix), rel=1e-9)
    assert result.norm == pytest.approx(np.linalg.norm(matrix), rel=1e-9)
    assert (np.take_along_axis(result.Vt, np.abs(result.Vt).argmax(axis=1)[:, None], axis=1) > 0).all()
    if method != "auto":
        assert result.method == method


@pytest.mark.parametrize("layout", LAYOUTS)
def test_centring(matrix, layout):
    expected = np.linalg.svd(matrix - matrix.mean(axis=0), compute_uv=False)
    result = svd(LAYOUTS[layout](matrix), 5, tol=1e-8, center=True, random_state=0)
    np.testing.assert_allclose(result.s, expected[:5], rtol=1e-7)
    np.testing.assert_allclose(result.mean, matrix.mean(axis=0), atol=1e-15)
    assert result.error == pytest.approx(np.sqrt((expected[5:] ** 2).sum()), rel=1e-6)
    left = matrix - result.mean - (result.U * result.s) @ result.Vt
    assert np.linalg.norm(left) == pytest.approx(result.error, rel=1e-6)


@pytest.mark.parametrize("layout", ["rows", "columns", "csr", "csc", "csc64"])
def test_single_precision_stays_single(matrix, layout):
    A = LAYOUTS[layout](matrix.astype(np.float32))
    result = svd(A, 4, tol=1e-5, random_state=0)
    assert result.U.dtype == result.Vt.dtype == np.float32 and result.s.dtype == np.float64
    np.testing.assert_allclose(result.s, np.linalg.svd(matrix, compute_uv=False)[:4], rtol=1e-5)
    np.testing.assert_allclose(result.U.T @ result.U, np.eye(4), atol=1e-5)


def test_arrays_are_read_in_place(matrix, tmp_path):
    """Whatever is not copied can be a file."""
    for order in "CF":
        path = tmp_path / order
        file = np.memmap(path, dtype=np.float64, mode="w+", shape=matrix.shape, order=order)
        file[:] = matrix
        file.flush()
        opened = np.memmap(path, dtype=np.float64, mode="r", shape=matrix.shape, order=order)
        np.testing.assert_allclose(svd(opened, 3, random_state=0).s, svd(matrix, 3, random_state=0).s, rtol=1e-6)


def test_agrees_with_svds():
    A = sp.random(400, 300, density=0.03, random_state=0, format="csr")
    _, s, _ = svds(A, 5, random_state=0)
    np.testing.assert_allclose(svd(A, 5, tol=1e-9, random_state=0).s, np.sort(s)[::-1], rtol=1e-7)


def test_duplicate_entries_add_up():
    A = sp.csr_array((np.array([1.0, 2.0, 4.0]), np.array([1, 1, 0]), np.array([0, 2, 3])), shape=(2, 2))
    np.testing.assert_allclose(svd(A, 2, random_state=0).s, [4, 3], rtol=1e-12)


@pytest.mark.parametrize("A, expected", [
    (np.zeros((6, 4)), [0, 0]),
    (sp.csr_array((6, 4)), [0, 0]),
    (np.outer(np.arange(5.0), np.ones(3)), [np.sqrt(90), 0]),
    (np.array([[3.0, 4.0]]), [5]),
    (np.array([[3.0], [4.0]]), [5]),
    (np.diag([3.0, 2.0]), [3, 2]),
    (np.diag([3e-200, 2e-200]), [3e-200, 2e-200]),
    (np.diag([3e200, 2e200]), [3e200, 2e200]),
], ids=["zero", "sparse zero", "rank 1", "1 x n", "n x 1", "all", "tiny", "huge"])
@pytest.mark.parametrize("method", ["auto", "krylov", "subspace", "gram"])
def test_edges(A, expected, method):
    result = svd(A, len(expected), method=method, random_state=0)
    np.testing.assert_allclose(result.s, expected, rtol=1e-12, atol=1e-14 * max(expected))
    np.testing.assert_allclose(result.U.T @ result.U, np.eye(len(expected)), atol=1e-12)
    np.testing.assert_allclose(result.Vt @ result.Vt.T, np.eye(len(expected)), atol=1e-12)


@pytest.mark.parametrize("shape", [(30, 12), (12, 30), (20, 20)])
def test_full_rank(shape):
    A = np.random.default_rng(0).normal(size=shape)
    result = svd(A, min(shape), random_state=0)
    np.testing.assert_allclose(result.s, np.linalg.svd(A, compute_uv=False), rtol=1e-9)
    np.testing.assert_allclose((result.U * result.s) @ result.Vt, A, atol=1e-9)
    assert result.relative_error < 1e-7


@pytest.mark.parametrize("layout", ["rows", "columns", "csr", "csc"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_found(matrix, layout, bad):
    A = matrix.copy()
    A[7, 3] = bad
    for center in (False, True):
        with pytest.raises(ValueError, match="row 7, column 3|column 3, row 7"):
            svd(LAYOUTS[layout](A), 2, center=center)
    with pytest.raises(ValueError, match="NaN|inf"):
        PCA(2).fit(LAYOUTS[layout](A))


@pytest.mark.parametrize("arguments, message", [
    ({"k": 0}, "'k' parameter of svd must be an int in the range"),
    ({"k": 41}, r"k=41 must be between 1 and min\(m, n\)=40"),
    ({"k": 2.5}, "'k' parameter of svd"),
    ({"k": 2, "tol": -1}, "'tol' parameter of svd"),
    ({"k": 2, "tol": 1}, "'tol' parameter of svd"),
    ({"k": 2, "method": "magic"}, "method must be one of"),
    ({"k": 2, "n_oversamples": -1}, "'n_oversamples' parameter of svd"),
    ({"k": 2, "max_passes": 1.5}, "'max_passes' parameter of svd"),
    ({"k": 2, "random_state": "x"}, "'random_state' parameter of svd"),
    ({"k": 2, "n_jobs": 0}, "n_jobs"),
])
def test_impossible_arguments(matrix, arguments, message):
    with pytest.raises(ValueError, match=message):
        svd(matrix, **arguments)


def test_impossible_matrices():
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        svd(np.ones(3), 1)
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        svd(np.ones((0, 3)), 1)
    with pytest.raises(ValueError, match=r"0 feature\(s\)"):
        svd(sp.csr_array((3, 0)), 1)
    with pytest.raises(ValueError, match="Complex data not supported"):
        svd(sp.csr_array(np.ones((2, 2), dtype=complex)), 1)
    broken = sp.csr_array(np.ones((2, 2)))
    broken.indices[1] = 7
    with pytest.raises(ValueError, match="column index 7"):
        svd(broken, 1)


def test_other_types_are_converted(matrix):
    A = np.random.default_rng(0).integers(0, 9, size=(20, 8))
    expected = np.linalg.svd(A, compute_uv=False)[:2]
    for B in (A, A.tolist(), A.astype(np.uint8), A.astype(np.float16), sp.csr_array(A), A.astype(">f8"),
              np.asfortranarray(A), np.asfortranarray(A, dtype=">f8")):
        np.testing.assert_allclose(svd(B, 2, tol=1e-9, random_state=0).s, expected, rtol=1e-8)


@pytest.mark.parametrize("layout", ["rows", "columns", "csr", "csc"])
def test_threads_do_not_change_bits(layout):
    rng = np.random.default_rng(0)
    A = rng.normal(size=(3000, 300)) * (rng.random((3000, 300)) < 0.2)
    A = LAYOUTS[layout](A.astype(np.float32))
    one, two = (svd(A, 8, center=True, method="krylov", random_state=5, n_jobs=n) for n in (1, 2))
    for a, b in zip((*one, one.mean), (*two, two.mean)):
        np.testing.assert_array_equal(a, b)
    assert one.error == two.error


def test_a_result_tells_about_itself(matrix):
    result = svd(matrix, 3, method="krylov")
    again = svd(matrix, 3, method="krylov", random_state=result.seed)
    np.testing.assert_array_equal(result.U, again.U)
    text = result.explain()
    for part in ("rank 3 of a 120 x 40 matrix", "method krylov", f"{result.passes} passes", f"seed {result.seed}"):
        assert part in text
    copied = pickle.loads(pickle.dumps(result))
    assert copied.explain() == text
    np.testing.assert_array_equal(copied.U, result.U)


def test_unmet_tolerance_warns():
    A = np.random.default_rng(0).normal(size=(400, 300))
    with pytest.warns(lithe.ConvergenceWarning, match="not met in 4 passes"):
        result = svd(A, 5, tol=1e-12, method="krylov", max_passes=4, random_state=0)
    assert not result.converged
    with pytest.warns(lithe.ConvergenceWarning):
        TruncatedSVD(5, tol=1e-12, method="krylov", max_passes=4, random_state=0).fit(A)


def test_callback_stops(matrix):
    A = np.random.default_rng(0).normal(size=(4000, 500))
    seen = []
    with pytest.raises(lithe.Cancelled):
        svd(A, 20, tol=1e-300, method="krylov", callback=lambda p: seen.append(p) or True)
    assert seen


def test_printed_progress_has_no_objective(capsys):
    svd(np.random.default_rng(0).normal(size=(3000, 500)), 20, tol=1e-4, method="krylov", random_state=0, verbose=2)
    printed = capsys.readouterr().out
    assert "[lithe] passes " in printed and "nan" not in printed


def test_interrupted(run_python):
    run_python("""
import numpy as np, os, signal, threading, time
from lithe.lowrank import PCA, svd
A = np.random.default_rng(0).normal(size=(20000, 500))
sent = []
def interrupt():
    time.sleep(0.5)
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
pca = PCA(20, tol=1e-300, method="subspace", max_passes=10**6)
threading.Thread(target=interrupt).start()
try:
    pca.fit(A)
    raise SystemExit("not interrupted")
except KeyboardInterrupt:
    assert time.monotonic() - sent[0] < 5
assert not hasattr(pca, "components_")
assert svd(A[:50], 2).converged
""")


# The estimators.

def expected_failures(_):
    return {}


@parametrize_with_checks([PCA(), PCA(1, whiten=True), TruncatedSVD(), TruncatedSVD(1, method="subspace")],
                         expected_failed_checks=expected_failures)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", [PCA, TruncatedSVD])
def test_signature_is_what_the_library_describes(estimator):
    signature = inspect.signature(estimator).parameters
    described = {o["name"]: o for o in json.loads(_run.text("lithe_describe", "lowrank"))}
    of_scikit_learn = {"copy", "whiten", "svd_solver", "iterated_power", "power_iteration_normalizer", "algorithm",
                       "n_iter"}
    of_the_run = {"n_jobs", "verbose", "progress", "callback"}
    elsewhere = {"strong", "right_only"}
    assert set(signature) - of_scikit_learn - of_the_run - {"sketch_size"} == set(described) - elsewhere
    assert set(estimator._library_options) == set(described) - elsewhere
    for name in set(described) - elsewhere - {"n_components", "random_state"}:
        assert signature[name].default == described[name]["default"] == inspect.signature(svd).parameters[name].default
    for function in (estimator, svd):
        for name in inspect.signature(function).parameters:
            documented = inspect.getdoc(function)
            assert re.search(rf"^{name} : ", documented, re.M), name


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("layout", ["rows", "columns", "csr", "csc"])
@pytest.mark.parametrize("k", [4, None])
def test_pca_agrees_with_scikit_learn(matrix, layout, whiten, k):
    X = LAYOUTS[layout](matrix)
    ours = PCA(k, whiten=whiten, tol=1e-10, random_state=0).fit(X)
    theirs = sklearn.decomposition.PCA(k, whiten=whiten, svd_solver="full").fit(matrix)
    lead = slice(0, 8)
    np.testing.assert_allclose(ours.components_[lead], theirs.components_[lead], atol=1e-6)
    for name in ("explained_variance_", "explained_variance_ratio_", "singular_values_", "mean_", "noise_variance_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-6, atol=1e-9, err_msg=name)
    assert (ours.n_components_, ours.n_samples_, ours.n_features_in_) == (k or 40, 120, 40)
    scores = ours.transform(X)
    np.testing.assert_allclose(scores[:, lead], theirs.transform(matrix)[:, lead], atol=1e-5)
    np.testing.assert_allclose(ours.inverse_transform(scores), theirs.inverse_transform(theirs.transform(matrix)),
                               atol=1e-6)
    both = PCA(k, whiten=whiten, tol=1e-10, random_state=0).fit_transform(X)
    np.testing.assert_allclose(both[:, lead], scores[:, lead], atol=1e-5)
    assert list(ours.get_feature_names_out()[:2]) == ["pca0", "pca1"]


@pytest.mark.parametrize("layout", ["rows", "columns", "csr", "csc"])
def test_truncated_svd_agrees_with_scikit_learn(matrix, layout):
    X = LAYOUTS[layout](matrix)
    ours = TruncatedSVD(4, tol=1e-10, random_state=0).fit(X)
    theirs = sklearn.decomposition.TruncatedSVD(4, algorithm="arpack").fit(matrix)
    np.testing.assert_allclose(ours.components_, theirs.components_, atol=1e-6)
    for name in ("explained_variance_", "explained_variance_ratio_", "singular_values_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-6, err_msg=name)
    scores = ours.transform(X)
    np.testing.assert_allclose(scores, theirs.transform(matrix), atol=1e-6)
    np.testing.assert_allclose(ours.fit_transform(X), scores, atol=1e-6)
    np.testing.assert_allclose(ours.inverse_transform(scores), theirs.inverse_transform(scores), atol=1e-6)


@pytest.mark.parametrize("dtype, close", [(np.float32, 2e-4), (np.float64, 1e-10)])
@pytest.mark.parametrize("mean", [0.1, 300.0])
def test_variances_of_scores_have_their_digits_whatever_the_means(dtype, close, mean):
    X = np.random.default_rng(0).normal(size=(5000, 12)) * np.arange(1.0, 13.0) + mean
    model = TruncatedSVD(3, random_state=0, tol=1e-12)
    scores = model.fit_transform(X.astype(dtype)).astype(np.float64)
    np.testing.assert_allclose(model.explained_variance_, scores.var(axis=0), rtol=close)
    np.testing.assert_allclose(model.explained_variance_ratio_, scores.var(axis=0) / X.var(axis=0).sum(), rtol=close)


def test_whitened_scores_have_variance_one(matrix):
    scores = PCA(5, whiten=True, random_state=0).fit_transform(matrix)
    np.testing.assert_allclose(np.cov(scores.T), np.eye(5), atol=1e-9)


def test_constant_data():
    pca = PCA(2, random_state=0).fit(np.full((9, 3), 4.0))
    np.testing.assert_array_equal(pca.explained_variance_, 0)
    np.testing.assert_array_equal(pca.explained_variance_ratio_, 0)
    np.testing.assert_array_equal(pca.mean_, 4)


@pytest.mark.parametrize("estimator", [PCA(3), TruncatedSVD(3)])
def test_too_many_components(estimator):
    with pytest.raises(ValueError, match=r"n_components=3 must be between 1 and min\(n_samples, n_features\)=2"):
        estimator.fit(np.ones((5, 2)))


@pytest.mark.parametrize("brand", ["pandas", "polars"])
def test_frames(matrix, brand):
    frames = pytest.importorskip(brand)
    X = frames.DataFrame({f"c{j}": matrix[:, j] for j in range(5)})
    pca = PCA(2, random_state=0).set_output(transform=brand).fit(X)
    out = pca.transform(X)
    assert isinstance(out, frames.DataFrame) and list(out.columns) == ["pca0", "pca1"]
    assert list(pca.feature_names_in_) == list(X.columns)
    np.testing.assert_allclose(out.to_numpy(), PCA(2, random_state=0).fit(matrix[:, :5]).transform(matrix[:, :5]),
                               atol=1e-12)


def test_works_with_numpy_alone(run_python):
    assert "done" in run_python("""
import sys
for name in ("sklearn", "scipy", "tqdm", "pandas"):
    sys.modules[name] = None
import numpy as np
from lithe.lowrank import PCA, TruncatedSVD, svd
A = np.random.default_rng(0).normal(size=(50, 8))
assert np.allclose(svd(A, 8).s, np.linalg.svd(A, compute_uv=False))
assert PCA(3).fit_transform(A).shape == TruncatedSVD(3).fit_transform(A).shape == (50, 3)
class Rows:  # what SciPy's csr_array looks like from outside
    format, shape, nnz, dtype = "csr", (2, 2), 2, np.dtype(float)
    data, indices, indptr = np.array([3.0, 2.0]), np.array([0, 1], dtype=np.int32), np.array([0, 1, 2], dtype=np.int32)
    tocsr = None
assert np.allclose(svd(Rows(), 2).s, [3, 2])
class Products:
    def __init__(self, A):
        self.A, self.shape = A, A.shape
    def __matmul__(self, x):
        return self.A @ x
    T = property(lambda self: Products(self.A.T))
for B in (Products(A), [A[:20], A[20:]], lambda: iter([A])):
    assert np.allclose(svd(B, 8).s, np.linalg.svd(A, compute_uv=False))
from lithe import lowrank
S = A.T @ A + np.eye(8)
for function in (lowrank.trace, lowrank.diag, lowrank.logdet, lowrank.norm):
    assert "seed" in function(S).explain()
for function in (lowrank.eigh, lowrank.nystrom, lowrank.id, lowrank.cur, lowrank.range_finder, lowrank.rpcholesky):
    assert "seed" in function(S, 3).explain()
assert np.allclose(lowrank.lstsq(A, A @ np.ones(8)).x, 1)
assert lowrank.sketch(A, 20).shape == (20, 8) and len(lowrank.interpolative.interp_decomp(A, 0.1)) == 3
assert np.allclose(PCA(3).partial_fit(A).explained_variance_, PCA(3).fit(A).explained_variance_)
assert lowrank.StreamingSVD(3).fit(iter([A[:10], A[10:]])).components_.shape == (3, 8)
print("done")
""")


@pytest.mark.parametrize("k", [2, 5, 10, 20, 30, 60])
@pytest.mark.parametrize("method", ["auto", "krylov"])
def test_constant_columns(k, method):
    """Columns of zeros after centring leave directions that no product reaches."""
    X = load_digits(return_X_y=True)[0]
    centred = X - X.mean(axis=0)
    np.testing.assert_allclose(svd(X, k, center=True, tol=1e-8, method=method, random_state=0).s,
                               np.linalg.svd(centred, compute_uv=False)[:k], rtol=1e-7)
    gram = centred.T @ centred
    expected = np.linalg.svd(gram, compute_uv=False)[:k]
    np.testing.assert_allclose(svd(gram, k, tol=1e-8, method=method, random_state=0).s, expected,
                               rtol=1e-7, atol=2e-8 * expected[0])
