"""A photograph as a matrix of low rank
====================================

Compresses one of scikit-learn's photographs: to several ranks, and to whatever rank a tolerance takes. Every result
states its error; the picture shows these statements beside the true errors, which are computed here for comparison.

    python plot_lowrank.py
"""

import argparse

import matplotlib
import numpy as np
from sklearn.datasets import load_sample_image

from lithe.lowrank import id, svd

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", default="china.jpg", help="china.jpg or flower.jpg")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 5, 10, 20, 40, 80, 160])
    parser.add_argument("--tol", type=float, default=0.1, help="relative error to find a rank for")
    parser.add_argument("--output", default="lowrank.png")
    options = parser.parse_args()

    image = load_sample_image(options.image) / 255.0
    A = image.reshape(len(image), -1)
    print(f"{A.shape[0]} x {A.shape[1]} numbers of a photograph")
    print(f"{'':14}  {'rank':>4}  {'kept':>6}  {'stated error':>12}  {'true error':>12}  {'seconds':>7}")

    results = [svd(A, rank, random_state=0) for rank in options.ranks]
    truth = [report("", A, result) for result in results]
    chosen = svd(A, tol=options.tol, random_state=0)
    report(f"error <= {options.tol:.0%}", A, chosen)

    rows = id(A, len(chosen.s), axis=0, random_state=0)
    print(f"\n{len(rows.indices)} of its own rows describe the whole with a relative error of {rows.relative_error:.1%}\n")
    print(chosen.explain())

    figure = draw(image, options.ranks, results, truth, chosen)
    figure.savefig(options.output, dpi=90)
    print(f"picture  {options.output}")


def report(what, A, result):
    """Print a line about a decomposition and return its true relative error."""
    error = np.linalg.norm(A - (result.U * result.s) @ result.Vt)
    rank = len(result.s)
    kept = rank * (sum(A.shape) + 1) / A.size
    print(f"{what:14}  {rank:>4}  {kept:>6.1%}  {result.error:>12.6f}  {error:>12.6f}  {result.seconds:>7.3f}")
    return error / np.linalg.norm(A)


def draw(image, ranks, results, truth, chosen):
    figure, axes = plt.subplots(2, 2, figsize=(11, 8), constrained_layout=True)
    middle = results[len(results) // 2]
    for axis, (title, pixels) in zip(axes.flat, [
            ("original", image),
            (f"rank {len(middle.s)}", (middle.U * middle.s) @ middle.Vt),
            (f"rank {len(chosen.s)}, found for an error of {chosen.relative_error:.1%}",
             (chosen.U * chosen.s) @ chosen.Vt)]):
        axis.imshow(pixels.reshape(image.shape).clip(0, 1))
        axis.set_title(title)
        axis.axis("off")
    axis = axes[1, 1]
    axis.loglog(ranks, truth, "o", markersize=10, fillstyle="none", label="true")
    axis.loglog(ranks, [result.relative_error for result in results], ".-", label="stated by the result")
    axis.axhline(chosen.relative_error, color="grey", linewidth=0.8)
    axis.plot(len(chosen.s), chosen.relative_error, "k*", markersize=10, label="rank found for a tolerance")
    axis.set(xlabel="rank", ylabel="relative error (Frobenius norm)", title="errors")
    axis.legend()
    return figure


if __name__ == "__main__":
    main()
