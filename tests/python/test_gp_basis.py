"""Sums of functions of continuous and categorical columns."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessRegressor as Reference
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import lithe
from lithe.gp import BasisFunctionGP, priors

TERMS = ["age", ("age", "group"), "group"]


def columns(n=600, seed=5):
    rng = np.random.default_rng(seed)
    age, group = rng.uniform(20, 80, n), rng.choice(["a", "b", "c"], n)
    apart = {"a": -1.0, "b": 0.0, "c": 1.0}
    interaction = np.array([apart[g] for g in group]) * np.cos(age / 12)
    y = 100 + 3 * np.sin(age / 10) + interaction + 0.3 * rng.normal(size=n)
    return {"age": age, "noise": rng.normal(size=n), "group": group}, y, interaction


@pytest.fixture(scope="module", params=["pandas", "polars"])
def frame(request):
    frames = pytest.importorskip(request.param)
    data, y, interaction = columns()
    return frames.DataFrame(data), y, interaction


@pytest.fixture(scope="module")
def array():
    data, y, interaction = columns()
    codes = np.searchsorted(["a", "b", "c"], data["group"])
    return np.c_[data["age"], data["noise"], codes], y, interaction


@pytest.fixture(scope="module")
def fitted(array):
    X, y, _ = array
    return BasisFunctionGP([0, (0, 2), 2], categorical_features=[2], random_state=0).fit(X, y)


@parametrize_with_checks([BasisFunctionGP(random_state=0), BasisFunctionGP(n_basis=8, kernel="matern32", random_state=0)])
def test_scikit_learn_checks(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lithe.ConvergenceWarning)  # the checks' data have no structure
        check(estimator)


def test_is_the_exact_process(array):
    """With enough functions the posterior is that of the kernel without a basis."""
    X, y, _ = array
    X, y = X[:80, :1], y[:80]
    ours = BasisFunctionGP(n_basis=60, boundary=3.0, random_state=0).fit(X, y)
    kernel = ConstantKernel(ours.magnitudes_[0] ** 2) * RBF(ours.terms_[0]["length_scales"][0])
    exact = Reference(kernel, alpha=ours.noise_, optimizer=None).fit(X, y - y.mean())
    Z = np.linspace(22, 78, 40)[:, np.newaxis]
    mean, std = exact.predict(Z, return_std=True)
    got, deviation = ours.predict(Z, return_std=True)
    np.testing.assert_allclose(got - y.mean(), mean, atol=1e-4)
    np.testing.assert_allclose(deviation, std, rtol=1e-3)
    np.testing.assert_allclose(ours.log_marginal_likelihood_value_, exact.log_marginal_likelihood_value_, rtol=1e-5)
    np.testing.assert_allclose(ours.predict(Z, return_std=True, include_noise=True)[1] ** 2 - deviation**2, ours.noise_)


def test_structure_in_frames(frame, fitted):
    X, y, interaction = frame
    model = BasisFunctionGP(TERMS, random_state=0).fit(X, y)
    assert [term["label"] for term in model.terms_] == ["age", "age:group", "group"]
    assert model.categories_[2].tolist() == ["a", "b", "c"] and model.categories_[0] is None
    np.testing.assert_array_equal(model.predict(X), fitted.predict(np.c_[X["age"], X["noise"], np.searchsorted(
        ["a", "b", "c"], np.asarray(X["group"]))]))
    effects = model.effects(X)
    assert effects.terms == ["age", "age:group", "group"] and effects.mean.shape == effects.std.shape == (600, 3)
    np.testing.assert_allclose(effects.mean.sum(axis=1) + model.y_mean_, model.predict(X), atol=1e-9)
    together = effects.mean[:, 1] + effects.mean[:, 2]
    assert np.sqrt(np.mean((together - interaction) ** 2)) < 0.1
    assert model.noise_ == pytest.approx(0.09, rel=0.2) and model.n_samples_seen_ == 600
    assert model.feature_names_in_.tolist() == ["age", "noise", "group"]
    for same in (["age", "age:group", "group"], [0, (0, 2), [2]], [{"features": "age"}, {"features": ("age", "group")}, "group"]):
        np.testing.assert_array_equal(BasisFunctionGP(same, random_state=0).fit(X, y).predict(X), model.predict(X))


def test_pandas_categories():
    pandas = pytest.importorskip("pandas")
    data, y, _ = columns()
    X = pandas.DataFrame(data).astype({"group": pandas.CategoricalDtype(["c", "b", "a", "never"])})
    model = BasisFunctionGP(TERMS, category_kernel="identity", random_state=0).fit(X, y)
    assert model.categories_[2].tolist() == ["c", "b", "a", "never"]
    new = X[:3].assign(group=pandas.Categorical(["never"] * 3, X["group"].cat.categories))
    known, unknown = model.effects(X[:3]).std[:, 1], model.effects(new).std[:, 1]
    np.testing.assert_allclose(unknown, model.magnitudes_[1], rtol=1e-6)
    assert (known < 0.7 * unknown).all()
    X = X.astype({"group": str})
    with pytest.raises(ValueError, match="column 'group' has the unknown category 'd' at row 1; the model was fitted on 'c', 'b'"):
        model.predict(X[:3].assign(group=["a", "d", "e"]))
    with pytest.raises(ValueError, match="column 'group' has a missing category at row 2"):
        model.predict(X[:3].assign(group=["a", "b", None]))
    with pytest.raises(ValueError, match="X is NaN at row 1, column 0"):
        model.predict(X[:3].assign(age=[30.0, np.nan, 40.0]))


def test_object_arrays():
    data, y, _ = columns()
    X = np.empty((600, 3), dtype=object)
    for q, values in enumerate(data.values()):
        X[:, q] = values
    model = BasisFunctionGP([0, (0, 2), 2], categorical_features=[False, False, True], random_state=0).fit(X, y)
    assert model.score(X, y) > 0.97
    with pytest.raises(ValueError, match="column 2 is not numeric|could not convert"):
        BasisFunctionGP().fit(X, y)


@pytest.mark.parametrize("kernel", ["identity", "hamming", np.eye(3) + 0.5, {2: "hamming"}, {2: np.eye(3)}], ids=str)
def test_category_kernels(array, kernel):
    X, y, _ = array
    model = BasisFunctionGP([(0, 2)], category_kernel=kernel, categorical_features=[2], random_state=0).fit(X, y)
    assert model.score(X, y) > 0.97
    assert (model.terms_[0]["correlations"][1] > 0) == ("hamming" in str(kernel))


def test_partial_fit_is_fit(array):
    X, y, _ = array
    args = {"terms": [0, (0, 2)], "categorical_features": [2], "ranges": {0: (20, 80)}, "random_state": 0}
    whole = BasisFunctionGP(**args).fit(X, y)
    parts = BasisFunctionGP(**args)
    for lo in range(0, 600, 150):
        parts.partial_fit(X[lo:lo + 150], y[lo:lo + 150])
    assert parts.n_samples_seen_ == 600
    np.testing.assert_allclose(parts.gram_, whole.gram_, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(parts.predict(X), whole.predict(X), atol=0.02)
    with pytest.raises(ValueError, match="far out of the range of 20 to 80"):
        parts.partial_fit(X[:2] + [100, 0, 0], y[:2])
    again = pickle.loads(pickle.dumps(whole)).partial_fit(X[:50], y[:50])
    assert again.n_samples_seen_ == 650 and whole.n_samples_seen_ == 600


@pytest.mark.parametrize("copied", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy, copy.copy],
                         ids=["pickle", "deepcopy", "copy"])
def test_copies_are_whole(array, fitted, copied):
    X, _, _ = array
    twin = copied(fitted)
    np.testing.assert_array_equal(twin.predict(X, return_std=True), fitted.predict(X, return_std=True))
    np.testing.assert_array_equal(twin.effects(X).mean, fitted.effects(X).mean)
    with pytest.raises(ValueError, match="read-only"):
        twin.theta_[0] = 1.0


def test_repeatable_with_any_number_of_threads(array, fitted):
    X, y, _ = array
    for jobs in (1, 3):
        again = clone(fitted).set_params(n_jobs=jobs).fit(X, y)
        np.testing.assert_array_equal(again.gram_, fitted.gram_)
        np.testing.assert_array_equal(again.theta_, fitted.theta_)
    assert cross_val_score(clone(fitted), X, y, cv=3).min() > 0.95


def test_diagnostics_and_priors(array):
    X, y, _ = array
    with pytest.warns(lithe.ConvergenceWarning, match="raise n_basis to"):
        model = BasisFunctionGP([0], n_basis=4, random_state=0).fit(X, y)
    assert model.diagnostics_[0]["code"] == "basis_too_small"
    model = BasisFunctionGP([0], priors={"magnitude": priors.LogNormal(-1, 0.01)}, random_state=0).fit(X, y)
    assert model.magnitudes_[0] == pytest.approx(np.exp(-1) * y.std(), rel=0.05)


@pytest.mark.parametrize("params, message", [
    ({"terms": "age"}, "'terms' parameter of BasisFunctionGP"), ({"terms": ["age"]}, "terms names the column 'age', but X has no"),
    ({"terms": [5]}, "terms names the column 5, but X has 3"), ({"terms": [{"n_basis": 3}]}, "a term that is a dict has features"),
    ({"terms": [(0, 0)]}, "names feature 0 twice"), ({"boundary": 0.9}, "boundary must be more than 1"),
    ({"kernel": "cubic"}, "kernel must be one of"), ({"n_basis": 0}, "'n_basis' parameter"),
    ({"categorical_features": "all"}, "'categorical_features' parameter"), ({"categorical_features": [True]}, "boolean mask"),
    ({"categorical_features": [2], "category_kernel": "cubic"}, "category_kernel must be one of"),
    ({"categorical_features": [2], "category_kernel": np.eye(2)}, "2 rows for 3 categories"),
    ({"ranges": {0: (1, 0)}}, "two numbers in ascending order"), ({"terms": [(0, 1, 2)]}, "more than 6000 basis functions"),
    ({"terms": []}, "'terms' parameter of BasisFunctionGP"), ({"priors": {"magnitude": 3}}, "'priors' parameter of BasisFunctionGP"),
    ({"ranges": [(0, 1)]}, "'ranges' parameter of BasisFunctionGP"), ({"ranges": {0: (0, np.nan)}}, "pairs of finite numbers"),
])
def test_bad_parameters(array, params, message):
    with pytest.raises(ValueError, match=message):
        BasisFunctionGP(**params).fit(array[0], array[1])


def test_targets_whose_squares_overflow(array):
    with pytest.raises(ValueError, match="squares of y overflow; divide y"):
        BasisFunctionGP(random_state=0).fit(array[0], array[1] * 1e200)


def test_progress_and_cancellation(array):
    X, y, _ = array
    seen = []
    with pytest.raises(lithe.Cancelled):
        BasisFunctionGP(n_basis=300, callback=lambda p: seen.append(p.phase) or True).fit(X[:, :2], y)
    assert seen
