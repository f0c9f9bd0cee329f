"""Solvers, uncertainty of the computation, storage, files and interrupted training of the Gaussian process regressor."""

import os
import pickle
import signal
import threading
import time
import warnings

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import lithe
from lithe.gp import GaussianProcessRegressor
from lithe.gp.kernels import RBF, Matern, White


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(7)
    X = rng.uniform(0, 4, (200, 2))
    y = np.sin(2 * X[:, 0]) + 0.5 * np.cos(3 * X[:, 1]) + 0.1 * rng.normal(size=200)
    return X, y, rng.uniform(0, 4, (20, 2))


GIVEN = {"kernel": 1.2 * Matern([0.6, 0.8]), "alpha": 0.02, "optimizer": None, "normalize_y": True, "random_state": 0}


@pytest.mark.filterwarnings("ignore:the residual is still above the tolerance")  # of dual descent
@pytest.mark.parametrize("solver", ["cg", "low_precision_cg", "alternating_projection", "dual_descent", "itergp"])
def test_solvers_agree(data, solver):
    X, y, Z = data
    mean, std = GaussianProcessRegressor(**GIVEN).fit(X, y).predict(Z, return_std=True)
    model = GaussianProcessRegressor(**GIVEN, solver=solver, n_actions=200).fit(X, y)
    found, spread = model.predict(Z, return_std=True)
    assert model.solver_ == solver and model.rank_ > 0 and model.memory_ > 0
    np.testing.assert_allclose(found, mean, atol=0.03)
    assert (spread >= std * (1 - 1e-3)).all() and (spread <= 1.05 * std + 0.01).all()


@pytest.mark.parametrize("policy", ["mixed", "cg", "cholesky", "inducing"])
def test_combined_uncertainty_is_never_less(data, policy):
    X, y, Z = data
    exact = GaussianProcessRegressor(**GIVEN).fit(X, y).predict(Z, return_std=True)[1]
    model = GaussianProcessRegressor(**GIVEN, solver="itergp", policy=policy, n_actions=15).fit(X, y)
    assert model.directions_.shape[0] <= 15
    kinds = {kind: model.predict(Z, return_std=True, uncertainty=kind)[1]
             for kind in ("auto", "combined", "mathematical", "computational")}
    np.testing.assert_array_equal(kinds["auto"], kinds["combined"])
    assert (kinds["combined"] >= exact * (1 - 1e-9)).all() and (kinds["combined"] >= kinds["mathematical"]).all()
    np.testing.assert_allclose(kinds["combined"] ** 2, kinds["mathematical"] ** 2 + kinds["computational"] ** 2)
    covariance = model.predict(Z, return_cov=True)[1]
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), kinds["combined"], atol=1e-8)
    exactly = model.predict(Z, return_cov=True, uncertainty="mathematical")[1]
    np.testing.assert_allclose(np.sqrt(np.diag(exactly)), exact, rtol=0.02)
    with pytest.raises(ValueError, match="take the difference"):
        model.predict(Z, return_cov=True, uncertainty="computational")
    # Of other solvers it can be asked as well.
    other = GaussianProcessRegressor(**GIVEN, solver="cg", precision="float64", policy=policy, n_actions=15).fit(X, y)
    mean, std = other.predict(Z, return_std=True, uncertainty="combined")
    np.testing.assert_allclose(std, kinds["combined"], rtol=1e-6)
    np.testing.assert_allclose(mean, model.predict(Z), rtol=1e-6)
    assert (std >= other.predict(Z, return_std=True)[1]).all()


def test_cholesky_leaves_nothing_open(data):
    X, y, Z = data
    model = GaussianProcessRegressor(**GIVEN).fit(X, y)
    assert not model.predict(Z, return_std=True, uncertainty="computational")[1].any()
    np.testing.assert_array_equal(model.predict(Z, return_std=True, uncertainty="combined")[1],
                                  model.predict(Z, return_std=True)[1])
    with pytest.raises(ValueError, match="uncertainty must be one of"):
        model.predict(Z, return_std=True, uncertainty="none at all")
    with pytest.raises(ValueError, match="itergp is for one output"):
        GaussianProcessRegressor(solver="itergp").fit(X, np.c_[y, y])


