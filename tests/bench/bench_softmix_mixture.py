"""Softmax mixtures: efficiency and coverage (A1), starts on hard instances (A2), time beside torch (S3), and large X (S4).

Features are standard normal, classes have coefficients of one length in random directions. Torch evaluates the same
likelihood with automatic gradients, from the same start; "off" is what the log-likelihood per draw lacks of the best that
any of them found. ``--quick`` takes fewer instances, and sizes that fit small machines.
"""

from __future__ import annotations

import os
import warnings

import numpy as np
from accuracy import arguments
from isolated import Meter, Rows
from report import table

PEERS = ("numpy", "torch")


def problem(p, L, K, length, n, seed, alpha=None, dtype=np.float64, design=0):
    """Return features, true coefficients and weights, and counts of n draws."""
    X = np.random.default_rng([design, p, L]).normal(size=(p, L)).astype(dtype)
    rng = np.random.default_rng([seed, 1])
    theta = rng.normal(size=(K, L))
    theta *= length / np.linalg.norm(theta, axis=1, keepdims=True)
    alpha = np.full(K, 1 / K) if alpha is None else np.asarray(alpha)
    cells = softmax(X, theta)
    pi = cells @ alpha
    return X, theta, alpha, np.random.default_rng([seed, 2]).multinomial(n, pi / pi.sum()).astype(float)


def softmax(X, theta):
    """Return the probabilities of the cells by class, in float64."""
    utility = (X @ theta.T.astype(X.dtype)).astype(np.float64)
    cells = np.exp(utility - utility.max(axis=0))
    return cells / cells.sum(axis=0)


def cramer_rao(X, theta, alpha):
    """Return the covariance bound of the coefficients for one draw."""
    cells = softmax(X, theta)
    posterior = cells * alpha
    posterior /= posterior.sum(axis=1, keepdims=True)
    slopes = [posterior[:, k:k + 1] * (X - cells[:, k] @ X) for k in range(len(alpha))]
    s = np.hstack([*slopes, (posterior - alpha)[:, :-1]])
    return np.linalg.inv((s * (cells @ alpha)[:, None]).T @ s)[:theta.size, :theta.size]


def matched(theta, found):
    """Return the order of the found classes that is closest to the true ones, one after the other."""
    far = np.linalg.norm(theta[:, None] - found[None], axis=2)
    order = np.empty(len(theta), dtype=int)
    for _ in theta:
        i, j = np.unravel_index(np.argmin(far), far.shape)
        order[i], far[i], far[:, j] = j, np.inf, np.inf
    return order


def recovery(n, repetitions):
    """A1: errors over the Cramer-Rao bound, and coverage of 95 % intervals."""
    from lithe.softmix import SoftmaxMixture
    errors, inside = [], []
    X, theta, alpha, _ = problem(5000, 10, 3, 2.0, 1, 0, (0.5, 0.3, 0.2))
    bound = float(np.sqrt(np.trace(cramer_rao(X, theta, alpha)) / theta.size))
    with Meter() as meter:
        for seed in range(repetitions):
            pi = softmax(X, theta) @ alpha
            counts = np.random.default_rng([seed, n]).multinomial(n, pi / pi.sum())
            m = SoftmaxMixture(3, random_state=seed, n_certificate=0).fit(X, counts)
            order = matched(theta, m.coef_)
            errors.append(m.coef_[order] - theta)
            inside.append(np.abs(errors[-1]) < 1.96 * m.standard_errors_[order])
    rmse = float(np.sqrt(np.mean(np.square(errors)) * n))
    return {"rmse": rmse, "bound": bound, "coverage": float(np.mean(inside)), "each": meter.cpu / repetitions}


