"""The recorded graph: its nodes, and edges to them."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable

from wengert import _unbuilt
from wengert._wengert import FunctionCtx, Node, RemovableHandle, Tensor, _bump_version

__all__ = ["GradientEdge", "Node", "RemovableHandle", "get_gradient_edge", "increment_version"]

__getattr__ = _unbuilt.in_module(__name__)


class GradientEdge(namedtuple("GradientEdge", ["node", "output_nr", "ownership_token"], defaults=[None])):
    """An output of a node, by its number: where a tensor's cotangent goes.

    `autograd.grad` and `backward` take one where they take a tensor. `ownership_token` keeps the node of a user's
    Function.
    """

    __slots__ = ()


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the cotangent of `tensor` goes."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    node = tensor.grad_fn
    if node is None:
        # A leaf has no node of its own; a view's node shows its face.
        node = tensor.view_as(tensor).grad_fn.next_functions[0][0]
    # A Function's `ctx` is owned by its node and does not keep it.
    token = tensor.view_as(tensor).grad_fn if isinstance(node, FunctionCtx) else None
    return GradientEdge(node, tensor.output_nr, token)


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Counts an in-place write, of one tensor or of several, that the library did not see."""
    if isinstance(tensor, Tensor):
        return _bump_version(tensor)
    if not isinstance(tensor, Iterable):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    for each in tensor:
        if not isinstance(each, Tensor):
            raise RuntimeError("increment_version expects each element of the iterable to be a tensor")
        _bump_version(each)
