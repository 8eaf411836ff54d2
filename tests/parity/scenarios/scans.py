"""Scans along a dimension: values of every type and layout, gradients, tangents, targets, refusals."""

import math
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "int8", "bool", "complex64"]
EXACT = ["cumsum", "cumprod", "cummax", "cummin"]
SCANS = [*EXACT, "logcumsumexp"]
INFINITY, NAN = math.inf, math.nan


@close(rtol=1e-6)
@each(op=SCANS, dtype=DTYPES, dim=[0, 1, -1])
def of_every_type(torch: Any, op: str, dtype: str, dim: int) -> Any:
    x = tensor(torch, (7, 5), 3, dtype)
    return caught(getattr(torch, op), x, dim), caught(getattr(x, op), dim=dim)


@close(rtol=1e-6)
@each(op=SCANS, layout=LAYOUTS, dim=[0, 1])
def layouts(torch: Any, op: str, layout: str, dim: int) -> Any:
    return getattr(torch, op)(laid_out(torch, layout, 4, "float32"), dim)


@close(rtol=1e-6)
@each(op=SCANS, shape=[(), (1,), (0,), (0, 3), (3, 0), (2, 3, 4), (300, 2), (2, 600), (3, 300)])
def shapes(torch: Any, op: str, shape: tuple[int, ...]) -> Any:
    x = tensor(torch, shape, 5, "float32", -0.1, 0.1)
    return [caught(getattr(torch, op), x, dim) for dim in range(-len(shape) - 2, len(shape) + 2)]


@close(rtol=1e-6)
@each(op=SCANS)
def special_numbers(torch: Any, op: str) -> Any:
    points = [1.0, -0.0, 0.0, NAN, 2.0, NAN, INFINITY, -INFINITY]
    x = torch.tensor([points, points[::-1], [-INFINITY, -INFINITY, 1.0, INFINITY, INFINITY, 2.0, 3.0, 3.0]])
    return getattr(torch, op)(x, 1), getattr(torch, op)(x, 0)


@each(op=["cummax", "cummin"])
def equal_elements(torch: Any, op: str) -> Any:
    x = torch.tensor([[1, 3, 3, 2, 3], [2, 1, 1, 2, 0]])
    return getattr(torch, op)(x, 1), getattr(torch, op)(x.t().float(), 0), type(getattr(x, op)(0)).__name__


@each(op=["cumsum", "cumprod"], dtype=["float64", "float16", "int32", "bool"], own=["float32", "int64", "bool"])
def of_a_type(torch: Any, op: str, dtype: str, own: str) -> Any:
    x, kind = tensor(torch, (6,), 6, own), getattr(torch, dtype)
    return (
        caught(getattr(torch, op), x, 0, dtype=kind),
        caught(getattr(torch, op), x, 0, out=torch.empty(0, dtype=kind)),
        caught(getattr(torch, op), x, 0, dtype=kind, out=torch.empty(6)),
        caught(getattr(x.clone(), op + "_"), 0, dtype=kind),
    )


@each(op=["cumsum", "cumprod"], dtype=["float32", "int32", "bool"])
def in_place(torch: Any, op: str, dtype: str) -> Any:
    x = tensor(torch, (3, 4), 7, dtype)
    kept = x
    done = caught(lambda: getattr(x, op + "_")(1) is kept)
    leaf = torch.ones(2, requires_grad=True)
    y = leaf * 3
    getattr(y, op + "_")(0)
    y.sum().backward()
    view = torch.ones(4)
    getattr(view[1:], op + "_")(0)
    return done, x, x._version, caught(getattr(leaf, op + "_"), 0), graph(y), leaf.grad, view, x.cumsum_(-1), y.cumprod_


@each(op=["logcumsumexp", "cummax", "cummin"])
def given_a_result(torch: Any, op: str) -> Any:
    x, f = torch.tensor([[1.0, 2.0], [0.0, 3.0]]), getattr(torch, op)
    if op == "logcumsumexp":
        return [
            caught(f, x, 0, out=torch.empty(0, dtype=kind)).__class__.__name__
            for kind in (torch.float32, torch.float64)
        ]
    values, places = torch.empty(0), torch.empty(0, dtype=torch.int64)
    done = f(x, 0, out=(values, places))
    return (
        done,
        done[0] is values,
        caught(f, x, 0, out=(values.double(), places)),
        caught(f, x, 0, out=(values, places.int())),
        caught(f, x, 0, out=(values,)),
        caught(f, x, 0, out=values),
        caught(f, x.clone().requires_grad_(), 0, out=(values, places)),
    )


