"""Mixtures that learn batch by batch."""

import copy
import pickle

import numpy as np
import pytest

from lithe.mixture import GaussianMixture


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(3)
    return np.concatenate([rng.normal(m, 1, size=(2000, 4)) for m in (-4, 0, 5)])[rng.permutation(6000)]


def learn(model, X, size=100):
    for first in range(0, len(X), size):
        model.partial_fit(X[first:first + size])
    return model


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_batches_come_close_to_the_whole(X, dtype):
    settings = {"n_components": 3, "n_factors": 1, "random_state": 0, "n_init": 3}
    whole = GaussianMixture(**settings).fit(X[:4000])
    got = learn(GaussianMixture(**settings), X[:4000].astype(dtype))
    assert got.n_iter_ == 40 and got.n_features_in_ == 4
    assert got.score(X[4000:]) > whole.score(X[4000:]) - 0.1


def test_pickles_and_copies_go_on(X):
    model = learn(GaussianMixture(3, n_factors=1, random_state=0), X[:1000])
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        twin.partial_fit(X[1000:1100])
        assert twin.n_iter_ == 11
    before = model.means_.copy()
    model.partial_fit(X[1000:1100])
    np.testing.assert_array_equal(twin.means_, model.means_)
    assert not np.array_equal(before, model.means_)


def test_fit_and_load_start_anew(X, tmp_path):
    model = learn(GaussianMixture(2, covariance_type="diag", random_state=0), X[:300])
    model.save(tmp_path / "m")
    assert GaussianMixture.load(tmp_path / "m").partial_fit(X[:100]).n_iter_ == 1
    model.fit(X)
    means = model.means_.copy()
    assert model.set_params(warm_start=True).partial_fit(X).n_iter_ == 1
    np.testing.assert_allclose(model.means_, means, atol=0.1)


def test_bad_batches(X):
    with pytest.raises(ValueError, match="first batch of partial_fit must have n_samples >= n_components"):
        GaussianMixture(9).partial_fit(X[:5])
    model = GaussianMixture(2).partial_fit(X[:50])
    state = pickle.dumps(model.means_)
    with pytest.raises(ValueError, match="X has 3 features, but GaussianMixture is expecting 4"):
        model.partial_fit(X[:, :3])
    with pytest.raises(ValueError, match="contains NaN"):
        model.partial_fit(np.full((2, 4), np.nan))
    with pytest.raises(ValueError, match="learning_decay must be in"):
        model.set_params(learning_decay=0.1).partial_fit(X[:50])
    with pytest.raises(ValueError, match="options ask for 3 components"):
        model.set_params(learning_decay=1.0, n_components=3).partial_fit(X[:50])
    assert pickle.dumps(model.means_) == state and model.n_iter_ == 1
    assert model.set_params(n_components=2).partial_fit(X[:1], sample_weight=[2.0]).n_iter_ == 2


@pytest.mark.parametrize("family", ["gaussian", "t", "tyler"])
def test_batches_may_lack_values(X, family):
    lacking = np.where(np.random.default_rng(1).random(X.shape) < 0.2, np.nan, X)
    settings = {"n_components": 3, "n_factors": 1, "random_state": 0, "missing": "nan", "family": family}
    start = {"means_init": np.repeat([[-4.0], [0.0], [5.0]], 4, axis=1)}
    model = learn(GaussianMixture(**settings, **start), lacking)
    np.testing.assert_allclose(np.sort(model.means_[:, 0]), [-4, 0, 5], atol=0.4)
    twin = pickle.loads(pickle.dumps(model)).partial_fit(lacking[:100])
    np.testing.assert_array_equal(model.partial_fit(lacking[:100]).means_, twin.means_)
    np.testing.assert_array_equal(model.dof_, twin.dof_)
    assert np.isfinite(model.score(lacking))
    with pytest.raises(ValueError, match="every value of X is NaN"):
        model.partial_fit(np.full((2, 4), np.nan))
