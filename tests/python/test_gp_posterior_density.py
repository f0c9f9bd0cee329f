"""Sampling of expensive densities: the loop, what goes wrong in it, and what is kept then."""

import copy
import json
import multiprocessing
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import lithe
from lithe._run import text
from lithe.gp import PosteriorSurrogate, sample_posterior_density

BOX = [[-5, 5], [-5, 5]]


def ridge(x):
    """A normal density of mean (1, 1), variances (1, 1.25) and covariance 1, times 2 pi / 2."""
    return -0.5 * ((x[0] - 1) ** 2 + (x[1] - x[0]) ** 2 / 0.25)


def test_moments():
    found = sample_posterior_density(ridge, BOX, n_samples=3000, random_state=3)
    assert found.converged and found.diagnostics == []
    assert found.n_evaluations < 50
    assert found.samples.shape == (3000, 2) and found.log_density.shape == (3000,)
    np.testing.assert_allclose(found.mean, 1, atol=0.1)
    np.testing.assert_allclose(found.cov, [[1, 1], [1, 1.25]], atol=0.12)
    np.testing.assert_allclose(found.samples.mean(axis=0), found.mean, atol=0.1)
    assert found.log_evidence == pytest.approx(np.log(np.pi), abs=0.15)
    np.testing.assert_allclose(found.log_density, [ridge(x) for x in found.samples], atol=0.3)
    np.testing.assert_allclose(found.surrogate.logp(found.samples), found.log_density, atol=1e-6)
    X, y = found.evaluations
    assert X.shape == (found.n_evaluations, 2)
    np.testing.assert_array_equal(y, [ridge(x) for x in X])
    assert found.surrogate.std(found.mean[np.newaxis])[0] < 0.1
    assert found.history[-1]["n_evaluations"] == found.n_evaluations
    assert found.history[0]["change"] is None and found.history[-1]["change"] < 0.02


def test_same_seed_same_result():
    runs = [sample_posterior_density(ridge, BOX, n_samples=100, random_state=1, n_jobs=threads) for threads in (1, 2)]
    np.testing.assert_array_equal(runs[0].samples, runs[1].samples)
    np.testing.assert_array_equal(runs[0].evaluations[0], runs[1].evaluations[0])
    other = sample_posterior_density(ridge, BOX, n_samples=100, random_state=2)
    assert not np.array_equal(other.samples, runs[0].samples)


def test_four_parameters():
    spread = np.array([0.2, 0.5, 1.0, 0.3])
    found = sample_posterior_density(lambda x: -0.5 * np.sum(((x - 0.5) / spread) ** 2), [[-5, 5]] * 4, random_state=0)
    assert found.converged and found.n_evaluations < 80
    np.testing.assert_allclose((found.mean - 0.5) / spread, 0, atol=0.12)
    np.testing.assert_allclose(np.sqrt(np.diag(found.cov)) / spread, 1, atol=0.1)


def test_where_the_density_vanishes():
    found = sample_posterior_density(lambda x: ridge(x) if x[0] > 1 else -np.inf, BOX, random_state=0)
    assert np.mean(found.samples[:, 0] < 1) < 0.05
    assert found.mean[0] == pytest.approx(1 + np.sqrt(2 / np.pi), abs=0.1)
    assert np.isneginf(found.surrogate.logp([[-3, 0], [9, 0]])).all()


class Broken(Exception):
    pass


@pytest.mark.parametrize("error", [Broken, KeyboardInterrupt])
def test_nothing_is_lost(error):
    calls = []

    def breaking(x):
        if len(calls) == 9:
            raise error("at the tenth")
        calls.append(x)
        return ridge(x)

    with pytest.raises(error, match="at the tenth") as caught:
        sample_posterior_density(breaking, BOX, random_state=0)
    X, y = caught.value.surrogate.evaluations
    np.testing.assert_array_equal(X, calls)
    for initial in ((X, y), caught.value.surrogate):
        found = sample_posterior_density(ridge, BOX, initial=initial, random_state=0)
        assert found.converged
        assert len(found.evaluations[1]) == found.n_evaluations + 9
        np.testing.assert_array_equal(found.evaluations[0][:9], X)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_impossible_values(value):
    with pytest.raises(ValueError, match=r"the value at x = \[.*\] is .*a log-density is finite") as caught:
        sample_posterior_density(lambda x: value if x[0] > 0 else ridge(x), BOX, random_state=0)
    assert np.all(caught.value.surrogate.evaluations[0][:, 0] <= 0)


def test_values_that_are_no_number():
    with pytest.raises(TypeError, match="logp must return one number, got 'high' at x = "):
        sample_posterior_density(lambda x: "high", BOX)
    assert sample_posterior_density(lambda x: np.array([ridge(x)]), BOX, random_state=0).converged


def test_budget():
    with pytest.warns(lithe.ConvergenceWarning, match="raise max_evaluations"):
        found = sample_posterior_density(ridge, BOX, max_evaluations=9, random_state=0)
    assert not found.converged and found.n_evaluations == 9
    assert found.diagnostics[0]["code"] == "budget_spent"


def test_density_that_vanishes_everywhere():
    with pytest.raises(ValueError, match="0 finite values are known.*narrow the bounds"):
        sample_posterior_density(lambda x: -np.inf, [[0, 1]])


