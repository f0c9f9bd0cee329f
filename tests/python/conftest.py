"""Data and tools that the tests share."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from lithe.mixture import GaussianMixture


@pytest.fixture(scope="session")
def blobs():
    """600 rows of 6 features around four centres far apart, float64, read-only; and the centre of each row."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(4, 6)) * 20
    labels = rng.integers(0, 4, size=600)
    X = centers[labels] + rng.normal(size=(600, 6)) @ rng.normal(size=(6, 6))
    X.flags.writeable = False
    return X, labels


@pytest.fixture(scope="session")
def fitted(blobs):
    """A mixture fitted to the blobs; tests must not change it."""
    return GaussianMixture(4, n_factors=2, random_state=0).fit(blobs[0])


@pytest.fixture
def plt():
    """Pyplot without a screen, for tests that draw; they are skipped where there is no matplotlib."""
    pytest.importorskip("matplotlib").use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


@pytest.fixture(scope="session")
def parameters():
    """weights (3,), means (3, 5), loadings (3, 5, 2), noise variances (3, 5) of overlapping components."""
    rng = np.random.default_rng(1)
    return (np.array([0.5, 0.3, 0.2]), rng.normal(size=(3, 5)) * 2, rng.normal(size=(3, 5, 2)),
            rng.uniform(0.2, 1.0, size=(3, 5)))


@pytest.fixture
def run_python():
    """Return a function that runs a script, which must succeed, in a fresh interpreter and returns what it prints."""

    def run(script: str, timeout: float = 120, **env: str) -> str:
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True,
                              timeout=timeout, env={**os.environ, **env})
        assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run
