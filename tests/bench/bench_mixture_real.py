"""Mixtures of factor analyzers on real data: denoising by an image's own patches, Fashion-MNIST, and intrusions of KDD-99.

Needs ``--data`` (or $LITHE_DATA), a folder with img_denoise.npz (grey images of Set12 and BSD68 by name, Set12_02 is `house`),
img_fashion_mnist.npz (X of 70,000 x 28 x 28) and clf_kddcup99_10pct.npz (X of 494,021 x 41, y, class_names, feature_names).

Denoising learns a mixture from all 12 x 12 patches of the noisy image alone, replaces each by its posterior mean without the noise
of its component, or ("told the noise") without white noise of the true variance, and merges overlapping patches by their median or
mean. Peers are `vamm`, the code of the authors
(https://github.com/variational-sublinear-clustering/vamm, installed by hand; its parameters denoise through lithe), and BM3D (pip
install bm3d), which is told the noise. CPU seconds are those of all threads.
"""

from __future__ import annotations

import os
import warnings

import numpy as np
from accuracy import arguments, stored
from isolated import Meter, Rows
from report import table

SIDE, SIGMA = 12, 15.0
MODEL = {"n_factors": 5, "random_state": 0}
PATCHES = MODEL | {"init_params": "random_from_data", "tol": 0.1}


def noisy(folder, name):
    """Return the clean image and a noisy one."""
    with np.load(os.path.join(folder, "img_denoise.npz")) as images:
        clean = images[name].astype(np.float64)
    return clean, clean + SIGMA * np.random.default_rng(0).normal(size=clean.shape)


def patches(image, dtype):
    """Return all patches as rows."""
    windows = np.lib.stride_tricks.sliding_window_view(image, (SIDE, SIDE))
    return np.ascontiguousarray(windows.reshape(-1, SIDE * SIDE), dtype=dtype)


def merged(rows, shape, how):
    """Return the image whose pixels are the median or mean of what the patches say."""
    h, w = shape[0] - SIDE + 1, shape[1] - SIDE + 1
    stack = np.full((SIDE * SIDE, *shape), np.nan, dtype=rows.dtype)
    for k in range(SIDE * SIDE):
        i, j = divmod(k, SIDE)
        stack[k, i:i + h, j:j + w] = rows[:, k].reshape(h, w)
    return (np.nanmedian if how == "median" else np.nanmean)(stack, axis=0)


def psnr(clean, image):
    """Return decibels for pixels of 0 to 255."""
    return float(10 * np.log10(255**2 / np.square(clean - image).mean()))


def judged(clean, rows):
    """Return the quality of both ways to merge."""
    return {how: psnr(clean, merged(rows, clean.shape, how)) for how in ("median", "mean")}


def ours(folder, name, c):
    """Denoise by lithe."""
    from lithe.mixture import GaussianMixture
    clean, image = noisy(folder, name)
    X = patches(image, np.float32)
    GaussianMixture(1).fit(X[:100])  # loads the library
    with warnings.catch_warnings(), Meter() as training:
        warnings.simplefilter("ignore")
        model = GaussianMixture(c, **PATCHES).fit(X)
    with Meter() as meter:
        rows = model.denoise(X)
    with Meter() as informed:
        told = model.denoise(X, noise_variance=SIGMA**2)
    return judged(clean, rows) | {"told": judged(clean, told)["median"], "told_cpu": training.cpu + informed.cpu,
                                  "told_seconds": training.seconds + informed.seconds, "fit": training.cpu, "cpu": training.cpu + meter.cpu, "pixels": clean.size / 1e3,
                                  "seconds": training.seconds + meter.seconds, "noisy": psnr(clean, image),
                                  "nll": -model.score(X[::20]), "peak": max(training.peak, meter.peak)}


def authors(folder, name, c):
    """Denoise by the parameters that the authors' code finds with its defaults."""
    import vamm
    from lithe.mixture import GaussianMixture
    from vamm.utils import omp
    omp.set_num_threads(1)
    clean, image = noisy(folder, name)
    X = patches(image, np.float64)
    with Meter() as training:
        model = vamm.Gaussian(C=c, D=X.shape[1], H=5, covariance_type="mfa")
        model.fit(X=X, rng=np.random.default_rng(0))
    own = GaussianMixture.from_parameters(model.prior, model.means, np.asarray(model.A), model.variance)
    return judged(clean, own.denoise(X)) | {"fit": training.cpu, "pixels": clean.size / 1e3, "noisy": psnr(clean, image),
                                            "nll": -own.score(X[::20]), "peak": training.peak}


def bm3d_of(folder, name):
    """Denoise by BM3D."""
    import bm3d
    clean, image = noisy(folder, name)
    with Meter() as meter:
        found = bm3d.bm3d(image / 255, SIGMA / 255)
    return {"image": psnr(clean, 255 * found), "cpu": meter.cpu, "seconds": meter.seconds, "pixels": clean.size / 1e3,
            "noisy": psnr(clean, image), "peak": meter.peak}


def fashion(folder, c):
    """Fit Fashion-MNIST; its test images are held out from nothing, as the size is the point, but scored apart."""
    from lithe.mixture import GaussianMixture
    with np.load(os.path.join(folder, "img_fashion_mnist.npz")) as file:
        X = file["X"].reshape(len(file["X"]), -1).astype(np.float32) / 255
    return large(GaussianMixture(c, **MODEL, tol=0.1, reg_covar=1e-2), X)


