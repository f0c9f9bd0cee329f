"""Uses lithe_gopy and compares it with the ctypes package: PYTHONPATH=build/gopy:python python smoke.py.

The two run in different processes, as two Go libraries in one are not supported by Go.
"""

import itertools
import multiprocessing
import os
import tempfile

import numpy as np

SETTINGS = list(itertools.product(["float32", "float64"], ["factor", "diag"], ["exact", "truncated"]))
COMPONENTS, FEATURES, FACTORS, SEED = 8, 6, 2, 2**63 + 11


def data(dtype):
    """Return 2000 rows from COMPONENTS well separated groups."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 9, (COMPONENTS, FEATURES))
    return (centres[rng.integers(COMPONENTS, size=2000)] + rng.normal(size=(2000, FEATURES))).astype(dtype)


def by_ctypes(folder):
    """Fit with the ctypes package under every setting; return parameters, scores and labels, and save the models."""
    from lithe.mixture import GaussianMixture

    results = []
    for i, (dtype, covariance_type, algorithm) in enumerate(SETTINGS):
        X = data(dtype)
        model = GaussianMixture(COMPONENTS, covariance_type=covariance_type, n_factors=FACTORS, algorithm=algorithm,
                                random_state=SEED).fit(X)
        model.save(os.path.join(folder, f"{i}.lithe"))
        results.append([model.weights_, model.means_, model.factor_loadings_, model.noise_variance_,
                        model.score_samples(X), model.predict(X)])
    return results


def by_gopy(mixture, rows, into, dtype, covariance_type, algorithm):
    """Fit with lithe_gopy; return the model, its parameters, scores and labels."""
    X = data(dtype)
    options = mixture.Options(Components=COMPONENTS, CovarianceType=covariance_type, Factors=FACTORS,
                              Algorithm=algorithm, Seed=SEED)
    model = options.Fit(*rows(X))
    assert model.Converged and model.Iterations > 0 and model.CovarianceType == covariance_type, model
    return model, parameters(model, into) + evaluations(model, X, rows, into)


def parameters(model, into):
    """Return what `by_ctypes` does of the parameters."""
    C, D, H = model.Components, model.Features, model.Factors
    arrays = [np.empty(C), np.empty((C, D)), np.empty((C, D, H)), np.empty((C, D))]
    for method, array in zip([model.Weights, model.Means, model.Loadings, model.NoiseVariance], arrays):
        method(*into(array))
    return arrays


def evaluations(model, X, rows, into):
    """Return the scores and the labels of the rows of X."""
    scores, labels = np.empty(len(X)), np.empty(len(X), dtype=np.int64)
    model.ScoreSamples(*rows(X), *into(scores))
    model.Predict(*rows(X), *into(labels))
    return [scores, labels]


def raises(kind, text, function, *arguments, **keywords):
    """Assert that a call raises an exception of a kind whose message contains a text."""
    try:
        function(*arguments, **keywords)
    except kind as error:
        assert text in str(error), error
    else:
        raise AssertionError(f"{function} did not raise {kind}")


def check_results(mixture, rows, into):
    """Assert that gopy and ctypes give the same bits, and read each other's files."""
    with tempfile.TemporaryDirectory() as folder:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            reference = pool.apply(by_ctypes, [folder])
        for i, setting in enumerate(SETTINGS):
            model, results = by_gopy(mixture, rows, into, *setting)
            for expected, result in zip(reference[i], results, strict=True):
                assert np.array_equal(expected, result.reshape(expected.shape)), (setting, expected, result)
            theirs = mixture.Load(os.path.join(folder, f"{i}.lithe"))
            path = os.path.join(folder, "gopy.lithe")
            model.Save(path)
            for other in (theirs, mixture.Load(path)):
                assert all(map(np.array_equal, results[:4], parameters(other, into))), setting


def check_failures(mixture, rows, into):
    """Assert that errors and panics are exceptions, after which everything still works."""
    X = data("float64")
    model = mixture.Options(Components=2).Fit(*rows(X))
    before = evaluations(model, X, rows, into)
    raises(RuntimeError, "n_components must be at least 1, got -1", mixture.Options(Components=-1).Fit, *rows(X))
    raises(RuntimeError, "NaN at row 0, column 0", mixture.Options().Fit, *rows(np.full((9, 2), np.nan)))
    raises(RuntimeError, "expected float32 or float64", mixture.Options().Fit, *rows(np.zeros((9, 2), dtype="int64")))
    raises(RuntimeError, "must be 2000 x 1 of float64, got 3 x 1", model.ScoreSamples, *rows(X), *into(np.empty(3)))
    raises(RuntimeError, "must be 2000 x 1 of int64", model.Predict, *rows(X), *into(np.empty(2000)))
    raises(RuntimeError, "this Model is empty", mixture.Model().Weights, *into(np.empty(2)))
    raises(RuntimeError, "unreadable model file", mixture.Load, os.devnull)
    raises(TypeError, "", mixture.Options().Fit, X, 2000, FEATURES, "float64")
    raises(TypeError, "", mixture.Options, Components="two")
    raises(TypeError, "", mixture.Load, None)
    # No memory holds this many rows, so that Go's allocator panics.
    raises(RuntimeError, "panic: runtime error: makeslice", model.Sample, 0, X.ctypes.data, 2**45, FEATURES, "float64")
    assert all(map(np.array_equal, before, evaluations(model, X, rows, into)))


def check_arrays(rows, into):
    """Assert that arrays which Go would misread are refused, and that temporary ones live as long as their address."""
    X = data("float64")
    address, n, columns, dtype = rows(X.reshape(20, 100, FEATURES))
    assert (address, n, columns, dtype) == (X.ctypes.data, 20, 100 * FEATURES, "float64")
    assert rows(X.copy())[0].array.shape == X.shape
    for wrong in (X[:, 1:], X.T, X.astype(">f8"), np.float64(1.0)):
        raises(ValueError, "C-contiguous", rows, wrong)
    X.flags.writeable = False
    raises(ValueError, "read-only", into, X)


def main():
    from lithe_gopy import mixture
    from lithe_gopy.arrays import into, rows

    # gopy compiles with -Ofast, with which some linkers make the whole process round subnormal numbers to zero.
    assert np.array([5e-324]) * 1.0 > 0
    check_arrays(rows, into)
    check_failures(mixture, rows, into)
    check_results(mixture, rows, into)


if __name__ == "__main__":
    main()
