"""Singular value decompositions of matrices that pass by once."""

import copy
import inspect
import itertools
import json
import pickle

import joblib
import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator
from sklearn.decomposition import IncrementalPCA
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

import lithe
from lithe import _run
from lithe.lowrank import RowBlocks, StreamingSVD, svd


@pytest.fixture(scope="module")
def matrix():
    """300 x 120, singular values 1, 0.8, 0.64, ..."""
    rng = np.random.default_rng(0)
    U, V = (np.linalg.qr(rng.normal(size=(n, 60)))[0] for n in (300, 120))
    A = (U * 0.8 ** np.arange(60)) @ V.T
    A.flags.writeable = False
    return A


@pytest.fixture(scope="module")
def whole(matrix):
    """All rows at once; tests must not change it."""
    return StreamingSVD(8, random_state=1).fit(matrix)


def assert_same(a, b, tol=1e-9):
    for name in ("components_", "singular_values_", "left_singular_vectors_", "scree_"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=tol, err_msg=name)
    assert a.relative_error_ == pytest.approx(b.relative_error_, rel=1e-6)
    assert a.n_samples_seen_ == b.n_samples_seen_


@parametrize_with_checks([StreamingSVD(1), StreamingSVD(2, sketch_size=5)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_the_error_is_small_and_stated(matrix, whole):
    left = matrix - (whole.left_singular_vectors_ * whole.singular_values_) @ whole.components_
    best = np.linalg.norm(0.8 ** np.arange(8, 60))
    assert np.linalg.norm(left) <= 1.3 * best
    assert whole.error_ == pytest.approx(np.linalg.norm(left), rel=0.7)
    assert whole.relative_error_ == pytest.approx(whole.error_ / np.linalg.norm(matrix), rel=1e-9)
    np.testing.assert_allclose(whole.components_ @ whole.components_.T, np.eye(8), atol=1e-12)
    np.testing.assert_allclose(whole.left_singular_vectors_.T @ whole.left_singular_vectors_, np.eye(8), atol=1e-12)
    np.testing.assert_allclose(whole.singular_values_, 0.8 ** np.arange(8), rtol=0.05)
    assert whole.scree_[8] == pytest.approx(whole.relative_error_, rel=0.5)
    assert (np.take_along_axis(whole.components_, np.abs(whole.components_).argmax(axis=1)[:, None], axis=1) > 0).all()


def test_exact_where_the_rank_is_low():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(200, 3)) @ rng.normal(size=(3, 50))
    stream = StreamingSVD(3, random_state=0).fit(A)
    np.testing.assert_allclose(stream.singular_values_, np.linalg.svd(A, compute_uv=False)[:3], rtol=1e-9)
    assert stream.relative_error_ < 1e-7
    np.testing.assert_allclose(stream.inverse_transform(stream.transform(A)), A, atol=1e-9)
    np.testing.assert_allclose(stream.fit_transform(A), stream.transform(A), atol=1e-8)


def test_rank_from_a_tolerance(matrix):
    stream = StreamingSVD(20, tol=0.2, random_state=0).fit(matrix)
    assert 5 <= stream.n_components_ <= 11 and stream.components_.shape == (stream.n_components_, 120)
    assert stream.relative_error_ <= 0.2
    assert list(stream.get_feature_names_out())[-1] == f"streamingsvd{stream.n_components_ - 1}"


FORMS = {
    "rows": lambda A: [A], "single rows": lambda A: [A[i:i + 1] for i in range(len(A))],
    "columns": lambda A: [np.asfortranarray(A)], "sparse": lambda A: [sp.csr_array(A[:100]), sp.csc_array(A[100:])],
    "list": lambda A: [[A[:7], A[7:7], A[7:]]], "iterator": lambda A: [iter([A[:150], sp.coo_array(A[150:])])],
    "callable": lambda A: [lambda: (A[i:i + 50] for i in range(0, 300, 50))],
    "RowBlocks": lambda A: [RowBlocks([A[:150]], shape=(150, 120)), RowBlocks(iter([A[150:]]))],
}


@pytest.mark.parametrize("form", FORMS)
def test_the_way_rows_come_does_not_matter(matrix, whole, form):
    stream = StreamingSVD(8, random_state=1)
    for part in FORMS[form](matrix):
        stream.partial_fit(part)
    assert_same(stream, whole)
    assert stream.squared_norm_ == pytest.approx((matrix**2).sum())


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_rows_may_come_in_any_order(matrix, whole, order):
    stream = StreamingSVD(8, random_state=1)
    for i in order:
        stream.partial_fit(matrix[100 * i:100 * (i + 1)], first=100 * i)
    assert_same(stream, whole)


def test_merge_equals_whole(matrix, whole):
    parts = [StreamingSVD(8, random_state=1).partial_fit(matrix[i:i + 75], first=i) for i in range(0, 300, 75)]
    states = [pickle.dumps(part) for part in parts]
    merged = copy.deepcopy(parts[2]).merge(parts[0]).merge(copy.deepcopy(parts[3]).merge(parts[1]))
    assert_same(merged, whole)
    assert [pickle.dumps(part) for part in parts[:2]] == states[:2]


def test_threads_do_not_change_bits(matrix):
    one, two = (StreamingSVD(8, random_state=1, n_jobs=n).fit(matrix) for n in (1, 2))
    for name in ("components_", "singular_values_", "left_singular_vectors_", "co_range_", "core_", "check_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_single_precision_is_close(matrix, whole):
    assert_same(StreamingSVD(8, random_state=1).fit(matrix.astype(np.float32)), whole, tol=1e-4)


def test_factors_follow_new_rows(matrix):
    stream = StreamingSVD(4, random_state=0).fit(matrix[:100])
    first = stream.components_
    assert stream.components_ is first
    stream.partial_fit(matrix[100:])
    assert stream.components_ is not first and stream.left_singular_vectors_.shape == (300, 4)
    assert stream.fit(matrix[:100]).n_samples_seen_ == 100
    np.testing.assert_array_equal(stream.components_, first)


@pytest.mark.parametrize("copied", [lambda s: pickle.loads(pickle.dumps(s)), copy.deepcopy])
def test_saved_streams_go_on(matrix, whole, copied):
    stream = StreamingSVD(8, random_state=1).fit(matrix[:100])
    assert stream.components_.shape == (8, 120)
    other = copied(stream)
    assert_same(other.partial_fit(matrix[100:]), whole)
    assert stream.n_samples_seen_ == 100


def test_saved_streams_go_on_from_read_only_files(matrix, whole, tmp_path):
    joblib.dump(StreamingSVD(8, random_state=1).fit(matrix[:100]), tmp_path / "stream")
    assert_same(joblib.load(tmp_path / "stream", mmap_mode="r").partial_fit(matrix[100:]), whole)


def test_rows_count_once(matrix):
    stream = StreamingSVD(4, random_state=0).fit(matrix[:100])
    with pytest.raises(ValueError, match="rows 90 to 99 have been seen before; every row of a matrix counts once"):
        stream.partial_fit(matrix[:20], first=90)
    with pytest.raises(ValueError, match="rows 0 to 99 have been seen before"):
        stream.merge(copy.deepcopy(stream))
    assert stream.n_samples_seen_ == 100


def test_parts_that_do_not_belong_together(matrix):
    stream = StreamingSVD(4, random_state=0).fit(matrix[:100])
    for other in (StreamingSVD(4, random_state=1).partial_fit(matrix[100:], first=100),
                  StreamingSVD(5, random_state=0).partial_fit(matrix[100:], first=100),
                  StreamingSVD(4, random_state=0).partial_fit(matrix[100:, 1:], first=100)):
        before = pickle.dumps(stream)
        with pytest.raises(ValueError, match="random_state|sketches of width|columns"):
            stream.merge(other)
        assert pickle.dumps(stream) == before
    with pytest.raises(NotFittedError):
        stream.merge(StreamingSVD(4))


def test_bad_rows_leave_the_stream_as_it_was(matrix):
    stream = StreamingSVD(4, random_state=0).fit(matrix[:100])
    before = pickle.dumps(stream)
    bad = matrix[100:120].copy()
    bad[3, 5] = np.nan
    for rows, message in ((bad, "NaN"), (sp.csr_array(bad), "NaN"), (matrix[100:, :7], "7 features"),
                          (matrix[0], "1D array"), (matrix[:0], r"0 sample\(s\)"), (matrix * 1j, "Complex")):
        with pytest.raises(ValueError, match=message):
            stream.partial_fit(rows)
    assert pickle.dumps(stream) == before


def test_blocks_before_a_bad_one_count(matrix):
    def blocks():
        yield matrix[:50]
        yield matrix[50:60]
        raise KeyError("disk")

    stream = StreamingSVD(4, random_state=0)
    with pytest.raises(KeyError, match="disk"):
        stream.fit(blocks)
    assert stream.n_samples_seen_ == 60


def test_progress_counts_rows(matrix, capsys):
    seen = []
    StreamingSVD(4, callback=seen.append).fit([matrix[:100], matrix[100:]])
    assert [(p.phase, p.iteration, p.max_iterations) for p in seen] == [("rows", 100, 300), ("rows", 300, 300)]
    StreamingSVD(4, verbose=2).fit(iter([matrix[:100], matrix[100:]]))
    assert "[lithe] rows 100  0" in capsys.readouterr().out
    stopped = StreamingSVD(4, callback=lambda p: True)
    with pytest.raises(lithe.Cancelled):
        stopped.fit(iter([matrix]))
    assert not hasattr(stopped, "components_")


def test_impossible_arguments(matrix):
    with pytest.raises(TypeError, match="needs rows, and of this matrix only products are known"):
        StreamingSVD(4).fit(aslinearoperator(matrix))
    with pytest.raises(ValueError, match="n_components=121 must be between 1 and n_features=120"):
        StreamingSVD(121).fit(matrix)
    with pytest.raises(ValueError, match="'n_components' parameter of StreamingSVD"):
        StreamingSVD(0).fit(matrix)
    with pytest.raises(ValueError, match="sketch_size"):
        StreamingSVD(8, sketch_size=5).fit(matrix)
    with pytest.raises(ValueError, match="'first' parameter of partial_fit"):
        StreamingSVD(4).partial_fit(matrix, first=-1)
    with pytest.raises(ValueError, match="no blocks of rows"):
        StreamingSVD(4).fit(iter([]))
    assert not hasattr(StreamingSVD(4), "components_")


@pytest.mark.parametrize("A", [np.zeros((20, 6)), np.ones((20, 6)), np.ones((1, 6)), np.ones((20, 1)), np.ones((1, 1)),
                               np.full((20, 6), 1e-100), np.full((20, 6), 1e100)],
                         ids=["zero", "rank 1", "one row", "one column", "one element", "tiny", "huge"])
def test_small_and_odd(A):
    scale = max(np.abs(A).max(), 1e-300)
    stream = StreamingSVD(1, random_state=0).fit(A)
    expected = np.linalg.svd(A / scale, compute_uv=False)[:1]
    np.testing.assert_allclose(stream.singular_values_ / scale, expected, rtol=1e-9)
    assert np.isfinite(stream.components_).all() and np.isfinite(stream.left_singular_vectors_).all()


def test_more_components_than_rows(matrix):
    stream = StreamingSVD(6, random_state=0).fit(matrix[:3])
    assert stream.components_.shape == (3, 120)
    np.testing.assert_allclose(stream.singular_values_, np.linalg.svd(matrix[:3], compute_uv=False), rtol=1e-9)


def test_signature_is_what_the_library_describes():
    described = {option["name"]: option for option in json.loads(_run.text("lithe_describe", "lowrank_stream"))}
    signature = inspect.signature(StreamingSVD).parameters
    of_the_run = {"n_jobs", "verbose", "progress", "callback"}
    assert set(signature) - of_the_run == set(described) == set(StreamingSVD._library_options)
    assert all(signature[name].default == described[name]["default"] for name in ("tol", "sketch_size"))


def test_as_close_as_incremental_pca():
    """On centred data with singular values 1 / i one pass leaves both within 30 % of the best."""
    rng = np.random.default_rng(0)
    U, V = (np.linalg.qr(rng.normal(size=(n, 200)))[0] for n in (2000, 200))
    A = (U / np.arange(1.0, 201)) @ V.T
    A -= A.mean(axis=0)
    ours = StreamingSVD(10, random_state=0).fit(A)
    theirs = IncrementalPCA(10, batch_size=200).fit(A)
    best = svd(A, 10, tol=1e-9, random_state=0).error
    for model in (ours, theirs):
        left = A - A @ model.components_.T @ model.components_
        assert np.linalg.norm(left) <= 1.3 * best
