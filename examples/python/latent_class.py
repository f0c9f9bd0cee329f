"""
A table of latent-class logits
==============================

Choices of an electricity supplier: every person chooses twelve times among four offers, that differ in price, length of the
contract and kind of company. How many kinds of customers are there, and what is each of them willing to pay?

The data are made here, with the attributes of a well-known survey, so that the truth is known.
"""

import numpy as np

from lithe.softmix import LatentClassLogit

ATTRIBUTES = ["price", "contract", "local", "known"]


def survey(rng, persons=300, situations=12, offers=4):
    """Attributes (situations x offers x attributes), choices, and the person of each situation."""
    n = persons * situations
    X = np.stack([rng.uniform(5, 11, (n, offers)), rng.integers(0, 6, (n, offers)),
                  rng.random((n, offers)) < 0.3, rng.random((n, offers)) < 0.4], axis=2).astype(float)
    tastes = np.array([[-1.2, -0.3, 0.2, 0.4],   # thrifty, likes no contract
                       [-0.3, 0.0, 2.5, 1.8],    # wants a company from the neighbourhood
                       [-0.7, -0.1, 1.2, 1.0]])
    person = np.repeat(np.arange(persons), situations)
    beta = tastes[rng.choice(3, p=[0.4, 0.35, 0.25], size=persons)][person]
    utility = np.einsum("sjp,sp->sj", X, beta) + rng.gumbel(size=(n, offers))
    return X, utility.argmax(1), person


X, choice, person = survey(np.random.default_rng(0))

# How many classes: criteria that count persons as observations, and situations.
print("classes  log-likelihood       AIC       BIC  BIC, situations  starts at the best")
models = {}
for k in range(1, 5):
    m = models[k] = LatentClassLogit(k, random_state=0).fit(X, choice, panels=person, varnames=ATTRIBUTES)
    print(f"{k:7}{m.log_likelihood_:16.2f}{m.aic_:10.1f}{m.bic_:10.1f}{m.bic_situations_:17.1f}{m.hits_:9} of {m.n_finished_}")

best = min(models.values(), key=lambda m: m.bic_)
print()
print(best.summary(robust=True))

# Willingness to pay, with intervals by the delta method.
w = best.willingness_to_pay("price", robust=True)
print("\nwillingness to pay, 95 % intervals")
for k in range(len(w.estimate)):
    for name, estimate, lower, upper in zip(w.names, w.estimate[k], w.lower[k], w.upper[k]):
        print(f"  class {k}  {name:<10}{estimate:8.2f}   [{lower:6.2f}, {upper:6.2f}]")

# What a person chose tells about the next choice.
before, after = best.predict_choice(X), best.predict_choice(X, panels=person, given="past")
rows = np.arange(len(X))
print(f"\nmean log-probability of what was chosen: {np.log(before[rows, choice]).mean():.3f} for anybody, "
      f"{np.log(after[rows, choice]).mean():.3f} for this person")
print("\nelasticities of the offers' shares in prices")
print(np.round(best.elasticities(X, "price"), 2))
