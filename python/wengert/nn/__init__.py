"""Networks; so far the one class that the tensors themselves know of."""

from __future__ import annotations

from wengert import _unbuilt
from wengert.nn import parameter
from wengert.nn.parameter import Parameter

__all__ = ["Parameter", "parameter"]

__getattr__ = _unbuilt.in_module(__name__)
