"""Training of Gaussian processes against GPyTorch and scikit-learn, in one run, with RMSE, NLL and likelihood beside times.

S3 and S4 (one value of the log marginal likelihood with its gradient, from nothing and within a training; time and memory),
S5 (the same against scikit-learn, n = 3,000, d = 26), S6 (a complete fit of 12,000 x 11 generated points), A3 (complete
fits of real sets from the default start) and S7 (protein, with 64 draws). Sparse processes of GPyTorch (SVGP, 1,024 inducing
points) stand beside the complete fits. Needs the folder of data (--data) but for S6; a peer that is not installed, fails
or takes too long says so and the run goes on.
"""

from __future__ import annotations

import numpy as np

from isolated import Meter, Rows
from kernel_calls import Core
from regression import load, matern, options_of, published, scores, smooth
from report import table


def peer_step(*args):
    """`gpytorch_peer.step`, imported where it runs."""
    from gpytorch_peer import step

    return step(*args)


def peer_sparse(*args):
    """`gpytorch_peer.svgp`, imported where it runs."""
    from gpytorch_peer import svgp

    return svgp(*args)


def conditioned(folder, name, n, settings):
    """Return the data, and a model with published parameters."""
    from lithe.gp import GaussianProcessRegressor
    from lithe.gp.kernels import White

    data, values = load(folder, name).first(n), published(folder, name)
    kernel = matern(**values) + White(values["noise_scale"]**2)
    return data, GaussianProcessRegressor(kernel, alpha=0.0, optimizer=None, random_state=0, **settings)


def our_step(folder, name, n, settings, repeat):
    """Time values of the log marginal likelihood with gradients at published parameters."""
    data, model = conditioned(folder, name, n, settings)
    model.fit(data.X, data.y)
    theta, meters = model.kernel_.theta, []
    for _ in range(repeat):
        with Meter() as meter:
            value, gradient = model.log_marginal_likelihood(theta, eval_gradient=True)
        meters.append(meter.facts())
    return {"meters": meters, "mll": value / n, "gradient": list(gradient)}


