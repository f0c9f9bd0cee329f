"""What all results of this package can do."""

from __future__ import annotations

from typing import Any, TypeVar

_Known = TypeVar("_Known", bound="Explained")

_HOW = {
    "identity": "from the norm, exact up to rounding",
    "sampled": "sampled, within about 25 %",
    "leave-one-out": "from the products that made it, each left out in turn; within about 10 %",
    "trace": "of the trace, exact up to rounding",
}


class Explained:
    """Base of immutable results. A subclass is also a named tuple, of the arrays that the result unpacks into.

    Everything else that is known about it are attributes, which the subclass documents.
    """

    def _knowing(self: _Known, facts: dict[str, Any]) -> _Known:
        """Add what is known, once, and return self."""
        vars(self).update(facts)
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._summary()}>"

    def explain(self) -> str:
        """Return a few lines about how the result was found and how good it is."""
        lines = [self._summary(), self._quality(), self._effort()]
        return "\n".join(line for line in lines if line)

    def _summary(self) -> str:
        raise NotImplementedError

    def _quality(self) -> str:
        facts = vars(self)
        if "relative_error" not in facts:
            return ""
        how = facts.get("error_method", "identity")
        return (f"error {facts['error']:.6g} ({100 * facts['relative_error']:.4g} % of the norm; "
                f"{_HOW.get(how, how)})")

    def _effort(self) -> str:
        facts = vars(self)
        parts = []
        if facts.get("method"):
            parts.append(f"method {facts['method']}")
        if "passes" in facts:
            read = facts.get("bytes_read")
            passes = f"{facts['passes']} pass{'es' if facts['passes'] != 1 else ''}"
            parts.append(f"{passes} over {facts['columns']} columns")
            parts.append(f"{facts['flops']:.3g} operations" + (f", {read:.3g} bytes read" if read else ""))
        if "iterations" in facts:
            parts.append(f"{facts['iterations']} iterations")
        if "products" in facts:
            parts.append(f"{facts['products']} products with a vector")
        parts.append(f"{facts['seconds']:.3g} s" if "seconds" in facts else "")
        if "converged" in facts:
            parts.append("converged" if facts["converged"] else "stopped short of the tolerance")
        parts.append(f"seed {facts['seed']}" if "seed" in facts else "")
        return ", ".join(part for part in parts if part)
