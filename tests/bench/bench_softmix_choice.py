"""Latent-class and multinomial logits beside xlogit, biogeme, choice-learn, flexmix and torch: A3, A4, A5, S1, S2, S5.

The folder of data (--data) holds choice_electricity.npz and choice_swissmetro.npz; without it a generated survey of the same
shape takes the place of the former. Every row runs in a process of its own, after a first call that loads libraries and
compiles, and is the median of some calls. "CPU s" is of all threads. Whole calls are timed, with standard errors unless a
name says otherwise, and the log-likelihood that was reached stands beside. Packages that are not installed say so.

A package that wants an environment of its own, as choice-learn with TensorFlow does, is run there first, with the same file of
finished rows: ``--pick choice-learn --results rows`` by its interpreter, then ``--results rows`` by that of the others.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import tempfile

import numpy as np
from accuracy import arguments, stored
from choice_reference import covariances
from isolated import Meter, Rows
from report import table

PEERS = ("numpy", "scipy", "xlogit", "biogeme", "jax", "choice-learn", "tensorflow", "torch")
BEST = {1: -4958.6491, 2: -4526.829, 3: -4298.028, 4: -4138.637, 5: -4028.362}
"""Best known log-likelihoods of the electricity survey by classes."""
SWISSMETRO = {"asc_car": 0.125, "asc_train": -0.398, "cost": -1.26, "time": -2.80, "probability": 0.251}
"""Published estimates of biogeme's example b07."""


def electricity(folder):
    """Return X (situations x alternatives x attributes), choices, persons and names."""
    path = os.path.join(folder, "choice_electricity.npz") if folder else ""
    if os.path.exists(path):
        with np.load(path) as file:
            names = [str(name) for name in file["feature_names"]]
            X = file["X"].astype(np.float64).reshape(-1, 4, len(names))
            return X, file["chosen"].reshape(-1, 4).argmax(1), file["panel_id"].reshape(-1, 4)[:, 0], names
    rng = np.random.default_rng(0)
    names = ["pf", "cl", "loc", "wk", "tod", "seas"]
    tastes = np.array([[-1.2, -0.5, 1.0, 0.8, -9.0, -10.0], [-0.3, 0.0, 2.5, 1.8, -3.0, -3.0], [-0.7, -0.1, 1.2, 1.0, -7.0, -6.0]])
    person = np.repeat(np.arange(361), 12)
    kind = rng.integers(0, 3, (len(person), 4))
    X = np.stack([np.where(kind == 0, rng.choice([7.0, 9.0], kind.shape), 0.0), rng.choice([0.0, 1.0, 5.0], kind.shape),
                  1.0 * (rng.random(kind.shape) < 0.3), 1.0 * (rng.random(kind.shape) < 0.4), 1.0 * (kind == 1), 1.0 * (kind == 2)], axis=2)
    utility = np.einsum("sap,sp->sa", X, tastes[rng.choice(3, size=361)][person]) + rng.gumbel(size=kind.shape)
    return X, utility.argmax(1), person, names


def swissmetro(folder):
    """Return rows of long format: attributes of example b07, choices, situations and alternatives."""
    with np.load(os.path.join(folder, "choice_swissmetro.npz")) as file:
        alt = file["alt_id"]
        X = np.column_stack([alt == 0, alt == 2, file["X"][:, 0], file["X"][:, 1]]).astype(np.float64)
        return X, file["chosen"], file["case_id"], alt


def repeated(call, answer, repeats):
    """Return the median facts of some calls after a first one, with what `answer` takes from the result."""
    call()
    facts = []
    for _ in range(repeats):
        with Meter() as meter, contextlib.redirect_stdout(io.StringIO()):
            result = call()
        facts.append(meter.facts())
    return {name: float(np.median([f[name] for f in facts])) for name in facts[0]} | answer(result)


def ours(folder, classes, n_init, repeats):
    """Fit the electricity survey."""
    from lithe.softmix import LatentClassLogit
    X, choice, person, names = electricity(folder)
    return repeated(lambda: LatentClassLogit(classes, n_init=n_init, random_state=0).fit(X, choice, panels=person, varnames=names),
                    lambda m: {"log": m.log_likelihood_, "hits": m.hits_, "finished": m.n_finished_,
                               "share": float(m.class_probabilities_.min())}, repeats)


