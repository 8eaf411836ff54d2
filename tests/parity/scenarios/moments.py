"""Variances and standard deviations: overloads, corrections, types, layouts, gradients, warnings, refusals."""

import math
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

NAMES = ["var", "std", "var_mean", "std_mean"]
CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}), ((False,), {}), ((True,), {}), ((0,), {}), ((1, False), {}), ((-1, True, True), {}), (((0, 1),), {}),
    (((0, 1), False, True), {}), ((None,), {}), (((),), {}), ((None, False), {}), ((), {"unbiased": False}),
    ((0,), {"correction": 0}), ((), {"correction": 2}), ((), {"dim": 0, "correction": 0.5, "keepdim": True}),
    ((), {"axis": 1, "keepdims": True}), ((0,), {"correction": -1}), ((0,), {"correction": None}),
    ((), {"dim": (0, 1), "unbiased": True}), ((0,), {"correction": True}),
]  # fmt: skip


@close(rtol=1e-6)
@each(op=NAMES, call=range(len(CALLS)), dtype=["float32", "float64"])
def overloads(torch: Any, op: str, call: int, dtype: str) -> Any:
    x, (arguments, named) = tensor(torch, (3, 4), 1, dtype), CALLS[call]
    as_method = caught(lambda: getattr(x, op)(*arguments, **named)) if op in ("var", "std") else None
    return caught(lambda: getattr(torch, op)(x, *arguments, **named)), as_method


@close(rtol=2e-3)
@each(op=NAMES, dtype=["float16", "bfloat16", "complex64", "complex128", "int64", "bool"])
def of_every_type(torch: Any, op: str, dtype: str) -> Any:
    x = tensor(torch, (3, 4), 2, dtype)
    return caught(getattr(torch, op), x), caught(getattr(torch, op), x, 0), caught(getattr(torch, op), x, 1, False)


@close(rtol=1e-6)
@each(op=NAMES, layout=LAYOUTS)
def layouts(torch: Any, op: str, layout: str) -> Any:
    x, f = laid_out(torch, layout, 3), getattr(torch, op)
    return f(x), f(x, 0), f(x, 1)


@close(rtol=1e-6)
@each(op=NAMES, dim=[0, 1, 2, (0, 2), (1, 2)])
def three_dimensions(torch: Any, op: str, dim: Any) -> Any:
    x, f = tensor(torch, (3, 4, 5), 4), getattr(torch, op)
    return f(x, dim), f(x.permute(2, 0, 1), dim), f(x[::2, :, ::3], dim, keepdim=True)


@close(rtol=1e-5)
@each(op=["var", "std"], n=[16, 65, 300, 5000], dtype=["float32", "float64"])
def far_from_zero(torch: Any, op: str, n: int, dtype: str) -> Any:
    """A large mean costs no digits."""
    x, f = tensor(torch, (n,), 5, dtype) + 1000, getattr(torch, op)
    wide = tensor(torch, (3, n), 6, dtype) + 1000
    return f(x), f(wide, 1), f(wide, 0), f(wide.t(), 0)


@each(op=NAMES, shape=[(), (1,), (0,), (3, 0), (0, 3), (2, 1)])
def too_few(torch: Any, op: str, shape: tuple[int, ...]) -> Any:
    """Where nothing is left to divide by, the result is nan or infinite, with a warning."""
    x, f = torch.ones(shape) * 3, getattr(torch, op)
    return caught(f, x), caught(f, x, 0), caught(f, x, False), caught(lambda: f(x, -1, correction=2, keepdim=True))


@each(op=NAMES)
def at_infinity(torch: Any, op: str) -> Any:
    f = getattr(torch, op)
    return [f(torch.tensor([1.0, 2.0, x])) for x in (math.inf, math.nan)] if op in ("var", "std") else None


@close(rtol=1e-6)
@each(op=["var", "std"], out=["float32", "float64", "float16", "int64", "complex64"])
def given_a_result(torch: Any, op: str, out: str) -> Any:
    f, x, made = getattr(torch, op), tensor(torch, (3, 4), 7), torch.empty(0, dtype=getattr(torch, out))
    found = caught(lambda: f(x, 0, out=made))
    return found, found is made, caught(lambda: f(x, correction=0, out=torch.empty(0)))


