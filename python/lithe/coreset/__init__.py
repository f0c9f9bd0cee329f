"""Weighted subsets that stand for all of the data."""

from ._adacore import AdaCore
from ._batch import BatchSelector
from ._draws import Sample, importance_sample, stratified_sample
from ._facility_location import FacilityLocation, FacilityPlan
from ._glister import Glister
from ._gradients import CRAIG, GradMatch, gradient_error
from ._k_center import KCenter
from ._samples import LightweightCoreset, LogisticCoreset, SensitivityCoreset
from ._train import Trace, TrainedNetwork, train_mlp, train_softmax

__all__ = ["AdaCore", "BatchSelector", "CRAIG", "FacilityLocation", "FacilityPlan", "Glister", "GradMatch",
           "KCenter", "LightweightCoreset", "LogisticCoreset", "Sample", "SensitivityCoreset", "Trace", "TrainedNetwork",
           "gradient_error", "importance_sample", "stratified_sample", "train_mlp", "train_softmax"]