def ours_b07(folder, n_init, repeats):
    """Fit example b07."""
    from lithe.softmix import LatentClassLogit
    X, chosen, ids, alts = swissmetro(folder)
    names = ["asc_train", "asc_car", "time", "cost"]
    return repeated(lambda: LatentClassLogit(2, n_init=n_init, shared=["asc_train", "asc_car", "cost"], fixed={0: {"time": 0}},
                                             random_state=0).fit(X, chosen, ids=ids, alts=alts, varnames=names),
                    lambda m: {"log": m.log_likelihood_, "asc_car": m.coef_[1, 1], "asc_train": m.coef_[1, 0],
                               "cost": m.coef_[1, 3], "time": m.coef_[1, 2], "probability": m.class_probabilities_[0]}, repeats)


def biogeme_b07(folder, repeats):
    """Fit example b07 by biogeme; estimations after the first find their functions compiled."""
    path = os.path.join(os.path.abspath(folder), "choice_swissmetro.npz")
    os.chdir(tempfile.mkdtemp())  # biogeme writes files where it stands
    import biogeme.biogeme as bio
    import pandas as pd
    from biogeme import models
    from biogeme.database import Database
    from biogeme.expressions import Beta, Variable, log
    with np.load(path) as file:
        frame = pd.DataFrame(file["wide"][file["wide_keep"]].astype(float), columns=[str(name) for name in file["wide_names"]])
    V = Variable
    pays = V("GA") == 0
    cost = {1: V("TRAIN_CO") * pays / 100, 2: V("SM_CO") * pays / 100, 3: V("CAR_CO") / 100}
    time = {1: V("TRAIN_TT") / 100, 2: V("SM_TT") / 100, 3: V("CAR_TT") / 100}
    available = {1: V("TRAIN_AV") * (V("SP") != 0), 2: V("SM_AV"), 3: V("CAR_AV") * (V("SP") != 0)}
    car, train, b_time, b_cost = (Beta(name, 0, None, None, 0) for name in ("asc_car", "asc_train", "time", "cost"))
    share = Beta("probability", 0.5, 0, 1, 0)
    constants = {1: train, 2: 0, 3: car}
    first = {j: constants[j] + b_cost * cost[j] for j in cost}
    second = {j: constants[j] + b_cost * cost[j] + b_time * time[j] for j in cost}
    likelihood = log(share * models.logit(first, available, V("CHOICE")) + (1 - share) * models.logit(second, available, V("CHOICE")))
    model = bio.BIOGEME(Database("swissmetro", frame), likelihood, generate_html=False, generate_yaml=False, save_iterations=False)
    model.model_name = "b07"

    def answer(found):
        return {"log": float(found.final_log_likelihood)} | {name: float(v) for name, v in found.get_beta_values().items()}
    return repeated(model.estimate, answer, repeats)


def biogeme_panel(folder, classes, repeats):
    """Fit the electricity survey by biogeme, from near the multinomial logit.

    A panel model of biogeme can be estimated once, so every repetition makes its own, with expressions of its own.
    """
    X, choice, person, names = electricity(os.path.abspath(folder) if folder else folder)
    os.chdir(tempfile.mkdtemp())
    os.environ |= {"JAX_COMPILATION_CACHE_DIR": os.getcwd(), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    import biogeme.biogeme as bio
    import pandas as pd
    from biogeme import models
    from biogeme.database import Database
    from biogeme.expressions import Beta, PanelLikelihoodTrajectory, Variable, exp, log
    from lithe.softmix import LatentClassLogit
    n, size, width = X.shape
    frame = pd.DataFrame(X.reshape(n, -1), columns=[f"{name}_{j}" for j in range(size) for name in names])
    frame["choice"], frame["person"] = choice, person
    logit = LatentClassLogit().fit(X, choice).coef_[0]
    spread = 1 + 0.5 * np.random.default_rng(0).normal(size=(classes, width))

    def call():
        data = Database("electricity", frame.copy())
        data.panel("person")
        weights = [1] + [exp(Beta(f"eta{k}", 0, None, None, 0)) for k in range(1, classes)]
        likelihood = 0
        for k in range(classes):
            coef = [Beta(f"{name}{k}", float(logit[i] * spread[k, i]), None, None, 0) for i, name in enumerate(names)]
            utility = {j: sum(b * Variable(f"{name}_{j}") for b, name in zip(coef, names)) for j in range(size)}
            likelihood += weights[k] / sum(weights) * PanelLikelihoodTrajectory(models.logit(utility, None, Variable("choice")))
        model = bio.BIOGEME(data, log(likelihood), generate_html=False, generate_yaml=False, save_iterations=False)
        model.model_name = "classes"
        return model.estimate()
    return repeated(call, lambda found: {"log": float(found.final_log_likelihood)}, repeats)


def flexmix_panel(folder, classes, repeats):
    """Fit the electricity survey by flexmix for R: EM from one random start, without standard errors."""
    X, choice, person, names = electricity(folder)
    n, size, width = X.shape
    rows = np.column_stack([(np.arange(size) == choice[:, None]).ravel(), np.repeat(np.arange(1, n + 1), size), np.repeat(person, size),
                            X.reshape(-1, width)])
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "choice_flexmix.R")
    if shutil.which("Rscript") is None:
        raise ImportError("Rscript")
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        np.savetxt(file, rows, delimiter=",", header=",".join(["chosen", "situation", "person", *names]), comments="", fmt="%.10g")
        file.flush()
        told = subprocess.run(["Rscript", script, file.name, str(classes), str(repeats)], capture_output=True, text=True, check=True)
    log, cpu, seconds = map(float, told.stdout.split()[-3:])
    return {"log": log, "cpu": cpu, "seconds": seconds, "peak": float("nan")}


