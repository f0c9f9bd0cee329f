"""Solvers and formats of storage on real sets at published parameters: time, memory, and what they cost in accuracy.

Every row solves for the weights of the predictive mean. The RMSE of this mean is beside the time, and the NLL that follows
with the standard deviations of the float32 run, which no format changes. A8: tiles kept in float32, float16 and bfloat16 on
pol, bike and protein; where the guard refuses a format, the row says why. Then all solvers on pol, with conjugate gradients
on vectors of 16 bits among them. Needs the folder of data (--data).
"""

from __future__ import annotations

import numpy as np

from isolated import Rows
from kernel_calls import Core
from regression import elements, load, matern, options_of, published, scores
from report import table


def part(folder, name, n):
    """Return a set with its published parameters; with n its first n points and 500 tests."""
    data = load(folder, name)
    if n is not None:
        data = data.first(n)._replace(X_test=data.X_test[:500], y_test=data.y_test[:500])
    return data, published(folder, name)


def deviations(folder, name, n):
    """Return the standard deviations of the test observations."""
    from lithe.gp import GaussianProcessRegressor

    data, values = part(folder, name, n)
    model = GaussianProcessRegressor(matern(**values), alpha=values["noise_scale"]**2, optimizer=None, random_state=0)
    std = model.fit(data.X, data.y).predict(data.X_test, return_std=True)[1]
    return {"std": np.sqrt(std**2 + values["noise_scale"]**2).tolist()}


def solved(folder, name, n, std, fields):
    """Solve with the usual preconditioner and score the mean of the result. A refusal is a fact."""
    data, values = part(folder, name, n)
    settings = {"Noise": values["noise_scale"]**2, "Preconditioner": "rpcholesky", "Rank": min(len(data.X) // 8, 1000),
                "Method": "cg", "Tol": 1e-3}
    with Core() as core:
        try:
            reply, weights = core("solve", data.X, matern(**values), data.y, **settings | fields)
        except RuntimeError as error:
            return {"refused": str(error), "n": len(data.X)}
    mean = np.concatenate([elements(data.X_test[i:i + 500], data.X, values) @ weights[:, 0]
                           for i in range(0, len(data.X_test), 500)])
    return {"reply": reply, "n": len(data.X), "noise": settings["Noise"]} | scores(data.y_test, mean, np.array(std))


def storage(run, folder, names, n):
    """A8."""
    rows, refusals = [], []
    for name in names:
        spread, base = run(f"A8 / {name} / deviations", deviations, folder, name, n), None
        for kept in ("none", "float32", "float16", "bfloat16") if spread else ():
            facts = run(f"A8 / {name} / {kept}", solved, folder, name, n, spread["std"], {"Storage": kept})
            if facts is None:
                continue
            size = {"none": 0, "float32": 2, "float16": 1, "bfloat16": 1}[kept] * facts["n"]**2 / 1e6
            if "refused" in facts:
                refusals.append(f"{name}, {kept}: {facts['refused']}")
                rows.append([name, kept, size, "", "", "", "", "", "", "refused"])
                continue
            base, values = base or facts["rmse"], facts["reply"]["values"]
            rows.append([name, kept, size, values["setup_seconds"], facts["reply"]["seconds"][0], int(values["iterations"]),
                         values["storage_error"] / facts["noise"], facts["rmse"], facts["nll"],
                         f"{100 * (facts['rmse'] / base - 1):+.2f} %"])
    if rows:
        table("A8, tiles that are kept, tolerance 0.001", ["set", "storage", "MB", "filling, s", "solve, s", "iterations",
              "change of eigenvalues / noise", "RMSE", "NLL", "RMSE against none"], rows)
    for text in refusals:
        print(f"\n{text}")


def solvers(run, folder, name, n):
    """All solvers on one set."""
    rows, spread = [], run(f"A8 / {name} / deviations", deviations, folder, name, n)
    for label, fields in {
            "cholesky": {"Method": "cholesky", "Precision": "float64"},
            "cg": {},
            "cg, float64": {"Precision": "float64"},
            "cg, no preconditioner": {"Preconditioner": "none"},
            "low_precision_cg, float32": {"Method": "low_precision_cg", "Format": "float32", "MaxIter": 200},
            "low_precision_cg, float16": {"Method": "low_precision_cg", "Format": "float16", "MaxIter": 200},
            "low_precision_cg, bfloat16": {"Method": "low_precision_cg", "Format": "bfloat16", "MaxIter": 200},
            "alternating_projection": {"Method": "alternating_projection", "MaxIter": 100},
            "dual_descent": {"Method": "dual_descent", "MaxIter": 100}}.items():
        facts = spread and run(f"solvers / {name} / {label}", solved, folder, name, n, spread["std"], {"Tol": 0.01} | fields)
        if facts and "reply" in facts:
            reply, count = facts["reply"], facts["n"]
            notes = "; ".join(note.split(":")[0] for note in reply.get("notes", []))
            rows.append([label, reply["seconds"][0], reply["cpu"][0], int(reply["values"]["iterations"]),
                         reply["values"]["residual"], facts["rmse"], notes])
    if rows:
        table(f"Solvers, {name}, n = {count:,}, tolerance 0.01, without the time of the preconditioner",
              ["solver", "seconds", "CPU s", "iterations", "residual", "RMSE", "diagnostics"], rows)


def main():
    options = options_of(__doc__)
    folder, run, n = options.data, Rows(options.results, options.pick), 2000 if options.quick else None
    if load(folder, "pol") is None:
        return
    storage(run, folder, ["pol"] if options.quick else ["pol", "bike", "protein"], n)
    solvers(run, folder, "pol", n)


if __name__ == "__main__":
    main()
