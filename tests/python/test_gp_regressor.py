"""Gaussian process regression against scikit-learn's, and what its users do with it."""

import copy
import inspect
import json
import multiprocessing
import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process import GaussianProcessRegressor as Reference
from sklearn.gaussian_process import kernels as theirs
from sklearn.utils.estimator_checks import parametrize_with_checks

import lithe
from lithe import _run
from lithe.gp import GaussianProcessRegressor
from lithe.gp.kernels import RBF, Constant, White


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(7)
    X = rng.uniform(0, 4, (90, 2))
    y = 3 + np.sin(2 * X[:, 0]) + 0.5 * np.cos(3 * X[:, 1]) + 0.1 * rng.normal(size=90)
    return X, y, rng.uniform(0, 4, (13, 2))


@pytest.fixture(scope="module")
def fitted(data):
    return GaussianProcessRegressor(normalize_y=True, random_state=0).fit(data[0], data[1])


@parametrize_with_checks([GaussianProcessRegressor(), GaussianProcessRegressor(normalize_X=True, normalize_y=True),
                          GaussianProcessRegressor(solver="cg", precision="float64", random_state=0)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


KERNELS = [1.7 * theirs.RBF([1.0, 2.0]), theirs.Matern([0.8, 1.5], nu=2.5) + 0.5 * theirs.DotProduct(1.2),
           2.0 * theirs.RationalQuadratic(1.3, 0.6), theirs.ConstantKernel(1.5) * theirs.Matern(1.5, nu=0.5)]


@pytest.mark.parametrize("normalize_y", [False, True])
@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_same_posterior(data, kernel, normalize_y):
    X, y, Z = data
    args = {"kernel": kernel, "alpha": 0.02, "optimizer": None, "normalize_y": normalize_y}
    ours, reference = GaussianProcessRegressor(**args).fit(X, y), Reference(**args).fit(X, y)
    for (mean, spread), (wanted, deviation) in ((ours.predict(Z, return_std=True), reference.predict(Z, return_std=True)),
                                                (ours.predict(Z, return_cov=True), reference.predict(Z, return_cov=True))):
        np.testing.assert_allclose(mean, wanted, rtol=0, atol=1e-8)
        np.testing.assert_allclose(spread, deviation, rtol=0, atol=1e-8)
    np.testing.assert_allclose(ours.predict(Z), wanted, rtol=0, atol=1e-8)
    np.testing.assert_allclose(ours.alpha_, reference.alpha_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ours.log_marginal_likelihood_value_, reference.log_marginal_likelihood_value_, rtol=1e-9)
    assert ours.score(X, y) == pytest.approx(reference.score(X, y), abs=1e-9)
    low, high = ours.log_marginal_likelihood_bounds_
    assert low == high == ours.log_marginal_likelihood_value_


def test_no_worse_after_training(data):
    X, y, Z = data
    kernel = 1.0 * theirs.RBF([1.0, 1.0]) + theirs.WhiteKernel(0.1)
    ours = GaussianProcessRegressor(kernel, normalize_y=True).fit(X, y)
    reference = Reference(kernel, normalize_y=True).fit(X, y)
    assert ours.log_marginal_likelihood_value_ > reference.log_marginal_likelihood_value_ - 1e-4
    np.testing.assert_allclose(ours.kernel_.theta, reference.kernel_.theta, atol=0.02)
    assert ours.noise_ == 1e-10 and ours.converged_ and ours.n_iter_ > 1
    # Trained noise is the same model as a White part.
    plain = GaussianProcessRegressor(1.0 * RBF([1.0, 1.0]), normalize_y=True).fit(X, y)
    assert plain.noise_ == pytest.approx(ours.kernel_.k2.noise_level, rel=0.05)
    np.testing.assert_allclose(plain.predict(Z), ours.predict(Z), atol=5e-3)
    restarted = GaussianProcessRegressor(1.0 * RBF([9.0, 0.05], (0.05, 20.0)), normalize_y=True, n_restarts_optimizer=5,
                                         random_state=1)
    assert restarted.fit(X, y).log_marginal_likelihood_value_ > plain.log_marginal_likelihood_value_ - 1e-3


def test_conjugate_gradients_agree(data):
    X, y, Z = data
    kernel = Constant(1.5) * RBF([1.0, 1.3])
    exact = GaussianProcessRegressor(kernel, alpha=0.01, optimizer=None).fit(X, y)
    close = GaussianProcessRegressor(kernel, alpha=0.01, optimizer=None, solver="cg", precision="float64", predict_tol=1e-8,
                                     variance="exact", random_state=0).fit(X, y)
    assert (exact.solver_, close.solver_) == ("cholesky", "cg") and close.residual_ <= 1e-8
    mean, std = exact.predict(Z, return_std=True)
    near, wide = close.predict(Z, return_std=True)
    np.testing.assert_allclose(near, mean, atol=1e-5)
    np.testing.assert_allclose(wide, std, rtol=1e-2)
    low, high = close.log_marginal_likelihood_bounds_
    assert low <= exact.log_marginal_likelihood_value_ <= high
    held, reference = close.leave_one_out(), exact.leave_one_out()
    np.testing.assert_allclose(held.mean, reference.mean, atol=0.02)
    assert (held.std > 0.999 * reference.std).all()


def test_known_noise(data):
    X, y, Z = data
    alpha = np.linspace(0.005, 0.1, len(y))
    ours = GaussianProcessRegressor(1.7 * RBF(1.1), alpha=alpha, optimizer=None).fit(X, y)
    reference = Reference(1.7 * theirs.RBF(1.1), alpha=alpha, optimizer=None).fit(X, y)
    np.testing.assert_allclose(ours.predict(Z, return_std=True), reference.predict(Z, return_std=True), atol=1e-8)
    np.testing.assert_array_equal(ours.known_noise_, alpha)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(ours)).predict(Z, return_std=True),
                                  ours.predict(Z, return_std=True))


