"""Extremes, all and any, products, counts, sums without nans: every form, types, layouts, gradients, refusals."""

import math
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int8", "uint8", "bool", "complex64"]
NAN, INFINITY = math.nan, math.inf
NAMES = [
    "amax", "amin", "max", "min", "argmax", "argmin", "all", "any", "prod", "count_nonzero", "nansum", "nanmean",
]  # fmt: skip
OVER_DIMS = ["amax", "amin", "all", "any", "nansum", "nanmean"]
DIMS = [0, 1, -1, (0, 1), (-1,), (), None, 2, (0, 0), (0, 5), "a", 1.5]


def of_type(torch: Any, dtype: str, shape: tuple[int, ...], seed: int) -> Any:
    return tensor(torch, shape, seed, "float32", -3.0, 3.0).to(getattr(torch, dtype)) * 1


@close(rtol=1e-5)
@each(op=NAMES, dtype=DTYPES)
def of_every_type(torch: Any, op: str, dtype: str) -> Any:
    f, x = getattr(torch, op), of_type(torch, dtype, (4, 5), 1)
    if (op, dtype) in (("prod", "float16"), ("prod", "bfloat16")):
        return None  # torch rounds after every step
    return caught(f, x), caught(f, x, 0), caught(f, x, dim=1), caught(getattr(x, op)), caught(getattr(x, op), -1)


@close(rtol=1e-5)
@each(op=OVER_DIMS, dim=DIMS)
def over_dims(torch: Any, op: str, dim: Any) -> Any:
    f, x = getattr(torch, op), tensor(torch, (3, 4), 2)
    return caught(f, x, dim), caught(f, x, dim=dim, keepdim=True), caught(f, x, axis=dim, keepdims=True)


@close(rtol=1e-5)
@each(op=["max", "min", "argmax", "argmin", "prod", "count_nonzero"], dim=[0, -1, 2, (0, 1), None, "a"])
def along_a_dim(torch: Any, op: str, dim: Any) -> Any:
    f, x = getattr(torch, op), tensor(torch, (3, 4), 2)
    if op == "count_nonzero":
        return caught(f, x, dim), caught(x.count_nonzero, dim=dim), f((x > 0) & (x < 1))
    return caught(f, x, dim), caught(f, x, dim, True), caught(getattr(x, op), dim=dim, keepdim=True)


@close(rtol=1e-5)
@each(op=NAMES, layout=LAYOUTS, dtype=["float32", "float16", "int64", "uint8"])
def layouts(torch: Any, op: str, layout: str, dtype: str) -> Any:
    if (op == "nanmean" and not dtype.startswith("float")) or (op, dtype) == ("prod", "float16"):
        return None
    x, f = laid_out(torch, layout, 3, dtype), getattr(torch, op)
    return f(x), f(x, 0), f(x, -1), getattr(x.t(), op)(0)


@close(rtol=1e-5)
@each(op=NAMES, dim=[0, 1, 2])
def three_dimensions(torch: Any, op: str, dim: int) -> Any:
    x, f = tensor(torch, (3, 4, 5), 4), getattr(torch, op)
    return f(x, dim), f(x.permute(2, 0, 1), dim), f(x[::2, :, ::3], dim)


@each(op=["amax", "amin", "all", "any"], dim=[(0, 1), (1, 2), (0, 2), (0, 1, 2)])
def several_dims(torch: Any, op: str, dim: Any) -> Any:
    x, f = tensor(torch, (3, 4, 5), 5), getattr(torch, op)
    return f(x, dim), f(x.permute(2, 0, 1), dim, True), f(x > -1.5, dim)


@close(rtol=1e-5)
@each(op=[*NAMES, "aminmax"], shape=[(0,), (0, 3), (3, 0), ()])
def empty(torch: Any, op: str, shape: tuple[int, ...]) -> Any:
    x, f = torch.ones(shape), getattr(torch, op)
    return caught(f, x), caught(lambda: f(x, dim=0)), caught(lambda: f(x, dim=-1)), caught(lambda: f(x, dim=1))


@each(op=["max", "min", "amax", "amin", "argmax", "argmin", "aminmax", "all", "any", "count_nonzero", "nansum"])
def nans_and_infinities(torch: Any, op: str) -> Any:
    f = getattr(torch, op)
    rows = [[1.0, NAN, 2.0], [NAN, NAN, 1.0], [INFINITY, -INFINITY, 0.0], [0.0, 0.0, 0.0], [3.0, 3.0, -1.0]]
    x = torch.tensor(rows)
    return [f(x), [f(row) for row in x], f(x, dim=0), f(x, dim=1), f(x.double().t(), dim=0)]


