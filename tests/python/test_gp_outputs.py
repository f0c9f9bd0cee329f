"""Several outputs, the prior, likelihoods of other parameters and priors of parameters, against scikit-learn."""

import pickle

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor as Reference
from sklearn.gaussian_process import kernels as theirs

from lithe.gp import GaussianProcessRegressor, priors
from lithe.gp.kernels import RBF, White


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    X = rng.uniform(0, 4, (60, 2))
    y = np.c_[np.sin(2 * X[:, 0]), 5 + 3 * np.cos(X[:, 1])] + 0.1 * rng.normal(size=(60, 2))
    return X, y, rng.uniform(0, 4, (7, 2))


@pytest.mark.parametrize("normalize_y", [False, True])
def test_outputs_are_those_of_scikit_learn(data, normalize_y):
    X, y, Z = data
    args = {"kernel": 1.7 * theirs.RBF([1.0, 2.0]), "alpha": 0.02, "optimizer": None, "normalize_y": normalize_y}
    ours, reference = GaussianProcessRegressor(**args).fit(X, y), Reference(**args).fit(X, y)
    for (mean, spread), (wanted, deviation) in ((ours.predict(Z, return_std=True), reference.predict(Z, return_std=True)),
                                                (ours.predict(Z, return_cov=True), reference.predict(Z, return_cov=True))):
        assert mean.shape == wanted.shape and spread.shape == deviation.shape
        np.testing.assert_allclose(mean, wanted, atol=1e-8)
        np.testing.assert_allclose(spread, deviation, atol=1e-8)
    assert ours.alpha_.shape == reference.alpha_.shape == (60, 2)
    np.testing.assert_allclose(ours.log_marginal_likelihood_value_, reference.log_marginal_likelihood_value_, rtol=1e-9)
    assert ours.sample_y(Z, 4).shape == reference.sample_y(Z, 4).shape == (7, 2, 4)
    draws = ours.sample_y(Z, 100, random_state=1)
    np.testing.assert_allclose(draws.mean(axis=2), ours.predict(Z), atol=0.3)
    held = ours.leave_one_out()
    rest = GaussianProcessRegressor(**args | {"normalize_y": False}).fit(X[1:], y[1:])
    if not normalize_y:
        np.testing.assert_allclose(held.mean[0], rest.predict(X[:1])[0], atol=1e-8)
    assert ours.score(X, y) == pytest.approx(reference.score(X, y))
    same = pickle.loads(pickle.dumps(ours))
    np.testing.assert_array_equal(same.predict(Z, return_std=True), ours.predict(Z, return_std=True))


def test_outputs_train_as_in_scikit_learn(data):
    X, y, _ = data
    kernel = 1.0 * theirs.RBF([1.0, 1.0]) + theirs.WhiteKernel(0.1)
    ours = GaussianProcessRegressor(kernel, normalize_y=True).fit(X, y)
    reference = Reference(kernel, normalize_y=True).fit(X, y)
    assert ours.log_marginal_likelihood_value_ > reference.log_marginal_likelihood_value_ - 1e-3
    np.testing.assert_allclose(ours.kernel_.theta, reference.kernel_.theta, atol=0.02)
    near = GaussianProcessRegressor(kernel, normalize_y=True, solver="cg", precision="float64", random_state=0).fit(X, y)
    np.testing.assert_allclose(near.kernel_.theta, reference.kernel_.theta, atol=0.6)
    np.testing.assert_array_equal(ours.predict(X[:3]), GaussianProcessRegressor(kernel, normalize_y=True).fit(
        X, y.astype(object)).predict(X[:3]))


def test_a_column_is_one_output(data):
    X, y, Z = data
    args = {"kernel": RBF(), "alpha": 0.1, "optimizer": None}
    column = GaussianProcessRegressor(**args).fit(X, y[:, :1])
    np.testing.assert_array_equal(column.predict(Z), GaussianProcessRegressor(**args).fit(X, y[:, 0]).predict(Z))


@pytest.mark.parametrize("n_targets", [None, 1, 3])
def test_prior(data, n_targets):
    Z = data[2]
    kernel = 1.7 * theirs.RBF([1.0, 2.0])
    ours, reference = (kind(kernel, n_targets=n_targets) for kind in (GaussianProcessRegressor, Reference))
    for arguments in ({}, {"return_std": True}, {"return_cov": True}):
        found, wanted = ours.predict(Z, **arguments), reference.predict(Z, **arguments)
        for a, b in zip(found if arguments else [found], wanted if arguments else [wanted]):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, atol=1e-12)
    draws = ours.sample_y(Z, 500)
    assert draws.shape == reference.sample_y(Z, 500).shape
    flat = draws.reshape(7, -1)
    np.testing.assert_allclose(flat @ flat.T / flat.shape[1], kernel(Z), atol=0.5)
    mean, std = GaussianProcessRegressor(RBF() + White(0.5), alpha=0.25).predict(Z, return_std=True, include_noise=True)
    np.testing.assert_allclose(std, np.sqrt(1.75))
    with pytest.raises(ValueError, match="NaN"):
        ours.predict(np.full((2, 2), np.nan))


