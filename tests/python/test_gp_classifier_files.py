"""Model files of classifiers, and interrupted fits."""

import pickle

import numpy as np
import pytest

import lithe
from lithe.gp import GaussianProcessClassifier, GaussianProcessRegressor

rng = np.random.default_rng(0)
X = rng.uniform(-3, 3, (80, 2))
RINGS = np.minimum(np.hypot(*X.T).astype(int), 2)


@pytest.mark.parametrize("names", [["in", "mid", "out"], [1.0, 2.0, 7.0], [3, 1, 2]])
@pytest.mark.parametrize("multi_class", ["one_vs_rest", "one_vs_one", "softmax"])
def test_a_classifier_from_a_file_predicts_the_same(tmp_path, names, multi_class):
    model = GaussianProcessClassifier(multi_class=multi_class, optimizer=None, random_state=7).fit(X, np.array(names)[RINGS])
    model.save(tmp_path / "model")
    again = GaussianProcessClassifier.load(tmp_path / "model")
    np.testing.assert_array_equal(model.predict(X[:9] + 0.1), again.predict(X[:9] + 0.1))
    assert again.classes_.dtype == model.classes_.dtype and (again.classes_ == model.classes_).all()
    if multi_class != "one_vs_one":
        np.testing.assert_array_equal(model.predict_proba(X[:9]), again.predict_proba(X[:9]))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(again)).predict(X), model.predict(X))
    assert again.random_state == 7 and again.get_params()["multi_class"] == multi_class and again.n_features_in_ == 2
    with pytest.raises(lithe.ModelFileError, match="gp_classifier"):
        GaussianProcessRegressor.load(tmp_path / "model")


def test_classes_that_files_do_not_know(tmp_path):
    model = GaussianProcessClassifier(optimizer=None).fit(X, np.array([b"in", b"out"])[RINGS // 2])
    with pytest.raises(TypeError, match="text, numbers or truth"):
        model.save(tmp_path / "model")


@pytest.mark.parametrize("multi_class", ["one_vs_rest", "softmax"])
def test_interrupted_fits_keep_parameters(tmp_path, multi_class):
    def stop(progress):
        if progress.iteration >= 1:
            raise KeyboardInterrupt

    points = np.random.default_rng(1).uniform(-3, 3, (400, 2))  # training takes many times as long as a look at its progress
    rings = np.minimum(np.hypot(*points.T).astype(int), 2)
    y = (rings > 1).astype(int) if multi_class == "one_vs_rest" else rings
    model = GaussianProcessClassifier(multi_class=multi_class, callback=stop, warm_start=True)
    with pytest.raises(KeyboardInterrupt):
        model.fit(points, y)
    assert model.diagnostics_[-1]["code"] == "training_stopped" and not model.converged_
    reached = model.kernel_.theta
    for use in (model.predict, lambda x: model.save(tmp_path / "model")):
        with pytest.raises(lithe.NotFittedError, match="interrupted"):
            use(X)
    assert len(model.set_params(callback=None, optimizer=None).fit(points, y).predict(X)) == 80
    np.testing.assert_allclose(model.kernel_.theta, reached)
