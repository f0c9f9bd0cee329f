"""Writes gp_kernels.json: kernels as text, and what scikit-learn says about them.

    python tests/golden/gp_kernels.py
"""

import json
from pathlib import Path

import numpy as np
from sklearn.gaussian_process import kernels as sk

# Expressions of scikit-learn, the same kernels in lithe's text, and the features of the points.
SAME = [
    ("constant", "C(2.5, (0.1, 7.0))",
     {"type": "Constant", "constant_value": 2.5, "constant_value_bounds": [0.1, 7.0]}, 2),
    ("white", "White(0.3)", {"type": "White", "noise_level": 0.3}, 2),
    ("rbf", "RBF(0.8)", {"type": "RBF", "length_scale": 0.8}, 3),
    ("rbf, a scale per feature", "RBF([0.7, 1.5, 2.0], (0.01, 100.0))",
     {"type": "RBF", "length_scale": [0.7, 1.5, 2.0], "length_scale_bounds": [0.01, 100.0]}, 3),
    ("matern 1/2", "Matern([0.7, 1.5], nu=0.5)", {"type": "Matern", "length_scale": [0.7, 1.5], "nu": 0.5}, 2),
    ("matern 3/2", "Matern(1.3)", {"type": "Matern", "length_scale": 1.3}, 2),
    ("matern 5/2", "Matern([0.7, 1.5, 3.0], nu=2.5)",
     {"type": "Matern", "length_scale": [0.7, 1.5, 3.0], "nu": 2.5}, 3),
    ("rational quadratic", "RQ(0.9, 0.6, alpha_bounds=(0.2, 20.0))",
     {"type": "RationalQuadratic", "alpha": 0.6, "alpha_bounds": [0.2, 20.0], "length_scale": 0.9}, 3),
    ("periodic", "Sine(0.9, 1.3, periodicity_bounds='fixed')",
     {"type": "Periodic", "length_scale": 0.9, "periodicity": 1.3, "periodicity_bounds": "fixed"}, 1),
    ("periodic, both trained", "Sine(1.7, 0.6)", {"type": "Periodic", "length_scale": 1.7, "periodicity": 0.6}, 1),
    ("linear", "Dot(0.5)", {"type": "Linear", "sigma_0": 0.5}, 3),
    ("scaled matern and noise", "C(3.0) * Matern([0.7, 1.5, 2.0], nu=2.5) + White(0.1, (1e-8, 1.0))",
     {"type": "Sum",
      "k1": {"type": "Product", "k1": {"type": "Constant", "constant_value": 3.0},
             "k2": {"type": "Matern", "nu": 2.5, "length_scale": [0.7, 1.5, 2.0]}},
      "k2": {"type": "White", "noise_level": 0.1, "noise_level_bounds": [1e-8, 1.0]}}, 3),
    ("a product of sums", "(RBF(0.5, 'fixed') + Dot(1.5)) * (RQ(2.0, 0.1) + C(0.7))",
     {"type": "Product",
      "k1": {"type": "Sum", "k1": {"type": "RBF", "length_scale": 0.5, "length_scale_bounds": "fixed"},
             "k2": {"type": "Linear", "sigma_0": 1.5}},
      "k2": {"type": "Sum", "k1": {"type": "RationalQuadratic", "length_scale": 2.0, "alpha": 0.1},
             "k2": {"type": "Constant", "constant_value": 0.7}}}, 2),
    ("seasons", "C(5.0) * RBF(50.0) + C(2.0) * RBF(10.0) * Sine(1.0, 1.0, periodicity_bounds='fixed') + White(0.01)",
     {"type": "Sum",
      "k1": {"type": "Sum",
             "k1": {"type": "Product", "k1": {"type": "Constant", "constant_value": 5.0},
                    "k2": {"type": "RBF", "length_scale": 50.0}},
             "k2": {"type": "Product",
                    "k1": {"type": "Product", "k1": {"type": "Constant", "constant_value": 2.0},
                           "k2": {"type": "RBF", "length_scale": 10.0}},
                    "k2": {"type": "Periodic", "periodicity_bounds": "fixed"}}},
      "k2": {"type": "White", "noise_level": 0.01}}, 1),
]

# What scikit-learn cannot say in one expression: kernels of some features. Factors, each with its features.
PARTS = [
    ("features of their own", [("C(1.5)", [0, 1, 2]), ("RBF([0.5, 2.0])", [2, 0]), ("Matern(0.9, nu=1.5)", [1])],
     {"type": "Product",
      "k1": {"type": "Product", "k1": {"type": "Constant", "constant_value": 1.5},
             "k2": {"type": "RBF", "length_scale": [0.5, 2.0], "dims": [2, 0]}},
      "k2": {"type": "Matern", "length_scale": 0.9, "dims": [1]}}, 3),
    ("periods of two features", [("Sine(0.9, 1.3)", [0]), ("Sine(1.5, 0.8)", [1])],
     {"type": "Periodic", "length_scale": [0.9, 1.5], "periodicity": [1.3, 0.8]}, 2),
]

