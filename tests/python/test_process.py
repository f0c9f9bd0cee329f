"""Processes, threads and signals: fork, Ctrl-C, panics, a Python without scikit-learn."""

import os
import sys
import threading

import numpy as np
import pytest

import lithe
from lithe import _threads
from lithe.mixture import GaussianMixture

SMALL = """
import numpy as np, lithe, os, sys
from lithe.mixture import GaussianMixture
rng = np.random.default_rng(0)
X = np.concatenate([rng.normal(-9, 1, (200, 4)), rng.normal(9, 1, (200, 4))])
def fit():
    return GaussianMixture(2, n_factors=1, random_state=0, n_jobs=2).fit(X)
"""

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reloading after a fork is for Linux")


@linux
@pytest.mark.parametrize("used", [False, True], ids=["parent idle", "parent has used the library"])
def test_forked_child_fits_and_forks_again(run_python, used):
    out = run_python(SMALL + f"""
gm = fit() if {used} else None
def child(depth):
    if gm is not None:
        assert np.isfinite(gm.score(X))  # its handle belongs to the parent; the arrays do not
    mean = np.sort(fit().means_[:, 0])
    assert np.allclose(mean, [-9, 9], atol=1), mean
    if depth:
        fork(depth - 1)
def fork(depth):
    pid = os.fork()
    if pid == 0:
        try:
            child(depth)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
for _ in range(3):
    fork(2)
print(fit().score(X) == fit().score(X))
""")
    assert out.split() == ["True"]


@linux
def test_pool_of_forked_workers(run_python):
    run_python(SMALL + """
import multiprocessing
gm = fit()
expected = gm.score_samples(X)
def work(i):
    part = X[i::20]
    return gm.score_samples(part), float(fit().lower_bound_)
with multiprocessing.get_context("fork").Pool(3) as pool:
    for i, (scores, bound) in enumerate(pool.map(work, range(20))):
        assert np.array_equal(scores, expected[i::20])
        assert bound == gm.lower_bound_
""")


@linux
def test_fork_while_another_thread_fits(run_python):
    run_python(SMALL + """
import threading, time
big = np.random.default_rng(1).normal(size=(20000, 16))
def busy():
    try:
        GaussianMixture(50, tol=0, max_iter=10**6, algorithm="exact", random_state=0, n_jobs=2,
                        callback=lambda p: stop.is_set()).fit(big)
    except lithe.Cancelled:
        pass
stop = threading.Event()
thread = threading.Thread(target=busy)
thread.start()
time.sleep(0.3)
pid = os.fork()
if pid == 0:
    ok = np.isfinite(fit().lower_bound_)
    os._exit(0 if ok else 1)
status = os.waitpid(pid, 0)[1]
stop.set()
thread.join()
assert status == 0
""")


def test_fork_error_opts_out(run_python):
    run_python(SMALL + """
fit()
pid = os.fork()
if pid == 0:
    try:
        fit()
    except RuntimeError as error:
        os._exit(0 if "spawn" in str(error) and "LITHE_FORK" in str(error) else 2)
    os._exit(1)
assert os.waitpid(pid, 0)[1] == 0
""", LITHE_FORK="error")


def test_interrupted_fit_raises_soon_and_leaves_everything_sound(run_python):
    run_python(SMALL + """
import signal, threading, time
big = np.random.default_rng(1).normal(size=(100_000, 32)).astype(np.float32)
sent = []
def interrupt():
    time.sleep(1.0)
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
gm = GaussianMixture(300, tol=0, max_iter=10**6, algorithm="exact", init_params="random_from_data", random_state=0)
try:
    gm.fit(big)
except KeyboardInterrupt:
    late = time.monotonic() - sent[0]
else:
    sys.exit("the fit ended by itself")
assert late < 5, late  # the fit would take days
assert not hasattr(gm, "means_")
assert fit().converged_
""")


def test_interrupted_refit_keeps_the_old_model(run_python):
    run_python(SMALL + """
import signal, threading, time
gm = GaussianMixture(2, n_factors=1, random_state=0).fit(X)
before = gm.means_
big = np.random.default_rng(1).normal(size=(50_000, 16))
gm.set_params(n_components=100, tol=0, max_iter=10**6, algorithm="exact", init_params="random_from_data")
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    gm.fit(big)
    sys.exit("the fit ended by itself")
except KeyboardInterrupt:
    pass
assert gm.means_ is before and gm.n_features_in_ == 4
assert np.isfinite(gm.score(X))
""")


def test_fits_on_several_threads_at_once(blobs):
    X, _ = blobs
    expected = GaussianMixture(4, n_factors=2, random_state=0).fit(X).means_
    results = [None] * 6

    def work(i):
        results[i] = GaussianMixture(4, n_factors=2, random_state=0).fit(X).means_

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        np.testing.assert_array_equal(result, expected)


