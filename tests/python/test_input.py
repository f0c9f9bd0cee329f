"""What the estimators take as data, what they refuse, and what they say then."""

import re

import numpy as np
import pytest
from scipy import sparse

from lithe import _arrays
from lithe.mixture import GaussianMixture, KMeans

ESTIMATORS = [GaussianMixture(4, n_factors=2, random_state=0), KMeans(4, random_state=0)]
each = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)


def fresh(estimator, **params):
    return type(estimator)(**(estimator.get_params() | params))


def location(model):
    return model.means_ if isinstance(model, GaussianMixture) else model.cluster_centers_


def same_rows(X):
    """The same numbers in every layout that NumPy knows."""
    wide = np.zeros((len(X), X.shape[1] + 3))
    wide[:, :-3] = X
    tall = np.zeros((2 * len(X), X.shape[1]))
    tall[::2] = X
    odd = np.zeros((len(X), 2 * X.shape[1]))
    odd[:, ::2] = X
    bytes_ = np.zeros(X.nbytes + 1, dtype=np.uint8)
    unaligned = bytes_[1:].view(np.float64).reshape(X.shape)
    unaligned[:] = X
    return {"Fortran order": np.asfortranarray(X), "leading columns": wide[:, :-3], "every other row": tall[::2],
            "every other column": odd[:, ::2], "reversed": X[::-1].copy()[::-1], "unaligned": unaligned,
            "big endian": X.astype(">f8"), "list": X.tolist(), "object": X.astype(object),
            "long double": X.astype(np.longdouble)}


@each
def test_layout_does_not_change_bits(estimator, blobs, tmp_path):
    X, _ = blobs
    expected = fresh(estimator).fit(X)
    for name, rows in same_rows(X).items():
        model = fresh(estimator).fit(rows)
        np.testing.assert_array_equal(location(model), location(expected), err_msg=name)
        np.testing.assert_array_equal(model.predict(rows), expected.predict(X), err_msg=name)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    np.testing.assert_array_equal(location(fresh(estimator).fit(mapped)), location(expected))


def test_rows_are_read_in_place_where_possible(blobs):
    X, _ = blobs
    wide = np.zeros((10, 8))
    for array in (X, X[5:9], X[::3], wide[:, :5], wide[:1, 2:4], X.astype(np.float32)):
        assert np.shares_memory(_arrays.as_samples(array, "me"), array)
        rows = _arrays.view(array)
        assert (rows.data, rows.rows, rows.cols) == (array.ctypes.data, *array.shape)
    assert _arrays.view(X[::3]).stride == 18
    for array in (X.T, wide[:, ::2], wide[::-1], np.broadcast_to(X[0], (5, 6))):
        assert not np.shares_memory(_arrays.as_samples(array, "me"), array)


@each
def test_input_is_not_written_to(estimator, blobs):
    X = blobs[0].copy()
    weight = np.linspace(0, 1, len(X))
    before = X.copy(), weight.copy()
    fresh(estimator).fit(X, sample_weight=weight).predict(X)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(weight, before[1])


@each
@pytest.mark.parametrize("dtype", [np.float16, np.int8, np.uint64, bool])
def test_other_numbers_become_float64(estimator, blobs, dtype):
    X = np.random.default_rng(0).integers(0, 2, size=(300, 6)).astype(dtype)
    X[:100] = np.eye(6, dtype=dtype)[np.arange(100) % 6]
    model, expected = fresh(estimator), fresh(estimator)
    np.testing.assert_array_equal(location(model.fit(X)), location(expected.fit(X.astype(np.float64))))


def test_float32_stays_float32(blobs, fitted):
    X = blobs[0].astype(np.float32)
    for result in (fitted.predict_proba(X), fitted.predict_proba(X, sparse=True), fitted.transform(X), fitted.denoise(X)):
        assert result.dtype == np.float32
    assert fitted.score_samples(X).dtype == np.float64
    model = GaussianMixture(4, n_factors=2, random_state=0).fit(X)
    np.testing.assert_allclose(np.sort(model.means_, axis=0), np.sort(fitted.means_, axis=0), rtol=1e-3, atol=1e-3)


