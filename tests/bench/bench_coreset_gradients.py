"""Subsets by gradients: errors (Q3), logistic regression (Q4), training (T1, T2), k-centre (S8) and GradMatch (S9).

Needs Fashion-MNIST, covtype15k and w8a as .npz in --data. Every training curve is shown beside full data, one fixed random
subset, a fresh random subset for every epoch and stratified ones; step sizes and lengths of runs are the best of the same grid
for each, and random subsets get the correction as selected ones do. The cost of a selection is printed too: "gradients" are
samples of steps and of corrections, "forwards" samples that were only passed forward.
"""

from __future__ import annotations

import argparse
import os
import pathlib

import numpy as np
from report import table, timed
from scipy.optimize import nnls
from scipy.special import expit

from lithe.coreset import (AdaCore, CRAIG, GradMatch, KCenter, LogisticCoreset, gradient_error, stratified_sample, train_mlp,
                           train_softmax)

SUBSETS = ("random", "stratified", "fresh", "craig", "adacore", "importance", "crest", "glister")
CORRECTED = ("random", "fresh", "craig", "importance")


def fashion(folder, n):
    """Return n training images and all test images, standardized, with their classes."""
    data = np.load(folder / "img_fashion_mnist.npz")
    X = (data["X"].reshape(70000, -1).astype(np.float32) - 72.94) / 90.02
    y, test = data["y"].astype(int), data["is_test"]
    some = np.random.default_rng(0).permutation(np.flatnonzero(~test))[:n]
    return X[some], y[some], X[test], y[test]


def covtype(folder):
    """Return nine folds of covtype15k, standardized, and the tenth."""
    data = np.load(folder / "clf_covtype15k.npz")
    X = data["X"].astype(np.float32)
    X = (X - X.mean(axis=0)) / np.where(X.std(axis=0) > 0, X.std(axis=0), 1)
    y, test = data["y"].astype(int), data["fold"] == 0
    return X[~test], y[~test], X[test], y[test]


def w8a(folder, n):
    """Return n rows of w8a and the others."""
    data = np.load(folder / "clf_w8a.npz")
    X = np.zeros(data["shape"], dtype=np.float32)
    X[np.repeat(np.arange(len(X)), np.diff(data["indptr"])), data["indices"]] = data["data"]
    y, order = (data["y"] > 0).astype(int), np.random.default_rng(0).permutation(len(X))
    return X[order[:n]], y[order[:n]], X[order[n:]], y[order[n:]]


def softmax(Z):
    """Return the probabilities of rows of logits."""
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    return P / P.sum(axis=1, keepdims=True)


def gradient_errors(X, y, epochs):
    """Q3: error of the weighted gradient of softmax regression, plain and preconditioned, at 1 %."""
    rows, k = [], len(X) // 100
    for count in epochs:
        model = train_softmax(X, y, subset="full", max_iter=count, learning_rate=0.01, schedule="constant", random_state=0)
        P = softmax(model.decision_function(X)).astype(np.float32)
        R = P - np.eye(P.shape[1], dtype=np.float32)[y]
        ada = AdaCore(k, damping=0.1).update(probabilities=P, activations=X)

        def error(indices, weights):
            return np.array(gradient_error(R, indices, weights, activations=X, curvature=ada.curvature_))

        random = np.mean([error(*stratified_sample(y, k, random_state=s)[:2]) for s in range(10)], axis=0)
        found = {"stratified random": (random, 0.0)}
        for name, model, inputs in (("CRAIG, logits", CRAIG(k), None), ("AdaCore, logits", AdaCore(k).update(probabilities=P), None),
                                    ("CRAIG, last layer", CRAIG(k), X), ("AdaCore, last layer, factored", ada, X),
                                    ("AdaCore, last layer, full", AdaCore(k, preconditioner="full", damping=0.1).update(
                                        probabilities=P, activations=X), X),
                                    ("CRAIG, last layer, least squares", CRAIG(k, weights="least_squares"), X),
                                    ("AdaCore, last layer, full, least squares", AdaCore(
                                        k, preconditioner="full", damping=0.1, weights="least_squares").update(
                                            probabilities=P, activations=X), X)):
            subset, seconds = timed(lambda: model.fit(R, y, activations=inputs))
            found[name] = error(subset.indices_, subset.weights_), seconds
        for name, classes in (("GradMatch, last layer", y), ("GradMatch, last layer, classes together", None)):
            matched, seconds = timed(lambda: GradMatch(k, alpha=0.01).fit(R, classes, activations=X))
            found[name] = error(matched.indices_, matched.weights_), seconds
        logits = found["CRAIG, logits"][0]
        rows += [[count, name, *e, *(e / logits), *(e / random), s] for name, (e, s) in found.items()]
    table(f"Q3: error of the gradient, Fashion-MNIST, n = {len(X)}, k = {k}",
          ["epochs", "method", "plain", "precond.", "/ logit CRAIG", "(precond.)", "/ stratified", "(precond.)", "s"], rows, 3)


