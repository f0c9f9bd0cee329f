"""What results know and tell, and what the documentation promises."""

import gc
import inspect
import pickle
import re
import weakref

import numpy as np
import pytest

from lithe import _errors, lowrank
from lithe._as_operand import as_operand
from lithe._lib import load
from lithe.lowrank import (RowBlocks, cur, diag, eigh, id, logdet, lstsq, norm, nystrom, qb, qrcp, range_finder,
                           rpcholesky, svd, trace)
from lithe.lowrank._compute import compute, options

RESULTS = {
    "svd": lambda A: svd(A, 3, random_state=5), "eigh": lambda A: eigh(A, 3, random_state=5),
    "nystrom": lambda A: nystrom(A, 3, random_state=5), "range_finder": lambda A: range_finder(A, 3, random_state=5),
    "qb": lambda A: qb(A, 0.1, random_state=5), "id": lambda A: id(A, 3, random_state=5),
    "cur": lambda A: cur(A, 3, random_state=5), "qrcp": lambda A: qrcp(A, random_state=5),
    "rpcholesky": lambda A: rpcholesky(A, 3, random_state=5), "lstsq": lambda A: lstsq(A, A[0], random_state=5),
    "trace": lambda A: trace(A, random_state=5), "diag": lambda A: diag(A, random_state=5),
    "norm": lambda A: norm(A, 2, random_state=5), "logdet": lambda A: logdet(A, random_state=5),
}


def decaying(n):
    """A symmetric n x n matrix with eigenvalues 1, 1/2, 1/4, ..., all a little larger."""
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(n, n)))[0]
    return (Q * 0.5 ** np.arange(n)) @ Q.T + np.eye(n) * 1e-3


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_tells_about_itself(name):
    A = decaying(20)
    result = RESULTS[name](A)
    text = result.explain()
    assert "seed 5" in text and "nan" not in text, text
    for attribute in re.findall(r"^ {4}(\w[\w, ]*) : ", result.__doc__.split("Attributes")[1], re.M):
        for one in attribute.split(", "):
            assert getattr(result, one) is not None or one == "mean", one
    known = set(vars(result)) | set(result._fields)
    documented = re.sub(r"\s+", " ", result.__doc__)
    for fact in known:
        assert re.search(rf"\b{fact}\b", documented), f"{fact} is not documented"
    for change in (lambda: setattr(result, "error", 0.0), lambda: setattr(result, "new", 0),
                   lambda: delattr(result, "seed")):
        with pytest.raises(AttributeError, match="cannot be changed"):
            change()
    assert repr(result) == f"<{type(result).__name__}: {text.splitlines()[0]}>"
    copied = pickle.loads(pickle.dumps(result))
    assert type(copied) is type(result) and copied.explain() == text
    for a, b in zip(result, copied):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(result, RESULTS[name](A)):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_of_a_result_are_not_copied_and_outlive_it(dtype):
    A = decaying(20).astype(dtype)
    found = compute("svd", as_operand(A, "svd"), options=options("svd", n_components=3, random_state=0), width=3)
    U, again, s = found["u"], found["u"], found.vector("s")
    assert U.dtype == dtype and s.dtype == np.float64 and U.shape == (20, 3) and s.shape == (3,)
    U[4, 2] = 7
    assert again[4, 2] == 7 and U.flags.c_contiguous and U.flags.writeable
    owner = U.base._owner.id
    del found, again
    gc.collect()
    assert U[4, 2] == 7 and s[0] > s[1]
    del U
    assert load().lithe_free(owner) == _errors.EHANDLE  # it has been closed with the last array that lies there


def test_nothing_of_the_matrix_is_kept():
    """Neither arrays nor Python code behind a matrix outlive the call, without help of the garbage collector."""

    class Products:
        shape, T = (20, 20), property(lambda self: self)

        def __matmul__(self, x):
            return decaying(20) @ x

    gc.disable()
    try:
        for make in (Products, lambda: decaying(20), lambda: RowBlocks([decaying(20)])):
            matrix = make()
            gone = weakref.ref(matrix)
            result = svd(matrix, 3)
            del matrix
            assert gone() is None and len(result.s) == 3
    finally:
        gc.enable()


def test_every_argument_is_documented():
    for name in lowrank.__all__ + ["id"]:
        thing = getattr(lowrank, name)
        if inspect.isfunction(thing):
            text = inspect.getdoc(thing)
            for argument in inspect.signature(thing).parameters:
                assert re.search(rf"^(\w+, )*{argument}(, \w+)* : ", text, re.M), (name, argument)
            assert "Examples" in text and "Returns" in text and "Raises" in text, name


def test_shared_paragraphs_are_filled_in():
    for name in lowrank.__all__ + ["id"]:
        thing = getattr(lowrank, name)
        methods = [m for _, m in inspect.getmembers(thing, inspect.isfunction)] if inspect.isclass(thing) else []
        for one in (thing, *methods):
            assert not re.search(r"^ *\{\w+\}$", one.__doc__ or "", re.M), (name, one)


def test_public_names():
    assert sorted(lowrank.__all__) == list(lowrank.__all__)
    for name in lowrank.__all__:
        assert getattr(lowrank, name).__doc__