def xlogit_mnl(folder, repeats):
    """Fit the electricity survey by xlogit's multinomial logit."""
    from xlogit import MultinomialLogit
    X, choice, _, names = electricity(folder)
    n, size, _ = X.shape
    rows, chosen = X.reshape(n * size, -1), (np.arange(size) == choice[:, None]).ravel().astype(int)
    ids, alts = np.repeat(np.arange(n), size), np.tile(np.arange(size), n)

    def call():
        model = MultinomialLogit()
        model.fit(X=rows, y=chosen, varnames=names, ids=ids, alts=alts, verbose=0)
        return model
    return repeated(call, lambda m: {"log": float(m.loglikelihood)}, repeats)


def choice_learn_mnl(folder, repeats):
    """Fit the electricity survey by choice-learn's conditional logit with L-BFGS, and its report of standard errors."""
    from choice_learn.data import ChoiceDataset
    from choice_learn.models import ConditionalLogit
    X, choice, _, names = electricity(folder)
    data = ChoiceDataset(items_features_by_choice=X.astype(np.float32), items_features_by_choice_names=names,
                         available_items_by_choice=np.ones(X.shape[:2], dtype=np.float32), choices=choice)

    def call():
        model = ConditionalLogit(optimizer="lbfgs")
        for name in names:
            model.add_shared_coefficient(coefficient_name=name, feature_name=name, items_indexes=list(range(X.shape[1])))
        model.fit(data, get_report=True)
        return model
    return repeated(call, lambda m: {"log": -float(m.evaluate(data)) * len(X)}, repeats)


def torch_panel(folder, classes, repeats):
    """Fit the electricity survey by torch: L-BFGS on automatic gradients, started near the multinomial logit; no standard errors."""
    import torch
    from lithe.softmix import LatentClassLogit
    torch.set_num_threads(1)  # of tensors of this size two make one wait for the other
    X, choice, person, _ = electricity(folder)
    who = torch.tensor(np.unique(person, return_inverse=True)[1])
    attributes, chosen = torch.tensor(X), torch.tensor(choice)[:, None, None].expand(-1, 1, classes)

    logit = torch.tensor(LatentClassLogit().fit(X, choice).coef_)

    def call():
        generator = torch.Generator().manual_seed(0)
        spread = 0.5 * torch.randn((classes, X.shape[2]), generator=generator, dtype=torch.float64)
        beta = (logit * (1 + spread) if classes > 1 else 0 * spread).requires_grad_()
        eta = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.LBFGS([beta, eta], max_iter=1000, tolerance_grad=1e-6, tolerance_change=1e-12, history_size=20,
                                      line_search_fn="strong_wolfe")

        def loss():
            optimizer.zero_grad()
            logs = torch.log_softmax(attributes @ beta.T, dim=1).gather(1, chosen)[:, 0]
            each = torch.zeros((int(who.max()) + 1, classes), dtype=torch.float64).index_add(0, who, logs)
            value = -torch.logsumexp(each + torch.log_softmax(eta, 0), dim=1).sum()
            value.backward()
            return value
        optimizer.step(loss)
        return float(loss().detach())
    return repeated(call, lambda value: {"log": -value}, repeats)


