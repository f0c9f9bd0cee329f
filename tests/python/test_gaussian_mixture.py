"""The mixture against plain NumPy and scikit-learn, and the properties it promises."""

import json
import warnings

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture as Reference

import lithe
from lithe.mixture import GaussianMixture


def covariances(model):
    loadings = model.factor_loadings_
    return loadings @ loadings.transpose(0, 2, 1) + np.stack([np.diag(d) for d in model.noise_variance_])


def log_joint(model, X):
    """log w_c + log N(x; mu_c, Sigma_c) for every row and component, by the definition."""
    columns = []
    for weight, mean, covariance in zip(model.weights_, model.means_, covariances(model)):
        off = X - mean
        _, logdet = np.linalg.slogdet(2 * np.pi * covariance)
        columns.append(np.log(weight) - 0.5 * logdet - 0.5 * np.sum(off * np.linalg.solve(covariance, off.T).T, axis=1))
    return np.stack(columns, axis=1)


def posterior(model, X):
    joint = log_joint(model, X)
    joint -= joint.max(axis=1, keepdims=True)
    return np.exp(joint) / np.exp(joint).sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def model(parameters):
    return GaussianMixture.from_parameters(*parameters, random_state=0)


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(2).normal(size=(700, 5)) * 2


# Inference against the definitions.


def test_densities_and_posteriors(model, X):
    joint = log_joint(model, X)
    scores = np.logaddexp.reduce(joint, axis=1)
    np.testing.assert_allclose(model.score_samples(X), scores, rtol=1e-11)
    assert model.score(X) == pytest.approx(scores.mean(), rel=1e-11)
    np.testing.assert_array_equal(model.predict(X), joint.argmax(axis=1))
    np.testing.assert_allclose(model.predict_proba(X), posterior(model, X), atol=1e-11)


def test_criteria(model, X):
    # weights 2, means 15, loadings 3 * (5 * 2 - 1), noise 15
    assert model.n_parameters_ == 2 + 15 + 3 * 9 + 15
    total = model.score_samples(X).sum()
    assert model.aic(X) == pytest.approx(2 * 59 - 2 * total, rel=1e-12)
    assert model.bic(X) == pytest.approx(59 * np.log(700) - 2 * total, rel=1e-12)


def test_sparse_posteriors(model, X):
    dense = model.predict_proba(X)
    top = model.predict_proba(X, sparse=True, n_top=2)
    assert top.shape == dense.shape and top.nnz == 2 * len(X) and top.has_sorted_indices
    entries = top.toarray()
    np.testing.assert_allclose(entries[entries > 0], dense[entries > 0], rtol=1e-12)
    np.testing.assert_array_equal((entries == 0).argmax(axis=1), dense.argmin(axis=1))  # the least probable is left out
    assert model.predict_proba(X, sparse=True).nnz == 3 * len(X)  # n_candidates
    assert model.predict_proba(X, sparse=True, n_top=50).nnz == 3 * len(X)
    with pytest.raises(ValueError, match="The 'n_top' parameter of GaussianMixture must be an int"):
        model.predict_proba(X, sparse=True, n_top=0)


def test_transform(model, X):
    label = model.predict(X)
    expected = np.empty((len(X), 2))
    for c in range(3):
        L, D = model.factor_loadings_[c], model.noise_variance_[c]
        off = X[label == c] - model.means_[c]
        expected[label == c] = np.linalg.solve(np.eye(2) + (L.T / D) @ L, (L.T / D) @ off.T).T
    np.testing.assert_allclose(model.transform(X), expected, atol=1e-11)


@pytest.mark.parametrize("noise", [None, 0.0, 0.05])
def test_denoise(model, X, noise):
    shrink = np.zeros_like(X)
    for c, covariance in enumerate(covariances(model)):
        variance = np.diag(model.noise_variance_[c]) if noise is None else noise * np.eye(5)
        off = (X - model.means_[c]).T
        shrink += posterior(model, X)[:, [c]] * (variance @ np.linalg.solve(covariance, off)).T
    np.testing.assert_allclose(model.denoise(X, noise), X - shrink, atol=1e-10)


@pytest.mark.parametrize("noise", [-1.0, np.nan, np.inf])
def test_denoise_refuses_impossible_noise(model, X, noise):
    with pytest.raises(ValueError, match="noise_variance must be None or a finite number of at least 0"):
        model.denoise(X, noise)


