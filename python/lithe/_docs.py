"""Paragraphs that the docstrings of several functions and estimators share."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import Any, TypeVar

_Documented = TypeVar("_Documented", bound=Any)

_TEXTS = {
    "matrix": """
        A : matrix-like of shape (m, n)
            An array in any layout, a SciPy sparse matrix, a `LinearOperator` or another object with products, or blocks
            of rows; the page of `lithe.lowrank` says what each means. float32 is worked on as float32, everything else
            as float64.""",
    "symmetric": """
        A : matrix-like of shape (n, n)
            An array in any layout, a SciPy sparse matrix, a `LinearOperator` or another object with products, of which
            those of the transpose are not needed, or blocks of rows; the page of `lithe.lowrank` says what each means.
            float32 is worked on as float32, everything else as float64.""",
    "random_state": """
        random_state : int, RandomState, Generator or None, default=None
            An int in [0, 2**64) makes the result repeatable, for any number of threads and in every language of
            lithe.""",
    "run": """
        n_jobs : int, default=None
            Threads; None means `lithe.get_num_threads`, -1 every processor. Never changes the result.
        verbose : int, default=0
            1 prints progress every second, 2 every step seen.
        progress : bool, default=False
            Show a tqdm bar; without tqdm the same as ``verbose=1``.
        callback : callable, default=None
            Called now and then with a `lithe.Progress`. If it returns True, the call ends with `lithe.Cancelled`.""",
    "fit_run": """
        n_jobs : int, default=None
            Threads of `fit`; None means `lithe.get_num_threads`, -1 every processor. Never changes a result.
        verbose : int, default=0
            1 prints progress every second, 2 every step seen.
        progress : bool, default=False
            Show a tqdm bar; without tqdm the same as ``verbose=1``.
        callback : callable, default=None
            Called now and then during `fit` with a `lithe.Progress`. If it returns True, `fit` raises
            `lithe.Cancelled`.""",
    "fitted_on": """
        n_features_in_ : int
        feature_names_in_ : ndarray of str, shape (n_features_in_,)
            Only when fitted on a frame whose column names are all strings.""",
    "solver": """
        method : {"auto", "krylov", "subspace", "gram"}, default="auto"
        tol : float, default=0.0
        n_oversamples : int, default=0
        max_passes : int, default=0
            As for `svd`.""",
    "normalizer": """
        power_iteration_normalizer : {"auto", "QR", "LU", "none"}, default="auto"
            Taken for scikit-learn's sake: blocks are always made orthonormal.""",
    "about_fit": """
        relative_error_ : float
        error_method_ : {"identity", "sampled"}
        method_ : {"krylov", "subspace", "gram"}
        n_passes_ : int
        converged_ : bool
            What `SVDResult` says about the fit.""",
    "fit_raises": """
        ValueError, TypeError
            For impossible parameters, NaN or infinity.
        NumericalError
            If the computation breaks down.
        Cancelled
            If the callback asks for it.
        BaseException
            Whatever Python code behind X raises, unchanged.""",
    "samples": """
        X : matrix-like of shape (n_samples, n_features)
            An array in any layout, a SciPy sparse matrix, an object with products, or blocks of rows; the page of
            `lithe.lowrank` says what each means. float32 is worked on as float32, everything else as float64.""",
    "raises": """
        ValueError, TypeError
            For impossible parameters, an empty matrix, NaN or infinity.
        NumericalError
            If the computation breaks down.
        BaseException
            Whatever Python code behind A raises, unchanged.""",
    "error": """
        error : float
            Estimated Frobenius norm of what the factors leave of A.
        relative_error : float
            The same as a fraction of the Frobenius norm of A.
        error_method : {"identity", "sampled"}
            From the norm of A, exact up to rounding; or from random vectors, within about 25 %, where so little is left
            that rounding hides it, or only products are known.""",
    "train": """
        X : array-like of shape (n_samples, n_features)
            Scaled to about unit variance. float32 is worked on as float32, everything else as float64.
        y : array-like of shape (n_samples,)
            Classes.
        X_test, y_test : array-like, default=None
            For the last column of the trace.
        subset : {"adacore", "craig", "importance", "crest", "glister", "random", "fresh", "stratified", "full"}, default="adacore"
            Selected by gradients with or without curvature; a weighted sample for every epoch, in proportion to the norms that
            gradients had at the last renewal; every mini-batch from a random pool of its own; by the loss of samples
            that are held out; one random subset for all epochs; a random one for every epoch; a
            random one by classes, renewed with `refresh`; all samples. "fresh" is what is hardest to beat; "importance" often does.
        fraction : float, default=0.1
            Size of the subset as a part of the data.
        correction : bool, default=False
            Whenever subsets are renewed, evaluate the gradients of all samples (as many as there are count in the trace), and from
            then on replace what those of a mini-batch were there by their mean, so that steps are exact to first order. Keeps the
            activations and derivatives of all layers. Not with "crest" and "glister".
        refresh : int, default=5
            Epochs after which "adacore", "craig", "importance", "glister" and "stratified" are renewed, and "crest" at the latest.
        warm_up : int, default=1
            First epochs of those that select, which take fresh random subsets.
        proxy : {"logits", "last_layer"}, default="logits"
            Gradients that "adacore" and "craig" compare, and whose norms "importance" draws by.
        engine : str, default="auto"
            Of the selection, as for `FacilityLocation`.
        max_weight : float or None, default=4.0
            Largest weight of "adacore", "craig", "importance" and "crest" as a multiple of the mean weight; what is cut off goes to
            the others. None: no limit, for which learning rates have to be smaller.
        pool : float, default=0.01
            Of "crest": size of a pool as a part of the data; twice the batch at least.
        trust : float, default=0.1
            Of "crest": subsets are selected again when a quadratic model of the loss, of the gradient and a diagonal of the
            Hessian, is off by more than this part of the loss.
        validation_fraction : float, default=0.1
            Of "glister": part of the data that the loss is measured on, and that is not trained on once it has begun.
        max_iter : int, default=30
            Epochs: passes over the subset.
        batch_size : int, default=128
        learning_rate : float, default=0.1
        schedule : {"cosine", "constant"}, default="cosine"
            Of the learning rate; "cosine" ends at zero after `max_iter` epochs.
        momentum : float, default=0.9
        alpha : float, default=1e-4
            Half of it times the squared norm of the weights is added to the mean loss.
        target_loss : float or None, default=None
            Stop when the mean loss over all data is at most this.""",
    "drawn": """
        indices_ : ndarray of int64, shape (k,)
            Distinct rows, ascending.
        weights_ : ndarray of float64, shape (k,)
            Weighted sums over these rows estimate sums over all without bias.
        effective_size_ : float
            ``weights_.sum()**2 / (weights_**2).sum()``.
        random_state_ : int
            Pass it as `random_state` to repeat the sample.""",
    "representing": """
        weights : {"counts", "least_squares"}, default="counts"
            How many samples each stands for, or the weights, none negative, whose sum of gradients comes nearest to the sum of all.
        ridge : float, default=0.01
            Of "least_squares": penalty on what weights differ from the counts, relative to the mean squared norm of the selected
            gradients. Small values match the sum of now, large ones are fit for longer.
        max_weight : float or None, default=None
            Largest weight as a multiple of the mean weight; what is cut off goes to the others.
        engine : str, default="auto"
            As for `FacilityLocation`.
        epsilon : float, default=0.01
            Of the engines "stochastic" and "threshold".
        memory_limit : float or None, default=None
            Bytes that may be used besides the input; None means 4 GiB.""",
    "effort": """
        passes, columns : int
            Multiplications of A or its transpose with a block, and columns of these blocks together.
        flops : float
            Operations of these multiplications, counting A as dense.
        bytes_read : float or None
            Bytes of A that the passes read, None if only products are known.
        seconds : float
        seed : int
            Pass it as `random_state` to repeat the result.""",
}


def documented(thing: _Documented) -> _Documented:
    """Replace each line ``{name}`` of a docstring by the shared paragraph of that name, indented as the line is.

    Of a class also those of its methods.
    """
    for one in (thing, *(vars(thing).values() if isinstance(thing, type) else ())):
        if (one is thing or inspect.isfunction(one)) and one.__doc__:
            one.__doc__ = re.sub(r"^( *)\{(\w+)\}$", _paragraph, one.__doc__, flags=re.M)
    return thing


def _paragraph(place: re.Match[str]) -> str:
    return textwrap.indent(textwrap.dedent(_TEXTS[place[2]]).strip("\n"), place[1])
