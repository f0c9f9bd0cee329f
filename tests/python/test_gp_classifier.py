"""Gaussian process classification against scikit-learn's, and what its users do with it."""

import copy
import inspect
import json
import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process import GaussianProcessClassifier as Reference
from sklearn.gaussian_process import kernels as theirs
from sklearn.metrics import log_loss
from sklearn.utils.estimator_checks import parametrize_with_checks

import lithe
from lithe import _run
from lithe.gp import GaussianProcessClassifier, priors
from lithe.gp.kernels import RBF, Constant


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(7)
    X = rng.normal(size=(100, 2))
    score = np.sin(2 * X[:, 0]) + X[:, 1] + 0.4 * rng.normal(size=100)
    return X, score, rng.normal(size=(40, 2)) * 1.5


@pytest.fixture(scope="module")
def three(data):
    return np.array(["low", "mid", "top"])[np.digitize(data[1], [-0.5, 0.6])]


@parametrize_with_checks([GaussianProcessClassifier(), GaussianProcessClassifier(multi_class="softmax")])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


KERNELS = [2.0 * theirs.RBF([1.0, 0.7]), 1.5 * theirs.Matern(1.2, nu=1.5) + 0.3 * theirs.DotProduct(1.0),
           theirs.RationalQuadratic(0.9, 1.1) + theirs.WhiteKernel(0.2)]


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_same_as_scikit_learn(data, kernel):
    X, score, Z = data
    y = np.where(score > 0, "yes", "no")
    ours, reference = (kind(kernel, optimizer=None).fit(X, y) for kind in (GaussianProcessClassifier, Reference))
    assert ours.log_marginal_likelihood_value_ == pytest.approx(reference.log_marginal_likelihood_value_, abs=1e-7)
    theta = reference.kernel_.theta + 0.3
    value, gradient = ours.log_marginal_likelihood(theta, eval_gradient=True)
    wanted, slope = reference.log_marginal_likelihood(theta, eval_gradient=True)
    assert value == pytest.approx(wanted, abs=1e-7) and ours.log_marginal_likelihood(theta) == pytest.approx(wanted, abs=1e-7)
    np.testing.assert_allclose(gradient, slope, atol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(Z), reference.predict_proba(Z), rtol=0, atol=1e-8)
    np.testing.assert_allclose(ours.latent_mean_and_variance(Z), reference.latent_mean_and_variance(Z), rtol=0, atol=1e-8)
    np.testing.assert_array_equal(ours.predict(Z), reference.predict(Z))
    assert ours.log_marginal_likelihood() == ours.log_marginal_likelihood_value_


def test_no_worse_after_training(data):
    X, score, Z = data
    ours, reference = (kind(1.0 * theirs.RBF([1.0, 1.0])).fit(X, score > 0) for kind in (GaussianProcessClassifier, Reference))
    assert ours.log_marginal_likelihood_value_ > reference.log_marginal_likelihood_value_ - 1e-6
    np.testing.assert_allclose(ours.predict_proba(Z), reference.predict_proba(Z), atol=1e-3)
    assert ours.converged_ and ours.n_iter_ > 1 and ours.classes_.dtype == bool
    poor = GaussianProcessClassifier(Constant(1.0) * RBF([50.0, 0.05], (0.05, 50.0)), n_restarts_optimizer=4, random_state=1)
    assert poor.fit(X, score > 0).log_marginal_likelihood_value_ > ours.log_marginal_likelihood_value_ - 1e-3


@pytest.mark.parametrize("multi_class", ["one_vs_rest", "one_vs_one"])
def test_many_classes_as_scikit_learn(data, three, multi_class):
    X, _, Z = data
    kernel = 2.0 * theirs.RBF([1.0, 0.7])
    ours, reference = (kind(kernel, optimizer=None, multi_class=multi_class).fit(X, three)
                       for kind in (GaussianProcessClassifier, Reference))
    np.testing.assert_array_equal(ours.predict(Z), reference.predict(Z))
    theta = reference.kernel_.theta + 0.1
    for at in (theta, theta[:3]):
        assert ours.log_marginal_likelihood(at) == pytest.approx(reference.log_marginal_likelihood(at), abs=1e-7)
    assert len(ours.kernel_) == 3 and ours.latent_.shape == (100, 3)
    if multi_class == "one_vs_rest":
        np.testing.assert_allclose(ours.predict_proba(Z), reference.predict_proba(Z), rtol=0, atol=1e-8)
    else:
        with pytest.raises(ValueError, match="one_vs_one multi-class mode does not support"):
            ours.predict_proba(Z)