def test_workers():
    alone = sample_posterior_density(ridge, BOX, n_samples=50, random_state=0)
    with ThreadPoolExecutor(2) as pool:
        threads = sample_posterior_density(ridge, BOX, n_samples=50, random_state=0, workers=pool.map)
    np.testing.assert_array_equal(alone.samples, threads.samples)
    if multiprocessing.get_start_method() == "fork":
        processes = sample_posterior_density(ridge, BOX, n_samples=50, random_state=0, workers=2)
        np.testing.assert_array_equal(alone.samples, processes.samples)


def test_workers_that_return_too_little():
    with pytest.raises(TypeError, match="logp must return one number, got None"):
        sample_posterior_density(ridge, BOX, workers=lambda logp, points: [])


def test_density_that_changes_its_argument():
    def in_place(x):
        value = ridge(x)
        x *= 0
        return value

    plain = sample_posterior_density(ridge, BOX, n_samples=50, random_state=0)
    np.testing.assert_array_equal(sample_posterior_density(in_place, BOX, n_samples=50, random_state=0).samples, plain.samples)


def test_ask_and_tell():
    surrogate = PosteriorSurrogate(BOX, random_state=0)
    assert repr(surrogate) == "<PosteriorSurrogate of 2 parameters, 0 evaluations>"
    assert surrogate.ask(4).shape == (4, 2)
    while len(X := surrogate.ask()):
        assert surrogate.tell(X, [ridge(x) for x in X]) is surrogate
    assert surrogate.converged and surrogate.diagnostics == []
    surrogate.tell([1.0, 1.0], 0.0)
    assert surrogate.ask(3).shape == (3, 2)
    np.testing.assert_allclose(surrogate.sample(10).mean, 1, atol=0.1)
    for again in (pickle.loads(pickle.dumps(surrogate)), copy.deepcopy(surrogate)):
        assert again.n_evaluations == surrogate.n_evaluations
        np.testing.assert_allclose(again.logp([[1, 1], [0, 0.5]]), surrogate.logp([[1, 1], [0, 0.5]]), atol=0.02)
        np.testing.assert_allclose(again.sample(10).mean, 1, atol=0.1)


def test_pickled_result():
    found = sample_posterior_density(ridge, BOX, n_samples=20, random_state=0)
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.samples, found.samples)
    assert again.n_evaluations == found.n_evaluations and len(again.evaluations[1]) == found.n_evaluations
    assert again.converged and again.history == found.history and again.diagnostics == found.diagnostics == []


def test_refusals():
    for bounds in ([0, 1], [[0, 1, 2]], []):
        with pytest.raises(ValueError, match=r"bounds must be of shape \(d, 2\)"):
            PosteriorSurrogate(bounds)
    with pytest.raises(ValueError, match="the lower one comes first"):
        PosteriorSurrogate([[1, 0]])
    with pytest.raises(ValueError, match="a box is finite"):
        PosteriorSurrogate([[0, np.inf]])
    surrogate = PosteriorSurrogate(BOX)
    with pytest.raises(ValueError, match=r"x\[0, 1\] = 7 is outside of its bounds -5 and 5"):
        surrogate.tell([[0, 7]], [1])
    with pytest.raises(ValueError, match=r"X must be of shape \(2, 2\)"):
        surrogate.tell([[0, 1]], [1, 2])
    with pytest.raises(ValueError, match="'tol' parameter of PosteriorSurrogate"):
        PosteriorSurrogate(BOX, tol=0)
    with pytest.raises(ValueError, match="initial must be a pair"):
        sample_posterior_density(ridge, BOX, initial=3)
    assert surrogate.n_evaluations == 0


def test_progress(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sample_posterior_density(ridge, BOX, max_evaluations=10, random_state=0, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "[lithe] 6 evaluations" and lines[-1].startswith("[lithe] 10 evaluations  best ")


def test_defaults_are_the_librarys():
    described = {line["name"]: line["default"] for line in json.loads(text("lithe_describe", "gp_surrogate"))}
    surrogate = PosteriorSurrogate(BOX, random_state=0)
    for name, value in surrogate._options.items():
        assert described[name] == value


def test_progress_and_callback():
    seen = []
    found = sample_posterior_density(ridge, BOX, random_state=0, callback=seen.append)
    assert [p.iteration for p in seen] == list(range(1, found.n_evaluations + 1))
    assert {(p.phase, p.max_iterations) for p in seen} == {("evaluations", 198)}
    assert seen[-1].objective == found.evaluations[1].max()
    with pytest.raises(lithe.Cancelled) as stopped:
        sample_posterior_density(ridge, BOX, random_state=0, callback=lambda p: p.iteration == 9)
    again = sample_posterior_density(ridge, BOX, random_state=0, initial=stopped.value.surrogate, callback=seen.append)
    assert len(stopped.value.surrogate.evaluations[1]) == 9 and seen[found.n_evaluations].iteration == 10
    assert again.converged


def test_progress_shows_a_bar(capsys):
    pytest.importorskip("tqdm")
    sample_posterior_density(ridge, BOX, random_state=0, progress=True)
    assert "evaluations" in capsys.readouterr().err
