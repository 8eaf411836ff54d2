"""What a learner gets wrong, and what he is told: torch's words where torch has some."""

import importlib
import subprocess
import sys
from collections.abc import Callable

import pytest

import wengert as torch
from wengert import _unbuilt


def twice() -> None:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    y.backward()


MISTAKES: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "a wrong shape": (
        lambda: torch.ones(2, 3) + torch.ones(2, 4),
        RuntimeError,
        "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
    ),
    "a wrong length": (
        lambda: torch.dot(torch.ones(3), torch.ones(4)),
        RuntimeError,
        "inconsistent tensor size, expected tensor [3] and src [4] to have the same number of elements, but got 3 and 4"
        " elements respectively",
    ),
    "a wrong type": (
        lambda: torch.dot(torch.ones(3), torch.arange(3)),
        RuntimeError,
        "dot : expected both vectors to have same dtype, but found Float and Long",
    ),
    "backward twice": (twice, RuntimeError, "Trying to backward through the graph a second time"),
    "a write to a leaf": (
        lambda: torch.ones(2, requires_grad=True).add_(1),
        RuntimeError,
        "a leaf Variable that requires grad is being used in an in-place operation.",
    ),
    "whole numbers with a gradient": (
        lambda: torch.arange(3, requires_grad=True),
        RuntimeError,
        "Only Tensors of floating point and complex dtype can require gradients",
    ),
    "NumPy on a graph": (
        lambda: torch.ones(2, requires_grad=True).numpy(),
        RuntimeError,
        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
    ),
    "ragged rows": (
        lambda: torch.tensor([[1, 2], [3]]),
        ValueError,
        "expected sequence of length 2 at dim 1 (got 1)",
    ),
    "a slip of the pen": (lambda: torch.ones(2).summ(), AttributeError, "'Tensor' object has no attribute 'summ'"),
    "the item of many": (
        lambda: torch.ones(2).item(),
        RuntimeError,
        "a Tensor with 2 elements cannot be converted to Scalar",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_torchs_words(name: str) -> None:
    call, kind, text = MISTAKES[name]
    with pytest.raises(kind) as caught:
        call()
    assert (type(caught.value), str(caught.value)[: len(text)]) == (kind, text)


def test_gradients_add_up_until_they_are_zeroed() -> None:
    w = torch.ones(2, requires_grad=True)
    for total in (3, 6):
        (w * 3).sum().backward()
        assert w.grad is not None
        assert w.grad.tolist() == [total, total]


def test_a_name_that_is_not_built_says_so() -> None:
    x = torch.ones(2)
    for ask in (lambda: x.svd, lambda: torch.Tensor.svd, lambda: torch.nn.Linear):
        with pytest.raises(AttributeError, match=r"has no attribute '.*': torch has it, wengert has not built it yet"):
            ask()
    assert "svd" not in dir(x)
    assert "sum" in dir(x)

    class Mine(torch.Tensor):
        def svd(self) -> int:
            return 1

    assert x.as_subclass(Mine).svd() == 1
    assert "svd" in dir(x.as_subclass(Mine))


def test_what_is_listed_as_not_built_is_not() -> None:
    listed = [_unbuilt.FUNCTIONS, _unbuilt.METHODS]
    assert not [name for name in (listed[0] + _unbuilt.NAMES + _unbuilt.FOREIGN).split() if hasattr(torch, name)]
    assert not [name for names in listed for name in names.split() if hasattr(torch.Tensor, name)]
    of_modules = [(importlib.import_module(module), names) for module, names in _unbuilt.MODULES.items()]
    assert not [name for module, names in of_modules for name in names.split() if hasattr(module, name)]
    listed += [_unbuilt.NAMES, _unbuilt.FOREIGN, *_unbuilt.MODULES.values()]
    assert all(names.split() == sorted(set(names.split())) for names in listed)


def test_python_keeps_where_it_found_a_function() -> None:
    """With a `__getattr__` in the module it would look anew at every call."""
    assert "__getattr__" not in vars(torch)


def test_a_module_that_is_loaded_later_is_all_there() -> None:
    """Before anything of it is asked for, and after."""
    code = "import sys, wengert; assert 'wengert.func' not in sys.modules; f = wengert.func; assert 'vjp' in dir(f); "
    code += "from wengert.func import vjp; assert f.vjp is vjp is wengert.func.vjp; assert wengert.func is not f"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("module", _unbuilt.MODULES)
def test_modules_say_what_is_not_built(module: str) -> None:
    name, slip = _unbuilt.MODULES[module].split()[0], "nothing"
    with pytest.raises(AttributeError, match=f"'{module}' has no attribute '{name}': torch has it, wengert has not"):
        getattr(importlib.import_module(module), name)
    with pytest.raises(AttributeError, match=f"^module '{module}' has no attribute '{slip}'$"):
        getattr(importlib.import_module(module), slip)


@pytest.mark.parametrize(("code", "meant"), [("torch.arrange(3)", "arange"), ("torch.ones(2).bakward()", "backward")])
def test_a_slip_of_the_pen_is_told_what_was_meant(code: str, meant: str) -> None:
    done = subprocess.run([sys.executable, "-c", f"import wengert as torch; {code}"], capture_output=True, text=True)
    assert f"Did you mean: '{meant}'?" in done.stderr


def test_an_operator_asks_the_other_operand() -> None:
    class Other:
        def __rfloordiv__(self, left: object) -> str:
            return "asked"

    assert torch.ones(2) // Other() == "asked"
    with pytest.raises(TypeError, match="unsupported operand"):
        torch.ones(2) // "a"


@pytest.mark.parametrize("other", [torch.ones(4, dtype=torch.float64), torch.ones(3)])
def test_other_data_of_what_was_saved_is_named(other: torch.Tensor) -> None:
    x = torch.ones(4, requires_grad=True)
    y = (x * x).sum()
    x.data = other
    with pytest.raises(RuntimeError, match="has been given another shape or type") as caught:
        y.backward()
    assert "version" not in str(caught.value)


@pytest.mark.parametrize("output", [1, -1, 2**31, 2**40])
def test_an_edge_to_no_output_is_refused(output: int) -> None:
    """Law: a number that a user writes into an edge reaches no memory (torch follows it)."""
    x = torch.ones(2, requires_grad=True)
    node = (x * x).grad_fn
    for edge in (torch.autograd.graph.GradientEdge(node, output), torch.autograd.graph.GradientEdge(type(node), 0)):
        with pytest.raises((RuntimeError, OverflowError)):
            torch.autograd.grad(edge, x, torch.ones(2))
        with pytest.raises((RuntimeError, OverflowError)):
            torch.autograd.grad((x * x).sum(), edge)
