"""Shared and isotropic noise, and priors."""

import numpy as np
import pytest

from lithe.mixture import GaussianMixture


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(3)
    return np.concatenate([rng.normal(m, 1, size=(100, 5)) for m in (-4, 0, 5)])


@pytest.mark.parametrize("noise_type, free", [("diag", 15), ("isotropic", 3), ("tied", 5), ("tied_isotropic", 1)])
def test_noise(X, noise_type, free):
    model = GaussianMixture(3, n_factors=2, noise_type=noise_type, random_state=0).fit(X)
    assert model.n_parameters_ == 3 * 6 - 1 + 3 * (10 - 1) + free
    assert np.unique(model.noise_variance_.round(9)).size == free
    assert model.bic(X) == pytest.approx(model.n_parameters_ * np.log(300) - 2 * 300 * model.score(X))


def test_priors(X):
    plain = GaussianMixture(3, covariance_type="diag", random_state=0).fit(X)
    settings = {"n_components": 3, "covariance_type": "diag", "random_state": 0}
    even = GaussianMixture(**settings, weight_concentration_prior=1e6).fit(X[:180])
    np.testing.assert_allclose(even.weights_, 1 / 3, atol=1e-3)
    drawn = GaussianMixture(**settings, mean_precision_prior=1e6, means_init=plain.means_, tol=0, max_iter=3)
    with pytest.warns(match="did not converge"):
        drawn.fit(X)
    np.testing.assert_allclose(drawn.means_, np.tile(X.mean(axis=0), (3, 1)), atol=1e-2)
    wide = GaussianMixture(**settings, degrees_of_freedom_prior=1e9, covariance_prior=0.5).fit(X)
    np.testing.assert_allclose(wide.noise_variance_, np.tile(X.var(axis=0) / 2, (3, 1)), rtol=1e-3)
    with pytest.raises(ValueError, match="weight_concentration_prior must be in"):
        GaussianMixture(weight_concentration_prior=0.5).fit(X)
    with pytest.raises(ValueError, match="noise_type must be one of"):
        GaussianMixture(noise_type="full").fit(X)


@pytest.mark.parametrize("kind, shape", [("factor", (3, 5, 5)), ("diag", (3, 5)), ("spherical", (3,))])
def test_covariances_and_precisions(X, kind, shape):
    model = GaussianMixture(3, n_factors=2, covariance_type=kind, random_state=0)
    assert not hasattr(model, "covariances_")
    model.fit(X)
    assert model.covariances_.shape == model.precisions_.shape == shape
    dense = [c if c.ndim == 2 else np.diag(np.broadcast_to(c, 5)) for c in model.covariances_]
    inverse = [p if p.ndim == 2 else np.diag(np.broadcast_to(p, 5)) for p in model.precisions_]
    for c in range(3):
        loadings = model.factor_loadings_[c]
        np.testing.assert_allclose(dense[c], loadings @ loadings.T + np.diag(model.noise_variance_[c]), atol=1e-12)
        np.testing.assert_allclose(dense[c] @ inverse[c], np.eye(5), atol=1e-9)