def test_noise_of_observations(data):
    X, y, Z = data
    model = GaussianProcessRegressor(RBF() + White(0.03), alpha=0.01, optimizer=None, normalize_y=True).fit(X, y)
    function, observation = (model.predict(Z, return_std=True, include_noise=on)[1] for on in (False, True))
    np.testing.assert_allclose(observation ** 2 - function ** 2, 0.04 * y.var(), rtol=1e-9)


def test_draws(data, fitted):
    Z = data[2]
    draws = fitted.sample_y(Z, 500, random_state=3)
    mean, covariance = fitted.predict(Z, return_cov=True)
    assert draws.shape == (13, 500)
    std = np.sqrt(np.diag(covariance))
    assert (np.abs(draws.mean(axis=1) - mean) < 5 * std / np.sqrt(500) + 1e-3).all()
    np.testing.assert_allclose(draws.std(axis=1), std, rtol=0.25)
    np.testing.assert_allclose(fitted.sample_y(Z[3:5], 500, random_state=3), draws[3:5], atol=1e-9)


def test_leave_one_out(data):
    X, y, _ = data
    args = {"kernel": 1.7 * RBF(1.1), "alpha": 0.01, "optimizer": None}
    held = GaussianProcessRegressor(**args).fit(X, y).leave_one_out()
    mean, std = GaussianProcessRegressor(**args).fit(X[1:], y[1:]).predict(X[:1], return_std=True, include_noise=True)
    assert held.mean[0] == pytest.approx(mean[0], abs=1e-8) and held.std[0] == pytest.approx(std[0], abs=1e-8)


@pytest.mark.parametrize("copied", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy], ids=["pickle", "deepcopy"])
@pytest.mark.parametrize("solver", ["cholesky", "cg"])
def test_copies_predict_the_same(data, solver, copied):
    X, y, Z = data
    model = GaussianProcessRegressor(solver=solver, normalize_X=True, normalize_y=True, random_state=0, max_iter=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lithe.ConvergenceWarning)
        model.fit(X, y)
    same = copied(model)
    np.testing.assert_array_equal(same.predict(Z, return_std=True), model.predict(Z, return_std=True))
    np.testing.assert_array_equal(same.sample_y(Z, 2), model.sample_y(Z, 2))
    assert same.kernel_ == model.kernel_ and same.scaling_.shape == (2, 2)
    with pytest.raises(ValueError, match="read-only"):
        same.alpha_[0] = 1.0


def _predict(model, Z, out):
    out.put(model.predict(Z))


def test_fork(data, fitted):
    context = multiprocessing.get_context("fork")
    out = context.SimpleQueue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # about threads; the library is loaded afresh
        child = context.Process(target=_predict, args=(fitted, data[2], out))
        child.start()
    np.testing.assert_array_equal(out.get(), fitted.predict(data[2]))
    child.join()


