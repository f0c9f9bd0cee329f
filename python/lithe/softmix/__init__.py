"""Softmax mixtures and choice models.

`SoftmaxMixture` finds classes of draws from cells with known features, and `softmax_mixture_path` how many there are.
`LatentClassLogit` explains choices among alternatives by classes of persons with coefficients of their own; with one class
it is the multinomial logit.
"""

from ._choice_effects import WillingnessToPay
from ._latent_class_logit import LatentClassLogit
from ._softmax_mixture import SoftmaxMixture
from ._softmax_mixture_path import MixturePath, softmax_mixture_path

__all__ = ["LatentClassLogit", "MixturePath", "SoftmaxMixture", "WillingnessToPay", "softmax_mixture_path"]