def loss_of(X, y, beta, penalty):
    """Return the penalized logistic loss over all rows."""
    z = X @ beta
    return np.logaddexp(0, z).sum() - z @ y + penalty / 2 * beta @ beta


def direction(X, y, weights, beta, penalty, slope):
    """Return the Newton step of the loss on these rows plus slope @ beta."""
    p = expit(X @ beta)
    gradient = X.T @ (weights * (p - y)) + penalty * beta + slope
    return np.linalg.solve((X.T * (weights * p * (1 - p))) @ X + penalty * np.eye(len(beta)), gradient)


def descend(value, beta, step):
    """Return beta less the step, halved while the value would rise, and what part of it was taken."""
    size, now = 1.0, value(beta)
    while size > 1e-4 and value(beta - size * step) > now:
        size /= 2
    return beta - size * step, size


def newton(X, y, weights, penalty, steps):
    """Return beta after Newton steps from zero."""
    def value(b):
        z = X @ b
        return weights @ (np.logaddexp(0, z) - z * y) + penalty / 2 * b @ b

    beta = np.zeros(X.shape[1])
    for _ in range(steps):
        step = direction(X, y, weights, beta, penalty, 0.0)
        beta, size = descend(value, beta, step)
        if size * np.abs(step).max() < 1e-9:
            break
    return beta


def reselected(label, X, p, y, k, seed):
    """Return a subset at the current probabilities: rows, weights, and what its gradients lack of the sum of all."""
    if "uniform" in label:
        s = stratified_sample(np.zeros(len(X)), k, random_state=seed)
        return s.indices, s.weights, X.T @ (p - y) - X[s.indices].T @ (s.weights * (p - y)[s.indices])
    R, inputs = (p - y)[:, None].astype(np.float32), X[:, :-1].astype(np.float32)
    weights = "least_squares" if "squares" in label else "counts"
    model = CRAIG(k, weights=weights) if "CRAIG" in label else AdaCore(k, weights=weights).update(
        probabilities=p[:, None].astype(np.float32), activations=inputs)
    model.fit(R, activations=inputs)
    return model.indices_, model.weights_, model.residual_gradient_


def logistic(name, X, y, seeds):
    """Q4: relative sub-optimality of logistic regression on 5 % of the rows.

    Where subsets are renewed, ten Newton steps are taken, halved where the loss over all rows would rise.
    """
    X = np.hstack([X, np.ones((len(X), 1))]).astype(np.float64)
    n, k, penalty = len(X), len(X) // 20, 1.0
    best = loss_of(X, y, newton(X, y, np.ones(n), penalty, 100), penalty)

    def gap(beta):
        return loss_of(X, y, beta, penalty) / best - 1

    def solved(indices, weights):
        return gap(newton(X[indices], y[indices], weights, penalty, 100))

    renewed = [f"re-selected {who}{how}" for who in ("CRAIG", "AdaCore") for how in ("", ", least squares", ", corrected")]
    renewed += ["renewed uniform", "renewed uniform, corrected"]
    gaps = {label: [] for label in ("uniform", "osmac", "osmac A", "osmac L", "lewis", *renewed)}
    for seed in range(seeds):
        gaps["uniform"].append(solved(*stratified_sample(np.zeros(n), k, random_state=seed)[:2]))
        for label, options in (("osmac", {}), ("osmac A", {"criterion": "A"}), ("osmac L", {"criterion": "L"}), ("lewis", {"method": "lewis"})):
            s = LogisticCoreset(k, random_state=seed, fit_intercept=False, **options).fit(X, y)
            gaps[label].append(solved(s.indices_, s.weights_))
        for label in renewed:
            s = stratified_sample(y, k, random_state=seed)
            beta = newton(X[s.indices], y[s.indices], s.weights, penalty, 1)
            path = []
            for step in range(10):
                p = expit(X @ beta)
                indices, weights, left = reselected(label, X, p, y, k, 100 * seed + step)
                to = direction(X[indices], y[indices], weights, beta, penalty, left if label.endswith("corrected") else 0.0)
                beta, _ = descend(gap, beta, to)
                path.append(gap(beta))
            gaps[label].append(min(path))
    rows = [[label, float(np.median(g)), float(np.median(g) / np.median(gaps["uniform"]))] for label, g in gaps.items()]
    table(f"Q4: relative sub-optimality at 5 %, {name}, n = {n}, D = {X.shape[1] - 1}, median of {seeds}",
          ["method", "sub-optimality", "/ uniform"], rows, 3)


