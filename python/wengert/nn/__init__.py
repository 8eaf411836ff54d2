"""Networks; so far the one class that the tensors themselves know of."""

from __future__ import annotations

from wengert.nn import parameter
from wengert.nn.parameter import Parameter

__all__ = ["Parameter", "parameter"]
