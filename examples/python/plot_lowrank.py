"""A photograph as a matrix of low rank
====================================

Compresses one of scikit-learn's photographs to several ranks, prints the error that the decomposition states beside the
true one, and draws the results.

    python plot_lowrank.py
"""

import argparse

import matplotlib
import numpy as np
from sklearn.datasets import load_sample_image

from lithe.lowrank import svd

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, nargs="+", default=[5, 20, 80])
    parser.add_argument("--output", default="lowrank.png")
    options = parser.parse_args()

    picture = load_sample_image("china.jpg") / 255.0
    height, width, colours = picture.shape
    A = picture.reshape(height, width * colours)

    print(f"{height} x {width * colours} numbers")
    print(f"{'rank':>4}  {'numbers kept':>12}  {'stated error':>12}  {'true error':>12}  {'seconds':>7}")
    shown = [("original", A)]
    for rank in options.ranks:
        result = svd(A, rank, random_state=0)
        compressed = (result.U * result.s) @ result.Vt
        error = np.linalg.norm(A - compressed)
        kept = rank * (sum(A.shape) + 1) / A.size
        print(f"{rank:>4}  {kept:>12.1%}  {result.error:>12.6f}  {error:>12.6f}  {result.seconds:>7.3f}")
        shown.append((f"rank {rank}: {kept:.1%} of the numbers, {error / np.linalg.norm(A):.1%} error", compressed))

    figure, axes = plt.subplots(2, (len(shown) + 1) // 2, figsize=(11, 7.8), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, image) in zip(axes.flat, shown):
        axis.imshow(image.reshape(picture.shape).clip(0, 1))
        axis.set_title(title, fontsize=10)
    figure.savefig(options.output, dpi=90, bbox_inches="tight")
    print(f"picture  {options.output}")


if __name__ == "__main__":
    main()
