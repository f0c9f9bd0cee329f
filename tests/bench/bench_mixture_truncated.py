"""Truncated variational EM beside the code of the paper's authors: quality and CPU time, cost of an evaluation, evaluations
to convergence, two cores, memory.

The authors' package is `vamm` (https://github.com/variational-sublinear-clustering/vamm, to be installed by hand); its rows are
left out if it is missing. Data are those of bench_mixture.py: a draw from a mixture of factor analyzers of the fitted shape. Quality
is the exact negative log-likelihood of 5,000 held-out rows in nats per row, that of the authors' parameters evaluated by lithe too.
CPU seconds are those of one thread on either side. Seeds are seeds of the fit; the data stay the same.
"""

from __future__ import annotations

import functools
import math
import os
import time
import warnings

import numpy as np
from accuracy import arguments
from bench_mixture import draw
from isolated import Meter, Rows
from report import table

SHAPES = ((20_000, 32, 100), (20_000, 128, 100), (100_000, 64, 1000))
FACTORS = 5


@functools.cache
def rows_of(n, d, c, dtype):
    """Return (train, test)."""
    return tuple(part.astype(dtype) for part in draw(n, d, c, FACTORS))


def mixture(c, seed, threads=1, **params):
    """Return lithe's estimator with the defaults of the benchmark."""
    from lithe.mixture import GaussianMixture
    return GaussianMixture(c, n_factors=FACTORS, random_state=seed, n_jobs=threads, **params)


def fitted(model, X):
    """Fit, and return the meter; a fit that is cut short on purpose says nothing."""
    mixture(1, 0).fit(X[:100])  # loads the library
    with warnings.catch_warnings(), Meter() as meter:
        warnings.simplefilter("ignore")
        model.fit(X)
    return meter


def ours(n, d, c, seed, dtype):
    """A whole fit."""
    X, test = rows_of(n, d, c, dtype)
    model = mixture(c, seed)
    meter = fitted(model, X)
    return meter.facts() | {"iterations": int(model.n_iter_), "nll": -model.score(test),
                            "evaluations": int(model.history_["evaluations"].sum())}


def reach(n, d, c, seed, dtype, target):
    """The cheapest fit of 1, 2, 4, ... iterations whose held-out rows are as likely as the target."""
    X, test = rows_of(n, d, c, dtype)
    for limit in (1, 2, 4, 8, 16, 32, 64, 128):
        model = mixture(c, seed, max_iter=limit, tol=0)
        meter = fitted(model, X)
        if -model.score(test) <= target:
            break
    return meter.facts() | {"iterations": limit, "nll": -model.score(test)}


def authors(n, d, c, seed, warm=None, steps=None):
    """A whole fit by the authors' code, with CPU time and evaluations of its E-steps alone and of its iterations."""
    import vamm
    from lithe.mixture import GaussianMixture
    from vamm.utils import omp
    omp.set_num_threads(1)
    X, test = rows_of(n, d, c, np.float64)
    model = vamm.Gaussian(C=c, D=d, H=FACTORS, covariance_type="mfa")
    limit = 1000 if steps is None else [warm, steps]
    with Meter() as meter:
        marks = [time.process_time()]
        for _ in model._fit(X=X, rng=np.random.default_rng(seed), limit=limit, eps=1e-4 if steps is None else -1.0):
            marks.append(time.process_time())
    log = model.log
    kind, evaluations, spent = np.asarray(log["M_step"], dtype=bool), np.asarray(log["eval"], dtype=float), np.diff(marks)
    spent[0] = np.nan  # the seeding is in it
    own = GaussianMixture.from_parameters(model.prior, model.means, np.asarray(model.A), model.variance)
    each = {name: 1e9 * float(np.nansum(spent[mask]) / evaluations[mask & ~np.isnan(spent)].sum())
            for name, mask in (("search", ~kind), ("iteration", kind)) if (mask & ~np.isnan(spent)).any()}
    return meter.facts() | each | {"iterations": f"{(~kind).sum()} + {kind.sum()}", "nll": -own.score(test),
                                   "evaluations": int(evaluations.sum())}


def sklearn_full(n, d, c, seed, dtype):
    """A whole fit with full covariances by scikit-learn."""
    from sklearn.mixture import GaussianMixture
    X, test = rows_of(n, d, c, dtype)
    model = GaussianMixture(c, covariance_type="full", random_state=seed)
    with warnings.catch_warnings(), Meter() as meter:
        warnings.simplefilter("ignore")
        model.fit(X)
    return meter.facts() | {"iterations": model.n_iter_, "nll": -float(model.score(test))}


