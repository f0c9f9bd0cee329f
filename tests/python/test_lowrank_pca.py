"""PCA and TruncatedSVD in scikit-learn's place: their parameters, densities, and rows that come bit by bit."""

import copy
import inspect
import pickle

import joblib
import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.decomposition
from scipy.sparse.linalg import aslinearoperator
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import lithe
from lithe.lowrank import PCA, RowBlocks, TruncatedSVD

ATTRIBUTES = ["components_", "explained_variance_", "explained_variance_ratio_", "singular_values_", "mean_",
              "noise_variance_"]


@pytest.fixture(scope="module")
def iris():
    return load_iris().data


@pytest.fixture(scope="module")
def digits():
    """600 x 64, with columns that are constant."""
    return load_digits().data[:600]


def assert_same(ours, theirs, tol=1e-7):
    for name in ATTRIBUTES:
        a, b = getattr(ours, name), getattr(theirs, name)
        if name == "components_":  # signs are chosen by other rules
            a, b = np.abs(a), np.abs(b)
        np.testing.assert_allclose(a, b, rtol=tol, atol=tol, err_msg=name)


# Parameters.

@pytest.mark.parametrize("ours, theirs", [(PCA, sklearn.decomposition.PCA),
                                          (TruncatedSVD, sklearn.decomposition.TruncatedSVD)])
def test_every_parameter_and_attribute_of_scikit_learn_is_there(ours, theirs, digits):
    assert set(inspect.signature(theirs).parameters) <= set(inspect.signature(ours).parameters)
    public = {name for name in dir(theirs) if not name.startswith("_")}
    assert public - {"get_metadata_routing"} <= set(dir(ours)) | {"get_metadata_routing"}
    left = {name for name in vars(theirs(3).fit(digits)) if name.endswith("_") and not name.startswith("_")}
    assert left <= set(vars(ours(3).fit(digits)))


@pytest.mark.parametrize("solver", ["auto", "full", "covariance_eigh", "arpack", "randomized"])
@pytest.mark.parametrize("X", ["iris", "digits"])
def test_solvers_of_scikit_learn(X, solver, request, recwarn):
    X = request.getfixturevalue(X)
    ours = PCA(3, svd_solver=solver, random_state=0).fit(X)
    theirs = sklearn.decomposition.PCA(3, svd_solver=solver, random_state=0).fit(X)
    assert_same(ours, theirs, 1e-2 if solver == "randomized" else 1e-7)
    single = PCA(3, svd_solver=solver, random_state=0).fit(X.astype(np.float32))
    np.testing.assert_allclose(single.explained_variance_, ours.explained_variance_, rtol=1e-4)
    assert not recwarn
    methods = {"covariance_eigh": "gram", "arpack": "krylov", "randomized": "krylov"}
    assert ours.method_ == methods.get(solver, ours.method_)


@pytest.mark.parametrize("shape", [(500, 20), (20, 500), (3000, 1500)])
@pytest.mark.parametrize("whiten", [False, True])
def test_fit_and_fit_transform_agree(shape, whiten):
    rng = np.random.default_rng(1)
    X = 5 + rng.normal(size=shape) * 0.8 ** np.arange(shape[1]).clip(max=30)
    both, right = PCA(4, tol=1e-12, whiten=whiten, random_state=0), PCA(4, tol=1e-12, whiten=whiten, random_state=0)
    scores = both.fit_transform(X)
    np.testing.assert_allclose(right.fit(X).transform(X), scores, atol=1e-6 * np.abs(scores).max())
    for name in ("singular_values_", "noise_variance_", "explained_variance_ratio_"):
        np.testing.assert_allclose(getattr(right, name), getattr(both, name), rtol=1e-9)
    np.testing.assert_allclose(right.components_, both.components_, atol=1e-6)


def test_limits_of_scikit_learn(digits):
    X = np.random.default_rng(0).normal(size=(3000, 1500))
    assert PCA(3, iterated_power=2, svd_solver="randomized", random_state=0).fit(X).n_passes_ <= 6
    assert TruncatedSVD(3, n_iter=2, random_state=0).fit(X).n_passes_ <= 6
    assert TruncatedSVD(3, n_iter=2, max_passes=9, random_state=0).fit(X).n_passes_ > 6
    a = TruncatedSVD(3, algorithm="arpack", random_state=0).fit(digits).singular_values_
    np.testing.assert_allclose(a, np.linalg.svd(digits, compute_uv=False)[:3], rtol=1e-10)


