"""Status codes of the C ABI as Python exceptions."""

from __future__ import annotations

import re

# The numbers of lithe_status in lithe.h; a test holds them against the header.
OK, EINVAL, ESHAPE, EDATA, ENUMERIC, ECANCELLED, ENOCONV, EPANIC, EHANDLE, EFILE, EABI, ENOMEM, ECALLBACK = range(13)


class NumericalError(ArithmeticError):
    """The computation broke down: a matrix was not positive definite, or values overflowed."""


class Cancelled(RuntimeError):
    """A callback returned True, so the call was stopped. Nothing of it was kept."""


class ModelFileError(OSError):
    """A model file is truncated, corrupted, not lithe's, or from a newer version; or it cannot be written."""


_EXCEPTIONS: dict[int, type[Exception]] = {
    EINVAL: ValueError,
    ESHAPE: ValueError,
    EDATA: ValueError,
    ENUMERIC: NumericalError,
    ECANCELLED: Cancelled,
    EFILE: ModelFileError,
    EABI: ImportError,
    ENOMEM: MemoryError,
}


def exception(status: int, message: str) -> Exception:
    """Return the exception for a status other than OK and ENOCONV, worded as scikit-learn words it where it does."""
    if status == EDATA:
        message = _not_finite(message)
    elif status == EPANIC:
        message = f"lithe failed inside the library; this is a bug worth reporting. {message}"
    elif status not in _EXCEPTIONS:
        message = f"lithe returned status {status}: {message}"
    return _EXCEPTIONS.get(status, RuntimeError)(message)


def _not_finite(message: str) -> str:
    found = re.search(r"(\w+) contains (NaN|infinity)", message)
    if found is None:
        return message
    name = "X" if found[1] == "x" else found[1]
    what = "NaN" if found[2] == "NaN" else "infinity or a value too large for its dtype"
    return f"Input {name} contains {what}.\n{message}"
