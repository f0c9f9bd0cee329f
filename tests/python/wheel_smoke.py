"""Uses an installed wheel away from the sources: python wheel_smoke.py FOLDER, where it was installed."""

import os
import sys

import numpy as np

import lithe
from lithe.mixture import GaussianMixture


def main(folder: str) -> None:
    """Check where everything comes from, then fit."""
    site = os.path.abspath(folder)
    for place in (lithe.__file__, lithe.get_library(), lithe.get_include()):
        assert os.path.abspath(place).startswith(site), f"{place} is not inside {site}"
    assert {"lithe.h", "lithe.hpp"} <= set(os.listdir(lithe.get_include()))
    assert os.path.exists(os.path.join(site, "lithe", "py.typed"))
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(-9, 1, (200, 3)), rng.normal(9, 1, (200, 3))])
    model = GaussianMixture(2, n_factors=1, random_state=0).fit(X)
    assert np.allclose(np.sort(model.means_[:, 0]), [-9, 9], atol=0.5), model.means_


if __name__ == "__main__":
    main(sys.argv[1])
