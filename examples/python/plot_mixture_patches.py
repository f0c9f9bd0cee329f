"""What a mixture knows of image patches
======================================

The 8 x 8 patches of a photograph are the rows. The picture shows the patch that is typical of some components, the directions
in which they vary, patches sampled from the mixture, and what the mixture is good for: a fifth of the pixels is seen, and the
rest is the conditional mean of every patch, averaged where patches overlap.

    python plot_mixture_patches.py
    python plot_mixture_patches.py --components 500 --seen 0.1
"""

import argparse

import matplotlib
import numpy as np
from sklearn.datasets import load_sample_image
from sklearn.feature_extraction.image import reconstruct_from_patches_2d

from lithe.mixture import GaussianMixture

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

SIDE = 8
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def patches(image):
    """Return all overlapping patches as rows, (n, SIDE * SIDE)."""
    windows = np.lib.stride_tricks.sliding_window_view(image, (SIDE, SIDE))
    return np.ascontiguousarray(windows.reshape(-1, SIDE * SIDE))


def assemble(rows, shape):
    """Put patches back and average where they overlap."""
    return reconstruct_from_patches_2d(rows.reshape(-1, SIDE, SIDE), shape)


def psnr(image, truth):
    """Return the peak signal-to-noise ratio in decibels."""
    return -10 * np.log10(np.mean((np.clip(image, 0, 1) - truth) ** 2))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--components", type=int, default=100)
    parser.add_argument("--seen", type=float, default=0.2)
    parser.add_argument("--output", default="mixture_patches.png")
    options = parser.parse_args()
    photograph = (load_sample_image("china.jpg").astype(np.float32) @ LUMA) / 255
    learned, truth = photograph[:, :320], photograph[170:330, 330:490]  # from one part of the photograph for another

    model = GaussianMixture(options.components, n_factors=5, reg_covar=1e-3, tol=0.1, random_state=0).fit(patches(learned)[::4])
    print(f"{len(patches(learned)[::4]):,} patches, {model.n_parameters_:,} parameters, {model.n_iter_} iterations")
    print(f"held-out log-likelihood  {model.score(patches(truth)):.1f} nats per patch")

    seen = np.where(np.random.default_rng(0).random(truth.shape) < options.seen, truth, np.nan)
    filled = np.where(np.isnan(seen), assemble(model.impute(patches(seen)), truth.shape), seen)
    print(f"{options.seen:.0%} of the pixels seen: {psnr(filled, truth):.2f} dB, "
          f"{psnr(np.where(np.isnan(seen), np.nanmean(seen), seen), truth):.2f} dB with their mean for the rest")

    figure, axes = plt.subplot_mosaic([["a", "b", "c"], ["d", "e", "f"]], figsize=(12, 8), layout="constrained")
    order = np.argsort(-model.weights_)[:36]
    contrast = order[np.argsort(-model.means_[order].std(axis=1))]
    sampled = model.denoise(model.sample(36)[0])
    for place, rows, title in (("a", model.means_[contrast], "means of the likeliest components"),
                               ("b", model.factor_loadings_[contrast, :, 0], "a direction in which each varies"),
                               ("c", sampled, "patches sampled, without noise")):
        rows = rows - rows.min(axis=1, keepdims=True)
        rows = rows / rows.max(axis=1, keepdims=True)
        tiles = np.pad(rows.reshape(6, 6, SIDE, SIDE), ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=1)
        axes[place].imshow(tiles.transpose(0, 2, 1, 3).reshape(6 * (SIDE + 2), -1), cmap="gray")
        axes[place].set_title(title)
    for place, image, title in (("d", seen, f"{options.seen:.0%} of the pixels"),
                                ("e", filled, f"filled in, {psnr(filled, truth):.1f} dB"), ("f", truth, "the truth")):
        axes[place].imshow(image, cmap="gray", vmin=0, vmax=1)
        axes[place].set_title(title)
    for axis in axes.values():
        axis.set_axis_off()
    figure.savefig(options.output, dpi=90)
    print(f"picture  {options.output}")


if __name__ == "__main__":
    main()
