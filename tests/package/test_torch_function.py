# ruff: noqa: E501  (an answer is one line here, however long, so that it can be compared at sight)
"""`__torch_function__`: who is asked, with what, and what becomes of the results; compared with PyTorch 2.13.0.

The answers below are PyTorch's own, recorded.
"""

from typing import Any

import pytest

import wengert as torch

seen: list[tuple[str, int]] = []


class Duck:
    """No tensor; it takes every call and says what it was given."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        names = tuple(type(argument).__name__ for argument in args)
        return (
            "duck",
            func.__name__,
            tuple(kind.__name__ for kind in types),
            names,
            sorted(kwargs) if kwargs else kwargs,
        )


class Keeps:
    """As Duck, with a default that tells whether keywords were passed."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = {}) -> Any:  # noqa: B006
        return len(args), sorted(kwargs)


class Refuse:
    """Declines every call."""

    @classmethod
    def __torch_function__(cls, *_: Any) -> Any:
        return NotImplemented


class Sub(torch.Tensor):
    """Changes nothing."""


class SubSub(Sub):
    """Changes nothing."""


class Other(torch.Tensor):
    """Changes nothing, and is no relative of Sub."""


class Log(torch.Tensor):
    """Notes each call."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        seen.append((func.__name__, len(args)))
        return super().__torch_function__(func, types, args, kwargs or {})


def answer(call: str) -> str:
    """What the call gives, as text: a tensor's class, anything else as it prints."""
    seen.clear()
    t, m = torch.ones(3), torch.ones(2, 3)
    names = {"sub": Sub, "subsub": SubSub, "other": Other, "lg": Log}
    operands = {name: torch.ones(3).as_subclass(kind) for name, kind in names.items()}
    scope = {"torch": torch, "t": t, "m": m, "Duck": Duck, "Keeps": Keeps, "Refuse": Refuse, **operands}
    value = eval(call, scope)
    if isinstance(value, torch.Tensor):
        value = type(value).__name__
    return f"{value} {seen}" if seen else str(value)


TAKEN = {
    "torch.sum(m, Duck())": "('duck', 'sum', ('Duck',), ('Tensor', 'Duck'), None)",
    "torch.sum(m, 0, Duck())": "('duck', 'sum', ('Duck',), ('Tensor', 'int', 'Duck'), None)",
    "torch.sum(m, dtype=Duck())": "('duck', 'sum', ('Duck',), ('Tensor',), ['dtype'])",
    "torch.add(t, t, alpha=Duck())": "('duck', 'add', ('Duck',), ('Tensor', 'Tensor'), ['alpha'])",
    "torch.mul(t, Duck())": "('duck', 'mul', ('Duck',), ('Tensor', 'Duck'), None)",
    "torch.mul(Duck(), Duck())": "('duck', 'mul', ('Duck',), ('Duck', 'Duck'), None)",
    "torch.mul(Duck(), 2)": "('duck', 'mul', ('Duck',), ('Duck', 'int'), None)",
    "torch.exp(Duck(), out=t)": "('duck', 'exp', ('Duck',), ('Duck',), ['out'])",
    "torch.exp(t, out=Duck())": "('duck', 'exp', ('Duck',), ('Tensor',), ['out'])",
    "torch.mul(t, Keeps())": "(2, [])",
    "torch.mul(t, other=Keeps())": "(1, ['other'])",
    "t.mul(Duck())": "('duck', 'mul', ('Duck',), ('Tensor', 'Duck'), None)",
    "t.mul_(Duck())": "('duck', 'mul_', ('Duck',), ('Tensor', 'Duck'), None)",
    "t.view(Duck())": "('duck', 'view', ('Duck',), ('Tensor', 'Duck'), None)",
    "t.view(3, Duck())": "('duck', 'view', ('Duck',), ('Tensor', 'int', 'Duck'), None)",
    "t + Duck()": "('duck', 'add', ('Duck',), ('Tensor', 'Duck'), None)",
    "Duck() + t": "('duck', 'add', ('Duck',), ('Tensor', 'Duck'), None)",
    "t @ Duck()": "('duck', 'matmul', ('Duck',), ('Tensor', 'Duck'), None)",
    "t - Duck()": "('duck', 'sub', ('Duck',), ('Tensor', 'Duck'), None)",
    "t / Duck()": "('duck', 'div', ('Duck',), ('Tensor', 'Duck'), None)",
    "t == Duck()": "('duck', 'eq', ('Duck',), ('Tensor', 'Duck'), None)",
    "t < Duck()": "('duck', 'lt', ('Duck',), ('Tensor', 'Duck'), None)",
    "torch.stack([t, Duck()])": "('duck', 'stack', ('Duck',), ('list',), None)",
    "torch.stack([Duck(), t], dim=0)": "('duck', 'stack', ('Duck',), ('list',), ['dim'])",
    "torch.mul(sub, subsub)": "SubSub",
    "torch.mul(subsub, sub)": "SubSub",
    "torch.mul(sub, t)": "Sub",
    "torch.mul(t, sub)": "Sub",
    "torch.mul(sub, Duck())": "('duck', 'mul', ('Sub', 'Duck'), ('Sub', 'Duck'), None)",
    "torch.mul(Duck(), sub)": "('duck', 'mul', ('Duck', 'Sub'), ('Duck', 'Sub'), None)",
    "torch.exp(sub)": "Sub",
    "sub.exp()": "Sub",
    "[type(part).__name__ for part in sub.max(0)]": "['Sub', 'Sub']",
    "[type(part).__name__ for part in sub.unbind()]": "['Sub', 'Sub', 'Sub']",
    "[type(x).__name__ for x in (sub + 1, 1 + sub, 1 - sub, 2 / sub, 2**sub, -sub, sub == 1, sub.mul_(2))]": "['Sub', 'Sub', 'Sub', 'Sub', 'Sub', 'Sub', 'Sub', 'Sub']",
    "-lg": "Log [('neg', 1)]",
    "lg + 1": "Log [('add', 2)]",
    "1 + lg": "Log [('add', 2)]",
    "lg - 1": "Log [('sub', 2)]",
    "lg * 2": "Log [('mul', 2)]",
    "lg / 2": "Log [('div', 2)]",
    "lg @ t": "Log [('matmul', 2)]",
    "t @ lg": "Log [('matmul', 2)]",
    "lg > 1": "Log [('gt', 2)]",
    "lg == 1": "Log [('__eq__', 2)]",
    "lg == Duck()": "False [('__eq__', 2)]",
    "1.0 in lg": "True [('__contains__', 2)]",
    "lg.tolist()": "[1.0, 1.0, 1.0] [('tolist', 1)]",
    "lg.size(), lg.stride(0)": "(torch.Size([3]), 1) [('size', 1), ('stride', 2)]",
    "format(lg.sum(), '') != ''": "True [('sum', 1), ('__format__', 2)]",
    "type(lg.__reduce_ex__(2)).__name__": "tuple [('__reduce_ex__', 2)]",
    "lg.type()": "torch.FloatTensor [('type', 1)]",
    "type(lg.__array__()).__name__": "ndarray [('__array__', 1)]",
    "len(torch.autograd.grad((lg.requires_grad_() * 2).sum(), lg))": "1 [('requires_grad_', 1), ('mul', 2), ('sum', 1), ('grad', 2)]",
    "torch.autograd.backward((lg.requires_grad_() * 2).sum())": "None [('requires_grad_', 1), ('mul', 2), ('sum', 1), ('backward', 1)]",
    "lg.requires_grad_().register_hook(print) is None": "False [('requires_grad_', 1), ('register_hook', 2)]",
    "(lg.requires_grad_() * 2).retain_grad()": "None [('requires_grad_', 1), ('mul', 2), ('retain_grad', 1)]",
    "lg.mul_(2)": "Log [('mul_', 2)]",
    "lg.to(torch.float64).dtype": "torch.float64 [('to', 2), ('__get__', 1)]",
    "torch.zeros_like(lg)": "Log [('zeros_like', 1)]",
    "torch.exp(lg)": "Log [('exp', 1)]",
    "lg.exp()": "Log [('exp', 1)]",
    "lg.sum(0, keepdim=True)": "Log [('sum', 2)]",
    "torch.stack([t, lg])": "Log [('stack', 1)]",
}

