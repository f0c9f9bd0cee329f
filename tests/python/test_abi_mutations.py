"""Every function of the C interface survives arguments that are wrong one at a time: it returns a status and says what is wrong.

Calls that are right come from the package itself, at work on a little data. Each is repeated with one argument after the other
replaced by what a mistaken or hostile caller might pass. What the caller alone can know, such as how long an array behind a
plain pointer is, stays true.
"""

import copy
import ctypes
import json
import sys
import threading

import numpy as np
import pytest

from lithe import _abi, _errors, _lib, _run, coreset, gp, lowrank, mixture, softmix

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 3))
Y = X @ [1.0, -1.0, 0.5] + 0.1 * RNG.normal(size=24)
LABELS = (X[:, 0] > 0).astype(int)
WIDE = X.reshape(12, 2, 3)

WHOLE = (-1, 0, 2**40, 2**63 - 1, -2**63)
LENGTHS = (-1, 0, 2**63 - 1, -2**63)
CAPACITIES = (-1, 0, -2**63)
REAL = (float("nan"), float("inf"), -1.0, 0.0, 1e308)
VALUES = (-1, 0, 2**40, 2**62, 1e308, True, "x", None, [], [1], {})
STRUCTS = _abi.Sparse, _abi.Operator, _abi.Kernel, _abi.MixtureStart


def surrogate():
    s = gp.PosteriorSurrogate([[-1, 1]], random_state=0)
    points = s.ask()
    s.tell(points, -np.sum(np.asarray(points) ** 2, axis=1))


def process():
    m = gp.GaussianProcessRegressor(random_state=0, max_iter=2).fit(X, Y)
    m.predict(X[:3], return_cov=True), m.predict(X[:3], return_std=True), m.sample_y(X[:3]), m.leave_one_out()


def classifier():
    m = gp.GaussianProcessClassifier(random_state=0, max_iter=2).fit(X, LABELS)
    m.predict_proba(X[:3]), m.log_marginal_likelihood(m.kernel_.theta)


def gaussians():
    m = mixture.GaussianMixture(2, n_factors=1, max_iter=3, random_state=0).fit(X, sample_weight=np.ones(24))
    m.score_samples(X), m.predict(X), m.predict_proba(X), m.transform(X), m.denoise(X, 0.1), m.sample(3), m.bic(X), m.icl(X)
    m.marginal([0, 1]), m.conditional([0.1, np.nan, 0.2]), m.impute(X), m.fit_blocks(X), m.partial_fit(X)
    mixture.select_components(m, X, [1, 2])


def choices():
    m = softmix.LatentClassLogit(2, n_init=1, max_iter=3, random_state=0).fit(WIDE, LABELS[:12], panels=np.repeat(np.arange(4), 3))
    m.predict_choice(WIDE), m.predict_proba(WIDE, LABELS[:12])


def cells():
    m = softmix.SoftmaxMixture(2, n_init=1, max_iter=3, random_state=0).fit(X, np.arange(24.0))
    m.predict_proba(X), m.sample(3, X), m.parameter_covariance(X, np.arange(24.0))


WORK = {
    "mixture": gaussians,
    "kmeans": lambda: mixture.KMeans(2, random_state=0).fit(X).predict(X),
    "npmle": lambda: mixture.GaussianNPMLE(max_iter=2).fit(X),
    "svd": lambda: lowrank.svd(X, 2, random_state=0),
    "streams": lambda: lowrank.StreamingSVD(2, random_state=0).fit(X),
    "pca": lambda: lowrank.PCA(2).partial_fit(X),
    "solvers": lambda: (lowrank.lstsq(X, Y), lowrank.qrcp(X), lowrank.qb(X, tol=0.1), lowrank.cur(X, 2), lowrank.id(X, 2)),
    "estimates": lambda: (lowrank.trace(X @ X.T), lowrank.diag(X @ X.T), lowrank.norm(X), lowrank.sketch(X, 9),
                          lowrank.logdet(X @ X.T, mu=1.0), lowrank.nystrom(X @ X.T, 2), lowrank.rpcholesky(X @ X.T, 2)),
    "gp": process,
    "gp_classifier": classifier,
    "gp_svm": lambda: gp.LeastSquaresSVC().fit(X, LABELS).decision_function(X),
    "gp_basis": lambda: gp.BasisFunctionGP(n_basis=3, random_state=0).fit(X, Y).predict(X),
    "gp_surrogate": surrogate,
    "softmix": cells,
    "choice": choices,
    "facilities": lambda: (coreset.FacilityLocation(3).fit(X), coreset.FacilityLocation(cost_limit=3.0).fit(X, costs=np.ones(24))),
    "samples": lambda: (coreset.KCenter(3).fit(X), coreset.LightweightCoreset(5).fit(X), coreset.LogisticCoreset(9).fit(X, LABELS),
                        coreset.SensitivityCoreset(5, n_clusters=2).fit(X), coreset.importance_sample(X[:, 0] ** 2, 5),
                        coreset.stratified_sample(LABELS, 5), coreset.BatchSelector(3).fit(X)),
    "gradients": lambda: (coreset.CRAIG(3).fit(X, LABELS), coreset.GradMatch(3).fit(X),
                          coreset.train_softmax(X, LABELS, max_iter=2)),
}