@pytest.mark.parametrize("model, message", [
    (PCA(svd_solver="magic"), "'svd_solver' parameter of PCA must be a str among"),
    (PCA(power_iteration_normalizer="magic"), "'power_iteration_normalizer' parameter of PCA must be a str among"),
    (PCA(iterated_power=-1), "'iterated_power' parameter of PCA"),
    (TruncatedSVD(algorithm="magic"), "'algorithm' parameter of TruncatedSVD must be a str among"),
    (TruncatedSVD(n_iter=-1), "'n_iter' parameter of TruncatedSVD"),
    (PCA(0), "'n_components' parameter of PCA must be an int in the range .* 'mle' or None"),
    (PCA(1.5), "'n_components' parameter of PCA"),
    (PCA(0.0), "'n_components' parameter of PCA"), (PCA("some"), "'n_components' parameter of PCA"),
    (PCA(True), "'n_components' parameter of PCA"), (PCA(5), "n_components=5 must be between 1 and"),
    (TruncatedSVD(5), "n_components=5 must be between 1 and"), (TruncatedSVD(0.5), "'n_components' parameter"),
    (PCA(2, method="magic"), "method must be"), (PCA(2, tol=2), "'tol' parameter of PCA"),
])
def test_impossible_parameters(iris, model, message):
    with pytest.raises(ValueError, match=message):
        model.fit(iris)


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, sp.csr_array, lambda X: [X[:200], X[200:]]])
def test_components_for_a_fraction_of_the_variance(digits, form, fraction):
    theirs = sklearn.decomposition.PCA(fraction, svd_solver="full").fit(digits)
    ours = PCA(fraction, random_state=0).fit(form(digits))
    assert ours.n_components_ == theirs.n_components_ == len(ours.components_)
    for name in ("explained_variance_", "explained_variance_ratio_", "noise_variance_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=0.02, err_msg=name)
    assert ours.explained_variance_ratio_.sum() > fraction
    assert PCA(fraction).fit_transform(form(digits)).shape == (len(digits), ours.n_components_)


@pytest.mark.parametrize("name", ["iris", "digits", "wine", "noisy"])
def test_components_by_minkas_criterion(name, request):
    rng = np.random.default_rng(0)
    X = (load_wine().data if name == "wine" else
         rng.normal(size=(200, 6)) @ rng.normal(size=(6, 30)) * 2 + rng.normal(size=(200, 30)) if name == "noisy" else
         request.getfixturevalue(name))
    theirs = sklearn.decomposition.PCA("mle", svd_solver="full").fit(X)
    ours = PCA("mle", random_state=0).fit(X)
    assert ours.n_components_ == theirs.n_components_
    np.testing.assert_allclose(ours.explained_variance_, theirs.explained_variance_, rtol=1e-7)
    np.testing.assert_allclose(ours.noise_variance_, theirs.noise_variance_, rtol=1e-6, atol=1e-12)
    assert PCA("mle").partial_fit(X[:50]).partial_fit(X[50:]).n_components_ == theirs.n_components_
    for fit in (PCA("mle").fit, lambda X: PCA("mle").partial_fit(X).components_):
        with pytest.raises(ValueError, match="'mle' is only supported if n_samples >= n_features"):
            fit(X[:3])


def test_grid_search(digits):
    y = load_digits().target[:600]
    search = GridSearchCV(make_pipeline(PCA(random_state=0), LinearDiscriminantAnalysis()),
                          {"pca__n_components": [2, 20]}, cv=3).fit(digits, y)
    assert search.best_params_ == {"pca__n_components": 20} and search.best_score_ > 0.85


# Densities.

@pytest.mark.parametrize("k", [1, 3, 4, None])
@pytest.mark.parametrize("whiten", [False, True])
def test_densities_are_those_of_scikit_learn(iris, k, whiten):
    ours = PCA(k, whiten=whiten, tol=1e-12, random_state=0).fit(iris)
    theirs = sklearn.decomposition.PCA(k, svd_solver="full").fit(iris)
    for name in ("get_covariance", "get_precision"):
        np.testing.assert_allclose(getattr(ours, name)(), getattr(theirs, name)(), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ours.score_samples(iris), theirs.score_samples(iris), rtol=1e-7)
    assert ours.score(iris) == pytest.approx(theirs.score(iris), rel=1e-9)
    for form in (sp.csr_array, lambda X: [X[:70], X[70:]], lambda X: X.astype(np.float32)):
        np.testing.assert_allclose(ours.score_samples(form(iris)), ours.score_samples(iris), rtol=1e-4)


def test_no_density(digits):
    flat = PCA(2).fit(np.outer(np.arange(9.0), np.ones(4)))
    for use in (flat.get_precision, lambda: flat.score(np.ones((2, 4)))):
        with pytest.raises(lithe.NumericalError, match="directions without variance.*fit fewer components"):
            use()
    with pytest.raises(TypeError, match="only products are known"):
        PCA(3).fit(digits).score(aslinearoperator(digits))
    with pytest.raises(ValueError, match="X has 3 features, but PCA is expecting 64"):
        PCA(3).fit(digits).score(np.ones((2, 3)))


# Rows that come bit by bit.

FORMS = {
    "rows": lambda X: [X], "two": lambda X: [X[:250], X[250:]], "single rows": lambda X: [X[:1], X[1:2], X[2:]],
    "columns": lambda X: [np.asfortranarray(X)], "sparse": lambda X: [sp.csr_array(X[:100]), sp.csc_array(X[100:])],
    "integers": lambda X: [X.astype(np.uint8)], "list": lambda X: [[X[:7], X[7:7], X[7:]]],
    "iterator": lambda X: [iter([X[:150], sp.coo_array(X[150:])])], "single": lambda X: [X.astype(np.float32)],
    "RowBlocks": lambda X: [RowBlocks([X[:150]]), RowBlocks(iter([X[150:]]))],
}


@pytest.mark.parametrize("k", [5, None, 0.8])
@pytest.mark.parametrize("form", FORMS)
def test_partial_fit_is_exact(digits, form, k):
    theirs = sklearn.decomposition.PCA(k, svd_solver="full").fit(digits)
    ours = PCA(k)
    for part in FORMS[form](digits):
        assert ours.partial_fit(part) is ours
    assert ours.n_components_ == theirs.n_components_ and ours.n_samples_seen_ == ours.n_samples_ == len(digits)
    for name in ATTRIBUTES[1:]:
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-8, atol=2e-5, err_msg=name)
    lead = slice(0, 5)
    np.testing.assert_allclose(np.abs(ours.components_[lead]), np.abs(theirs.components_[lead]), atol=1e-9)
    np.testing.assert_allclose(np.abs(ours.transform(digits)[:, lead]), np.abs(theirs.transform(digits)[:, lead]),
                               atol=1e-8)
    np.testing.assert_allclose(ours.relative_error_**2, 1 - theirs.explained_variance_ratio_.sum(), atol=1e-9)
    assert (ours.method_, ours.variance_bound_) == ("statistics", 0)


