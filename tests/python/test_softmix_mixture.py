"""Softmax mixtures: estimates, errors, criteria, and what users do with estimators."""

import copy
import inspect
import json
import pickle

import numpy as np
import pytest
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from lithe import Cancelled, ModelFileError, NumericalError, _run
from lithe.softmix import SoftmaxMixture, softmax_mixture_path

COEF = np.array([[1.5, -0.5, 0.0], [-0.5, 0.5, 1.0]])
WEIGHTS = np.array([0.6, 0.4])


def log_probabilities(X, coef):
    u = X @ coef.T
    return u - logsumexp(u, axis=0)


@pytest.fixture(scope="module")
def cells():
    """700 cells of 3 features, and counts of 20000 draws from two classes."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(700, 3))
    counts = rng.multinomial(20000, np.exp(log_probabilities(X, COEF)) @ WEIGHTS)
    X.flags.writeable = False
    return X, counts


@pytest.fixture(scope="module")
def fitted(cells):
    return SoftmaxMixture(2, random_state=0).fit(*cells)


@parametrize_with_checks([SoftmaxMixture(), SoftmaxMixture(3, ridge=1.0, n_init=4, random_state=0)],
                         expected_failed_checks=lambda _: {"check_fit_score_takes_y": "y is called counts",
                                                           "check_n_features_in_after_fitting": "calls score(X, y=y)"})
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_truth_is_found(cells, fitted):
    X, counts = cells
    assert fitted.converged_ and fitted.diagnostics_ == []
    assert np.all(np.abs(fitted.coef_ - COEF) < 5 * fitted.standard_errors_)
    assert np.all(np.abs(fitted.weights_ - WEIGHTS) < 5 * fitted.weights_standard_errors_)
    log_pi = logsumexp(log_probabilities(X, fitted.coef_) + np.log(fitted.weights_), axis=1)
    assert fitted.log_likelihood_ == pytest.approx(counts @ log_pi, abs=1e-7)
    assert fitted.n_draws_ == counts.sum() and fitted.n_cells_ == len(X) and fitted.n_parameters_ == 7
    np.testing.assert_allclose(fitted.log_normalizers_, logsumexp(X @ fitted.coef_.T, axis=0))


def test_criteria(fitted):
    log, n, k = fitted.log_likelihood_, fitted.n_draws_, 7
    assert fitted.aic_ == pytest.approx(2 * k - 2 * log)
    assert fitted.bic_ == pytest.approx(k * np.log(n) - 2 * log)
    assert fitted.caic_ == pytest.approx(fitted.bic_ + k)
    assert fitted.adjusted_bic_ == pytest.approx(k * np.log((n + 2) / 24) - 2 * log)
    assert 0 < fitted.entropy_r2_ < 1
    assert fitted.icl_ == pytest.approx(fitted.bic_ + 2 * (1 - fitted.entropy_r2_) * n * np.log(2))


def test_posterior(cells, fitted):
    X, counts = cells
    joint = log_probabilities(X, fitted.coef_) + np.log(fitted.weights_)
    log_pi = logsumexp(joint, axis=1)
    np.testing.assert_allclose(fitted.predict_proba(X), np.exp(joint - log_pi[:, None]), rtol=1e-9)
    np.testing.assert_allclose(fitted.score_samples(X[:9]), log_pi[:9], rtol=1e-12)
    np.testing.assert_array_equal(fitted.predict(X), joint.argmax(axis=1))
    assert fitted.score(X, counts) * fitted.n_draws_ == pytest.approx(fitted.log_likelihood_)
    single = fitted.predict_proba(X.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, fitted.predict_proba(X), atol=1e-6)


def test_covariances(cells, fitted):
    X, counts = cells
    np.testing.assert_allclose(fitted.parameter_covariance(X, kind="observed"), fitted.covariance_, rtol=1e-12)
    robust = fitted.parameter_covariance(X)
    np.testing.assert_allclose(np.sqrt(np.diag(robust))[:6].reshape(2, 3), fitted.standard_errors_, rtol=0.1)
    again = SoftmaxMixture(2, covariance="robust", random_state=0).fit(X, counts)
    np.testing.assert_allclose(again.covariance_, robust, rtol=1e-9)
    none = SoftmaxMixture(2, covariance="none", random_state=0).fit(X, counts)
    assert none.covariance_ is None and np.isnan(none.standard_errors_).all()


def test_robust_is_the_sandwich(cells, fitted):
    X, counts = cells
    q = counts / counts.sum()

    def log_pi(v):
        a = np.append(v[6], -v[6]) / 2
        return logsumexp(log_probabilities(X, v[:6].reshape(2, 3)) + a - logsumexp(a), axis=1)

    v = np.append(fitted.coef_.ravel(), np.log(fitted.weights_[0] / fitted.weights_[1]))
    step = 1e-4
    scores = np.array([(log_pi(v + step * e) - log_pi(v - step * e)) / (2 * step) for e in np.eye(7)]).T
    hessian = np.array([[(q @ (log_pi(v + step * (e + f)) - log_pi(v + step * (e - f)) - log_pi(v - step * (e - f))
                               + log_pi(v - step * (e + f)))) / (4 * step**2) for e in np.eye(7)] for f in np.eye(7)])
    bread = np.linalg.inv(-hessian)
    robust = bread @ (scores.T * q) @ scores @ bread / counts.sum()
    found = fitted.parameter_covariance(X)
    np.testing.assert_allclose(found[:6, :6], robust[:6, :6], rtol=1e-4, atol=1e-6 * np.abs(robust).max())
    assert found[6, 6] == pytest.approx(robust[6, 6] * fitted.weights_.prod() ** 2, rel=1e-4)


def test_results_repeat_for_any_threads_and_layout(cells, fitted):
    X, counts = cells
    for other in (SoftmaxMixture(2, random_state=0, n_jobs=1).fit(X, counts),
                  SoftmaxMixture(2, random_state=0, n_jobs=3).fit(np.asfortranarray(X), list(counts))):
        assert np.array_equal(other.coef_, fitted.coef_)
        assert np.array_equal(other.covariance_, fitted.covariance_)


def test_single_precision(cells, fitted):
    X, counts = cells
    m = SoftmaxMixture(2, random_state=0).fit(X.astype(np.float32), counts)
    np.testing.assert_allclose(m.coef_, fitted.coef_, atol=1e-5)
    np.testing.assert_allclose(m.standard_errors_, fitted.standard_errors_, rtol=1e-4)


def test_partial_fit_is_the_fit_to_all(cells, fitted):
    X, counts = cells
    half = counts // 2
    m = SoftmaxMixture(2, random_state=0).partial_fit(X, half).partial_fit(X, counts - half)
    np.testing.assert_array_equal(m.counts_, counts)
    np.testing.assert_allclose(m.coef_, fitted.coef_, atol=1e-6)
    with pytest.raises(ValueError, match="must hold the 700 cells that were fitted before, got 699"):
        m.partial_fit(X[:-1], counts[:-1])


def test_warm_start(cells, fitted):
    X, counts = cells
    m = SoftmaxMixture(2, random_state=0, warm_start=True).fit(X, counts).fit(X, counts)
    assert m.n_finished_ == 1
    np.testing.assert_allclose(m.coef_, fitted.coef_, atol=1e-6)


def test_sample(cells, fitted):
    X, _ = cells
    drawn, classes = fitted.sample(50000, X)
    share = np.bincount(drawn, minlength=len(X)) / 50000
    p = np.exp(fitted.score_samples(X))
    assert np.all(np.abs(share - p) < 6 * np.sqrt(p / 50000) + 1e-4)
    assert np.mean(classes == 0) == pytest.approx(fitted.weights_[0], abs=0.02)
    np.testing.assert_array_equal(drawn, fitted.sample(50000, X)[0])


def test_too_few_iterations_are_said(cells):
    with pytest.warns(ConvergenceWarning, match="did not converge in 1 iterations; raise max_iter$"):
        SoftmaxMixture(2, em_iter=1, n_init=1, n_finish=1, max_iter=1, random_state=0).fit(*cells)


def test_a_class_too_many():
    """With a ridge two classes nearly coincide, along a flat and crooked way to the maximum; without, one runs away."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 5))
    p = np.exp(X @ rng.normal(size=(5, 3)))
    counts = rng.multinomial(100_000, (p / p.sum(0)) @ [0.5, 0.3, 0.2])
    fit = {"covariance": "none", "n_certificate": 0, "random_state": 0}
    four = SoftmaxMixture(4, ridge=1, n_init=3, n_finish=1, **fit).fit(X, counts)
    assert four.converged_ and four.n_iter_ > 60
    with pytest.warns(ConvergenceWarning, match="class 5 has gone to the edge of the cells .* set ridge to 1, or lower n_comp"):
        SoftmaxMixture(6, **fit).fit(X, counts)


