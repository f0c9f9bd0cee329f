"""A mixture of many parameters, fitted to rows that are streamed from a file: seconds a pass, memory, and the bound.

Makes a file of bytes (a mixture with low-rank clusters, as images have), if it is not there, and fits a few passes. The
default has 10 million parameters. A billion, with 0.9 GB of data and 16 to 20 GB of memory:

    python tests/bench/bench_mixture_stream.py --components 47000 --features 3072 --rows 300000 --block-size 100000

Usage: python tests/bench/bench_mixture_stream.py [--components C] [--features D] [--factors H] [--rows N] [--passes P]
       [--block-size B] [--file PATH]
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
import warnings

import numpy as np

import lithe
from lithe.mixture import GaussianMixture

PAPER = 1e10  # parameters of the largest model of arXiv:2501.12299


def write(path: str, rows: int, features: int) -> None:
    """Write rows of bytes: one of many centres, a shared basis of eight directions, and noise."""
    rng = np.random.default_rng(0)
    clusters = max(16, rows // 100)
    bases = rng.normal(0, 12, size=(64, 8, features)).astype(np.float32)
    with open(path + ".part", "wb") as file:
        for first in range(0, rows, 10_000):
            n = min(10_000, rows - first)
            label = rng.integers(0, clusters, size=n)
            x = rng.standard_normal((n, features), dtype=np.float32)
            x *= 8
            for j in np.unique(label % 64):
                here = label % 64 == j
                x[here] += rng.standard_normal((here.sum(), 8), dtype=np.float32) @ bases[j]
            for k in np.unique(label):
                center = np.random.default_rng([1, k]).standard_normal(features, dtype=np.float32)
                x[label == k] += 128 + 25 * center
            file.write(np.clip(x, 0, 255).astype(np.uint8).tobytes())
    os.replace(path + ".part", path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in [("components", 1800), ("features", 784), ("factors", 5), ("rows", 40_000), ("passes", 4),
                          ("block-size", 20_000), ("jobs", -1)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--file", default=None, help="the data; made if it is not there")
    o = parser.parse_args()
    path = o.file or os.path.join(tempfile.gettempdir(), f"lithe-stream-{o.rows}x{o.features}.u8")
    if not os.path.exists(path) or os.path.getsize(path) != o.rows * o.features:
        began = time.perf_counter()
        write(path, o.rows, o.features)
        print(f"wrote {path}: {o.rows * o.features / 1e9:.2f} GB in {time.perf_counter() - began:.0f} s", flush=True)
    data = np.memmap(path, np.uint8, "r", shape=(o.rows, o.features))
    parameters = o.components * (o.features * (o.factors + 2) + 1) - 1
    print(f"lithe {lithe.__version__}: {o.rows} x {o.features} bytes, C = {o.components}, H = {o.factors}, "
          f"{parameters:.3g} parameters in float32", flush=True)

    phases: dict[str, float] = {}

    def watch(progress: lithe.Progress) -> None:
        phases[f"{progress.phase} {progress.iteration}"] = progress.seconds

    model = GaussianMixture(o.components, n_factors=o.factors, max_iter=o.passes, tol=0, random_state=0, n_jobs=o.jobs,
                            callback=watch)
    began, processor = time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lithe.ConvergenceWarning)
        model.fit_blocks(data, block_size=o.block_size)
    wall, processor = time.perf_counter() - began, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    seconds = model.history_["seconds"]
    print(f"survey, seeds, graph, first assignment and first pass: {seconds[0]:.1f} s")
    print("pass   bound, nats a row   seconds   evaluations   of N C")
    for i, entry in enumerate(model.history_):
        took = f"{entry['seconds'] - seconds[i - 1]:9.2f}" if i else "         "
        print(f"{i:4d} {entry['objective']:19.4f} {took} {entry['evaluations']:13d}   "
              f"1/{o.rows * o.components / entry['evaluations']:.0f}")
    each = float(np.median(np.diff(seconds)))
    print(f"coverage gap {model.coverage_gap_:.4f} nats a row; {wall:.0f} s in all, {processor:.0f} s of processors; "
          f"peak memory {peak / 1e9:.2f} GB, {peak / parameters:.1f} bytes a parameter")
    ratio = PAPER / parameters
    print(f"{PAPER:.0e} parameters at the same rows for each component ({o.rows / o.components:.1f}) and evaluations for each "
          f"row: {each * ratio:.0f} s a pass on this machine, {8 * PAPER / 1e9:.0f} GB for packed parameters and sums in "
          f"float32")


if __name__ == "__main__":
    main()
