"""Operands outside the common type wrap around before anything is computed; half types round; complex corners."""

import math
import operator
from typing import Any

from ..catalogue import each
from ..harness import caught, graph
from ..inputs import tensor

WHOLE = {
    "bool": [True, False],
    "uint8": [0, 1, 3, 200, 255],
    "int8": [-128, -7, 0, 5, 127],
    "int16": [-32768, -300, 0, 7, 32767],
    "int32": [-(2**31) + 1, -70000, 0, 9, 2**31 - 1],
    "int64": [-(2**63) + 1, -5, 0, 2**40, 2**63 - 1],
}
NUMBERS = [True, 0, 1, -3, 127, 128, 255, 256, 300, -129, 2**31, 2**32, -(2**40), 2**63 - 1, 1.5]
COMPARISONS = ["eq", "ne", "lt", "le", "gt", "ge"]
QUOTIENTS = ["remainder", "fmod", "trunc", "floor"]
EXTREMES = ["minimum", "maximum", "fmin", "fmax"]
LOGICAL = ["logical_and", "logical_or", "logical_xor"]
SUMS = ["add", "sub", "mul", "pow", "bitwise_and", "bitwise_or", "bitwise_xor"]
HALVES = ["float16", "bfloat16"]
INFINITY, NAN = math.inf, math.nan
PARTS = [0.0, -0.0, 1.0, -2.5, INFINITY, -INFINITY, NAN]


def function(torch: Any, op: str) -> Any:
    if op in ("trunc", "floor"):
        return lambda a, b, **kw: torch.div(a, b, rounding_mode=op, **kw)
    return getattr(torch, op)


def method(a: Any, op: str) -> Any:
    if op in ("trunc", "floor"):
        return lambda b: a.div_(b, rounding_mode=op)
    return getattr(a, f"{op}_")


def whole(torch: Any, dtype: str) -> Any:
    return torch.tensor(WHOLE[dtype], dtype=getattr(torch, dtype))


@each(op=[*QUOTIENTS, *COMPARISONS, *SUMS], dtype=list(WHOLE))
def with_numbers(torch: Any, op: str, dtype: str) -> Any:
    f, a = function(torch, op), whole(torch, dtype)
    return [(caught(f, a, n), caught(method(a.clone(), op), n)) for n in NUMBERS]


@each(op=[*QUOTIENTS, *COMPARISONS, *EXTREMES, *LOGICAL, *SUMS], dtype=list(WHOLE))
def with_tensors_without_dimensions(torch: Any, op: str, dtype: str) -> Any:
    f, a = function(torch, op), whole(torch, dtype)
    others = [torch.tensor(n, dtype=getattr(torch, kind)) for kind, values in WHOLE.items() for n in values]
    return [(caught(f, a, b), caught(f, b, a) if op not in QUOTIENTS else None) for b in others]


@each(op=[*QUOTIENTS, *SUMS, "minimum", "logical_and"], out=["int64", "float32", "uint8", "bool"])
def into_a_result_of_another_type(torch: Any, op: str, out: str) -> Any:
    f, kind = function(torch, op), getattr(torch, out)
    made = []
    for dtype in ("uint8", "int8", "bool", "float16"):
        a = (
            torch.tensor([1, 0, 1]).to(torch.bool)
            if dtype == "bool"
            else torch.tensor([100, 3, 7]).to(getattr(torch, dtype))
        )
        b = torch.tensor([3, 5, 7] if dtype != "bool" else [1, 1, 0]).to(a.dtype)
        made.append(caught(f, a, b, out=torch.empty(0, dtype=kind)))
    return made


@each(op=QUOTIENTS)
def by_what_wraps_to_zero(torch: Any, op: str) -> Any:
    f, a = function(torch, op), whole(torch, "uint8")
    none = torch.empty(0, dtype=torch.uint8)
    truth = torch.empty(0, dtype=torch.bool)
    return (
        caught(f, a, 256),
        caught(f, a, torch.tensor(512)),
        caught(method(a, op), 256),
        caught(method(whole(torch, "bool"), op), 0),
        f(none, 0),
        f(none, 256),
        caught(f, truth, truth),
        caught(f, truth, True),
        caught(f, torch.empty(0, dtype=torch.complex64), 1),
    )


def numbers_are_rounded_once(torch: Any) -> Any:
    n = 2**53 + 2**29 + 1  # the float64 nearest to it lies half way between two of float32
    x = torch.ones(3)
    return x * n, x + n, x < n, torch.where(x > 0, n, x)


@each(form=["add", "sub", "add_", "out"])
def alpha_is_looked_at_after_the_result(torch: Any, form: str) -> Any:
    truth, whole = torch.tensor([True, False]), torch.tensor([1, 2], dtype=torch.uint8)
    calls = {
        "add": lambda alpha: torch.add(truth, whole, alpha=alpha),
        "sub": lambda alpha: torch.sub(truth, whole, alpha=alpha),
        "add_": lambda alpha: truth.clone().add_(whole, alpha=alpha),
        "out": lambda alpha: torch.add(truth, whole, alpha=alpha, out=torch.empty(0, dtype=torch.bool)),
    }
    return [caught(calls[form], alpha) for alpha in (2, 300, True, 1.5)]


