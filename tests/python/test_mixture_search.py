"""Looking up rows of a mixture by search."""

import pickle

import numpy as np
import pytest

from lithe.mixture import GaussianMixture


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(0)
    return (rng.normal(size=(150, 6)) * 6)[rng.integers(150, size=4000)] + rng.normal(size=(4000, 6))


@pytest.fixture(scope="module")
def model(X):
    return GaussianMixture(150, n_factors=2, tol=0.01, random_state=0, inference="search").fit(X)


def test_search_is_near_exact_answers(model, X):
    found, labels = model.score_samples(X), model.predict(X)
    exact = pickle.loads(pickle.dumps(model)).set_params(inference="exact")
    gap = exact.score_samples(X) - found
    assert gap.min() > -1e-10
    assert gap.mean() < 0.02
    assert np.mean(labels == exact.predict(X)) > 0.99
    report = model.check_search(X)
    assert report.rows == 2000 and report.worst_gap >= report.gap >= -1e-12
    assert report.agreement > 0.98 and report.evaluations < 100
    assert exact.check_search(X) == report
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_search_survives_copies_and_files(model, X, tmp_path):
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.score_samples(X), model.score_samples(X))
    model.save(tmp_path / "model.lithe")
    loaded = GaussianMixture.load(tmp_path / "model.lithe")
    assert loaded.n_iter_ == model.n_iter_ and loaded.inference == "exact"
    np.testing.assert_array_equal(loaded.set_params(inference="search").score_samples(X), model.score_samples(X))


def test_models_without_a_graph_give_exact_answers(model, X):
    bare = GaussianMixture.from_parameters(model.weights_, model.means_, model.factor_loadings_, model.noise_variance_,
                                           inference="search")
    np.testing.assert_array_equal(bare.score_samples(X), bare.set_params(inference="exact").score_samples(X))
    with pytest.raises(ValueError, match="component graph"):
        bare.check_search(X)
    with pytest.raises(ValueError, match="algorithm must be one of"):
        bare.set_params(inference="guess").predict(X)


def test_auto_is_exact_for_few_rows(model, X):
    auto = pickle.loads(pickle.dumps(model)).set_params(inference="auto")
    np.testing.assert_array_equal(auto.score_samples(X[:500]), auto.set_params(inference="exact").score_samples(X[:500]))