def test_files_hold_all_that_is_known(cells, fitted, tmp_path):
    X, counts = cells
    path = tmp_path / "two.lithe"
    pickle.loads(pickle.dumps(fitted)).save(path)
    loaded = SoftmaxMixture.load(path)
    for name, value in vars(fitted).items():
        if name.endswith("_"):
            np.testing.assert_array_equal(getattr(loaded, name), value, err_msg=name)
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert loaded.partial_fit(X, counts).n_draws_ == 2 * fitted.n_draws_
    ridged = SoftmaxMixture(2, ridge=0.5, covariance="none", n_certificate=0, n_init=2, random_state=0).fit(X, counts)
    ridged.save(path)
    loaded = SoftmaxMixture.load(path)
    assert loaded.ridge == 0.5 and loaded.covariance_ is None and loaded.candidate_ is None and np.isnan(loaded.certificate_)
    np.testing.assert_array_equal(loaded.parameter_covariance(X), ridged.parameter_covariance(X))


def test_files_that_are_no_mixture_are_refused(fitted, tmp_path):
    path = tmp_path / "two.lithe"
    fitted.save(path)
    content = path.read_bytes()
    for bad in (content[:-1], content[:200] + b"?" + content[201:], b"text"):
        path.write_bytes(bad)
        with pytest.raises(ModelFileError, match="two.lithe"):
            SoftmaxMixture.load(path)
    with pytest.raises(FileNotFoundError):
        SoftmaxMixture.load(tmp_path / "none.lithe")
    with pytest.raises(NotFittedError):
        SoftmaxMixture().save(path)


