"""Mixtures and missing values."""

import pickle

import numpy as np
import pytest

from lithe.mixture import GaussianMixture


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    return GaussianMixture.from_parameters([0.2, 0.3, 0.5], rng.normal(size=(3, 5)) * 3, rng.normal(size=(3, 5, 2)),
                                           rng.uniform(0.2, 1, size=(3, 5)), missing="nan", random_state=3)


@pytest.fixture(scope="module")
def X(model):
    X, _ = model.sample(300)
    return np.where(np.random.default_rng(1).random(X.shape) < 0.4, np.nan, X)


def parts(model, x):
    """Weights, means and covariances of the components given what x holds, and its log-density: the textbook formulas."""
    a, b = ~np.isnan(x), np.isnan(x)
    joint, means, covariances = [], [], []
    for weight, mean, loading, noise in zip(model.weights_, model.means_, model.factor_loadings_, model.noise_variance_):
        s = loading @ loading.T + np.diag(noise)
        saa, off = s[np.ix_(a, a)], x[a] - mean[a]
        gain = s[np.ix_(b, a)] @ np.linalg.inv(saa)
        joint.append(np.log(weight) - 0.5 * np.linalg.slogdet(2 * np.pi * saa)[1] - 0.5 * off @ np.linalg.solve(saa, off))
        means.append(mean[b] + gain @ off)
        covariances.append(s[np.ix_(b, b)] - gain @ s[np.ix_(a, b)])
    total = np.logaddexp.reduce(joint)
    return np.exp(np.array(joint) - total), np.array(means), np.array(covariances), total