@pytest.mark.filterwarnings("ignore:rounding keeps the true residual")
def test_storage(data):
    X, y, Z = data
    args = GIVEN | {"kernel": 1.0 * RBF([1.0, 1.0]), "alpha": 0.1, "solver": "cg", "precision": "float32"}
    mean = GaussianProcessRegressor(**args).fit(X, y).predict(Z)
    for storage in ("float32", "float16"):
        model = GaussianProcessRegressor(**args, storage=storage).fit(X, y)
        assert model.storage_ == storage and (model.storage_error_ > 0) == (storage == "float16")
        np.testing.assert_allclose(model.predict(Z), mean, atol=0.02)
    refused = GaussianProcessRegressor(**args | {"alpha": 1e-4}, storage="bfloat16").fit(X, y)
    assert refused.storage_ == "none"
    note, = (note for note in refused.diagnostics_ if note["code"] == "storage_refused")
    assert "indefinite" in note["message"] and "float32" in note["action"]
    with pytest.raises(ValueError, match="storage float16 is for matrix-free solvers"):
        GaussianProcessRegressor(solver="cholesky", storage="float16").fit(X, y)


@pytest.mark.parametrize("params", [
    {"normalize_X": True, "normalize_y": True}, {"alpha": np.linspace(0.01, 0.1, 200)}, {"solver": "cg"},
    {"solver": "itergp", "n_actions": 20}, {"solver": "cg", "precision": "float32", "storage": "float32", "alpha": 0.1}],
    ids=["scaled", "known noise", "cg", "itergp", "stored"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_files_and_pickles_predict_the_same(data, tmp_path, params, dtype):
    X, y, Z = (part.astype(dtype) for part in data)
    model = GaussianProcessRegressor(1.0 * RBF([1.0, 1.0]), random_state=2**63 + 1, max_iter=3, **params)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lithe.ConvergenceWarning)
        model.fit(X, y)
    model.save(tmp_path / "model.lithe")
    loaded = GaussianProcessRegressor.load(tmp_path / "model.lithe")
    for same in (loaded, pickle.loads(pickle.dumps(model)), pickle.loads(pickle.dumps(loaded))):
        np.testing.assert_array_equal(same.predict(Z, return_std=True), model.predict(Z, return_std=True))
        np.testing.assert_array_equal(same.sample_y(Z, 2), model.sample_y(Z, 2))
    assert loaded.kernel_ == model.kernel_ and loaded.diagnostics_ == model.diagnostics_
    assert loaded.log_marginal_likelihood_bounds_ == model.log_marginal_likelihood_bounds_
    assert loaded.get_params()["random_state"] == 2**63 + 1 and loaded.n_iter_ == model.n_iter_
    assert loaded.normalize_y == bool(params.get("normalize_y")) and loaded.solver == model.solver_
    loaded.set_params(max_iter=1, random_state=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lithe.ConvergenceWarning)
        loaded.fit(X, y)


def test_bad_files(tmp_path, data):
    with pytest.raises(FileNotFoundError):
        GaussianProcessRegressor.load(tmp_path / "none")
    (tmp_path / "bad").write_bytes(b"not a model")
    with pytest.raises(lithe.ModelFileError, match="not a lithe model file"):
        GaussianProcessRegressor.load(tmp_path / "bad")


class Training:
    """A callback that says when training has got somewhere, and what the parameters were at the start."""

    def __init__(self):
        self.begun = threading.Event()

    def __call__(self, progress):
        if progress.phase == "training" and progress.iteration >= 2:
            self.begun.set()


def _long_fit(**params):
    rng = np.random.default_rng(0)
    X = rng.uniform(0, 6, (900, 2))
    y = np.sin(X[:, 0]) * X[:, 1] + 0.1 * rng.normal(size=900)
    return GaussianProcessRegressor(1.0 * RBF([1.0, 1.0]), normalize_y=True, optimizer="adam", max_iter=100_000,
                                    random_state=0, **params), X, y


def test_ctrl_c_keeps_what_training_has_found():
    training = Training()
    model, X, y = _long_fit(callback=training)

    def press():
        training.begun.wait(60)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    thread.join()
    assert time.monotonic() - began < 60
    assert model.kernel_ != model.kernel and model.noise_ > 0 and model.n_iter_ >= 2 and not model.converged_
    assert model.diagnostics_[0]["code"] == "training_stopped" and model.n_features_in_ == 2
    for ask in (lambda: model.predict(X), lambda: model.sample_y(X), model.leave_one_out):
        with pytest.raises(NotFittedError, match="warm_start=True to go on from there"):
            ask()
    reached = model.kernel_
    model = pickle.loads(pickle.dumps(model.set_params(callback=None)))
    assert model.kernel_ == reached
    # With the optimizer off, going on means conditioning on the data with the parameters reached.
    model.set_params(warm_start=True, optimizer=None, alpha=model.noise_).fit(X, y)
    assert model.kernel_ == reached and model.score(X, y) > 0.9


def test_a_callback_that_stops_keeps_it_too():
    model, X, y = _long_fit(callback=lambda p: p.phase == "training" and p.iteration >= 2)
    with pytest.raises(lithe.Cancelled):
        model.fit(X, y)
    first = model.kernel_.theta
    model.set_params(optimizer="lbfgs", max_iter=0, warm_start=True, callback=None).fit(X, y)
    assert model.converged_ and not np.allclose(model.kernel_.theta, first)
    model.predict(X[:3], return_std=True)


def test_stopping_before_training_leaves_a_fitted_model_alone(data):
    X, y, Z = data
    model = GaussianProcessRegressor(**GIVEN).fit(X, y)
    before = model.predict(Z)
    with pytest.raises(ValueError, match="NaN"):
        model.fit(np.full((3, 2), np.nan), np.ones(3))
    np.testing.assert_array_equal(model.predict(Z), before)


# What new users run into: a result that makes sense, or an error that says what to do.

def _finite(model, X, y, Z):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lithe.ConvergenceWarning)
        mean, std = model.fit(X, y).predict(Z, return_std=True)
    assert np.isfinite(mean).all() and np.isfinite(std).all() and (std >= 0).all()
    return mean, std