@close(rtol=2e-5)
@each(op=["amax", "argmin", "all", "any", "count_nonzero", "nansum", "prod", "aminmax"], n=[1, 15, 16, 65, 300, 5000])
def long_ones(torch: Any, op: str, n: int) -> Any:
    x, f = tensor(torch, (n,), 6, "float32", 0.9, 1.1), getattr(torch, op)
    wide = tensor(torch, (3, n), 7, "float64", 0.9, 1.1)
    return f(x), f(wide, dim=1), f(wide, dim=0), f(wide.t(), dim=0), f(x > 0.91), f((x * 100).to(torch.int32))


@close(rtol=1e-2)
def products_of_halves(torch: Any) -> Any:
    x = tensor(torch, (4, 5), 1)
    return [x.to(kind).prod(1).float() for kind in (torch.float16, torch.bfloat16)], x.half().prod(), x.half().prod(0)


@close(rtol=3e-3)
@each(dtype=["float64", "float32", "int64", "int32", "uint8", "bool", "complex64", "float16"])
def given_a_dtype(torch: Any, dtype: str) -> Any:
    kind, x, whole = getattr(torch, dtype), tensor(torch, (2, 3), 8), torch.tensor([[3, 200], [0, 1]])
    return [
        caught(lambda f=f: f(dtype=kind))
        for f in (x.prod, whole.prod, x.nansum, whole.nansum, x.nanmean, whole.nanmean)
    ] + [
        caught(lambda f=f: f(0, dtype=kind))
        for f in (x.prod, whole.prod, whole.bool().prod, x.nansum, whole.nansum, x.nanmean)
    ]


@close(rtol=1e-5)
@each(op=NAMES, out=["float32", "float64", "int64", "bool", "uint8"])
def given_a_result(torch: Any, op: str, out: str) -> Any:
    f, x, kind = getattr(torch, op), tensor(torch, (3, 4), 9), getattr(torch, out)
    if op in ("max", "min"):
        pairs = [(torch.empty(0, dtype=kind), torch.empty(0, dtype=torch.int64)), torch.empty(0), (torch.empty(0),)]
        return [caught(lambda o=o: f(x, 0, out=o)) for o in pairs], caught(
            lambda: f(x, out=torch.empty((), dtype=kind))
        )
    made = torch.empty(0, dtype=kind)
    found = caught(lambda: f(x, 0, out=made))
    return found, found is made, caught(lambda: f(x, out=torch.empty((), dtype=kind)))


@each(dtype=DTYPES)
def both_ends(torch: Any, dtype: str) -> Any:
    x = of_type(torch, dtype, (4, 5), 10)
    found = caught(torch.aminmax, x)
    names = None if not isinstance(found, tuple) else (found.min, found.max)
    outs = (torch.empty(0, dtype=x.dtype), torch.empty(0, dtype=x.dtype))
    return [
        found, names, caught(lambda: x.aminmax(dim=0)), caught(lambda: x.aminmax(dim=1, keepdim=True)),
        caught(lambda: torch.aminmax(x, keepdim=True)), caught(lambda: torch.aminmax(x, dim=0, out=outs)),
        caught(lambda: torch.aminmax(x, dim=0, out=outs[0])), caught(lambda: torch.aminmax(x, 0)),
        caught(lambda: torch.aminmax(x, dim=2)), caught(lambda: torch.aminmax(x, dim=(0, 1))),
    ]  # fmt: skip


def named_pairs(torch: Any) -> Any:
    x = tensor(torch, (3, 4), 11)
    low, ends = torch.min(x, 1), torch.aminmax(x, dim=0)
    return low.values, low.indices, type(low).__name__, ends.min, ends.max, type(ends).__name__, repr(low), repr(ends)


def of_two(torch: Any) -> Any:
    x, y = tensor(torch, (3, 4), 12), tensor(torch, (4,), 13)
    return torch.min(x, y), x.min(y), torch.max(x, y), x.max(other=y), torch.min(x, y, out=torch.empty(0))


@each(op=["amax", "amin", "aminmax", "argmax", "all", "count_nonzero", "prod", "min", "nansum", "nanmean"])
def refused_arguments(torch: Any, op: str) -> Any:
    f, x = getattr(torch, op), torch.ones(2, 3)
    calls = [
        lambda: f(), lambda: f(3), lambda: f(x, 0, True, 3), lambda: f(x, keepdim=3), lambda: f(x, 0, 1),
        lambda: f(x, colour=1), lambda: getattr(x, op)(0, out=x), lambda: f([1.0]),
    ]  # fmt: skip
    return [caught(call) for call in calls]


