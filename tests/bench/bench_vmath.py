"""lithe's exponentials, logarithms and searches against Go's math package and NumPy, on slices of 1000 elements.

Every round times each function in Go and then in NumPy; the table gives medians in nanoseconds per element. Quality is the
largest error in units in the last place, measured against 80-bit floating point.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--level", choices=["best", "avx2"], default="best", help="what lithe may use")
args = parser.parse_args()
if args.level == "avx2":
    os.environ["LITHE_CPU"] = "avx2"

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "./core/internal/vmath"
DTYPES = [np.float32, np.float64]


def log_sum_exp(x, out):
    top = x.max()
    out[0] = top + np.log(np.exp(x - top, out=out).sum())


FUNCTIONS = {
    "Exp": lambda x, out: np.exp(x, out=out),
    "Log": lambda x, out: np.log(x, out=out),
    "LogSumExp": log_sum_exp,
    "ArgMin": lambda x, out: x.argmin(),
}
IN_GO = {"Exp": "MathExp", "Log": "MathLog"}


def go_times(binary, folder):
    """Nanoseconds per element of every benchmark, as {"Exp/float32": ...}."""
    command = [binary, "-test.run=^$", "-test.bench=.", "-test.benchtime=0.1s"]
    out = subprocess.run(command, env={**os.environ, "LITHE_BENCH_OUT": folder}, check=True, capture_output=True, text=True)
    return {name: float(ns) for name, ns in re.findall(r"Benchmark(\w+/float\d\d)\S*.*?([\d.]+) ns/element", out.stdout)}


def numpy_time(call, x, out):
    """Nanoseconds per element over at least 0.1 s."""
    call(x, out)
    calls, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < 0.1:
        for _ in range(100):
            call(x, out)
        calls += 100
    return elapsed / calls / len(x) * 1e9


def ulps(got, exact):
    """The largest distance in units in the last place."""
    return float((np.abs(got.astype(np.longdouble) - exact) / np.spacing(np.abs(exact).astype(got.dtype))).max())


def main():
    go = subprocess.run(["go", "version"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()[2]
    print(f"{go}, Python {sys.version.split()[0]}, NumPy {np.__version__}, level {args.level}, "
          f"medians of {args.rounds} rounds, 1 thread\n")
    inputs = {dtype: (np.arange(1000) / 50 + 0.1).astype(dtype) for dtype in DTYPES}
    cases = [(name, dtype) for name in FUNCTIONS for dtype in DTYPES]
    in_go, in_numpy, quality = {}, {case: [] for case in cases}, {}
    with tempfile.TemporaryDirectory() as folder:
        binary = str(Path(folder) / "vmath.test")
        subprocess.run(["go", "test", "-c", "-o", binary, PACKAGE], cwd=ROOT, check=True)
        for _ in range(args.rounds):
            for key, ns in go_times(binary, folder).items():
                in_go.setdefault(key, []).append(ns)
            for name, dtype in cases:
                in_numpy[name, dtype].append(numpy_time(FUNCTIONS[name], inputs[dtype], np.empty(1000, dtype)))
        for name, exact in (("Exp", np.exp), ("Log", np.log)):
            for dtype in DTYPES:
                got = np.fromfile(Path(folder) / f"{name}-{dtype.__name__}.bin", dtype=dtype)
                quality[name, dtype] = ulps(got, exact(inputs[dtype].astype(np.longdouble)))
    print("| function  | dtype   | lithe ns | Go math ns | NumPy ns | Go / lithe | NumPy / lithe | max ulp |")
    print("|-----------|---------|----------|------------|----------|------------|---------------|---------|")
    for name, dtype in cases:
        ours, theirs = statistics.median(in_go[f"{name}/{dtype.__name__}"]), statistics.median(in_numpy[name, dtype])
        scalar = in_go.get(f"{IN_GO.get(name)}/{dtype.__name__}")
        scalar = statistics.median(scalar) if scalar else float("nan")
        print(f"| {name:<9} | {dtype.__name__} | {ours:>8.3f} | {scalar:>10.3f} | {theirs:>8.3f} | {scalar / ours:>10.1f} "
              f"| {theirs / ours:>13.1f} | {quality.get((name, dtype), float('nan')):>7.2f} |")


if __name__ == "__main__":
    main()