def test_closer_than_incremental_pca(digits):
    ours, theirs = PCA(10), sklearn.decomposition.IncrementalPCA(10)
    for i in range(0, len(digits), 100):
        ours.partial_fit(digits[i:i + 100])
        theirs.partial_fit(digits[i:i + 100])
    exact = np.linalg.svd(digits - digits.mean(axis=0), compute_uv=False)[:10]
    assert np.abs(ours.singular_values_ / exact - 1).max() < 1e-10 < np.abs(theirs.singular_values_ / exact - 1).max()
    np.testing.assert_allclose(ours.mean_, theirs.mean_)
    assert ours.n_samples_seen_ == theirs.n_samples_seen_


def test_merge_equals_whole(digits):
    whole = PCA(5).partial_fit(digits)
    parts = [PCA(5).partial_fit(digits[i::3]) for i in range(3)]
    state = pickle.dumps(parts[1])
    merged = copy.deepcopy(parts[2]).merge(parts[1]).merge(pickle.loads(pickle.dumps(parts[0])))
    assert_same(merged, whole, 1e-9)
    assert pickle.dumps(parts[1]) == state
    assert merged.partial_fit(digits[:10]).n_samples_seen_ == len(digits) + 10


def test_weights_count_rows(digits):
    weights = np.random.default_rng(0).integers(0, 4, size=len(digits))
    repeated = PCA(5).partial_fit(np.repeat(digits, weights, axis=0))
    weighted = PCA(5).partial_fit(digits, sample_weight=weights)
    np.testing.assert_allclose(weighted.mean_, repeated.mean_, atol=1e-12)
    np.testing.assert_allclose(weighted.components_, repeated.components_, atol=1e-9)
    np.testing.assert_allclose(weighted.explained_variance_ratio_, repeated.explained_variance_ratio_, rtol=1e-10)
    for bad, message in ((weights[1:], "sample_weight.shape"), (-weights, "negative|at least 0|non-negative")):
        with pytest.raises(ValueError, match=message):
            PCA(5).partial_fit(digits, sample_weight=bad)
    with pytest.raises(ValueError, match="weights of rows only where all rows are given at once"):
        PCA(5).partial_fit([digits], sample_weight=weights)


