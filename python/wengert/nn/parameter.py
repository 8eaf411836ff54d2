"""A tensor that a network learns."""

from __future__ import annotations

from wengert import _wengert
from wengert._wengert import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Parameter(Tensor):
    """A tensor of its own class that wants a gradient; results computed from it are plain tensors."""

    __torch_function__ = _wengert._disabled_torch_function_impl

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        """A parameter that shares the bytes of `data` (an empty tensor for None)."""
        if data is None:
            data = _wengert.empty(0)
        if not isinstance(data, Tensor):
            # What is no tensor is asked for its own way to a parameter.
            return data.detach().requires_grad_(requires_grad)
        return Tensor._make_subclass(cls, data, requires_grad)
