"""The nonparametric maximum likelihood estimator, against a fine grid."""

import pickle

import numpy as np
import pytest
from scipy.stats import norm

from lithe.mixture import GaussianNPMLE


def draw(n, seed=0):
    rng = np.random.default_rng(seed)
    theta = np.where(rng.random(n) < 0.3, 4.0, rng.uniform(-3, 0, n))
    return theta, (theta + rng.normal(size=n))[:, np.newaxis]


def on_a_grid(X, points=200, steps=1500):
    """The maximum over weights of a fine grid, by multiplicative steps."""
    grid = np.linspace(X.min(), X.max(), points)
    density = norm.pdf(X - grid)
    weights = np.full(points, 1 / points)
    for _ in range(steps):
        weights *= np.mean(density / (density @ weights)[:, np.newaxis], axis=0)
    return np.mean(np.log(density @ weights))


def test_likelihood_is_that_of_a_fine_grid():
    _, X = draw(300)
    model = GaussianNPMLE(tol=1e-5).fit(X)
    assert model.certificate_ <= 1e-5 and model.converged_
    assert -5e-4 < on_a_grid(X) - model.lower_bound_ <= 1e-5
    assert model.score(X) == pytest.approx(model.lower_bound_)
    assert len(model.weights_) < 15
    # The certificate by its definition, on a grid of our own.
    at = np.linspace(X.min() - 1, X.max() + 1, 3000)
    g = np.mean(norm.pdf(X - at) / np.exp(model.score_samples(X))[:, np.newaxis], axis=0)
    assert g.max() <= 1 + 1.1e-5


def test_empirical_bayes_beats_the_rows():
    theta, X = draw(1000)
    model = GaussianNPMLE().fit(X)
    assert np.mean((model.posterior_mean(X)[:, 0] - theta) ** 2) < 0.55 * np.mean((X[:, 0] - theta) ** 2)
    single = GaussianNPMLE().fit(X.astype(np.float32))
    assert single.lower_bound_ == pytest.approx(model.lower_bound_, abs=2e-4)
    other = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(other.posterior_mean(X), model.posterior_mean(X))


def test_units_and_weights():
    _, X = draw(300)
    model = GaussianNPMLE(n_atoms=20).fit(X)
    scaled = GaussianNPMLE(noise_variance=1e-4, n_atoms=20).fit(X * 0.01 + 5)
    assert scaled.lower_bound_ == pytest.approx(model.lower_bound_ - np.log(0.01), abs=2e-4)
    doubled = GaussianNPMLE(n_atoms=20).fit(np.concatenate([X, X[:100]]))
    weighted = GaussianNPMLE(n_atoms=20).fit(X, sample_weight=np.where(np.arange(300) < 100, 2, 1))
    assert doubled.lower_bound_ == pytest.approx(weighted.lower_bound_, abs=2e-4)


def test_refusals():
    _, X = draw(50)
    with pytest.raises(ValueError, match="flow must be one of"):
        GaussianNPMLE(flow="up").fit(X)
    with pytest.raises(ValueError, match="noise_variance of feature 0 is -1"):
        GaussianNPMLE(-1).fit(X)
    with pytest.warns(UserWarning, match="certificate is"):
        GaussianNPMLE(flow="weights", max_iter=2).fit(X)
