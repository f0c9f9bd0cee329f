"""Random sketches and log-determinants."""

import inspect

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

import lithe
from lithe.lowrank import RowBlocks, Sketch, logdet, sketch

KINDS = ["gaussian", "sparse_sign", "srtt"]
FORMS = {"array": np.asarray, "columns": np.asfortranarray, "sparse": sp.csr_array, "by columns": sp.csc_array,
         "products": aslinearoperator, "blocks": lambda A: [A[:70], A[70:71], A[71:]],
         "integers": lambda A: A.astype(np.int32)}


@pytest.fixture(scope="module")
def matrix():
    """200 x 12, integers."""
    A = np.random.default_rng(0).integers(-9, 9, size=(200, 12)).astype(float)
    A.flags.writeable = False
    return A


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_all_forms_meet_the_same_sketch(matrix, kind, form):
    S = Sketch(30, kind=kind, random_state=3)
    dense = S @ np.eye(200)
    assert dense.shape == (30, 200)
    np.testing.assert_allclose(S @ FORMS[form](matrix), dense @ matrix, atol=1e-11 * np.abs(matrix).sum())
    np.testing.assert_allclose(S @ matrix[:, 0], dense @ matrix[:, 0], atol=1e-10)
    np.testing.assert_array_equal(S @ matrix, sketch(matrix, 30, kind=kind, random_state=3))
    np.testing.assert_array_equal(S @ matrix, Sketch(30, kind=kind, random_state=S.seed) @ matrix)


@pytest.mark.parametrize("kind", KINDS)
def test_sketches_keep_lengths_on_average(kind):
    mean = np.mean([S.T @ S for S in (Sketch(20, kind=kind, random_state=i) @ np.eye(30) for i in range(400))], axis=0)
    np.testing.assert_allclose(mean, np.eye(30), atol=0.07)


@pytest.mark.parametrize("kind", KINDS)
def test_sketches_keep_subspaces(kind):
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(3000, 10)))[0]
    for basis in (Q, np.eye(3000, 10)):  # spread out, and as concentrated as it can be
        s = np.linalg.svd(Sketch(400, kind=kind, random_state=1) @ basis, compute_uv=False)
        assert 0.7 < s.min() and s.max() < 1.3


def test_columns_of_sparse_sign_sketches():
    S = Sketch(50, nonzeros=3, random_state=0) @ np.eye(40)
    assert ((S != 0).sum(axis=0) == 3).all()
    np.testing.assert_allclose(np.abs(S[S != 0]), 1 / np.sqrt(3))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_do_not_change_bits(kind, dtype):
    A = np.random.default_rng(0).normal(size=(5000, 60)).astype(dtype)
    one, two = (sketch(A, 100, kind=kind, random_state=0, n_jobs=n) for n in (1, 2))
    assert one.dtype == dtype
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_are_read_once(matrix, kind):
    blocks = RowBlocks((matrix[i:i + 30] for i in range(0, 200, 30)), shape=matrix.shape)
    np.testing.assert_allclose(sketch(blocks, 25, kind=kind, random_state=0),
                               sketch(matrix, 25, kind=kind, random_state=0), atol=1e-10)
    with pytest.raises(ValueError, match="read already"):
        sketch(blocks, 25, kind=kind)
    with pytest.raises(ValueError, match=r"needs its shape: RowBlocks\(iterator, shape=\(m, n\)\)"):
        sketch(iter([matrix]), 25)


@pytest.mark.parametrize("arguments, message", [
    ({"size": 0}, "'size' parameter of Sketch"), ({"size": 2.5}, "'size' parameter of Sketch"),
    ({"size": 5, "kind": "magic"}, "kind must be .*magic"), ({"size": 5, "nonzeros": -1}, "'nonzeros' parameter"),
    ({"size": 5, "random_state": "x"}, "'random_state' parameter of Sketch")])
def test_impossible_sketches(matrix, arguments, message):
    with pytest.raises(ValueError, match=message):
        sketch(matrix, **arguments)


def test_what_is_not_finite_is_found(matrix):
    A = matrix.copy()
    A[7, 3] = np.nan
    for form in ("array", "columns", "sparse", "blocks"):
        with pytest.raises(ValueError, match="NaN"):
            Sketch(10) @ FORMS[form](A)


def test_a_sketch_shows_how_to_repeat_it():
    S = Sketch(7, kind="srtt")
    assert repr(S) == f"Sketch(7, kind='srtt', random_state={S.seed})"
    np.testing.assert_array_equal(eval(repr(S)) @ np.eye(9), S @ np.eye(9))
    assert list(inspect.signature(sketch).parameters)[2:5] == list(inspect.signature(Sketch).parameters)[1:4]


# Log-determinants.

def semidefinite(values):
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(len(values), len(values))))[0]
    return (Q * values) @ Q.T


@pytest.mark.parametrize("form", ["array", "sparse", "products", "blocks"])
@pytest.mark.parametrize("n", [40, 500])
def test_logdet(form, n):
    A = semidefinite(1 / np.arange(1.0, n + 1) ** 2)
    for mu in (1e-3, 1.0):
        found = logdet(FORMS[form](A), mu, random_state=0)
        expected = np.linalg.slogdet(A + mu * np.eye(n))[1]
        assert abs(found.value - expected) <= max(4 * found.error, 1e-8 * n)
        assert found.error < 0.02 * abs(expected) + 0.05
        assert (found.error == 0) == (n <= 300)


def test_logdet_without_a_preconditioner():
    A = semidefinite(np.linspace(1, 3, 400))
    expected = np.linalg.slogdet(A)[1]
    for rank in (0, 5):
        found = logdet(A, rank=rank, random_state=0)
        assert abs(found.value - expected) <= 4 * found.error < 0.1 * expected


def test_logdet_is_repeatable():
    A = semidefinite(1 / np.arange(1.0, 401))
    one, two = (logdet(A, 0.1, random_state=5, n_jobs=n) for n in (1, 2))
    assert (one.value, one.error, one.seed) == (two.value, two.error, 5)


@pytest.mark.parametrize("n", [40, 400])
def test_logdet_of_what_is_not_positive_definite(n):
    with pytest.raises(lithe.NumericalError, match="definite"):
        logdet(semidefinite(np.linspace(-1, 1, n)))
    with pytest.raises(ValueError, match="symmetric"):
        logdet(np.random.default_rng(0).normal(size=(n, n)))
    with pytest.raises(ValueError, match="needs a square matrix"):
        logdet(np.ones((n, n + 1)))
    for mu in (-1, np.nan, "x"):
        with pytest.raises(ValueError, match="'mu' parameter of logdet"):
            logdet(np.eye(n), mu)
    with pytest.raises(ValueError, match="'rank' parameter of logdet"):
        logdet(np.eye(n), rank=-3)