def test_sample(model):
    rows, labels = model.sample(200_000)
    assert rows.dtype == np.float64 and labels.dtype == np.int64
    np.testing.assert_allclose(np.bincount(labels) / len(labels), model.weights_, atol=0.005)
    for c, covariance in enumerate(covariances(model)):
        np.testing.assert_allclose(rows[labels == c].mean(axis=0), model.means_[c], atol=0.05)
        np.testing.assert_allclose(np.cov(rows[labels == c].T), covariance, atol=0.15)
    with pytest.raises(ValueError, match="The sampling requires at least one sample"):
        model.sample(0)


@pytest.mark.parametrize("kind", ["diag", "spherical"])
def test_agrees_with_scikit_learn(blobs, kind):
    X, _ = blobs
    reference = Reference(4, covariance_type=kind, random_state=0).fit(X)
    model = GaussianMixture.from_parameters(reference.weights_, reference.means_, None, reference.covariances_)
    assert model.covariance_type == kind
    for method in ("score_samples", "predict_proba", "score", "aic", "bic", "predict"):
        np.testing.assert_allclose(getattr(model, method)(X), getattr(reference, method)(X), rtol=1e-10, atol=1e-12,
                                   err_msg=method)


def test_factor_covariances_agree_with_full_ones_of_scikit_learn(model, X):
    reference = Reference(3, covariance_type="full")
    reference.weights_, reference.means_, reference.covariances_ = model.weights_, model.means_, covariances(model)
    reference.precisions_cholesky_ = np.stack([np.linalg.inv(np.linalg.cholesky(s)).T for s in reference.covariances_])
    np.testing.assert_allclose(model.score_samples(X), reference.score_samples(X), rtol=1e-10)


# Fitting.


@pytest.mark.parametrize("kind", ["factor", "diag", "spherical"])
@pytest.mark.parametrize("algorithm", ["auto", "exact", "truncated"])
def test_finds_separate_components(blobs, kind, algorithm):
    X, labels = blobs
    model = GaussianMixture(4, covariance_type=kind, n_factors=2, algorithm=algorithm, random_state=0).fit(X)
    assert adjusted_rand_score(labels, model.predict(X)) == 1.0
    assert model.converged_ and model.weights_.sum() == pytest.approx(1)
    assert model.means_.shape == model.noise_variance_.shape == (4, 6)
    assert model.factor_loadings_.shape == (4, 6, 2 if kind == "factor" else 0)
    if kind == "spherical":
        assert (model.noise_variance_ == model.noise_variance_[:, :1]).all()


