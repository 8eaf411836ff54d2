"""A write that fails leaves every operand as it was: elements, version, shape, place in the graph, hooks.

torch computes first and finds afterwards that it cannot record, so parity cannot hold here.
"""

from collections.abc import Callable

import pytest

import wengert as torch


def _inference(*values: float) -> torch.Tensor:
    with torch.inference_mode():
        return torch.tensor(values)


def _state(t: torch.Tensor) -> tuple[object, ...]:
    return t.tolist(), t._version, t.shape, t.stride(), t.grad_fn


def _attempt(t: torch.Tensor, write: Callable[[torch.Tensor], object], text: str) -> None:
    before = _state(t)
    with pytest.raises(RuntimeError, match=text):
        write(t)
    assert _state(t) == before


SAVED = "Inference tensors cannot be saved"
WRITES: dict[str, Callable[[torch.Tensor], object]] = {
    "mul_": lambda t: t.mul_(_inference(3.0, 3.0)),
    "div_": lambda t: t.div_(_inference(3.0, 3.0)),
    "a part": lambda t: t[1:].mul_(_inference(3.0)),
}


@pytest.mark.parametrize("write", WRITES)
def test_what_cannot_be_recorded_is_not_written(write: str) -> None:
    """An operand that no node may save is found before the first element is written."""
    x = torch.ones(2, requires_grad=True)
    t = x * 2
    _attempt(t, WRITES[write], SAVED)
    t.sum().backward()
    assert x.grad is not None and x.grad.tolist() == [2.0, 2.0]


def test_a_view_keeps_its_hooks_and_its_gradient() -> None:
    """Hooks leave a view with what it was; a write that fails does not make it anything else."""
    t = torch.ones(2, requires_grad=True) * 2
    part = t[:1]
    met = []
    part.register_hook(met.append)
    part.retain_grad()
    _attempt(part, lambda t: t.mul_(_inference(3.0)), SAVED)
    part.sum().backward()
    assert [g.tolist() for g in met] == [[1.0]] and part.grad is not None


def test_out_keeps_its_shape_where_there_is_no_kernel() -> None:
    """A complex quotient is not rounded; `out` was fitted to it before that was found."""
    z = torch.ones(3, dtype=torch.complex64)
    out = torch.ones(0, dtype=torch.complex64)
    node = (torch.ones(0, dtype=torch.complex64, requires_grad=True) * out).sum()
    with pytest.raises(NotImplementedError):
        torch.div(z, z, rounding_mode="trunc", out=out)
    assert _state(out) == ([], 0, (0,), (1,), None)
    node.backward(torch.tensor(1 + 0j))


def test_a_tangent_that_may_not_be_written_keeps_its_primal() -> None:
    """The tangent is written after the primal, and refused before it."""
    x, x_dot = torch.ones(2), torch.ones(2, requires_grad=True)
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, x_dot)
        _attempt(dual, lambda t: t.mul_(3), "a leaf Variable that requires grad")
    assert x.tolist() == [1.0, 1.0]


class _WritesBoth(torch.autograd.Function):
    """Writes over its two inputs, by the hand of its user: `forward` has run when the outputs are looked at."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Doubles both."""
        ctx.mark_dirty(a, b)
        return a.mul_(2), b.mul_(2)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, *g: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """That of the doubled."""
        return g[0] * 2, g[1] * 2


@pytest.mark.parametrize("second", ["leaf", "view of a leaf", "part of two"])
def test_a_function_that_is_refused_has_changed_no_history(second: str) -> None:
    """Its elements are what `forward` wrote, as the versions say; every tensor stays where it was in the graph."""
    leaf = torch.ones(2, requires_grad=True)
    a = torch.ones(2, requires_grad=True) * 1
    b = {"leaf": leaf, "view of a leaf": leaf[:1], "part of two": (leaf * 1)[:1]}[second]
    nodes = a.grad_fn, b._base.grad_fn if b._base is not None else b.grad_fn
    with pytest.raises(RuntimeError, match=r"in-place operation|modifies inplace an input"):
        _WritesBoth.apply(a, b)
    assert (a.tolist(), b.tolist()) == ([2.0, 2.0], [2.0] * b.numel())
    assert a._version > 0 and b._version > 0
    assert nodes == (a.grad_fn, b._base.grad_fn if b._base is not None else b.grad_fn)


def test_a_view_with_data_of_its_own_is_no_view_any_more() -> None:
    a = torch.ones(4, requires_grad=True)
    b = a * 1
    w = b[1:3]
    w.data = torch.zeros(2)
    w.mul_(3)
    (b.sum() + w.sum()).backward()
    assert b.tolist() == [1.0] * 4
    assert (w._is_view(), a.grad.tolist()) == (False, [1.0, 4.0, 4.0, 1.0])


@pytest.mark.parametrize("size", [1, 4])
def test_a_write_through_a_view_of_a_base_with_other_data_is_refused(size: int) -> None:
    a = torch.ones(4, requires_grad=True)
    b = a * 1
    w, v = b[1:3], b[:2]
    b.data = torch.zeros(size)
    for write in (w.mul_, v.add_):
        with pytest.raises(RuntimeError, match="after the base was given other elements"):
            write(3)
    assert (w.tolist(), v.tolist(), w._version) == ([1.0, 1.0], [1.0, 1.0], 0)
    if size == 1:
        with pytest.raises(RuntimeError, match="has been given another shape or type"):
            b.mul_(2)
        assert (b.tolist(), b._version) == ([0.0], 0)
        return
    b.mul_(2)
    with pytest.raises(RuntimeError, match="after the base was given other elements"):
        w.sum()