REFUSED = {
    "torch.mul(t, Refuse())": "Multiple dispatch failed for 'torch.mul'; all __torch_function__ handlers returned NotImplemented:\n\n  - tensor subclass <class 'CLASS.Refuse'>\n\nFor more information, try re-running with TORCH_LOGS=not_implemented",
    "torch.mul(Refuse(), Refuse())": "Multiple dispatch failed for 'torch.mul'; all __torch_function__ handlers returned NotImplemented:\n\n  - tensor subclass <class 'CLASS.Refuse'>\n\nFor more information, try re-running with TORCH_LOGS=not_implemented",
    "t.mul(Refuse())": "Multiple dispatch failed for 'torch.Tensor.mul'; all __torch_function__ handlers returned NotImplemented:\n\n  - tensor subclass <class 'CLASS.Refuse'>\n\nFor more information, try re-running with TORCH_LOGS=not_implemented",
    "t + Refuse()": "unsupported operand type(s) for +: 'Tensor' and 'Refuse'",
    "torch.mul(sub, other)": "Multiple dispatch failed for 'torch.mul'; all __torch_function__ handlers returned NotImplemented:\n\n  - tensor subclass <class 'CLASS.Sub'>\n  - tensor subclass <class 'CLASS.Other'>\n\nFor more information, try re-running with TORCH_LOGS=not_implemented",
    "torch.exp(sub, foo=1)": "exp() got an unexpected keyword argument 'foo'",
    "torch.exp(sub, 1)": "exp() takes 1 positional argument but 2 were given",
    "sub.exp(1)": "TensorBase.exp() takes no arguments (1 given)",
    'torch.dot(sub, "a")': "dot(): argument 'tensor' (position 2) must be Tensor, not str",
}


@pytest.mark.parametrize("call", TAKEN)
def test_a_call_goes_to_whoever_takes_it(call: str) -> None:
    assert answer(call) == TAKEN[call]


@pytest.mark.parametrize("call", REFUSED)
def test_a_call_that_all_decline_or_that_is_wrong_says_so(call: str) -> None:
    with pytest.raises(TypeError) as caught:
        answer(call)
    assert str(caught.value).replace(f"{__name__}.", "CLASS.") == REFUSED[call]


def test_a_parameter_is_no_subclass_to_ask() -> None:
    plain = torch.ones(3)
    assert type(torch._wengert._disabled_torch_function_impl(torch.exp, (), (plain,))) is torch.Tensor
    assert torch._wengert._is_torch_function_enabled()


def test_an_error_in_a_call_without_overriding_switches_it_on_again() -> None:
    with pytest.raises(TypeError):
        torch._wengert._disabled_torch_function_impl(torch.exp, (), ("a",))
    assert torch._wengert._is_torch_function_enabled()
