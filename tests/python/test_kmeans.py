"""k-means."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans as Reference
from sklearn.metrics import adjusted_rand_score

from lithe.mixture import KMeans


def test_finds_the_blobs(blobs):
    X, labels = blobs
    km = KMeans(4, random_state=0).fit(X)
    assert adjusted_rand_score(labels, km.labels_) == 1.0
    np.testing.assert_array_equal(km.predict(X), km.labels_)
    np.testing.assert_array_equal(KMeans(4, random_state=0).fit_predict(X), km.labels_)
    for c in range(4):
        np.testing.assert_allclose(km.cluster_centers_[c], X[km.labels_ == c].mean(axis=0), rtol=1e-9)


def test_reports_are_about_the_result(blobs):
    X, _ = blobs
    km = KMeans(7, random_state=0).fit(X)
    distances = cdist(X, km.cluster_centers_, "sqeuclidean")
    np.testing.assert_array_equal(km.labels_, distances.argmin(axis=1))
    assert km.inertia_ == pytest.approx(distances.min(axis=1).sum(), rel=1e-9)
    assert km.score(X) == pytest.approx(-km.inertia_, rel=1e-9)
    assert 1 <= km.n_iter_ <= 300


def test_agrees_with_scikit_learn_from_the_same_centres(blobs):
    X, _ = blobs
    start = np.ascontiguousarray(X[:5])
    ours = KMeans(5, init=start).fit(X)
    theirs = Reference(5, init=start, n_init=1).fit(X)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-8)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-8)


def test_more_starts_are_never_worse(blobs):
    X, _ = blobs
    one, ten = (KMeans(9, init="random", n_init=n, random_state=0).fit(X).inertia_ for n in (1, 10))
    assert ten <= one


def test_zero_weight_is_removal(blobs):
    X, _ = blobs
    weight = (np.arange(len(X)) % 3 > 0).astype(float)
    start = X[weight > 0][:5]
    weighted = KMeans(5, init=start).fit(X, sample_weight=weight)
    removed = KMeans(5, init=start).fit(X[weight > 0])
    np.testing.assert_allclose(weighted.cluster_centers_, removed.cluster_centers_, rtol=1e-9)
    assert weighted.inertia_ == pytest.approx(removed.inertia_, rel=1e-9)


@pytest.mark.parametrize("n_jobs", [1, 2, 4])
def test_threads_do_not_change_bits(n_jobs):
    X = np.random.default_rng(0).normal(size=(6000, 5))
    expected = KMeans(30, random_state=0, n_jobs=3, max_iter=15).fit(X)
    km = KMeans(30, random_state=0, n_jobs=n_jobs, max_iter=15).fit(X)
    np.testing.assert_array_equal(km.cluster_centers_, expected.cluster_centers_)
    assert km.inertia_ == expected.inertia_


def test_initial_centres_of_the_wrong_shape(blobs):
    with pytest.raises(ValueError, match=r"The parameter 'init' should have the shape of \(4, 6\), but got \(3, 6\)"):
        KMeans(4, init=np.zeros((3, 6))).fit(blobs[0])
    with pytest.raises(ValueError, match="init must be one of"):
        KMeans(4, init="magic").fit(blobs[0])