def test_softmax(data, three):
    X, _, Z = data
    model = GaussianProcessClassifier(multi_class="softmax").fit(X, three)
    p = model.predict_proba(Z)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(Z))
    drawn = clone(model).set_params(softmax_integral="monte_carlo", random_state=0).fit(X, three).predict_proba(Z)
    np.testing.assert_allclose(p, drawn, atol=0.08)
    assert log_loss(three, model.predict_proba(X)) < 0.5 and isinstance(model.kernel_, lithe.gp.kernels.Kernel)
    value, gradient = model.log_marginal_likelihood(model.kernel_.theta, eval_gradient=True)
    assert value == pytest.approx(model.log_marginal_likelihood_value_) and np.abs(gradient).max() < 0.02
    mean, variance = model.latent_mean_and_variance(Z)
    assert mean.shape == variance.shape == (40, 3) and (variance > 0).all()


@pytest.mark.parametrize("multi_class", ["one_vs_rest", "softmax"])
def test_conjugate_gradients_agree(data, three, multi_class):
    X, _, Z = data
    args = {"kernel": 2.0 * RBF([1.0, 0.7]), "optimizer": None, "multi_class": multi_class}
    exact = GaussianProcessClassifier(**args).fit(X, three)
    close = GaussianProcessClassifier(**args, solver="cg", precision="float64", random_state=0).fit(X, three)
    assert (exact.solver_, close.solver_) == ("cholesky", "cg")
    np.testing.assert_allclose(close.latent_, exact.latent_, atol=1e-3)
    np.testing.assert_allclose(close.predict_proba(Z), exact.predict_proba(Z), atol=2e-3)
    bounds = close.log_marginal_likelihood_bounds_
    assert bounds.shape == exact.log_marginal_likelihood_bounds_.shape
    assert (bounds[:, 0] - 1e-3 <= exact.log_marginal_likelihood_bounds_[:, 0]).all()
    assert (bounds[:, 1] + 1e-3 >= exact.log_marginal_likelihood_bounds_[:, 1]).all()


def test_training_on_a_part(data):
    X, score, _ = data
    model = GaussianProcessClassifier(solver="cg", train_size=60, random_state=0).fit(X, score > 0)
    assert [note["code"] for note in model.diagnostics_] == ["trained_on_part"] and model.diagnostics_[0]["value"] == 60


@pytest.mark.parametrize("copied", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy], ids=["pickle", "deepcopy"])
@pytest.mark.parametrize("args", [{}, {"multi_class": "softmax"}, {"multi_class": "one_vs_one", "solver": "cg"}], ids=str)
def test_copies_predict_the_same(data, three, args, copied):
    X, _, Z = data
    model = GaussianProcessClassifier(Constant(2.0) * RBF([1.0, 0.7]), **args, optimizer=None, random_state=0).fit(X, three)
    same = copied(model)
    np.testing.assert_array_equal(same.predict(Z), model.predict(Z))
    np.testing.assert_array_equal(same.latent_mean_and_variance(Z), model.latent_mean_and_variance(Z))
    with pytest.raises(ValueError, match="read-only"):
        same.weights_[0] = 1.0
    same.weights_ = -same.weights_
    np.testing.assert_array_equal(same.latent_mean_and_variance(Z)[0], -model.latent_mean_and_variance(Z)[0])


@pytest.mark.parametrize("solver", ["cholesky", "cg"])
def test_threads_change_nothing(data, three, solver):
    one, two = (GaussianProcessClassifier(solver=solver, random_state=5, n_jobs=jobs).fit(data[0], three) for jobs in (1, 2))
    assert one.kernel_ == two.kernel_
    np.testing.assert_array_equal(one.predict_proba(data[2]), two.predict_proba(data[2]))