def intrusions(folder):
    """Return the columns of KDD-99 that are numbers, log(1 + x) where they are counts or bytes, and what is normal."""
    with np.load(os.path.join(folder, "clf_kddcup99_10pct.npz")) as file:
        X, y, names, classes = file["X"], file["y"], file["feature_names"], file["class_names"]
    numbers = ~np.isin(names, ["protocol_type", "service", "flag"])
    X = X[:, numbers].astype(np.float32)
    wide = X.max(axis=0) > 1
    X[:, wide] = np.log1p(X[:, wide])
    return X, np.char.rstrip(classes.astype(str), ".")[y] == "normal"


def kdd(folder, c):
    """Fit all rows of KDD-99."""
    from lithe.mixture import GaussianMixture
    return large(GaussianMixture(c, **MODEL, tol=0.01, reg_covar=1e-2), intrusions(folder)[0])


def alarms(folder, c):
    """Fit half of the normal rows; the score is how well low density tells attacks from the other half."""
    from lithe.mixture import GaussianMixture
    from sklearn.metrics import roc_auc_score
    X, normal = intrusions(folder)
    own = np.flatnonzero(normal)
    train = np.zeros(len(X), dtype=bool)
    train[np.random.default_rng(0).permutation(own)[:len(own) // 2]] = True
    model = GaussianMixture(c, **MODEL, tol=0.01, reg_covar=1e-2)
    facts = large(model, X[train])
    return facts | {"rows": int(train.sum()), "auc": float(roc_auc_score(~normal[~train], -model.score_samples(X[~train])))}


def large(model, X):
    """Fit, and return the facts; of the quality, that of every twentieth row."""
    with warnings.catch_warnings(), Meter() as meter:
        warnings.simplefilter("ignore")
        model.fit(X)
    return meter.facts() | {"rows": len(X), "size": X.nbytes / 2**20, "iterations": int(model.n_iter_), "nll": -model.score(X[::20]),
                            "parameters": int(model.n_parameters_), "pace": float(np.diff(model.history_["seconds"]).mean())}


def house(run, folder):
    """One image by every method."""
    rows = []
    for c in (200, 1000):
        for name, function in (("vamm", authors), ("lithe", ours)):
            f = run(f"House / {name} / {c}", function, str(folder), "Set12_02", c, limit=1800.0)
            if f is not None:
                rows.append([f"{name}, C = {c}", f["nll"], f"{f['median']:.2f}", f"{f['mean']:.2f}", f["fit"], f.get("cpu", ""),
                             f["pixels"] / f["seconds"] if "seconds" in f else ""])
    f = run("House / BM3D", bm3d_of, str(folder), "Set12_02")
    if f is not None:
        rows.append(["BM3D", "", f"{f['image']:.2f}", "", "", f["cpu"], f["pixels"] / f["seconds"]])
    if rows:
        table(f"Denoising house, 256 x 256, noise {SIGMA:.0f}", ["method", "NLL", "PSNR, median", "PSNR, mean", "fit, CPU s", "all, CPU s",
                                                              "kpixel/s"], rows, 3)


def shared_set(run, folder, images):
    """The mean over images."""
    found = {"lithe, C = 1000": [], "BM3D": []}
    for name in images:
        for method, args in (("lithe, C = 1000", (ours, str(folder), name, 1000)), ("BM3D", (bm3d_of, str(folder), name))):
            f = run(f"Images / {method} / {name}", *args)
            if f is not None:
                found[method].append(f)
    rows = [[name, len(f), np.mean([v["noisy"] for v in f]), np.mean([v[quality] for v in f]),
             sum(v["pixels"] for v in f) / sum(v[seconds] for v in f), sum(v[cpu] for v in f) / len(f)]
            for name, f, quality, seconds, cpu in (
                ("lithe, C = 1000", found["lithe, C = 1000"], "median", "seconds", "cpu"),
                ("lithe, C = 1000, told the noise", found["lithe, C = 1000"], "told", "told_seconds", "told_cpu"),
                ("BM3D, told the noise", found["BM3D"], "image", "seconds", "cpu")) if f]
    if rows:
        table(f"Denoising of images of Set12 and BSD68, noise {SIGMA:.0f}, means", ["method", "images", "noisy, dB", "PSNR, dB", "kpixel/s",
                                                                                  "CPU s each"], rows)


def main():
    options = arguments(__doc__, ("bm3d", "numpy"), results=True)
    run, folder = Rows(options.results, options.pick), options.data
    if (images := stored(folder, "img_denoise")) is not None:
        house(run, folder)
        shared_set(run, folder, [name for name in images.files if "_" in name][::8 if options.quick else 1])
    rows = []
    for name, file, function in (("Fashion-MNIST", "img_fashion_mnist", fashion), ("KDD-99", "clf_kddcup99_10pct", kdd),
                                 ("KDD-99, half of the normal rows", "clf_kddcup99_10pct", alarms)):
        c = 100 if options.quick else 1000
        f = run(f"Large / {name} / {c}", function, str(folder), c) if stored(folder, file) is not None else None
        if f is not None:
            rows.append([f"{name}, {f['rows']:,} rows, C = {c}", f"{f['parameters']:,}", f["iterations"], f["seconds"], f["cpu"], f["pace"],
                         f["size"], f["peak"], f"{f['nll']:.2f}", f"{f['auc']:.4f}" if "auc" in f else ""])
    if rows:
        table("Real data, float32, H = 5", ["data", "parameters", "iterations", "seconds", "CPU s", "s per iteration", "data, MB", "peak MB beyond",
                                          "NLL", "AUC of attacks"], rows, 3)


if __name__ == "__main__":
    main()
