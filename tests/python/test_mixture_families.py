"""Mixtures whose components are not Gaussian."""

import copy
import pickle

import numpy as np
import pytest
from scipy.stats import multivariate_t

from lithe.mixture import GaussianMixture


@pytest.fixture(scope="module")
def soiled():
    """Two clouds, and a tenth of outliers."""
    rng = np.random.default_rng(0)
    clean = np.concatenate([rng.normal(-4, 1, size=(450, 3)), rng.normal(4, 1, size=(450, 3))])
    return np.concatenate([clean, rng.uniform(-500, 500, size=(100, 3))])


@pytest.mark.parametrize("family", ["t", "tyler"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_outliers_move_no_component(soiled, family, dtype):
    X = soiled.astype(dtype)
    model = GaussianMixture(2, family=family, n_factors=1, random_state=0).fit(X)
    np.testing.assert_allclose(np.sort(model.means_[:, 0]), [-4, 4], atol=0.3)
    np.testing.assert_allclose(model.weights_, 0.5, atol=0.1)
    gaussian = GaussianMixture(2, n_factors=1, random_state=0).fit(X)
    assert abs(np.sort(gaussian.means_[:, 0]) - [-4, 4]).max() > 1
    assert family == "tyler" or model.score(X) > gaussian.score(X)
    assert set(np.argsort(model.score_samples(X))[:90]) <= set(range(900, 1000))
    assert np.all(np.diff(model.history_["objective"]) > -1e-4)


def test_density_is_that_of_scipy():
    rng = np.random.default_rng(1)
    loadings, noise, means, dof = rng.normal(size=(2, 3, 1)), rng.uniform(1, 2, (2, 3)), rng.normal(size=(2, 3)), [3, 7.5]
    model = GaussianMixture.from_parameters([0.3, 0.7], means, loadings, noise, dof=dof, random_state=0)
    X = rng.normal(size=(20, 3)) * 3
    density = sum(w * multivariate_t(m, a @ a.T + np.diag(d), df).pdf(X)
                  for w, m, a, d, df in zip(model.weights_, means, loadings, noise, dof))
    np.testing.assert_allclose(model.score_samples(X), np.log(density), rtol=1e-10)
    np.testing.assert_array_equal(model.dof_, dof)
    drawn, labels = model.sample(40_000)
    spread = np.cov(drawn[labels == 1].T) * (7.5 - 2) / 7.5
    np.testing.assert_allclose(spread, loadings[1] @ loadings[1].T + np.diag(noise[1]), atol=0.25)


def test_copies_and_files(soiled, tmp_path):
    for family in ("t", "tyler"):
        model = GaussianMixture(2, family=family, n_factors=1, random_state=0).fit(soiled)
        model.save(tmp_path / family)
        for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), GaussianMixture.load(tmp_path / family)):
            assert other.family == family
            np.testing.assert_array_equal(other.score_samples(soiled), model.score_samples(soiled))
            np.testing.assert_array_equal(other.dof_, model.dof_)


def test_degrees_of_freedom(soiled):
    fixed = GaussianMixture(2, family="t", dof=5, n_factors=1, random_state=0).fit(soiled)
    np.testing.assert_array_equal(fixed.dof_, 5)
    free = GaussianMixture(2, family="t", n_factors=1, random_state=0).fit(soiled)
    assert free.dof_.min() < 2 < free.score(soiled) - fixed.score(soiled) + 2
    assert free.n_parameters_ == fixed.n_parameters_ + 2
    assert np.all(np.isinf(GaussianMixture(2, n_factors=1, random_state=0).fit(soiled).dof_))


def test_missing_values_and_conditionals(soiled):
    scipy = pytest.importorskip("scipy.stats")
    X = np.where(np.random.default_rng(1).random(soiled.shape) < 0.2, np.nan, soiled)
    for family in ("t", "tyler"):
        model = GaussianMixture(2, family=family, n_factors=1, missing="nan", random_state=0).fit(X)
        np.testing.assert_allclose(np.sort(model.means_[:, 0]), [-4, 4], atol=0.4)
        assert np.all(np.diff(model.history_["objective"]) > -1e-9)
        x = np.where([True, False] + [True] * (X.shape[1] - 2), soiled[0], np.nan)
        given, rest = model.conditional(x), model.marginal(np.flatnonzero(~np.isnan(x)))
        total = given.score_samples(soiled[:1, [1]]) + rest.score_samples(x[np.newaxis, ~np.isnan(x)])
        np.testing.assert_allclose(total, model.score_samples(soiled[:1]), rtol=1e-10)
        np.testing.assert_allclose(given.dof_, model.dof_ + X.shape[1] - 1)
        assert (given.family, rest.family) == ("t", family)
    one = GaussianMixture.from_parameters([1.0], [[1.0, 2.0]], noise_variance=[[0.5, 2.0]], dof=[3.0], missing="nan")
    np.testing.assert_allclose(one.score_samples([[0.0, np.nan]]), scipy.t.logpdf(0.0, 3, 1.0, np.sqrt(0.5)))
    draws = one.impute(np.tile([9.0, np.nan], (4000, 1)), draw=True)[:, 1]
    variance = one.conditional_mean([[9.0]], [0], return_cov=True)[1][0, 0, 0]
    np.testing.assert_allclose(np.median(np.abs(draws - 2)), scipy.t.ppf(0.75, 4) * np.sqrt(variance / 2), rtol=0.1)


def test_refusals(soiled):
    with pytest.raises(ValueError, match=r"family must be one of \[gaussian t tyler\]"):
        GaussianMixture(2, family="cauchy").fit(soiled)
    with pytest.raises(ValueError, match="dof"):
        GaussianMixture(2, family="t", dof=-1).fit(soiled)
    with pytest.raises(ValueError, match="degrees of freedom of component 1 are 0"):
        GaussianMixture.from_parameters([0.5, 0.5], [[0.0], [1.0]], noise_variance=[1, 1], dof=[1, 0])
    tyler = GaussianMixture(2, family="tyler", n_factors=1, random_state=0).fit(soiled)
    with pytest.raises(ValueError, match="cannot be sampled"):
        tyler.sample()
