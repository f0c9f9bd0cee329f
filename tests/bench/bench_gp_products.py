"""Products with kernel matrices against KeOps, in one run, with the error of the product beside every time.

S1 (Matern-3/2, float32, n = 20,000, d = 3, 8, 26, t = 1 and 16 columns), S2 (nanoseconds of one core per element of the
matrix), the same with tiles that are kept (float32, float16, bfloat16), S10 (two threads against one) and S9 (pivoted
Cholesky of rank 1,000, n = 50,000). KeOps takes part where it is installed, twice: with the flags that it compiles with by
itself, and with ``-march=native -ffast-math``. The error is the largest, relative to the largest element of the product in
float64.
"""

from __future__ import annotations

import math
import os
import tempfile
import time

import numpy as np

from isolated import Rows
from kernel_calls import Core
from lithe.gp.kernels import Matern
from pivoted_cholesky import squares, trace_left
from regression import options_of
from report import table, timed

FAST = "-march=native -ffast-math"


def points(n, d, t):
    """Return points whose neighbours matter, and columns to multiply with."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, d)) * 2 / math.sqrt(d), rng.normal(size=(n, t))


def keops(n, d, t, flags, repeat):
    """Time products of KeOps, after one that compiles."""
    place = os.path.join(tempfile.gettempdir(), "keops-fast" if flags else "keops")  # compiled formulas are kept there
    os.environ |= {"CXXFLAGS": flags, "KEOPS_CACHE_FOLDER": place}
    os.environ["PYKEOPS_VERBOSE"] = "0"
    from pykeops.numpy import LazyTensor

    X, V = (a.astype(np.float32) for a in points(n, d, t))

    def multiply():
        r = (((LazyTensor(X[:, None, :]) - LazyTensor(X[None, :, :])) ** 2).sum(-1) * 3.0).sqrt()
        return ((1.0 + r) * (-r).exp()) @ V

    result = multiply()
    seconds, cpu = [], []
    for _ in range(repeat):
        began, used = time.perf_counter(), time.process_time()
        multiply()
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    return {"seconds": seconds, "cpu": cpu, "sample": result[:100].tolist()}


def ours(n, d, t, repeat, fields):
    """Time products of the Go core."""
    X, V = points(n, d, t)
    with Core() as core:
        reply, result = core("product", X, Matern(1.0, nu=1.5), V, Repeat=repeat, **fields)
    return {key: reply[key] for key in ("seconds", "cpu", "values")} | {"sample": result[:100].tolist()}


def truth(n, d, t):
    """Return the first rows of the product in float64."""
    X, V = points(n, d, t)
    R = np.sqrt(3 * np.square(X[:100, None, :] - X[None]).sum(axis=2))
    return ((1 + R) * np.exp(-R)) @ V


def median(rounds, fact):
    """Return the median over all repetitions of all rounds."""
    return float(np.median([value for facts in rounds for value in facts[fact]]))


def error(rounds, exact, noise=0.0, V=0.0):
    """Return the largest error of the last round's rows, relative to the largest element."""
    return float(np.abs(np.array(rounds[-1]["sample"]) - noise * V - exact).max() / np.abs(exact).max())


def products(run, n, rounds):
    """S1 and S2."""
    rows = []
    for d in (3, 8, 26):
        for t in (1, 16):
            found = run.rounds(f"S1 / {n} / {d} / {t}", {
                "KeOps": (keops, n, d, t, "", 2), f"KeOps, {FAST}": (keops, n, d, t, FAST, 2), "lithe": (ours, n, d, t, 3, {}),
                "lithe, float64": (ours, n, d, t, 3, {"Precision": "float64"})}, rounds)
            exact = truth(n, d, t)
            base = median(found["lithe"], "seconds") if "lithe" in found else np.nan
            for name, facts in found.items():
                seconds = median(facts, "seconds")
                rows.append([d, t, name, seconds, 1e9 * median(facts, "cpu") / n**2, error(facts, exact),
                             f"{seconds / base:.1f}x"])
    if rows:
        table(f"S1, S2, Matern-3/2, {n:,} points, t columns: medians of {rounds} rounds",
              ["d", "t", "method", "seconds", "ns per element and core", "error", "time"], rows, digits=3)