def from_start(X, counts, theta, alpha, **params):
    """Fit from given classes alone."""
    from lithe.softmix import SoftmaxMixture
    model = SoftmaxMixture(len(alpha), warm_start=True, random_state=0, n_certificate=0, **params)
    few = 2 * theta.size + 2 * len(alpha)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X[:few], np.ones(few))  # loads the library; what it finds is replaced
    model.coef_, model.weights_ = theta, alpha
    with Meter() as meter:
        model.fit(X, counts)
    return model, meter


def starts(p, L, K, n, instances):
    """A2: instances whose default fit is at least as good as the fit that starts from the truth."""
    from lithe.softmix import SoftmaxMixture
    reached, cpu, worst = 0, 0.0, 0.0
    for seed in range(instances):
        X, theta, alpha, counts = problem(p, L, K, 2.0, n, seed, design=seed)
        oracle = from_start(X, counts, theta, alpha, covariance="none")[0].log_likelihood_
        with Meter() as meter:
            found = SoftmaxMixture(K, random_state=seed, covariance="none", n_certificate=0).fit(X, counts).log_likelihood_
        reached += oracle - found < 1
        worst, cpu = max(worst, oracle - found), cpu + meter.cpu / instances
    return {"reached": reached, "worst": worst, "cpu": cpu}


def likelihood(X, counts, theta, alpha):
    """Return the log-likelihood per draw, in float64."""
    seen = counts > 0
    return float(counts[seen] @ np.log(softmax(X, theta)[seen] @ alpha) / counts.sum())


def start_of(theta):
    """Return the start that all methods share: classes near the truth, of equal weights."""
    rng = np.random.default_rng(7)
    return theta + 0.5 * rng.normal(size=theta.shape) / np.sqrt(theta.shape[1]), np.full(len(theta), 1 / len(theta))


def ours(p, L, K, n, threads):
    """S3: one start to the end."""
    import lithe
    lithe.set_num_threads(threads)
    X, theta, _, counts = problem(p, L, K, 2.0, n, 0, dtype=np.float32)
    model, meter = from_start(X, counts, *start_of(theta), covariance="none", tol=2e-7 * n)  # ends where torch does, or nearer
    return meter.facts() | {"evaluations": model.n_evaluations_, "log": likelihood(X, counts, model.coef_, model.weights_)}


def torch_fit(p, L, K, n, threads, optimizer, rate):
    """S3: the same by torch, until a value changes by less than 1e-7 per draw over ten evaluations."""
    import torch
    torch.set_num_threads(threads)
    X, theta, _, counts = problem(p, L, K, 2.0, n, 0, dtype=np.float32)
    first, weights = start_of(theta)
    cells, q = torch.tensor(X), torch.tensor(counts / counts.sum(), dtype=torch.float32)
    coef = torch.tensor(np.ascontiguousarray(first.T), dtype=torch.float32, requires_grad=True)
    eta = torch.tensor(np.log(weights), dtype=torch.float32, requires_grad=True)
    values = []

    def loss():
        method.zero_grad()
        value = -(q * torch.logsumexp(torch.log_softmax(cells @ coef, 0) + torch.log_softmax(eta, 0), 1)).sum()
        value.backward()
        values.append(float(value.detach()))
        return value

    def settled():
        return len(values) > 10 and abs(values[-11] - values[-1]) < 1e-7
    if optimizer == "L-BFGS":
        method = torch.optim.LBFGS([coef, eta], max_iter=10, history_size=10, tolerance_change=0, tolerance_grad=0,
                                   line_search_fn="strong_wolfe")
    else:
        method = torch.optim.Adam([coef, eta], lr=rate)
    loss()  # warm
    values.clear()
    with Meter() as meter:
        while not settled() and len(values) < 3000:
            method.step(loss)
    return meter.facts() | {"evaluations": len(values), "log": likelihood(
        X, counts, coef.detach().numpy().T, torch.softmax(eta, 0).detach().numpy().astype(np.float64))}


