"""exp, mul, add, sub, div, neg, pow, relu: values over dtypes and layouts, and their special points."""

import math
from typing import Any

from ..catalogue import close, each
from ..harness import caught
from ..inputs import LAYOUTS, laid_out, tensor

INFINITY, NAN = float("inf"), float("nan")
POINTS = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, INFINITY, -INFINITY, NAN, 1e-40, 1e38, -1e38, 88.5, 710.0]
DTYPES = ["float32", "float64", "int64", "bool"]
EXACT = ["add", "sub", "mul", "div"]
UNARY = ["neg", "exp", "relu"]


@each(op=EXACT, dtype=DTYPES + ["float16", "int32"], layout=LAYOUTS)
def binary(torch: Any, op: str, dtype: str, layout: str) -> Any:
    a, b = laid_out(torch, layout, 1, dtype), laid_out(torch, layout, 2, dtype, 0.5, 2.0)
    return caught(getattr(torch, op), a, b)


@each(op=EXACT, left=LAYOUTS, right=["transposed", "expanded"])
def binary_of_mixed_layouts(torch: Any, op: str, left: str, right: str) -> Any:
    return getattr(torch, op)(laid_out(torch, left, 3), laid_out(torch, right, 4, low=0.5))


@close()
@each(op=UNARY, dtype=DTYPES + ["float16", "complex64", "int32"], layout=LAYOUTS)
def unary(torch: Any, op: str, dtype: str, layout: str) -> Any:
    return caught(getattr(torch, op), laid_out(torch, layout, 5, dtype))


@close()
@each(dtype=["float32", "float64", "int64"], layout=LAYOUTS)
def power_of_layouts(torch: Any, dtype: str, layout: str) -> Any:
    base, exponent = laid_out(torch, layout, 6, dtype, 0.4, 2.0), laid_out(torch, layout, 7, dtype, 0.0, 1.5)
    return torch.pow(base, exponent), base**2, base**exponent


@close()
@each(op=EXACT + ["exp"])
def complex_numbers(torch: Any, op: str) -> Any:
    a, b = tensor(torch, (2, 3), 8, "complex64"), tensor(torch, (2, 3), 9, "complex64", 0.5)
    return getattr(torch, op)(*([a] if op == "exp" else [a, b]))


@close()
@each(dtype=["float32", "float64"])
def exp_of_many(torch: Any, dtype: str) -> Any:
    return torch.exp(tensor(torch, (257,), 10, dtype, -90.0, 88.0)), tensor(torch, (33,), 11, dtype).exp()


@close(atol=0.0)
@each(dtype=["float32", "float64", "float16"])
def exp_at_points(torch: Any, dtype: str) -> Any:
    return torch.exp(torch.tensor([p for p in POINTS if abs(p) != 1e38], dtype=getattr(torch, dtype)))


@each(op=EXACT, dtype=["float32", "float64"])
def binary_at_points(torch: Any, op: str, dtype: str) -> Any:
    points = torch.tensor(POINTS, dtype=getattr(torch, dtype))
    return getattr(torch, op)(points.unsqueeze(1), points)


@each(op=["neg", "relu"])
def unary_at_points(torch: Any, op: str) -> Any:
    return getattr(torch, op)(torch.tensor(POINTS))


@close(atol=0.0)
@each(dtype=["float32", "float64"])
def power_at_points(torch: Any, dtype: str) -> Any:
    points = torch.tensor(POINTS[:11], dtype=getattr(torch, dtype))
    return torch.pow(points.unsqueeze(1), points)


@close()
@each(exponent=[0, 1, 2, 3, -1, -2, 0.5, -0.5, 1.5, 2.0, 0.0])
def power_of_number(torch: Any, exponent: Any) -> Any:
    x = torch.tensor([0.25, 1.0, 2.0, 3.5])
    return x**exponent, torch.pow(x, exponent), x.pow(exponent), caught(torch.pow, torch.tensor([1, 2, 3]), exponent)


@close()
@each(base=[0, 1, 2, 2.5, 0.5])
def power_with_number_base(torch: Any, base: Any) -> Any:
    x = torch.tensor([0.0, 1.0, 2.0, -1.5])
    return base**x, torch.pow(base, x), base ** torch.tensor([0, 1, 3])


def power_of_integers(torch: Any) -> Any:
    x = torch.tensor([-2, -1, 0, 1, 2, 3])
    return [
        x**3,
        x**62,
        x ** torch.tensor([0, 1, 2, 3, 4, 5]),
        caught(torch.pow, x, -1),
        caught(torch.pow, x, torch.tensor([-1, -2, 0, -3, -1, 0])),
        torch.tensor([True, False]) ** 2,
        caught(torch.pow, torch.tensor([True, False]), torch.tensor([True, True])),
    ]


SCALARS = [2, 2.5, True, -1, 0]