def stored(run, n, rounds):
    """Products with tiles that are kept, and noise that no rounding of them can outweigh, so that the guard lets all pass."""
    rows, noise = [], 1e4
    for t in (1, 16):
        found = run.rounds(f"storage / {n} / {t}", {kept: (ours, n, 8, t, 3, {"Storage": kept, "Noise": noise}) for kept in
                                                    ("none", "float32", "float16", "bfloat16")}, rounds)
        exact, V = truth(n, 8, t), points(n, 8, t)[1][:100]
        for kept, facts in found.items():
            size = {"none": 0, "float32": 2, "float16": 1, "bfloat16": 1}[kept] * n**2 / 1e6
            rows.append([t, kept, median(facts, "seconds"), 1e9 * median(facts, "cpu") / n**2, error(facts, exact, noise, V), size,
                         facts[-1]["values"]["storage_error"]])
    if rows:
        table(f"Tiles that are kept, Matern-3/2, {n:,} x 8: medians of {rounds} rounds",
              ["t", "storage", "seconds", "ns per element and core", "error", "MB", "change of eigenvalues"], rows, digits=3)


def threads(run, n, rounds):
    """S10: what a second thread brings."""
    rows = []
    for t in (1, 16):
        found = run.rounds(f"S10 / {n} / {t}", {str(count): (ours, n, 8, t, 3, {"Threads": count}) for count in (1, 2)}, rounds)
        if len(found) == 2:
            one, two = median(found["1"], "seconds"), median(found["2"], "seconds")
            rows.append([t, one, two, f"{50 * one / two:.0f} %"])
    if rows:
        table(f"S10, one and two threads, Matern-3/2, {n:,} x 8: medians of {rounds} rounds",
              ["t", "one, s", "two, s", "efficiency"], rows, digits=3)


def numpy_factor(n, rank, seed):
    """Pivoted Cholesky in NumPy."""
    X, _ = points(n, 9, 1)
    left, seconds = timed(lambda: trace_left(X, rank, matern, np.random.default_rng(seed)))
    return {"seconds": [seconds], "left": [left]}


def our_factor(n, rank, seed):
    """The same in the Go core, with the factors that solves with the preconditioner need."""
    X, _ = points(n, 9, 1)
    with Core() as core:
        reply, _ = core("factor", X, Matern(1.0, nu=1.5), Noise=0.01, Preconditioner="rpcholesky", Rank=rank, Seed=seed)
    return {"seconds": reply["seconds"], "left": [reply["values"]["left"]]}


def factors(run, n, rank, rounds):
    """S9."""
    found = run.rounds(f"S9 / {n} / {rank}", {"NumPy, accelerated": (numpy_factor, n, rank, 0),
                                             "lithe, ready for P^-1 v": (our_factor, n, rank, 0)}, rounds)
    rows = [[name, median(facts, "seconds"), median(facts, "left")] for name, facts in found.items()]
    if rows:
        table(f"S9, pivoted Cholesky with random pivots of a Matern-3/2 kernel, n = {n:,}, d = 9, rank {rank}: {rounds} rounds",
              ["method", "seconds", "relative trace left", "time"],
              [[*row, f"{row[1] / rows[0][1]:.2f}x"] for row in rows], digits=3)


def matern(rows, X):
    """Return the kernel between some points and all."""
    r = np.sqrt(3 * squares(rows, X))
    return (1 + r) * np.exp(-r)


def main():
    options = options_of(__doc__)
    run, rounds = Rows(options.results, options.pick), options.rounds
    n = 20_000 // (4 if options.quick else 1)
    products(run, n, rounds)
    stored(run, n, rounds)
    threads(run, n, rounds)
    factors(run, 50_000 // options.part, 1000 // options.part, rounds)


if __name__ == "__main__":
    main()
