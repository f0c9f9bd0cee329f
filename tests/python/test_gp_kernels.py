"""Kernel expressions: what they say, what they take, and how they travel."""

import copy
import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.gaussian_process import kernels as sk

from lithe.gp import kernels
from lithe.gp.kernels import (RBF, Constant, ConstantKernel, DotProduct, ExpSineSquared, Linear, Matern, Periodic,
                              Product, RationalQuadratic, Sum, White, WhiteKernel, from_json, from_sklearn)

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "gp_kernels.json").read_text())
CASES = GOLDEN["kernels"]
SAME = [case for case in CASES if "sklearn" in case]
SKLEARN = {"C": sk.ConstantKernel, "White": sk.WhiteKernel, "RBF": sk.RBF, "Matern": sk.Matern,
           "RQ": sk.RationalQuadratic, "Sine": sk.ExpSineSquared, "Dot": sk.DotProduct}

KERNELS = [
    Constant(), White(), RBF(), Matern(), RationalQuadratic(), Periodic(), Linear(),
    Constant(1 / 3, "fixed"), White(1e-300, (1e-310, 0.1)), RBF(np.array([1 / 3, 5e-324])), RBF([2], (1, 1), dims=(3,)),
    Matern(np.float32(0.1), nu=2.5, dims=range(2)), RationalQuadratic([1, 2], 0.1, alpha_bounds="fixed", dims=[4, 0]),
    Periodic([1.5, 2], 7, periodicity_bounds=np.array([1.0, 10.0])), Linear(math.pi, dims=np.array([1, 0])),
    RBF() + (Matern() + White()), RBF() * (Matern() * 2), (RBF() + 1) * (Linear() + 1),
    2 * (RBF() + Matern()) + White(),
    *(from_json(json.dumps(case["kernel"])) for case in CASES),
]


def names(kernel):
    return [p.name for p in kernel.hyperparameters]


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_kernels_come_back(kernel):
    for same in (eval(repr(kernel), vars(kernels).copy()), from_json(kernel.to_json()),
                 from_json(kernel.to_json().encode()), pickle.loads(pickle.dumps(kernel)), copy.deepcopy(kernel),
                 clone(kernel)):
        assert same is not kernel
        assert same == kernel and not same != kernel
        assert repr(same) == repr(kernel)
        assert same.to_json() == kernel.to_json()
        np.testing.assert_array_equal(same.theta, kernel.theta)
        np.testing.assert_array_equal(same.bounds, kernel.bounds)
        assert names(same) == names(kernel)
    moved = kernel.clone_with_theta(kernel.theta)
    np.testing.assert_allclose(moved.theta, kernel.theta, rtol=1e-15)
    assert names(moved) == names(kernel)


@pytest.mark.parametrize("case", SAME, ids=lambda case: case["name"])
def test_kernels_say_what_scikit_learns_say(case):
    kernel, theirs = from_json(json.dumps(case["kernel"])), eval(case["sklearn"], dict(SKLEARN))
    assert from_sklearn(theirs, case["n_features"]) == kernel
    assert from_sklearn(kernel) is kernel
    np.testing.assert_allclose(kernel.theta, case["theta"], rtol=1e-14)
    np.testing.assert_allclose(kernel.bounds.ravel(), case["theta_bounds"], rtol=1e-14)
    assert [p.name for p in kernel.hyperparameters if not p.fixed] == case["hyperparameters"]
    assert kernel.n_dims == theirs.n_dims
    for ours, their in zip(kernel.hyperparameters, theirs.hyperparameters, strict=True):
        assert (ours.name, ours.value_type, ours.n_elements, ours.fixed) == (
            their.name, their.value_type, their.n_elements, their.fixed)
        np.testing.assert_array_equal(ours.bounds, their.bounds)
    assert set(theirs.get_params()) <= set(kernel.get_params())

    moved = kernel.theta + 0.25
    np.testing.assert_allclose(kernel.clone_with_theta(moved).theta, moved, rtol=1e-14)
    assert from_sklearn(theirs.clone_with_theta(moved)) == kernel.clone_with_theta(moved)


@pytest.mark.parametrize("case", GOLDEN["refused"], ids=lambda case: case["text"])
def test_text_that_is_no_kernel(case):
    with pytest.raises(ValueError) as error:
        from_json(case["text"])
    assert case["message"] in str(error.value)


def test_text_nests_as_deep_as_in_other_languages():
    kernel = RBF()
    for _ in range(256):
        kernel = kernel + White()
    assert from_json(kernel.to_json()) == kernel
    with pytest.raises(ValueError, match="more than 256 deep"):
        (2 * kernel).to_json()
    deeper = {"type": "Sum", "k1": json.loads(kernel.to_json()), "k2": {"type": "RBF"}}
    with pytest.raises(ValueError, match="more than 256 deep"):
        from_json(json.dumps(deeper))
    with pytest.raises(ValueError):
        from_json('{"type": "Sum", "k1": ' * 100_000 + "}" * 100_000)


