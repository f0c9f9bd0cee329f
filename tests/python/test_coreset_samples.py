"""k-centre and weighted random subsets: lithe.coreset against NumPy."""

import inspect
import json
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from lithe import Cancelled, _run
from lithe.coreset import (AdaCore, BatchSelector, CRAIG, Glister, GradMatch, KCenter, LightweightCoreset, LogisticCoreset,
                           SensitivityCoreset, importance_sample, stratified_sample, train_mlp)
from lithe.mixture import KMeans

rng = np.random.default_rng(0)
X = rng.normal(size=(3000, 4)) + 6 * rng.integers(3, size=(3000, 1))

@parametrize_with_checks([KCenter(2), LightweightCoreset(), SensitivityCoreset(n_clusters=2), BatchSelector(1), LogisticCoreset(5),
                          CRAIG(3), GradMatch(3)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_k_center_is_farthest_first(dtype, order):
    data = np.asarray(X, dtype=dtype, order=order)
    found = KCenter(40).fit(data)
    near = np.full(len(X), np.inf)
    for j, i in enumerate(found.indices_):
        if j:
            assert near[i] == pytest.approx(near.max(), rel=1e-5)
            assert found.distances_[j] == pytest.approx(near[i], rel=1e-5)
        near = np.minimum(near, np.linalg.norm(X - X[i], axis=1))
    assert found.radius_ == pytest.approx(near.max(), rel=1e-5)
    assert found.weights_.sum() == len(X) and found.n_evaluations_ < 40 * len(X)
    distances = np.linalg.norm(X[:, None] - X[found.indices_], axis=2)
    assert np.allclose(distances[np.arange(len(X)), found.labels_], distances.min(axis=1), rtol=1e-5)


def test_k_center_initial_and_radius():
    mask = np.zeros(len(X), dtype=bool)
    mask[[5, 9]] = True
    found = KCenter(None, radius=4.0, initial=mask, assign=False).fit(X)
    assert found.indices_[:2].tolist() == [5, 9] and found.radius_ <= 4.0
    assert not hasattr(found, "labels_")
    with pytest.raises(ValueError, match="should be >= n_centers"):
        KCenter(4000).fit(X)
    with pytest.raises(ValueError, match="needs n_centers, radius or both"):
        KCenter(None).fit(X)


def test_samples_feed_k_means():
    best = KMeans(3, random_state=0).fit(X).inertia_
    for sampler in (LightweightCoreset(300, random_state=1), SensitivityCoreset(300, n_clusters=3, random_state=1)):
        sampler.fit(X)
        small = KMeans(3, random_state=0).fit(X[sampler.indices_], sample_weight=sampler.weights_)
        assert -small.score(X) < 1.1 * best
        again = type(sampler)(**{**sampler.get_params(), "random_state": sampler.random_state_, "n_jobs": 1}).fit(X)
        assert np.array_equal(again.indices_, sampler.indices_) and np.array_equal(again.weights_, sampler.weights_)


def test_sparse_rows_are_dense_ones():
    sparse = pytest.importorskip("scipy.sparse")
    dense = np.where(rng.random((400, 50)) < 0.4, rng.normal(size=(400, 50)), 0)
    y = dense[:, 0] + rng.logistic(size=400) > 1
    models = [LightweightCoreset(60, random_state=0), SensitivityCoreset(60, n_clusters=3, random_state=0),
              LogisticCoreset(60, random_state=0), BatchSelector(9, method="maxdet"), KCenter(30), KCenter(30, metric="cosine")]
    for model in models:
        want = clone(model).fit(dense, y)
        for X_ in (sparse.csr_array(dense), sparse.coo_matrix(dense), sparse.csc_array(dense)):
            model.fit(X_, y)
            assert np.array_equal(model.indices_, want.indices_), model
            assert model.n_features_in_ == 50
        if hasattr(want, "weights_"):
            assert model.weights_ == pytest.approx(want.weights_, rel=0.05)  # where a pilot fit ends, rounding has a say
    with pytest.raises(TypeError, match="precomputed kernel"):
        BatchSelector(2, kernel="precomputed").fit(sparse.csr_array(np.eye(5)))
    with pytest.raises(ValueError, match="4096 at most"):
        LogisticCoreset(5).fit(sparse.csr_array((400, 5000)), y)


def test_cosine_k_center():
    angle = np.linspace(0, 1, 200)[:, None]
    X = np.hstack([np.cos(angle), np.sin(angle)]) * rng.uniform(1, 9, size=(200, 1))
    found = KCenter(3, metric="cosine").fit(X)
    far = 1 - np.cos(angle - angle[found.indices_].T)
    assert found.radius_ == pytest.approx(far.min(axis=1).max(), abs=1e-9)
    assert found.radius_ < 0.07 and found.distances_[1] == pytest.approx(far.max(axis=0)[0], abs=1e-9)
    assert KCenter(None, radius=0.01, metric="cosine").fit(X).radius_ <= 0.01


def test_logistic_samples():
    y = np.where(X[:, 0] + rng.logistic(size=len(X)) > 14, "yes", "no")
    for method in ("osmac", "leverage", "lewis"):
        sample = LogisticCoreset(600, method=method, random_state=0).fit(X, y if method == "osmac" else None)
        assert sample.weights_.sum() == pytest.approx(len(X), rel=0.3)
        assert len(sample.indices_) == len(np.unique(sample.indices_)) <= 600
    sample.set_params(method="osmac").fit(X, y)
    model = LogisticRegression().fit(X[sample.indices_], y[sample.indices_], sample_weight=sample.weights_)
    assert model.score(X, y) > LogisticRegression().fit(X, y).score(X, y) - 0.02
    with pytest.raises(ValueError, match="Only binary classification"):
        LogisticCoreset().fit(X, np.arange(len(X)) % 3)
    with pytest.raises(ValueError, match="requires y"):
        LogisticCoreset().fit(X)


def test_stratified_and_importance_samples():
    labels = np.repeat(["a", "b", "c"], [70, 25, 5])
    sample = stratified_sample(labels, 20, random_state=3)
    assert np.unique(labels[sample.indices], return_counts=True)[1].tolist() == [14, 5, 1]
    assert sample.weights.sum() == pytest.approx(100)
    scores = np.arange(100.0)
    found = [importance_sample(scores, 50, random_state=s) for s in range(100)]
    assert np.mean([s.weights.sum() for s in found]) == pytest.approx(99, rel=0.05)
    with pytest.raises(ValueError, match="exceeds"):
        stratified_sample(labels, 101)
    with pytest.raises(ValueError, match="negative"):
        importance_sample([-1.0, 2.0], 5)


@pytest.mark.parametrize("trouble, message", [
    (np.array([[1.0, np.nan]]), "NaN"), (np.array([[np.inf, 1.0]]), "infinity|Inf"), (np.empty((0, 3)), "0 sample"),
    (np.zeros(3), "Expected 2D array")])
def test_bad_input(trouble, message):
    for estimator in (KCenter(1), LightweightCoreset(5), BatchSelector(1)):
        with pytest.raises(ValueError, match=message):
            estimator.fit(trouble)


def test_negative_weights():
    with pytest.raises(ValueError, match="negative"):
        LightweightCoreset(5).fit(X, sample_weight=-np.ones(len(X)))


def test_callback_cancels():
    with pytest.raises(Cancelled):
        train_mlp(X, np.arange(len(X)) % 3, max_iter=100000, callback=lambda progress: True)


SOLVERS = {KCenter: "coreset_k_center", SensitivityCoreset: "coreset_sample", LogisticCoreset: "coreset_logistic",
           GradMatch: "coreset_gradmatch", Glister: "coreset_glister", CRAIG: "coreset_gradient", AdaCore: "coreset_curvature",
           BatchSelector: "coreset_batch", train_mlp: "coreset_train"}


@pytest.mark.parametrize("thing", SOLVERS, ids=lambda t: t.__name__)
def test_defaults_are_those_of_the_library(thing):
    signature = inspect.signature(thing).parameters
    described = {o["name"]: o["default"] for o in json.loads(_run.text("lithe_describe", SOLVERS[thing]))}
    other = {"n_samples", "n_centers", "random_state", "assign", "no_intercept", "hidden_layer_sizes"}  # 0 stands for none there
    if thing is CRAIG:
        other.add("preconditioner")
    assert set(described) - other <= set(signature)
    for name in set(described) - other:
        assert signature[name].default == described[name] or signature[name].default is None and described[name] == 0, name


def test_estimators_travel():
    found = pickle.loads(pickle.dumps(LightweightCoreset(20, random_state=0).fit(X)))
    assert len(found.indices_) == len(found.weights_)
