"""What SciPy's users expect: svds, eigsh and the functions of scipy.linalg.interpolative."""

import inspect

import numpy as np
import pytest
import scipy.linalg
import scipy.linalg.interpolative as sli
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator
from scipy.sparse.linalg import eigsh as scipy_eigsh
from scipy.sparse.linalg import svds as scipy_svds

from lithe import lowrank
from lithe.lowrank import eigsh, svds

FORMS = {"array": np.asarray, "sparse": sp.csr_array, "products": aslinearoperator}


def orthonormal(rows, cols, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(rows, cols)))[0]


def with_spectrum(m, n, s):
    """An m x n matrix with the singular values s."""
    return (orthonormal(m, len(s)) * s) @ orthonormal(n, len(s), 1).T


def symmetric(values):
    V = orthonormal(len(values), len(values))
    return (V * values) @ V.T


HARMONIC, EXPONENTIAL = 1 / np.arange(1.0, 61), 0.7 ** np.arange(60)
RANK_7 = np.r_[np.linspace(2, 1, 7), np.zeros(53)]


@pytest.mark.parametrize("form", FORMS)
def test_svds(form, recwarn):
    A = FORMS[form](with_spectrum(100, 80, HARMONIC))
    single = svds(FORMS[form](with_spectrum(100, 80, HARMONIC).astype(np.float32)), 5, rng=0)
    np.testing.assert_allclose(single[1], 1 / np.arange(5.0, 0, -1), rtol=1e-5)
    assert single[0].dtype == single[2].dtype == np.float32 and not recwarn
    u, s, vh = svds(A, 5, rng=0)
    _, expected, theirs = scipy_svds(A, 5, rng=0)
    np.testing.assert_allclose(s, np.sort(expected), rtol=1e-8)
    np.testing.assert_allclose(np.abs((vh * theirs[np.argsort(expected)]).sum(axis=1)), 1, atol=1e-6)
    np.testing.assert_allclose(u.T @ u, np.eye(5), atol=1e-10)
    np.testing.assert_array_equal(svds(A, 5, return_singular_vectors=False, random_state=0), s)
    assert svds(A, 5, return_singular_vectors="u")[2] is None and svds(A, 5, return_singular_vectors="vh")[0] is None
    with pytest.raises(ValueError, match="svds of lithe finds the largest ones only"):
        svds(A, 5, which="SM")
    with pytest.raises(ValueError, match="rng or random_state, not both"):
        svds(A, 5, rng=0, random_state=0)


def test_eigsh(recwarn):
    A = symmetric(np.r_[5.0, -4.0, 3.0, np.linspace(1, -1, 57)])
    w, v = eigsh(A, 3, rng=0)
    expected, theirs = scipy_eigsh(A, 3)
    np.testing.assert_allclose(w, expected, rtol=1e-9)
    np.testing.assert_allclose(np.abs((v * theirs).sum(axis=0)), 1, atol=1e-9)
    np.testing.assert_array_equal(eigsh(A, 3, rng=0, return_eigenvectors=False), w)
    np.testing.assert_allclose(eigsh(A.astype(np.float32), 3, rng=0)[0], w, rtol=1e-5)
    assert not recwarn
    for arguments in ({"which": "SA"}, {"sigma": 1.0}, {"M": np.eye(60)}):
        with pytest.raises(ValueError, match="eigsh of lithe"):
            eigsh(A, 3, **arguments)


@pytest.mark.parametrize("signature", ["svds", "eigsh"])
def test_arguments_are_those_of_scipy(signature):
    theirs = {"svds": scipy_svds, "eigsh": scipy_eigsh}[signature]
    assert list(inspect.signature(theirs).parameters) == list(inspect.signature(getattr(lowrank, signature)).parameters)


@pytest.mark.parametrize("how", [20, 1e-2, 1e-9])
def test_interpolative_module(how):
    ours = lowrank.interpolative
    A = scipy.linalg.hilbert(100)
    if how >= 1:
        k, (idx, proj) = how, ours.interp_decomp(A, how, rng=0)
    else:
        k, idx, proj = ours.interp_decomp(A, how, rng=0)
        theirs = sli.interp_decomp(A, how, rng=np.random.default_rng(0))[0]
        assert abs(k - theirs) <= 3
    assert sorted(idx) == list(range(100)) and proj.shape == (k, 100 - k)
    B = ours.reconstruct_skel_matrix(A, k, idx)
    np.testing.assert_array_equal(B, sli.reconstruct_skel_matrix(A, k, idx))
    P = ours.reconstruct_interp_matrix(idx, proj)
    np.testing.assert_allclose(P, sli.reconstruct_interp_matrix(idx, proj))
    C = ours.reconstruct_matrix_from_id(B, idx, proj)
    np.testing.assert_allclose(C, B @ P)
    assert np.linalg.norm(A - C) <= (how if how < 1 else 1e-12) * np.linalg.norm(A)
    U, S, V = ours.id_to_svd(B, idx, proj)
    np.testing.assert_allclose((U * S) @ V.T, C, atol=1e-12)
    np.testing.assert_allclose(V.T @ V, np.eye(k), atol=1e-12)


def test_interpolative_norms_and_ranks():
    ours = lowrank.interpolative
    A, B = with_spectrum(100, 80, HARMONIC), with_spectrum(100, 80, EXPONENTIAL)
    assert ours.estimate_spectral_norm(A, rng=0) == pytest.approx(1, rel=1e-6)
    assert ours.estimate_spectral_norm_diff(aslinearoperator(A), B, rng=0) == pytest.approx(np.linalg.norm(A - B, 2),
                                                                                            rel=1e-5)
    assert ours.estimate_rank(with_spectrum(100, 80, RANK_7), 1e-3, rng=0) == 7
    assert ours.estimate_rank(with_spectrum(100, 80, RANK_7), 1e-10, rng=0) == 7
    U, S, V = ours.svd(A, 5, rng=0)
    assert (U.shape, S.shape, V.shape) == ((100, 5), (5,), (80, 5))
    assert len(ours.svd(A, 0.1, rng=0)[1]) > 5
    with pytest.raises(ValueError, match="one shape"):
        ours.estimate_spectral_norm_diff(A, B[1:])


def test_interpolative_of_a_matrix_of_lower_rank():
    idx, proj = lowrank.interpolative.interp_decomp(np.outer(np.ones(6), np.arange(5.0)), 3, rng=0)
    assert sorted(idx) == list(range(5)) and proj.shape == (3, 2)
    A = np.outer(np.ones(6), np.arange(5.0))
    found = lowrank.interpolative.reconstruct_matrix_from_id(A[:, idx[:3]], idx, proj)
    np.testing.assert_allclose(found, A, atol=1e-12)


def test_interpolative_names_are_those_of_scipy():
    ours = lowrank.interpolative
    assert set(ours.__all__) == set(sli.__all__)
    for name in ours.__all__:
        assert list(inspect.signature(getattr(ours, name)).parameters) == list(
            inspect.signature(getattr(sli, name)).parameters), name
