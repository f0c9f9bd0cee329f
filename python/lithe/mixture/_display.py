"""Pictures of mixtures."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._model import MixtureModel

_MOST_ROWS = 5000  # rows drawn


class MixtureDisplay:
    """A mixture over two of its features: ellipses, rows, the graph of the components; and how its fit converged.

    Make it by `from_estimator`. matplotlib is needed for `plot` only.

    Parameters
    ----------
    weights : ndarray of shape (n_components,)
    means : ndarray of shape (n_components, 2)
    covariances : ndarray of shape (n_components, 2, 2)
        Of the two features; scale matrices for heavy tails.
    neighbors : ndarray of int, shape (n_components, n_neighbors)
        Graph of the components, itself first.
    objective : ndarray of shape (n_iter + 1,) or None, default=None
        Bound of the mean log-likelihood after each iteration, in nats per row.
    X : ndarray of shape (n, 2) or None, default=None
    labels : ndarray of int, shape (n,) or None, default=None
        Rows and their components.
    names : list of str or None, default=None
        Of the features.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The one of the ellipses.
    axes_ : ndarray of matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.mixture import GaussianMixture, MixtureDisplay
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> display = MixtureDisplay.from_estimator(GaussianMixture(3, random_state=0).fit(X), X)  # doctest: +SKIP
    """

    def __init__(self, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray, neighbors: np.ndarray,
                 objective: np.ndarray | None = None, X: np.ndarray | None = None, labels: np.ndarray | None = None,
                 names: list[str] | None = None) -> None:
        self.weights = weights
        self.means = means
        self.covariances = covariances
        self.neighbors = neighbors
        self.objective = objective
        self.X = X
        self.labels = labels
        self.names = names

    @classmethod
    def from_estimator(cls, estimator: MixtureModel, X: Any = None, *, features: tuple[int, int] = (0, 1), ax: Any = None,
                       **kwargs: Any) -> MixtureDisplay:
        """Take the parameters of a fitted mixture along two features, and plot.

        Parameters
        ----------
        estimator : GaussianMixture or GaussianNPMLE
            Fitted, on at least two features.
        X : array-like of shape (n, n_features), default=None
            Rows to draw, coloured by their components; evenly spaced ones if there are many.
        features : pair of int, default=(0, 1)
            Columns to show.
        ax : matplotlib Axes, or two of them, default=None
            Where to draw: the ellipses, and convergence if there is a second. None makes a figure.
        **kwargs
            For `plot`.

        Returns
        -------
        display : MixtureDisplay
        """
        estimator._check_fitted()
        count = estimator.means_.shape[1]
        pair = list(features)
        if len(pair) != 2 or pair[0] == pair[1] or not all(0 <= f < count for f in pair):
            raise ValueError(f"features must be two different columns of {count}, got {features!r}")
        loadings = estimator.factor_loadings_[:, pair]
        covariances = loadings @ loadings.transpose(0, 2, 1)
        covariances[:, [0, 1], [0, 1]] += estimator.noise_variance_[:, pair]
        rows = labels = None
        if X is not None:
            step = max(1, -(-len(X) // _MOST_ROWS))
            shown = X.iloc[::step] if hasattr(X, "iloc") else np.asarray(X)[::step]
            labels = estimator.predict(shown)
            rows = np.asarray(shown, dtype=np.float64)[:, pair]
        names = getattr(estimator, "feature_names_in_", None)
        shown_names = [f"feature {f}" if names is None else str(names[f]) for f in pair]
        history = getattr(estimator, "history_", None)
        neighbors = getattr(estimator, "neighbors_", np.empty((len(estimator.weights_), 0), dtype=np.int32))
        return cls(estimator.weights_, estimator.means_[:, pair], covariances, neighbors,
                   None if history is None else history["objective"], rows, labels, shown_names).plot(ax, **kwargs)

    def plot(self, ax: Any = None, *, deviations: float = 2.0, graph: int = 0, convergence: bool | None = None,
             cmap: str = "tab20") -> MixtureDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, or two of them, default=None
            Where to draw; None makes a figure.
        deviations : float, default=2.0
            Radius of the ellipses, in standard deviations.
        graph : int, default=0
            Join each component to this many of its nearest neighbours; a truncated fit has a graph.
        convergence : bool or None, default=None
            Draw the bound over the iterations too; None means if there is a second axis for it.
        cmap : str, default="tab20"
            Colours of the components.

        Returns
        -------
        self : MixtureDisplay
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise ImportError("MixtureDisplay.plot needs matplotlib: pip install matplotlib") from None
        if ax is None:
            count = 2 if convergence else 1
            _, ax = plt.subplots(1, count, figsize=(5.5 * count, 4.5), layout="constrained")
        axes = np.atleast_1d(ax).ravel()
        wanted = len(axes) > 1 if convergence is None else convergence
        if len(axes) != 1 + wanted:
            raise ValueError(f"this picture needs {1 + wanted} axes, got {len(axes)}")
        self._components(axes[0], deviations, graph, plt.get_cmap(cmap))
        if wanted:
            if self.objective is None:
                raise ValueError("the mixture comes from no fit, so that there is no convergence to draw")
            axes[1].plot(self.objective, marker=".")
            axes[1].set(xlabel="iteration", ylabel="bound of the mean log-likelihood, nats")
        self.axes_, self.ax_, self.figure_ = axes, axes[0], axes[0].figure
        return self

    def _components(self, ax: Any, deviations: float, graph: int, colors: Any) -> None:
        from matplotlib.patches import Ellipse

        shade = [colors(c % colors.N) for c in range(len(self.weights))]
        if self.X is not None and self.labels is not None:
            ax.scatter(*self.X.T, s=3, c=[shade[c] for c in self.labels], alpha=0.5, lw=0)
        for c, list_ in enumerate(self.neighbors[:, 1:1 + graph]):
            for k in list_:
                ax.plot(*self.means[[c, k]].T, color="0.5", lw=0.7, zorder=1.5)
        strongest = self.weights.max()
        for weight, mean, covariance, color in zip(self.weights, self.means, self.covariances, shade):
            values, vectors = np.linalg.eigh(covariance)
            width, height = 2 * deviations * np.sqrt(values[::-1])
            angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
            ax.add_patch(Ellipse(mean, width, height, angle=angle, facecolor="none", edgecolor=color,
                                 lw=0.6 + 1.4 * weight / strongest))
        ax.plot(*self.means.T, "k+", ms=4)
        ax.autoscale_view()
        if self.names is not None:
            ax.set(xlabel=self.names[0], ylabel=self.names[1])
