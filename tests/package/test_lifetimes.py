"""How long memory lives: as long as somebody can reach it, and no longer."""

import gc
import weakref
from typing import Any

import pytest
from watching import records, resident

import wengert as torch


def test_a_sum_that_grows_turn_by_turn_stays_flat() -> None:
    """200 turns of y = y + b with 4 MB each, recorded: a sum's node keeps no value."""
    y, b = torch.zeros(1 << 20), torch.ones(1 << 20, requires_grad=True)
    for _ in range(20):
        y = y + b
    before = resident()
    for _ in range(200):
        y = y + b
    assert resident() - before < 16 << 20
    assert y[0].item() == 220


def test_a_dropped_result_takes_its_graph_along() -> None:
    x = torch.ones(3, requires_grad=True)
    before = records()
    y = x.exp()
    assert records() > before
    del y
    assert records() == before


def test_detach_lets_go_of_the_graph() -> None:
    x = torch.ones(3, requires_grad=True)
    before = records()
    y = ((x * 2).exp() + x).detach()
    # The result alone: its record, its bytes, and the count of writes that it shares with what it was detached from.
    assert records() - before <= 3
    assert y.grad_fn is None


def test_a_sweep_lets_go_of_what_was_saved() -> None:
    x = torch.ones(3, requires_grad=True)
    y = (x * x).exp().sum()
    y.backward()
    x.grad = None
    swept = records()
    del y
    assert records() < swept
    with pytest.raises(RuntimeError, match="second time"):
        y = (x * x).sum()
        y.backward()
        y.backward()


@pytest.mark.parametrize("threshold", [700, 1])
def test_a_circle_through_attributes_is_collected(threshold: int) -> None:
    """Also where the collector runs at every allocation."""
    before = gc.get_threshold()
    gc.set_threshold(threshold)
    try:
        x: Any = torch.ones(2, requires_grad=True)
        y = x * 2
        x.result, y.origin = y, x
        y.register_hook(lambda g, held=x: held)
        watched = weakref.ref(y)
        del x, y
        gc.collect()
        assert watched() is None
    finally:
        gc.set_threshold(*before)


def test_a_hook_may_sweep_the_graph_that_it_hangs_on() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    z = (y * 3).sum()
    calls = []

    def hook(g: Any) -> None:
        if not calls:
            calls.append(1)
            z.backward(retain_graph=True)

    y.register_hook(hook)
    z.backward(retain_graph=True)
    # Once by the sweep within, once by the one around it.
    assert x.grad.tolist() == [12.0, 24.0]
