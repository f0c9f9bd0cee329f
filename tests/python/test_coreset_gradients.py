"""Subsets by gradients, batches and trainers: lithe.coreset against NumPy."""

import pickle

import numpy as np
import pytest

import lithe
from lithe.coreset import AdaCore, BatchSelector, CRAIG, Glister, GradMatch, gradient_error, stratified_sample, train_mlp, train_softmax

rng = np.random.default_rng(0)
N, C, H = 900, 3, 6
y = rng.integers(C, size=N)
A = rng.normal(size=(N, H)) + 2 * np.eye(C, H)[y]
Z = rng.normal(size=(N, C)) + 2 * np.eye(C)[y]
P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
R = P - np.eye(C)[y]
G = np.einsum("ic,ij->icj", R, np.c_[A, np.ones(N)]).reshape(N, -1)


def error_of(indices, weights, h=1.0):
    whole, part = G.sum(axis=0) / h, (weights @ G[indices]) / h
    return np.linalg.norm(whole - part) / np.linalg.norm(whole)


def test_craig_of_the_last_layer():
    found = CRAIG(60).fit(R, y, activations=A)
    assert len(np.unique(found.indices_)) == 60 and found.weights_.sum() == pytest.approx(N)
    assert found.error_ == pytest.approx(error_of(found.indices_, found.weights_))
    assert np.array_equal(y[found.indices_[found.assignment_]], y)
    assert np.bincount(found.assignment_) == pytest.approx(found.weights_)
    distances = np.linalg.norm(G - G[found.indices_[found.assignment_]], axis=1)
    assert found.loss_ == pytest.approx(distances.sum(), rel=1e-6)
    assert 0 < found.certificate_ <= 1
    assert found.error_ < 0.5 * np.mean([error_of(*stratified_sample(y, 60, random_state=s)[:2]) for s in range(10)])
    plain, same = gradient_error(R, found.indices_, found.weights_, activations=A)
    assert plain == same == pytest.approx(found.error_)


def test_residuals_and_weights_of_least_squares():
    counts, fitted = CRAIG(60).fit(R, y, activations=A), CRAIG(60, weights="least_squares", ridge=1e-3).fit(R, y, activations=A)
    assert counts.indices_.tolist() == fitted.indices_.tolist() and (fitted.weights_ >= 0).all()
    for found in (counts, fitted, GradMatch(10).fit(R, activations=A), AdaCore(20).update(np.ones(G.shape[1])).fit(R, y, activations=A)):
        assert found.residual_gradient_ == pytest.approx(G.sum(axis=0) - found.weights_ @ G[found.indices_], abs=1e-9)
    assert fitted.error_ < 0.5 * counts.error_
    own = G[fitted.indices_]
    slope = -own @ fitted.residual_gradient_ + 1e-3 * (own**2).sum(axis=1).mean() * (fitted.weights_ - counts.weights_)
    assert slope[fitted.weights_ > 0] == pytest.approx(0, abs=1e-6) and slope.min() > -1e-6
    with pytest.raises(ValueError, match="counts least_squares"):
        CRAIG(5, weights="best").fit(R)


def test_adacore_keeps_its_curvature():
    ada = AdaCore(60, beta2=0.9, damping=0.1)
    with pytest.raises(ValueError, match="call update"):
        ada.fit(R, y, activations=A)
    ada.update(probabilities=P, activations=A)
    diagonal = np.einsum("ic,ij->cj", P * (1 - P), np.c_[A, np.ones(N)] ** 2).reshape(-1) / N
    assert ada.curvature_ == pytest.approx(diagonal + 0.1 * diagonal.mean())
    ada.update(gradients=R, activations=A)
    fisher = (G**2).mean(axis=0)
    square = (0.9 * 0.1 * diagonal**2 + 0.1 * fisher**2) / (1 - 0.81)
    assert ada.curvature_ == pytest.approx(np.sqrt(square) + 0.1 * np.sqrt(square).mean())
    again = pickle.loads(pickle.dumps(ada)).update(diagonal=diagonal)
    assert again.n_updates_ == 3 and np.array_equal(again.curvature_, ada.update(diagonal=diagonal).curvature_)
    h = ada.curvature_
    for preconditioner in ("factored", "full"):
        ada.set_params(preconditioner=preconditioner).fit(R, y, activations=A)
        assert ada.preconditioned_error_ == pytest.approx(error_of(ada.indices_, ada.weights_, h))
    rows = AdaCore(60).update(diagonal=h).fit(G, y)
    assert rows.weights_.sum() == pytest.approx(N)
    with pytest.raises(ValueError, match="reset"):
        ada.update(diagonal=[1.0, 2.0])
    with pytest.raises(ValueError, match=r"AdaCore.update was given a curvature of \d+ entries"):
        AdaCore(60).update(probabilities=P).fit(R, y, activations=A)
    assert ada.reset().update(diagonal=[1.0, 2.0]).n_updates_ == 1


