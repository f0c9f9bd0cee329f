"""Facility location."""

import pickle

import numpy as np
import pytest

from lithe.coreset import FacilityLocation


def cloud(n=400, d=4, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    centers = rng.normal(0, 4, (6, d))
    return (centers[rng.integers(0, 6, n)] + rng.normal(size=(n, d))).astype(dtype)


def distances(X):
    return np.linalg.norm(X[:, None].astype(float) - X[None], axis=2)


def greedy(D, k, w):
    cover, chosen = np.full(len(D), 1e6), []
    for _ in range(k):
        gain = w @ np.maximum(0, cover[:, None] - D)
        gain[chosen] = -1
        chosen.append(int(np.argmax(gain)))
        cover = np.minimum(cover, D[:, chosen[-1]])
    return chosen, w @ cover


def test_scikit_learn_checks():
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    results = checks.check_estimator(FacilityLocation(2), on_fail=None, on_skip=None)
    assert not [r for r in results if r["status"] == "failed"]


def check(model, n, total=None):
    assert len(set(model.indices_.tolist())) == len(model.indices_) == len(model.weights_) == len(model.gains_)
    assert model.assignment_.shape == (n,)
    assert model.weights_.sum() == pytest.approx(n if total is None else total)
    assert 0 <= model.certificate_ <= 1


@pytest.mark.parametrize("engine", ["auto", "lazy", "decremental"])
def test_exact_engines_select_as_numpy_does(engine):
    X, w = cloud(), np.random.default_rng(1).random(400)
    D = distances(X)
    chosen, loss = greedy(D, 25, w)
    model = FacilityLocation(25, engine=engine).fit(X, sample_weight=w)
    check(model, 400, w.sum())
    assert model.indices_.tolist() == chosen
    assert model.loss_ == pytest.approx(loss, rel=1e-9)
    assert model.loss_bound_ <= loss
    np.testing.assert_allclose(model.weights_, np.bincount(model.assignment_, w, 25))
    np.testing.assert_allclose(D[np.arange(400), model.indices_[model.assignment_]], D[:, chosen].min(axis=1), atol=1e-9)


@pytest.mark.parametrize("engine", ["stochastic", "threshold", "neighbors", "partitioned", "streaming"])
def test_approximate_engines_come_near(engine):
    X = cloud(dtype=np.float32)
    exact = FacilityLocation(20).fit(X)
    model = FacilityLocation(20, engine=engine, random_state=0).fit(X)
    check(model, 400)
    assert model.engine_ == engine
    assert model.loss_ < 1.05 * exact.loss_
    again = FacilityLocation(20, engine=engine, random_state=0, n_jobs=1).fit(X)
    assert again.indices_.tolist() == model.indices_.tolist()
    assert np.array_equal(again.gains_, model.gains_)


def test_precomputed_matrices_and_graphs():
    sparse = pytest.importorskip("scipy.sparse")
    X = cloud(200)
    D = distances(X)
    rows = FacilityLocation(15).fit(X)
    assert FacilityLocation(15, metric="precomputed").fit(D).loss_ == pytest.approx(rows.loss_)
    S = np.exp(-D)
    similar = FacilityLocation(15, metric="precomputed_similarity").fit(S)
    assert similar.loss_ == pytest.approx((1 - S[:, similar.indices_].max(axis=1)).sum())
    S[S < 0.2] = 0
    graph = FacilityLocation(15, metric="precomputed_similarity").fit(sparse.csr_array(S))
    dense = FacilityLocation(15, metric="precomputed_similarity").fit(S)
    assert graph.loss_ == pytest.approx(dense.loss_)
    assert graph.uncovered_ == dense.uncovered_ == (graph.assignment_ < 0).sum()
    columns = sparse.csc_array(S).astype(np.float32)
    assert FacilityLocation(15, metric="precomputed_similarity").fit(columns).loss_ == pytest.approx(dense.loss_, rel=1e-5)


def test_sparse_rows():
    sparse = pytest.importorskip("scipy.sparse")
    X = np.random.default_rng(0).poisson(0.3, size=(300, 60)).astype(np.float64)
    for metric in ("euclidean", "cosine", "dot", "rbf"):
        dense = FacilityLocation(20, metric=metric).fit(X)
        for rows in (sparse.csr_array(X), sparse.coo_matrix(X), sparse.csc_array(X)):
            model = FacilityLocation(20, metric=metric).fit(rows)
            assert model.loss_ == pytest.approx(dense.loss_, rel=0.01)
            assert model.certificate_ == pytest.approx(dense.certificate_, rel=0.01)
            assert model.n_features_in_ == 60
    S = X[:, :] @ X.T
    assert FacilityLocation(20, metric="dot").fit(X).loss_ == pytest.approx((S.max() - S[:, FacilityLocation(
        20, metric="precomputed_similarity").fit(S).indices_].max(axis=1)).sum())
    rows = sparse.csr_array(X)
    assert FacilityLocation(20, metric="cosine").explain(rows).engine == "decremental"
    assert FacilityLocation(20, engine="partitioned").fit(rows, groups=np.arange(300) % 3).certificate_ > 0
    twice = sparse.csr_array((np.r_[rows.data, rows.data] / 2, (np.repeat(rows.tocoo().coords[0][None], 2, 0).ravel(),
                                                                 np.tile(rows.tocoo().coords[1], 2))), shape=rows.shape)
    assert FacilityLocation(20).fit(twice).indices_.tolist() == FacilityLocation(20).fit(rows).indices_.tolist()
    with pytest.raises(ValueError, match="engine neighbors"):
        FacilityLocation(20, engine="neighbors", metric="dot").fit(rows)
    graph = FacilityLocation(20, engine="neighbors", random_state=0).fit(rows)
    assert 0.9 < graph.recall_ <= 1 and graph.weights_.sum() == 300
    assert graph.loss_ < 1.08 * FacilityLocation(20).fit(rows).loss_
    with pytest.raises(ValueError, match="Sparse distances"):
        FacilityLocation(20, metric="precomputed").fit(rows)
    with pytest.raises(ValueError, match="square matrix"):
        FacilityLocation(20, metric="precomputed_similarity").fit(rows)
    with pytest.raises(ValueError, match="row 1, column 2 of X is NaN"):
        FacilityLocation(1).fit(sparse.csr_array(np.array([[1.0, 0, 0], [0, 0, np.nan]])))


def test_any_layout_of_the_rows():
    X = cloud(150)
    want = FacilityLocation(9).fit(X).indices_.tolist()
    wide = np.zeros((300, 9))
    wide[::2, :4] = X
    for same in (np.asfortranarray(X), wide[::2, :4], X.tolist()):
        assert FacilityLocation(9).fit(same).indices_.tolist() == want


def test_groups_initial_rows_and_candidates():
    X = cloud(300)
    groups = np.array(["a", "b", "c"])[np.minimum(np.arange(300) % 6, 2)]
    model = FacilityLocation(30).fit(X, groups=groups)
    assert [(groups[model.indices_] == g).sum() for g in "abc"] == [5, 5, 20]
    assert (groups[model.indices_[model.assignment_]] == groups).all()
    model = FacilityLocation(6).fit(X, initial=[5, 2], candidates=np.arange(300) < 50)
    assert model.indices_[:2].tolist() == [5, 2]
    assert model.indices_.max() < 50


def test_more_groups_than_rows_to_select():
    with pytest.warns(UserWarning, match="20 groups share n_samples=5: 15 of them"):
        model = FacilityLocation(5).fit(cloud(100), groups=np.arange(100) % 20)
    assert model.uncovered_ == 75


def test_bounds_of_samples():
    X = cloud(17000)
    model = FacilityLocation(50, engine="neighbors", random_state=0).fit(X)
    assert model.bound_risk_ == 1e-6 and model.certificate_ > 0.3
    assert FacilityLocation(50, engine="partitioned", random_state=0).fit(X[:300]).bound_risk_ == 0


def test_cover_mode():
    X = cloud(200)
    model = FacilityLocation(cover_loss=150.0).fit(X)
    assert model.loss_ <= 150 < FacilityLocation(len(model.indices_) - 1).fit(X).loss_
    assert len(FacilityLocation(3, cover_loss=1e-3).fit(X).indices_) == 3


def test_partial_fit_keeps_representatives():
    X = cloud(3000)
    model = FacilityLocation(12)
    for part in np.array_split(X, 5):
        model.partial_fit(part)
    assert model.weights_.sum() == pytest.approx(3000)
    loss = distances(X)[:, model.indices_].min(axis=1).sum()
    assert loss < 1.1 * FacilityLocation(12).fit(X).loss_
    assert pickle.loads(pickle.dumps(model)).partial_fit(X[:50]).weights_.sum() == pytest.approx(3050)


def test_explain():
    X = np.zeros((200_000, 4), dtype=np.float32)
    plan = FacilityLocation(100).explain(X)
    assert plan.engine == "neighbors" and plan.bytes > 0 and plan.seconds > 0
    assert "neighbors" in str(plan)
    with pytest.raises(ValueError, match='engine "streaming" would fit'):
        FacilityLocation(100, engine="decremental", memory_limit=5e6).explain(X)


@pytest.mark.parametrize("arguments, data, message", [
    ({}, {}, "n_samples"),
    ({"n_samples": 0}, {}, "n_samples"),
    ({"n_samples": 51}, {}, "50 sample"),
    ({"n_samples": 3, "engine": "fast"}, {}, "engine must be one of"),
    ({"n_samples": 3, "metric": "manhattan"}, {}, "metric must be one of"),
    ({"n_samples": 3, "epsilon": 2.0}, {}, "epsilon must be between"),
    ({"n_samples": 3}, {"sample_weight": -np.ones(50)}, "weight of client 0 is -1"),
    ({"n_samples": 3}, {"groups": [1, 2]}, "one label for each"),
    ({"n_samples": 3}, {"groups": np.r_[np.nan, np.zeros(49)]}, "missing label at row 0"),
    ({"n_samples": 3}, {"candidates": np.zeros(50, bool)}, "nothing to select from"),
    ({"n_samples": np.int64(51)}, {}, "51 are to be selected"),
    ({"n_samples": 3}, {"initial": [50]}, r"initial row 50"),
    ({"n_samples": 3}, {"initial": [0.5]}, "row numbers"),
])
def test_trouble_is_named(arguments, data, message):
    with pytest.raises(ValueError, match=message):
        FacilityLocation(**arguments).fit(cloud(50), **data)


def test_trouble_with_matrices_is_named():
    D = distances(cloud(30))
    with pytest.raises(ValueError, match="square"):
        FacilityLocation(3, metric="precomputed").fit(D[:20])
    D[3, 4] += 1
    with pytest.raises(ValueError, match=r"not symmetric: element \(4, 3\)"):
        FacilityLocation(3, metric="precomputed").fit(D)
    X = cloud(30)
    X[7, 2] = np.nan
    with pytest.raises(ValueError, match="NaN at row 7, column 2"):
        FacilityLocation(3).fit(X)


def test_extremes():
    X = cloud(40, dtype=np.float32)
    X[20:] = X[:20]
    for k in (1, 20, 40):
        check(FacilityLocation(k).fit(X), 40)
        check(FacilityLocation(k, metric="cosine").fit(np.zeros((40, 3))), 40)
    assert FacilityLocation(20).fit(X).loss_ == 0


def test_callbacks_see_progress_and_stop_it(capsys):
    FacilityLocation(50, verbose=2).fit(cloud(3000))
    shown = capsys.readouterr()
    assert "select" in shown.out + shown.err


def test_costs_are_within_the_limit():
    rng = np.random.default_rng(3)
    X, costs = rng.normal(size=(300, 3)), rng.uniform(0.5, 4, 300)
    model = FacilityLocation(cost_limit=20.0).fit(X, costs=costs)
    assert costs[model.indices_].sum() <= 20 < costs[model.indices_].sum() + costs.max()
    assert 0 < model.certificate_ <= 1
    sparse = pytest.importorskip("scipy.sparse")
    graph = sparse.csr_array(np.exp(-np.linalg.norm(X[:, None] - X, axis=2)))
    of_graph = FacilityLocation(cost_limit=20.0, metric="precomputed_similarity").fit(graph, costs=costs)
    assert costs[of_graph.indices_].sum() <= 20
    with pytest.raises(ValueError, match="needs the costs"):
        FacilityLocation(cost_limit=20.0).fit(X)
    with pytest.raises(ValueError, match="cost_limit"):
        FacilityLocation(5).fit(X, costs=costs)
    with pytest.raises(ValueError, match="groups"):
        FacilityLocation(cost_limit=5.0).fit(X, costs=costs, groups=costs > 2)


def test_missing_labels_and_masks_of_another_length_are_refused():
    pd = pytest.importorskip("pandas")
    X = cloud(30)
    for missing in (["a", None, "b"], [1.0, np.nan, 2.0], pd.array([1, None, 2], dtype="Int64"), pd.Series(["a", pd.NA, "b"])):
        with pytest.raises(ValueError, match="groups has a missing label at row 1"):
            FacilityLocation(6).fit(X, groups=np.tile(np.asarray(missing), 10))
    with pytest.raises(TypeError, match="cannot be compared"):
        FacilityLocation(6).fit(X, groups=np.array(["a", 1, 2] * 10, dtype=object))
    with pytest.raises(ValueError, match="mask of shape"):
        FacilityLocation(6).fit(X, candidates=np.ones(5, dtype=bool))
    assert type(FacilityLocation(30).fit(X).loss_) is float
