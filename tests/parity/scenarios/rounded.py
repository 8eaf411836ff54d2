"""Whole numbers near others, remainders, extremes, questions of kind: values of every type, gradients, refusals."""

import math
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "int8", "bool", "complex64"]
ROUNDINGS = ["floor", "ceil", "trunc", "fix", "round", "sign", "frac", "square"]
QUESTIONS = ["isnan", "isinf", "isfinite", "isposinf", "isneginf", "logical_not"]
PAIRS = ["minimum", "maximum", "fmin", "fmax", "remainder", "fmod", "logical_and", "logical_or", "logical_xor"]
BITWISE = ["bitwise_and", "bitwise_or", "bitwise_xor"]
INFINITY, NAN = math.inf, math.nan
POINTS = [0.0, -0.0, 0.5, -0.5, 1.5, -1.5, 2.5, 0.4999999, -0.2, 7.0, -7.0, 1e10, -1e30, INFINITY, -INFINITY, NAN]
BESIDE = [0.5, 2.0, -2.0, 0.3, 7.0, -7.5, INFINITY, -INFINITY, NAN]


def of_type(torch: Any, dtype: str, seed: int, n: int = 12) -> Any:
    kind = getattr(torch, dtype)
    if dtype in ("float32", "float64", "float16", "bfloat16"):
        return tensor(torch, (n,), seed, dtype, -4.0, 4.0)
    if dtype == "complex64":
        return tensor(torch, (n,), seed, "float32").to(kind) * (1 - 0.5j)
    return (torch.arange(n) * (7 + seed) % 11 - (0 if dtype == "uint8" else 5)).to(kind)


@each(op=[*ROUNDINGS, *QUESTIONS, "bitwise_not"], dtype=DTYPES)
def of_every_type(torch: Any, op: str, dtype: str) -> Any:
    if (op, dtype) == ("square", "complex64"):
        return None  # a complex product is rounded otherwise: complex_numbers.py has its squares
    return caught(getattr(torch, op), of_type(torch, dtype, 3)), caught(getattr(of_type(torch, dtype, 4), op))


@each(op=[*ROUNDINGS, *QUESTIONS], dtype=["float32", "float64"])
def at_points(torch: Any, op: str, dtype: str) -> Any:
    y = getattr(torch, op)(torch.tensor(POINTS, dtype=getattr(torch, dtype)))
    return y, 1 / getattr(torch, op)(torch.tensor([0.0, -0.0, -0.3, 0.3], dtype=getattr(torch, dtype)))


@each(op=["isnan", "isinf", "isfinite"])
def of_complex_points(torch: Any, op: str) -> Any:
    parts = [0.0, 1.5, INFINITY, -INFINITY, NAN]
    return getattr(torch, op)(torch.tensor([complex(x, y) for x in parts for y in parts]))


@each(op=[*PAIRS, *BITWISE], dtype=DTYPES, other=["int64", "float32", "bool", "same"])
def pairs_of_types(torch: Any, op: str, dtype: str, other: str) -> Any:
    a, b = of_type(torch, dtype, 5), of_type(torch, dtype if other == "same" else other, 6)
    if op in ("remainder", "fmod"):
        b = torch.ones_like(b) if b.dtype == torch.bool else b + (b == 0).to(b.dtype)  # a nan's sign is nobody's
    return caught(getattr(torch, op), a, b), caught(getattr(a, op), b)


@each(op=PAIRS, dtype=["float32", "float64"])
def pairs_of_points(torch: Any, op: str, dtype: str) -> Any:
    kind = getattr(torch, dtype)
    return getattr(torch, op)(torch.tensor(POINTS, dtype=kind).reshape(-1, 1), torch.tensor(BESIDE, dtype=kind))


@each(op=[*ROUNDINGS, "isnan", "logical_not"], layout=LAYOUTS)
def layouts(torch: Any, op: str, layout: str) -> Any:
    return getattr(torch, op)(laid_out(torch, layout, 7, "float32", -3.0))