def test_sampled_normalizers_end_at_the_exact_maximum(cells):
    X, counts = cells
    few = np.where(np.arange(len(X)) % 3 == 0, counts, 0)
    exact, sampled = (SoftmaxMixture(2, normalizer=n, n_sampled=100, random_state=0).fit(X, few) for n in ("exact", "sampled"))
    assert (exact.n_sampled_, sampled.n_sampled_) == (0, 100)
    assert sampled.log_likelihood_ == pytest.approx(exact.log_likelihood_, abs=1e-6)
    np.testing.assert_allclose(sampled.coef_, exact.coef_, atol=1e-5)
    assert SoftmaxMixture(2, random_state=0).fit(X, few).n_sampled_ == 0
    with pytest.raises(ValueError, match="normalizer must be one of"):
        SoftmaxMixture(normalizer="quick").fit(X, few)


def test_path_finds_two_classes(cells):
    path = softmax_mixture_path(*cells, max_components=3, random_state=0, n_init=4)
    assert path.best().n_components == 2
    assert np.all(np.diff(path.criteria["log_likelihood"]) > 0)
    gains = np.diff(path.criteria["log_likelihood"]) / path.models[0].n_draws_
    assert np.all(path.criteria["certificate"][:2] >= gains)


def test_ridge_tames_separation(cells):
    X, _ = cells
    counts = np.zeros(len(X))
    counts[np.argmax(X[:, 0])] = 30
    loose = SoftmaxMixture(1, random_state=0).fit(X, counts)
    assert "class 0 rests on 1.0 cells" in loose.diagnostics_[0]
    tight = SoftmaxMixture(2, ridge=1.0, random_state=0).fit(X, counts)
    assert np.abs(tight.coef_).max() < 10


