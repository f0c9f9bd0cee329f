"""Covariance functions of Gaussian processes, as expressions.

Kernels are added and multiplied with each other and with positive numbers, which become `Constant`:

>>> from lithe.gp.kernels import Matern, White
>>> kernel = 2.0 * Matern([1.0, 0.5], nu=2.5) + White(0.1)
>>> kernel
Constant(constant_value=2.0) * Matern(length_scale=[1.0, 0.5], nu=2.5) + White(noise_level=0.1)
>>> [p.name for p in kernel.hyperparameters]
['k1__k1__constant_value', 'k1__k2__length_scale', 'k2__noise_level']

Classes, parameters and their order are scikit-learn's, and so are `theta`, `bounds`, `hyperparameters`, `get_params`,
`set_params` and `clone_with_theta`. What differs:

- `Constant`, `White`, `Periodic` and `Linear` are scikit-learn's `ConstantKernel`, `WhiteKernel`, `ExpSineSquared` and
  `DotProduct`, which are names for them here too;
- most kernels take `dims`, the features they look at, so that one expression can treat columns differently;
- `Periodic` is a product over features, with a scale and a period for each if you like. For one feature it is
  `ExpSineSquared`; scikit-learn's is a function of the distance in several features, and no covariance there;
- bounds are one pair for all length scales of a kernel;
- `repr` gives all digits, and evaluates to an equal kernel;
- kernels describe and do not compute: the library evaluates them.

`from_sklearn` takes kernels of scikit-learn, and `Kernel.to_json` and `from_json` carry kernels to other languages.
"""

from ._kernel import Constant, Hyperparameter, Kernel, Product, Sum
from ._kernel_json import from_json
from ._kernel_sklearn import from_sklearn
from ._kernel_types import RBF, Linear, Matern, Periodic, RationalQuadratic, White

ConstantKernel = Constant
DotProduct = Linear
ExpSineSquared = Periodic
WhiteKernel = White

__all__ = ["Constant", "ConstantKernel", "DotProduct", "ExpSineSquared", "Hyperparameter", "Kernel", "Linear",
           "Matern", "Periodic", "Product", "RBF", "RationalQuadratic", "Sum", "White", "WhiteKernel", "from_json",
           "from_sklearn"]
