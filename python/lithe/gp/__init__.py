"""Gaussian processes.

`lithe.gp.kernels` holds covariance functions: expressions of kernels and numbers, with the names and parameters of
scikit-learn's.
"""

from . import kernels

__all__ = ["kernels"]
