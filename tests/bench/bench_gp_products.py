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
    if flags:  # compiled formulas are kept, so other flags need another place
        os.environ |= {"CXXFLAGS": flags, "KEOPS_CACHE_FOLDER": os.path.join(tempfile.gettempdir(), "keops-fast")}
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


def truth(X, V):
    """Return the first rows of the product in float64."""
    R = np.sqrt(3 * np.square(X[:100, None, :] - X[None]).sum(axis=2))
    return ((1 + R) * np.exp(-R)) @ V


def products(core, run, n, rounds):
    """S1 and S2."""
    rows = []
    for d in (3, 8, 26):
        for t in (1, 16):
            X, V = points(n, d, t)
            exact = truth(X, V)
            times, errors = {}, {}
            for turn in range(rounds):
                for name, flags in (("KeOps", ""), (f"KeOps, {FAST}", FAST)):
                    facts = run(f"product / {d} / {t} / {name} / {turn}", keops, n, d, t, flags, 2)
                    if facts is not None:
                        times.setdefault(name, []).extend(zip(facts["seconds"], facts["cpu"]))
                        errors[name] = np.abs(np.array(facts["sample"]).reshape(exact.shape) - exact).max()
                for name, more in (("lithe", {}), ("lithe, float64", {"Precision": "float64"})):
                    reply, result = core("product", X, Matern(1.0, nu=1.5), V, Repeat=3, **more)
                    times.setdefault(name, []).extend(zip(reply["seconds"], reply["cpu"]))
                    errors[name] = np.abs(result[:100] - exact).max()
            ours = np.median([s for s, _ in times["lithe"]])
            for name, pairs in times.items():
                seconds, cpu = np.median(pairs, axis=0)
                rows.append([d, t, name, float(seconds), 1e9 * float(cpu) / n**2, float(errors[name] / np.abs(exact).max()),
                             f"{seconds / ours:.1f}x"])
    table(f"S1, S2, Matern-3/2, {n:,} points, t columns: medians of {rounds} rounds",
          ["d", "t", "method", "seconds", "ns per element and core", "error", "time"], rows, digits=3)


def stored(core, n, rounds):
    """Products with tiles that are kept."""
    rows = []
    for t in (1, 16):
        X, V = points(n, 8, t)
        exact = truth(X, V)
        for storage in ("none", "float32", "float16", "bfloat16"):
            times = []
            for _ in range(rounds):
                # Noise that no rounding of tiles can outweigh, so that the guard lets all of them pass.
                reply, result = core("product", X, Matern(1.0, nu=1.5), V, Repeat=3, Storage=storage, Noise=1e4)
                times += zip(reply["seconds"], reply["cpu"])
            seconds, cpu = np.median(times, axis=0)
            error = np.abs(result[:100] - 1e4 * V[:100] - exact).max() / np.abs(exact).max()
            bytes_kept = {"none": 0, "float32": 2, "float16": 1, "bfloat16": 1}[storage]
            rows.append([t, storage, float(seconds), 1e9 * float(cpu) / n**2, float(error), bytes_kept * n**2 / 1e6,
                         reply["values"]["storage_error"]])
    table(f"Tiles that are kept, Matern-3/2, {n:,} x 8: medians of {rounds} rounds",
          ["t", "storage", "seconds", "ns per element and core", "error", "MB", "change of eigenvalues"], rows, digits=3)


def threads(core, n, rounds):
    """S10: what a second thread brings."""
    rows = []
    for t in (1, 16):
        X, V = points(n, 8, t)
        times = {1: [], 2: []}
        for _ in range(rounds):
            for count in times:
                reply, _ = core("product", X, Matern(1.0, nu=1.5), V, Repeat=3, Threads=count)
                times[count] += reply["seconds"]
        one, two = (float(np.median(times[count])) for count in (1, 2))
        rows.append([t, one, two, f"{50 * one / two:.0f} %"])
    table(f"S10, one and two threads, Matern-3/2, {n:,} x 8: medians of {rounds} rounds",
          ["t", "one, s", "two, s", "efficiency"], rows, digits=3)


def factors(core, n, rank, rounds):
    """S9: pivoted Cholesky with random pivots, and the preconditioner made of it."""
    X, _ = points(n, 9, 1)
    ours, peer, left = [], [], []
    for seed in range(rounds):
        result, seconds = timed(lambda: trace_left(X, rank, matern, np.random.default_rng(seed)))
        peer.append(seconds)
        left.append(result)
        reply, _ = core("factor", X, Matern(1.0, nu=1.5), Noise=0.01, Preconditioner="rpcholesky", Rank=rank, Seed=seed)
        ours.append(reply)
    a, b = float(np.median(peer)), float(np.median([r["seconds"][0] for r in ours]))
    table(f"S9, pivoted Cholesky with random pivots of a Matern-3/2 kernel, n = {n:,}, d = 9, rank {rank}: {rounds} rounds",
          ["method", "seconds", "relative trace left", "time"],
          [["NumPy, accelerated", a, float(np.median(left)), "1.00x"],
           ["lithe, with the factors for P^-1 v", b, float(np.median([r["values"]["left"] for r in ours])), f"{b / a:.2f}x"]],
          digits=3)


def matern(rows, X):
    """Return the kernel between some points and all."""
    r = np.sqrt(3 * squares(rows, X))
    return (1 + r) * np.exp(-r)


def main():
    options = options_of(__doc__)
    run, rounds = Rows(options.results, options.pick), options.rounds
    n = 20_000 // (4 if options.quick else 1)
    with Core() as core:
        products(core, run, n, rounds)
        stored(core, n, rounds)
        threads(core, n, rounds)
        factors(core, 50_000 // options.part, 1000 // options.part, rounds)


if __name__ == "__main__":
    main()
