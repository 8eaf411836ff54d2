"""Hooks are let go of when they are removed, and circles through them are collected."""

import gc
import weakref
from typing import Any

import pytest
from watching import Thing

import wengert as torch
from wengert._wengert import _live_records


def hang(tensor: Any, kind: str, hook: Any) -> Any:
    """Hangs a hook of one kind up."""
    if kind == "tensor":
        return tensor.register_hook(lambda g: hook())
    if kind == "accumulated":
        return tensor.register_post_accumulate_grad_hook(lambda t: hook())
    node = tensor.grad_fn or tensor.view_as(tensor).grad_fn.next_functions[0][0]
    return node.register_hook(lambda i, o: hook()) if kind == "node" else node.register_prehook(lambda o: hook())


KINDS = [("leaf", kind) for kind in ("tensor", "accumulated", "node", "before node")]
KINDS += [("inner", kind) for kind in ("tensor", "node", "before node")]


@pytest.mark.parametrize(("on", "kind"), KINDS)
@pytest.mark.parametrize("remove", [True, False])
def test_a_hook_lives_as_long_as_it_hangs(on: str, kind: str, remove: bool) -> None:
    """Removing it, or dropping what it hangs on, drops what it refers to."""
    thing = Thing()
    watched = weakref.ref(thing)
    tensor = torch.ones(2, requires_grad=True)
    if on == "inner":
        tensor = tensor * 2

    def hook(thing: Thing = thing) -> None:
        pass

    handle = hang(tensor, kind, hook)
    del thing, hook
    gc.collect()
    assert watched() is not None
    if remove:
        handle.remove()
    else:
        del tensor
        torch.zeros(1)
    assert watched() is None
    handle.remove()


@pytest.mark.parametrize(("on", "kind"), KINDS)
def test_a_circle_through_a_hook_is_collected(on: str, kind: str) -> None:
    """A hook that refers to the tensor on which it hangs."""
    gc.collect()
    torch.zeros(1)
    before = _live_records()
    tensor = torch.ones(2, requires_grad=True)
    if on == "inner":
        tensor = tensor * 2

    def hook(tensor: Any = tensor) -> None:
        pass

    hang(tensor, kind, hook)
    watched = weakref.ref(tensor)
    del tensor, hook
    gc.collect()
    torch.zeros(1)
    assert watched() is None
    assert _live_records() == before


def test_a_hook_may_remove_itself_and_others() -> None:
    """The list of a running sweep is its own."""
    seen = []
    x = torch.ones(2, requires_grad=True)

    def first(g: Any) -> None:
        seen.append("first")
        one.remove()
        two.remove()

    one = x.register_hook(first)
    two = x.register_hook(lambda g: seen.append("second"))
    x.sum().backward()
    x.sum().backward()
    assert seen == ["first", "second"]


def test_an_exception_in_a_hook_leaves_the_mode_as_it_was() -> None:
    """The sweep's own mode does not leak out of it."""

    def fail(g: Any) -> None:
        raise KeyError("hook")

    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(fail)
    total = y.sum()
    with pytest.raises(KeyError):
        total.backward(retain_graph=True)
    assert torch.is_grad_enabled()
    with pytest.raises(KeyError), torch.no_grad():
        torch.autograd.grad(total, x, create_graph=True)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("kind", ["leaf", "inner", "node", "after"])
def test_removing_hooks_is_not_quadratic(kind: str) -> None:
    """With a search for each of them this would take many minutes."""
    x = torch.ones(1, requires_grad=True)
    y = x * 2
    register = {
        "leaf": x.register_hook,
        "inner": y.register_hook,
        "node": y.grad_fn.register_hook,
        "after": x.register_post_accumulate_grad_hook,
    }[kind]
    handles = [register(lambda *gradients: None) for _ in range(200_000)]
    for handle in handles:
        handle.remove()
    y.sum().backward()
    assert x.grad == 2