def products_of_truth_values_without_elements(torch: Any) -> Any:
    def ones(*shape: int) -> Any:
        return torch.ones(shape, dtype=torch.bool)

    pairs = [((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 3), (3, 0)), ((0, 0), (0, 0)), ((2, 3), (3, 2))]
    made = []
    for a, b in pairs:
        made += [caught(torch.mm, ones(*a), ones(*b)), caught(torch.matmul, ones(*a), ones(*b))]
        made += [caught(torch.bmm, ones(2, *a), ones(2, *b)), caught(torch.bmm, ones(0, *a), ones(0, *b))]
        made += [caught(torch.mv, ones(*a), ones(b[0])), caught(torch.matmul, ones(a[1]), ones(*b))]
    return made, [caught(torch.dot, ones(n), ones(n)) for n in (0, 1)]


@each(dtype=[*HALVES, "float32", "float64"])
def rounded_to_many_decimals(torch: Any, dtype: str) -> Any:
    x = (
        torch.tensor([1.2345, -2.5, 0.0, -0.0, 3e-5, 6e4, INFINITY, NAN, 0.1])
        .to(getattr(torch, dtype))
        .requires_grad_(True)
    )
    made = []
    for decimals in (3, 4, 5, 6, 10, 38, 39, 400, -3, -4, -5, -38, -39, -400):
        y = torch.round(x, decimals=decimals)
        lost = torch.isnan(y.detach())  # of whatever sign
        made.append((lost, torch.where(lost, 0.0, y.detach()), graph(y), torch.autograd.grad(y.sum(), x)))
    return made


@each(
    op=["remainder", "fmod", "trunc", "floor", "div", "pow", "maximum", "fmin", "mul", "sub"],
    dtype=HALVES,
    other=["tensor", "number", "without dimensions", "spread"],
)
def gradients_of_half_types(torch: Any, op: str, dtype: str, other: str) -> Any:
    a = tensor(torch, (33,), 1, dtype, 0.25, 3.0).requires_grad_(True)
    b = tensor(torch, (33,), 2, dtype, 0.5, 3.0)
    b = {"tensor": b, "number": 1.25, "without dimensions": b[3].clone(), "spread": b[:1].clone()}[other]
    if op in ("maximum", "fmin") and other == "number":
        b = torch.tensor(b)
    wanted = [a] if isinstance(b, float) else [a, b.requires_grad_(True)]
    y = function(torch, op)(a, b)
    g = tensor(torch, (33,), 3, dtype, -2.0, 2.0)
    if op == "pow":  # the functions themselves differ in the last bit of some elements
        return graph(y)
    return y.detach(), graph(y), [x.detach() for x in torch.autograd.grad(y, wanted, g)]


@each(op=["reciprocal", "sqrt", "square", "abs", "relu", "frac", "neg"], dtype=HALVES)
def gradients_of_functions_of_half_types(torch: Any, op: str, dtype: str) -> Any:
    x = tensor(torch, (33,), 4, dtype, 0.25, 3.0).requires_grad_(True)
    y = getattr(torch, op)(x)
    return y.detach(), torch.autograd.grad(y, x, tensor(torch, (33,), 5, dtype, -2.0, 2.0))


@each(exponent=[2, 3, -1, -2], dtype=HALVES)
def powers_of_half_types(torch: Any, exponent: int, dtype: str) -> Any:
    x = tensor(torch, (33,), 6, dtype, 0.25, 3.0).requires_grad_(True)
    y = x**exponent
    return y.detach(), torch.autograd.grad(y, x, tensor(torch, (33,), 7, dtype, -2.0, 2.0)) if exponent == 2 else None


@each(dtype=HALVES, scale=[1.0, 0.01])
def quotients_are_rounded_before_they_are_cut(torch: Any, dtype: str, scale: float) -> Any:
    a = tensor(torch, (999,), 8, dtype, -30.0, 30.0)
    b = tensor(torch, (999,), 9, dtype, scale, 3 * scale)
    return torch.div(a, b, rounding_mode="trunc"), torch.div(a, 1.3, rounding_mode="trunc"), torch.fmod(a, b)


@each(op=["fmax", "fmin"], dtype=["float32", "float64", *HALVES])
def the_sign_of_equal_zeros(torch: Any, op: str, dtype: str) -> Any:
    f, kind = getattr(torch, op), getattr(torch, dtype)
    made = []
    for n in (1, 7, 33):
        a, b = torch.full((n,), 0.0, dtype=kind), torch.full((n,), -0.0, dtype=kind)
        made += [1 / x for x in (f(a, b), f(b, a), f(a, b[0]), f(b[0], a), f(b, a[:1]))]
    return made