def test_priors(data):
    X, score, _ = data
    tight = GaussianProcessClassifier(1.0 * RBF(1.0), priors={"length_scale": priors.LogNormal(np.log(0.3), 0.01)})
    assert tight.fit(X, score > 0).kernel_.k2.length_scale == pytest.approx(0.3, rel=0.05)
    with pytest.raises(ValueError, match="there is a prior of \"nu\""):
        GaussianProcessClassifier(1.0 * RBF(1.0), priors={"nu": priors.Gamma(1, 1)}).fit(X, score > 0)


def test_warm_start(data):
    model = GaussianProcessClassifier(warm_start=True).fit(data[0], data[1] > 0)
    first = model.n_iter_
    assert model.fit(data[0], data[1] > 0).n_iter_ < first


@pytest.mark.parametrize("y", [[3, 5], ["a", "b"], [False, True], [-1.0, 1.0], np.array(["x", "why"], dtype=object)], ids=str)
def test_labels_of_any_type(data, y):
    labels = np.asarray(y)[(data[1] > 0).astype(int)]
    model = GaussianProcessClassifier(optimizer=None).fit(data[0], labels)
    np.testing.assert_array_equal(model.classes_, np.unique(labels))
    assert model.classes_.dtype == labels.dtype and model.score(data[0], labels) > 0.8


def test_options_are_what_the_library_describes():
    described = {o["name"]: o["default"] for o in json.loads(_run.text("lithe_describe", "gp_classifier"))}
    signature = inspect.signature(GaussianProcessClassifier).parameters
    for name in GaussianProcessClassifier._library_options:
        assert name in described
        if name != "random_state":
            assert signature[name].default == described[name], name
    assert signature["optimizer"].default == described["optimizer"]
    assert signature["max_iter_predict"].default == described["max_newton"]


def test_unfitted():
    model = GaussianProcessClassifier()
    for call in (lambda: model.predict([[1.0]]), lambda: model.predict_proba([[1.0]]), model.log_marginal_likelihood):
        with pytest.raises(NotFittedError, match="This GaussianProcessClassifier instance is not fitted yet"):
            call()


def test_warns_and_can_be_stopped(data):
    X, score, _ = data
    with pytest.warns(lithe.ConvergenceWarning, match="raise max_iter"):
        model = GaussianProcessClassifier(max_iter=1).fit(X, score > 0)
    assert not model.converged_
    with pytest.warns(lithe.ConvergenceWarning, match="allow more Newton steps .*max_iter_predict"):
        GaussianProcessClassifier(max_iter_predict=1, optimizer=None).fit(X, score > 0)
    seen = []
    large = np.random.default_rng(0).normal(size=(700, 2))
    with pytest.raises(lithe.Cancelled):
        GaussianProcessClassifier(callback=lambda p: seen.append(p) or True).fit(large, large[:, 0] > 0)
    assert seen


@pytest.mark.parametrize("params, message", [
    ({"optimizer": "adam"}, "'optimizer' parameter"), ({"solver": "lu"}, "solver must be one of"),
    ({"multi_class": "ovr"}, "multi_class must be one of"), ({"train_size": 0}, "'train_size' parameter"),
    ({"kernel": theirs.PairwiseKernel()}, "PairwiseKernel has no counterpart"), ({"max_iter_predict": 0}, "'max_iter_predict'"),
])
def test_impossible_parameters(data, params, message):
    with pytest.raises(ValueError, match=message):
        GaussianProcessClassifier(**params).fit(data[0], data[1] > 0)


@pytest.mark.parametrize("y, message", [
    (np.zeros(100), "requires 2 or more classes; got 1 class"), (np.linspace(0, 1, 100), "Unknown label type: continuous"),
    (np.r_[np.zeros(99), np.nan], "Input y contains NaN"), (np.zeros(7), "inconsistent numbers of samples"),
    (np.array([1, "a"] * 50, dtype=object), "cannot be sorted together"), (np.zeros((100, 2)), "y should be a 1d array"),
])
def test_impossible_labels(data, y, message):
    with pytest.raises(ValueError, match=message):
        GaussianProcessClassifier().fit(data[0], y)


def test_very_few_points():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p = GaussianProcessClassifier().fit([[0.0], [1.0]], ["a", "b"]).predict_proba([[0.0], [1.0]])
    assert p.shape == (2, 2) and np.isfinite(p).all()