def large(p, L, K, n_init):
    """S4: default starts on large X, and the memory beyond it."""
    from lithe.softmix import SoftmaxMixture
    X, theta, alpha, counts = problem(p, L, K, 2.0, 1_000_000, 0, dtype=np.float32)
    with Meter() as meter:
        m = SoftmaxMixture(K, n_init=n_init, covariance="none", n_certificate=0, random_state=0).fit(X, counts)
    return meter.facts() | {"log": m.log_likelihood_ / counts.sum(), "truth": likelihood(X, counts, theta, alpha),
                            "hits": f"{m.hits_} of {m.n_finished_}", "size": X.nbytes / 2**20}


def compare(run, p, L, K, n, threads):
    """S3: a row for each method."""
    size = (p, L, K, n, threads)
    methods = {"lithe": (ours, *size), "torch, L-BFGS": (torch_fit, *size, "L-BFGS", 0.0),
               "torch, Adam, rate 0.05": (torch_fit, *size, "Adam", 0.05), "torch, Adam, rate 0.02": (torch_fit, *size, "Adam", 0.02)}
    title = f"S3, p = {p:,}, L = {L}, K = {K}, {n:,} draws, float32, {threads} threads"
    found = {name: run(f"{title} / {name}", function, *args) for name, (function, *args) in methods.items()}
    found = {name: facts for name, facts in found.items() if facts is not None}
    if found:
        best, first = max(f["log"] for f in found.values()), next(iter(found.values()))
        table(title, ["method", "evaluations", "CPU s", "seconds", "CPU ms per evaluation", "off", "CPU time"],
              [[name, f["evaluations"], f["cpu"], f["seconds"], 1e3 * f["cpu"] / f["evaluations"], f"{best - f['log']:.1e}",
                f"{f['cpu'] / first['cpu']:.1f}x"] for name, f in found.items()], 3)


def main():
    options = arguments(__doc__, PEERS, results=True)
    run = Rows(options.results, options.pick)
    repetitions, instances = (10, 4) if options.quick else (200, 40)
    rows = []
    for n in (1000, 10_000, 100_000, 1_000_000):
        f = run(f"A1 / {n}", recovery, n, repetitions)
        if f is not None:
            rows.append([f"{n:,}", f["rmse"], f["bound"], f["rmse"] / f["bound"], f"{f['coverage']:.1%}", f["each"]])
    if rows:
        table(f"A1, p = 5,000, L = 10, K = 3, length 2, {repetitions} repetitions of a fit",
              ["draws", "RMSE x sqrt(draws)", "Cramer-Rao bound", "ratio", "95 % intervals that cover", "CPU s each"], rows, 3)
    rows = []
    for p, L, K, n in ((2000, 10, 8, 100_000), (5000, 50, 10, 300_000), (5000, 100, 4, 100_000)):
        f = run(f"A2 / {p} {L} {K}", starts, p, L, K, n, instances)
        if f is not None:
            rows.append([f"{p:,}", L, K, f"{n:,}", f"{f['reached']} of {instances}", f["worst"], f["cpu"]])
    if rows:
        table("A2, default starts against one from the truth, length 2", ["p", "L", "K", "draws", "as good, to 1 nat in all", "worst, nats",
                                                                "CPU s each"], rows, 3)
    cores = os.cpu_count() or 1
    for threads in sorted({1, cores}):
        compare(run, *((10_000, 64, 8, 100_000) if options.quick else (50_000, 128, 8, 1_000_000)), threads)
    p, L = (16_384, 256) if options.quick else (131_072, 1024)
    f = run(f"S4 / {p}", large, p, L, 8, 12, limit=3600)
    if f is not None:
        table(f"S4, p = {p:,}, L = {L}, K = 8, 1,000,000 draws, float32, 12 starts",
              ["seconds", "CPU s", "X, MB", "peak MB beyond X", "log-likelihood per draw", "at the truth", "starts at the best"],
              [[f["seconds"], f["cpu"], f["size"], f["peak"], f"{f['log']:.6f}", f"{f['truth']:.6f}", f["hits"]]])


if __name__ == "__main__":
    main()
