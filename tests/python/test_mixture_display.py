"""Pictures of mixtures."""

import sys

import numpy as np
import pytest

from lithe.mixture import GaussianMixture, MixtureDisplay


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(c, 1, size=(60, 3)) for c in (-6, 0, 6)])
    return GaussianMixture(3, n_factors=1, algorithm="truncated", n_neighbors=2, random_state=0).fit(X), X


def test_ellipses_are_the_covariances(plt, fitted):
    model, X = fitted
    display = MixtureDisplay.from_estimator(model, X, features=(2, 0), graph=1)
    loadings = model.factor_loadings_
    full = loadings @ loadings.transpose(0, 2, 1) + np.stack([np.diag(d) for d in model.noise_variance_])
    np.testing.assert_allclose(display.covariances, full[:, [2, 0]][:, :, [2, 0]])
    ellipses = [p for p in display.ax_.patches]
    assert len(ellipses) == 3
    for ellipse, covariance in zip(ellipses, display.covariances):
        turn = np.radians(ellipse.angle)
        axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        drawn = axes @ np.diag([(ellipse.width / 4) ** 2, (ellipse.height / 4) ** 2]) @ axes.T
        np.testing.assert_allclose(drawn, covariance, atol=1e-9)
    assert len(display.ax_.lines) == 3 + 1  # the graph and the means
    assert display.ax_.get_xlabel() == "feature 2"
    display.figure_.canvas.draw()


def test_convergence_and_names(plt, fitted):
    pandas = pytest.importorskip("pandas")
    _, X = fitted
    frame = pandas.DataFrame(X, columns=["east", "north", "up"])
    model = GaussianMixture(3, family="t", n_factors=1, random_state=0).fit(frame)
    display = MixtureDisplay.from_estimator(model, frame, convergence=True)
    assert len(display.axes_) == 2 and display.ax_.get_ylabel() == "north"
    np.testing.assert_array_equal(display.axes_[1].lines[0].get_ydata(), model.history_["objective"])
    _, ax = plt.subplots()
    assert MixtureDisplay.from_estimator(model, ax=ax).ax_ is ax


def test_refusals(plt, fitted, monkeypatch):
    model, X = fitted
    with pytest.raises(ValueError, match="two different columns of 3"):
        MixtureDisplay.from_estimator(model, X, features=(0, 3))
    with pytest.raises(ValueError, match="needs 2 axes, got 1"):
        MixtureDisplay.from_estimator(model, ax=plt.subplots()[1], convergence=True)
    by_hand = GaussianMixture.from_parameters([1.0], [[0.0, 0.0]], noise_variance=[1.0])
    with pytest.raises(ValueError, match="comes from no fit"):
        MixtureDisplay.from_estimator(by_hand, convergence=True)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        MixtureDisplay.from_estimator(model)