def test_log_marginal_likelihood(data):
    X, y, _ = data
    kernel = 1.7 * theirs.RBF([1.0, 2.0])
    args = {"alpha": 0.02, "optimizer": None, "normalize_y": True}
    ours, reference = GaussianProcessRegressor(kernel, **args).fit(X, y[:, 0]), Reference(kernel, **args).fit(X, y[:, 0])
    theta = kernel.theta + [0.3, -0.2, 0.5]
    value, gradient = ours.log_marginal_likelihood(theta, eval_gradient=True)
    wanted, slope = reference.log_marginal_likelihood(theta, eval_gradient=True)
    assert value == pytest.approx(wanted, rel=1e-9) == ours.log_marginal_likelihood(theta)
    np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-6)
    assert ours.log_marginal_likelihood() == ours.log_marginal_likelihood_value_
    before = ours.predict(X[:3])
    ours.log_marginal_likelihood(theta, clone_kernel=False)
    np.testing.assert_allclose(ours.kernel_.theta, theta)
    for model in (ours, pickle.loads(pickle.dumps(ours)), ours.set_params(n_jobs=1)):
        np.testing.assert_array_equal(model.predict(X[:3]), before)
    with pytest.raises(ValueError, match="Gradient can only be evaluated"):
        ours.log_marginal_likelihood(eval_gradient=True)
    with pytest.raises(ValueError, match="theta has not the correct number of entries"):
        ours.log_marginal_likelihood([0.0])


def test_estimates_of_the_likelihood_are_unbiased(data):
    X, y, _ = data
    kernel, seeds = 1.7 * theirs.RBF([1.0, 2.0]), 40
    args = {"alpha": 0.02, "optimizer": None, "normalize_y": True}
    theta = kernel.theta + [0.3, -0.2, 0.5]
    for targets in (y[:, 0], y):
        wanted, slope = Reference(kernel, **args).fit(X, targets).log_marginal_likelihood(theta, eval_gradient=True)
        found = []
        for seed in range(seeds):
            near = GaussianProcessRegressor(kernel, solver="cg", precision="float64", random_state=seed, **args).fit(X, targets)
            value, gradient = near.log_marginal_likelihood(theta, eval_gradient=True)
            found.append([value, *gradient])
        # The mean over seeds is as close to the exact values as their spread over seeds says.
        error = np.std(found, axis=0, ddof=1) / np.sqrt(seeds)
        np.testing.assert_array_less(np.abs(np.mean(found, axis=0) - [wanted, *slope]), 4 * error)
        assert error[0] < 0.1
        low, high = GaussianProcessRegressor(kernel.clone_with_theta(theta), solver="cg", precision="float64", random_state=0,
                                             **args).fit(X, targets).log_marginal_likelihood_bounds_
        assert low < wanted < high


def test_priors_of_parameters(data):
    X, y = data[0], data[1][:, 0]
    plain = GaussianProcessRegressor(1.0 * RBF([1.0, 1.0]), normalize_y=True).fit(X, y)
    strong = {"k2__length_scale[1]": priors.LogNormal(0.0, 0.01), "noise": priors.Gamma(400.0, 1000.0)}
    model = GaussianProcessRegressor(1.0 * RBF([1.0, 1.0]), normalize_y=True, priors=strong).fit(X, y)
    assert model.kernel_.k2.length_scale[1] == pytest.approx(1.0, rel=0.05) and abs(model.noise_ - 0.4) < 0.15
    assert model.log_marginal_likelihood_value_ < plain.log_marginal_likelihood_value_
    for prior in (priors.HalfCauchy(1.0), priors.DimensionScaled()):
        GaussianProcessRegressor(1.0 * RBF([1.0, 1.0]), priors={"length_scale": prior}, max_iter=20).fit(X, y)
    for wrong, message in (({"length_scale": "gamma"}, "priors of lithe.gp.priors"), ([1], "priors of lithe.gp.priors"),
                           ({"scale": priors.HalfCauchy(1.0)}, 'there is a prior of "scale"'),
                           ({"noise": priors.Gamma(-1.0, 1.0)}, "positive")):
        with pytest.raises(ValueError, match=message):
            GaussianProcessRegressor(priors=wrong).fit(X, y)
    with pytest.raises(ValueError, match="priors have no effect"):
        GaussianProcessRegressor(optimizer=None, priors=strong).fit(X, y)


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e307])
def test_normalization_at_any_scale(data, scale):
    X, y, Z = data[0], data[1][:, 0] / np.abs(data[1]).max(), data[2]
    args = {"normalize_X": True, "normalize_y": True, "random_state": 0}
    wanted, wanted_std = GaussianProcessRegressor(**args).fit(X, y).predict(Z, return_std=True)
    model = GaussianProcessRegressor(**args).fit(X * scale, y * scale)
    mean, std = model.predict(Z * scale, return_std=True)
    np.testing.assert_allclose(mean / scale, wanted, atol=1e-5)
    if 1e-200 < scale < 1e200:  # beyond, no float holds a variance
        np.testing.assert_allclose(std / scale, wanted_std, atol=1e-5)


def test_one_known_variance(data):
    X, y, Z = data[0], data[1][:, 0], data[2]
    args = {"kernel": RBF(), "optimizer": None}
    np.testing.assert_array_equal(GaussianProcessRegressor(alpha=[0.1], **args).fit(X, y).predict(Z),
                                  GaussianProcessRegressor(alpha=np.full(len(X), 0.1), **args).fit(X, y).predict(Z))


def test_features_of_other_scale_than_length_scales_with_conjugate_gradients(data):
    X, y, Z = data[0] * 1e5, data[1][:, 0], data[2]
    args = {"kernel": RBF(), "alpha": 0.1, "optimizer": None, "random_state": 0}
    near = GaussianProcessRegressor(solver="cg", precision="float32", **args).fit(X, y)
    np.testing.assert_allclose(near.alpha_, GaussianProcessRegressor(**args).fit(X, y).alpha_, atol=0.02)
