"""Callbacks, printed progress and bars."""

import io
import contextlib
import threading

import numpy as np
import pytest

import lithe
from lithe import _progress
from lithe.mixture import GaussianMixture, KMeans


def mixture(**params):
    return GaussianMixture(4, n_factors=2, random_state=0, **params)


def test_callback_sees_the_fit(blobs):
    seen = []
    model = mixture(callback=lambda p: seen.append((p, threading.current_thread()))).fit(blobs[0])
    assert seen
    progress, thread = seen[-1]
    assert thread is threading.current_thread()
    assert isinstance(progress, lithe.Progress)
    assert 1 <= progress.iteration <= progress.max_iterations
    assert progress.seconds > 0 and progress.phase
    assert model.converged_


def test_callback_does_not_change_the_result(blobs, fitted):
    model = mixture(callback=lambda p: None).fit(blobs[0])
    np.testing.assert_array_equal(model.means_, fitted.means_)


def test_exception_in_a_callback_stops_the_fit_and_arrives(blobs):
    class Mine(Exception):
        pass

    def callback(progress):
        raise Mine(progress.phase)

    model = mixture(callback=callback, tol=0, max_iter=10**6)
    with pytest.raises(Mine):
        model.fit(blobs[0])
    assert not hasattr(model, "means_") and not hasattr(model, "n_features_in_")
    assert model.set_params(callback=None, tol=1e-3).fit(blobs[0]).converged_


def test_true_from_a_callback_cancels(blobs):
    model = mixture(callback=lambda p: p.phase == "em" and p.iteration >= 3, tol=0, max_iter=10**6)
    with pytest.raises(lithe.Cancelled, match="phase 'em'"):
        model.fit(blobs[0])
    assert not hasattr(model, "means_")


def test_true_from_a_callback_cancels_k_means(blobs):
    with pytest.raises(lithe.Cancelled):
        KMeans(40, random_state=0, tol=0, max_iter=10**6, n_init=1000, callback=lambda p: True).fit(np.tile(blobs[0], (20, 1)))


def test_cancelling_one_fit_leaves_another_alone(blobs, fitted):
    trouble = []

    def cancelled():
        try:
            GaussianMixture(40, tol=0, max_iter=10**6, algorithm="exact", random_state=0,
                            callback=lambda p: True).fit(np.tile(blobs[0], (20, 1)))
        except BaseException as error:
            trouble.append(type(error))

    thread = threading.Thread(target=cancelled)
    thread.start()
    model = mixture(callback=lambda p: None).fit(blobs[0])
    thread.join()
    assert trouble == [lithe.Cancelled]
    np.testing.assert_array_equal(model.means_, fitted.means_)


def test_callback_from_another_thread(blobs):
    threads = []

    def work():
        mixture(callback=lambda p: threads.append(threading.current_thread())).fit(blobs[0])

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert threads and set(threads) == {worker}


@pytest.mark.parametrize("estimator", [mixture(verbose=2), KMeans(4, random_state=0, verbose=1)],
                         ids=lambda e: type(e).__name__)
def test_verbose_prints_lines(estimator, blobs, capsys):
    estimator.fit(blobs[0])
    lines = capsys.readouterr().out.splitlines()
    assert lines and all(line.startswith("[lithe] ") and " s" in line for line in lines)


def test_quiet_by_default(blobs, capsys):
    mixture().fit(blobs[0])
    assert capsys.readouterr() == ("", "")


def test_bar(blobs):
    pytest.importorskip("tqdm")
    screen = io.StringIO()
    with contextlib.redirect_stderr(screen):
        mixture(progress=True).fit(blobs[0])
    assert "objective=" in screen.getvalue()


def test_bar_without_tqdm_prints_lines(blobs, monkeypatch, capsys):
    monkeypatch.setattr(_progress, "_tqdm", lambda: None)
    mixture(progress=True).fit(blobs[0])
    assert capsys.readouterr().out.startswith("[lithe] ")


def test_progress_reads_like_a_line():
    progress = lithe.Progress("em", 3, 100, -41.5, 1000, 2.25)
    assert str(progress) == "[lithe] em 3/100  objective -41.5  2.2 s"