def test_adacore_probes():
    H2 = np.diag(np.arange(1.0, 6.0))
    ada = AdaCore(damping=1e-300, random_state=0)
    ada.update(hvp=lambda z: H2 @ z, n_parameters=5, n_probes=3)
    assert ada.curvature_ == pytest.approx(np.arange(1.0, 6.0))
    z = np.sign(rng.normal(size=(4, 5)))
    assert ada.reset().update(probes=z, products=z @ H2).curvature_ == pytest.approx(np.arange(1.0, 6.0))
    for wrong in ({}, {"diagonal": [1.0], "gradients": R}, {"probes": z}, {"hvp": lambda z: z}):
        with pytest.raises(ValueError, match="needs"):
            ada.update(**wrong)


def test_logits_curvature():
    ada = AdaCore(60).update(probabilities=P)
    h = (P * (1 - P)).mean(axis=0)
    assert ada.curvature_ == pytest.approx(h + 0.01 * h.mean())
    assert ada.fit(R, y).weights_.sum() == pytest.approx(N)


def test_gradmatch():
    found = GradMatch(40).fit(R, activations=A)
    assert found.error_ == pytest.approx(error_of(found.indices_, found.weights_), abs=1e-9)
    assert (found.weights_ > 0).all() and found.error_ < 0.05
    target = G[:100].sum(axis=0)
    matched = GradMatch(40).fit(G, target=target)
    assert matched.error_ == pytest.approx(np.linalg.norm(target - matched.weights_ @ G[matched.indices_]) / np.linalg.norm(target), abs=1e-9)
    by_class = GradMatch(30).fit(R.astype(np.float32), y, activations=A.astype(np.float32))
    assert len(by_class.indices_) <= 30
    with pytest.raises(ValueError, match="exclude each other"):
        GradMatch(3).fit(G, y, target=target)


@pytest.mark.parametrize("method", ["lcmd", "maxdet", "bait", "maxdist", "k-means++", "frank-wolfe"])
def test_batches_of_features_and_kernels(method):
    observed = np.arange(N) < 5
    features = BatchSelector(12, method=method, noise=1e-3, random_state=0).fit(A, observed=observed)
    kernel = BatchSelector(12, method=method, kernel="precomputed", noise=1e-3, random_state=0).fit(A @ A.T, observed=[0, 1, 2, 3, 4])
    assert len(np.unique(features.indices_)) == 12 and features.indices_.min() >= 5
    assert np.array_equal(features.indices_[:8], kernel.indices_[:8])
    assert hasattr(features, "weights_") == (method == "frank-wolfe")


def test_batches_refuse():
    with pytest.raises(ValueError, match="must be square"):
        BatchSelector(2, kernel="precomputed").fit(A)
    with pytest.raises(ValueError, match="not symmetric"):
        BatchSelector(2, kernel="precomputed").fit(rng.normal(size=(5, 5)) + 9 * np.eye(5))
    with pytest.raises(ValueError, match="not observed"):
        BatchSelector(N).fit(A, observed=[3])
    with pytest.raises(ValueError, match="method must be one of"):
        BatchSelector(2, method="best").fit(A)


def test_trainers():
    labels = np.array(["x", "y", "z"])[y]
    model = train_softmax(A, labels, A, labels, subset="craig", max_iter=12, random_state=0)
    assert model.trace_.gradients.tolist() == list(range(90, 1081, 90)) and model.n_selections_ == 3
    assert model.score(A, labels) == pytest.approx(model.trace_.accuracy[-1]) == pytest.approx(model.trace_.test_accuracy[-1])
    assert model.score(A, labels) > 0.85 and (np.diff(model.trace_.seconds) > 0).all()
    anchored = train_softmax(A, labels, subset="importance", correction=True, max_iter=12, random_state=0)
    assert anchored.trace_.gradients[-1] == 12 * 90 + 3 * N and anchored.trace_.forwards[-1] == 0
    assert anchored.trace_.loss[-1] < model.trace_.loss[-1]
    deep = [train_mlp(A, labels, hidden_layer_sizes=(16, 8), subset="adacore", proxy="last_layer", max_iter=8, batch_size=16,
                      learning_rate=0.03, random_state=0, n_jobs=jobs) for jobs in (1, 2)]
    assert deep[0].score(A, labels) > 0.8
    assert all(np.array_equal(a, b) for a, b in zip(deep[0].coefs_, deep[1].coefs_))
    with pytest.raises(lithe.NumericalError, match="diverged"):
        train_softmax(1e3 * A, labels, learning_rate=1e300)
    with pytest.raises(ValueError, match="classes that y does not have"):
        train_softmax(A, labels, A, np.full(N, "q"))
    with pytest.raises(ValueError, match="y_test is missing"):
        train_softmax(A, labels, A)
    assert train_mlp(A, labels, hidden_layer_sizes=5, max_iter=1).coefs_[0].shape == (A.shape[1], 5)


