"""Solvers and formats of storage on real sets at published parameters: time, memory, and what they cost in accuracy.

Every row solves for the weights of the predictive mean. The RMSE of this mean is beside the time, and the NLL that follows
with the standard deviations of the float32 run, which no format changes. A8: tiles kept in float32, float16 and bfloat16 on
pol, bike and protein; where the guard refuses a format, the row says why. Then all solvers on pol, with conjugate gradients
on vectors of 16 bits among them. Needs the folder of data (--data).
"""

from __future__ import annotations

import numpy as np

from kernel_calls import Core
from regression import elements, load, matern, options_of, published, scores
from report import table


class Case:
    """A set at published parameters, its first n points if n is given, and what rows are compared with."""

    def __init__(self, folder, name, n):
        from lithe.gp import GaussianProcessRegressor

        self.name, self.data, self.values = name, load(folder, name), published(folder, name)
        if n is not None:
            self.data = self.data.first(n)._replace(X_test=self.data.X_test[:500], y_test=self.data.y_test[:500])
        self.noise = self.values["noise_scale"]**2
        model = GaussianProcessRegressor(matern(**self.values), alpha=self.noise, optimizer=None, random_state=0)
        self.std = np.sqrt(model.fit(self.data.X, self.data.y).predict(self.data.X_test, return_std=True)[1]**2 + self.noise)

    def scores(self, weights):
        """Return RMSE and NLL of the mean with these weights."""
        X, tests = self.data.X, self.data.X_test
        mean = np.concatenate([elements(tests[i:i + 500], X, self.values) @ weights for i in range(0, len(tests), 500)])
        return scores(self.data.y_test, mean[:, 0], self.std)

    def solve(self, core, **fields):
        """Return reply and scores of a solve with the usual preconditioner, or (None, why not)."""
        settings = {"Noise": self.noise, "Preconditioner": "rpcholesky", "Rank": min(len(self.data.X) // 8, 1000), "Method": "cg",
                    "Tol": 1e-3}
        try:
            reply, weights = core("solve", self.data.X, matern(**self.values), self.data.y, **settings | fields)
        except RuntimeError as error:
            return None, str(error)
        return reply, self.scores(weights)


def storage(core, cases):
    """A8."""
    rows, refusals = [], []
    for case in cases:
        n, base = len(case.data.X), None
        for kept in ("none", "float32", "float16", "bfloat16"):
            reply, found = case.solve(core, Storage=kept)
            size = {"none": 0, "float32": 2, "float16": 1, "bfloat16": 1}[kept] * n**2 / 1e6
            if reply is None:
                refusals.append(f"{case.name}, {kept}: {found}")
                rows.append([case.name, kept, size, "", "", "", "", "", "", "refused"])
                continue
            base = base or found["rmse"]
            facts = reply["values"]
            rows.append([case.name, kept, size, facts["setup_seconds"], reply["seconds"][0], int(facts["iterations"]),
                         facts["storage_error"] / case.noise, found["rmse"], found["nll"], f"{100 * (found['rmse'] / base - 1):+.2f} %"])
    table("A8, tiles that are kept, tolerance 0.001", ["set", "storage", "MB", "filling, s", "solve, s", "iterations",
          "change of eigenvalues / noise", "RMSE", "NLL", "RMSE against none"], rows)
    for text in refusals:
        print(f"\n{text}")


def solvers(core, case):
    """All solvers on one set."""
    n, rows = len(case.data.X), []
    for label, fields in {
            "cholesky": {"Method": "cholesky", "Precision": "float64"},
            "cg": {"Method": "cg"},
            "cg, float64": {"Method": "cg", "Precision": "float64"},
            "cg, no preconditioner": {"Method": "cg", "Preconditioner": "none"},
            "low_precision_cg, float32": {"Method": "low_precision_cg", "Format": "float32", "MaxIter": 200},
            "low_precision_cg, float16": {"Method": "low_precision_cg", "Format": "float16", "MaxIter": 200},
            "low_precision_cg, bfloat16": {"Method": "low_precision_cg", "Format": "bfloat16", "MaxIter": 200},
            "alternating_projection": {"Method": "alternating_projection", "MaxIter": 100},
            "dual_descent": {"Method": "dual_descent", "MaxIter": 100}}.items():
        reply, found = case.solve(core, **{"Tol": 0.01} | fields)
        if reply is None:
            rows.append([label, "", "", "", "", "", found])
            continue
        rows.append([label, reply["seconds"][0], reply["cpu"][0], int(reply["values"]["iterations"]),
                     reply["values"]["residual"], found["rmse"], "; ".join(note.split(":")[0] for note in reply.get("notes", []))])
    table(f"Solvers, {case.name}, n = {n:,}, tolerance 0.01, without the time of the preconditioner",
          ["solver", "seconds", "CPU s", "iterations", "residual", "RMSE", "diagnostics"], rows)


def main():
    options = options_of(__doc__)
    if load(options.data, "pol") is None:
        return
    names = ["pol"] if options.quick else ["pol", "bike", "protein"]
    with Core() as core:
        cases = [Case(options.data, name, 2000 if options.quick else None) for name in names]
        storage(core, cases)
        solvers(core, cases[0])


if __name__ == "__main__":
    main()