@each(op=EXACT, dtype=DTYPES, scalar=SCALARS)
def number_on_the_right(torch: Any, op: str, dtype: str, scalar: Any) -> Any:
    return caught(getattr(torch, op), tensor(torch, (4,), 12, dtype), scalar)


@each(dtype=DTYPES, scalar=SCALARS)
def number_on_the_left(torch: Any, dtype: str, scalar: Any) -> Any:
    x = tensor(torch, (4,), 12, dtype)
    return (
        caught(lambda: scalar + x),
        caught(lambda: scalar - x),
        caught(lambda: scalar * x),
        caught(lambda: scalar / x),
    )


def integers_are_exact(torch: Any) -> Any:
    big = torch.tensor([2**60 + 1, -(2**62), 2**63 - 1])
    return big * 1, big + (2**60 + 1), big - 1, big * (2**60 + 1), -big, big * 2, (2**53 + 1) * torch.tensor([1])


def integer_numbers_that_do_not_fit(torch: Any) -> Any:
    x = torch.tensor([1, 2])
    return caught(torch.mul, x, 2**63), caught(torch.add, x, 2**70), caught(torch.mul, torch.tensor([1.0]), 2**64)


@close()  # torch rounds complex products differently from one instruction set to the next
@each(dtype=DTYPES + ["float16", "complex64"])
def operators(torch: Any, dtype: str) -> Any:
    a, b = tensor(torch, (5,), 13, dtype), tensor(torch, (5,), 14, dtype, 0.5)
    return (
        caught(lambda: a + b),
        caught(lambda: a - b),
        caught(lambda: a * b),
        caught(lambda: a / b),
        caught(lambda: -a),
        +a,
    )


@each(alpha=[2, -1, 0, 0.5], op=["add", "sub"], dtype=DTYPES)
def scaled(torch: Any, alpha: Any, op: str, dtype: str) -> Any:
    a, b = tensor(torch, (4,), 15, dtype), tensor(torch, (4,), 16, dtype)
    return caught(getattr(torch, op), a, b, alpha=alpha), caught(getattr(torch, op), a, 3, alpha=alpha)


@each(mode=[None, "trunc", "floor", "nearest"], dtype=["float32", "int64"])
def division_with_rounding(torch: Any, mode: str | None, dtype: str) -> Any:
    a, b = tensor(torch, (3, 4), 17, dtype), tensor(torch, (3, 4), 18, dtype, 0.5)
    return caught(torch.div, a, b, rounding_mode=mode), caught(torch.div, a, -2, rounding_mode=mode)


def integer_division_by_zero(torch: Any) -> Any:
    x = torch.tensor([1, 0, -1])
    return [
        x / 0,
        x / torch.tensor([0, 0, 0]),
        caught(torch.div, x, 0, rounding_mode="floor"),
        caught(torch.div, x, torch.tensor([1, 0, 1]), rounding_mode="trunc"),
    ]


@each(op=["neg", "sub"])
def bools_are_refused(torch: Any, op: str) -> Any:
    mask = torch.tensor([True, False])
    calls = {"neg": [lambda: -mask, lambda: torch.neg(mask)], "sub": [lambda: mask - mask, lambda: mask - True]}
    return [caught(call) for call in calls[op]] + [caught(lambda: 1 - mask)]


def relu_is_like_where(torch: Any) -> Any:
    x = tensor(torch, (3, 4), 19)
    return torch.relu(x), torch.where(x > 0, x, torch.zeros(3, 4)), torch.relu(x) == torch.where(x > 0, x, 0.0)


def overlapping_operands(torch: Any) -> Any:
    x = tensor(torch, (6,), 20)
    return x[:-1] + x[1:], x[:3] * x[3:], x + x, x * x, x[::2] - x[1::2]


def methods_and_functions_agree(torch: Any) -> Any:
    a, b = tensor(torch, (3,), 21), tensor(torch, (3,), 22, low=0.5)
    return a.add(b), a.sub(b), a.mul(b), a.div(b), a.neg(), a.pow(2), a.relu(), a.add(b, alpha=2), a.add(other=b)


@close()
def chain_of_everything(torch: Any) -> Any:
    x, y = tensor(torch, (4, 4), 23), tensor(torch, (4, 4), 24, low=0.5)
    return ((x * y - x / y).exp() + torch.relu(-x)) ** 2 - math.pi


@close()
@each(mode=[None, "trunc", "floor"], other=["tensor", "number"])
def gradients_of_division_with_rounding(torch: Any, mode: str | None, other: str) -> Any:
    a = tensor(torch, (2, 3), 31).requires_grad_()
    b = tensor(torch, (3,), 32).requires_grad_() if other == "tensor" else 0.75
    y = torch.div(a, b, rounding_mode=mode)
    return y, torch.autograd.grad(y.sum(), [a, b] if other == "tensor" else [a])