def replaced(struct, **fields):
    """A copy of a struct with other fields, which keeps alive what the struct points to."""
    other = type(struct)()
    ctypes.memmove(ctypes.byref(other), ctypes.byref(struct), ctypes.sizeof(struct))
    other.kept = struct
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def matrices(m):
    yield from (replaced(m, **wrong) for wrong in (
        {"rows": -1}, {"cols": -1}, {"stride": -1}, {"data": None}, {"data": (m.data or 0) + 1}, {"dtype": 0}, {"reserved": 1},
        {"rows": 2**62}, {"cols": 2**62, "stride": 2**62}, {"rows": 0}, {"cols": 0}, {"rows": min(m.rows, 1)}))
    if m.rows * m.cols:
        dtype = np.dtype(np.float64 if m.dtype == _abi.FLOAT64 else np.float32)
        count = (m.rows - 1) * m.stride + m.cols
        values = np.frombuffer((ctypes.c_char * (count * dtype.itemsize)).from_address(m.data), dtype)
        for fill in (np.nan, 0.0, -1.0, np.finfo(dtype).max):
            filled = np.full_like(values, fill)
            other = replaced(m, data=filled.ctypes.data)
            other.array = filled
            yield other


def structs(s):
    yield type(s)()
    for name, kind in s._fields_:
        if kind in (ctypes.c_int32, ctypes.c_int64):
            yield from (replaced(s, **{name: value}) for value in (-1, 0, 2**31 - 1))
        elif kind is ctypes.c_double:
            yield from (replaced(s, **{name: value}) for value in REAL)
        elif name != "context" and kind is not _abi.Matrix and not hasattr(kind, "_length_"):
            other = replaced(s)
            ctypes.memset(ctypes.addressof(other) + getattr(type(s), name).offset, 0, ctypes.sizeof(ctypes.c_void_p))
            yield other


def texts(text):
    yield from (b"", b"{", b"[]", b"nonsense", b"\xff\xfe", b"[" * 20_000, b'{"' + b"x" * 5000 + b'": 1}')
    if text[:1] not in "{[":
        return
    whole = json.loads(text)
    for name in whole if isinstance(whole, dict) else range(len(whole)):
        for value in VALUES:
            other = copy.copy(whole)
            other[name] = value
            yield json.dumps(other)


def wrong(argument):
    """What could stand in the place of an argument, NULL not among it."""
    if isinstance(argument, _abi.Matrix):
        yield from matrices(argument)
    elif isinstance(argument, STRUCTS):
        yield from structs(argument)
    elif isinstance(argument, str):
        yield from texts(argument)
    elif isinstance(argument, np.ndarray) and argument.dtype.kind == "i":
        yield from (np.full_like(argument, value) for value in (-1, np.iinfo(argument.dtype).max, np.iinfo(argument.dtype).min))
    elif isinstance(argument, float):
        yield from REAL
    elif isinstance(argument, int) and not isinstance(argument, bool):
        yield from WHOLE


def survives(name, arguments):
    """Call a function and check that it answers; a call that would be long is cancelled."""
    run = _abi.Run(ctypes.sizeof(_abi.Run), 1)
    made = ctypes.c_int64()
    if isinstance(arguments[-1], ctypes.c_int64):
        arguments = (*arguments[:-1], made)
    timer = threading.Timer(0.03, lambda: setattr(run, "cancel", 1))
    timer.start()
    status = getattr(_lib.load(), name)(*[_run._argument(run if a is _run.RUN else a) for a in arguments])
    timer.cancel()
    assert status in range(13) and status != _errors.EPANIC, (name, run.message.decode("utf-8", "replace"))
    if run.size and status not in (_errors.OK, _errors.ENOCONV):
        assert len(run.message) > 5 and run.status == status, (name, status)
    if made.value:
        assert _lib.load().lithe_free(made.value) == _errors.OK


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("room", WORK)
def test_one_wrong_argument(room, monkeypatch):
    real, seen = _run.call, set()

    def call(name, *arguments, **keywords):
        if name not in seen and "save" not in name and "describe" not in name:
            seen.add(name)
            for at, argument in enumerate(arguments):
                if argument is _run.RUN:
                    continue
                pointer = not isinstance(argument, (int, float))
                beside = arguments[max(at - 1, 0):at + 2]
                others = wrong(argument)
                if isinstance(argument, int) and any(isinstance(b, np.ndarray) for b in beside):
                    others = LENGTHS
                elif isinstance(argument, int) and any(isinstance(b, ctypes.Array) for b in beside):
                    others = CAPACITIES
                for other in ([None] if pointer else []) + list(others):
                    survives(name, (*arguments[:at], other, *arguments[at + 1:]))
        return real(name, *arguments, **keywords)

    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("lithe") and getattr(module, "call", None) is real:
            monkeypatch.setattr(module, "call", call)
    WORK[room]()
    assert seen
