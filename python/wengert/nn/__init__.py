"""Networks; so far the one class that the tensors themselves know of, and functions without state."""

from __future__ import annotations

from wengert import _unbuilt
from wengert.nn import parameter
from wengert.nn.parameter import Parameter

__all__ = ["Parameter", "parameter"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wengert.nn import functional as functional

_missing = _unbuilt.in_module(__name__)


def __getattr__(name: str) -> object:
    """`functional` when it is first asked for: an import costs more than a small model."""
    if name == "functional":
        import importlib

        return importlib.import_module("wengert.nn.functional")
    _missing(name)
