"""The recorded graph: its nodes, and edges to them."""

from __future__ import annotations

from typing import NamedTuple

from wengert._wengert import Node, RemovableHandle, Tensor, _bump_version

__all__ = ["GradientEdge", "Node", "RemovableHandle", "get_gradient_edge", "increment_version"]


class GradientEdge(NamedTuple):
    """An output of a node: where a tensor's cotangent goes."""

    node: Node
    output_nr: int


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the cotangent of `tensor` goes."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    node = tensor.grad_fn
    if node is None:
        # A leaf has no node of its own; a view's node shows its face.
        node = tensor.view_as(tensor).grad_fn.next_functions[0][0]
    return GradientEdge(node, tensor.output_nr)


def increment_version(tensor: Tensor) -> None:
    """Counts an in-place write that the library did not see."""
    _bump_version(tensor)