SOLVERS = pytest.mark.parametrize("solver", ["cholesky", "cg", "itergp"])


@SOLVERS
def test_duplicate_inputs(solver):
    X = np.repeat(np.linspace(0, 3, 20), 3)[:, np.newaxis]
    y = np.sin(X[:, 0]) + 0.1 * np.tile([-1.0, 0.0, 1.0], 20)
    mean, _ = _finite(GaussianProcessRegressor(solver=solver, random_state=0), X, y, X)
    assert np.abs(mean - np.sin(X[:, 0])).max() < 0.2


@SOLVERS
def test_constant_targets(solver):
    X = np.linspace(0, 3, 30)[:, np.newaxis]
    for normalize_y in (False, True):
        mean, _ = _finite(GaussianProcessRegressor(solver=solver, normalize_y=normalize_y, random_state=0), X, np.full(30, 4.0), X)
        np.testing.assert_allclose(mean, 4.0, atol=0.2)


@SOLVERS
@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_points(solver, n):
    _finite(GaussianProcessRegressor(solver=solver, random_state=0), np.arange(n)[:, np.newaxis], np.arange(n), [[0.5], [9.0]])


@SOLVERS
@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_huge_and_tiny_scales(data, solver, scale):
    X, y, Z = data
    model = GaussianProcessRegressor(1.0 * RBF([1.0, 1.0]), solver=solver, normalize_X=True, normalize_y=True, random_state=0)
    mean, _ = _finite(model, scale * X, scale * y, scale * Z)
    truth = np.sin(2 * Z[:, 0]) + 0.5 * np.cos(3 * Z[:, 1])
    assert np.sqrt(np.mean((mean / scale - truth) ** 2)) < 0.15


def test_zero_noise_and_matrices_that_rounding_makes_indefinite(data):
    X, y, _ = data
    exact = GaussianProcessRegressor(Matern(0.5, nu=0.5), alpha=0, optimizer=None).fit(X, y)
    np.testing.assert_allclose(exact.predict(X), y, atol=1e-6)
    with pytest.raises(lithe.NumericalError, match="raise the noise, remove duplicate points"):
        GaussianProcessRegressor(RBF(50.0), alpha=0, optimizer=None).fit(X, y)


def test_a_solve_that_does_not_converge_is_a_result_with_a_warning(data):
    X, y, Z = data
    with pytest.warns(lithe.ConvergenceWarning, match="allow more iterations of the solve, give the preconditioner a higher rank"):
        model = GaussianProcessRegressor(**GIVEN | {"alpha": 1e-6}, solver="cg", precision="float64", rank=1,
                                         max_solve_iter=3).fit(X, y)
    assert model.residual_ > 1e-3 and np.isfinite(model.predict(Z)).all()
    note = next(note for note in model.diagnostics_ if note["code"] == "not_converged")
    assert note["value"] == pytest.approx(model.residual_, rel=0.5) and note["action"]


def test_nothing_is_warned_of_where_nothing_is_to_be_done(data, recwarn):
    X, y, Z = data
    for params in ({}, {"solver": "cg"}, {"solver": "itergp"}, {"kernel": 1.0 * RBF([1.0, 1.0]) + White(0.1)}):
        GaussianProcessRegressor(random_state=0, **params).fit(X, y).predict(Z, return_std=True)
    assert not recwarn.list