def first(trace, reached):
    """Return gradients, forwards and seconds at the first epoch where `reached` holds."""
    where = np.flatnonzero(reached)
    if not len(where):
        return ["-", "-", "-"]
    return [int(trace.gradients[where[0]]), int(trace.forwards[where[0]]), float(trace.seconds[where[0]])]


def gradients_to_loss(name, data, fraction, slack, proxy, batch, rates, refreshes):
    """T1: gradient evaluations of softmax regression to a loss near that of full data."""
    X, y, X_test, y_test = data
    runs, grid = {}, {}
    for subset, corrected in (("full", False), *((s, False) for s in SUBSETS), *((s, True) for s in CORRECTED)):
        lengths = (8, 12, 20) if subset == "full" else (40, 60)
        renewed = refreshes if corrected or subset not in ("full", "random", "fresh") else refreshes[:1]
        by, label = "last_layer" if subset == "importance" else proxy, subset + ", corrected" * corrected
        grid[label] = [(rate, length, refresh) for rate in rates for length in lengths for refresh in renewed]
        runs[label] = [train_softmax(X, y, X_test, y_test, subset=subset, fraction=fraction, refresh=refresh, proxy=by,
                                     correction=corrected, max_iter=length, learning_rate=rate, batch_size=batch, alpha=1e-5,
                                     random_state=0).trace_ for rate, length, refresh in grid[label]]
    target = slack * min(t.loss.min() for t in runs["full"])
    rows = []
    for label, traces in runs.items():
        reach = [first(t, t.loss <= target) for t in traces]
        pick = min(range(len(traces)), key=lambda i: (reach[i][0] if reach[i][0] != "-" else np.inf, traces[i].loss.min()))
        rows.append([label, *grid[label][pick], float(traces[pick].loss.min()), float(traces[pick].test_accuracy[-1]), *reach[pick]])
    full = rows[0][6]
    for row in rows:
        row.append("-" if row[6] == "-" else full / row[6])
    table(f"T1: softmax regression, {name}, to loss {target:.4g}, subsets of {100 * fraction:g} %",
          ["subset", "rate", "epochs", "renewed every", "least loss", "test acc.", "gradients", "forwards", "s", "full / this"], rows, 4)