def test_expressions():
    assert 2 * RBF() == Product(Constant(2), RBF()) and RBF() * 2 == Product(RBF(), Constant(2))
    assert RBF() + 2 == Sum(RBF(), Constant(2.0)) and 2 + RBF() == Sum(Constant(2), RBF())
    assert np.float64(2) * RBF() == 2 * RBF() == np.array(2.0) * RBF() == np.float32(2) * RBF()
    assert RBF() * np.float64(2) == RBF() * 2
    assert sum([RBF(), White(), Linear()]) == RBF() + White() + Linear()
    assert 1 * RBF() != RBF()
    assert (ConstantKernel, WhiteKernel, ExpSineSquared, DotProduct) == (Constant, White, Periodic, Linear)
    assert RBF(1) == RBF([1.0]) == RBF(np.ones(1)) and RBF() != Matern() and RBF() != "RBF()"
    assert RBF(length_scale_bounds=(1e-5, 1e5)) == RBF() != RBF(length_scale_bounds="fixed")
    assert RBF() + Matern() != Matern() + RBF() and RBF() + Matern() != RBF() * Matern()
    for wrong in ("2", None, [1.0], np.ones(2), sk.RBF(), RBF):
        for operation in (lambda: RBF() + wrong, lambda: RBF() * wrong):
            with pytest.raises(TypeError, match="kernels of lithe.gp.kernels"):
                operation()
    with pytest.raises(TypeError, match="from_sklearn"):
        RBF() + sk.WhiteKernel()
    with pytest.raises(TypeError):
        np.ones(2) * RBF()
    with pytest.raises(ValueError, match="constant_value"):
        -1 * RBF()
    with pytest.raises(TypeError, match="unhashable"):
        hash(RBF())


def test_parameters_can_be_read_and_set():
    kernel = 2 * RBF([1, 3]) + White(0.1, "fixed")
    assert kernel.get_params(deep=False) == {"k1": kernel.k1, "k2": kernel.k2}
    assert kernel.get_params()["k1__k2__length_scale"] == [1, 3]
    assert kernel.set_params(k1__k2__length_scale=[1, 4], k2__noise_level=0.2) is kernel
    assert kernel == 2 * RBF([1, 4]) + White(0.2, "fixed")
    kernel.set_params(k2=Linear(), k2__sigma_0=3, k1=RBF())
    assert kernel == RBF() + Linear(3)
    kernel.theta = np.log([5.0, 7.0])
    np.testing.assert_allclose([kernel.k1.length_scale, kernel.k2.sigma_0], [5, 7])
    kernel.k1.length_scale = 2
    assert kernel.k1 == RBF(2)
    assert White(1, "fixed").theta.shape == (0,) and White(1, "fixed").bounds.shape == (0, 2)

    for wrong in ({"k3": RBF()}, {"length_scale": 1}, {"k1__k2": RBF()}, {"k1__lengthscale": 1}):
        with pytest.raises(ValueError, match="Invalid parameter .* Valid parameters are: "):
            kernel.set_params(**wrong)
    with pytest.raises(TypeError, match="is made of kernels"):
        kernel.set_params(k1=3)
    with pytest.raises(ValueError, match="'length_scale' parameter of RBF"):
        kernel.k1.set_params(length_scale=-1)
    assert kernel.k1 == RBF(2)
    with pytest.raises(AttributeError, match="no parameter 'lengthscale'"):
        kernel.k1.lengthscale = 1
    with pytest.raises(AttributeError, match="no parameter 'k3'"):
        kernel.k3 = RBF()
    with pytest.raises(ValueError, match="Should be 2; given are 3"):
        kernel.theta = np.zeros(3)
    with pytest.raises(ValueError, match="one-dimensional"):
        kernel.theta = np.zeros((2, 1))
    for bad in (np.nan, 1000, -1000):
        with pytest.raises(ValueError, match=r"theta\[1\] = .* not a positive number"):
            kernel.theta = [0.0, bad]
    assert kernel.k1 == RBF(2)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: RBF(0),
     "The 'length_scale' parameter of RBF must be a positive number or an array of them. Got 0 instead."),
    (lambda: RBF([]), "Got [] instead"),
    (lambda: RBF([1, -1]), "Got [1, -1] instead"),
    (lambda: RBF([[1.0]]), "'length_scale'"),
    (lambda: RBF(np.ones((2, 1))), "'length_scale'"),
    (lambda: RBF("1"), "'length_scale'"),
    (lambda: RBF(None), "'length_scale'"),
    (lambda: RBF(True), "'length_scale'"),
    (lambda: RBF({1: 2}), "'length_scale'"),
    (lambda: RBF(math.inf), "'length_scale'"),
    (lambda: RBF([1, 2, 3], dims=[0, 1]), "RBF has 3 values of length_scale for 2 features"),
    (lambda: Periodic([1, 2, 3], [1, 2]), "Periodic has 2 values of periodicity for 3 features"),
    (lambda: RBF(dims=[]), "'dims' parameter of RBF must be an array of integers of at least 0"),
    (lambda: RBF(dims=3), "'dims'"),
    (lambda: RBF(dims="01"), "'dims'"),
    (lambda: RBF(dims=[0.0]), "'dims'"),
    (lambda: RBF(dims=[-1]), "'dims'"),
    (lambda: RBF(dims=[2**63]), "'dims'"),
    (lambda: RBF(dims=[True]), "'dims'"),
    (lambda: RBF(dims=[2, 2]), "names feature 2 twice"),
    (lambda: RBF(1, (2, 1)), "in ascending order. Got (2, 1) instead."),
    (lambda: RBF(1, "free"), 'must be "fixed" or'),
    (lambda: RBF(1, (0, 1)), "two positive numbers"),
    (lambda: RBF(1, (1, 2, 3)), "two positive numbers"),
    (lambda: RBF([1, 2], [(1, 2), (1, 2)]), "two positive numbers"),
    (lambda: RBF(1, None), "two positive numbers"),
    (lambda: Matern(nu=2), "'nu' parameter of Matern must be 0.5, 1.5 or 2.5"),
    (lambda: Matern(nu=math.inf), "there is RBF"),
    (lambda: White(math.nan), "'noise_level'"),
    (lambda: Linear(10**400), "'sigma_0'"),
    (lambda: RationalQuadratic(alpha=0), "'alpha'"),
])
def test_what_parameters_cannot_be(make, message):
    with pytest.raises(ValueError) as error:
        make()
    assert message in str(error.value)