@each(mode=["trunc", "floor"], dtype=["float32", "float64", "int64", "int8"])
def rounding_at_points(torch: Any, mode: str, dtype: str) -> Any:
    a = torch.tensor([7, -7, 1, -1, 0, 6, -6], dtype=getattr(torch, dtype))
    said = [torch.div(a, b, rounding_mode=mode) for b in (2, -2, 3, torch.tensor([1, -1, 2, 2, 5, 3, 3]))]
    if a.is_floating_point():
        inf = float("inf")
        for b in (0.0, inf, -inf, 0.1, float("nan")):
            said.append(torch.div(torch.tensor([1.0, -1.0, 0.0, -0.0, inf, 0.3], dtype=a.dtype), b, rounding_mode=mode))
    return said + [caught(a.div_, 2, rounding_mode=mode), caught(a.div, 2.5, rounding_mode=mode)]


@each(mode=["trunc", "floor"], dtype=["bool", "complex64"])
def rounding_refused(torch: Any, mode: str, dtype: str) -> Any:
    a = torch.ones(2, dtype=getattr(torch, dtype))
    return caught(torch.div, a, a, rounding_mode=mode), caught(torch.div, a, 2, rounding_mode=mode)


def maximum_shares_what_is_equal(torch: Any) -> Any:
    nan = float("nan")
    a = torch.tensor([1.0, 2.0, nan, 3.0, -0.0], requires_grad=True)
    b = torch.tensor([1.0, 3.0, 1.0, nan, 0.0], requires_grad=True)
    y = torch.max(a, b)
    return y, torch.autograd.grad(y.sum(), [a, b]), torch.maximum(a, b.detach()[:1]), a.max(b)


def maximum_of_types(torch: Any) -> Any:
    whole, truth = torch.tensor([3, 1]), torch.tensor([True, False])
    return [
        torch.maximum(whole, torch.tensor([1.5, 2.5])),
        torch.maximum(truth, truth.logical_not() if hasattr(truth, "logical_not") else truth == False),  # noqa: E712
        caught(torch.maximum, torch.tensor([1j]), torch.tensor([1j])),
        caught(torch.max, whole, torch.zeros(3)),
        caught(torch.maximum, whole, 2),
    ]


@each(dtype=["float32", "int64", "bool", "complex64"])
def factors(torch: Any, dtype: str) -> Any:
    a = torch.ones(2, dtype=getattr(torch, dtype))
    return [
        caught(call, a, other, alpha=alpha)
        for call in (torch.add, torch.sub, torch.rsub)
        for other in (a, 1)
        for alpha in (1, 2, True, 0.5, 1j)
    ]


def reflected_difference(torch: Any) -> Any:
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 5.0], requires_grad=True)
    y, z = torch.rsub(a, b, alpha=3), torch.rsub(a, 2, alpha=3)
    return y, z, torch.autograd.grad(y.sum(), [a, b]), torch.autograd.grad(z.sum(), [a])


def numbers_for_tensors(torch: Any) -> Any:
    x = torch.tensor([1, 2])
    return [
        torch.mul(2, 3),
        torch.add(1, 2.5),
        torch.div(1, 2),
        torch.sub(1, x, alpha=2),
        torch.mul(2.0, x),
        caught(torch.multiply, 2, 3),
        caught(torch.true_divide, 2, 3),
    ]


@each(exponent=[-0.5, -1, -1.0, -2, 2, 3, 1, 0], dtype=["float32", "float64"])
def powers_without_a_power(torch: Any, exponent: float, dtype: str) -> Any:
    """torch computes these by roots, products and quotients, whose bits are the same everywhere."""
    kind = getattr(torch, dtype)
    x = tensor(torch, (67,), 21, dtype, 0.1, 3.0).requires_grad_(True)
    y = x**exponent
    (gradient,) = torch.autograd.grad(y.sum(), x)
    points = torch.tensor([0.0, -0.0, -1.0, -2.7, INFINITY, -INFINITY, NAN], dtype=kind)
    gradient = gradient if exponent in (-1, 2, 3, 1, 0) else None
    return y, gradient, points**exponent, torch.tensor([2.5, -2.0]).half() ** exponent


@close()
@each(dtype=["float32", "float64"])
def roots_by_a_power(torch: Any, dtype: str) -> Any:
    """torch takes the root from a library that does not round it exactly."""
    x = tensor(torch, (67,), 22, dtype, 0.1, 3.0).requires_grad_(True)
    (gradient,) = torch.autograd.grad((x**0.5).sum(), x)
    points = torch.tensor([0.0, -0.0, -1.0, INFINITY, -INFINITY, NAN, 4.0], dtype=getattr(torch, dtype))
    return x**0.5, gradient, points**0.5, 1 / points[:2] ** 0.5