# Text that is no kernel, and words of the complaint in every language.
REFUSED = [
    ("", "malformed JSON"),
    ('{"type": "RBF"} x', "malformed JSON"),
    ("[]", "must be an object"),
    ("null", "must be an object"),
    ("{}", "needs a type, one of Constant, RBF, Matern, RationalQuadratic, Periodic, Linear, White, Sum, Product"),
    ('{"type": 3}', "needs a type"),
    ('{"type": "rbf"}', "unknown kernel type \"rbf\", known are Constant, RBF, Matern,"),
    ('{"type": "RBF", "lengthscale": 1}',
     'RBF has no field "lengthscale", known are length_scale, length_scale_bounds, dims'),
    ('{"type": "RBF", "Length_Scale": 1}', 'RBF has no field "Length_Scale"'),
    ('{"type": "Sum", "k1": {"type": "RBF"}}', "Sum needs the field k2"),
    ('{"type": "Constant"}', "Constant needs the field constant_value"),
    ('{"type": "Constant", "constant_value": 0}', "constant_value of Constant must be a positive number, got 0"),
    ('{"type": "Constant", "constant_value": 1e999}', "constant_value of Constant must be a positive number"),
    ('{"type": "Constant", "constant_value": NaN}', "malformed JSON"),
    ('{"type": "White", "noise_level": "0.1"}', "noise_level of White must be a positive number"),
    ('{"type": "White", "noise_level": true}', "noise_level of White must be a positive number, got true"),
    ('{"type": "RBF", "length_scale": []}',
     "length_scale of RBF must be a positive number or an array of them, got []"),
    ('{"type": "RBF", "length_scale": [1, null]}', "length_scale of RBF must be"),
    ('{"type": "RBF", "length_scale": null}', "length_scale of RBF must be"),
    ('{"type": "RBF", "length_scale": [1, 2], "dims": [0, 1, 2]}', "2 values of length_scale for 3 features"),
    ('{"type": "RBF", "dims": []}', "dims of RBF must be an array of integers of at least 0"),
    ('{"type": "RBF", "dims": [0, -1]}', "dims of RBF must be"),
    ('{"type": "RBF", "dims": [0.5]}', "dims of RBF must be"),
    ('{"type": "RBF", "dims": [null]}', "dims of RBF must be"),
    ('{"type": "RBF", "dims": [true]}', "dims of RBF must be"),
    ('{"type": "RBF", "dims": [1, 1]}', "names feature 1 twice"),
    ('{"type": "RBF", "length_scale_bounds": "free"}', "length_scale_bounds of RBF must be \"fixed\" or"),
    ('{"type": "RBF", "length_scale_bounds": [2, 1]}', "in ascending order, got [2, 1]"),
    ('{"type": "RBF", "length_scale_bounds": [0, 0]}', "length_scale_bounds of RBF must be"),
    ('{"type": "RBF", "length_scale_bounds": [1, 2, 3]}', "length_scale_bounds of RBF must be"),
    ('{"type": "Matern", "nu": 1}', "must be 0.5, 1.5 or 2.5"),
    ('{"type": "RationalQuadratic", "alpha": 0}', "alpha of RationalQuadratic must be a positive number"),
    ('{"type": "Periodic", "periodicity": [1, 2], "length_scale": [1, 2, 3]}',
     "2 values of periodicity for 3 features"),
    ('{"type": "Sum", "k1": {"type": "RBF"}, "k2": {"type": "Product", "k1": {"type": "Spline"}, "k2": {}}}',
     "in part k2__k1"),
]

NAMES = {"C": sk.ConstantKernel, "White": sk.WhiteKernel, "RBF": sk.RBF, "Matern": sk.Matern,
         "RQ": sk.RationalQuadratic, "Sine": sk.ExpSineSquared, "Dot": sk.DotProduct}
POINTS, OTHERS = 5, 3


def values(kernels, X, Y):
    """Return k(X), k(X, Y) and the diagonal of k(X), for the product of kernels of some features each."""
    gram, cross, diagonal = np.ones((len(X), len(X))), np.ones((len(X), len(Y))), np.ones(len(X))
    for kernel, features in kernels:
        gram, cross = gram * kernel(X[:, features]), cross * kernel(X[:, features], Y[:, features])
        diagonal = diagonal * kernel.diag(X[:, features])
    return gram, cross, diagonal


def case(rng, name, text, kernels, expression, features):
    X, Y = (np.round(rng.normal(size=(rows, features)) * 64) / 64 for rows in (POINTS, OTHERS))
    gram, cross, diagonal = values(kernels, X, Y)
    facts = {"name": name, "kernel": text, "n_features": features, "x": X, "y": Y, "gram": gram, "cross": cross,
             "diagonal": diagonal}
    if expression:
        kernel = kernels[0][0]
        weights = np.round(rng.normal(size=(POINTS, 2)) * 8) / 8
        facts |= {"sklearn": expression, "hyperparameters": [h.name for h in kernel.hyperparameters if not h.fixed],
                  "theta": kernel.theta, "theta_bounds": kernel.bounds, "a": weights,
                  "gradient": np.einsum("ik,jk,ijp->p", weights, weights, kernel(X, eval_gradient=True)[1])}
    return {key: value.ravel().tolist() if isinstance(value, np.ndarray) else value for key, value in facts.items()}


def main():
    rng = np.random.default_rng(0)
    cases = []
    for name, expression, text, features in SAME:
        kernel = eval(expression, dict(NAMES))
        cases.append(case(rng, name, text, [(kernel, list(range(features)))], expression, features))
    for name, factors, text, features in PARTS:
        kernels = [(eval(expression, dict(NAMES)), dims) for expression, dims in factors]
        cases.append(case(rng, name, text, kernels, None, features))
    lines = ['{"n_points":%d,' % POINTS, '"n_others":%d,' % OTHERS, '"kernels":[',
             ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases), '],', '"refused":[',
             ",\n".join(json.dumps({"text": text, "message": words}, separators=(",", ":")) for text, words in REFUSED),
             "]}"]
    Path(__file__).with_name("gp_kernels.json").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