@each
@pytest.mark.parametrize("bad, message", [
    (np.nan, "Input X contains NaN."),
    (np.inf, "Input X contains infinity"),
    (-np.inf, "Input X contains infinity"),
])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_non_finite_values_are_found(estimator, blobs, bad, message, dtype):
    X = blobs[0].astype(dtype)
    model = fresh(estimator).fit(X)
    X[17, 3] = bad
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        fresh(estimator).fit(X)
    assert "row 17, column 3" in str(error.value)
    with pytest.raises(ValueError, match=re.escape(message)):
        model.predict(X)


@each
@pytest.mark.parametrize("X, error, message", [
    (np.zeros((0, 3)), ValueError, r"Found array with 0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of"),
    (np.zeros((5, 0)), ValueError, r"Found array with 0 feature\(s\) \(shape=\(5, 0\)\) while a minimum of 1 is"),
    (np.zeros(5), ValueError, r"Expected 2D array, got 1D array instead:\narray=\[0. 0. 0. 0. 0.\].\nReshape"),
    (3.0, ValueError, "Expected 2D array, got scalar array instead"),
    (np.zeros((2, 2, 2)), ValueError, "Found array with dim 3"),
    (np.zeros((5, 2), dtype=complex), ValueError, "Complex data not supported"),
    ([["a", "b"]] * 5, ValueError, "could not convert string to float"),
    ([[{}, 1.0]] * 5, TypeError, "must be a string or a real number"),
    (sparse.csr_matrix(np.eye(5)), TypeError, "Sparse data was passed, but dense data is required. Use '.toarray"),
    (None, ValueError, "Expected 2D array, got scalar array instead"),
])
def test_what_is_no_data_is_refused(estimator, X, error, message):
    with pytest.raises(error, match=message):
        fresh(estimator).fit(X)


def test_too_few_rows(blobs):
    X, _ = blobs
    with pytest.raises(ValueError, match="Expected n_samples >= n_components but got n_components = 10, n_samples = 9"):
        GaussianMixture(10).fit(X[:9])
    with pytest.raises(ValueError, match=r"n_samples=9 should be >= n_clusters=10."):
        KMeans(10).fit(X[:9])
    with pytest.raises(ValueError, match=r"Found array with 1 sample\(s\)"):
        GaussianMixture(1).fit(X[:1])


@each
def test_wrong_number_of_features(estimator, blobs):
    model = fresh(estimator).fit(blobs[0])
    with pytest.raises(ValueError, match=rf"X has 5 features, but {type(estimator).__name__} is expecting 6 features"):
        model.predict(blobs[0][:, :5])


@each
@pytest.mark.parametrize("weight, message", [
    (np.ones(599), r"sample_weight.shape == \(599,\), expected \(600,\)!"),
    (np.ones((600, 1)), "Sample weights must be 1D array or scalar, got 2D array"),
    (np.full(600, np.nan), "sample_weight of row 0 is NaN"),
    (np.r_[-1.0, np.ones(599)], "sample_weight"),
    (np.zeros(600), "(?i)weight.*zero|zero.*weight"),
])
def test_bad_sample_weight(estimator, blobs, weight, message):
    with pytest.raises(ValueError, match=message):
        fresh(estimator).fit(blobs[0], sample_weight=weight)


@each
@pytest.mark.parametrize("name, value", [
    ("max_iter", 0), ("max_iter", 2.5), ("max_iter", True), ("n_init", "3"), ("n_init", None), ("tol", -1.0),
    ("tol", np.nan), ("tol", "small"), ("random_state", -1), ("random_state", 2**64), ("random_state", "seed"),
])
def test_impossible_parameters(estimator, blobs, name, value):
    owner = type(estimator).__name__
    with pytest.raises(ValueError, match=f"The '{name}' parameter of {owner} must be .*Got .* instead"):
        fresh(estimator, **{name: value}).fit(blobs[0])


