"""What is not an array of real numbers is refused by every estimator and function, and nothing of it is dropped in silence."""

import numpy as np
import pytest

import lithe
from lithe import coreset, gp, lowrank, mixture, softmix

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 3))
Y = X @ [1.0, -1.0, 0.5] + 0.1 * RNG.normal(size=24)
LABELS = (X[:, 0] > 0).astype(int)
COUNTS = RNG.integers(1, 9, 24).astype(float)
SQUARE = X @ X.T

READ = {  # every way in for a matrix
    "GaussianMixture": lambda A: mixture.GaussianMixture(2, n_factors=1, random_state=0).fit(A),
    "fit_blocks": lambda A: mixture.GaussianMixture(2, n_factors=1, random_state=0).fit_blocks(A),
    "partial_fit": lambda A: mixture.GaussianMixture(2, n_factors=1, random_state=0).partial_fit(A),
    "KMeans": lambda A: mixture.KMeans(2, random_state=0).fit(A),
    "GaussianNPMLE": lambda A: mixture.GaussianNPMLE().fit(A),
    "PCA": lambda A: lowrank.PCA(2).fit(A),
    "TruncatedSVD": lambda A: lowrank.TruncatedSVD(2).fit(A),
    "StreamingSVD": lambda A: lowrank.StreamingSVD(2).fit(A),
    "GaussianProcessRegressor": lambda A: gp.GaussianProcessRegressor(random_state=0).fit(A, Y),
    "GaussianProcessClassifier": lambda A: gp.GaussianProcessClassifier(random_state=0).fit(A, LABELS),
    "LeastSquaresSVC": lambda A: gp.LeastSquaresSVC().fit(A, LABELS),
    "BasisFunctionGP": lambda A: gp.BasisFunctionGP().fit(A, Y),
    "SoftmaxMixture": lambda A: softmix.SoftmaxMixture(1).fit(A, COUNTS),
    "LatentClassLogit": lambda A: softmix.LatentClassLogit(1).fit(A, LABELS, ids=np.repeat(np.arange(12), 2)),
    "LatentClassLogit, 3-d": lambda A: softmix.LatentClassLogit(1).fit(np.ma.asarray(A).reshape(12, 2, 3)
                                                                      if isinstance(A, np.ma.MaskedArray) else
                                                                      np.asarray(A).reshape(12, 2, 3), LABELS[:12]),
    "FacilityLocation": lambda A: coreset.FacilityLocation(3).fit(A),
    "KCenter": lambda A: coreset.KCenter(3).fit(A),
    "LightweightCoreset": lambda A: coreset.LightweightCoreset(9).fit(A),
    "SensitivityCoreset": lambda A: coreset.SensitivityCoreset(9, n_clusters=2).fit(A),
    "LogisticCoreset": lambda A: coreset.LogisticCoreset(9).fit(A, LABELS),
    "CRAIG": lambda A: coreset.CRAIG(3).fit(A),
    "GradMatch": lambda A: coreset.GradMatch(3).fit(A),
    "BatchSelector": lambda A: coreset.BatchSelector(3).fit(A),
    "svd": lambda A: lowrank.svd(A, 2),
    "id": lambda A: lowrank.id(A, 2),
    "qrcp": lambda A: lowrank.qrcp(A),
    "lstsq": lambda A: lowrank.lstsq(A, Y),
    "norm": lambda A: lowrank.norm(A),
}
BESIDE = {  # every way in for numbers that go with the rows
    "weights of a mixture": lambda v: mixture.GaussianMixture(2, n_factors=1).fit(X, sample_weight=v),
    "weights of k-means": lambda v: mixture.KMeans(2).fit(X, sample_weight=v),
    "weights of a classifier": lambda v: gp.LeastSquaresSVC().fit(X, LABELS, sample_weight=v),
    "weights of a sample": lambda v: coreset.LightweightCoreset(9).fit(X, sample_weight=v),
    "targets of a process": lambda v: gp.GaussianProcessRegressor().fit(X, v),
    "targets of functions": lambda v: gp.BasisFunctionGP().fit(X, v),
    "labels": lambda v: gp.GaussianProcessClassifier().fit(X, v),
    "known noise": lambda v: gp.GaussianProcessRegressor(alpha=v).fit(X, Y),
    "counts": lambda v: softmix.SoftmaxMixture(1).fit(X, v),
    "scores": lambda v: coreset.importance_sample(v, 5),
    "right-hand side": lambda v: lowrank.lstsq(X, v),
}
REFUSED = ValueError, TypeError


def kinds(a):
    """Arrays of the shape of `a` that are no real numbers, and what the error says."""
    yield "masked", np.ma.masked_array(a, mask=a > np.median(a)), "masked"
    yield "complex", a + 1j, "[Cc]omplex|real elements"
    yield "dates", np.zeros(a.shape, "M8[s]"), "datetime|type|real elements"
    yield "durations", np.ones(a.shape, "m8[s]"), "timedelta|type|real elements"
    yield "overflow", np.full(a.shape, 10**400, dtype=object), "infinity|object|OverflowError|too large"
    yield "text", np.full(a.shape, "a"), "could not convert|numbers|type"


@pytest.mark.parametrize("name", READ)
def test_matrices(name):
    for kind, A, message in kinds(X):
        with pytest.raises(REFUSED, match=message):
            READ[name](A)
            pytest.fail(f"{kind} was taken")


@pytest.mark.parametrize("name", BESIDE)
def test_vectors(name):
    for kind, v, message in kinds(COUNTS):
        if name == "labels" and kind in ("text", "dates", "durations", "overflow"):
            continue  # classes have any names that can be sorted
        with pytest.raises(REFUSED, match=message):
            BESIDE[name](v)
            pytest.fail(f"{kind} was taken")


def test_a_mask_without_masked_values_is_no_matter():
    plain = mixture.KMeans(2, random_state=0).fit(X)
    masked = mixture.KMeans(2, random_state=0).fit(np.ma.masked_array(X, mask=False))
    np.testing.assert_array_equal(plain.cluster_centers_, masked.cluster_centers_)


def test_overflowing_distances_are_no_answer():
    huge = np.where(X > 0, 1e308, -1e308)
    for name in ("KCenter", "GradMatch", "BatchSelector", "FacilityLocation", "LightweightCoreset", "KMeans"):
        with pytest.raises((ValueError, lithe.NumericalError), match="overflow|rescale|NaN"):
            READ[name](huge)
