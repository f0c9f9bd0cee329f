"""Least-squares support vector classification."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.gaussian_process import kernels as theirs
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

import lithe
from lithe.gp import LeastSquaresSVC
from lithe.gp.kernels import RBF


@pytest.fixture(scope="module")
def rings():
    rng = np.random.default_rng(3)
    y = np.arange(600) % 3
    angle = rng.uniform(0, 2 * np.pi, 600)
    X = np.c_[np.cos(angle), np.sin(angle)] * (1 + y + 0.3 * rng.normal(size=600))[:, np.newaxis]
    return X[:400], np.array(["in", "mid", "out"])[y[:400]], X[400:], np.array(["in", "mid", "out"])[y[400:]]


@parametrize_with_checks([LeastSquaresSVC(), LeastSquaresSVC(solver="cg", precision="float64", tol=1e-12, random_state=0),
                          LeastSquaresSVC(kernel=RBF(2.0), class_weight="balanced", leave_one_out=True)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("params", [{}, {"gamma": "auto", "C": 0.3}, {"gamma": 0.7}, {"kernel": "linear"},
                                    {"kernel": "poly", "degree": 2, "gamma": 0.5, "coef0": 1.0}], ids=str)
def test_is_the_model(rings, params):
    """With a kernel to which a large constant is added, ridge regression has an intercept as good as free."""
    X, y, Z, _ = rings
    two = y != "mid"
    ours = LeastSquaresSVC(**params).fit(X[two], y[two])
    gamma = {"scale": 1 / (2 * X[two].var()), "auto": 0.5}.get(ours.gamma, ours.gamma)

    def kernel(A, B):
        if ours.kernel == "rbf":
            return np.exp(-gamma * ((A[:, None] - B[None]) ** 2).sum(-1))
        return A @ B.T if ours.kernel == "linear" else (gamma * A @ B.T + ours.coef0) ** ours.degree

    ridge = KernelRidge(alpha=1 / ours.C, kernel="precomputed")
    ridge.fit(kernel(X[two], X[two]) + 1e5, np.where(y[two] == "out", 1.0, -1.0))
    np.testing.assert_allclose(ours.decision_function(Z), ridge.predict(kernel(Z, X[two]) + 1e5), atol=1e-3)
    assert abs(ours.dual_coef_.sum()) < 1e-6 * np.abs(ours.dual_coef_).sum()
    if ours.kernel == "linear":
        np.testing.assert_allclose(Z @ ours.coef_[0] + ours.intercept_[0], ours.decision_function(Z), atol=1e-6)
    else:
        with pytest.raises(AttributeError, match="linear kernel"):
            ours.coef_


def test_as_good_as_svc(rings):
    X, y, Z, truth = rings
    ours = LeastSquaresSVC(C=10).fit(X, y)
    assert ours.classes_.tolist() == ["in", "mid", "out"] and ours.solver_ == "cholesky"
    assert ours.decision_function(Z).shape == (200, 3) and ours.dual_coef_.shape == (3, 400)
    assert ours.n_support_.tolist() == [134, 133, 133]
    assert ours.score(Z, truth) > SVC(C=10).fit(X, y).score(Z, truth) - 0.02
    cg = LeastSquaresSVC(C=10, solver="cg", random_state=0).fit(X, y)
    assert cg.n_iter_ > 0 and cg.residual_ <= 0.01
    np.testing.assert_allclose(cg.decision_function(Z), ours.decision_function(Z), atol=0.2)
    again = LeastSquaresSVC(C=10, solver="cg", random_state=0, n_jobs=3).fit(X, y)
    np.testing.assert_array_equal(again.dual_coef_, cg.dual_coef_)
    single = LeastSquaresSVC(C=10, solver="cg", random_state=0).fit(X.astype(np.float32), y)
    np.testing.assert_allclose(single.decision_function(Z.astype(np.float32)), cg.decision_function(Z), atol=0.2)


def test_kernels(rings):
    X, y, Z, _ = rings
    named = LeastSquaresSVC(gamma=0.5).fit(X, y)
    for kernel in (RBF(1.0), theirs.RBF(1.0)):
        np.testing.assert_allclose(LeastSquaresSVC(kernel=kernel).fit(X, y).decision_function(Z), named.decision_function(Z),
                                   atol=1e-9)
    assert named.kernel_ == RBF(1.0)


def test_weights(rings):
    X, y, Z, _ = rings
    weights = np.arange(400) // 3 % 3
    twice = np.repeat(np.arange(400), weights)
    weighted = LeastSquaresSVC().fit(X, y, weights)
    np.testing.assert_allclose(weighted.decision_function(Z), LeastSquaresSVC().fit(X[twice], y[twice]).decision_function(Z),
                               atol=1e-9)
    assert weighted.support_.tolist() == np.flatnonzero(weights).tolist()
    by_class = LeastSquaresSVC(class_weight={"in": 5.0}).fit(X, y)
    np.testing.assert_allclose(by_class.dual_coef_, LeastSquaresSVC().fit(X, y, np.where(y == "in", 5, 1)).dual_coef_)
    few = np.r_[0:90:3, 1:400:3, 2:400:3]
    balanced = LeastSquaresSVC(C=0.01, class_weight="balanced").fit(X[few], y[few])
    plain = LeastSquaresSVC(C=0.01).fit(X[few], y[few])
    assert (balanced.predict(Z) == "in").sum() > (plain.predict(Z) == "in").sum()


@pytest.mark.parametrize("copied", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy, copy.copy],
                         ids=["pickle", "deepcopy", "copy"])
def test_copies_are_whole(rings, copied):
    X, y, Z, _ = rings
    for model in (LeastSquaresSVC(class_weight="balanced").fit(X, y), LeastSquaresSVC(solver="cg", random_state=1).fit(X, y)):
        twin = copied(model)
        np.testing.assert_array_equal(twin.decision_function(Z), model.decision_function(Z))
        with pytest.raises(ValueError, match="read-only"):
            twin.dual_coef_[0, 0] = 1.0
    changed = clone(model).fit(X, y)
    changed.dual_coef_ = 2 * changed.dual_coef_
    np.testing.assert_allclose(changed.decision_function(Z) - changed.intercept_,
                               2 * (model.decision_function(Z) - model.intercept_), rtol=1e-6, atol=1e-9)


def test_leave_one_out(rings):
    X, y, *_ = rings
    for labels in (y, y == "mid"):
        model = LeastSquaresSVC(C=3, gamma=0.5, leave_one_out=True).fit(X, labels)
        weights = np.ones(400)
        weights[7] = 0
        others = LeastSquaresSVC(C=3, gamma=0.5).fit(X, labels, weights)
        np.testing.assert_allclose(model.loo_decision_function_[7], others.decision_function(X[7:8])[0], atol=1e-9)
        assert 0.8 < model.loo_score_ < model.score(X, labels) + 0.02
    with pytest.raises(ValueError, match="use cholesky"):
        LeastSquaresSVC(leave_one_out=True, solver="cg").fit(X, y)


def test_grid_search(rings):
    X, y, *_ = rings
    search = GridSearchCV(LeastSquaresSVC(), {"C": [1e-6, 1.0]}, cv=3).fit(X, y)
    assert search.best_params_ == {"C": 1.0}


@pytest.mark.parametrize("params, message", [
    ({"C": 0}, "'C' parameter of LeastSquaresSVC must be a float in the range"), ({"kernel": "sigmoid"}, "'kernel' parameter"),
    ({"gamma": "big"}, "'gamma' parameter"), ({"gamma": 0.0}, "'gamma' parameter"), ({"degree": 20, "kernel": "poly"}, "degree must be"),
    ({"coef0": -1.0}, "'coef0' parameter"), ({"class_weight": "even"}, "'class_weight' parameter"),
    ({"class_weight": {"no": 1.0}}, "not among the classes"), ({"max_iter": 0}, "'max_iter' parameter"),
    ({"solver": "smo"}, "solver must be one of"), ({"tol": 2.0}, "tol must be in"), ({"class_weight": 3}, "'class_weight' parameter"),
])
def test_bad_parameters(rings, params, message):
    with pytest.raises(ValueError, match=message):
        LeastSquaresSVC(**params).fit(rings[0], rings[1])


def test_trouble(rings):
    X, y, *_ = rings
    with pytest.warns(lithe.ConvergenceWarning, match="allow more iterations"):
        model = LeastSquaresSVC(C=1e4, solver="cg", rank=1, max_iter=2).fit(X, y)
    assert model.diagnostics_[0]["code"] == "not_converged"
    with pytest.raises(ValueError, match="weight 0 is -1"):
        LeastSquaresSVC().fit(X, y, -np.ones(len(X)))
    with pytest.raises(ValueError, match="a classifier needs points of two classes"):
        LeastSquaresSVC().fit(X, y, np.where(y == "in", 1, 0))
    with pytest.raises(ValueError, match="NaN"):
        LeastSquaresSVC().fit(np.where(X > 2, np.nan, X), y)
    with pytest.raises(TypeError, match="expected a kernel"):
        LeastSquaresSVC(kernel=np.dot).fit(X, y)


def test_progress_and_cancellation():
    X = np.random.default_rng(0).normal(size=(6000, 4))
    seen = []
    with pytest.raises(lithe.Cancelled):
        LeastSquaresSVC(C=1e5, tol=1e-9, callback=lambda p: seen.append(p.phase) or len(seen) > 1).fit(X, X[:, 0] > 0)
    assert seen and all(seen)


def test_labels_that_are_missing(rings):
    pandas = pytest.importorskip("pandas")
    labels = pandas.Series(np.where(np.arange(len(rings[0])) % 2, "a", "b"), dtype="string")
    labels[3] = pandas.NA
    with pytest.raises(ValueError, match="Input y contains NaN"):
        LeastSquaresSVC().fit(rings[0], labels)