@pytest.mark.parametrize("change, message", [
    ({"gradients": np.where(np.arange(N)[:, None] == 7, np.nan, R)}, "row 7"), ({"y": y[:5]}, "inconsistent numbers"),
    ({"activations": A[:5]}, "inconsistent numbers"), ({"sample_weight": -np.ones(N)}, "negative|not negative")])
def test_bad_gradients(change, message):
    arguments = {"gradients": R, "y": y, "activations": A} | change
    for estimator in (CRAIG(10), GradMatch(10)):
        with pytest.raises(ValueError, match=message):
            estimator.fit(**arguments)


def test_zero_gradients_and_small_classes():
    found = CRAIG(4).fit(np.zeros((10, 2)), [0] * 9 + [1])
    assert found.error_ == 0 and len(np.unique(found.indices_)) == 4
    tiny = CRAIG(10).fit(R[:10], np.arange(10))
    assert sorted(tiny.indices_) == list(range(10)) and tiny.error_ < 1e-12
    with pytest.raises(ValueError, match="11 are to be selected"):
        CRAIG(11).fit(R[:10])


def test_glister_leaves_wrong_labels_out():
    rng = np.random.default_rng(2)
    y = rng.integers(3, size=600)
    a = (rng.normal(size=(600, 4)) + 3 * np.eye(4)[y]).astype(np.float32)
    seen = np.where(np.arange(600) % 4 == 0, (y + 1) % 3, y)
    r = np.full((600, 3), 1 / 3) - np.eye(3)[seen]
    model = Glister(60).fit(r[:500], np.zeros((100, 3)), y[500:], activations=a[:500], inputs=a[500:])
    assert (model.indices_ % 4 != 0).mean() > 0.95
    assert len(model.losses_) == 16 and model.losses_[-1] < model.losses_[0]
    with pytest.raises(ValueError, match="together"):
        Glister(60).fit(r[:500], np.zeros((100, 3)), y[500:], activations=a[:500])
    with pytest.raises(ValueError, match="inconsistent"):
        Glister(60).fit(r[:500], np.zeros((100, 3)), y[:7])


@pytest.mark.parametrize("subset", ["crest", "glister"])
def test_other_subsets_train(subset):
    labels = np.array(["x", "y", "z"])[y]
    model = train_softmax(A, labels, subset=subset, max_iter=12, random_state=0)
    assert model.score(A, labels) > 0.8
    assert model.n_selections_ >= 3 and model.trace_.forwards[-1] > 0


def test_sparse_gradients_are_dense_ones():
    sparse = pytest.importorskip("scipy.sparse")
    rng = np.random.default_rng(5)
    dense = rng.normal(size=(200, 30)) * (rng.random((200, 30)) < 0.2)
    for X in (sparse.csr_array(dense), sparse.coo_matrix(dense), sparse.csc_array(dense)):
        a, b = CRAIG(20).fit(X), CRAIG(20).fit(dense)
        assert a.indices_.tolist() == b.indices_.tolist() and a.error_ == pytest.approx(b.error_)
    a, b = (AdaCore(20).update(np.arange(1.0, 31)).fit(X, np.arange(200) % 2) for X in (sparse.csr_array(dense), dense))
    assert a.indices_.tolist() == b.indices_.tolist()
    np.testing.assert_allclose(GradMatch(15).fit(sparse.csr_array(dense)).weights_, GradMatch(15).fit(dense).weights_)
    with pytest.raises(ValueError, match="dense residuals"):
        CRAIG(20).fit(sparse.csr_array(dense), activations=dense)