@each(dtype=["complex64", "complex128"])
def complex_quotients(torch: Any, dtype: str) -> Any:
    points = [complex(x, y) for x in PARTS for y in PARTS]
    a = torch.tensor([p for p in points for _ in points], dtype=getattr(torch, dtype))
    b = torch.tensor([q for _ in points for q in points], dtype=getattr(torch, dtype))
    # complex64 has its last elements in a loop of another rounding: products and quotients of these are exact.
    made = (
        [a / b, b.reciprocal(), 1 / b, (2 + 4j) / b, a / 0.0, a / (1 + 0j), a / 2j]
        if dtype == "complex128"
        else [a / 0.0]
    )
    return [torch.view_as_real(x) for x in made]


@each(exponent=[1, 2, 3, 0.5, -1, -2, -0.5])
def powers_of_complex_numbers_without_end(torch: Any, exponent: float) -> Any:
    points = [complex(x, y) for x in PARTS for y in PARTS if not (abs(x) in (1.0, 2.5) and abs(y) in (1.0, 2.5))]
    y = torch.tensor(points, dtype=torch.complex128) ** exponent
    return torch.isnan(y.real), torch.isnan(y.imag), torch.isinf(y.real), torch.isinf(y.imag)


LEFT_OUT = [(0,), (0, 3), (3, 0), (2, 0, 3), (0, 1), (1, 0), (3, 0, 1), (1, 0, 2), (1, 3, 1)]


@each(shape=LEFT_OUT)
def strides_where_there_are_no_elements(torch: Any, shape: tuple[int, ...]) -> Any:
    x = torch.zeros(shape)
    none = torch.empty(0, dtype=torch.int64)
    made = [
        x + 1,
        x * 2.5,
        1 - x,
        x == 0,
        x + torch.tensor(2.0, dtype=torch.float64),
        x + x[..., :1],
        torch.zeros(1) + x,
    ]
    made += [x[none], x[none.reshape(2, 0)], x[torch.zeros(shape[:1], dtype=torch.bool)], x[[]], x.unsqueeze(0) * 2.0]
    if len(shape) > 1:
        made += [x.transpose(0, 1) + 1, x.transpose(0, 1)[none], x[:, none], x[none, none], x.mT + torch.zeros(1)]
    arrays = [y.numpy() for y in (*made, x, x.unsqueeze(-1), x.expand(2, *shape))]
    return made, [y.stride() for y in made], [a.strides for a in arrays], [torch.from_numpy(a).stride() for a in arrays]


def strides_of_a_number_to_the_power_of_whole_numbers(torch: Any) -> Any:
    x = torch.arange(6).reshape(2, 3)
    return [(2**y).stride() for y in (x, x.t(), x.t()[:1], x.expand(2, 2, 3))]


@each(op=["+", "*", "/", "%", "<", "=="])
def operators_with_numbers_beyond(torch: Any, op: str) -> Any:
    f = {
        "+": operator.add,
        "*": operator.mul,
        "/": operator.truediv,
        "%": operator.mod,
        "<": operator.lt,
        "==": operator.eq,
    }[op]
    x = whole(torch, "uint8")
    return [caught(f, x, n) for n in (300, -1, 2**40, -(2**70), 2**64)]


@each(op=["add", "sub"], form=["new", "in place", "out"])
def alpha_is_looked_at_after_shapes(torch: Any, op: str, form: str) -> Any:
    f, made = getattr(torch, op), []
    for alpha in (2, True, 1.5):
        for b in (torch.ones(3, dtype=torch.int8), torch.ones(2, 1), torch.ones(2, 2, dtype=torch.int16)):
            a = torch.ones(2, dtype=torch.int16)
            if form == "in place":
                made.append(caught(getattr(a, f"{op}_"), b, alpha=alpha))
            else:
                made.append(
                    caught(f, a, b, alpha=alpha, **({"out": torch.empty(0, dtype=torch.int8)} if form == "out" else {}))
                )
    return made


def reversed_differences(torch: Any) -> Any:
    a, b = torch.arange(12.0).reshape(3, 4), torch.arange(12).reshape(4, 3).t()
    return (
        torch.rsub(a, b),
        torch.rsub(b, a),
        torch.rsub(a, b, alpha=2),
        caught(torch.rsub, a, torch.ones(5)),
        caught(torch.rsub, torch.ones(3, dtype=torch.bool), torch.ones(4)),
    )


@each(op=["add", "mul", "sub", "div", "eq"], dtype=["float32", "float64", "int64"])
def a_complex_number_without_dimensions_keeps_the_width(torch: Any, op: str, dtype: str) -> Any:
    x, z = torch.arange(1, 4).to(getattr(torch, dtype)), torch.tensor(2 - 1j, dtype=torch.complex128)
    return getattr(torch, op)(x, z).dtype, getattr(torch, op)(z, x).dtype, getattr(torch, op)(z, 4 * x).dtype


@each(op=["neg", "floor", "ceil", "trunc", "round", "isposinf", "isneginf"], dtype=["bool", "complex64"])
def refusals_before_the_result_is_looked_at(torch: Any, op: str, dtype: str) -> Any:
    x = torch.ones(2).to(getattr(torch, dtype))
    return [caught(getattr(torch, op), x, out=torch.empty(2, dtype=kind)) for kind in (torch.float32, torch.int64)]
