"""Facility location beside apricot and submodlib: S1 to S7.

Every row runs in a process of its own, after a first call on little data that loads libraries. Times are processor seconds
of all threads, ours on one thread where peers have one; apricot compiles its kernels in every fit, which counts because
every user of it waits for that. F is the objective, the sum over rows of the largest similarity to a selected row, and L
the loss, the sum of distances; both are evaluated here, from the indices alone. "random" is the loss of as many random rows
over that of the selection. Peers that are not installed say so.
"""

from __future__ import annotations

import contextlib
import io

import numpy as np
from accuracy import arguments
from isolated import Meter, Rows
from report import table


def residuals(n, classes=10, seed=0):
    """Return what softmax regression leaves: heavy-tailed rows of `classes` features in float32."""
    rng = np.random.default_rng(seed)
    z, label = rng.normal(size=(n, classes)), rng.integers(0, classes, n)
    z[np.arange(n), label] += 6 * rng.random(n)
    p = np.exp(z)
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(n), label] -= 1
    return p.astype(np.float32)


def clusters(n, d, seed=0):
    """Return rows around 50 centres."""
    rng = np.random.default_rng(seed)
    centers = 3 * rng.normal(size=(50, d))
    return (centers[rng.integers(0, 50, n)] + rng.normal(size=(n, d))).astype(np.float32)


def similarities(X):
    """Return the largest distance less all distances, in float32, symmetric to the last bit."""
    X = X.astype(np.float64)
    squares, D = (X**2).sum(axis=1), np.empty((len(X), len(X)), dtype=np.float32)
    for lo in range(0, len(X), 1000):
        hi = min(lo + 1000, len(X))
        block = np.sqrt(np.maximum(squares[lo:hi, None] + squares[:hi] - 2 * X[lo:hi] @ X[:hi].T, 0))
        block[:, lo:] = (block[:, lo:] + block[:, lo:].T) / 2
        D[lo:hi, :hi], D[:hi, lo:hi] = block, block.T
    np.fill_diagonal(D, 0)
    return np.subtract(D.max(), D, out=D)


