"""Rows in memory and the same rows in blocks: held-out density, passes and CPU time of one thread.

Data are those of bench_mixture.py, float32. In blocks, splits and merges see a sample of at most 64 MiB: all of 100,000 x 64, less
than half of 600,000 x 64.

Usage: python tests/bench/bench_mixture_blocks.py [rows ...]
"""

import sys
import time
import warnings

import numpy as np
from bench_mixture import draw
from report import table

from lithe.mixture import GaussianMixture

FEATURES, COMPONENTS, FACTORS = 64, 1000, 5


def main():
    warnings.simplefilter("ignore")
    for rows in [int(argument) for argument in sys.argv[1:]] or [100_000, 600_000]:
        X, test = (part.astype(np.float32) for part in draw(rows, FEATURES, COMPONENTS, FACTORS))
        GaussianMixture().fit(X[:50])  # loads the library
        found = []
        for name, split, blocks in (("in memory", "auto", False), ("in blocks", "auto", True), ("in blocks, no splits", "off", True)):
            model = GaussianMixture(COMPONENTS, n_factors=FACTORS, split_merge=split, random_state=0, n_jobs=1)
            began = time.process_time()
            if blocks:
                model.fit_blocks(X, block_size=rows // 6)
            else:
                model.fit(X)
            seconds = time.process_time() - began
            found.append([name, f"{seconds:.2f}", model.n_iter_, f"{-model.score(test):.2f}"])
        table(f"{rows:,} x {FEATURES}, C = {COMPONENTS}, H = {FACTORS}, one thread:",
              ["rows", "CPU s", "iterations", "held-out NLL"], found)


if __name__ == "__main__":
    main()