def test_sketches_state_their_bound():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 100)) @ np.diag(0.8 ** np.arange(100)) + 3
    exact = PCA(5).fit(X)
    ours = PCA(5, sketch_size=30)
    for i in range(0, 2000, 130):
        ours.partial_fit(X[i:i + 130])
    assert ours.statistics_.gram is None and ours.statistics_.sketch.shape == (30, 100)
    assert 0 < ours.variance_bound_ < 0.01 * exact.explained_variance_[0]
    assert np.abs(ours.explained_variance_ - exact.explained_variance_).max() <= ours.variance_bound_ * (1 + 1e-9)
    np.testing.assert_allclose(ours.mean_, X.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(np.abs((ours.components_ * exact.components_).sum(axis=1)), 1, atol=1e-3)
    parts = [PCA(5, sketch_size=30).partial_fit(X[i::2]) for i in range(2)]
    merged = parts[0].merge(parts[1])
    assert np.abs(merged.explained_variance_ - exact.explained_variance_).max() <= merged.variance_bound_ * (1 + 1e-9)
    with pytest.raises(ValueError):
        merged.merge(PCA(5).partial_fit(X))
    assert PCA(3).partial_fit(rng.normal(size=(5, 5000))).statistics_.sketch.shape == (26, 5000)


def test_threads_do_not_change_bits(digits):
    one, two = (PCA(5, n_jobs=n).partial_fit(digits) for n in (1, 2))
    for name in ATTRIBUTES:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_fit_reads_iterators_once(digits):
    ours = PCA(5).fit(block for block in (digits[:300], digits[300:]))
    assert_same(ours, PCA(5).partial_fit(digits), 1e-9)
    assert PCA(5).fit(iter([digits])).fit(iter([digits])).n_samples_seen_ == len(digits)
    with pytest.raises(TypeError, match="several times"):
        PCA(5).fit_transform(iter([digits]))
    with pytest.raises(ValueError, match="no blocks of rows"):
        PCA(5).fit(iter([]))


def test_narrow_blocks_are_read_once(digits):
    sweeps = []

    def blocks():
        sweeps.append(None)
        return iter([digits[:200].astype(np.uint8), digits[200:]])

    pca = PCA(5).fit(RowBlocks(blocks, shape=digits.shape))
    assert_same(pca, PCA(5).fit(digits), 1e-9)
    assert len(sweeps) == pca.n_passes_ == 1 and pca.method_ == "statistics"
    np.testing.assert_allclose(PCA(5).fit_transform(blocks), pca.transform(digits), atol=1e-9)
    assert pca.partial_fit(digits).n_samples_seen_ == 1200
    assert PCA(5, method="krylov").fit(blocks).method_ == PCA(5, svd_solver="arpack").fit(blocks).method_ == "krylov"
    assert PCA(5).fit([np.ones((3, 1001)), np.eye(9, 1001)]).method_ != "statistics"


def test_one_pass_tells_about_rows(digits, capsys):
    seen = []
    parts = [digits[i:i + 100] for i in range(0, 600, 100)]
    PCA(5, callback=seen.append).fit(parts)
    assert [(p.phase, p.iteration, p.max_iterations) for p in seen] == [("rows", i, 600) for i in range(100, 601, 100)]
    PCA(5, verbose=2).fit(iter(parts))
    assert "[lithe] rows 300  0" in capsys.readouterr().out
    pca = PCA(5, callback=lambda p: p.iteration >= 300)
    with pytest.raises(lithe.Cancelled):
        pca.fit(iter(parts))
    assert not hasattr(pca, "components_") and not hasattr(pca, "statistics_")


def test_fit_and_partial_fit(digits):
    pca = PCA(5).fit(digits)
    with pytest.warns(UserWarning, match="fit keeps no statistics"), pytest.raises(ValueError, match="NaN"):
        pca.partial_fit(np.full((3, 64), np.nan))
    assert pca.n_samples_seen_ == len(digits) and not hasattr(pca, "statistics_")
    with pytest.warns(UserWarning, match="fit keeps no statistics.*starts anew"):
        pca.partial_fit(digits[:100])
    assert pca.n_samples_seen_ == 100 and pca.method_ == "statistics"
    pca.fit(digits)
    assert pca.n_samples_seen_ == len(digits) and not hasattr(pca, "statistics_")
    with pytest.raises(ValueError, match="only principal components from partial_fit can be merged"):
        pca.merge(PCA(5).partial_fit(digits))
    assert not hasattr(PCA(5), "components_")
    with pytest.raises(AttributeError, match="'PCA' object has no attribute 'nonsense_'"):
        pca.nonsense_


def test_attributes_follow_new_rows(digits):
    pca = PCA(5).partial_fit(digits[:100])
    first = pca.components_
    assert pca.components_ is first and list(pca.get_feature_names_out()) == [f"pca{i}" for i in range(5)]
    assert pca.partial_fit(digits[100:]).components_ is not first


def test_too_few_rows(digits):
    pca = PCA(5).partial_fit(digits[:1])
    with pytest.raises(ValueError, match="PCA needs a minimum of 2 rows, and partial_fit has seen 1"):
        pca.components_
    with pytest.raises(ValueError, match="n_components=5 must be between 1 and min.*=3"):
        pca.partial_fit(digits[1:3]).transform(digits)
    assert pca.partial_fit(digits).components_.shape == (5, 64)


def test_bad_rows_leave_the_statistics_as_they_were(digits):
    pca = PCA(5).partial_fit(digits[:100])
    before = pickle.dumps(pca.statistics_)
    bad = digits[100:120].copy()
    bad[3, 5] = np.nan
    for rows, message in ((bad, "NaN"), (sp.csr_array(bad), "NaN"), (digits[:, :7], "7 features"),
                          (digits[0], "1D array"), (digits[:0], r"0 sample\(s\)"), (digits * 1j, "Complex")):
        with pytest.raises(ValueError, match=message):
            pca.partial_fit(rows)
    with pytest.raises(TypeError, match="only products are known"):
        pca.partial_fit(aslinearoperator(digits))
    assert pickle.dumps(pca.statistics_) == before


def test_saved_statistics_go_on(digits, tmp_path):
    joblib.dump(PCA(5).partial_fit(digits[:100]), tmp_path / "pca")
    for mode in (None, "r"):
        pca = joblib.load(tmp_path / "pca", mmap_mode=mode).partial_fit(digits[100:])
        assert_same(pca, PCA(5).partial_fit(digits), 1e-9)


def test_rows_far_from_zero():
    """Sums of squares would lose everything; statistics about the mean do not."""
    X = 1e8 + np.random.default_rng(0).normal(size=(500, 3))
    pca = PCA()
    for i in range(0, 500, 37):
        pca.partial_fit(X[i:i + 37])
    np.testing.assert_allclose(pca.explained_variance_, np.linalg.eigvalsh(np.cov((X - 1e8).T))[::-1],
                               rtol=1e-6)