def test_works_with_numpy_alone(run_python):
    out = run_python("""
        import sys
        class Absent:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in ("sklearn", "scipy", "tqdm", "threadpoolctl", "joblib", "pandas"):
                    raise ModuleNotFoundError(name)
        sys.meta_path.insert(0, Absent())
        import copy, pickle, warnings
        import numpy as np, lithe
        from lithe.mixture import GaussianMixture, KMeans
        rng = np.random.default_rng(0)
        X = np.concatenate([rng.normal(-9, 1, (200, 4)), rng.normal(9, 1, (200, 4))])
        gm = GaussianMixture(n_components=2)
        assert gm.get_params()["n_components"] == 2
        try:
            gm.predict(X)
        except lithe.NotFittedError as error:
            assert "not fitted yet" in str(error)
        gm.set_params(n_factors=1, random_state=0, progress=True).fit(X)
        try:
            gm.set_params(nonsense=1)
        except ValueError as error:
            assert "Invalid parameter 'nonsense'" in str(error)
        assert gm.set_output(transform="default") is gm
        try:
            gm.set_output(transform="pandas")
        except ImportError as error:
            assert "needs scikit-learn" in str(error)
        assert gm.fit_transform(X).shape == (400, 1)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            GaussianMixture(2, max_iter=1, tol=0, n_factors=1, random_state=0).fit(X)
        assert [w.category for w in caught] == [lithe.ConvergenceWarning]
        again = pickle.loads(pickle.dumps(copy.deepcopy(gm)))
        assert np.array_equal(again.predict_proba(X), gm.predict_proba(X))
        km = KMeans(2, random_state=0).fit(X)
        assert len(set(km.labels_[:200])) == 1
        print(repr(km))
    """)
    assert "[lithe] " in out  # progress falls back to printed lines
    assert out.splitlines()[-1] == "KMeans(n_clusters=2, random_state=0)"


@pytest.mark.skipif("LITHE_DEBUG_LIBRARY" not in os.environ, reason="needs a library built with the tag lithe_debug")
@pytest.mark.parametrize("where", [0, 1], ids=["in the call", "in a parallel tile"])
def test_a_panic_becomes_an_exception(run_python, where):
    run_python(SMALL + f"""
import ctypes
from lithe import _lib, _header, _run
prototype = _header.Prototype(ctypes.c_int32, (ctypes.c_int32, ctypes.c_void_p))
_lib.load()._prototypes["lithe_debug_panic"] = prototype
for _ in range(3):
    try:
        _run.call("lithe_debug_panic", {where}, _run.RUN)
    except RuntimeError as error:
        assert "a bug worth reporting" in str(error), error
    else:
        sys.exit("no exception")
assert fit().converged_
""", LITHE_LIBRARY=os.environ["LITHE_DEBUG_LIBRARY"])


def test_thread_counts(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3,2")
    monkeypatch.delenv("LITHE_NUM_THREADS", raising=False)
    assert lithe.get_num_threads() == 3
    monkeypatch.setenv("LITHE_NUM_THREADS", "5")
    assert _threads.resolve(None) == 5
    lithe.set_num_threads(2)
    try:
        assert (_threads.resolve(None), _threads.resolve(7)) == (2, 7)
    finally:
        lithe.set_num_threads(None)
    everyone = _threads.resolve(-1)
    assert everyone >= 1 and _threads.resolve(-2) == max(1, everyone - 1) and _threads.resolve(-1000) == 1
    for bad in (0, 1.5, "2"):
        with pytest.raises(ValueError, match="n_jobs must be None or a non-zero int"):
            _threads.resolve(bad)
    with pytest.raises(ValueError, match="at least 1"):
        lithe.set_num_threads(0)


def test_threadpoolctl_limits_threads(fitted, blobs):
    threadpoolctl = pytest.importorskip("threadpoolctl", minversion="3.2")
    fitted.score(blobs[0])  # the library is loaded from here on
    mine = [info for info in threadpoolctl.threadpool_info() if info["internal_api"] == "lithe"]
    assert [info["version"] for info in mine] == [lithe.__version__]
    before = lithe.get_num_threads()
    with threadpoolctl.threadpool_limits(1):
        assert lithe.get_num_threads() == 1
    assert lithe.get_num_threads() == before
    assert _threads._limit is None  # what was no limit before is none afterwards


@pytest.mark.parametrize("n_jobs", [2, 4, -1])
def test_threads_do_not_change_bits(n_jobs):
    rng = np.random.default_rng(3)
    X = (rng.normal(size=(40, 10)) * 5)[rng.integers(0, 40, 5000)] + rng.normal(size=(5000, 10))
    one = GaussianMixture(40, n_factors=3, algorithm="truncated", max_iter=8, tol=0, random_state=1, n_jobs=1)
    many = GaussianMixture(**(one.get_params() | {"n_jobs": n_jobs}))
    with pytest.warns(lithe.ConvergenceWarning):
        one.fit(X)
    with pytest.warns(lithe.ConvergenceWarning):
        many.fit(X)
    for name in ("weights_", "means_", "factor_loadings_", "noise_variance_", "neighbors_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name), err_msg=name)
    np.testing.assert_array_equal(one.history_["objective"], many.history_["objective"])
    np.testing.assert_array_equal(one.predict_proba(X), many.predict_proba(X))
