"""AdaCore: gradients measured by a running estimate of the curvature."""

from __future__ import annotations

import ctypes
import json
from typing import Any, Callable

import numpy as np

from .. import _options, _sparse
from .._arrays import as_sample_weight, as_samples, view
from .._docs import documented
from .._run import RUN, call
from ._checks import as_gradients, as_ids, as_vector, parameters
from ._gradients import SELECTION, GradientSubset


@documented
class AdaCore(GradientSubset):
    """Samples that stand for all in a preconditioned gradient step.

    As `CRAIG`, but distances are between gradients divided by a running estimate of the curvature, which `update` takes in:
    an average over steps of squared diagonals of the Hessian, corrected for its start. Select again after a few epochs,
    because the guarantee is for the parameters at which the gradients were taken.

    Parameters
    ----------
    n_samples : int, default=100
        Samples to select, all classes together.
    preconditioner : {"factored", "full"}, default="factored"
        Of last-layer gradients: the rank-one matrix nearest to the inverse curvature in logarithms, or every parameter by
        its own, which takes a distance matrix per class. Rows of gradients are always divided by the full curvature.
    beta1 : float, default=0.0
        Decay of the average of each sample's gradients, in [0, 1). 0: gradients as they are given. Otherwise `fit` and
        `update_gradients` take gradients into averages, which are kept (as much memory as gradients) and selected by; samples
        are told apart by `ids`, and may come, stay away for some calls and go. With `activations` it is the residuals that are
        averaged, and they multiply the activations that `fit` is given: exactly the average of the gradients where these stay as
        they are, as for linear models and layers over frozen ones. Not for sparse gradients.
    beta2 : float, default=0.999
        Decay of the average of squared curvatures.
    block : int, default=1
        Average the curvature over blocks of so many neighbouring parameters first, against the noise of probes.
    damping : float, default=0.01
        Added to the curvature, as a fraction of its mean.
    power : float, default=1.0
        Exponent of the curvature, in (0, 1].
    {representing}
    {random_state}
    {fit_run}

    Attributes
    ----------
    curvature_square_ : ndarray of float64, shape (m,)
        The average of squared curvatures; with `n_updates_` all the state there is, so that pickling the object keeps it.
    n_updates_ : int
    curvature_ : ndarray of float64, shape (m,)
        What gradients are divided by now.
    gradient_ids_ : ndarray of int64, shape (n_seen,)
        With `beta1`: the samples of the averages, in the order in which they came.
    gradient_average_ : ndarray, shape (n_seen, m)
        Average of the gradients of each, not corrected for its start at zero; with `gradient_steps_` all the state.
    gradient_steps_ : ndarray of int64, shape (n_seen,)
        How many gradients of each there were.
    indices_, weights_, residual_gradient_, gains_, assignment_, loss_, certificate_, bound_risk_, error_, preconditioned_error_, effective_size_,
    engine_, recall_
        As for `CRAIG`.

    Examples
    --------
    >>> import numpy as np
    >>> from lithe.coreset import AdaCore
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(1000, 5)), rng.integers(3, size=1000)
    >>> P = rng.dirichlet(np.ones(3), size=1000)
    >>> ada = AdaCore(30, random_state=0).update(probabilities=P, activations=X)
    >>> ada.fit(P - np.eye(3)[y], y, activations=X).weights_.sum()
    np.float64(1000.0)
    """

    _library_options = SELECTION | {"preconditioner": _options.word}

    def __init__(self, n_samples: int = 100, *, preconditioner: str = "factored", beta1: float = 0.0, beta2: float = 0.999,
                 block: int = 1, damping: float = 0.01, power: float = 1.0, weights: str = "counts", ridge: float = 0.01,
                 max_weight: float | None = None, engine: str = "auto", epsilon: float = 0.01,
                 memory_limit: float | None = None, random_state: Any = None, n_jobs: int | None = None, verbose: int = 0,
                 progress: bool = False, callback: Any = None) -> None:
        self.n_samples = n_samples
        self.preconditioner = preconditioner
        self.beta1 = beta1
        self.beta2 = beta2
        self.block = block
        self.damping = damping
        self.power = power
        self.weights = weights
        self.ridge = ridge
        self.max_weight = max_weight
        self.engine = engine
        self.epsilon = epsilon
        self.memory_limit = memory_limit
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress
        self.callback = callback

    def update(self, diagonal: Any = None, *, probabilities: Any = None, activations: Any = None, gradients: Any = None,
               probes: Any = None, products: Any = None, hvp: Callable[[np.ndarray], Any] | None = None,
               n_parameters: int | None = None, n_probes: int = 1, sample_weight: Any = None) -> AdaCore:
        """Take one more estimate of the diagonal of the Hessian into the average.

        Give one of these:

        Parameters
        ----------
        diagonal : array-like of shape (m,), default=None
            The diagonal, or an estimate of it.
        probabilities : array-like of shape (n_samples, n_classes), default=None
            Of a softmax layer with inputs `activations`, for the exact diagonal in its weights and biases. Without
            `activations`, that in the logits.
        activations : array-like of shape (n_samples, h), default=None
            With `probabilities` or `gradients`.
        gradients : array-like or sparse of shape (n_samples, m), default=None
            For the empirical Fisher matrix; residuals, if `activations` are given.
        probes, products : array-like of shape (p, m), default=None
            For Hutchinson's estimate: rows of 1 and -1 at random, and the products of the Hessian with them.
        hvp : callable, default=None
            Returns the product of the Hessian with a vector of `n_parameters` elements; `n_probes` probes are drawn.
        n_parameters : int, default=None
        n_probes : int, default=1
        sample_weight : array-like of shape (n_samples,) or float, default=None
            With `probabilities` or `gradients`.

        Returns
        -------
        self : AdaCore
        """
        me = type(self).__name__
        given = [name for name, value in (("diagonal", diagonal), ("probabilities", probabilities), ("gradients", gradients),
                                          ("probes", probes), ("hvp", hvp)) if value is not None]
        if len(given) != 1:
            raise ValueError(f"{me}.update needs one of diagonal, probabilities, gradients, probes or hvp; got {given}")
        if diagonal is not None:
            found = as_vector(diagonal, None, "diagonal")
        elif probabilities is not None and activations is None:
            p = as_samples(probabilities, me)
            found = self._diagonal("softmax", p, np.zeros((len(p), 1), dtype=p.dtype), sample_weight, 2 * p.shape[1])[1::2]
        elif _sparse.is_sparse(gradients):
            rows, _, _, data = self._rows(gradients, activations)
            found = np.empty(rows.shape[1])
            call("lithe_coreset_sparse_fisher", *data, view(as_sample_weight(sample_weight, rows.shape[0])), view(found), RUN,
                 threads=self._thread_count(), work=rows.nnz)
        elif probabilities is not None or gradients is not None:
            rows, inputs = as_gradients(gradients if probabilities is None else probabilities, activations, me)
            kind = "fisher" if probabilities is None else "softmax"
            found = self._diagonal(kind, rows, inputs, sample_weight, parameters(rows, inputs))
        else:
            if hvp is not None:
                if n_parameters is None:
                    raise ValueError(f"{me}.update needs n_parameters with hvp")
                shape = _options.count(me, "n_probes", n_probes), _options.count(me, "n_parameters", n_parameters)
                probes = np.empty(shape)
                seed = int(_options.seed(me, "random_state", self.random_state))
                call("lithe_coreset_probes", seed, getattr(self, "n_updates_", 0), view(probes), RUN)
                products = np.stack([np.asarray(hvp(z), dtype=np.float64).reshape(-1) for z in probes])
            elif products is None:
                raise ValueError(f"{me}.update needs products with probes")
            z, hz = as_samples(probes, me).astype(np.float64), as_samples(products, me).astype(np.float64)
            found = self._diagonal("hutchinson", z, hz, None, z.shape[1])
        assert found is not None
        return self._average(np.ascontiguousarray(found))

    def _diagonal(self, kind: str, a: np.ndarray, b: np.ndarray | None, sample_weight: Any, m: int) -> np.ndarray:
        diagonal = np.empty(m)
        call("lithe_coreset_diagonal", kind, view(a), view(b), view(as_sample_weight(sample_weight, len(a))), view(diagonal),
             RUN, threads=self._thread_count(), work=a.size)
        return diagonal

    def _average(self, diagonal: np.ndarray) -> AdaCore:
        if len(getattr(self, "curvature_square_", diagonal)) != len(diagonal):
            raise ValueError(f"the curvature has {len(diagonal)} entries, earlier ones had {len(self.curvature_square_)}; "
                             "call reset() to begin again")
        square = self.curvature_square_.copy() if "curvature_square_" in self.__dict__ else np.zeros(len(diagonal))
        steps, denominator = ctypes.c_int64(getattr(self, "n_updates_", 0)), np.empty(len(diagonal))
        call("lithe_coreset_curvature", view(square), steps, view(diagonal), self._curvature_options(), view(denominator),
             RUN)
        self.curvature_square_, self.n_updates_, self.curvature_ = square, steps.value, denominator
        return self

    def _curvature_options(self) -> str:
        me = type(self).__name__
        return json.dumps({"beta2": _options.fraction(me, "beta2", self.beta2),
                           "block": _options.count(me, "block", self.block),
                           "damping": _options.positive(me, "damping", self.damping),
                           "power": _options.positive(me, "power", self.power)})

    def update_gradients(self, gradients: Any, *, ids: Any = None) -> AdaCore:
        """Take one more gradient of some samples into their averages, without selecting. Needs `beta1`.

        Parameters
        ----------
        gradients : array-like of shape (n_samples, m)
            Or residuals, shape (n_samples, n_classes), if `fit` gets activations.
        ids : array-like of int, shape (n_samples,), default=None
            Which samples these are, all different; None means 0 to n_samples - 1.

        Returns
        -------
        self : AdaCore
        """
        if not self.beta1:
            raise ValueError("update_gradients needs beta1, the decay of the averages, which is 0.")
        self._averaged(gradients, None, ids)
        return self

    def _averaged(self, gradients: Any, activations: Any, ids: Any) -> np.ndarray:
        """Take gradients into their averages, and return these with their starts corrected."""
        me = type(self).__name__
        if _sparse.is_sparse(gradients):
            raise ValueError(f"beta1={self.beta1} averages dense rows: averages of sparse ones would fill up. Of a linear model average "
                             "the residuals, and multiply the rows of X by these; or set beta1=0.")
        rows = as_gradients(gradients, activations, me)[0]
        new = np.arange(len(rows)) if ids is None else as_ids(ids, len(rows))
        known = getattr(self, "gradient_ids_", new[:0])
        mean = self.gradient_average_ if len(known) else np.empty((0, rows.shape[1]), dtype=rows.dtype)
        if mean.shape[1] != rows.shape[1]:
            raise ValueError(f"the gradients have {rows.shape[1]} columns, those before had {mean.shape[1]}; call reset() to begin "
                             "again")
        rows = rows.astype(mean.dtype, copy=False)
        order = np.argsort(known, kind="stable")
        at = np.searchsorted(known, new, sorter=order)
        slot = order[np.minimum(at, len(known) - 1)] if len(known) else np.zeros(len(new), dtype=np.int64)
        fresh = known[slot] != new if len(known) else np.ones(len(new), dtype=bool)
        slot[fresh] = len(known) + np.arange(fresh.sum())
        mean = np.concatenate([mean, np.zeros((int(fresh.sum()), rows.shape[1]), dtype=mean.dtype)])
        steps = np.concatenate([getattr(self, "gradient_steps_", new[:0]), np.zeros(int(fresh.sum()), dtype=np.int64)])
        corrected = np.empty_like(rows)
        call("lithe_coreset_average", view(mean), steps, slot, view(rows), _options.fraction(me, "beta1", self.beta1),
             view(corrected), RUN, threads=self._thread_count(), work=rows.size)
        self.gradient_ids_ = np.concatenate([known, new[fresh]])
        self.gradient_average_, self.gradient_steps_ = mean, steps
        return corrected

    def forget(self, ids: Any) -> AdaCore:
        """Drop the averages of the gradients of samples that will not come again. Unknown ids do not matter."""
        if "gradient_ids_" in self.__dict__:
            stay = ~np.isin(self.gradient_ids_, np.asarray(ids))
            self.gradient_ids_, self.gradient_steps_ = self.gradient_ids_[stay], self.gradient_steps_[stay]
            self.gradient_average_ = self.gradient_average_[stay]
        return self

    def reset(self) -> AdaCore:
        """Forget the curvature, and the averages of gradients."""
        for name in ("curvature_square_", "n_updates_", "curvature_", "gradient_ids_", "gradient_average_", "gradient_steps_"):
            self.__dict__.pop(name, None)
        return self

    def fit(self, gradients: Any, y: Any = None, *, activations: Any = None, sample_weight: Any = None, ids: Any = None) -> AdaCore:
        """Select samples, with the curvature as it is now.

        Parameters
        ----------
        gradients, y, activations, sample_weight
            As for `CRAIG.fit`. With `beta1` gradients are taken into their averages first, and `loss_` and `error_` are about
            the averages.
        ids : array-like of int, shape (n_samples,), default=None
            With `beta1`: which samples these are, all different; None means 0 to n_samples - 1. `indices_` counts rows of
            `gradients` in any case.

        Returns
        -------
        self : AdaCore

        Raises
        ------
        ValueError
            If `update` has not been called yet, besides the reasons of `CRAIG.fit`.
        """
        if "curvature_" not in self.__dict__:
            raise ValueError("AdaCore needs curvature: call update() first, or use CRAIG, which does without.")
        me = type(self).__name__
        wanted = parameters(*self._rows(gradients, activations)[:2])
        if len(self.curvature_) != wanted:
            raise ValueError(f"{me}.update was given a curvature of {len(self.curvature_)} entries, but the gradients have {wanted}; "
                             "call reset(), and update() with activations if and only if fit() gets them.")
        if self.beta1:
            gradients = self._averaged(gradients, activations, ids)
        elif ids is not None:
            raise ValueError("ids are for averages of gradients; set beta1.")
        self._select(gradients, activations, self.curvature_, y, sample_weight)
        return self