@pytest.mark.parametrize("params, message", [
    ({"n_components": 0}, r"The 'n_components' parameter of GaussianMixture must be an int in the range \[1, inf\)"),
    ({"covariance_type": "full"}, r"covariance_type must be one of \[factor diag spherical\], got \"full\""),
    ({"covariance_type": None}, "The 'covariance_type' parameter of GaussianMixture must be a str"),
    ({"init_params": "magic"}, "init_params must be one of"),
    ({"algorithm": ""}, "The 'algorithm' parameter of GaussianMixture must be a str"),
    ({"reg_covar": 0}, r"The 'reg_covar' parameter of GaussianMixture must be a float in the range \(0.0, inf\)"),
    ({"n_factors": 0}, "The 'n_factors' parameter"),
    ({"n_jobs": 0}, "n_jobs must be None or a non-zero int"),
    ({"means_init": np.zeros((3, 6))}, r"The parameter 'means' should have the shape of \(4, 6\), but got \(3, 6\)"),
    ({"weights_init": [0.5, 0.5]}, r"The parameter 'weights' should have the shape of \(4,\), but got \(2,\)"),
    ({"means_init": np.full((4, 6), np.nan)}, "NaN"),
    ({"init_params": [0, 1]}, r"The parameter 'init_params' should have the shape of \(600,\), but got \(2,\)"),
    ({"init_params": np.zeros(600)}, "init_params must be a str or an array of integer labels"),
    ({"init_params": np.full(600, 4)}, "label"),
])
def test_impossible_parameters_of_the_mixture(blobs, params, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(**({"n_components": 4} | params)).fit(blobs[0])


@each
def test_frames(estimator, blobs):
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    X, _ = blobs
    names = [f"f{i}" for i in range(6)]
    expected = fresh(estimator).fit(X)
    frames = [pandas.DataFrame(X, columns=names), polars.DataFrame(X, schema=names),
              pandas.DataFrame(X, columns=names).astype("Float64")]
    for frame in frames:
        model = fresh(estimator).fit(frame)
        assert model.feature_names_in_.tolist() == names
        np.testing.assert_array_equal(model.predict(frame), expected.predict(X))
        with pytest.warns(UserWarning, match="X does not have valid feature names, but"):
            model.predict(X)
        with pytest.raises(ValueError, match="must be in the same order as they were in fit"):
            model.predict(frame[names[::-1]])
        unseen = "unseen at fit time:\n- new\nFeature names seen at fit time, yet now missing:\n- f0"
        with pytest.raises(ValueError, match=unseen):
            model.predict(pandas.DataFrame(X, columns=["new", *names[1:]]))
        assert not hasattr(model.fit(X), "feature_names_in_")
    with pytest.warns(UserWarning, match="X has feature names, but"):
        expected.predict(frames[0])
    with pytest.raises(TypeError, match="all input features have string names"):
        fresh(estimator).fit(pandas.DataFrame(X, columns=["a", 1, 2, 3, 4, 5]))
    missing = pandas.DataFrame({"a": pandas.array([1, None, 3], dtype="Int64"), "b": [1.0, 2.0, 3.0]})
    with pytest.raises(ValueError, match="Input X contains NaN"):
        type(estimator)(2).fit(missing)


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng, int, np.int64])
def test_random_states(blobs, make):
    X, _ = blobs
    first, second = (KMeans(4, init="random", max_iter=1, random_state=make(7)).fit(X) for _ in range(2))
    np.testing.assert_array_equal(first.cluster_centers_, second.cluster_centers_)


def test_no_random_state_follows_numpy(blobs):
    X, _ = blobs
    centers = []
    for _ in range(2):
        np.random.seed(5)
        centers.append(KMeans(4, init="random", max_iter=1).fit(X).cluster_centers_)
    np.testing.assert_array_equal(*centers)
    state = np.random.RandomState(5)
    model = GaussianMixture.from_parameters([1.0], [[0.0, 0.0]], None, [1.0], random_state=state)
    assert not np.array_equal(model.sample(3)[0], model.sample(3)[0])  # a RandomState moves on
    model.set_params(random_state=5)
    np.testing.assert_array_equal(model.sample(3)[0], model.sample(3)[0])