def test_one_component_is_the_moments(blobs):
    X, _ = blobs
    model = GaussianMixture(covariance_type="diag", random_state=0).fit(X)
    np.testing.assert_allclose(model.means_[0], X.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(model.noise_variance_[0], X.var(axis=0), rtol=1e-8)


def test_truncated_comes_close_to_exact(blobs):
    X, _ = blobs
    exact, truncated = (GaussianMixture(8, n_factors=2, algorithm=a, max_iter=500, n_init=3, random_state=0).fit(X)
                        for a in ("exact", "truncated"))
    assert exact.coverage_gap_ == 0 and exact.neighbors_.shape[1] == 0
    assert truncated.neighbors_[:, 0].tolist() == list(range(8))
    assert truncated.score(X) > exact.score(X) - 0.2
    assert truncated.score(X) >= truncated.lower_bound_ - 1e-6


def test_bound_never_decreases(blobs):
    with pytest.warns(lithe.ConvergenceWarning):
        model = GaussianMixture(6, n_factors=2, algorithm="exact", tol=0, max_iter=30, random_state=0).fit(blobs[0])
    objective = model.history_["objective"]
    assert len(objective) - 1 == model.n_iter_ == 30 and not model.converged_
    assert (np.diff(objective) > -1e-9).all()
    assert (np.diff(model.history_["seconds"]) >= 0).all() and (model.history_["evaluations"] > 0).all()


def test_exact_bound_is_the_score(blobs):
    X, _ = blobs
    model = GaussianMixture(4, n_factors=2, algorithm="exact", random_state=0).fit(X)
    assert model.score(X) == pytest.approx(model.lower_bound_, abs=1e-9)


def test_unconverged_fit_warns_like_scikit_learn(blobs):
    with pytest.warns(lithe.ConvergenceWarning, match="Best performing initialization did not converge.") as caught:
        GaussianMixture(4, max_iter=1, random_state=0).fit(blobs[0])
    assert caught[0].filename == __file__


@pytest.mark.parametrize("a, b", [(1e-6, 0.0), (1e6, 0.0), (3.0, -70.0)])
def test_units_do_not_matter(blobs, fitted, a, b):
    X, _ = blobs
    model = GaussianMixture(4, n_factors=2, random_state=0).fit(a * X + b)
    np.testing.assert_array_equal(model.predict(a * X + b), fitted.predict(X))
    np.testing.assert_allclose(model.means_, a * fitted.means_ + b, rtol=1e-6)
    np.testing.assert_allclose(model.noise_variance_, a * a * fitted.noise_variance_, rtol=1e-4)
    assert model.lower_bound_ == pytest.approx(fitted.lower_bound_ - 6 * np.log(a), abs=1e-6)


def test_zero_weight_is_removal(blobs):
    X, _ = blobs
    weight = np.ones(len(X))
    weight[::3] = 0
    junk = X.copy()
    junk[::3] = 1e3
    kept = X[weight > 0]
    starts = dict(means_init=kept[[0, 1, 2, 3]], algorithm="exact", n_factors=2, random_state=0)
    weighted = GaussianMixture(4, **starts).fit(junk, sample_weight=weight)
    removed = GaussianMixture(4, **starts).fit(kept)
    np.testing.assert_allclose(weighted.means_, removed.means_, rtol=1e-6)
    np.testing.assert_allclose(weighted.noise_variance_, removed.noise_variance_, rtol=1e-5)


def test_weights_are_repetitions(blobs):
    X, _ = blobs
    weight = np.random.default_rng(0).integers(1, 4, len(X))
    starts = dict(means_init=X[:4], covariance_type="diag", algorithm="exact", random_state=0)
    starts["noise_variance_init"] = np.tile(X.var(axis=0), (4, 1))
    starts["weights_init"] = np.full(4, 0.25)
    weighted = GaussianMixture(4, **starts).fit(X, sample_weight=weight)
    repeated = GaussianMixture(4, **starts).fit(np.repeat(X, weight, axis=0))
    np.testing.assert_allclose(weighted.means_, repeated.means_, rtol=1e-8)
    assert weighted.lower_bound_ == pytest.approx(repeated.lower_bound_, rel=1e-9)


def test_one_weight_for_all_changes_nothing(blobs, fitted):
    model = GaussianMixture(4, n_factors=2, random_state=0).fit(blobs[0], sample_weight=1.0)
    np.testing.assert_array_equal(model.means_, fitted.means_)


@pytest.mark.parametrize("method", ["kmeans", "k-means++", "random_from_data", "random"])
def test_every_initialisation_fits(blobs, method):
    X, _ = blobs
    model = GaussianMixture(4, covariance_type="diag", init_params=method, n_init=5, random_state=0).fit(X)
    assert np.isfinite(model.lower_bound_)


def test_initial_labels(blobs):
    X, labels = blobs
    partly = np.where(np.arange(len(X)) % 2, labels, -1)
    for given in (labels, partly, labels.astype(np.int8), labels.tolist()):
        model = GaussianMixture(4, n_factors=2, init_params=given, random_state=0).fit(X)
        np.testing.assert_array_equal(model.predict(X), labels)


def test_initial_arrays_are_where_the_fit_starts(blobs, fitted):
    X, _ = blobs
    arrays = dict(weights_init=fitted.weights_, means_init=fitted.means_, noise_variance_init=fitted.noise_variance_,
                  factor_loadings_init=fitted.factor_loadings_)
    model = GaussianMixture(4, n_factors=2, random_state=1, **arrays).fit(X)
    assert model.n_iter_ <= 3
    np.testing.assert_allclose(model.means_, fitted.means_, rtol=1e-3)
    order = [2, 0, 3, 1]
    only_means = GaussianMixture(4, n_factors=2, means_init=fitted.means_[order], random_state=1).fit(X)
    np.testing.assert_allclose(only_means.means_, fitted.means_[order], rtol=1e-3)


def test_warm_start_goes_on(blobs):
    X, _ = blobs
    model = GaussianMixture(6, n_factors=2, algorithm="exact", max_iter=3, tol=0, warm_start=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lithe.ConvergenceWarning)
        first = model.fit(X).lower_bound_
        second = model.fit(X).lower_bound_
        straight = GaussianMixture(6, n_factors=2, algorithm="exact", max_iter=6, tol=0, random_state=0).fit(X)
    assert second > first
    assert second == pytest.approx(straight.lower_bound_, abs=1e-8)
    with pytest.raises(ValueError, match="warm_start needs 5 components, 6 features and 2 factors as before"):
        model.set_params(n_components=5).fit(X)


def test_same_seed_same_bits_and_other_seeds_differ(blobs):
    X, _ = blobs
    fits = [GaussianMixture(20, n_factors=2, random_state=s).fit(X).means_ for s in (0, 0, 1)]
    np.testing.assert_array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], fits[2])


