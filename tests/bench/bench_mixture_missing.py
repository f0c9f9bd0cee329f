"""Missing values and search in mixtures: what they cost and what they lose. Processor seconds, one thread.

Usage: python tests/bench/bench_mixture_missing.py [rows] [components]
"""

import sys
import time
import warnings

import numpy as np

from lithe.mixture import GaussianMixture


def cpu(do):
    began = time.process_time()
    result = do()
    return time.process_time() - began, result


def missing(n, components, features=32):
    rng = np.random.default_rng(0)
    means = 1.5 * rng.normal(size=(components, features))
    loadings = rng.normal(size=(components, features, 5)) / 2
    labels = rng.integers(components, size=n)
    X = means[labels] + np.einsum("ndh,nh->nd", loadings[labels], rng.normal(size=(n, 5))) + 0.3 * rng.normal(size=(n, features))
    X = X.astype(np.float32)
    scattered = np.where(rng.random(X.shape) < 0.1, np.float32(np.nan), X)
    masks = rng.random((8, features)) < 0.1
    blocks = np.where(masks[rng.integers(8, size=n)], np.float32(np.nan), X)
    for name, data in (("complete", X), ("8 patterns", blocks), ("scattered", scattered)):
        model = GaussianMixture(components, missing="nan", random_state=0, tol=0, max_iter=10, n_jobs=1, split_merge="off")
        seconds, _ = cpu(lambda: model.fit(data))
        score, _ = cpu(lambda: model.score_samples(data[:20000]))
        lost = np.isnan(data)
        error = np.sqrt(np.mean((model.impute(data) - X)[lost] ** 2)) if lost.any() else 0
        spread = np.std(X[lost]) if lost.any() else 0
        print(f"{name:12} fit {seconds:6.2f} s, scores {score / 20000 * 1e6:6.2f} us a row, "
              f"imputation error {error:.3f} of {spread:.3f}", flush=True)


def search(n, components):
    from sklearn.datasets import load_sample_image
    from sklearn.feature_extraction.image import extract_patches_2d

    image = load_sample_image("china.jpg").mean(axis=2) / 255
    X = extract_patches_2d(image, (8, 8), max_patches=n, random_state=0).reshape(n, 64).astype(np.float32)
    X += np.random.default_rng(0).normal(scale=25 / 255, size=X.shape).astype(np.float32)
    model = GaussianMixture(components, random_state=0, tol=0.02, n_jobs=1, split_merge="off").fit(X)
    exact_s, exact = cpu(lambda: model.score_samples(X))
    report = model.check_search(X)
    model.set_params(inference="search")
    model.predict(X[:100])
    search_s, found = cpu(lambda: model.score_samples(X))
    print(f"patches, C = {components}: exact {exact_s / n * 1e6:.2f} us a row, search {search_s / n * 1e6:.2f}, gap in the call "
          f"{np.mean(exact - found):.5f}, alone {report}", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    rows, count = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((1, 40_000), (2, 500)))
    missing(rows, 100)
    search(rows, count)
