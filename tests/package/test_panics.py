"""A panic arrives as an exception that `except Exception` catches, and leaves nothing half done behind."""

from collections.abc import Callable

import pytest

import wengert as torch
from wengert import _wengert


def in_a_function() -> None:
    """A function that PyO3 wrote."""
    _wengert._panic()


def in_an_operator() -> None:
    """A slot's argument parser, which asks a Python object."""

    class Size:
        def __index__(self) -> int:
            _wengert._panic()
            return 1

    torch.zeros(3).sum(Size())


def in_a_number_slot() -> None:
    class Operand:
        @property
        def __torch_function__(self) -> None:
            _wengert._panic()

    torch.ones(2) + Operand()


def in_an_index() -> None:
    class Index:
        def __index__(self) -> int:
            _wengert._panic()
            return 0

    torch.ones(2)[Index()]


def in_a_method() -> None:
    """A method of a class that PyO3 wrote."""

    class Index:
        def __index__(self) -> int:
            _wengert._panic()
            return 0

    torch.device("cpu", Index())  # type: ignore[arg-type]


def in_a_hook() -> None:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    x.register_hook(lambda g: _wengert._panic())
    y.backward()


def in_a_function_of_python() -> None:
    class Panics(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: object, g: torch.Tensor) -> None:
            _wengert._panic()

    Panics.apply(torch.ones(2, requires_grad=True)).sum().backward()


def in_grad() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x * x
    y.register_hook(lambda g: _wengert._panic())
    torch.autograd.grad(y.sum(), x)


PATHS = [
    in_a_function,
    in_an_operator,
    in_a_number_slot,
    in_an_index,
    in_a_method,
    in_a_hook,
    in_a_function_of_python,
    in_grad,
]


@pytest.mark.parametrize("call", PATHS)
def test_a_panic_is_an_exception(call: Callable[[], None]) -> None:
    with pytest.raises(Exception, match="on purpose") as caught:
        call()
    assert isinstance(caught.value, RuntimeError)
    # The next sweep, and the modes of the thread, are as if nothing had been.
    assert torch.is_grad_enabled()
    x = torch.ones(2, requires_grad=True)
    (x * x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2, 2]


def test_a_sweep_that_panicked_lets_go_of_its_nodes() -> None:
    x = torch.ones(2, requires_grad=True)
    middle = x * 3
    y = (middle * middle).sum()
    handle = middle.register_hook(lambda g: _wengert._panic())
    for _ in range(3):
        with pytest.raises(RuntimeError, match="on purpose"):
            y.backward(retain_graph=True)
        assert x.grad is None
    handle.remove()
    y.backward()
    assert x.grad is not None
    assert x.grad.tolist() == [18, 18]
