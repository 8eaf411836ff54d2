"""Circles through what Python sees of a graph, `grad_fn` and AccumulateGrad, are collected.

One is not, and docs/differences.md says so: a circle of inner results that holds both the tensor and its `grad_fn`.
"""

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from watching import Thing, resident

import wengert as torch
from wengert._wengert import _live_records


class Doubles(torch.autograd.Function):
    """An operator of a user's."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        """Twice `x`."""
        return x * 2

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        """Twice the cotangent."""
        return g * 2


def leaf() -> Any:
    """A leaf."""
    return torch.ones(2, requires_grad=True)


def accumulator(x: Any) -> Any:
    """A leaf's AccumulateGrad."""
    return x.view_as(x).grad_fn.next_functions[0][0]


def _note_of_the_tensor(thing: Thing) -> None:
    y = leaf() * 2
    y.grad_fn.metadata["note"] = (y, thing)


def _note_of_the_node(thing: Thing) -> None:
    node = (leaf() * 2).grad_fn
    node.metadata["note"] = (node, thing)


def _note_of_a_function(thing: Thing) -> None:
    y = Doubles.apply(leaf())
    y.grad_fn.metadata["note"] = (y, thing)


def _hook_with_its_node(thing: Thing) -> None:
    node = (leaf() * 2).grad_fn
    node.register_hook(lambda inputs, outputs, held=(node, thing): None)


def _hook_of_a_leaf_with_its_node(thing: Thing) -> None:
    x = leaf()
    node = accumulator(x)
    node.register_hook(lambda inputs, outputs, held=(node, x, thing): None)


def _hook_before_a_leaf_with_its_node(thing: Thing) -> None:
    node = accumulator(leaf())
    node.register_prehook(lambda outputs, held=(node, thing): None)


def _hook_of_a_leaf_with_a_node_of_its_graph(thing: Thing) -> None:
    x = leaf()
    x.register_hook(lambda g, held=((x * 2).grad_fn, thing): None)


def _attribute_of_a_leaf(thing: Thing) -> None:
    x = leaf()
    x.held = (accumulator(x), thing)


CIRCLES: dict[str, Callable[[Thing], None]] = {
    "note of the tensor": _note_of_the_tensor,
    "note of the node": _note_of_the_node,
    "note of a function": _note_of_a_function,
    "hook with its node": _hook_with_its_node,
    "hook of a leaf with its node": _hook_of_a_leaf_with_its_node,
    "hook before a leaf with its node": _hook_before_a_leaf_with_its_node,
    "hook of a leaf with a node of its graph": _hook_of_a_leaf_with_a_node_of_its_graph,
    "attribute of a leaf": _attribute_of_a_leaf,
}


@pytest.mark.parametrize("circle", CIRCLES)
def test_a_circle_is_collected(circle: str) -> None:
    """What it holds ends, and every record with it."""
    gc.collect()
    torch.zeros(1)
    before = _live_records()
    thing = Thing()
    watched = weakref.ref(thing)
    CIRCLES[circle](thing)
    del thing
    gc.collect()
    torch.zeros(1)
    assert watched() is None
    assert _live_records() == before


def test_what_is_alive_is_left_alone() -> None:
    """A collection while a face, its graph and a hook are in use changes nothing."""
    x = leaf()
    node, seen = accumulator(x), []
    node.register_hook(lambda inputs, outputs: seen.append("leaf"))
    y = x * 2
    inner = y.grad_fn
    inner.register_hook(lambda inputs, outputs: seen.append("inner"))
    inner.metadata["note"] = [y]
    total = y.sum()
    del x, y
    gc.collect()
    assert inner.metadata["note"][0].tolist() == [2.0, 2.0]
    total.backward()
    assert seen == ["inner", "leaf"] and node.variable.grad.tolist() == [2.0, 2.0]
    inner.metadata.clear()


def test_circles_of_large_tensors_do_not_add_up() -> None:
    """A hundred circles of 4 MB each, through attributes and through hooks, leave the process no larger."""

    def circle(turn: int) -> None:
        x = torch.zeros(1 << 20, requires_grad=True)
        y = x * 1
        if turn % 2:
            x.note = y  # type: ignore[attr-defined]
        else:
            y.register_hook(lambda g, held=y: None)

    for turn in range(10):
        circle(turn)
        gc.collect()
    before = resident()
    for turn in range(100):
        circle(turn)
        gc.collect()
    assert resident() - before < 32 << 20