def test_kernels_of_scikit_learn_that_map_in_part():
    bounds = [(1.0, 2.0), (1.0, 2.0)]
    assert from_sklearn(sk.RBF([1, 1], bounds)) == RBF([1, 1], (1, 2))
    assert from_sklearn(sk.Matern(2, (1, 3), nu=np.inf)) == RBF(2, (1, 3))
    assert from_sklearn(sk.ExpSineSquared(2, 3)) == Periodic(2, 3)


class Spline(sk.RBF):
    """A kernel of somebody's own."""


@pytest.mark.parametrize(("kernel", "n_features", "message"), [
    (sk.RBF() + sk.RBF() ** 2, None,
     "Exponentiation has no counterpart in lithe.gp.kernels (in part k2); write the power"),
    (2.0 * sk.PairwiseKernel(), None, "PairwiseKernel has no counterpart in lithe.gp.kernels (in part k2)"),
    (sk.CompoundKernel([sk.RBF()]), None, "CompoundKernel has no counterpart"),
    (Spline(), None, "Spline has no counterpart in lithe.gp.kernels. Those of ConstantKernel, "),
    (sk.RBF() + sk.Matern(nu=1), None,
     "must be 0.5, 1.5 or 2.5, and for very smooth functions there is RBF. Got 1 instead. (in part k2)"),
    (sk.RBF([1, 1], [(1, 2), (1, 3)]), None, "length_scale_bounds of RBF differ from feature to feature"),
    (sk.RBF() * sk.ExpSineSquared(), 2, "ExpSineSquared (in part k2) is a covariance for one feature, the data have 2"),
    (sk.WhiteKernel(0.0), None, "'noise_level' parameter of White"),
    (sk.RBF() + RBF(), None, "'constant_value' parameter of Constant"),
])
def test_kernels_of_scikit_learn_that_do_not_map(kernel, n_features, message):
    with pytest.raises(ValueError) as error:
        from_sklearn(kernel, n_features)
    assert message in str(error.value)


@pytest.mark.parametrize("thing", [None, 1.0, "RBF", RBF, sk.RBF, lambda x, y: x @ y.T])
def test_what_is_no_kernel(thing):
    with pytest.raises(TypeError, match="expected a kernel"):
        from_sklearn(thing)


def test_nothing_is_loaded(run_python):
    assert run_python("""
        import sys
        from lithe.gp.kernels import RBF, White, from_sklearn
        print(from_sklearn(2 * RBF() + White()))
        print("sklearn" in sys.modules, open("/proc/self/maps").read().count("liblithe"))
    """).split("\n")[1] == "False 0"
