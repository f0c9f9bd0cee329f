"""What a matrix can be: arrays of all layouts and types, products, blocks of rows; and what is wrong with some."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import lithe
from lithe import _as_operand, _row_blocks, _run
from lithe.lowrank import (PCA, RowBlocks, TruncatedSVD, cur, diag, eigh, id, lstsq, norm, nystrom, qb, range_finder,
                           ridge, rpcholesky, svd, trace)
from lithe.lowrank import _compute


@pytest.fixture(scope="module")
def matrix():
    """90 x 30, singular values 1, 0.6, 0.36, ..., means away from zero."""
    rng = np.random.default_rng(0)
    U, V = (np.linalg.qr(rng.normal(size=(n, 30)))[0] for n in (90, 30))
    A = (U * 0.6 ** np.arange(30)) @ V.T + 0.02
    A.flags.writeable = False
    return A


class Products:
    """Whatever of an operator a test wants it to have."""

    def __init__(self, A, **more):
        self.shape = A.shape
        vars(self).update(more)


class Multiplies:
    """Products by the operator @, as libraries other than SciPy have them."""

    def __init__(self, A):
        self._A, self.shape, self.dtype = A, A.shape, A.dtype

    def __matmul__(self, x):
        return self._A @ x

    @property
    def T(self):
        return Multiplies(self._A.T)


class Dataset:
    """Blocks of rows from a class that can be gone through again and again."""

    def __init__(self, A, rows):
        self._A, self._rows, self.sweeps = A, rows, 0

    def __iter__(self):
        self.sweeps += 1
        return (self._A[i:i + self._rows] for i in range(0, len(self._A), self._rows))


FORMS = {
    "LinearOperator": aslinearoperator,
    "LinearOperator of vectors": lambda A: LinearOperator(A.shape, matvec=lambda x: A @ x, rmatvec=lambda x: A.T @ x,
                                                          dtype=A.dtype),
    "matmat": lambda A: Products(A, matmat=lambda x: A @ x, rmatmat=lambda x: A.T @ x, dtype=A.dtype),
    "matvec": lambda A: Products(A, matvec=lambda x: A @ x, rmatvec=lambda x: A.T @ x, dtype=A.dtype),
    "@": Multiplies,
    "list of arrays": lambda A: [A[:20], A[20:21], A[21:21], A[21:]],
    "list of columns": lambda A: [np.asfortranarray(A[:50]), A[50:]],
    "list of sparse": lambda A: [sp.csr_array(A[:50]), sp.coo_array(A[50:])],
    "callable": lambda A: lambda: (A[i:i + 7] for i in range(0, len(A), 7)),
    "iterable": lambda A: Dataset(A, 31),
    "RowBlocks": lambda A: RowBlocks(lambda: iter([A[:1], A[1:]]), shape=A.shape, dtype=A.dtype),
}


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_forms_agree(matrix, form, center):
    expected = np.linalg.svd(matrix - center * matrix.mean(axis=0), compute_uv=False)
    found = svd(FORMS[form](matrix), 5, tol=1e-9, center=center, random_state=0)
    np.testing.assert_allclose(found.s, expected[:5], rtol=1e-7)
    left = matrix - (found.mean if center else 0) - (found.U * found.s) @ found.Vt
    exact = found.error_method == "identity"
    assert found.error == pytest.approx(np.linalg.norm(left), rel=1e-6 if exact else 0.5)
    assert found.norm == pytest.approx(np.linalg.norm(expected), rel=1e-9 if exact else 0.5)


@pytest.mark.parametrize("form", FORMS)
def test_single_precision_stays_single(matrix, form):
    found = svd(FORMS[form](matrix.astype(np.float32)), 3, tol=1e-5, random_state=0)
    assert found.U.dtype == found.Vt.dtype == np.float32
    np.testing.assert_allclose(found.s, np.linalg.svd(matrix, compute_uv=False)[:3], rtol=1e-5)


@pytest.mark.parametrize("form", ["list of arrays", "callable", "matmat", "@"])
def test_threads_do_not_change_bits(matrix, form):
    one, two = (svd(FORMS[form](matrix), 4, random_state=3, n_jobs=n) for n in (1, 2))
    for a, b in zip(one, two):
        np.testing.assert_array_equal(a, b)


def test_estimators_take_them(matrix):
    expected = PCA(3, tol=1e-9, random_state=0).fit(matrix)
    for form in ("LinearOperator", "list of arrays", "callable", "list of sparse"):
        X = FORMS[form](matrix)
        pca = PCA(3, tol=1e-9, random_state=0).fit(X)
        np.testing.assert_allclose(pca.components_, expected.components_, atol=1e-6)
        np.testing.assert_allclose(pca.transform(X), expected.transform(matrix), atol=1e-7)
        np.testing.assert_allclose(PCA(3, tol=1e-9, random_state=0).fit_transform(X), expected.transform(matrix),
                                   atol=1e-6)
        ours = TruncatedSVD(3, tol=1e-9, random_state=0).fit(X)
        other = TruncatedSVD(3, tol=1e-9, random_state=0).fit(matrix)
        close = 0.5 if form == "LinearOperator" else 1e-6  # the norm about the means is estimated
        np.testing.assert_allclose(ours.explained_variance_ratio_, other.explained_variance_ratio_, rtol=close)
        np.testing.assert_allclose(ours.transform(X), other.transform(matrix), atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, bool, np.float16, ">f4"])
@pytest.mark.parametrize("order", "CF")
def test_big_arrays_of_other_types_are_converted_by_blocks(monkeypatch, dtype, order):
    A = np.random.default_rng(0).integers(0, 2, size=(200, 40)).astype(dtype, order=order)
    expected = np.linalg.svd(A.astype(float), compute_uv=False)[:3]
    monkeypatch.setattr(_as_operand, "_WHOLE", 0)
    monkeypatch.setattr(_row_blocks, "_PIECE", 8 * 40 * 16)
    operand = _as_operand.as_operand(A, "test")
    assert isinstance(operand, _as_operand.BlockOperand)
    assert [len(block) for block in operand.blocks] == [16] * 12 + [8]
    np.testing.assert_allclose(svd(A, 3, tol=1e-9, random_state=0).s, expected, rtol=1e-7)
    pca = PCA(3, tol=1e-9, random_state=0).fit(A)
    np.testing.assert_allclose(pca.transform(A), PCA(3, tol=1e-9, random_state=0).fit_transform(A), atol=1e-6)


class Dataset5:
    """What a data set of HDF5 looks like from outside."""

    def __init__(self, A):
        self._A, self.shape, self.dtype, self.largest = A, A.shape, A.dtype, 0

    def __getitem__(self, rows):
        self.largest = max(self.largest, len(self._A[rows]))
        return self._A[rows]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._A, dtype=dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_big_arrays_of_other_libraries_are_read_by_blocks(monkeypatch, matrix, dtype):
    A = (1000 * matrix).astype(dtype)
    small, big = Dataset5(A), Dataset5(A)
    found = svd(small, 3, random_state=0)
    assert small.largest == 0
    monkeypatch.setattr(_as_operand, "_WHOLE", 0)
    monkeypatch.setattr(_row_blocks, "_PIECE", 8 * 30 * 16)
    np.testing.assert_allclose(svd(big, 3, random_state=0).s, found.s, rtol=1e-4)
    assert big.largest == 16 and svd(big, 3).U.dtype == (np.float32 if dtype == np.float32 else np.float64)


def test_arrays_are_read_in_place(matrix, tmp_path):
    """Whatever is not copied can be a file."""
    for A in (matrix, np.asfortranarray(matrix), matrix[::2], np.asfortranarray(matrix)[:, 1::3]):
        operand = _as_operand.as_operand(A, "test")
        assert np.shares_memory(operand.array, A)
        view = operand.struct()
        assert (view.dense[0].data, view.kind) == (A.ctypes.data, 1 if A.strides[1] == 8 else 2)
    paths = [tmp_path / name for name in "ab"]
    for path, part in zip(paths, (matrix[:40], matrix[40:])):
        part.tofile(path)
    maps = [np.memmap(path, mode="r").view(np.float64).reshape(-1, 30) for path in paths]
    np.testing.assert_allclose(svd(maps, 3, tol=1e-8, random_state=0).s, np.linalg.svd(matrix, compute_uv=False)[:3],
                               rtol=1e-7)
    for A in (sp.csr_array(matrix), sp.csc_array(matrix)):
        view = _as_operand.as_operand(A, "test").struct()
        assert view.sparse[0].values == A.data.ctypes.data and view.sparse[0].indices == A.indices.ctypes.data


def test_every_pass_reads_the_blocks_once(matrix):
    data = Dataset(matrix, 16)
    found = svd(RowBlocks(data, shape=matrix.shape), 3, method="subspace", max_passes=6, random_state=0)
    assert data.sweeps <= found.passes + 2  # a product with the Gram matrix is two passes in one reading
    assert found.bytes_read == found.passes * matrix.nbytes


def test_products_may_keep_what_they_are_given(matrix):
    seen = []
    A = Products(matrix, matmat=lambda x: (seen.append(x), matrix @ x)[1], rmatmat=lambda x: matrix.T @ x)
    svd(A, 2, random_state=0)
    assert len(seen) > 1 and all(np.isfinite(x).all() and x.flags.writeable for x in seen)


# Failures of Python code behind a matrix.

class Broken(Exception):
    pass


def _fail(after, error):
    calls = []

    def product(x, A):
        calls.append(None)
        if len(calls) > after:
            raise error
        return A @ x

    return product


FUNCTIONS = {
    "svd": lambda A: svd(A, 2), "centred": lambda A: svd(A, 2, center=True),
    "range_finder": lambda A: range_finder(A, 2), "id": lambda A: id(A, 2), "rows": lambda A: id(A, 2, axis=0),
    "cur": lambda A: cur(A, 2), "norm": lambda A: norm(A, 2),
    "lstsq": lambda A: lstsq(A, np.ones(A.shape[0])), "ridge": lambda A: ridge(A, np.ones(A.shape[0]), 0.1),
    "eigh": lambda A: eigh(A, 2), "nystrom": lambda A: nystrom(A, 2), "trace": trace, "diag": diag,
    "PCA": lambda A: PCA(2).fit(A),
}


@pytest.mark.parametrize("error", [Broken("here"), KeyError("there"), SystemExit(3), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("after", [0, 1])
def test_exceptions_come_out_unchanged(matrix, function, error, after):
    A = matrix.T @ matrix
    product = _fail(after, error)
    operator = Products(A, matmat=lambda x: product(x, A), rmatmat=lambda x: product(x, A.T))
    try:
        FUNCTIONS[function](operator)
    except BaseException as raised:
        assert raised is error
    else:
        assert after  # one product was enough


@pytest.mark.parametrize("where", [0, 1])
def test_exceptions_of_blocks_come_out_unchanged(matrix, where):
    error = Broken("block")

    def blocks():
        if where:
            yield matrix[:50]
        raise error

    for A in (blocks, RowBlocks(blocks, shape=matrix.shape)):
        for function in (lambda A: svd(A, 2), lambda A: qb(A, 0.1), lambda A: PCA(2).fit(A)):
            with pytest.raises(Broken) as raised:
                function(A)
            assert raised.value is error


@pytest.mark.parametrize("returned, message", [
    (lambda y: y[:-1], r"the product A x has shape \(89, \d+\) for x of shape \(30, \d+\), expected \(90, \d+\)"),
    (lambda y: y.T, "the product A x has shape"),
    (lambda y: y[:, 0], "the product A x has shape"),
    (lambda y: 1.0, r"the product A x has shape \(\)"),
    (lambda y: None, r"the product A x has shape \(\)"),
    (lambda y: y + 0j, "elements of type complex128, expected real numbers"),
    (lambda y: y.astype(str), "expected real numbers"),
    (lambda y: y * np.nan, "NaN"),
    (lambda y: y + np.inf, "inf"),
])
def test_products_that_are_wrong(matrix, returned, message):
    A = Products(matrix, matmat=lambda x: returned(matrix @ x), rmatmat=lambda x: matrix.T @ x)
    with pytest.raises(ValueError, match=message):
        svd(A, 2)


def test_products_of_the_transpose_that_are_wrong(matrix):
    A = Products(matrix, matmat=lambda x: matrix @ x, rmatmat=lambda x: matrix @ matrix.T @ x)
    with pytest.raises(ValueError, match=r"the product A\^T x has shape \(90, \d+\) .* expected \(30, \d+\)"):
        svd(A, 2)


def test_products_of_the_transpose_that_are_missing(matrix):
    A = matrix.T @ matrix
    half = Products(A, matmat=lambda x: A @ x)
    np.testing.assert_allclose(eigh(half, 2, tol=1e-9, random_state=0).values,
                               np.sort(np.linalg.eigvalsh(A))[::-1][:2], rtol=1e-8)
    for function in ("svd", "norm", "diag", "lstsq"):
        with pytest.raises(TypeError, match=f"{function} needs products with the transpose: give Products"):
            FUNCTIONS[function](half)


@pytest.mark.parametrize("blocks, message", [
    (lambda A: [A[:40], A[40:, 1:]], "block 1 of rows has 29 columns, but the one before has 30"),
    (lambda A: RowBlocks([A[:40], A[40:, 1:]], shape=A.shape), "block 1 of rows has 29 columns, expected 30"),
    (lambda A: RowBlocks([A[:40]], shape=A.shape), "the blocks of rows ended after 40 of 90 rows"),
    (lambda A: RowBlocks([A, A[:1]], shape=A.shape), "91 rows or more, expected 90; block 1 is one too many"),
    (lambda A: [], r"Expected 2D array"),
    (lambda A: lambda: iter([]), "there are no blocks of rows"),
    (lambda A: lambda: iter([A[0]]), "Expected 2D array, got 1D array"),
    (lambda A: [A[:40], A[40:] * np.nan], "NaN"),
    (lambda A: [A[:0]], r"0 sample\(s\)"),
    (lambda A: [A[:, :0]], r"0 feature\(s\)"),
    (lambda A: [A + 0j], "Complex data not supported"),
])
def test_blocks_that_are_wrong(matrix, blocks, message):
    with pytest.raises(ValueError, match=message):
        svd(blocks(matrix), 2)


def test_iterators_that_end_early(matrix):
    """The same iterator over and over looks like a callable that returns new ones, at first."""
    spent = iter([matrix[:40], matrix[40:]])
    with pytest.raises(ValueError, match="ended after 0 of 90 rows; a callable must return a new iterator each time"):
        svd(lambda: spent, 2)
    calls = []

    def shrinking():
        calls.append(None)
        return iter([matrix] if len(calls) < 3 else [matrix[:50]])

    with pytest.raises(ValueError, match="ended after 50 of 90 rows"):
        svd(shrinking, 2, method="subspace")


def test_iterators_are_refused_with_advice(matrix):
    for function, name in ((lambda A: svd(A, 2), "svd"), (lambda A: qb(A, 0.1), "qb")):
        with pytest.raises(TypeError, match=f"{name} reads its matrix several times.*a function that returns a new"):
            function(iter([matrix]))
    with pytest.raises(TypeError, match="several times"):
        svd((block for block in [matrix]), 2)


@pytest.mark.parametrize("shape", [(3,), (3, 4, 5), (-1, 2), "ab", 7, (2.5, 2)])
def test_impossible_shapes(matrix, shape):
    with pytest.raises(ValueError, match="shape must be two numbers of at least 0"):
        RowBlocks([matrix], shape=shape)


def test_impossible_row_blocks(matrix):
    with pytest.raises(ValueError, match="dtype must be float32 or float64, got int64"):
        RowBlocks([matrix], dtype=np.int64)
    with pytest.raises(TypeError, match="blocks of rows must come from a sequence.*got int"):
        RowBlocks(3)
    with pytest.raises(ValueError, match="an iterator of blocks needs its shape"):
        RowBlocks(iter([matrix])).shape


def test_a_list_tells_its_shape_without_being_read(tmp_path):
    """Only the headers of the parts are looked at: their pages are not even readable."""
    path = tmp_path / "big"
    with open(path, "wb") as file:
        os.truncate(file.fileno(), 8 * 50_000 * 1000)
    part = np.memmap(path, mode="r", shape=(50_000, 1000), dtype=np.float64)
    assert RowBlocks([part] * 1000).shape == (50_000_000, 1000)
    assert RowBlocks([part[:1].astype(np.float32), part[:1]]).dtype == np.float64


@pytest.mark.parametrize("A, message", [
    (np.ones(3), "Expected 2D array, got 1D array"),
    (np.ones((2, 2, 2)), "dim 3"),
    ("abc", "could not convert"),
    (None, None), ({1: 2}, None), (3.0, None),
    (np.array([["a", "b"]]), "could not convert"),
    (aslinearoperator(np.ones((2, 2), dtype=complex)), "Complex data not supported"),
])
def test_what_is_no_matrix(A, message):
    with pytest.raises((ValueError, TypeError), match=message):
        svd(A, 1)


def test_operators_without_rows():
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        svd(Products(np.ones((0, 3)), matmat=len, rmatmat=len), 1)


def test_square_matrices_are_asked_for(matrix):
    for function in (lambda A: eigh(A, 2), lambda A: nystrom(A, 2), trace, diag):
        with pytest.raises(ValueError, match=r"needs a square matrix, got one of shape \(90, 30\)"):
            function(matrix)


def test_kernels_that_are_wrong(matrix):
    error = Broken("kernel")

    def broken(x, y):
        raise error

    with pytest.raises(Broken) as raised:
        rpcholesky(matrix, 3, kernel=broken)
    assert raised.value is error
    with pytest.raises(ValueError, match=r"the kernel returned shape \(3,\) for 64 and 64 points, expected \(64, 64\)"):
        rpcholesky(matrix, 3, kernel=lambda x, y: np.ones(3))
    with pytest.raises(ValueError, match="NaN"):
        rpcholesky(matrix, 3, kernel=lambda x, y: np.full((len(x), len(y)), np.nan))
    with pytest.raises(ValueError, match="'kernel' parameter of rpcholesky must be None, a callable or one of"):
        rpcholesky(matrix, 3, kernel="magic")
    with pytest.raises(ValueError, match="needs a square matrix, got one of shape .* for points name a kernel"):
        rpcholesky(matrix, 3)


def test_products_may_use_the_library(matrix):
    """A product that is itself a call of the library, and fails inside of it."""
    inner = []

    def product(x):
        inner.append(svd(matrix, 2, random_state=0).s)
        return matrix @ x

    found = svd(Products(matrix, matmat=product, rmatmat=lambda x: matrix.T @ x), 2, random_state=0)
    assert len(inner) > 1 and all((s == inner[0]).all() for s in inner)
    np.testing.assert_allclose(found.s, inner[0], rtol=1e-3)
    with pytest.raises(ValueError, match="k=99 must be between 1 and"):
        svd(Products(matrix, matmat=lambda x: svd(matrix, 99), rmatmat=lambda x: matrix.T @ x), 2)


def test_calls_on_several_threads_keep_their_failures_apart(matrix):
    def work(number):
        def product(x):
            time.sleep(0.001)
            if number % 2:
                raise Broken(number)
            return matrix @ x

        try:
            return svd(Products(matrix, matmat=product, rmatmat=lambda x: matrix.T @ x), 3, random_state=0).s[0]
        except Broken as failure:
            return failure.args[0]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, range(16)))
    assert found[1::2] == list(range(1, 16, 2)) and len(set(found[::2])) == 1


@pytest.mark.parametrize("kind", ["product", "blocks"])
def test_interrupted_during_callbacks(run_python, kind):
    run_python(f"""
