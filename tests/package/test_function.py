"""What a user's Function leaves behind: nothing. Records are counted, and objects watched by weak references."""

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from watching import Thing, records

import wengert as torch


class Keeps(torch.autograd.Function):
    """Doubles, and keeps what it is told to: its input, its output, both."""

    @staticmethod
    def forward(ctx: Any, x: Any, what: str, thing: Any) -> Any:
        y = x * 2
        ctx.save_for_backward(*{"input": (x,), "output": (y,), "both": (x, y), "none": ()}[what])
        ctx.thing = thing
        return y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        assert all(t.shape == g.shape for t in ctx.saved_tensors)
        return g * 2, None, None


@pytest.fixture(autouse=True)
def without_collector() -> Iterator[None]:
    """Only tests that are about cycles may need the collector."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("what", ["none", "input", "output", "both"])
@pytest.mark.parametrize("swept", [False, True])
def test_the_graph_goes_with_its_result(what: str, swept: bool) -> None:
    """No circle: the count alone frees node, ctx and saved tensors."""
    before = records()
    thing = Thing()
    watched = weakref.ref(thing)
    x = torch.ones(2, requires_grad=True)
    y = Keeps.apply(x, what, thing)
    del thing
    if swept:
        y.sum().backward()
    assert watched() is not None
    del x, y
    assert records() == before
    assert watched() is None


def test_a_circle_through_ctx_is_collected() -> None:
    """A ctx that has its own output as an attribute is found by the collector."""

    class Circle(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.y = x * 2
            return ctx.y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g

    before = records()
    y = Circle.apply(torch.ones(2, requires_grad=True))
    watched = weakref.ref(y)
    del y
    torch.zeros(1)
    assert watched() is not None
    gc.collect()
    assert watched() is None
    assert records() == before


def test_a_long_chain_of_functions_is_freed_without_recursion() -> None:
    """Each ctx holds its input, whose node holds the ctx before."""
    before = records()
    y = torch.ones(1, requires_grad=True)
    for _ in range(20000):
        y = Keeps.apply(y, "input", None)
    del y
    assert records() == before


def test_freed_values_are_let_go_while_the_graph_lives() -> None:
    """A sweep that does not retain the graph lets go of what was saved."""
    x = torch.ones(2, requires_grad=True)
    kept = x * 3
    y = Keeps.apply(kept, "input", None)
    watched = weakref.ref(kept)
    del kept
    assert watched() is not None
    y.sum().backward()
    assert watched() is None
    assert y.grad_fn is not None


def test_an_exception_in_forward_leaves_nothing() -> None:
    """The node that was begun is dropped."""

    class Fails(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            raise KeyError("forward")

    x = torch.ones(2, requires_grad=True)
    before = records()
    for _ in range(3):
        with pytest.raises(KeyError):
            Fails.apply(x)
    assert torch.is_grad_enabled()
    assert records() == before


def test_nodes_are_one_object_while_somebody_holds_them() -> None:
    """A face is made again when nobody held the former one, and what is noted on it stays."""
    y = torch.ones(2, requires_grad=True) * 2
    node = y.grad_fn
    assert y.grad_fn is node
    node.metadata["noted"] = 1
    watched = weakref.ref(node)
    del node
    assert watched() is None
    assert y.grad_fn.metadata == {"noted": 1}


def test_a_node_keeps_the_graph_behind_it() -> None:
    """A node that is held is enough to walk on."""
    y = (torch.ones(2, requires_grad=True) * 2).exp()
    node = y.grad_fn
    del y
    (parent, number) = node.next_functions[0]
    assert (type(parent).__name__, number) == ("MulBackward0", 0)
