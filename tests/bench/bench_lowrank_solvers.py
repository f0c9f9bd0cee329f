"""Least squares against SciPy's drivers (R15) and traces against plain probing (R17), in one run, with their errors."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from lithe.lowrank import lstsq, trace

from accuracy import arguments, dense, in_turn
from report import table


def backward(A, b, x):
    """Return an estimate of the smallest relative change of A for which x is a least squares solution (Karlsson, Walden)."""
    r = b - A @ x
    size = np.linalg.norm(r) / np.linalg.norm(x)
    G = A.T @ A
    G[np.diag_indices_from(G)] += size**2
    z = np.linalg.solve(G, A.T @ r)
    return float(np.sqrt(abs(z @ (A.T @ r))) / np.linalg.norm(x) / np.sqrt(np.square(A).sum()))


def least_squares(m, n, rounds, slow):
    """R15: condition 1e8."""
    A = dense(m, n, np.logspace(0, -8, n), np.float64)
    rng = np.random.default_rng(1)
    b = A @ rng.normal(size=n) + 1e-3 * rng.normal(size=m)
    methods = {f"SciPy {driver}": lambda seed, d=driver: scipy.linalg.lstsq(A, b, lapack_driver=d, check_finite=False)[0]
               for driver in (("gelsd", "gelsy") if slow else ("gelsy",))}
    methods["lithe lstsq"] = lambda seed: lstsq(A, b, random_state=seed).x
    times, found = in_turn(methods, rounds)
    base = np.median(next(iter(times.values())))
    table(f"R15, least squares, {m:,} x {n:,}, condition 1e8: medians of {rounds} rounds",
          ["method", "seconds", "residual norm", "backward error", "time"],
          [[name, float(np.median(t)), float(np.linalg.norm(b - A @ found[name])), backward(A, b, found[name]),
            f"{np.median(t) / base:.2f}x"] for name, t in times.items()])


def traces(n, products, seeds):
    """R17: eigenvalues i^-2."""
    values = np.arange(1.0, n + 1) ** -2.0
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(n, n)))[0]
    A, true = (Q * values) @ Q.T, values.sum()
    rows = []
    for name, psd in (("lithe trace", False), ("lithe trace, psd", True)):
        found = [trace(A, n_products=products, psd=psd, random_state=seed) for seed in range(seeds)]
        errors = np.array([abs(e.value - true) for e in found])
        covered = np.mean(errors <= 3 * np.array([e.error for e in found]))
        rows.append([name, float(np.median(errors) / true), f"{100 * covered:.0f} %"])
    rng, plain = np.random.default_rng(0), []
    for _ in range(seeds):
        W = rng.choice([-1.0, 1.0], size=(n, products))
        plain.append(abs(np.einsum("ij,ij->", W, A @ W) / products - true))
    rows.insert(0, ["Hutchinson", float(np.median(plain) / true), ""])
    table(f"R17, trace of {n:,} x {n:,}, eigenvalues i^-2, {products} products, {seeds} seeds",
          ["method", "median relative error", "covered by 3 standard errors"], rows, digits=3)


def main():
    options = arguments(__doc__)
    traces(1000, 100, 100)
    least_squares(20_000 // options.part, 1000 // options.part, options.rounds, True)
    least_squares(100_000 // options.part, 3000 // options.part, 1, True)


if __name__ == "__main__":
    main()
