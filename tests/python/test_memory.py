"""Work that does not fit in memory is refused beforehand: the process lives on."""

import pytest

# Work by the C function that refuses it. All of it is small, and the limit is smaller.
WORK = """
    import numpy as np
    import lithe
    from lithe import coreset, gp, lowrank, mixture, softmix

    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6))
    y = rng.normal(size=200)
    labels = rng.integers(0, 2, size=200)
    counts = rng.integers(1, 9, size=200)
    survey = rng.normal(size=(100, 3, 2))
    rbf = gp.kernels.RBF()

    WORK = {
        "lithe_mixture_fit": lambda: mixture.GaussianMixture(20, n_factors=2).fit(X),
        "lithe_mixture_fit_blocks": lambda: mixture.GaussianMixture(20, n_factors=2).fit_blocks([X, X]),
        "lithe_mixture_select": lambda: mixture.select_components(mixture.GaussianMixture(n_factors=2), X, [20]),
        "lithe_kmeans_fit": lambda: mixture.KMeans(20).fit(X),
        "lithe_npmle_fit": lambda: mixture.GaussianNPMLE(1.0).fit(X),
        "lithe_lowrank_svd": lambda: lowrank.svd(X, 5),
        "lithe_lowrank_range_finder": lambda: lowrank.range_finder(X, 5),
        "lithe_lowrank_eigh": lambda: lowrank.eigh(X @ X.T, 5),
        "lithe_lowrank_nystrom": lambda: lowrank.nystrom(X @ X.T, 5),
        "lithe_lowrank_column_id": lambda: lowrank.id(X, 5),
        "lithe_lowrank_cur": lambda: lowrank.cur(X, 5),
        "lithe_lowrank_qrcp": lambda: lowrank.qrcp(X),
        "lithe_lowrank_rpcholesky": lambda: lowrank.rpcholesky(X @ X.T, 20),
        "lithe_lowrank_trace": lambda: lowrank.trace(X @ X.T),
        "lithe_lowrank_diagonal": lambda: lowrank.diag(X @ X.T),
        "lithe_lowrank_sketch": lambda: lowrank.sketch(X.T, 20),
        "lithe_gp_fit": lambda: gp.GaussianProcessRegressor(rbf).fit(X, y),
        "lithe_gp_fit, cg": lambda: gp.GaussianProcessRegressor(rbf, solver="cg").fit(X, y),
        "lithe_gp_fit, itergp": lambda: gp.GaussianProcessRegressor(rbf, solver="itergp", optimizer=None).fit(X, y),
        "lithe_gp_classifier_fit": lambda: gp.GaussianProcessClassifier(rbf).fit(X, labels),
        "lithe_gp_svm_fit": lambda: gp.LeastSquaresSVC().fit(X, labels),
        "lithe_gp_basis_fit": lambda: gp.BasisFunctionGP().fit(X, y),
        "lithe_softmix_fit": lambda: softmix.SoftmaxMixture(3).fit(X, counts),
        "lithe_choice_fit": lambda: softmix.LatentClassLogit(4, n_init=4, n_jobs=4).fit(survey, labels[:100]),
        "lithe_coreset_facility_location": lambda: coreset.FacilityLocation(5).fit(X),
        "lithe_coreset_batch": lambda: coreset.BatchSelector(20, method="maxdet").fit(X),
        "lithe_coreset_batch, columns": lambda: coreset.BatchSelector(1, method="bait").fit(rng.normal(size=(20, 30))),
        "lithe_coreset_logistic": lambda: coreset.LogisticCoreset(20).fit(rng.normal(size=(200, 30)), labels),
    }
"""


def test_every_fit_is_refused_that_exceeds_the_limit(run_python):
    out = run_python(WORK + """
    for name, work in WORK.items():
        try:
            work()
        except MemoryError as error:
            if "not enough memory" not in str(error) or "LITHE_MEMORY_LIMIT allows 3 kB; " not in str(error):
                print(name, "says", error)
        else:
            print(name, "went ahead")
    """, LITHE_MEMORY_LIMIT="3000")
    assert out == ""


def test_a_limit_that_suffices_changes_nothing(run_python):
    script = """
    import numpy as np
    from lithe.mixture import KMeans
    X = np.random.default_rng(0).normal(size=(500, 3))
    print(KMeans(5, random_state=0).fit(X).inertia_)
    """
    assert run_python(script, LITHE_MEMORY_LIMIT="1G") == run_python(script, LITHE_MEMORY_LIMIT="none")


def test_what_exceeds_the_machine_is_refused(run_python):
    out = run_python("""
    import numpy as np
    from lithe.mixture import GaussianMixture
    X = np.zeros((1 << 15, 1 << 10), dtype=np.float32)
    X[:, 0] = np.arange(1 << 15)
    try:
        GaussianMixture(1 << 15, n_factors=1000, init_params="random_from_data").fit(X)  # some 4e11 bytes
    except MemoryError as error:
        print(error)
    """)
    assert "32768 components of 1024 features" in out and "the system has" in out


@pytest.mark.parametrize("limit", ["much", "-1", "3X"])
def test_a_limit_that_is_no_size_is_refused(run_python, limit):
    out = run_python("""
    import numpy as np
    from lithe.mixture import KMeans
    try:
        KMeans(2).fit(np.zeros((5, 2)))
    except MemoryError as error:
        print(error)
    """, LITHE_MEMORY_LIMIT=limit)
    assert "LITHE_MEMORY_LIMIT must be a number of bytes" in out and repr(limit).strip("'") in out
