"""Pictures of Gaussian processes."""

import sys

import numpy as np
import pytest

from lithe.gp import GaussianProcessDisplay, GaussianProcessRegressor


def _data(features):
    rng = np.random.default_rng(0)
    X = rng.uniform(0, 5, (60, features))
    return X, 3 + np.sin(X).sum(axis=1) + 0.1 * rng.normal(size=60)


def test_a_curve(plt):
    X, y = _data(1)
    gpr = GaussianProcessRegressor(solver="itergp", n_actions=6, normalize_X=True, normalize_y=True, random_state=0).fit(X, y)
    display = GaussianProcessDisplay.from_estimator(gpr, n_samples=3)
    assert display.mean.shape == display.std.shape == display.combined_std.shape == (300,)
    assert (display.combined_std >= display.std).all() and display.samples.shape == (300, 3)
    np.testing.assert_allclose(np.sort(display.y_data), np.sort(y))
    np.testing.assert_allclose(display.X_data, X)
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels == ["combined uncertainty", "mathematical uncertainty", "samples", "mean", "data"]
    display.figure_.canvas.draw()

    _, ax = plt.subplots()
    exact = GaussianProcessRegressor(random_state=0).fit(X, y)
    plain = GaussianProcessDisplay.from_estimator(exact, X[:5], ax=ax, data=False)
    assert plain.ax_ is ax and plain.combined_std is None and plain.y_data is None and plain.X.max() < 6


def test_maps(plt):
    pandas = pytest.importorskip("pandas")
    X, y = _data(2)
    frame = pandas.DataFrame(X, columns=["east", "north"])
    gpr = GaussianProcessRegressor(random_state=0).fit(frame, y)
    display = GaussianProcessDisplay.from_estimator(gpr, combined=True, cmap="magma")
    assert [ax.get_title() for ax in display.axes_] == ["mean", "standard deviation, combined"]
    assert display.ax_.get_xlabel() == "east" and display.X.shape == (3600, 2)
    mesh = display.ax_.collections[0].get_array().reshape(60, 60)
    np.testing.assert_allclose(mesh[4, 7], gpr.predict(frame.iloc[:1] * 0 + display.X[4 * 60 + 7])[0])
    with pytest.raises(ValueError, match="needs 2 axes, got 1"):
        display.plot(plt.subplots()[1])


def test_what_cannot_be_shown(plt, monkeypatch):
    X, y = _data(3)
    gpr = GaussianProcessRegressor(optimizer=None).fit(X, y)
    with pytest.raises(ValueError, match="one or two features"):
        GaussianProcessDisplay.from_estimator(gpr)
    with pytest.raises(ValueError, match="shows one output"):
        GaussianProcessDisplay.from_estimator(GaussianProcessRegressor(optimizer=None).fit(X, np.c_[y, y]))
    with pytest.raises(ValueError, match="is not fitted yet"):
        GaussianProcessDisplay.from_estimator(GaussianProcessRegressor())
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        GaussianProcessDisplay(X[:, :1], y, y).plot()