@close(rtol=1e-6)
@each(op=SCANS, dim=[0, 1], dtype=["float64", "float32"])
def gradients(torch: Any, op: str, dim: int, dtype: str) -> Any:
    x = tensor(torch, (3, 4), 8, dtype).requires_grad_(True)
    y = getattr(torch, op)(x, dim)
    y = y[0] if isinstance(y, tuple) else y
    (first,) = torch.autograd.grad((y * y * x.detach()).sum(), x, create_graph=True)
    seconds = torch.autograd.grad(first.sum(), x) if first.requires_grad else None
    return graph(y), graph(first, 3), y.detach(), first.detach(), seconds


@close(rtol=1e-6)
@each(where=[[0], [2], [4], [0, 3], [1, 2], [0, 1, 2, 3, 4]], recorded=[False, True])
def gradients_at_zeros(torch: Any, where: list[int], recorded: bool) -> Any:
    x = tensor(torch, (5, 2), 9, "float64")
    x[torch.tensor(where), 0] = 0
    x.requires_grad_(True)
    y = x.cumprod(0)
    (first,) = torch.autograd.grad((y * tensor(torch, (5, 2), 10, "float64")).sum(), x, create_graph=recorded)
    second = torch.autograd.grad((first * first).sum(), x)[0] if recorded else None
    return first.detach(), second


@close(rtol=1e-6)
@each(op=["cumsum", "cumprod", "logcumsumexp"])
def complex_gradients(torch: Any, op: str) -> Any:
    z = tensor(torch, (4,), 11, "complex128").requires_grad_(True)
    y = getattr(torch, op)(z, 0)
    return y.detach(), torch.autograd.grad(y.abs().sum(), z)


@close(rtol=1e-6)
@each(op=SCANS)
def tangents(torch: Any, op: str) -> Any:
    x, v = tensor(torch, (3, 4), 12, "float64"), tensor(torch, (3, 4), 13, "float64")

    def f(x: Any) -> Any:
        y = getattr(torch, op)(x, 1)
        return y[0] if isinstance(y, tuple) else y

    zero = x.clone()
    zero[1, 2] = 0
    return torch.func.jvp(f, (x,), (v,)), torch.func.jvp(f, (zero,), (v,)) if op == "cumprod" else None


@each(order=[0, 1, 2, 5, -1], dim=[0, 1, -1, 2])
def differences(torch: Any, order: int, dim: int) -> Any:
    x = tensor(torch, (3, 4), 14, "float32")
    return caught(torch.diff, x, order, dim), caught(x.diff, n=order, dim=dim)


@each(dtype=DTYPES)
def differences_of_types(torch: Any, dtype: str) -> Any:
    x = tensor(torch, (6,), 15, dtype)
    return x.diff(), x.diff(2), torch.diff(x, out=torch.empty(0, dtype=x.dtype)), caught(torch.tensor(1.0).diff)


@close(rtol=1e-6)
@each(op=["trapezoid", "trapz", "cumulative_trapezoid"], dtype=DTYPES)
def trapezoids(torch: Any, op: str, dtype: str) -> Any:
    y, x, f = tensor(torch, (3, 4), 16, dtype), tensor(torch, (3, 4), 17, "float32"), getattr(torch, op)
    return (
        caught(f, y),
        caught(f, y, dx=0.5, dim=0),
        caught(f, y, x),
        caught(f, y, x[0]),
        caught(f, y, x[:, 0], dim=0),
        caught(f, y, x[0, :2]),
        caught(f, y, x, dim=2),
        caught(f, y, dx=True),
        caught(f, y, dx=2j),
        caught(f, y[:, :0]),
        caught(f, y[0, 0]),
    )


@close(rtol=1e-6)
@each(op=["trapezoid", "trapz", "cumulative_trapezoid"])
def gradients_of_trapezoids(torch: Any, op: str) -> Any:
    y, x = (tensor(torch, (3, 4), seed, "float64").requires_grad_(True) for seed in (18, 19))
    spaced, placed = getattr(torch, op)(y, dx=0.25), getattr(torch, op)(y, x)
    loss = (spaced * placed).sum()
    return graph(spaced), graph(placed), torch.autograd.grad(loss, [y, x]), graph(y.diff(), 3)