@close(rtol=1e-6)
@each(op=["floor", "ceil", "trunc", "round", "sign", "frac", "square"])
def gradients(torch: Any, op: str) -> Any:
    x = tensor(torch, (6,), 8, "float64", -3.0, 3.0).requires_grad_(True)
    y = getattr(torch, op)(x)
    (first,) = torch.autograd.grad((y * x * x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    saved = sorted(n for n in dir(y.grad_fn) if n.startswith("_saved"))
    return graph(y), saved, y.detach(), first.detach(), second


@close(rtol=1e-6)
@each(op=["minimum", "maximum", "fmin", "fmax", "remainder", "fmod"])
def gradients_of_pairs(torch: Any, op: str) -> Any:
    a = torch.tensor([1.0, 2.0, NAN, 3.0, -4.5, 2.5], requires_grad=True)
    b = torch.tensor([1.0, 3.0, 1.0, NAN, 2.0, -1.5], requires_grad=True)
    y = getattr(torch, op)(a, b)
    firsts = torch.autograd.grad((y * y).sum(), [a, b], create_graph=True)
    saved = sorted(n for n in dir(y.grad_fn) if n.startswith("_saved"))
    return graph(y), saved, y.detach(), [g.detach() for g in firsts]


@each(op=["remainder", "fmod"])
def by_a_number(torch: Any, op: str) -> Any:
    x = torch.tensor([5.5, -5.5, 3.0], requires_grad=True)
    y = getattr(torch, op)(x, -2)
    whole = torch.tensor([5, -6, 7])
    f = getattr(torch, op)
    return (
        y,
        graph(y),
        torch.autograd.grad(y.sum(), x),
        f(whole, 4),
        f(whole, -4.5),
        caught(f, whole, 0),
        caught(f, whole, torch.tensor([1, 0, 2])),
        caught(f, 5, whole),
        caught(f, 5.5, x.detach()),
        f(x.detach(), torch.tensor(0.0)),
        f(torch.ones(2), 0),
    )


@each(decimals=[0, 1, 3, -1, -2], dtype=["float32", "float64", "float16", "int64", "bool", "complex64"])
def rounded_at(torch: Any, decimals: int, dtype: str) -> Any:
    points = [1.2345, -2.5, 1234.567, 0.05, -0.0, INFINITY, NAN] if dtype.startswith("float") else [1.0, 0.0, 3.0]
    x = torch.tensor(points).to(getattr(torch, dtype))
    return caught(lambda: torch.round(x, decimals=decimals)), caught(lambda: x.clone().round_(decimals=decimals))


@each(op=[*ROUNDINGS, *QUESTIONS, "bitwise_not"], out=["float32", "bool", "int64"])
def given_a_result(torch: Any, op: str, out: str) -> Any:
    f, kind = getattr(torch, op), getattr(torch, out)
    made = [torch.empty(3, dtype=kind), torch.empty(0, dtype=kind)]
    return [
        caught(lambda x=x, o=o: f(x, out=o))
        for x in (torch.tensor([1.5, -2.5, 0.0]), torch.tensor([3, -2, 0]), torch.tensor([True, False, True]))
        for o in made
    ]


ALONE_ = ["floor_", "ceil_", "trunc_", "fix_", "round_", "sign_", "frac_", "square_", "logical_not_", "bitwise_not_"]
PAIRS_ = [
    "remainder_",
    "fmod_",
    "bitwise_and_",
    "bitwise_or_",
    "bitwise_xor_",
    "logical_and_",
    "logical_or_",
    "logical_xor_",
]


@each(written=ALONE_, dtype=["float32", "int64", "bool"])
def in_place(torch: Any, written: str, dtype: str) -> Any:
    x = of_type(torch, dtype, 9)
    kept = x
    done = caught(lambda: getattr(x, written)() is kept)
    leaf = torch.ones(2, requires_grad=written not in ("logical_not_", "bitwise_not_"))  # docs/differences.md
    return done, x, x._version, caught(getattr(leaf, written))


@each(written=PAIRS_, dtype=["float32", "int64", "bool"])
def pairs_in_place(torch: Any, written: str, dtype: str) -> Any:
    x, other = of_type(torch, dtype, 9), torch.full((12,), 1, dtype=torch.int64)
    done = caught(lambda: getattr(x, written)(other) is x)
    return done, x, caught(lambda: getattr(of_type(torch, dtype, 9), written)(2.5))


def signs(torch: Any) -> Any:
    """The operators' signs in Python, either way round."""
    m, i = torch.tensor([True, False, True]), torch.tensor([5, -6, 7])
    u = torch.tensor([5, 250, 7], dtype=torch.uint8)
    one = torch.ones(2)
    return [
        ~m, ~i, ~u, m & ~m, m | m, m ^ True, i & 3, 3 | i, True ^ m, i ^ u, m & i, 7 % i, i % 4, i % -4, one * -7.5 % 2,
        7.5 % one, caught(lambda: i & 2.5), caught(lambda: ~one), caught(lambda: one & one), caught(lambda: i % 0),
        caught(lambda: one.__rmod__("a")),
    ]  # fmt: skip


def signs_in_place(torch: Any) -> Any:
    m, i = torch.tensor([True, False, True]), torch.tensor([5, -6, 7])
    same = [m, i]
    m &= torch.tensor([True, True, False])
    m |= torch.tensor([False, True, False])
    m ^= True
    i &= 13
    i |= 2
    i ^= 1
    i %= 4
    return m, i, m is same[0], i is same[1]


@close(rtol=1e-6)
@each(op=["floor", "round", "sign", "frac", "square", "minimum", "fmax", "remainder", "fmod"])
def tangents(torch: Any, op: str) -> Any:
    x, v = tensor(torch, (4,), 13, "float64", -3.0, 3.0), tensor(torch, (4,), 14, "float64")
    f = getattr(torch, op)
    other = tensor(torch, (4,), 15, "float64", 0.5, 2.0)
    binary = op in ("minimum", "fmax", "remainder", "fmod")
    return torch.func.jvp((lambda x: f(x, other)) if binary else f, (x,), (v,))
