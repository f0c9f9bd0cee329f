"""Standard errors of latent-class logits by plain NumPy: scores by person, and the Hessian by differences of their sum."""

from __future__ import annotations

import numpy as np


def scores(X, choice, person, parameters, classes):
    """Return the derivatives of the log-likelihood of each person by the parameters, persons x parameters.

    X is situations x alternatives x attributes. Parameters are coefficients class by class, then K - 1 constants of
    membership, of which the last class has none.
    """
    n, _, width = X.shape
    beta = parameters[:classes * width].reshape(classes, width)
    eta = np.append(parameters[classes * width:], 0.0)
    prior = np.exp(eta - eta.max())
    prior /= prior.sum()
    who = np.unique(person, return_inverse=True)[1].ravel()
    persons = who.max() + 1
    logs = np.zeros((persons, classes)) + np.log(prior)
    slopes = np.zeros((persons, classes, width))
    for k in range(classes):
        utility = X @ beta[k]
        p = np.exp(utility - utility.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        logs[:, k] += np.bincount(who, np.log(p[np.arange(n), choice]), persons)
        np.add.at(slopes[:, k], who, X[np.arange(n), choice] - np.einsum("sa,sap->sp", p, X))
    posterior = np.exp(logs - logs.max(axis=1, keepdims=True))
    posterior /= posterior.sum(axis=1, keepdims=True)
    return np.hstack([(posterior[:, :, None] * slopes).reshape(persons, -1), (posterior - prior)[:, :-1]])


def covariances(X, choice, person, parameters, classes):
    """Return the inverse of minus the Hessian, and the sandwich clustered by person."""
    size = len(parameters)
    information = np.empty((size, size))
    for i in range(size):
        step = 1e-4 * max(1.0, abs(parameters[i]))
        slope = []
        for h in (step, 2 * step):  # two lengths, to leave no third derivatives
            up, down = parameters.copy(), parameters.copy()
            up[i], down[i] = up[i] + h, down[i] - h
            slope.append((scores(X, choice, person, up, classes).sum(0) - scores(X, choice, person, down, classes).sum(0)) / (2 * h))
        information[i] = -(4 * slope[0] - slope[1]) / 3
    inverse = np.linalg.inv((information + information.T) / 2)
    each = scores(X, choice, person, parameters, classes)
    return inverse, inverse @ (each.T @ each) @ inverse
