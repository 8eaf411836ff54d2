"""What `Tensor.resize` records. torch keeps it for old programs, as a Function in Python."""

from __future__ import annotations

import math

from wengert._wengert import Tensor
from wengert.autograd.function import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Resize(Function):
    """The same elements in another shape."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor, sizes: Any) -> Tensor:
        """A view of `tensor`, or of a copy of it whose elements lie in order.

        Raises RuntimeError where the shape has not as many elements.
        """
        count = math.prod(sizes)
        if tensor.numel() != count:
            asked, own = ("x".join(map(str, shape)) for shape in (sizes, tensor.size()))
            raise RuntimeError(
                f"requested resize to {asked} ({count} elements in total), but the given tensor has a size of {own} "
                f"({tensor.numel()} elements). autograd's resize can only change the shape of a given tensor, while "
                "preserving the number of elements. "
            )
        ctx.input_sizes = tensor.size()
        return tensor.contiguous().view(*sizes)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """The cotangent in the operand's shape."""
        return grad.contiguous().view(ctx.input_sizes), None
