"""lithe's matrix products against NumPy's, single-threaded, alternating in one run.

Every round times each shape with the Go benchmark and then with NumPy. The table gives medians over the rounds and, since
neighbours on the same processor slow some rounds down, the ratio of the best rounds as well. Speeds are per second of
processor time. Quality is the largest absolute difference between the two products. ``--level avx2`` holds both to what
a machine without AVX-512 does.
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

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--level", choices=["best", "avx2"], default="best")
args = parser.parse_args()

# OpenBLAS reads these when NumPy is imported.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[name] = "1"
if args.level == "avx2":
    os.environ["LITHE_CPU"] = "avx2"
    os.environ["OPENBLAS_CORETYPE"] = "Haswell"

import numpy as np  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "./core/internal/blas"
SHAPES = [(1024, 1024, 1024), (2048, 2048, 2048), (100000, 64, 64), (100000, 32, 100), (20000, 64, 1000)]
DTYPES = [np.float32, np.float64]


def pattern(shape, step, dtype):
    """The benchmark's input: (i * step mod 1000003) / 1000003 - 1/2."""
    i = np.arange(shape[0] * shape[1], dtype=np.int64)
    return ((i * step % 1000003) / 1000003 - 0.5).astype(dtype).reshape(shape)


def go_speed(binary, folder, m, k, n, dtype):
    """GFLOP/s of lithe, and the product it computed."""
    pick = f"^BenchmarkGemm$/^{dtype.__name__}$/^{m}x{k}x{n}$"
    command = [binary, "-test.run=^$", f"-test.bench={pick}", "-test.benchtime=0.2s", "-test.cpu=1"]
    out = subprocess.run(command, env={**os.environ, "LITHE_BENCH_OUT": folder}, check=True, capture_output=True, text=True)
    speed = float(re.search(r"([\d.]+) GFLOP/s", out.stdout).group(1))
    return speed, np.fromfile(Path(folder) / "product.bin", dtype=dtype).reshape(m, n)


def numpy_speed(a, b, c):
    """GFLOP/s of NumPy over at least 0.2 s."""
    np.dot(a, b, out=c)
    calls, began = 0, time.process_time()
    while (elapsed := time.process_time() - began) < 0.2:
        np.dot(a, b, out=c)
        calls += 1
    return 2.0 * a.shape[0] * a.shape[1] * b.shape[1] * calls / elapsed / 1e9


def main():
    go = subprocess.run(["go", "version"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()[2]
    blas = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    print(f"{go}, Python {sys.version.split()[0]}, NumPy {np.__version__} with {blas.get('name')} {blas.get('version')}, "
          f"level {args.level}, medians of {args.rounds} rounds, 1 thread\n")
    with tempfile.TemporaryDirectory() as folder:
        binary = str(Path(folder) / "blas.test")
        subprocess.run(["go", "test", "-c", "-o", binary, PACKAGE], cwd=ROOT, check=True)
        speeds = {(shape, dtype): ([], []) for shape in SHAPES for dtype in DTYPES}
        difference = {}
        for _ in range(args.rounds):
            for (m, k, n), dtype in speeds:
                a, b = pattern((m, k), 7919, dtype), pattern((k, n), 104729, dtype)
                c = np.empty((m, n), dtype)
                speed, product = go_speed(binary, folder, m, k, n, dtype)
                ours, theirs = speeds[(m, k, n), dtype]
                ours.append(speed)
                theirs.append(numpy_speed(a, b, c))
                difference[(m, k, n), dtype] = float(np.abs(product - c).max())
    print("| m x k x n          | dtype   | lithe GFLOP/s | NumPy GFLOP/s | ratio | best ratio | max abs difference |")
    print("|--------------------|---------|---------------|---------------|-------|------------|--------------------|")
    for (shape, dtype), (ours, theirs) in speeds.items():
        mine, other = statistics.median(ours), statistics.median(theirs)
        print(f"| {' x '.join(map(str, shape)):<18} | {dtype.__name__} | {mine:>13.1f} | {other:>13.1f} | {mine / other:>5.2f} "
              f"| {max(ours) / max(theirs):>10.2f} | {difference[shape, dtype]:>18.2e} |")


if __name__ == "__main__":
    main()
