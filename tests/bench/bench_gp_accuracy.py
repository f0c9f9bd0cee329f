"""Values of Gaussian processes at published parameters, against Cholesky in float64, with the time beside each.

A1: RMSE, NLL and log marginal likelihood on whole sets, against what Cholesky gave (known once and written below). A5:
iterations of conjugate gradients by preconditioner. A6: predictive variances on 4,000 points against the exact ones. A7:
log-determinants with their stated intervals. Needs the folder of data (--data): gp_pol.npz, gp_bike.npz, gp_protein.npz,
gp_keggdirected.npz and gp_hyperparameters.json.
"""

from __future__ import annotations

import numpy as np

from isolated import Meter, Rows
from kernel_calls import Core
from regression import elements, load, matern, options_of, published, scores
from report import table

EXACT = {  # set, split: RMSE, NLL, log marginal likelihood per point; float64, the last two float32
    ("pol", 0): (0.0834, -1.2136, 0.98639), ("pol", 1): (0.0763, -1.1934, 0.99278), ("pol", 2): (0.0872, -1.1912, 0.98920),
    ("bike", 0): (0.0431, -2.7088, 1.99925), ("bike", 1): (0.0481, -2.6520, 2.04784), ("bike", 2): (0.0333, -2.4714, 2.05365),
    ("protein", 0): (0.4936, 0.6420, -0.78711), ("keggdirected", 0): (0.0872, -0.7137, 0.86650),
}


def at_published(folder, name, split, n=None, n_test=None, settings=None):
    """Condition on a set at its published parameters, and predict its test points.

    n and n_test limit the points; with n_test the standard deviations are among the facts.
    """
    from lithe.gp import GaussianProcessRegressor

    data, values = load(folder, name, split), published(folder, name, split)
    data = data if n is None else data.first(n)
    X_test, y_test = data.X_test[:n_test], data.y_test[:n_test]
    model = GaussianProcessRegressor(matern(**values), alpha=values["noise_scale"]**2, optimizer=None, random_state=0,
                                     **settings or {})
    with Meter() as fit:
        model.fit(data.X, data.y)
    with Meter() as predict:
        mean, std = model.predict(X_test, return_std=True)
    low, high = model.log_marginal_likelihood_bounds_
    return {"fit": fit.facts(), "predict": predict.facts(), "residual": model.residual_, "solver": model.solver_,
            "mll": model.log_marginal_likelihood_value_ / len(data.y), "low": low / len(data.y), "high": high / len(data.y),
            "std": std.tolist() if n_test else [], "signal": values["signal_scale"]**2, "notes": model.diagnostics_,
            } | scores(y_test, mean, np.sqrt(std**2 + values["noise_scale"]**2))


def values(run, folder, pick):
    """A1."""
    rows = []
    for (name, split), exact in EXACT.items():
        facts = run(f"A1 / {name} {split}", at_published, folder, name, split) if (name, split) in pick else None
        if facts is None:
            continue
        off = [facts[key] - value for key, value in zip(("rmse", "nll", "mll"), exact)]
        rows.append([f"{name} {split}", facts["fit"]["seconds"], facts["predict"]["seconds"], facts["rmse"], facts["nll"],
                     facts["mll"], *(f"{v:+.4f}" for v in off)])
    if rows:
        table("A1, at published parameters; off: the difference to Cholesky",
              ["set, split", "fit, s", "predict, s", "RMSE", "NLL", "MLL / n", "RMSE off", "NLL off", "MLL / n off"], rows)


def solves(folder, name, n, method, rank, seeds):
    """Solve with preconditioners of several seeds. Facts: for each iterations, seconds of factor and solve, and residual."""
    data, values = load(folder, name).first(n), published(folder, name)
    found = []
    with Core() as core:
        for seed in range(seeds):
            more = {"Noise": values["noise_scale"]**2, "Rank": rank, "Seed": seed, "Preconditioner": method, "Tol": 0.01,
                    "Method": "cg"}
            factor = core("factor", data.X, matern(**values), **more)[0]["seconds"][0] if rank else 0.0
            reply, _ = core("solve", data.X, matern(**values), data.y, **more)
            found.append([reply["values"]["iterations"], factor, reply["seconds"][0], reply["values"]["residual"]])
    return {"found": found}


