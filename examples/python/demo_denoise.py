"""Zero-shot denoising of a real photograph
=========================================

The only input is one noisy photograph. Its overlapping 8 x 8 patches, about 270,000 of them, are the data set: a
Gaussian mixture with factor-analytic covariances and about 1,000 components learns what the patches of this one
picture look like, noise included, and every patch is replaced by its posterior mean given the noise level.

    python demo_denoise.py                      # both sample images of scikit-learn
    python demo_denoise.py --image flower.jpg --components 500
"""

import argparse
import time

import matplotlib
import numpy as np
from sklearn.datasets import load_sample_image

import lithe
from lithe.mixture import GaussianMixture

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

PATCH = 8
SIGMA = 25 / 255
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def photograph(name, rows):
    """Return a sample image of scikit-learn in grey, float32 in [0, 1]."""
    return (load_sample_image(name)[:rows].astype(np.float32) @ LUMA) / 255


def patches(image):
    """Return all overlapping patches as rows, (n, PATCH * PATCH)."""
    windows = np.lib.stride_tricks.sliding_window_view(image, (PATCH, PATCH))
    return np.ascontiguousarray(windows.reshape(-1, PATCH * PATCH))


def assemble(rows, shape):
    """Put patches back and average where they overlap."""
    grid = rows.reshape(shape[0] - PATCH + 1, shape[1] - PATCH + 1, PATCH, PATCH)
    total, count = np.zeros(shape), np.zeros(shape)
    for i in range(PATCH):
        for j in range(PATCH):
            there = np.s_[i:i + grid.shape[0], j:j + grid.shape[1]]
            total[there] += grid[:, :, i, j]
            count[there] += 1
    return np.clip(total / count, 0, 1)


def psnr(image, truth):
    """Return the peak signal-to-noise ratio in decibels."""
    return -10 * np.log10(np.mean((np.clip(image, 0, 1) - truth) ** 2))


def denoise(name, options):
    """Denoise one photograph, print the figures, and return (noisy, denoised, truth, caption)."""
    truth = photograph(name, options.rows)
    noise = np.random.default_rng(0).standard_normal(truth.shape, dtype=np.float32)
    noisy = truth + np.float32(SIGMA) * noise
    X = patches(noisy)

    began = time.perf_counter()
    model = GaussianMixture(n_components=options.components, n_factors=options.factors, tol=1e-2,
                            max_iter=options.iterations, random_state=0, progress=True).fit(X)
    fitted = time.perf_counter()
    restored = assemble(model.denoise(X, noise_variance=SIGMA ** 2), truth.shape)
    finished = time.perf_counter()

    pairs = len(X) * options.components
    per_iteration = model.history_["evaluations"].mean()
    before, after = psnr(noisy, truth), psnr(restored, truth)
    megapixel = truth.size / 1e6 / (finished - began)
    for label, value in [
        ("photograph", f"{name}, {truth.shape[1]} x {truth.shape[0]}, noise sigma {SIGMA * 255:.0f}/255"),
        ("patches N x D", f"{X.shape[0]:,} x {X.shape[1]}"),
        ("components C, factors H", f"{options.components:,}, {model.n_factors_}"),
        ("parameters", f"{model.n_parameters_:,}"),
        ("iterations", f"{model.n_iter_}" + ("" if model.converged_ else " (the limit)")),
        ("seconds", f"{fitted - began:.1f} training, {finished - fitted:.1f} denoising ({megapixel * 1e3:.0f} kpixel/s in all)"),
        ("nats per patch", f"{model.lower_bound_:.3f} bound, {model.lower_bound_ + model.coverage_gap_:.3f} exact (on a sample)"),
        ("distance evaluations", f"{per_iteration:,.0f} per iteration; N*C is {pairs:,}: 1/{pairs / per_iteration:.0f}"),
        ("PSNR", f"{before:.2f} dB before, {after:.2f} dB after"),
    ]:
        print(f"  {label:24s} {value}")
    return noisy, restored, truth, f"{after - before:+.1f} dB"


def draw(results, path):
    """Write the comparison as a picture."""
    ratio = sum(r[2].shape[0] / r[2].shape[1] for r in results)
    figure, axes = plt.subplots(len(results), 3, figsize=(13.5, 4.5 * ratio + 0.35), squeeze=False, layout="constrained")
    for row, (noisy, restored, truth, gain) in zip(axes, results):
        titles = [f"noisy, {psnr(noisy, truth):.2f} dB", f"denoised, {psnr(restored, truth):.2f} dB ({gain})", "ground truth"]
        for axis, image, title in zip(row, [noisy, restored, truth], titles):
            axis.imshow(image, cmap="gray", vmin=0, vmax=1)
            axis.set_title(title, fontsize=11)
            axis.axis("off")
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", choices=["china.jpg", "flower.jpg", "both"], default="both")
    parser.add_argument("--components", type=int, default=1000)
    parser.add_argument("--factors", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=30)
    parser.add_argument("--rows", type=int, default=None, help="use only the first rows of the picture")
    parser.add_argument("--output", default="denoised.png")
    options = parser.parse_args()

    print(f"lithe {lithe.__version__}: zero-shot denoising with a Gaussian mixture")
    names = ["china.jpg", "flower.jpg"] if options.image == "both" else [options.image]
    draw([denoise(name, options) for name in names], options.output)
    print(f"  picture                  {options.output}")


if __name__ == "__main__":
    main()
