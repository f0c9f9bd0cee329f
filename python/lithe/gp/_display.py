"""Pictures of Gaussian processes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._regression import Regression

_SIDE = 60  # points along each side of a map
_LINE = 300  # points of a curve


class GaussianProcessDisplay:
    """What a Gaussian process says about a function of one or two features.

    Of one feature, `plot` draws the mean with bands of mathematical and of combined uncertainty, functions that the data
    allow, and the data; of two, maps of the mean and of the standard deviation. Make it by `from_estimator`. matplotlib
    is needed for `plot` only.

    Parameters
    ----------
    X : ndarray of shape (m, 1) or (m, 2)
        Points of the picture; of two features, a grid.
    mean, std : ndarray of shape (m,)
        Mean, and standard deviation of what the data leave open.
    combined_std : ndarray of shape (m,) or None, default=None
        Standard deviation of what data and computation leave open.
    samples : ndarray of shape (m, n_samples) or None, default=None
        Functions.
    X_data, y_data : ndarray of shape (n, n_features) and (n,), or None
        Observations.
    names : list of str or None, default=None
        Of the features and the target.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The one that was drawn on, of two features the one of the mean.
    axes_ : ndarray of matplotlib Axes
        All of them.
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.gp import GaussianProcessDisplay, GaussianProcessRegressor
    >>> X = np.linspace(0, 6, 25)[:, np.newaxis]
    >>> gpr = GaussianProcessRegressor(random_state=0).fit(X, np.sin(X[:, 0]))
    >>> display = GaussianProcessDisplay.from_estimator(gpr)  # doctest: +SKIP
    """

    def __init__(self, X: np.ndarray, mean: np.ndarray, std: np.ndarray, combined_std: np.ndarray | None = None,
                 samples: np.ndarray | None = None, X_data: np.ndarray | None = None, y_data: np.ndarray | None = None,
                 names: list[str] | None = None) -> None:
        self.X = X
        self.mean = mean
        self.std = std
        self.combined_std = combined_std
        self.samples = samples
        self.X_data = X_data
        self.y_data = y_data
        self.names = names

    @classmethod
    def from_estimator(cls, estimator: Regression, X: Any = None, y: Any = None, *, combined: bool | None = None,
                       n_samples: int = 0, random_state: Any = 0, ax: Any = None,
                       **kwargs: Any) -> GaussianProcessDisplay:
        """Predict with a fitted regressor of one output where there are data, and plot.

        Parameters
        ----------
        estimator : GaussianProcessRegressor
            Fitted on one or two features.
        X : array-like of shape (n, n_features), default=None
            Where to look: the picture reaches a little beyond these points. None stands for the training data.
        y : array-like of shape (n,), default=None
            Observations at X, to be drawn. With X None, those of the training data.
        combined : bool or None, default=None
            Draw the combined uncertainty too; None means where it is larger, for other solvers than Cholesky.
        n_samples : int, default=0
            Functions to draw.
        random_state : int, default=0
            Of the functions.
        ax : matplotlib Axes, or two of them for two features, default=None
            Where to draw; None makes a figure.
        **kwargs
            For `plot`.

        Returns
        -------
        display : GaussianProcessDisplay
        """
        estimator._check_fitted()
        if estimator.y_train_.ndim > 1:
            raise ValueError("GaussianProcessDisplay shows one output; fit a model for each, or plot predictions yourself")
        data, targets = (_training_data(estimator) if X is None
                         else (np.asarray(X, dtype=np.float64), None if y is None else np.asarray(y, dtype=np.float64)))
        if data.ndim != 2 or data.shape[1] not in (1, 2):
            raise ValueError(f"GaussianProcessDisplay shows functions of one or two features, got X of shape {data.shape}; "
                             "fix the other features and plot predictions yourself")
        names = getattr(estimator, "feature_names_in_", None)
        at = _grid(data)
        asked = at if names is None else _framed(at, names)
        both = estimator.solver_ != "cholesky" if combined is None else combined
        mean, std = estimator.predict(asked, return_std=True, uncertainty="mathematical")
        more = None
        if both:
            mean, more = estimator.predict(asked, return_std=True, uncertainty="combined")
        samples = estimator.sample_y(asked, n_samples, random_state) if n_samples else None
        labels = list(names) if names is not None else [f"feature {q}" for q in range(data.shape[1])]
        return cls(at, mean, std, more, samples, data, targets, [*labels, "target"]).plot(ax, **kwargs)

    def plot(self, ax: Any = None, *, deviations: float = 2.0, data: bool = True, cmap: str | None = None) -> GaussianProcessDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, or two of them for two features, default=None
            Where to draw; None makes a figure.
        deviations : float, default=2.0
            Half the width of bands, in standard deviations.
        data : bool, default=True
            Draw the data too.
        cmap : str or Colormap, default=None
            Of maps.

        Returns
        -------
        self : GaussianProcessDisplay
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise ImportError("GaussianProcessDisplay.plot needs matplotlib: pip install matplotlib") from None
        count = self.X.shape[1]
        if ax is None:
            _, ax = plt.subplots(1, count, figsize=(5.5 * count, 4.2), layout="constrained")
        axes = np.atleast_1d(ax).ravel()
        if len(axes) != count:
            raise ValueError(f"a picture of {count} features needs {count} axes, got {len(axes)}")
        if count == 1:
            self._curve(axes[0], deviations, data)
        else:
            self._maps(axes, data, cmap)
        self.axes_, self.ax_, self.figure_ = axes, axes[0], axes[0].figure
        return self

    def _curve(self, ax: Any, deviations: float, data: bool) -> None:
        x = self.X[:, 0]
        if self.combined_std is not None:
            half = deviations * self.combined_std
            ax.fill_between(x, self.mean - half, self.mean + half, color="C1", alpha=0.25, lw=0,
                            label="combined uncertainty")
        half = deviations * self.std
        ax.fill_between(x, self.mean - half, self.mean + half, color="C0", alpha=0.35, lw=0,
                        label="mathematical uncertainty")
        if self.samples is not None:
            ax.plot(x, self.samples, color="0.45", lw=0.7, label=["samples", *[None] * (self.samples.shape[1] - 1)])
        ax.plot(x, self.mean, color="C0", label="mean")
        if data and self.X_data is not None and self.y_data is not None:
            ax.plot(self.X_data[:, 0], self.y_data, "k.", ms=3, label="data")
        if self.names is not None:
            ax.set(xlabel=self.names[0], ylabel=self.names[1])
        ax.legend()

    def _maps(self, axes: Any, data: bool, cmap: str | None) -> None:
        spread = self.std if self.combined_std is None else self.combined_std
        kind = "standard deviation" if self.combined_std is None else "standard deviation, combined"
        first, second = np.unique(self.X[:, 0]), np.unique(self.X[:, 1])
        for ax, values, title in zip(axes, (self.mean, spread), ("mean", kind)):
            image = ax.pcolormesh(first, second, values.reshape(len(second), len(first)), shading="nearest", cmap=cmap)
            ax.figure.colorbar(image, ax=ax)
            if data and self.X_data is not None:
                ax.plot(*self.X_data.T, "k.", ms=1, alpha=0.5)
            ax.set_title(title)
            if self.names is not None:
                ax.set(xlabel=self.names[0], ylabel=self.names[1])


def _training_data(estimator: Regression) -> tuple[np.ndarray, np.ndarray]:
    """Return the training data in the user's units."""
    X, y = estimator.X_train_, estimator.y_train_
    if estimator.scaling_ is not None:
        X = X * estimator.scaling_[1] + estimator.scaling_[0]
    if estimator.y_scaling_ is not None:
        y = y * estimator.y_scaling_[1, 0] + estimator.y_scaling_[0, 0]
    return X, y


def _grid(data: np.ndarray) -> np.ndarray:
    """Return points that cover the data and a tenth of their range around them."""
    low, high = data.min(axis=0), data.max(axis=0)
    margin = 0.1 * np.where(high > low, high - low, 1.0)
    sides = [np.linspace(a, b, _LINE if data.shape[1] == 1 else _SIDE) for a, b in zip(low - margin, high + margin)]
    return np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, data.shape[1])


def _framed(points: np.ndarray, names: Any) -> Any:
    """Return points under the names that the model was fitted with, as a frame if pandas is there."""
    try:
        import pandas
    except ImportError:
        return points
    return pandas.DataFrame(points, columns=list(names))