def test_sparse_curvature_and_errors_are_those_of_dense_gradients():
    sparse = pytest.importorskip("scipy.sparse")
    dense = np.random.default_rng(1).normal(size=(300, 30)) * (np.random.default_rng(2).random((300, 30)) < 0.2)
    rows, w = sparse.coo_matrix(dense), np.linspace(0.5, 2, 300)
    a, b = AdaCore(20).update(gradients=rows, sample_weight=w), AdaCore(20).update(gradients=dense, sample_weight=w)
    np.testing.assert_allclose(a.curvature_, b.curvature_)
    some, weights = np.arange(20), np.full(20, 15.0)
    np.testing.assert_allclose(gradient_error(rows, some, weights, curvature=a.curvature_, sample_weight=w),
                               gradient_error(dense, some, weights, curvature=b.curvature_, sample_weight=w))
    a.fit(rows, sample_weight=w)
    assert gradient_error(rows, a.indices_, a.weights_, curvature=a.curvature_, sample_weight=w) == pytest.approx(
        (a.error_, a.preconditioned_error_))
    with pytest.raises(ValueError, match="dense residuals"):
        AdaCore(20).update(gradients=rows, activations=dense)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_averages_of_gradients_follow_samples_that_come_and_go(dtype):
    rng = np.random.default_rng(0)
    ada = AdaCore(10, beta1=0.9).update(np.ones(4))
    history = {}
    for step in range(5):
        ids = rng.permutation(np.arange(1000 + 20 * step, 1100 + 20 * step))[:80]
        G = rng.normal(size=(80, 4)).astype(dtype)
        for i, g in zip(ids, G):
            history.setdefault(int(i), []).append(g.astype(np.float64))
        if step < 4:
            ada.update_gradients(G, ids=ids)
    ada = pickle.loads(pickle.dumps(ada)).fit(G, ids=ids)
    assert ada.gradient_average_.dtype == dtype
    assert sorted(ada.gradient_ids_) == sorted(history)
    assert dict(zip(ada.gradient_ids_.tolist(), ada.gradient_steps_.tolist())) == {i: len(g) for i, g in history.items()}
    weights = {i: 0.9 ** np.arange(len(history[i]))[::-1] for i in ids.tolist()}
    want = np.array([np.average(history[i], axis=0, weights=weights[i]) for i in ids.tolist()])
    direct = AdaCore(10).update(np.ones(4)).fit(want.astype(dtype))
    assert ada.indices_.tolist() == direct.indices_.tolist()
    assert ada.error_ == pytest.approx(direct.error_, rel=1e-3)
    ada.forget(ids)
    assert not np.isin(ada.gradient_ids_, ids).any() and len(ada.gradient_ids_) == len(ada.gradient_average_)
    assert "gradient_ids_" not in ada.reset().__dict__


def test_neighbours_of_products():
    exact, graph = (CRAIG(60, engine=engine, random_state=0).fit(R, y, activations=A) for engine in ("decremental", "neighbors"))
    assert graph.engine_ == "neighbors" and graph.weights_.sum() == N
    assert graph.loss_ < 1.05 * exact.loss_ and 0 < graph.certificate_ <= 1


def test_averages_of_gradients_refuse_what_has_none():
    G = np.ones((30, 3))
    ada = AdaCore(5, beta1=0.5).update(np.ones(3))
    for bad, match in (({"ids": np.zeros(30, dtype=int)}, "30 times"), ({"ids": np.arange(3)}, "30 integers"),
                       ({"ids": np.arange(30.0)}, "integers")):
        with pytest.raises(ValueError, match=match):
            ada.fit(G, **bad)
    with pytest.raises(ValueError, match="average the residuals"):
        AdaCore(5, beta1=0.5).update(np.ones(3)).fit(pytest.importorskip("scipy.sparse").csr_array(G))
    with pytest.raises(ValueError, match="set beta1"):
        AdaCore(5).update(np.ones(3)).fit(G, ids=np.arange(30))
    with pytest.raises(ValueError, match="needs beta1"):
        AdaCore(5).update_gradients(G)
    with pytest.raises(ValueError, match="beta1"):
        AdaCore(5, beta1=1.5).update(np.ones(3)).fit(G)
    ada.fit(G)
    with pytest.raises(ValueError, match="2 columns"):
        ada.update_gradients(G[:, :2])


def test_averages_of_residuals_are_those_of_gradients_with_fixed_inputs():
    rng = np.random.default_rng(5)
    A = rng.normal(size=(150, 4))
    products, short = (AdaCore(20, beta1=0.8).update(np.ones(10)) for _ in range(2))
    for _ in range(3):
        R = rng.normal(size=(150, 2))
        products.fit((R[:, :, None] * np.hstack([A, np.ones((150, 1))])[:, None]).reshape(150, 10))
        short.fit(R, activations=A)
    assert np.array_equal(products.indices_, short.indices_) and products.loss_ == pytest.approx(short.loss_)
    assert products.error_ == pytest.approx(short.error_) and short.gradient_average_.shape == (150, 2)


def test_bounds_and_recall_of_engines_are_told():
    G = np.random.default_rng(6).normal(size=(17000, 2)).astype(np.float32)
    exact = CRAIG(40).fit(G[:500])
    assert exact.bound_risk_ == 0 and np.isnan(exact.recall_)
    near = CRAIG(200, engine="neighbors", random_state=0).fit(G)
    assert near.bound_risk_ == 1e-6 and near.recall_ > 0.9 and 0 < near.certificate_ < 1
