"""Own, tied and common loadings on few rows of many features drawn from common factors.

Usage: python tests/bench/bench_mixture_loadings.py [seeds]
"""

import sys
import warnings

import numpy as np

from lithe.mixture import GaussianMixture

N, D, C, H = 300, 60, 6, 3


def drawing(seed):
    rng = np.random.default_rng(seed)
    A, means, roots = rng.normal(size=(D, H)), 3 * rng.normal(size=(C, H)), rng.normal(size=(C, H, H)) / 2
    noise = 0.3 + rng.random(D)

    def draw(n, seed):
        rng = np.random.default_rng(seed)
        labels = rng.integers(C, size=n)
        factors = means[labels] + np.einsum("nij,nj->ni", roots[labels], rng.normal(size=(n, H)))
        return 5 + factors @ A.T + rng.normal(size=(n, D)) * noise

    return draw


def main():
    warnings.simplefilter("ignore")
    print(f"{N} rows x {D}, C = {C}, H = {H}; mean log-density of 5,000 fresh rows, for each seed")
    draws = [drawing(seed) for seed in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3)]
    for loadings, noise in (("own", "diag"), ("own", "tied"), ("tied", "tied"), ("common", "tied")):
        scores = []
        for draw in draws:
            model = GaussianMixture(C, n_factors=H, loadings_type=loadings, noise_type=noise, random_state=0, n_init=3, max_iter=500)
            scores.append(model.fit(draw(N, 10)).score(draw(5000, 11)))
        print(f"{loadings:7} {noise:5} {model.n_parameters_:5} parameters ", *(f"{score:8.2f}" for score in scores))


if __name__ == "__main__":
    main()
