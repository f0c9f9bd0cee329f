"""Softmax mixtures and choice models.

`LatentClassLogit` explains choices among alternatives by classes of persons with coefficients of their own; with one class
it is the multinomial logit.
"""

from ._choice_effects import WillingnessToPay
from ._latent_class_logit import LatentClassLogit

__all__ = ["LatentClassLogit", "WillingnessToPay"]