def test_number_of_factors_is_an_upper_bound(blobs):
    X, _ = blobs
    assert GaussianMixture(2, random_state=0).fit(X[:, :3]).n_factors_ == 2
    single = GaussianMixture(2, random_state=0).fit(X[:, :1])
    assert single.n_factors_ == 0 and single.factor_loadings_.shape == (2, 1, 0)
    assert np.isfinite(single.score(X[:, :1]))
    assert not hasattr(single, "transform")


def test_only_mixtures_with_factors_transform():
    assert hasattr(GaussianMixture(), "transform")
    diagonal = GaussianMixture(covariance_type="diag")
    assert not hasattr(diagonal, "transform")
    with pytest.raises(AttributeError, match="this GaussianMixture has no fit_transform: it needs factors"):
        diagonal.fit_transform(np.eye(3))


def test_constant_feature_and_equal_rows(blobs):
    X = blobs[0].copy()
    X[:, 2] = 7.0
    model = GaussianMixture(4, n_factors=2, random_state=0).fit(X)
    assert np.isfinite(model.score(X)) and (model.noise_variance_ > 0).all()
    np.testing.assert_allclose(model.means_[:, 2], 7.0)
    assert np.isfinite(GaussianMixture(2, random_state=0).fit(np.ones((10, 3))).means_).all()


# Parameters set by hand.


def test_assigned_parameters_take_effect(parameters, X):
    model = GaussianMixture.from_parameters(*parameters)
    before = model.score_samples(X)
    model.means_ = model.means_ + 1
    np.testing.assert_allclose(model.score_samples(X + 1), before, rtol=1e-9)
    model.means_[:] -= 1  # an array of the user's own, which stays writable
    np.testing.assert_allclose(model.score_samples(X), before, rtol=1e-9)


def test_parameters_on_an_unfitted_estimator(parameters, X):
    model = GaussianMixture(3)
    model.weights_, model.means_, model.factor_loadings_, model.noise_variance_ = parameters
    expected = GaussianMixture.from_parameters(*parameters)
    np.testing.assert_array_equal(model.score_samples(X), expected.score_samples(X))
    assert model.sample(10)[0].shape == (10, 5)


@pytest.mark.parametrize("change, message", [
    (dict(weights=[0.5, 0.5, 0.5]), "sum"),
    (dict(weights=[1.5, -0.3, -0.2]), "weight of component 1 is negative"),
    (dict(noise_variance=np.zeros((3, 5))), "noise variance of component 0, feature 0 is 0; it must be positive"),
    (dict(noise_variance=np.ones((3, 4))), "noise_variance"),
    (dict(noise_variance=None), "noise_variance is missing"),
    (dict(means=np.full((3, 5), np.inf)), r"means is \+Inf"),
    (dict(factor_loadings=np.ones((3, 4, 2))), "factor_loadings_"),
    (dict(factor_loadings=np.ones((3, 5))), "factor_loadings_"),
])
def test_impossible_parameters(parameters, change, message):
    given = dict(zip(("weights", "means", "factor_loadings", "noise_variance"), parameters)) | change
    with pytest.raises(ValueError, match=message):
        GaussianMixture.from_parameters(**given)


def test_many_components_of_many_rows():
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(200, 8)) * 6
    X = centers[rng.integers(0, 200, 20_000)] + rng.normal(size=(20_000, 8))
    model = GaussianMixture(200, n_factors=2, max_iter=20, random_state=0, n_jobs=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lithe.ConvergenceWarning)
        model.fit(X.astype(np.float32))
    assert model.neighbors_.shape == (200, 15)
    assert model.history_["evaluations"].max() < 0.7 * 200 * len(X)  # fewer than an exact iteration's
    truth = GaussianMixture.from_parameters(np.full(200, 1 / 200), centers, None, np.ones(200))
    assert model.score(X) > truth.score(X) - 0.6
    json.dumps({"gap": model.coverage_gap_, "bound": model.lower_bound_}, allow_nan=False)
