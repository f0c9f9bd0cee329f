"""scikit-learn's own checks, and what its users do with estimators."""

import copy
import inspect
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

import lithe
from lithe.mixture import GaussianMixture, KMeans

_SEEDING = ("A start is drawn from the rows by their index, so that data with rows repeated is seeded differently from "
            "data with the same rows weighted; scikit-learn's KMeans fails this for the same reason.")


def expected_failures(estimator):
    if getattr(estimator, "n_components", 0) == 1:  # there is nothing to draw
        return {}
    return {"check_sample_weight_equivalence_on_dense_data": _SEEDING}


@parametrize_with_checks([GaussianMixture(), GaussianMixture(2, covariance_type="diag"),
                          GaussianMixture(3, algorithm="truncated"), KMeans()],
                         expected_failed_checks=expected_failures)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


METHODS = ["score_samples", "score", "aic", "bic", "predict", "predict_proba", "transform", "denoise"]


@pytest.mark.parametrize("method", METHODS)
def test_unfitted(method):
    with pytest.raises(NotFittedError, match="This GaussianMixture instance is not fitted yet. Call 'fit'"):
        getattr(GaussianMixture(), method)([[1.0, 2.0]])


def test_unfitted_without_data():
    model = GaussianMixture()
    with pytest.raises(NotFittedError):
        model.sample()
    with pytest.raises(NotFittedError):
        model.save("nothing")
    with pytest.raises(NotFittedError):
        check_is_fitted(model)
    with pytest.raises(NotFittedError):
        KMeans().predict([[1.0]])


@pytest.mark.parametrize("copied", [
    lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy, copy.copy,
    lambda m: pickle.loads(pickle.dumps(m, protocol=2)),
], ids=["pickle", "deepcopy", "copy", "pickle 2"])
def test_copies_are_whole(fitted, blobs, copied):
    X, _ = blobs
    fitted.score(X)
    model = copied(fitted)
    assert model.get_params() == fitted.get_params()
    for name, value in vars(fitted).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(model, name), value)
    np.testing.assert_array_equal(model.predict_proba(X), fitted.predict_proba(X))
    with pytest.raises(ValueError, match="read-only"):
        model.means_[0, 0] = 1.0


def test_joblib(fitted, blobs, tmp_path):
    X, _ = blobs
    joblib.dump(fitted, tmp_path / "model")
    for mode in (None, "r"):
        model = joblib.load(tmp_path / "model", mmap_mode=mode)
        np.testing.assert_array_equal(model.score_samples(X), fitted.score_samples(X))
    parts = joblib.Parallel(n_jobs=2)(joblib.delayed(fitted.score_samples)(X[i::2]) for i in range(2))
    np.testing.assert_array_equal(parts[1], fitted.score_samples(X)[1::2])


def test_clone_keeps_parameters_only(fitted):
    copied = clone(fitted)
    assert copied.get_params() == fitted.get_params()
    assert not hasattr(copied, "means_") and set(vars(copied)) == set(inspect.signature(GaussianMixture).parameters)


def test_grid_search_and_pipeline(blobs):
    X, _ = blobs
    search = GridSearchCV(make_pipeline(StandardScaler(), GaussianMixture(n_factors=2, random_state=0)),
                          {"gaussianmixture__n_components": [1, 4]}, cv=3).fit(X)
    assert search.best_params_ == {"gaussianmixture__n_components": 4}


@pytest.mark.parametrize("brand", ["pandas", "polars"])
def test_set_output(blobs, brand):
    frames = pytest.importorskip(brand)
    model = GaussianMixture(2, n_factors=2, random_state=0).set_output(transform=brand)
    out = model.fit(blobs[0]).transform(blobs[0])
    assert isinstance(out, frames.DataFrame)
    assert list(out.columns) == ["gaussianmixture0", "gaussianmixture1"] == list(model.get_feature_names_out())


def test_repr_shows_what_differs():
    assert repr(GaussianMixture(3, n_factors=2)) == "GaussianMixture(n_components=3, n_factors=2)"


def test_public_names():
    for name in lithe.__all__:
        assert getattr(lithe, name) is not None
        assert name in dir(lithe)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        lithe.nonsense