def graph(n, t):
    """Return a symmetric graph of similarities of rows of 8 features in CSR."""
    from scipy.sparse import csr_array
    from sklearn.neighbors import kneighbors_graph
    S = kneighbors_graph(clusters(n, 8), t // 2, mode="distance", include_self=True)
    S.data = np.exp(-S.data)
    return csr_array(S.maximum(S.T))


def metered(call):
    """Return what `call` gives and its facts."""
    with Meter() as meter, contextlib.redirect_stdout(io.StringIO()):
        result = call()
    return result, meter.facts()


def objective(S, indices):
    """Return F."""
    if isinstance(S, np.ndarray):
        return float(S[:, indices].max(axis=1).astype(np.float64).sum())
    return float(S[:, indices].max(axis=1).sum())


def loss(X, indices, clients=None):
    """Return L, of all rows or of the given ones."""
    total, chosen, clients = 0.0, X[indices].astype(np.float64), X if clients is None else clients
    for rows in np.array_split(clients, 1 + len(clients) * len(indices) // 10**7):
        rows = rows.astype(np.float64)
        D = (rows**2).sum(axis=1)[:, None] + (chosen**2).sum(axis=1) - 2 * rows @ chosen.T
        total += np.sqrt(np.maximum(D.min(axis=1), 0)).sum()
    return total


def of_kind(kind, n):
    """Return the data of a row."""
    if kind == "graph":
        return graph(n, 32)
    return similarities(residuals(n) if n < 10000 else clusters(n, 64))


def ours(kind, n, k, threads):
    """Select with lithe."""
    from lithe.coreset import FacilityLocation
    S = of_kind(kind, n)
    metric = "precomputed_similarity"
    FacilityLocation(2, metric=metric).fit(np.eye(50, dtype=np.float32))
    model, facts = metered(lambda: FacilityLocation(k, metric=metric, n_jobs=threads).fit(S))
    return facts | {"F": objective(S, model.indices_)}


def apricot(kind, n, k, _):
    """Select with apricot's lazy greedy, its fastest exact one, on float64 as it wants."""
    from apricot import FacilityLocationSelection
    from scipy.sparse import csr_matrix
    S = of_kind(kind, n)
    copy = S.astype(np.float64) if isinstance(S, np.ndarray) else csr_matrix(S)
    FacilityLocationSelection(10, metric="precomputed", optimizer="lazy").fit(copy[:100, :100].copy())
    model, facts = metered(lambda: FacilityLocationSelection(k, metric="precomputed", optimizer="lazy").fit(copy))
    return facts | {"F": objective(S, model.ranking)}


def submodlib(kind, n, k, _):
    """Select with submodlib's lazy greedy."""
    import submodlib as library
    from scipy.sparse import csr_matrix
    S = of_kind(kind, n)

    def run():
        if kind == "graph":
            f = library.FacilityLocationFunction(n=n, mode="sparse", sijs=csr_matrix(S), num_neighbors=32)
        else:
            f = library.FacilityLocationFunction(n=n, mode="dense", sijs=S, separate_rep=False)
        return f.maximize(budget=k, optimizer="LazyGreedy", stopIfZeroGain=False, stopIfNegativeGain=False, show_progress=False)

    chosen, facts = metered(run)
    return facts | {"F": objective(S, [j for j, _ in chosen])}


def rows_ours(n, d, k, threads, engine):
    """Select rows with lithe."""
    from lithe.coreset import FacilityLocation
    X = residuals(n, d) if d == 10 else clusters(n, d)
    FacilityLocation(2).fit(np.eye(50, dtype=np.float32))
    model, facts = metered(lambda: FacilityLocation(k, engine=engine, n_jobs=threads, random_state=0).fit(X))
    chance = np.random.default_rng(1).choice(n, k, replace=False)
    short = X if n * k < 10**9 else X[:10**9 // k]
    return facts | {"L": model.loss_, "engine": model.engine_, "recall": model.recall_,
                    "random": loss(X, chance, short) / loss(X, model.indices_, short)}


def rows_peer(n, d, k, _, name):
    """Select rows with apricot or submodlib, which make the matrix themselves, or are given it where theirs is another metric."""
    X = residuals(n, d) if d == 10 else clusters(n, d)
    if name == "apricot":
        from apricot import FacilityLocationSelection
        FacilityLocationSelection(10, metric="euclidean", optimizer="lazy").fit(X[:100])
        model, facts = metered(lambda: FacilityLocationSelection(k, metric="euclidean", optimizer="lazy").fit(X))
        indices = model.ranking
    else:
        import submodlib as library

        def run():
            f = library.FacilityLocationFunction(n=n, mode="dense", sijs=similarities(X), separate_rep=False)
            return f.maximize(budget=k, optimizer="LazyGreedy", stopIfZeroGain=False, stopIfNegativeGain=False, show_progress=False)

        chosen, facts = metered(run)
        indices = [j for j, _ in chosen]
    return facts | {"L": loss(X, indices)}


def classes(n, k):
    """Select from 10 classes of equal size."""
    from lithe.coreset import FacilityLocation
    X = residuals(n)
    FacilityLocation(2).fit(np.eye(50, dtype=np.float32))
    model, facts = metered(lambda: FacilityLocation(k).fit(X, groups=np.arange(n) % 10))
    return facts | {"L": model.loss_, "engine": model.engine_}


def compare(run, title, methods, fields):
    """Print one table of methods, the first of which others are measured against."""
    found = {name: run(f"{title} / {name}", *call, limit=900.0) for name, call in methods.items()}
    found = {name: facts for name, facts in found.items() if facts}
    if not found:
        return
    first = next(iter(found.values()))["cpu"]
    table(title, ["", "CPU s", "times", "MB", *fields],
          [[name, f["cpu"], f["cpu"] / first, f["peak"], *(f.get(field, "") for field in fields)] for name, f in found.items()], digits=8)


def main():
    options = arguments(__doc__, ("numpy", "scipy", "apricot-select", "submodlib-py"), results=True)
    run = Rows(options.results, options.pick)
    part = options.part
    for what, kind, n, k in [("S1: similarities", "matrix", 6000, 600), ("S2: similarities", "matrix", 16000, 1600),
                             ("S4: graph of 32 neighbours", "graph", 100000, 1000), ("S4: graph of 32 neighbours", "graph", 10000, 100)]:
        with_all, n, k = n < 100000, n // part, k // part
        methods = {"lithe": (ours, kind, n, k, 1), "apricot": (apricot, kind, n, k, 1)}
        if with_all:
            methods["submodlib"] = (submodlib, kind, n, k, 1)
        compare(run, f"{what}, n = {n:,}, k = {k:,}", methods, ["F"])
    for n, peer in ((6000 // part, "apricot"), (4000 // part, "submodlib")):
        compare(run, f"S3: rows, n = {n:,}, d = 64, k = {n // 10}",
                {"lithe": (rows_ours, n, 64, n // 10, 1, "auto"), peer: (rows_peer, n, 64, n // 10, 1, peer)}, ["L"])
    fields = ["seconds", "L", "engine", "recall", "random"]
    for what, n, d, k, engine in (("S5", 60000, 10, 600, "decremental"), ("S6", 1000000, 16, 10000, "neighbors")):
        n, k, exact = n // part, k // part, ", exact" if engine == "decremental" else ""
        compare(run, f"{what}: rows, n = {n:,}, d = {d}, k = {k:,}{exact}, two threads", {"lithe": (rows_ours, n, d, k, 2, engine)}, fields)
    n, k = 40000 // part, 400 // part
    compare(run, f"S6: what neighbours lose, n = {n:,}, d = 16, k = {k}",
            {"exact" if engine == "decremental" else engine: (rows_ours, n, 16, k, 2, engine)
             for engine in ("decremental", "neighbors", "partitioned")}, fields)
    n, k = 60000 // part, 6000 // part
    compare(run, f"S7: 10 classes of {n // 10:,} rows, d = 10, k = {k:,}", {"lithe": (classes, n, k)}, ["seconds", "L", "engine"])


if __name__ == "__main__":
    main()