def iterations(run, folder, name, n, seeds):
    """A5."""
    rows = []
    for method, rank in [("none", 0), ("greedy", 15), ("greedy", 100), ("greedy", 500), ("rpcholesky", 100),
                         ("rpcholesky", 500), ("rpcholesky", 1000), ("nystrom", 500)]:
        facts = run(f"A5 / {name} / {n} / {method} {rank}", solves, folder, name, n, method, rank,
                    seeds if method == "rpcholesky" else 1)
        if facts is None:
            continue
        found = np.array(facts["found"])
        its, factor, solve, residual = np.median(found, axis=0)
        rows.append([method, rank, int(its), f"{found[:, 0].min():.0f} to {found[:, 0].max():.0f}", float(factor), float(solve),
                     float(residual)])
    if rows:
        table(f"A5, {name}, n = {n:,}, one right-hand side to a relative residual of 0.01: medians of {seeds} seeds",
              ["preconditioner", "rank", "iterations", "range", "factor, s", "solve, s", "residual"], rows, digits=3)


def exact_determinant(folder, name, n):
    """Return log|K + Sigma| per point by Cholesky in float64."""
    data, values = load(folder, name).first(n), published(folder, name)
    K = elements(data.X, data.X, values)
    K[np.diag_indices_from(K)] += values["noise_scale"]**2
    return {"exact": float(2 * np.log(np.diag(np.linalg.cholesky(K))).mean())}


def estimates(folder, name, n, rank, steps, seeds):
    """Estimate log|K + Sigma| per point with several seeds. Facts: for each value, lower and upper end, and seconds."""
    data, values = load(folder, name).first(n), published(folder, name)
    found = []
    with Core() as core:
        for seed in range(seeds):
            reply, _ = core("logdet", data.X, matern(**values), Noise=values["noise_scale"]**2, Rank=rank, Seed=seed,
                            Preconditioner="rpcholesky" if rank else "none", Probes=10, Steps=steps)
            found.append([reply["values"][key] / n for key in ("value", "lower", "upper")] + reply["seconds"])
    return {"found": found}


def determinants(run, folder, names, n, seeds):
    """A7."""
    rows = []
    for name in names:
        exact = run(f"A7 / {name} / {n} / exact", exact_determinant, folder, name, n)
        for rank, steps in [(0, 20), (0, 50), (100, 50), (500, 20), (500, 50)]:
            facts = exact and run(f"A7 / {name} / {n} / {rank} {steps}", estimates, folder, name, n, rank, steps, seeds)
            if not facts:
                continue
            value, low, high, seconds = np.array(facts["found"]).T
            errors, inside = np.abs(value - exact["exact"]), (low <= exact["exact"]) & (exact["exact"] <= high)
            rows.append([name, rank, steps, exact["exact"], float(np.median(errors)), float(errors.max()),
                         float(np.median(high - low) / 2), f"{inside.sum()} of {seeds}", float(np.median(seconds))])
    if rows:
        table(f"A7, log-determinants per point, n = {n:,}, 10 probes, {seeds} seeds",
              ["set", "rank", "steps", "exact", "median error", "largest error", "stated, +-", "covered", "seconds"], rows)


def variances(run, folder, names, n):
    """A6."""
    rows = []
    for name in names:
        exact = run(f"A6 / {name} / cholesky", at_published, folder, name, 0, n, 300, {"solver": "cholesky"})
        if exact is None:
            continue
        truth = np.square(exact["std"])
        rows.append([name, "cholesky", exact["predict"]["seconds"], exact["rmse"], exact["nll"], "", "", ""])
        kinds = {f"cg, {v}": {"solver": "cg", "variance": v} for v in ("exact", "neighbors", "lanczos", "pathwise")}
        kinds |= {f"itergp, {k} actions": {"solver": "itergp", "n_actions": k} for k in (100, 500)}
        for label, settings in kinds.items():
            facts = run(f"A6 / {name} / {label}", at_published, folder, name, 0, n, 300, settings)
            if facts is None:
                continue
            found = np.square(facts["std"])
            rows.append([name, label, facts["predict"]["seconds"], facts["rmse"], facts["nll"],
                         float((found - truth).min() / facts["signal"]), f"{100 * np.median(found / truth - 1):.2g} %",
                         f"{100 * np.max(found / truth - 1):.2g} %"])
    if rows:
        table(f"A6, variances at 300 points, n = {n:,}", ["set", "variance", "seconds", "RMSE", "NLL",
              "smallest excess / s^2", "median excess", "largest excess"], rows)


def main():
    options = options_of(__doc__)
    folder, run = options.data, Rows(options.results, options.pick)
    if load(folder, "pol") is None:
        return
    variances(run, folder, ["pol"] if options.quick else ["pol", "bike", "protein"], 1000 if options.quick else 4000)
    values(run, folder, {("pol", 0)} if options.quick else EXACT)
    iterations(run, folder, "pol", 2000 if options.quick else 13_500, 3 if options.quick else 10)
    determinants(run, folder, ["pol"] if options.quick else ["pol", "bike", "protein"], 1000 if options.quick else 4000,
                 5 if options.quick else 20)


if __name__ == "__main__":
    main()
