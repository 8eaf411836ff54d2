"""Clamping, blending, filling in: values of every type, gradients, refusals."""

import math
from typing import Any

from ..catalogue import close, each
from ..harness import caught, graph
from ..inputs import LAYOUTS, laid_out, tensor
from .rounded import DTYPES, of_type

INFINITY, NAN = math.inf, math.nan
POINTS = [NAN, 1.0, -INFINITY, INFINITY, -0.0, 0.0, 0.25, -3.5, 7.0]


def saved(y: Any) -> Any:
    """What a node saved, by its names: numbers as they are, of tensors the shape."""
    names = sorted(name for name in dir(y.grad_fn) if name.startswith("_saved"))
    values = [getattr(y.grad_fn, name) for name in names]
    return [(n, tuple(v.shape) if hasattr(v, "shape") else v) for n, v in zip(names, values, strict=True)]


@each(op=["clamp", "clip", "clamp_min", "clamp_max"], dtype=DTYPES, bound=[1, -0.5, 2.5, True, 300, 1j])
def by_numbers(torch: Any, op: str, dtype: str, bound: Any) -> Any:
    x, f = of_type(torch, dtype, 3), getattr(torch, op)
    written = of_type(torch, dtype, 3)
    return caught(f, x, bound), caught(getattr(x, op), bound), caught(lambda: getattr(written, op + "_")(bound))


@each(op=["clamp", "clamp_min", "clamp_max"], dtype=DTYPES, other=["float32", "int64", "same"])
def by_tensors(torch: Any, op: str, dtype: str, other: str) -> Any:
    x, low = of_type(torch, dtype, 3), of_type(torch, dtype if other == "same" else other, 5)
    f = getattr(torch, op)
    both = caught(lambda: torch.clamp(x, low, low + 1)) if op == "clamp" and "bool" not in (dtype, other) else None
    return caught(f, x, low), caught(lambda: getattr(x.clone(), op + "_")(low)), both


@each(dtype=["float32", "float64", "float16", "bfloat16", "int64", "uint8"])
def either_bound(torch: Any, dtype: str) -> Any:
    x = of_type(torch, dtype, 4)
    low, high = of_type(torch, dtype, 5), of_type(torch, dtype, 6)
    return (
        torch.clamp(x, 1, 3),
        torch.clamp(x, max=2),
        torch.clamp(x, min=2),
        torch.clamp(x, 3, 1),
        torch.clamp(x, None, 3),
        torch.clamp(x, low, high),
        torch.clamp(x, max=high),
        torch.clamp(x, min=low, max=None),
        x.clip(low.reshape(-1, 1)),
        caught(torch.clamp, x),
        caught(torch.clamp, x, 1, high),
        caught(lambda: torch.clamp(x, 1, 2, out=torch.empty(0, dtype=torch.float64))),
    )


def bounds_that_are_no_numbers(torch: Any) -> Any:
    x, n = torch.tensor(POINTS), torch.tensor(NAN)
    return [
        x.clamp(0, 1), x.clamp(NAN, 1), x.clamp(0, NAN), x.clamp(1, 0), x.clamp(n), x.clamp(max=n), x.clamp(n, n),
        x.clamp_min(NAN), x.clamp_max(NAN), x.clamp(0.0, -0.0), x.clamp(-0.0, 0.0), x.clamp(-INFINITY, INFINITY),
    ]  # fmt: skip


def gradients_of_bounds(torch: Any) -> Any:
    x = torch.tensor([NAN, 1.0, -2.0, 3.0, 2.0, 0.5], requires_grad=True)
    low = torch.tensor([0.0, 1.0, -1.0, 1.0, 2.5, 0.7], requires_grad=True)
    high = torch.tensor([1.0, 2.0, 1.0, 2.0, 2.0, 0.6], requires_grad=True)
    results = []
    for y in (
        x.clamp(1, 2), x.clamp(min=1), x.clamp(max=2), x.clamp(low, high), x.clamp(low), x.clamp(max=high),
        x.clamp_min(1.0), x.clamp_min(low), x.clamp_max(2.0), x.clamp_max(high),
    ):  # fmt: skip
        got = torch.autograd.grad((y * x.detach()).sum(), [x, low, high], create_graph=True, allow_unused=True)
        results.append((graph(y), saved(y), y.detach(), [g if g is None else g.detach() for g in got]))
    return results


@close(rtol=1e-6)
@each(dtype=["float32", "float64", "float16", "bfloat16", "complex64", "complex128"])
def blended(torch: Any, dtype: str) -> Any:
    a, b, w = (tensor(torch, (3, 4), seed, "float64").to(getattr(torch, dtype)) for seed in (1, 2, 3))
    rtol = [torch.lerp(a, b, 0.3), torch.lerp(a, b, 0.75), a.lerp(b, w), a.clone().lerp_(b, 2), a.lerp(b[0], w[:, :1])]
    return rtol, torch.addcmul(a, b, w, value=2), torch.addcdiv(a, b, w.abs() + 1), a.clone().addcmul_(b, w)