@each(op=NAMES)
def refused(torch: Any, op: str) -> Any:
    f, x = getattr(torch, op), torch.ones(2, 3)
    calls = [
        lambda: f(), lambda: f(3), lambda: f(x, 2), lambda: f(x, (0, 0)), lambda: f(x, "a"), lambda: f(x, 0, 1),
        lambda: f(x, 0, unbiased=False, correction=1), lambda: f(x, 0, correction="a"), lambda: f(x, 0, 1, 2, 3),
        lambda: f(x, keepdim=True, unbiased=True), lambda: f(x, 1.5), lambda: f(x, correction=1j),
    ]  # fmt: skip
    return [caught(call) for call in calls]


@close(rtol=1e-9)
@each(op=NAMES, dim=[None, 0, 1, (0, 1)], keepdim=[False, True], correction=[0, 1])
def gradients(torch: Any, op: str, dim: Any, keepdim: bool, correction: int) -> Any:
    x = tensor(torch, (2, 3), 8, "float64").requires_grad_(True)
    found = getattr(torch, op)(x, dim, correction=correction, keepdim=keepdim)
    y = found[0] * 2 + found[1] if isinstance(found, tuple) else found
    (first,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * x).sum(), x)
    node = found[0].grad_fn if isinstance(found, tuple) else found.grad_fn
    saved = {n: getattr(node, n) for n in dir(node) if n.startswith("_saved") and n != "_saved_self"}
    told = sorted((n, v if not hasattr(v, "shape") else None) for n, v in saved.items())
    return graph(y), graph(first), told, y.detach(), first.detach(), second


@close(rtol=1e-9)
@each(op=NAMES)
def gradient_of_one_result(torch: Any, op: str) -> Any:
    x = tensor(torch, (2, 3), 9, "float64").requires_grad_(True)
    found = getattr(torch, op)(x, 0)
    parts = found if isinstance(found, tuple) else (found,)
    return [torch.autograd.grad(part.sum(), x, retain_graph=True) for part in parts]


@close(rtol=1e-9)
@each(op=NAMES)
def gradients_at_corners(torch: Any, op: str) -> Any:
    """Where all are equal; where nothing is left to divide by; without dimensions."""
    f, results = getattr(torch, op), []
    first = lambda found: found[0] if isinstance(found, tuple) else found  # noqa: E731
    for shape in ((3,), (1,), (), (2, 1)):
        x = torch.full(shape, 2.0, dtype=torch.float64, requires_grad=True)
        results.append(torch.autograd.grad(first(f(x)).sum(), x))
        results.append(torch.autograd.grad(first(f(x, -1)).sum(), x))
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    return results, torch.autograd.grad(first(f(x, correction=2)).sum(), x)


@close(rtol=1e-9)
@each(op=NAMES)
def complex_gradients(torch: Any, op: str) -> Any:
    z = tensor(torch, (2, 3), 10, "complex128").requires_grad_(True)
    found = getattr(torch, op)(z, 1)
    parts = found if isinstance(found, tuple) else (found,)
    return parts[0].detach(), [torch.autograd.grad(part.abs().sum(), z, retain_graph=True) for part in parts]


@close(rtol=1e-9)
@each(op=["var", "std"])
def tangents(torch: Any, op: str) -> Any:
    x, v = tensor(torch, (2, 3), 11, "float64"), tensor(torch, (2, 3), 12, "float64")
    return torch.func.jvp(lambda x: getattr(torch, op)(x, 1), (x,), (v,)), torch.func.jvp(
        getattr(torch, op), (x,), (v,)
    )


@each(value=[0.1, 1 / 3, 123456.789, -0.7, 5e-30], dtype=["float32", "float64"])
def of_equal_elements(torch: Any, value: float, dtype: str) -> Any:
    x = torch.full((3, 4), value, dtype=getattr(torch, dtype))
    x[:, 3] = torch.tensor([1.0, 2.0, 4.0])
    leaf = x.clone().requires_grad_()
    torch.std(leaf, 0).sum().backward()
    return torch.var(x, 0)[:3], torch.std(x.t(), 1)[:3], [part[:3] for part in torch.var_mean(x, 0)], leaf.grad[:, :3]