GRADIENTS = [
    "amax", "amin", "amax 0", "amin 1 True", "amax (0,1)", "max", "min", "max 0", "min 1 True", "prod", "prod 0",
    "prod 1 True", "nansum", "nansum 0", "nanmean", "nanmean 1", "aminmax", "aminmax 0",
]  # fmt: skip


def applied(torch: Any, call: str, x: Any) -> Any:
    name, *given = call.split()
    arguments = [eval(text) for text in given]
    if name == "aminmax":
        low, high = torch.aminmax(x, dim=arguments[0] if arguments else None)
        return low + 2 * high
    y = getattr(torch, name)(x, *arguments)
    return y[0] if isinstance(y, tuple) else y


@close(rtol=1e-9)
@each(call=GRADIENTS, ties=[False, True])
def gradients(torch: Any, call: str, ties: bool) -> Any:
    x = torch.tensor([[1.0, 2.0, 1.0], [2.0, 2.0, -1.0]], dtype=torch.float64) if ties else None
    x = (tensor(torch, (2, 3), 14, "float64") if x is None else x).requires_grad_(True)
    y = applied(torch, call, x)
    (first,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * x).sum(), x)
    names = {
        n: getattr(y.grad_fn, n) for n in dir(y.grad_fn) if n.startswith("_saved") and n.endswith(("dim", "keepdim"))
    }
    saved = sorted(n for n in dir(y.grad_fn) if n.startswith("_saved"))
    return graph(y), graph(first), saved, names, y.detach(), first.detach(), second


@close(rtol=1e-9)
@each(call=["amax", "amin 0", "max", "min", "max 0", "prod", "prod 1", "nansum 0", "nanmean"])
def gradients_at_nan(torch: Any, call: str) -> Any:
    x = torch.tensor([[1.0, NAN, 1.0], [2.0, 2.0, NAN]], dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(applied(torch, call, x).sum(), x)


ZEROS = [[0.0, 2.0, 3.0], [0.0, 0.0, 5.0], [1.0, 2.0, 0.0], [4.0, 3.0, 2.0]]


@close(rtol=1e-9)
@each(rows=[slice(0, 1), slice(2, 4), slice(0, 4), slice(3, 4), slice(1, 2)], dim=[None, 0, 1])
def gradients_of_products_with_zeros(torch: Any, rows: slice, dim: int | None) -> Any:
    x = torch.tensor(ZEROS, dtype=torch.float64)[rows].requires_grad_(True)
    y = x.prod() if dim is None else x.prod(dim)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * first).sum(), x)
    (alone,) = torch.autograd.grad((x.prod() if dim is None else x.prod(dim)).sum(), x)
    return y.detach(), first.detach(), second, alone


@close(rtol=1e-5)
def gradients_of_other_products(torch: Any) -> Any:
    x = tensor(torch, (2, 3), 15).requires_grad_(True)
    z = tensor(torch, (2, 3), 16, "complex64").requires_grad_(True)
    s = torch.tensor(3.0, requires_grad=True)
    return [
        torch.autograd.grad(x.prod(0, dtype=torch.float64).sum(), x),
        torch.autograd.grad(x.prod(dtype=torch.float64), x),
        torch.autograd.grad(z.prod().abs(), z), torch.autograd.grad(z.prod(0).abs().sum(), z),
        torch.autograd.grad(s.prod(), s), torch.autograd.grad(s.prod(0), s), torch.autograd.grad(s.amax(0), s),
    ]  # fmt: skip


@close(rtol=1e-9)
@each(call=["amax 0", "amin", "max", "min 0", "prod", "prod 1", "nansum 0", "nanmean"])
def tangents(torch: Any, call: str) -> Any:
    x, v = tensor(torch, (2, 3), 17, "float64"), tensor(torch, (2, 3), 18, "float64")
    return torch.func.jvp(lambda x: applied(torch, call, x), (x,), (v,))


@each(op=["all", "any", "argmax", "argmin", "count_nonzero"])
def no_history(torch: Any, op: str) -> Any:
    y = getattr(tensor(torch, (2, 3), 19).requires_grad_(True), op)()
    return y.requires_grad, y.grad_fn


def nanmean_of_nothing_and_of_complex_numbers(torch: Any) -> Any:
    empty, complex64 = torch.ones(2, 0), torch.complex64
    return [
        *(caught(torch.nansum, empty, dim, dtype=complex64) for dim in (None, 0, 1)),
        *(caught(torch.nanmean, empty, dim, dtype=complex64) for dim in (None, 0, 1)),
        caught(torch.nanmean, torch.ones(2), dtype=complex64),
        caught(torch.nanmean, torch.ones(2, dtype=complex64), dtype=torch.int64),
        caught(torch.nanmean, torch.ones(2, dtype=complex64)),
    ]