@each(dtype=DTYPES, other=["float32", "same"])
def blends_of_types(torch: Any, dtype: str, other: str) -> Any:
    x = of_type(torch, dtype, 3)
    y = of_type(torch, dtype if other == "same" else other, 4)
    half = dtype in ("float16", "bfloat16", "complex64")
    return (
        caught(torch.lerp, x, y, 0.5) if not half else None,
        caught(torch.lerp, x, x, y) if other != "same" else None,
        caught(torch.lerp, x, x, 1j) if dtype != "complex64" else None,
        caught(lambda: torch.addcmul(x, y, y, value=2.5)).__class__.__name__ if half else
        caught(lambda: torch.addcmul(x, y, y, value=2.5)),
        caught(lambda: torch.addcmul(x, y, y, value=1j)) if dtype != "complex64" else None,
        caught(lambda: torch.addcdiv(x, y, y)).__class__.__name__ if half else None,
        caught(lambda: torch.addcdiv(x, x, x)) if "int" in dtype or dtype == "bool" else None,
        caught(lambda: of_type(torch, dtype, 3).addcmul_(torch.ones(12), torch.ones(12))) if not half else None,
    )  # fmt: skip


@close(rtol=1e-6)
@each(dtype=["float64", "complex128"])
def gradients_of_blends(torch: Any, dtype: str) -> Any:
    a, b, c = (tensor(torch, (4,), s, dtype, 0.5, 2.0).requires_grad_(True) for s in (1, 2, 3))
    results = []
    for y in (
        a.lerp(b, 0.3), a.lerp(b, c), torch.addcmul(a, b, c), torch.addcmul(a, b, c, value=2.5),
        torch.addcdiv(a, b, c), torch.addcdiv(a, b, c, value=-2), torch.logaddexp(a, b),
    ):  # fmt: skip
        got = torch.autograd.grad((y * y).sum().abs(), [a, b, c], allow_unused=True)
        results.append((graph(y), saved(y), y.detach(), got))
    return results


@each(dtype=[*DTYPES, "complex128"])
def no_numbers_filled_in(torch: Any, dtype: str) -> Any:
    kind = getattr(torch, dtype)
    x = torch.tensor(POINTS).to(kind) if kind.is_floating_point or kind.is_complex else of_type(torch, dtype, 3)
    return (
        torch.nan_to_num(x),
        torch.nan_to_num(x, 1.5, 2, 3),
        x.nan_to_num(nan=NAN, neginf=-1.0),
        x.clone().nan_to_num_(2.0),
        caught(lambda: torch.nan_to_num(x, out=torch.empty(0, dtype=torch.float64))),
    )


def gradients_where_there_are_no_numbers(torch: Any) -> Any:
    x = torch.tensor(POINTS, requires_grad=True)
    y = torch.nan_to_num(x)
    (got,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    z = torch.tensor([1j], requires_grad=True)
    return graph(y), saved(y), got.detach(), caught(torch.nan_to_num, z)


@each(dtype=DTYPES)
def thresholds(torch: Any, dtype: str) -> Any:
    return caught(torch.threshold, of_type(torch, dtype, 3), 0.5, 2.5)


def gradient_of_a_threshold(torch: Any) -> Any:
    x = torch.tensor([0.1, 0.5, 0.7, NAN], requires_grad=True)
    y = torch.threshold(x, 0.5, 20)
    return graph(y), saved(y), y.detach(), torch.autograd.grad(y.sum(), x)


@each(layout=LAYOUTS)
def layouts(torch: Any, layout: str) -> Any:
    x = laid_out(torch, layout, 7, "float32", -3.0)
    return x.clamp(-1, 1), x.clamp(x.t().t() - 1, x * 0.5), torch.nan_to_num(x), x.clamp_min(0.0)


SINGLE = ["float32", "float64", "float16", "bfloat16", "complex64", "int64", "bool"]


@close()
@each(dtype=["float32", "float64", "bfloat16", "complex64", "int64"], weight=SINGLE, shape=[(3,), ()])
def lerp_by_a_single_weight(torch: Any, dtype: str, weight: str, shape: tuple[int, ...]) -> Any:
    a = tensor(torch, shape, 1, low=-3.0, high=3.0).to(getattr(torch, dtype))
    b = tensor(torch, shape, 2, low=-3.0, high=3.0).to(getattr(torch, dtype))
    w = torch.tensor(0.75).to(getattr(torch, weight))
    return [
        caught(torch.lerp, a, b, w),
        caught(a.clone().lerp_, b, w),
        caught(lambda: torch.lerp(a, b, w, out=torch.empty(shape, dtype=a.dtype))),
        caught(lambda: torch.lerp(a, b, w, out=torch.empty(0, dtype=torch.float64))),
        caught(torch.lerp, a, b, w[None]) if dtype != weight else None,
        caught(torch.lerp, a, b.to(torch.float16), w),
    ]


@close()
@each(dtype=["float32", "float64"], weight=["float32", "float64", "bfloat16"])
def gradients_of_a_single_weight(torch: Any, dtype: str, weight: str) -> Any:
    a = tensor(torch, (3,), 1).to(getattr(torch, dtype)).requires_grad_()
    b = tensor(torch, (3,), 2).to(getattr(torch, dtype)).requires_grad_()
    w = torch.tensor(0.75, dtype=getattr(torch, weight), requires_grad=True)
    y = torch.lerp(a, b, w)
    (y * y).sum().backward()
    return y, a.grad, b.grad, w.grad, caught(lambda: torch.lerp(a, b, w, out=torch.empty(3)))
