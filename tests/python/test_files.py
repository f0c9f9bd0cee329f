"""Saving and loading models."""

import numpy as np
import pytest

import lithe
from lithe.mixture import GaussianMixture


@pytest.fixture
def file(fitted, tmp_path):
    path = tmp_path / "model.lithe"
    fitted.save(path)
    return path


def test_round_trip(fitted, blobs, file):
    X, _ = blobs
    model = GaussianMixture.load(str(file))
    for name in ("weights_", "means_", "factor_loadings_", "noise_variance_", "neighbors_", "history_"):
        np.testing.assert_array_equal(getattr(model, name), getattr(fitted, name), err_msg=name)
    for name in ("n_iter_", "converged_", "lower_bound_", "coverage_gap_", "n_parameters_", "n_factors_",
                 "n_features_in_", "n_components", "covariance_type", "n_factors"):
        assert getattr(model, name) == getattr(fitted, name), name
    np.testing.assert_array_equal(model.predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize("kind", ["diag", "spherical"])
def test_round_trip_without_factors(blobs, tmp_path, kind):
    X, _ = blobs
    model = GaussianMixture(3, covariance_type=kind, random_state=0).fit(X)
    model.save(tmp_path / "m")
    again = GaussianMixture.load(tmp_path / "m")
    assert again.covariance_type == kind and again.n_factors_ == 0
    np.testing.assert_array_equal(again.score_samples(X), model.score_samples(X))


def test_saving_replaces_and_leaves_nothing_else(fitted, file):
    file.write_bytes(b"old")
    fitted.save(file)
    assert [p.name for p in file.parent.iterdir()] == [file.name]
    assert GaussianMixture.load(file).n_components == 4


def test_set_parameters_are_what_is_saved(fitted, tmp_path):
    model = GaussianMixture.from_parameters(fitted.weights_, fitted.means_ + 1, fitted.factor_loadings_,
                                            fitted.noise_variance_)
    model.save(tmp_path / "m")
    np.testing.assert_array_equal(GaussianMixture.load(tmp_path / "m").means_, fitted.means_ + 1)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        GaussianMixture.load(tmp_path / "none")


def test_unwritable_place(fitted, tmp_path):
    with pytest.raises(lithe.ModelFileError, match="none"):
        fitted.save(tmp_path / "none" / "model")


@pytest.mark.parametrize("damage", [
    lambda b: b"", lambda b: b[:1], lambda b: b[:40], lambda b: b[: len(b) // 2], lambda b: b[:-1], lambda b: b + b"x",
    lambda b: b"PK\x03\x04" + b[4:], lambda b: b[: len(b) // 2] + bytes([b[len(b) // 2] ^ 1]) + b[len(b) // 2 + 1:],
], ids=["empty", "one byte", "header cut", "half", "one byte short", "one byte long", "foreign", "one bit flipped"])
def test_damaged_files_are_refused(file, damage):
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(lithe.ModelFileError) as error:
        GaussianMixture.load(file)
    assert str(error.value)


def test_file_from_a_newer_version_is_refused(file):
    raw = bytearray(file.read_bytes())
    version = int.from_bytes(raw[8:12], "little")
    assert version == 1  # the format version follows the eight bytes of the magic
    raw[8:12] = (99).to_bytes(4, "little")
    file.write_bytes(raw)
    with pytest.raises(lithe.ModelFileError, match="99"):
        GaussianMixture.load(file)
