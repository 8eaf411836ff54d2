"""`x.data = other` of another shape or type between recording and a sweep, and what a result retains then."""

from typing import Any

from ..catalogue import each
from ..harness import caught
from ..inputs import tensor

SHAPES: list[tuple[int, ...]] = [(1,), (2,), (3, 1), ()]


def _leaf(torch: Any, *shape: int) -> Any:
    return tensor(torch, shape, 7).requires_grad_()


def _refused(call: Any) -> bool:
    """Both refuse it, each in its own words."""
    return isinstance(getattr(caught(call), "error", None), RuntimeError)


@each(shape=SHAPES, use=["sum", "clone", "add"])
def a_leaf_that_was_used(torch: Any, shape: tuple[int, ...], use: str) -> Any:
    x = _leaf(torch, 3)
    y = {"sum": lambda: x.sum(), "clone": lambda: x.clone().sum(), "add": lambda: (x + torch.ones(3)).sum()}[use]()
    x.data = torch.ones(shape)
    return _refused(y.backward), x.grad


def a_leaf_that_grew_to_what_it_was_spread_to(torch: Any) -> Any:
    x, w = _leaf(torch, 1), _leaf(torch, 3)
    y = (x + w).sum()
    x.data = torch.ones(3)
    return torch.autograd.grad(y, w)


@each(shape=SHAPES)
def a_leaf_that_is_not_asked_for(torch: Any, shape: tuple[int, ...]) -> Any:
    x, w = _leaf(torch, 3), _leaf(torch, 3)
    y = (x + w).exp().sum()
    x.data = torch.ones(shape)
    grad = torch.autograd.grad(y, w, retain_graph=True)
    y.backward(inputs=[w])
    return grad, w.grad, x.grad


@each(shape=[*SHAPES, (2, 3)])
def a_leaf_that_shows_its_first_shape_again(torch: Any, shape: tuple[int, ...]) -> Any:
    x = _leaf(torch, 3)
    y = (x * x).sum() + (x * 2).exp().sum() + x.sum()
    first = x.data
    x.data = torch.ones(shape)
    x.data = torch.ones(shape, dtype=torch.float64)
    x.data = first
    y.backward()
    return x.grad


@each(shape=SHAPES)
def a_result_that_is_used(torch: Any, shape: tuple[int, ...]) -> Any:
    x = _leaf(torch, 3)
    h = x * 2
    h.data = torch.ones(shape)
    return [
        _refused(lambda: h.neg().sum().backward()),
        _refused(lambda: torch.stack([h, h]).sum().backward()),
        _refused(lambda: h.backward(torch.ones(shape))),
        x.grad,
    ]


@each(shape=[*SHAPES, (2, 3)])
def a_result_that_was_used(torch: Any, shape: tuple[int, ...]) -> Any:
    x = _leaf(torch, 3)
    h = x * 2
    h.retain_grad()
    y = h.exp().sum() + h.sum()
    h.data = torch.ones(shape)
    grad = torch.autograd.grad(y, h, retain_graph=True)
    y.backward(retain_graph=True)
    retained = h.grad
    h.grad = None
    y.backward(inputs=[h])
    return grad, retained, x.grad, h.grad


def a_result_of_another_type(torch: Any) -> Any:
    x = _leaf(torch, 3)
    h = x * 2
    h.data = h.data.double()
    y = h * 3
    y.sum().backward()
    return y, x.grad


@each(turned=[False, True], recorded=[False, True], how=["retain", "inputs"], seed=range(5))
def strides_that_a_result_retains(torch: Any, turned: bool, recorded: bool, how: str, seed: int) -> Any:
    g = [
        torch.ones(2, 3),
        torch.ones(3, 2).t(),
        torch.ones(1).expand(2, 3),
        torch.ones(4, 6)[::2, ::2],
        torch.ones(6, 2, requires_grad=True).t()[:, ::2],
    ][seed]
    x = tensor(torch, (3, 2), 5).t() if turned else tensor(torch, (2, 3), 5)
    h = x.requires_grad_() * 2
    if how == "retain":
        h.retain_grad()
    h.backward(g, create_graph=recorded, inputs=[h] if how == "inputs" else None)
    return h.grad, h.grad is g
