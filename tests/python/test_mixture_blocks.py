"""Fits of mixtures to rows that do not fit in memory."""

import numpy as np
import pytest

from lithe import Cancelled
from lithe.lowrank import RowBlocks
from lithe.mixture import GaussianMixture


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(3)
    return np.concatenate([rng.normal(m, 1, size=(150, 4)) for m in (-4, 0, 5)])[rng.permutation(450)]


def start(X):
    return {"n_components": 3, "n_factors": 1, "means_init": X[:3], "noise_variance_init": np.ones((3, 4)),
            "factor_loadings_init": np.full((3, 4, 1), 0.1), "weights_init": np.full(3, 1 / 3), "max_iter": 20, "tol": 0}


@pytest.mark.filterwarnings("ignore::lithe.ConvergenceWarning")
@pytest.mark.parametrize("form", ["array", "list", "callable", "RowBlocks", "memmap"])
def test_blocks_are_the_whole(X, form, tmp_path):
    weight = np.arange(450) % 3
    pieces = [X[:200], X[200:200], X[200:]]
    file = tmp_path / "x.dat"
    X.tofile(file)
    given = {"array": X, "list": pieces, "callable": lambda: iter(pieces), "RowBlocks": RowBlocks(pieces, shape=X.shape),
             "memmap": np.memmap(file, X.dtype, "r", shape=X.shape)}[form]
    whole = GaussianMixture(**start(X)).fit(X, sample_weight=weight)
    got = GaussianMixture(**start(X)).fit_blocks(given, sample_weight=weight, block_size=97)
    np.testing.assert_allclose(got.means_, whole.means_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(got.noise_variance_, whole.noise_variance_, rtol=1e-8)
    np.testing.assert_allclose(got.lower_bound_, whole.lower_bound_)
    assert got.n_features_in_ == 4 and got.n_iter_ == 20
    np.testing.assert_array_equal(got.predict(X), whole.predict(X))


def test_images_of_bytes_are_converted_window_by_window():
    X = np.random.default_rng(0).integers(0, 256, size=(300, 5), dtype=np.uint8)
    got = GaussianMixture(2, covariance_type="diag", random_state=1).fit_blocks(X, block_size=64)
    np.testing.assert_allclose(got.weights_ @ got.means_, X.mean(axis=0), rtol=1e-4)


def test_what_is_known_is_kept(X):
    passes = 0

    def blocks():
        nonlocal passes
        passes += 1
        yield X[:300]
        if passes == 4:
            raise OSError("the disk is gone")
        yield X[300:]

    model = GaussianMixture(**start(X))
    with pytest.raises(OSError, match="the disk is gone"):
        model.fit_blocks(RowBlocks(blocks, shape=X.shape))
    assert model.n_iter_ == 2 and len(model.history_) == 2
    assert np.isfinite(model.score(X))

    def stop(progress):
        return progress.phase == "em" and progress.iteration >= 2

    model = GaussianMixture(**{**start(X), "max_iter": 100_000, "callback": stop})
    with pytest.raises(Cancelled):
        model.fit_blocks(X)
    assert model.n_iter_ >= 1


def test_bad_blocks(X):
    with pytest.raises(ValueError, match="block 1 of rows has 3 columns"):
        GaussianMixture().fit_blocks([X, X[:, :3]])
    with pytest.raises(ValueError, match="block 2 of rows: .* contains NaN at row 1, column 2"):
        bad = X.copy()
        bad[101, 2] = np.nan
        GaussianMixture().fit_blocks(bad, block_size=100)
    with pytest.raises(ValueError, match="n_init must be 1"):
        GaussianMixture(n_init=2).fit_blocks(X)
    with pytest.raises(ValueError, match="takes no labels"):
        GaussianMixture(init_params=np.zeros(450, dtype=int)).fit_blocks(X)
    with pytest.raises(ValueError, match="n_samples >= n_components"):
        GaussianMixture(9).fit_blocks(X[:5])
    with pytest.raises(ValueError, match="read already"):
        GaussianMixture().fit_blocks(RowBlocks(iter([X]), shape=X.shape))
    with pytest.raises(ValueError, match="block_size must be at least 1"):
        GaussianMixture().fit_blocks(X, block_size=0)


@pytest.mark.parametrize("family", ["gaussian", "t", "tyler"])
def test_blocks_may_lack_values(family):
    rng = np.random.default_rng(5)
    full = np.concatenate([rng.normal(m, 1, size=(800, 4)) for m in (-4, 5)])[rng.permutation(1600)]
    X = np.where(rng.random(full.shape) < 0.2, np.nan, full)
    settings = {"n_components": 2, "n_factors": 1, "random_state": 0, "missing": "nan", "family": family, "tol": 1e-4}
    whole = GaussianMixture(**settings).fit(X)
    got = GaussianMixture(**settings).fit_blocks(np.array_split(X, 7))
    assert abs(got.score(X) - whole.score(X)) < 1e-3
    if family == "gaussian":
        with pytest.raises(ValueError, match='NaN at row .*'):
            GaussianMixture(2).fit_blocks(np.array_split(X, 7))