def sklearn_step(folder, name, n, repeat):
    """Time the same in scikit-learn."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    data, values = load(folder, name).first(n), published(folder, name)
    kernel = (ConstantKernel(values["signal_scale"]**2) * Matern(values["length_scale"], nu=1.5)
              + WhiteKernel(values["noise_scale"]**2))
    model = GaussianProcessRegressor(kernel, alpha=0.0, optimizer=None).fit(data.X, data.y)
    meters = []
    for _ in range(repeat):
        with Meter() as meter:
            value, gradient = model.log_marginal_likelihood(model.kernel_.theta, eval_gradient=True)
        meters.append(meter.facts())
    return {"meters": meters, "mll": value / n, "gradient": gradient.tolist()}


def median(rounds, fact):
    """Return the median of a fact over the repetitions of all rounds."""
    return float(np.median([meter[fact] for facts in rounds for meter in facts["meters"]]))


def compare_steps(title, found, exact):
    """Print a table of steps; the first method is what times are relative to, `exact` the name of that which is right."""
    if not found:
        return
    base = median(next(iter(found.values())), "seconds")
    truth = found[exact][-1] if exact in found else None
    rows = []
    for name, rounds in found.items():
        value, gradient = rounds[-1]["mll"], np.array(rounds[-1]["gradient"])
        off, away = "", ""
        if truth is not None:
            right = np.array(truth["gradient"])
            off = f"{value - truth['mll']:+.4f}"
            away = f"{np.linalg.norm(gradient - right) / np.linalg.norm(right):.2g}" if len(gradient) else ""
        seconds = median(rounds, "seconds")
        rows.append([name, seconds, median(rounds, "cpu"), median(rounds, "peak"), value, off, away, f"{base / seconds:.1f}x"])
    table(title, ["method", "seconds", "CPU s", "peak MB", "MLL / n", "off", "gradient off", "speed"], rows, digits=3)


def steps(run, folder, name, sizes, rounds):
    """S3 and S4."""
    for n in sizes:
        small = n <= 4000
        methods = {"GPyTorch, CG, rank 15": (peer_step, folder, name, n, 15, 0.01, 20, 1),
                   "GPyTorch, CG, rank 500, 100 Lanczos steps": (peer_step, folder, name, n, 500, 0.01, 100, 1)}
        if small:
            methods |= {"GPyTorch, Cholesky, float64": (peer_step, folder, name, n, None, 0.01, 20, 1),
                        "lithe, cholesky": (our_step, folder, name, n, {"solver": "cholesky"}, 1)}
        methods["lithe, cg"] = (our_step, folder, name, n, {"solver": "cg"}, 1)
        found = run.rounds(f"S3 / {name} / {n}", methods, rounds if small else 1, limit=900 if small else 350)
        compare_steps(f"S3, S4, one likelihood with gradient, {name}, n = {n:,}, tolerance 0.01: medians of "
                      f"{rounds if small else 1} rounds", found, "lithe, cholesky")
        within(run, folder, name, n)


def gradients(folder, name, n):
    """Train from all length scales 1.5 times too long. Facts: the reply of the core."""
    data, values = load(folder, name).first(n), published(folder, name)
    values["length_scale"] = [1.5 * v for v in values["length_scale"]]
    with Core() as core:
        return core("fit", data.X, matern(**values), data.y, Noise=values["noise_scale"]**2, MaxIter=10)[0]


def within(run, folder, name, n):
    """S3, warm: what a gradient costs in a training."""
    reply = run(f"S3 / {name} / {n} / training", gradients, folder, name, n)
    if reply is None:
        return
    trace = np.array(reply["trace"])
    later = trace[-1, 0] - trace[0, 0]
    seconds, cpu = (trace[-1, 1:] - trace[0, 1:]) / max(1.0, later)
    table(f"S3, gradients within a training, {name}, n = {n:,}",
          ["first step, CPU s", "evaluations in it", "later evaluations", "each, s", "each, CPU s", "ns per element and core",
           "CG iterations each"],
          [[float(trace[0, 2]), int(trace[0, 0]), int(later), float(seconds), float(cpu), float(1e9 * cpu / n**2),
            reply["values"]["solve_iterations"] / max(1, reply["values"]["evaluations"])]], digits=3)


def trained(folder, name, split, draws, settings):
    """Fit from the default start. `folder` None means generated data of name = (n, d)."""
    from lithe.gp import GaussianProcessRegressor

    data = smooth(*name) if folder is None else load(folder, name, split)
    model = GaussianProcessRegressor(random_state=0, **settings)
    with Meter() as fit:
        model.fit(data.X, data.y)
    with Meter() as predict:
        mean, std = model.predict(data.X_test, return_std=True, include_noise=True)
    with Meter() as sample:
        spread = model.sample_y(data.X_test, draws, random_state=0).std(axis=1) if draws else None
    facts = {"fit": fit.facts(), "predict": predict.facts(), "sample": sample.facts(),
             "mll": model.log_marginal_likelihood_value_ / len(data.y), "iterations": model.n_iter_, "rank": model.rank_,
             "notes": [note["code"] for note in model.diagnostics_]} | scores(data.y_test, mean, std)
    if draws:
        # A sample deviation of 64 is a rough one; its square over the model's is 1 in the mean.
        facts["spread"] = float(np.mean(spread**2 / np.maximum(std**2 - model.noise_, 1e-12)))
    return facts


def complete(run, title, cases, epochs, draws=0, limit=3600.0):
    """Complete fits beside sparse processes. `cases` are {name: (folder, name, splits)}."""
    rows = []
    for label, (folder, name, splits) in cases.items():
        ours = [run(f"{title} / {label} / lithe / {s}", trained, folder, name, s, draws, {}, limit=limit) for s in range(splits)]
        ours = [f for f in ours if f is not None]
        if ours:
            def mean(pick):
                return float(np.mean([pick(f) for f in ours]))

            rows.append([label, "lithe", mean(lambda f: f["fit"]["seconds"]), mean(lambda f: f["fit"]["cpu"]),
                         mean(lambda f: f["predict"]["seconds"]), *[mean(lambda f: f["sample"]["seconds"])] * (draws > 0),
                         max(f["fit"]["peak"] for f in ours), *[mean(lambda f: f[key]) for key in ("rmse", "nll", "mll")]])
        facts = run(f"{title} / {label} / SVGP", peer_sparse, folder, name, 0, epochs, limit=limit)
        if facts is not None:
            rows.append([label, f"SVGP, {epochs} epochs", facts["seconds"], facts["cpu"], *[""] * (1 + (draws > 0)), facts["peak"],
                         facts["rmse"], facts["nll"], ""])
    if rows:
        table(title, ["data", "method", "fit, s", "fit, CPU s", "predict, s", *[f"{draws} draws, s"] * (draws > 0), "peak MB",
                      "RMSE", "NLL", "MLL / n"], rows)


def main():
    options = options_of(__doc__)
    folder, quick = options.data, options.quick
    run, epochs = Rows(options.results, options.pick), 2 if quick else 20
    n = 1500 if quick else 12_000
    complete(run, f"S6, a complete fit of {n:,} x 11", {f"{n:,} x 11": (None, (n, 11), 1)}, epochs)
    if load(folder, "pol") is None:
        return
    steps(run, folder, "pol", [1000] if quick else [4000, 13_500], options.rounds)
    n = 500 if quick else 3000
    methods = {"scikit-learn": (sklearn_step, folder, "pol", n, 1),
               "lithe, cholesky": (our_step, folder, "pol", n, {"solver": "cholesky"}, 3)}
    compare_steps(f"S5, one likelihood with gradient, pol, n = {n:,}, d = 26: medians of {options.rounds} rounds",
                  run.rounds(f"S5 / {n}", methods, options.rounds), "scikit-learn")
    if not quick:
        complete(run, "A3, complete fits from the default start",
                 {name: (folder, name, options.splits) for name in ("pol", "bike", "keggdirected")}, epochs)
        complete(run, "S7, a complete fit of protein, 64 draws at its test points", {"protein": (folder, "protein", 1)}, epochs, 64)


if __name__ == "__main__":
    main()
