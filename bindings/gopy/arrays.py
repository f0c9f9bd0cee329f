"""NumPy arrays as the arguments that methods of the Go package take: ``model.Predict(*rows(X), *into(labels))``."""

import math


class Address(int):
    """The address of an array's first element. It keeps the array alive: the methods themselves see a mere number."""

    def __new__(cls, array):
        self = super().__new__(cls, array.ctypes.data)
        self.array = array
        return self


def rows(array):
    """Return (address, rows, columns, dtype) of an array to read.

    Parameters
    ----------
    array : ndarray of float32, float64 or int64
        C-contiguous and of native byte order, as ``numpy.ascontiguousarray(array, dtype="float64")`` is. The first axis
        counts as rows, the product of the others as columns.

    Raises
    ------
    ValueError
        If the array has no axes, gaps between its elements, or the other byte order.
    """
    if array.ndim == 0 or not array.flags.c_contiguous or not array.dtype.isnative:
        raise ValueError("the array must have axes, be C-contiguous and of native byte order; "
                         "numpy.ascontiguousarray(array, dtype='float64') makes such a copy")
    return Address(array), array.shape[0], math.prod(array.shape[1:]), array.dtype.name


def into(array):
    """Return what `rows` does of an array to write to, which must be writable."""
    if not array.flags.writeable:
        raise ValueError("the array is read-only")
    return rows(array)