def wall_to_accuracy(data, epochs, fraction):
    """T2: seconds of a network to the accuracy of full data less half a point."""
    X, y, X_test, y_test = data
    runs = {"full": {"subset": "full", "max_iter": epochs}}
    runs |= {f"full, {part} epochs": {"subset": "full", "max_iter": part} for part in (epochs // 4, 2 * epochs // 3)}
    runs |= {subset: {"subset": subset, "max_iter": 4 * epochs, "fraction": fraction} for subset in SUBSETS}
    double = 2 * fraction
    runs[f"importance, {100 * double:g} %"] = {"subset": "importance", "max_iter": 2 * epochs, "fraction": double}
    rows, goal = [], None
    for name, options in runs.items():
        traces = [train_mlp(X, y, X_test, y_test, learning_rate=rate, random_state=0, **options).trace_ for rate in (0.05, 0.1)]
        goal = goal or max(t.test_accuracy[-1] for t in traces) - 0.005
        reach = [first(t, t.test_accuracy >= goal) for t in traces]
        pick = min((0, 1), key=lambda i: (reach[i][2] if reach[i][2] != "-" else np.inf, -traces[i].test_accuracy[-1]))
        t = traces[pick]
        rows.append([name, (0.05, 0.1)[pick], float(t.test_accuracy[-1]), *reach[pick], float(t.seconds[-1]),
                     float(t.selection_seconds[-1])])
    table(f"T2: network 784-128-10, Fashion-MNIST, n = {len(X)}, to test accuracy {goal:.4f}, subsets of {100 * fraction:g} %",
          ["subset", "rate", "at the end", "gradients", "forwards", "s", "all s", "of them selecting"], rows, 4)


def traversals(X, k, first):
    """Return farthest-first traversals of peers that are installed, as functions that return the selected rows."""
    found = {}
    try:
        from skmatter.sample_selection import FPS
        found["skmatter"] = lambda: FPS(n_to_select=k, initialize=int(first)).fit(X).selected_idx_
    except ImportError:
        pass
    try:
        import fpsample
    except ImportError:
        return found
    found["fpsample"] = lambda: fpsample.fps_sampling(X, k, start_idx=int(first))
    for h in (5, 7, 9):
        found[f"fpsample, kd-line {h}"] = lambda h=h: fpsample.bucket_fps_kdline_sampling(X, k, h=h, start_idx=int(first))
    found["fpsample, kd-tree"] = lambda: fpsample.bucket_fps_kdtree_sampling(X, k, start_idx=int(first))
    return found


def k_center(n, d, k):
    """S8: seconds of farthest-first traversal from the same first row, beside peers and the plain loop in NumPy."""
    X = np.random.default_rng(0).normal(size=(n, d)).astype(np.float32)
    ours, seconds = timed(lambda: KCenter(k, assign=False, n_jobs=1).fit(X))
    first = ours.indices_[0]

    def plain():
        chosen, near = [first], np.full(n, np.inf, dtype=np.float32)
        for _ in range(k - 1):
            np.minimum(near, ((X - X[chosen[-1]]) ** 2).sum(axis=1), out=near)
            chosen.append(int(near.argmax()))
        return np.array(chosen)

    def radius(chosen):
        near = np.full(n, np.inf)
        for i in chosen:
            np.minimum(near, ((X - X[i]) ** 2).sum(axis=1, dtype=np.float64), out=near)
        return float(np.sqrt(near.max()))

    rows = [["lithe", seconds, 1.0, ours.radius_, ours.n_evaluations_ / (n * k)]]
    for name, run in {"NumPy": plain, **traversals(X, k, first)}.items():
        try:
            chosen, slow = timed(run)
        except (ValueError, RuntimeError) as error:
            print(f"{name} refuses d = {d}: {error}")
            continue
        rows.append([name, slow, slow / seconds, radius(chosen), 1.0 if name in ("NumPy", "skmatter", "fpsample") else "-"])
    table(f"S8: k-centre, n = {n}, D = {d}, k = {k}, one thread", ["who", "s", "times", "radius", "distances / nk"], rows)


def gradmatch(n, d, k):
    """S9: seconds of matching pursuit, beside a loop that solves for the weights from scratch."""
    G = (np.random.default_rng(0).normal(size=(n, d)) + 0.02).astype(np.float32)
    target = G.sum(axis=0, dtype=np.float64)
    ours, seconds = timed(lambda: GradMatch(k, tol=0.0).fit(G))

    norms = np.linalg.norm(G, axis=1)

    def plain():
        left, chosen, w = target.copy(), [], None
        while len(chosen) < k:
            scores = (G @ left.astype(np.float32)) / norms
            scores[chosen] = -np.inf
            chosen.append(int(scores.argmax()))
            w, _ = nnls(G[chosen].T.astype(np.float64), target)
            left = target - w @ G[chosen]
        return np.linalg.norm(left) / np.linalg.norm(target)

    error, slow = timed(plain)
    rows = [["lithe", seconds, ours.error_], ["NumPy and SciPy's nnls", slow, float(error)]]
    state = np.geterr()  # which cords changes for the whole process
    try:
        from cords.selectionstrategies.helpers.omp_solvers import OrthogonalMP_REG_NNLS
        w, slow = timed(lambda: OrthogonalMP_REG_NNLS(G.T, target.astype(np.float32), tol=0.0, nnz=k, positive=True, lam=0.0))
        rows.append(["cords", slow, float(np.linalg.norm(target - w @ G) / np.linalg.norm(target))])
    except ImportError as error:
        print(f"cords is left out: {error}")
    np.seterr(**state)
    table(f"S9: GradMatch, n = {n}, D = {d}, k = {k}", ["who", "s", "relative residual"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("LITHE_DATA"), help="folder of the data; default: $LITHE_DATA")
    parser.add_argument("--quick", action="store_true", help="sizes that fit small machines")
    parser.add_argument("--only", default="S8,S9,Q3,Q4,T1,T2", help="parts to run")
    options = parser.parse_args()
    parts, folder, quick = options.only.split(","), options.data, options.quick
    if "S8" in parts:
        for d in (3, 16):
            k_center(*((20000, d, 200) if quick else (200000, d, 2000)))
    if "S9" in parts:
        gradmatch(*((4000, 128, 60) if quick else (20000, 512, 500)))
    if folder is None:
        print("no --data: the other parts are left out")
        return
    folder = pathlib.Path(folder)
    if "Q3" in parts:
        X, y, _, _ = fashion(folder, 3000 if quick else 10000)
        gradient_errors(X, y, (1, 5) if quick else (1, 5, 30))
    if "Q4" in parts:
        n, seeds = (2000 if quick else 6000), 3
        X, y, _, _ = covtype(folder)
        logistic("covtype15k, class 2 or not", X[:n], (y[:n] == 2).astype(int), seeds)
        X, y, _, _ = w8a(folder, n)
        logistic("w8a", X, y, seeds)
    if "T1" in parts:
        gradients_to_loss("covtype15k", covtype(folder), 0.1, 1.1, "last_layer", 128, (0.03, 0.1, 0.3), (10,))
        X, y, X_test, y_test = w8a(folder, 10000)
        gradients_to_loss("w8a", (X, y, X_test[:4000], y_test[:4000]), 0.1, 1.1, "logits", 32, (1.0, 2.0, 5.0), (2, 10))
    if "T2" in parts:
        wall_to_accuracy(fashion(folder, 10000 if quick else 60000), 12, 0.1)


if __name__ == "__main__":
    main()
