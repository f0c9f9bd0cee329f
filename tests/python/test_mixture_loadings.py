"""Loadings that components share."""

import pickle

import numpy as np
import pytest

from lithe.mixture import GaussianMixture


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(3)
    A = rng.normal(size=(8, 2))
    u = np.concatenate([rng.normal(m, s, size=(150, 2)) for m, s in (((-5, 0), 1), ((0, 5), 2), ((5, 0), (0.5, 2)))])
    return 3 + u @ A.T + rng.normal(scale=0.5, size=(450, 8))


@pytest.mark.parametrize("kind, free", [("tied", 2 + 24 + 15), ("common", 2 + 6 + 6 + 12 + 9)])
def test_structure_and_parameters(X, kind, free, tmp_path):
    model = GaussianMixture(3, n_factors=2, loadings_type=kind, noise_type="tied", random_state=0).fit(X)
    assert model.n_parameters_ == free + 8
    values = np.linalg.svd(np.hstack(model.factor_loadings_), compute_uv=False)
    assert values[2] < 1e-12 * values[0]
    assert np.all(np.diff(model.history_["objective"]) > -1e-9)
    labels = model.predict(X).reshape(3, 150)
    assert np.mean([np.bincount(part).max() for part in labels]) > 0.9 * 150
    again = pickle.loads(pickle.dumps(model))
    assert again.n_parameters_ == model.n_parameters_
    assert again.bic(X) == model.bic(X)
    model.save(tmp_path / "model")
    assert GaussianMixture.load(tmp_path / "model").n_parameters_ == model.n_parameters_
    own = GaussianMixture(3, n_factors=2, random_state=0).fit(X)
    assert (model.bic(X) < own.bic(X)) == (kind == "common")  # what the rows were drawn from


def test_common_means_lie_in_the_space_of_the_factors(X):
    model = GaussianMixture(5, n_factors=2, loadings_type="common", noise_type="tied", random_state=0, tol=1e-2).fit(X)
    off = model.means_ - model.weights_ @ model.means_
    A = np.linalg.svd(np.hstack(model.factor_loadings_), full_matrices=False)[0][:, :2]
    np.testing.assert_allclose(off @ A @ A.T, off, atol=1e-9)
    clean = model.denoise(X) - model.weights_ @ model.means_
    np.testing.assert_allclose(clean @ A @ A.T, clean, atol=1e-9)


def test_limits(X):
    with pytest.raises(ValueError, match="loadings_type must be one of"):
        GaussianMixture(loadings_type="full").fit(X)
    with pytest.raises(ValueError, match="needs covariance_type"):
        GaussianMixture(loadings_type="tied", covariance_type="diag").fit(X)
    with pytest.raises(ValueError, match="for partial fits"):
        GaussianMixture(2, n_factors=2, loadings_type="tied").partial_fit(X)


@pytest.mark.parametrize("kind", ["tied", "common"])
def test_blocks_are_the_whole(X, kind):
    model = GaussianMixture(3, n_factors=2, loadings_type=kind, noise_type="tied", random_state=0, tol=1e-5, max_iter=3000)
    whole = model.fit(X).lower_bound_
    assert model.fit_blocks(np.array_split(X, 4)).lower_bound_ == pytest.approx(whole, abs=2e-3)
