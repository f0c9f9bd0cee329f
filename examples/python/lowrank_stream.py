"""A matrix that passes by once
============================

Rows are read from a file, block after block, each exactly once, and two things are kept of them: sketches, from which
`StreamingSVD` makes singular vectors with their error, and covariances, from which `PCA` makes exact components. Two
halves of the file, seen apart, are then merged into the same result.

    python lowrank_stream.py
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from lithe.lowrank import PCA, StreamingSVD


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--columns", type=int, default=400)
    parser.add_argument("--rank", type=int, default=10)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.f4"
        write(path, options.rows, options.columns)
        print(f"{options.rows} x {options.columns} numbers, {path.stat().st_size / 1e6:.0f} MB in a file")

        stream = StreamingSVD(options.rank, random_state=0).fit(blocks(path, options.columns))
        kept = sum(part.nbytes for part in (stream.co_range_, stream.core_, stream.check_))
        kept += sum(rows.nbytes for _, rows in stream.range_)
        print(f"one pass, {kept / 1e6:.1f} MB kept: error {stream.relative_error_:.2%} of the norm (stated)")
        print(f"                              error {true_error(path, stream):.2%} of the norm (true, a second pass)")

        half = options.rows // 2
        first = StreamingSVD(options.rank, random_state=0)
        second = StreamingSVD(options.rank, random_state=0)
        first.partial_fit(blocks(path, options.columns, 0, half))
        second.partial_fit(blocks(path, options.columns, half, options.rows), first=half)
        merged = first.merge(second)
        print(f"two halves merged: singular values agree to "
              f"{np.abs(merged.singular_values_ / stream.singular_values_ - 1).max():.0e}")

        pca = PCA(options.rank).fit(blocks(path, options.columns))
        print(f"PCA in one pass: {options.rank} components explain {pca.explained_variance_ratio_.sum():.1%}, exactly")


def write(path, rows, columns):
    """Write rows of a matrix with singular values that fall like 1 / i, in float32."""
    rng = np.random.default_rng(0)
    right = np.linalg.qr(rng.normal(size=(columns, columns)))[0] / np.arange(1.0, columns + 1)[:, None]
    with open(path, "wb") as file:
        for start in range(0, rows, 2000):
            block = rng.normal(size=(min(2000, rows - start), columns)) @ right
            block.astype(np.float32).tofile(file)


def blocks(path, columns, start=0, stop=None, size=1500):
    """Yield the rows from start to stop as blocks."""
    data = np.memmap(path, dtype=np.float32, mode="r").reshape(-1, columns)[start:stop]
    for i in range(0, len(data), size):
        yield data[i:i + size]


def true_error(path, stream):
    """Return the relative error of the factors, from another pass."""
    left, total, row = 0.0, 0.0, 0
    for block in blocks(path, len(stream.components_.T)):
        U = stream.left_singular_vectors_[row:row + len(block)]
        left += ((block - (U * stream.singular_values_) @ stream.components_) ** 2).sum()
        total += (block.astype(np.float64) ** 2).sum()
        row += len(block)
    return (left / total) ** 0.5


if __name__ == "__main__":
    main()