def errors_electricity(folder, classes):
    """Compare standard errors with those of a numerical Hessian."""
    from lithe.softmix import LatentClassLogit
    X, choice, person, _ = electricity(folder)
    m = LatentClassLogit(classes, random_state=0).fit(X, choice, panels=person)
    wanted, robust = covariances(X, choice, person, m.parameters_, classes)
    off = [float(np.max(np.abs(np.sqrt(np.diag(found) / np.diag(want)) - 1)))
           for found, want in ((m.covariance_, wanted), (m.robust_covariance_, robust))]
    ratio = np.sqrt(np.diag(robust) / np.diag(wanted))
    return {"observed": off[0], "robust": off[1], "least": float(ratio.min()), "most": float(ratio.max())}


def show(title, run, methods, extra=(), limit=600):
    """Print a row for each method that works, ratios of processor time to that of the first."""
    found = {name: run(f"{title} / {name}", function, *args, limit=limit) for name, (function, *args) in methods.items()}
    found = {name: facts for name, facts in found.items() if facts is not None}
    first = next(iter(found.values()), None)
    if found:
        table(title, ["method", "log-likelihood", "CPU s", "seconds", "peak MB", "CPU time", *extra],
              [[name, f"{f['log']:.4f}", f"{f['cpu']:.4f}", f"{f['seconds']:.4f}", f["peak"], f"{f['cpu'] / first['cpu']:.1f}x",
                *(f.get(e, "") for e in extra)] for name, f in found.items()])
    return found


def electricity_rows(run, folder, repeats):
    """A3, A5, S1, S5."""
    rows = []
    for k in (2, 3, 4, 5):
        f = run(f"A3 / {k}", ours, folder, k, 20, 3)
        if f is not None:
            off = f"{f['log'] - BEST[k]:+.4f}" if folder else ""
            rows.append([k, f"{f['log']:.4f}", off, f"{f['hits']} of {f['finished']}", f["share"], f["cpu"], f["seconds"]])
    if rows:
        table("A3, latent classes of the electricity survey, default settings, standard errors included",
              ["classes", "log-likelihood", "over the best known", "starts at the best", "smallest class", "CPU s", "seconds"], rows)
    rows = []
    for k in (1, 2, 3):
        f = run(f"A5 / {k}", errors_electricity, folder, k)
        if f is not None:
            rows.append([k, f["observed"], f["robust"], f"{f['least']:.2f} to {f['most']:.2f}"])
    if rows:
        table("A5, standard errors against numerical derivatives, electricity survey",
              ["classes", "observed, largest relative difference", "robust, largest relative difference", "robust / observed"], rows, 2)
    show("S5, multinomial logit of the electricity survey, whole call", run, {
        "lithe": (ours, folder, 1, 20, repeats), "xlogit": (xlogit_mnl, folder, repeats),
        "choice-learn, L-BFGS": (choice_learn_mnl, folder, 1), "torch, L-BFGS, one thread, no standard errors": (torch_panel, folder, 1, repeats)})
    show("S1, three classes of the electricity survey, whole call", run, {
        "lithe, one start": (ours, folder, 3, 1, repeats), "lithe, 20 starts (default)": (ours, folder, 3, 20, 3),
        "lithe, 40 starts": (ours, folder, 3, 40, 3), "torch, L-BFGS, one start, one thread, no standard errors": (torch_panel, folder, 3, 1),
        "biogeme, one start, compiled before": (biogeme_panel, folder, 3, 1),
        "flexmix (R), EM, one start, no standard errors": (flexmix_panel, folder, 3, 3)}, limit=900)


def main():
    options = arguments(__doc__, PEERS, results=True)
    run = Rows(options.results, options.pick)
    repeats = 3 if options.quick else 9
    found = stored(options.data, "choice_electricity") is not None
    electricity_rows(run, options.data if found else None, repeats)
    if stored(options.data, "choice_swissmetro") is None:
        return
    found = show("S2, A4, two classes of swissmetro (example b07 of biogeme), whole call", run, {
        "lithe, one start": (ours_b07, options.data, 1, repeats), "lithe, 20 starts (default)": (ours_b07, options.data, 20, 3),
        "biogeme, compiled before": (biogeme_b07, options.data, 2)}, tuple(SWISSMETRO))
    print("\npublished: log-likelihood -5208.498, " + ", ".join(f"{name} {value}" for name, value in SWISSMETRO.items()))
    if len(found) == 3:
        ratio = found["biogeme, compiled before"]["cpu"] / found["lithe, one start"]["cpu"]
        print(f"S2: {ratio:.0f} times less processor time than biogeme")


if __name__ == "__main__":
    main()