kind = {kind!r}
import numpy as np, os, signal, threading, time
from lithe.lowrank import RowBlocks, svd
A = np.random.default_rng(0).normal(size=(300, 200))
class Slow:
    shape = A.shape
    def matmat(self, x):
        time.sleep(0.02)
        return A @ x
    def rmatmat(self, x):
        time.sleep(0.02)
        return A.T @ x
def blocks():
    for i in range(0, 300, 30):
        time.sleep(0.005)
        yield A[i:i + 30]
def interrupt():
    time.sleep(0.5)
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
sent = []
data = Slow() if kind == "product" else RowBlocks(blocks, shape=A.shape)
threading.Thread(target=interrupt).start()
try:
    svd(data, 5, tol=1e-300, method="subspace", max_passes=10**6)
    raise SystemExit("not interrupted")
except KeyboardInterrupt:
    assert time.monotonic() - sent[0] < 2
assert len(svd(A, 2).s) == 2
""")


@pytest.fixture
def slow():
    """A matrix of which every product takes a while."""
    A = np.random.default_rng(0).normal(size=(90, 60))

    def slowly(B):
        def product(x):
            time.sleep(0.06)
            return B @ x

        return product

    return Products(A, matmat=slowly(A), rmatmat=slowly(A.T))


def test_progress_counts_passes(slow):
    seen = []
    with pytest.warns(lithe.ConvergenceWarning):
        svd(slow, 3, method="subspace", max_passes=8, tol=1e-300, callback=seen.append, random_state=0)
    assert seen[-1].phase == "passes" and seen[-1].max_iterations in (8, 9)  # one more samples the error
    counts = [p.iteration for p in seen]
    assert counts == sorted(counts) and counts[-1] >= 4


def test_callback_cancels_between_products(slow):
    with pytest.raises(lithe.Cancelled):
        svd(slow, 3, method="subspace", max_passes=1000, tol=1e-300, callback=lambda p: p.iteration > 1)


def test_options_are_those_of_the_library():
    """Every option that a function can send is known to the library, and the other way round."""
    solvers = ["lowrank"] + [f"lowrank_{name}" for name in ("solve", "probe", "logdet", "sketch", "stream", "pca")]
    known = {option["name"] for solver in solvers
             for option in json.loads(_run.text("lithe_describe", solver))}
    assert known == set(_compute.CHECKS)