def test_changed_state_is_used(data, fitted):
    model = copy.deepcopy(fitted)
    model.alpha_ = 2 * model.alpha_
    center = data[1].mean()
    np.testing.assert_allclose(model.predict(data[2]) - center, 2 * (fitted.predict(data[2]) - center), rtol=1e-9)


@pytest.mark.parametrize("solver", ["cholesky", "cg"])
def test_threads_change_nothing(data, solver):
    X, y, Z = data
    one, two = (GaussianProcessRegressor(solver=solver, random_state=5, n_jobs=jobs, normalize_y=True).fit(X, y)
                for jobs in (1, 2))
    assert one.kernel_ == two.kernel_
    np.testing.assert_array_equal(one.predict(Z, return_std=True), two.predict(Z, return_std=True))
    expected = one.predict(Z)
    np.testing.assert_array_equal(one.set_params(n_jobs=2).predict(Z), expected)


def test_warm_start(data):
    X, y, _ = data
    model = GaussianProcessRegressor(normalize_y=True, warm_start=True).fit(X, y)
    first = model.n_iter_
    assert model.fit(X, y).n_iter_ < first


def test_clone_keeps_parameters_only(fitted):
    copied = clone(GaussianProcessRegressor(2.0 * RBF(0.5), alpha=0.1))
    assert copied.kernel == 2.0 * RBF(0.5) and copied.alpha == 0.1
    assert not hasattr(clone(fitted), "kernel_")


def test_options_are_what_the_library_describes():
    described = {o["name"]: o["default"] for o in json.loads(_run.text("lithe_describe", "gp"))}
    signature = inspect.signature(GaussianProcessRegressor).parameters
    for name in GaussianProcessRegressor._library_options:
        assert name in described
        if name != "random_state":
            assert signature[name].default == described[name], name
    assert signature["optimizer"].default == described["optimizer"]


def test_unfitted():
    model = GaussianProcessRegressor()
    for call in (model.leave_one_out, model.log_marginal_likelihood, lambda: model.save("nothing")):
        with pytest.raises(NotFittedError, match="This GaussianProcessRegressor instance is not fitted yet"):
            call()


def test_warns_when_training_ends_early(data):
    with pytest.warns(lithe.ConvergenceWarning, match="raise max_iter"):
        model = GaussianProcessRegressor(max_iter=1).fit(data[0], data[1])
    assert not model.converged_ and model.diagnostics_[0]["code"] == "training_stopped"


@pytest.mark.parametrize("params, message", [
    ({"alpha": "none"}, "'alpha' parameter of GaussianProcessRegressor must be 'fit'"),
    ({"alpha": -1.0}, "'alpha' parameter of GaussianProcessRegressor must be a float"),
    ({"alpha": [0.1, 0.2]}, "alpha must be a scalar or an array with same number of entries as y"),
    ({"optimizer": "sgd"}, "'optimizer' parameter"), ({"solver": "lu"}, "solver must be one of"),
    ({"kernel": theirs.PairwiseKernel()}, "PairwiseKernel has no counterpart"), ({"tol": 0}, "'tol' parameter"),
    ({"kernel": RBF([1.0, 2.0, 3.0])}, "3 values of length_scale for 2 features"),
])
def test_impossible_parameters(data, params, message):
    with pytest.raises(ValueError, match=message):
        GaussianProcessRegressor(**params).fit(data[0], data[1])


def test_impossible_data(data, fitted):
    X, y, Z = data
    with pytest.raises(ValueError, match="y should be a 1d or 2d array"):
        GaussianProcessRegressor().fit(X, np.c_[y, y][:, :, np.newaxis])
    with pytest.raises(ValueError, match=r"Got 1 != 2"):
        GaussianProcessRegressor(n_targets=2).fit(X, y)
    with pytest.raises(ValueError, match="Input y contains infinity"):
        GaussianProcessRegressor().fit(X, np.r_[y[:-1], np.inf])
    with pytest.raises(RuntimeError, match="At most one of return_std or return_cov"):
        fitted.predict(Z, return_std=True, return_cov=True)
    with pytest.raises(lithe.NumericalError, match="positive definite"):
        GaussianProcessRegressor(RBF(), alpha=0, optimizer=None).fit(np.ones((4, 1)), np.ones(4))


@pytest.mark.parametrize("n", [1, 2])
def test_very_few_points(n):
    model = GaussianProcessRegressor().fit(np.arange(n)[:, np.newaxis], np.ones(n))
    mean, std = model.predict([[0.0], [1e3]], return_std=True)
    assert np.isfinite(mean).all() and std[0] < std[1]