@pytest.mark.parametrize("change, message", [
    (lambda X, c: (np.where(np.arange(len(X))[:, None] == 3, np.nan, X), c), "row 3, column 0"),
    (lambda X, c: (X, c[:-1]), "one entry for each of the 700 rows"),
    (lambda X, c: (X, -c), "count of row"),
    (lambda X, c: (X, 0 * c), "every count is zero"),
    (lambda X, c: (np.column_stack([X, np.ones(len(X))]), c), "column 3 of X is constant"),
    (lambda X, c: (np.column_stack([X, X[:, 0] - X[:, 2]]), c), "column 3 of X is a linear combination"),
    (lambda X, c: (X[:6], c[:6]), "need at least 8 rows"),
])
def test_bad_data(cells, change, message):
    with pytest.raises(ValueError, match=message):
        SoftmaxMixture(2).fit(*change(*cells))


@pytest.mark.parametrize("parameter", [{"n_components": 0}, {"init": "magic"}, {"ridge": -1.0}, {"tol": 0.0},
                                       {"covariance": "full"}, {"random_state": "x"}])
def test_bad_parameters(cells, parameter):
    with pytest.raises(ValueError, match=next(iter(parameter))):
        SoftmaxMixture(**parameter).fit(*cells)


def test_singular_information_is_said(cells):
    X, counts = cells
    m = SoftmaxMixture(2, random_state=0).fit(X, counts)
    m.coef_ = np.vstack([m.coef_[0], m.coef_[0]])
    with pytest.raises(NumericalError, match="information is singular"):
        m.parameter_covariance(X)


def test_copies_and_pickles(cells, fitted):
    X, _ = cells
    for other in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        np.testing.assert_array_equal(other.predict_proba(X), fitted.predict_proba(X))
    assert not hasattr(clone(fitted), "coef_")
    with pytest.raises(NotFittedError):
        SoftmaxMixture().predict(X)
    with pytest.raises(ValueError, match="expecting 3 features"):
        fitted.predict(X[:, :2])


def test_progress_and_cancelling(cells):
    seen = []
    SoftmaxMixture(2, random_state=0, callback=lambda p: seen.append(p.phase) and False).fit(*cells)
    with pytest.raises(Cancelled):
        SoftmaxMixture(8, n_init=200, random_state=0, callback=lambda p: True).fit(*cells)


def test_options_are_what_the_library_describes():
    described = {o["name"]: o["default"] for o in json.loads(_run.text("lithe_describe", "softmix"))}
    signature = inspect.signature(SoftmaxMixture).parameters
    assert set(described) == set(SoftmaxMixture._library_options)
    for name, default in described.items():
        assert name == "random_state" or signature[name].default == default, name


def test_counts_may_be_a_row_or_column_of_a_sparse_matrix():
    sparse = pytest.importorskip("scipy.sparse")
    rng = np.random.default_rng(0)
    X, counts = rng.normal(size=(60, 2)), rng.integers(0, 5, 60)
    wanted = SoftmaxMixture(1).fit(X, counts).coef_
    np.testing.assert_array_equal(SoftmaxMixture(1).fit(X, sparse.csr_matrix(counts)).coef_, wanted)
    np.testing.assert_array_equal(SoftmaxMixture(1).fit(X, sparse.csc_matrix(counts[:, None])).coef_, wanted)
