"""A complete fit of a quarter of a million points, beside a sparse process with the same points, test set and threads.

gp_etopo20_north: 262,440 heights of the northern hemisphere by latitude and longitude to train on, 29,160 to test. Random
parts of it come first, so that growth with n can be seen, with at most as many test points. SVGP of GPyTorch has 1,024
inducing points, Adam of rate 0.01 with cosine decay on minibatches of 1,024, and says after which epoch it is how good.
Needs the folder of data (--data). With --results a broken run goes on where it ended.
"""

from __future__ import annotations

from bench_gp_training import peer_sparse
from isolated import Meter, Rows
from regression import load, options_of, scores
from report import table

NAME = "etopo20_north"


def fitted(folder, n, settings):
    """Fit n random points, all if None, with a Matern-3/2 kernel from the default start, and predict the test points."""
    from lithe.gp import GaussianProcessRegressor

    data, seen = load(folder, NAME), []
    if n is not None:
        data = data.first(n)._replace(X_test=data.X_test[:n], y_test=data.y_test[:n])
    model = GaussianProcessRegressor(random_state=0, callback=lambda p: seen.append((p.phase, p.seconds)), **settings)
    with Meter() as fit:
        model.fit(data.X, data.y)
    with Meter() as predict:
        mean, std = model.predict(data.X_test, return_std=True, include_noise=True)
    ends = dict(seen)  # of each phase, its last moment seen
    return {"fit": fit.facts(), "predict": predict.facts(), "mll": model.log_marginal_likelihood_value_ / len(data.y),
            "kernel": repr(model.kernel_), "noise": model.noise_, "iterations": model.n_iter_,
            "rank": model.rank_, "preconditioner": model.preconditioner_, "phases": ends,
            "notes": [note["code"] for note in model.diagnostics_]} | scores(data.y_test, mean, std)


def main():
    options = options_of(__doc__)
    folder, run = options.data, Rows(options.results, options.pick)
    data = load(folder, NAME)
    if data is None:
        return
    sizes, epochs, rows = ([1000] if options.quick else [20_000, 80_000, None]), (1 if options.quick else 4), []
    for n in sizes:
        count = len(data.y) if n is None else n
        facts = run(f"scale / lithe / {count}", fitted, folder, n, {}, limit=4 * 3600)
        if facts is None:
            continue
        rows.append(["lithe", count, facts["fit"]["seconds"], facts["predict"]["seconds"], facts["fit"]["cpu"],
                     facts["fit"]["peak"], facts["rmse"], facts["nll"], facts["mll"]])
        print(f"\nlithe, n = {count:,}: {facts['kernel']}, noise {facts['noise']:.3g}, {facts['iterations']} iterations, "
              f"{facts['preconditioner']} of rank {facts['rank']}; "
              + ", ".join(f"{phase} until {seconds:.1f} s" for phase, seconds in facts["phases"].items())
              + "".join(f"; {code}" for code in facts["notes"]))
    facts = run("scale / SVGP", peer_sparse, folder, NAME, 0, epochs, limit=4 * 3600)
    if facts is not None:
        for epoch, (seconds, cpu, rmse, nll) in enumerate(facts["trace"], 1):
            rows.append([f"SVGP, {epoch} of {epochs} epochs", len(data.y), seconds, "", cpu, facts["peak"], rmse, nll, ""])
    if rows:
        table("Heights of the northern hemisphere, in standard deviations", ["method", "n", "fit, s", "predict, s", "fit, CPU s",
              "peak MB", "RMSE", "NLL", "MLL / n"], rows)


if __name__ == "__main__":
    main()