def kmeans(n, d, c, seed, library, passes):
    """k-means: scikit-learn's as its users run it, and what a fit of lithe starts from."""
    X, _ = rows_of(n, d, c, np.float32)
    if library == "lithe":
        from lithe.mixture import KMeans
        model = KMeans(c, max_iter=passes, random_state=seed, n_jobs=1)
        KMeans(1, n_jobs=1).fit(X[:100])  # loads the library
    else:
        from sklearn.cluster import KMeans
        model = KMeans(c, n_init=1, max_iter=passes, random_state=seed)
    with warnings.catch_warnings(), Meter() as meter:
        warnings.simplefilter("ignore")
        model.fit(X)
    return meter.facts() | {"iterations": int(model.n_iter_)}


def spread(values):
    """Return the median, and the range in brackets."""
    return f"{np.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def whole_fits(run, n, d, c, seeds):
    """Part (a) for one shape."""
    title = f"Whole fits, {n:,} x {d}, C = {c}, H = {FACTORS}"
    found = {}
    methods = {
        "vamm, float64": lambda s: (authors, n, d, c, s),
        "scikit-learn full, float64": lambda s: (sklearn_full, n, d, c, s, np.float64),
        "scikit-learn full, float32": lambda s: (sklearn_full, n, d, c, s, np.float32),
        "scikit-learn KMeans, 20 passes": lambda s: (kmeans, n, d, c, s, "scikit-learn", 20),
        "lithe KMeans, 10 passes": lambda s: (kmeans, n, d, c, s, "lithe", 10),
        "lithe, float64": lambda s: (ours, n, d, c, s, np.float64),
        "lithe, float32": lambda s: (ours, n, d, c, s, np.float32),
    }
    if n * c * d * d > 1e11:  # hours
        methods = {name: m for name, m in methods.items() if "full" not in name}
    for seed in range(seeds):
        for name, method in methods.items():
            facts = run(f"{title} / {name} / {seed}", *method(seed), limit=1800.0)
            found.setdefault(name, []).extend([facts] * (facts is not None))
        for dtype in (np.float64, np.float32):
            if len(found.get("vamm, float64", ())) == seed + 1:
                name = f"lithe, {dtype.__name__}"
                target = found["vamm, float64"][seed]["nll"]
                facts = run(f"{title} / {name} to the authors' NLL / {seed}", reach, n, d, c, seed, dtype, target)
                found.setdefault(name + ", stopped at vamm's NLL", []).extend([facts] * (facts is not None))
    found = {name: facts for name, facts in found.items() if facts}
    if not found:
        return
    base = np.median([f["cpu"] for f in next(iter(found.values()))])
    rows = []
    for name, facts in found.items():
        cpu = float(np.median([f["cpu"] for f in facts]))
        rows.append([name, cpu, facts[len(facts) // 2]["iterations"], spread([f["nll"] for f in facts]) if "nll" in facts[0] else "",
                     f"{base / cpu:.1f}x"])
    table(f"{title}: medians of {seeds} seeds, one thread", ["method", "CPU s", "iterations", "held-out NLL", "speed"], rows, 3)


def cost(n, d, c, dtype):
    """CPU time of an evaluation in whole iterations: from 5 to 25 of them."""
    X, _ = rows_of(n, d, c, dtype)
    spent, evaluations = [], []
    for limit in (5, 25):
        best = math.inf
        for _ in range(3):
            model = mixture(c, 0, max_iter=limit, tol=0, **PLAIN)
            best = min(best, fitted(model, X).cpu)
        spent.append(best)
        evaluations.append(int(model.history_["evaluations"].sum()))
    total = evaluations[1] - evaluations[0]
    return {"iteration": 1e9 * (spent[1] - spent[0]) / total, "each": total / 20 / n, "cpu": (spent[1] - spent[0]) / 20}


PLAIN = {"split_merge": "off"}  # options that turn off what other codes do not do


def evaluations(run):
    """Part (b): nanoseconds per (row, component)."""
    rows = []
    for n, d, c in SHAPES:
        title = f"Evaluation, {n} {d} {c}"
        peer = run(f"{title} / vamm", authors, n, d, c, 0, 4, 20, limit=1800.0)
        for name, facts in (("vamm, float64", peer), *((f"lithe, {t.__name__}", run(f"{title} / lithe {t.__name__}", cost, n, d, c, t))
                                                       for t in (np.float64, np.float32))):
            if facts is not None:
                speed = f"{peer['iteration'] / facts['iteration']:.1f}x" if peer else ""
                rows.append([f"{n:,} x {d}, C = {c}", name, facts["iteration"], speed])
    if rows:
        table("Cost of an evaluation in whole iterations, ns of CPU time per (row, component)", ["data", "method", "ns", "speed"], rows, 3)


def growth(run, largest, peers_largest):
    """Part (c): evaluations to convergence as N and C grow together."""
    counts = {"vamm": {}, "lithe": {}}
    sizes = [c for c in (100, 200, 400, 800, 1600, 3200) if c <= largest]
    for c in sizes:
        facts = run(f"Growth / lithe / {c}", ours, 100 * c, 32, c, 0, np.float32)
        if facts is not None:
            counts["lithe"][c] = facts
        if c <= peers_largest:
            facts = run(f"Growth / vamm / {c}", authors, 100 * c, 32, c, 0, limit=1800.0)
            if facts is not None:
                counts["vamm"][c] = facts
    rows = []
    for c in sizes:
        row = [c, f"{100 * c * c:.1e}"]
        for facts in (counts["vamm"].get(c), counts["lithe"].get(c)):
            row += [f"{facts['evaluations']:.2e}", facts["nll"], facts["cpu"]] if facts else ["", "", ""]
        if len(row) > 2 and any(row[2:]):
            rows.append(row)
    if rows:
        exponents = {}
        for name, found in counts.items():
            if len(found) > 1:
                slope = np.polyfit([2 * math.log(c) for c in found], [math.log(f["evaluations"]) for f in found.values()], 1)[0]
                exponents[name] = f"{slope:.2f} (up to C = {max(found):,})"
        table("Evaluations to convergence, N = 100 C, D = 32, H = 5",
              ["C", "N C", "vamm", "NLL", "CPU s", "lithe", "NLL", "CPU s"], rows, 3)
        table("Exponent of evaluations in N C", ["method", "exponent"], list(exponents.items()))


def pace(n, d, c, threads):
    """Seconds of 20 iterations."""
    X, _ = rows_of(n, d, c, np.float32)
    best = math.inf
    for _ in range(3):
        model = mixture(c, 0, threads, max_iter=20, tol=0, **PLAIN)
        fitted(model, X)
        best = min(best, float(model.history_["seconds"][-1] - model.history_["seconds"][0]))
    return {"iterations": best, "bits": float(np.abs(model.means_).sum() + model.lower_bound_).hex()}


def state(n, c):
    """Peak memory of a fit beyond its rows."""
    X = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    X[:, :2] += 8 * np.random.default_rng(1).integers(0, 8, size=(n, 2))
    model = mixture(c, 0, os.cpu_count(), max_iter=3, tol=0, init_params="random_from_data", **PLAIN)
    return fitted(model, X).facts()


def resources(run):
    """Part (d): two cores and memory."""
    rows = []
    for n, d, c in SHAPES:
        one, two = (run(f"Threads / {n} {d} {c} / {t}", pace, n, d, c, t) for t in (1, 2))
        if one and two:
            rows.append([f"{n:,} x {d}, C = {c}", one["iterations"], two["iterations"], f"{one['iterations'] / two['iterations'] / 2:.0%}",
                         "yes" if one["bits"] == two["bits"] else "no"])
    if rows:
        table("Two threads: seconds of 20 iterations, float32", ["data", "1 thread", "2 threads", "efficiency", "same bits"], rows, 3)
    small, large = (run(f"State / {n}", state, n, 200) for n in (1_000_000, 3_000_000))
    if small and large:
        table("State of a fit beyond the data and parameters, float32", ["bytes per row"],
              [[(large["peak"] - small["peak"]) * 2**20 / 2_000_000]], 3)


def main():
    options = arguments(__doc__, ("scikit-learn", "numpy"), results=True)
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # of the peers, in the processes of the rows
    run = Rows(options.results, options.pick)
    for n, d, c in SHAPES[:2] if options.quick else SHAPES:
        whole_fits(run, n, d, c, 1 if c > 100 else options.rounds)
    evaluations(run)
    growth(run, 800 if options.quick else 3200, 200 if options.quick else 1600)
    resources(run)


if __name__ == "__main__":
    main()
