"""What a fitted mixture is made of survives copies, pickles, files and warm starts, whatever kind of mixture it is."""

import copy
import pickle
import warnings

import numpy as np
import pytest

from lithe import ConvergenceWarning
from lithe.mixture import GaussianMixture

KINDS = [{"family": family, "noise_type": noise, "loadings_type": loadings, "missing": ("error", "nan")[(i + j + k) % 2]}
         for i, family in enumerate(("gaussian", "t", "tyler"))
         for j, noise in enumerate(("diag", "isotropic", "tied", "tied_isotropic"))
         for k, loadings in enumerate(("own", "tied", "common"))]
KINDS += [{"covariance_type": kind, "family": family, "noise_type": noise}
          for kind in ("diag", "spherical") for family in ("gaussian", "t") for noise in ("diag", "tied")]
KINDS += [{"family": "t", "dof": 5.0}, {"algorithm": "truncated", "n_neighbors": 3}, {"inference": "search", "algorithm": "truncated"},
          {"weight_concentration_prior": 2.0, "degrees_of_freedom_prior": 3.0, "covariance_prior": 0.2}]
NOT_IN_FILES = {"feature_names_in_"}


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    basis = rng.normal(size=(5, 2))
    factors = np.concatenate([rng.normal(m, s, size=(60, 2)) for m, s in (((-5, 0), 1), ((0, 6), 2), ((5, 0), (0.7, 2)))])
    full = 3 + factors @ basis.T + rng.normal(scale=0.6, size=(180, 5))
    return {"error": full, "nan": np.where(rng.random(full.shape) < 0.1, np.nan, full)}


def state(model):
    return {name: value for name, value in vars(model).items() if name.endswith("_") and not name.startswith("_")}


def same(model, other, X, but=frozenset()):
    ours, theirs = state(model), state(other)
    assert ours.keys() - but == theirs.keys() - but
    for name in ours.keys() - but:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    np.testing.assert_array_equal(model.score_samples(X), other.score_samples(X))
    assert (model.bic(X), model.aic(X)) == (other.bic(X), other.aic(X))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(str(value) for value in kind.values()))
def test_everything_survives(rows, kind, tmp_path):
    X = rows[kind.get("missing", "error")]
    model = GaussianMixture(3, n_factors=2, max_iter=15, tol=1e-2, random_state=0, **kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X)
    pickled = pickle.loads(pickle.dumps(model))
    for other in (pickled, copy.deepcopy(model)):
        assert other.get_params() == model.get_params()
        same(model, other, X)
    for source in (model, pickled):
        source.save(tmp_path / "model")
        loaded = GaussianMixture.load(tmp_path / "model").set_params(inference=model.inference)
        same(model, loaded, X, NOT_IN_FILES)
        for name in ("n_components", "covariance_type", "family", "noise_type", "loadings_type", "missing", "dof"):
            assert getattr(loaded, name) == getattr(model, name), name
    bound = model.lower_bound_
    for again in (pickled, loaded.set_params(**kind)):
        again.set_params(warm_start=True, max_iter=1, tol=0, split_merge="off", n_candidates=3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            again.fit(X)
        assert again.history_["objective"][0] == pytest.approx(bound, abs=1e-7)
