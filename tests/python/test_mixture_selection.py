"""Choosing the number of components."""

import numpy as np
import pytest

from lithe.mixture import GaussianMixture, select_components


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(m, 1, size=(200, 3)) for m in (-6, 0, 6)])


MODEL = GaussianMixture(covariance_type="diag", random_state=0, n_init=2)


def test_icl_is_bic_plus_twice_the_entropy(X):
    model = GaussianMixture(4, covariance_type="diag", random_state=0, max_iter=200).fit(X)
    q = model.predict_proba(X)
    entropy = -np.sum(q * np.log(np.maximum(q, 1e-300)))
    assert model.icl(X) == pytest.approx(model.bic(X) + 2 * entropy, rel=1e-9)


@pytest.mark.parametrize("criterion", ["bic", "icl", "aic", "held_out"])
def test_the_best_has_the_lowest_criterion(X, criterion):
    best, path = select_components(MODEL, X[::2], [1, 3, 2, 5], criterion, X_held_out=X[1::2])
    assert path["n_components"].tolist() == [1, 3, 2, 5]
    assert best.n_components == path["n_components"][path["criterion"].argmin()]
    np.testing.assert_array_equal(path["criterion"], path[criterion])
    chosen = path[path["n_components"] == best.n_components][0]
    for name, value in (("bic", best.bic(X[::2])), ("aic", best.aic(X[::2])), ("icl", best.icl(X[::2])),
                        ("held_out", -best.score(X[1::2])), ("log_likelihood", best.score(X[::2]) * len(X[::2]))):
        assert chosen[name] == pytest.approx(value, rel=1e-9)
    if criterion in ("bic", "icl"):
        assert best.n_components == 3
    assert (path["seconds"] > 0).all() and MODEL.n_components == 1 and not hasattr(MODEL, "weights_")


def test_missing_values_and_weights(X):
    model = GaussianMixture(covariance_type="diag", random_state=0, missing="nan")
    holes = np.where(np.random.default_rng(1).random(X.shape) < 0.1, np.nan, X)
    best, path = select_components(model, holes, [2, 3], sample_weight=np.full(len(X), 2.0))
    assert best.n_components == 3 and np.isnan(path["held_out"]).all()


@pytest.mark.parametrize("arguments, message", [
    (dict(criterion="best"), "criterion must be one of"), (dict(candidates=[]), "list of numbers"),
    (dict(candidates=[0, 2]), "at least 1"), (dict(candidates=[1.5]), "list of numbers"),
    (dict(criterion="held_out"), "held out"), (dict(X_held_out=np.ones((3, 2))), "2 features, but X has 3"),
    (dict(model=GaussianMixture(means_init=np.zeros((1, 3)))), "means_init fits one"),
    (dict(model=GaussianMixture(warm_start=True)), "warm_start"),
])
def test_trouble(X, arguments, message):
    with pytest.raises(ValueError, match=message):
        select_components(**(dict(model=MODEL, X=X, candidates=[1, 2]) | arguments))


def test_candidates_split_from_each_other(X):
    best, path = select_components(MODEL, X, [5, 1, 3, 2], warm=True)
    assert best.n_components == 3 and path["n_components"].tolist() == [5, 1, 3, 2]
    assert best.score(X) == pytest.approx(select_components(MODEL, X, [3]).best.score(X), abs=1e-2)
    with pytest.raises(ValueError, match="split from each other with"):
        select_components(GaussianMixture(m_step="means"), X, [1, 2], warm=True)