def test_answers_are_conditioned_on_what_is_there(model, X):
    given = [parts(model, x) for x in X]
    np.testing.assert_allclose(model.score_samples(X), [g[3] for g in given], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(model.predict_proba(X), [g[0] for g in given], atol=1e-10)
    np.testing.assert_array_equal(model.predict(X), [g[0].argmax() for g in given])
    full = model.impute(X)
    np.testing.assert_array_equal(full[~np.isnan(X)], X[~np.isnan(X)])
    np.testing.assert_allclose(full[np.isnan(X)], np.concatenate([g[0] @ g[1] for g in given]), rtol=1e-9, atol=1e-9)
    assert model.impute(X.astype(np.float32)).dtype == np.float32
    assert not np.isnan(model.transform(X)).any()


def test_rows_of_nothing_but_nan(model):
    nothing = np.full((2, 5), np.nan)
    np.testing.assert_allclose(model.score_samples(nothing), 0, atol=1e-12)
    np.testing.assert_allclose(model.predict_proba(nothing), [model.weights_] * 2, atol=1e-12)
    np.testing.assert_allclose(model.impute(nothing), [model.weights_ @ model.means_] * 2, atol=1e-12)
    np.testing.assert_allclose(model.transform(nothing), 0, atol=1e-12)


def test_draws(model, X):
    drawn = model.impute(X, draw=True)
    np.testing.assert_array_equal(drawn, model.impute(X, draw=True))
    np.testing.assert_array_equal(drawn[~np.isnan(X)], X[~np.isnan(X)])
    missing = np.isnan(X)
    assert np.abs(drawn - model.impute(X))[missing].min() > 0
    full = pickle.loads(pickle.dumps(model)).set_params(n_jobs=2).impute(X, draw=True)
    np.testing.assert_array_equal(full, drawn)


def test_nan_is_an_error_unless_told(model, X):
    strict = GaussianMixture.from_parameters(model.weights_, model.means_, model.factor_loadings_, model.noise_variance_)
    with pytest.raises(ValueError, match="NaN at row .*missing=\"nan\""):
        strict.predict(X)
    with pytest.raises(ValueError, match="NaN at row .*missing=\"nan\""):
        GaussianMixture(2).fit(X)
    np.testing.assert_array_equal(strict.impute(X), model.impute(X))
    np.testing.assert_array_equal(strict.set_params(missing="nan").predict(X), model.predict(X))
    with pytest.raises(ValueError, match="missing must be one of"):
        strict.set_params(missing="zero").predict(X)
    with pytest.raises(ValueError, match="missing must be one of"):
        GaussianMixture(missing="zero").fit(X)
    with pytest.raises(ValueError, match="Inf at row 3, column 1; only NaN"):
        model.predict(np.where(np.arange(5 * 6).reshape(6, 5) == 16, np.inf, X[:6]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fit_recovers_the_mixture(model, dtype):
    full, labels = model.sample(4000)
    full = full.astype(dtype)
    X = np.where(np.random.default_rng(1).random(full.shape) < 0.3, dtype(np.nan), full)
    X[::2] = full[::2]
    fitted = GaussianMixture(3, n_factors=2, missing="nan", init_params=labels, random_state=0).fit(X)
    assert all(np.diff(fitted.history_["objective"]) > (-1e-4 if dtype == np.float32 else -1e-9))
    np.testing.assert_allclose(fitted.means_, model.means_, atol=0.25)
    lost = np.isnan(X)
    error = np.sqrt(np.mean((fitted.impute(X) - full)[lost] ** 2))
    assert error < 1.02 * np.sqrt(np.mean((model.impute(X) - full)[lost] ** 2))
    assert error < 0.6 * np.sqrt(np.mean((np.nanmean(X, axis=0) - full)[lost] ** 2))


def test_columns_and_rows_of_nothing_but_nan(model, X):
    empty = X.copy()
    empty[:, 2] = np.nan
    with pytest.raises(ValueError, match="column 2 of X has no observed value"):
        GaussianMixture(2, missing="nan").fit(empty)
    with pytest.raises(ValueError, match="every value of X is NaN"):
        GaussianMixture(1, missing="nan").fit(np.full((3, 2), np.nan))
    options = dict(n_components=2, missing="nan", random_state=0, tol=0, max_iter=3)
    with pytest.warns(UserWarning):
        some = GaussianMixture(**options).fit(X)
    with pytest.warns(UserWarning):
        more = GaussianMixture(**options).fit(np.vstack([np.full((4, 5), np.nan), X]))
    np.testing.assert_allclose(some.means_, more.means_, rtol=1e-12)


def test_tags():
    from sklearn.utils import get_tags

    assert get_tags(GaussianMixture(missing="nan")).input_tags.allow_nan
    assert not get_tags(GaussianMixture()).input_tags.allow_nan


# Conditional distributions.


def test_conditional_mean_and_covariance(model, X):
    rows = X.copy()
    rows[:, [1, 4]] = np.nan
    mean, covariance = model.conditional_mean(X[:, [0, 2, 3]], observed=[0, 2, 3], return_cov=True)
    assert mean.shape == (300, 2) and covariance.shape == (300, 2, 2)
    for x, m, s in zip(rows, mean, covariance):
        q, means, covariances, _ = parts(model, x)
        places = np.isin(np.flatnonzero(np.isnan(x)), [1, 4])
        means, covariances = means[:, places], covariances[:, places][:, :, places]
        expected = q @ means
        np.testing.assert_allclose(m, expected, rtol=1e-9, atol=1e-9)
        off = means - expected
        np.testing.assert_allclose(s, np.tensordot(q, covariances + off[:, :, None] * off[:, None], 1), atol=1e-8)
    np.testing.assert_array_equal(model.conditional_mean(X[:, [3, 0, 2]], [3, 0, 2], targets=[4, 1]), mean[:, ::-1])


def test_conditional_and_marginal_are_mixtures(model):
    x, _ = model.sample(1)
    given = np.where([True, False, True, True, False], x[0], np.nan)
    conditional, marginal = model.conditional(given), model.marginal([0, 2, 3])
    assert conditional.n_features_in_ == 2 and marginal.n_features_in_ == 3
    total = conditional.score_samples(x[:, [1, 4]]) + marginal.score_samples(x[:, [0, 2, 3]])
    np.testing.assert_allclose(total, model.score_samples(x), rtol=1e-10)
    np.testing.assert_allclose(conditional.weights_ @ conditional.means_, model.conditional_mean(x[:, [0, 2, 3]], [0, 2, 3])[0])
    sample, _ = pickle.loads(pickle.dumps(conditional)).sample(5)
    assert sample.shape == (5, 2)


def test_features_by_name(model, X):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(model.sample(200)[0], columns=list("abcde"))
    with pytest.warns(UserWarning):
        fitted = GaussianMixture(2, max_iter=2, tol=0, random_state=0).fit(frame)
    assert list(fitted.marginal(["e", "b"]).feature_names_in_) == ["e", "b"]
    np.testing.assert_array_equal(fitted.conditional_mean(frame[["b", "a"]], ["b", "a"], ["d"]),
                                  fitted.conditional_mean(frame.to_numpy()[:, [1, 0]], [1, 0], [3]))
    with pytest.raises(ValueError, match="'z', which is no feature"):
        fitted.marginal(["z"])


@pytest.mark.parametrize("call, message", [
    (lambda m: m.marginal([]), "n_features must be at least 1"),
    (lambda m: m.marginal([5]), "outside"),
    (lambda m: m.marginal([1, 1]), "twice"),
    (lambda m: m.marginal([0.5]), "feature numbers or names"),
    (lambda m: m.conditional([1.0, 2.0]), "one entry per feature"),
    (lambda m: m.conditional(np.zeros(5)), "nothing is missing"),
    (lambda m: m.conditional_mean([[1.0, 2.0]], [0]), "2 columns, but 1 features"),
    (lambda m: m.conditional_mean(np.ones((2, 5)), range(5)), "n_features must be at least 1"),
])
def test_conditional_trouble(model, call, message):
    with pytest.raises(ValueError, match=message):
        call(model)
