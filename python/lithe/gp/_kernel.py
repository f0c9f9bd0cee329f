"""What all kernels are, sums and products of them, and constants."""

from __future__ import annotations

import copy
import json
import numbers
from typing import Any, Iterator, NamedTuple

import numpy as np

from . import _kernel_values as values

MOST_NESTED = 256  # sums and products within each other that text can hold, in every language


class Hyperparameter(NamedTuple):
    """A parameter of a kernel, as scikit-learn describes it.

    Attributes
    ----------
    name : str
        Its path in the expression, such as "k1__k2__length_scale".
    value_type : str
        "numeric".
    bounds : ndarray of shape (n_elements, 2) or "fixed"
    n_elements : int
    fixed : bool
        A fixed parameter is not trained and has no place in `theta`.
    """

    name: str
    value_type: str
    bounds: Any
    n_elements: int
    fixed: bool


class Kernel:
    """A covariance function. This class is what all kernels have in common."""

    __array_ufunc__ = None  # so that NumPy's numbers leave + and * to the kernel

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name, and with `deep` those of the parts of a sum or product as well."""
        raise NotImplementedError

    def set_params(self, **params: Any) -> Kernel:
        """Change parameters, by the names that `get_params` gives them, and return the kernel itself."""
        raise NotImplementedError

    @property
    def hyperparameters(self) -> list[Hyperparameter]:
        """The parameters that training can change, fixed ones too, in the order of `theta`."""
        return [p._replace(name=name) for name, p, _ in self._hyperparameters("")]

    @property
    def theta(self) -> np.ndarray:
        """Natural logarithms of the parameters that are not fixed, shape (n_dims,). It can be set."""
        parts = [np.log(np.atleast_1d(np.float64(kernel._plain(p.name))))
                 for _, p, kernel in self._hyperparameters("") if not p.fixed]
        return np.concatenate(parts) if parts else np.empty(0)

    @theta.setter
    def theta(self, theta: Any) -> None:
        theta = np.asarray(theta, dtype=np.float64)
        free = [(kernel, p) for _, p, kernel in self._hyperparameters("") if not p.fixed]
        expected = sum(p.n_elements for _, p in free)
        if theta.ndim != 1:
            raise ValueError(f"theta must be one-dimensional, got shape {theta.shape}")
        if len(theta) != expected:
            raise ValueError("theta has not the correct number of entries. "
                             f"Should be {expected}; given are {len(theta)}")
        with np.errstate(over="ignore", under="ignore"):
            natural = np.exp(theta)
        for i, value in enumerate(natural):
            if not 0 < value < np.inf:
                raise ValueError(f"theta[{i}] = {theta[i]}, whose exponential is not a positive number")
        at = 0
        for kernel, p in free:
            chunk = natural[at:at + p.n_elements]
            setattr(kernel, p.name, chunk.copy() if p.n_elements > 1 else float(chunk[0]))
            at += p.n_elements

    @property
    def bounds(self) -> np.ndarray:
        """Natural logarithms of the bounds of `theta`, shape (n_dims, 2)."""
        return np.log(np.vstack([np.empty((0, 2)), *(p.bounds for p in self.hyperparameters if not p.fixed)]))

    @property
    def n_dims(self) -> int:
        """The number of elements of `theta`."""
        return sum(p.n_elements for p in self.hyperparameters if not p.fixed)

    def clone_with_theta(self, theta: Any) -> Kernel:
        """Return a copy with another `theta`."""
        clone = copy.deepcopy(self)
        clone.theta = theta
        return clone

    def to_json(self) -> str:
        """Return the kernel as text that `from_json` reads, and so do the other languages.

        >>> from lithe.gp.kernels import RBF
        >>> RBF([1.0, 0.5], dims=[0, 2]).to_json()
        '{"type": "RBF", "length_scale": [1.0, 0.5], "dims": [0, 2]}'
        """
        return json.dumps(self._members(0), allow_nan=False)

    def __add__(self, other: Any) -> Kernel:
        return self if _is_zero(other) else Sum(self, _operand(other))

    def __radd__(self, other: Any) -> Kernel:
        return self if _is_zero(other) else Sum(_operand(other), self)

    def __mul__(self, other: Any) -> Kernel:
        return Product(self, _operand(other))

    def __rmul__(self, other: Any) -> Kernel:
        return Product(_operand(other), self)

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, Kernel):
            return NotImplemented
        return self._key() == other._key()

    __hash__ = None  # type: ignore[assignment]  # kernels change

    def __setattr__(self, name: str, value: Any) -> None:
        if not isinstance(getattr(type(self), name, None), property):
            self._check(name, value)
        super().__setattr__(name, value)

    def _check(self, name: str, value: Any) -> None:
        """Raise an error if there is no such parameter or it cannot have the value."""
        raise NotImplementedError

    def _hyperparameters(self, prefix: str) -> Iterator[tuple[str, Hyperparameter, _Elementary]]:
        """Yield the name in the whole expression, the parameter as the kernel that has it calls it, and that kernel."""
        raise NotImplementedError

    def _members(self, depth: int) -> dict[str, Any]:
        """The members of the JSON object."""
        raise NotImplementedError

    def _key(self) -> tuple[Any, ...]:
        """What two equal kernels share."""
        raise NotImplementedError


class _Elementary(Kernel):
    """A kernel that is not made of others. Parameters are stored as they are given."""

    _fields: dict[str, values.Plain]  # in the order of the constructor
    _required: tuple[str, ...] = ()  # in text; the other fields have defaults there

    def _check(self, name: str, value: Any) -> None:
        if name not in self._fields:
            raise AttributeError(f"{type(self).__name__} has no parameter {name!r}; it has {list(self._fields)}")
        try:
            self._fields[name](value)
        except values.Unfit as unfit:
            raise ValueError(f"The {name!r} parameter of {type(self).__name__} must be {unfit}. "
                             f"Got {value!r} instead.") from None

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._fields}

    def set_params(self, **params: Any) -> Kernel:
        for name in params:
            if name not in self._fields:
                raise ValueError(f"Invalid parameter {name!r} for kernel {type(self).__name__}. "
                                 f"Valid parameters are: {list(self._fields)!r}.")
        self.__dict__.update(type(self)(**{**self.get_params(), **params}).__dict__)
        return self

    def _check_counts(self) -> None:
        """Raise ValueError if the parameters are for different numbers of features."""
        lists = {name: len(plain) for name in self._fields if isinstance(plain := self._plain(name), list)}
        counts = {name: count for name, count in lists.items() if name != "dims"}
        wanted = lists.get("dims", max(counts.values(), default=1))
        for name, count in counts.items():
            if count != wanted:
                raise ValueError(f"{type(self).__name__} has {count} values of {name} for {wanted} features; "
                                 f"give one for all, or one for each")

    def _plain(self, name: str) -> Any:
        return self._fields[name](getattr(self, name))

    def _hyperparameters(self, prefix: str) -> Iterator[tuple[str, Hyperparameter, _Elementary]]:
        for name in sorted(self._fields):
            if f"{name}_bounds" not in self._fields:
                continue
            count, limits = np.size(self._plain(name)), self._plain(f"{name}_bounds")
            fixed = limits == "fixed"
            pairs = limits if fixed else np.repeat([limits], count, axis=0)
            yield prefix + name, Hyperparameter(name, "numeric", pairs, count, fixed), self

    def _told(self) -> Iterator[tuple[str, Any]]:
        """Yield the fields in their plain form, without bounds and features that are the default."""
        for name in self._fields:
            plain = self._plain(name)
            if plain is not None and not (name.endswith("_bounds") and plain == values.DEFAULT_BOUNDS):
                yield name, plain

    def _members(self, depth: int) -> dict[str, Any]:
        self._check_counts()
        return {"type": type(self).__name__, **dict(self._told())}

    def _key(self) -> tuple[Any, ...]:
        return type(self), list(self._told())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={plain!r}' for name, plain in self._told())})"


class _Pair(Kernel):
    """A sum or product."""

    def __init__(self, k1: Kernel, k2: Kernel) -> None:
        self.k1 = k1
        self.k2 = k2

    def _check(self, name: str, value: Any) -> None:
        if name not in ("k1", "k2"):
            raise AttributeError(f"{type(self).__name__} has no parameter {name!r}; it has k1 and k2")
        if not isinstance(value, Kernel):
            raise TypeError(f"{type(self).__name__} is made of kernels of lithe.gp.kernels, got {_described(value)}")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        params: dict[str, Any] = {"k1": self.k1, "k2": self.k2}
        if deep:
            for part in ("k1", "k2"):
                params |= {f"{part}__{name}": value for name, value in params[part].get_params().items()}
        return params

    def set_params(self, **params: Any) -> Kernel:
        parts = {"k1": params.pop("k1", self.k1), "k2": params.pop("k2", self.k2)}
        nested: dict[str, dict[str, Any]] = {"k1": {}, "k2": {}}
        for name, value in params.items():
            part, _, rest = name.partition("__")
            if part not in parts or not rest:
                raise ValueError(f"Invalid parameter {name!r} for kernel {type(self).__name__}. "
                                 f"Valid parameters are: {list(self.get_params())!r}.")
            nested[part][rest] = value
        type(self)(**parts)
        for part, kernel in parts.items():
            setattr(self, part, kernel.set_params(**nested[part]))
        return self

    def _hyperparameters(self, prefix: str) -> Iterator[tuple[str, Hyperparameter, _Elementary]]:
        yield from self.k1._hyperparameters(f"{prefix}k1__")
        yield from self.k2._hyperparameters(f"{prefix}k2__")

    def _members(self, depth: int) -> dict[str, Any]:
        if depth >= MOST_NESTED:
            raise too_deep()
        return {"type": type(self).__name__, "k1": self.k1._members(depth + 1), "k2": self.k2._members(depth + 1)}

    def _key(self) -> tuple[Any, ...]:
        return type(self), self.k1._key(), self.k2._key()


class Sum(_Pair):
    """The sum of two kernels, made by ``k1 + k2``.

    Parameters
    ----------
    k1, k2 : Kernel
    """

    def __repr__(self) -> str:
        return f"{self.k1!r} + {_in_brackets(self.k2, Sum)}"


class Product(_Pair):
    """The product of two kernels, made by ``k1 * k2``.

    Parameters
    ----------
    k1, k2 : Kernel
    """

    def __repr__(self) -> str:
        return f"{_in_brackets(self.k1, Sum)} * {_in_brackets(self.k2, _Pair)}"


class Constant(_Elementary):
    """The same number everywhere. As a factor it is the variance of a process, as a term a shift of unknown size.

    A number that is added to or multiplied with a kernel becomes one. `ConstantKernel` is scikit-learn's name for it.

    Parameters
    ----------
    constant_value : float, default=1.0
    constant_value_bounds : pair of floats > 0 or "fixed", default=(1e-5, 1e5)
        Bounds in training, or "fixed" to keep it.

    Examples
    --------
    >>> from lithe.gp.kernels import RBF
    >>> 2 * RBF()
    Constant(constant_value=2.0) * RBF(length_scale=1.0)
    """

    _fields = {"constant_value": values.number, "constant_value_bounds": values.bounds}
    _required = ("constant_value",)

    def __init__(self, constant_value: float = 1.0, constant_value_bounds: Any = values.DEFAULT_BOUNDS) -> None:
        self.constant_value = constant_value
        self.constant_value_bounds = constant_value_bounds


def too_deep() -> ValueError:
    return ValueError(f"sums and products of the kernel nest more than {MOST_NESTED} deep")


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) or isinstance(value, np.ndarray) and value.ndim == 0


def _is_zero(value: Any) -> bool:
    """Whether value is the 0 with which Python's sum starts."""
    return _is_number(value) and value == 0


def _operand(value: Any) -> Kernel:
    if isinstance(value, Kernel):
        return value
    if _is_number(value):
        return Constant(value)
    raise TypeError("kernels of lithe.gp.kernels are added to and multiplied with each other and with positive "
                    f"numbers, got {_described(value)}")


def _described(value: Any) -> str:
    hint = "; from_sklearn converts kernels of scikit-learn" if hasattr(value, "get_params") else ""
    return f"a {type(value).__name__}{hint}"


def _in_brackets(kernel: Kernel, kinds: type[Kernel]) -> str:
    return f"({kernel!r})" if isinstance(kernel, kinds) else repr(kernel)
